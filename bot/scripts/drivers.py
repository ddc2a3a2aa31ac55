"""How a script reaches the product: in this process, or over HTTP on loopback.

Both run the whole product against the same sandbox. ``inprocess`` leaves out the sockets between bot and sandbox and is
exact: an act returns when everything that follows from it has happened. ``http`` puts them back: updates by long poll,
Bot API calls, gateways and the control API all travel over HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from bot.app import Application
from bot.clock import ManualClock
from bot.courier.base import Email, Sms
from bot.errors import Unreachable
from bot.http import judge
from bot.local import API_TOKEN, at_port, new_keys
from bot.sandbox import BOT_TOKEN, GATEWAY_TOKEN, Fault, NoAnswer, RefusedError, Upload, World, routes
from bot.sandbox.acts.press import Press
from bot.sandbox.demo import AGENTS, FORUM
from bot.sandbox.messages import Message
from bot.server import Server
from bot.settings import Settings, fixed
from bot.telegram.api import File
from bot.telegram.refusals import judged
from bot.web.guard import site

NOWHERE = "http://127.0.0.1:9"
"""An address that nothing may reach (RFC 863's discard port)."""
DATABASE = "phonedesk.db"
"""The file in a stage's folder."""


class ActRefused(Exception):
    """The sandbox would not let the person do that; the text says what would have worked."""


class Driver(Protocol):
    """One way to reach the product. ``server`` serves forms and the website's API in both."""

    name: str
    server: Server

    async def start(self) -> None:
        """Open what the driver needs."""
        ...

    async def build(self, settings: Settings, clock: ManualClock) -> Application:
        """The product, wired to the sandbox."""
        ...

    async def act(self, name: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let somebody do something; ``message_id`` and ``query_id`` of what came of it.

        Raises:
            ActRefused: it cannot be done.
        """
        ...

    async def fault(self, fields: Mapping[str, Any]) -> None:
        """Put a fault in force."""
        ...

    async def tune(self, fields: Mapping[str, Any]) -> None:
        """Change settings of the sandbox."""
        ...

    async def advance(self, ms: int) -> None:
        """Move the clock."""
        ...

    async def stop(self) -> None:
        """Close everything."""
        ...


class InProcess:
    """Calls the sandbox as plain functions."""

    name = "inprocess"

    def __init__(self, world: World) -> None:
        self._world = world
        self._web = site()
        self.server = Server(self._web, "127.0.0.1", 0)

    async def start(self) -> None:
        """Serve the forms."""
        await self.server.start()

    async def build(self, settings: Settings, clock: ManualClock) -> Application:
        """The product with the sandbox behind its ports."""
        settings = settings.model_copy(update={"public_url": f"http://127.0.0.1:{self.server.port}"})
        app = await Application.build(
            settings,
            clock=clock,
            telegram=_Calls(self._world),
            sms=_Gateway(self._world, "sms"),
            email=_Gateway(self._world, "email"),
        )
        self._web.router.routes[:] = app.routes()
        return app

    async def act(self, name: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call the act."""
        try:
            made = getattr(self._world.acts, name)(**fields)
        except RefusedError as error:
            raise ActRefused(str(error)) from None
        except (TypeError, AttributeError) as error:
            raise ActRefused(f"the sandbox knows no such act: {error}") from None
        if isinstance(made, Message):
            return {"message_id": made.id}
        if isinstance(made, Press):
            return {"query_id": made.query_id, "message_id": made.message.id if made.message else None}
        return {}

    async def fault(self, fields: Mapping[str, Any]) -> None:
        """Add it."""
        try:
            self._world.faults.add(Fault(**fields))
        except (RefusedError, TypeError) as error:
            raise ActRefused(str(error)) from None

    async def tune(self, fields: Mapping[str, Any]) -> None:
        """Set them."""
        for name, value in fields.items():
            if not hasattr(self._world.settings, name):
                raise ActRefused(f"the sandbox has no setting {name}")
            setattr(self._world.settings, name, value)

    async def advance(self, ms: int) -> None:
        """Move it."""
        self._world.clock.advance(ms)

    async def stop(self) -> None:
        """Stop serving."""
        await self.server.stop()


class OverHttp:
    """Talks to the sandbox as anybody could (``docs/sandbox.md``)."""

    name = "http"

    def __init__(self, world: World) -> None:
        self._world = world
        self._web = site(routes(world))
        self._plain = len(self._web.router.routes)
        self.server = Server(self._web, "127.0.0.1", 0)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Serve the sandbox."""
        await self.server.start()
        self._session = aiohttp.ClientSession(f"http://127.0.0.1:{self.server.port}")

    async def build(self, settings: Settings, clock: ManualClock) -> Application:
        """The product as it runs against Telegram, at other addresses."""
        app = await Application.build(at_port(settings, self.server.port), clock=clock)
        del self._web.router.routes[self._plain :]
        self._web.router.routes += app.routes()
        return app

    async def act(self, name: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Post it."""
        made = await self._post(f"/sim/acts/{name}", fields)
        return {"message_id": (made.get("message") or {}).get("message_id"), "query_id": made.get("query_id")}

    async def fault(self, fields: Mapping[str, Any]) -> None:
        """Post it."""
        await self._post("/sim/faults", fields)

    async def tune(self, fields: Mapping[str, Any]) -> None:
        """Post them."""
        await self._post("/sim/settings", fields)

    async def advance(self, ms: int) -> None:
        """Post it."""
        await self._post("/sim/clock", {"advance": ms / 1_000})

    async def stop(self) -> None:
        """Stop serving."""
        if self._session is not None:
            await self._session.close()
        await self.server.stop()

    async def _post(self, path: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._session is None:
            raise RuntimeError("the driver has not been started")
        async with self._session.post(path, json=dict(fields)) as answer:
            body: Mapping[str, Any] = json.loads(await answer.read())
        if answer.status >= 400:
            raise ActRefused(str(body.get("error", answer.status)))
        return body


DRIVERS: Mapping[str, type[InProcess | OverHttp]] = {driver.name: driver for driver in (InProcess, OverHttp)}


class _Calls:
    """The Bot API without HTTP; refusals go through the same table as those that came by wire."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def call(
        self,
        method: str,
        params: Mapping[str, Any],
        files: Mapping[str, File] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - as in Caller
    ) -> Any:
        given = {name: value for name, value in params.items() if value is not None}
        named = {name: file if isinstance(file, tuple) else (name, file) for name, file in (files or {}).items()}
        uploads = {name: Upload(name=filename, data=data) for name, (filename, data) in named.items()}
        try:
            answer = await self._world.call(BOT_TOKEN, method, given, uploads)
        except NoAnswer as lost:
            raise Unreachable("no answer", sent=True) from lost
        if not answer.ok:
            raise judged(answer.status, answer.body)
        return answer.result

    async def close(self) -> None:
        pass


class _Gateway:
    """A gateway without HTTP."""

    def __init__(self, world: World, kind: str) -> None:
        self._world = world
        self._kind = kind

    async def send(self, message: Sms | Email) -> None:
        try:
            answer = await self._world.inbox.accept(self._kind, GATEWAY_TOKEN, asdict(message))
        except NoAnswer as lost:
            raise Unreachable("no answer", sent=True) from lost
        judge(answer.status, answer.headers.get("Retry-After", ""))

    async def close(self) -> None:
        pass


def script_settings(folder: Path, *, agents_group: int | None = FORUM, **more: object) -> Settings:
    """Settings for a database in ``folder``, with keys of its own and ``more``; the environment has no say.

    No hand-over comes by itself: a script in which time passes would have to look at each.
    """
    return fixed(
        {
            "telegram_token": BOT_TOKEN,
            "telegram_url": NOWHERE,
            "public_url": NOWHERE,
            "sms_url": NOWHERE,
            "email_url": NOWHERE,
            "sms_token": GATEWAY_TOKEN,
            "email_token": GATEWAY_TOKEN,
            "api_token": API_TOKEN,
            "database": f"sqlite:{folder / DATABASE}",
            "agents_group": agents_group,
            "agents": AGENTS,
            "desk_digest": False,
            **new_keys(),
            **more,
        }
    )
