"""The control API under ``/sim/`` (``docs/sandbox.md``): acts, views, time, settings, faults."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter, ValidationError, validate_call
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.clock import SECOND
from bot.sandbox import views
from bot.sandbox.acts import Acts, Press
from bot.sandbox.demo import demo
from bot.sandbox.errors import MissingError, RefusedError
from bot.sandbox.faults import Fault
from bot.sandbox.messages import Message
from bot.sandbox.state import Settings

if TYPE_CHECKING:
    from bot.sandbox.world import World

Json = dict[str, Any]
Endpoint = Callable[[Request], Awaitable[Response]]

ACTS: Final = tuple(
    sorted(
        name
        for name, act in inspect.getmembers(Acts, inspect.isfunction)
        if not name.startswith("_") and name != "private_chat"
    )
)
"""Names of the acts: the public methods of ``Acts``."""
WAIT_LIMIT: Final = 50
PAGE: Final = 100


@functools.cache
def _checked(name: str) -> Callable[..., Any]:
    """The act, with its arguments checked first; to learn how takes longer than most acts."""
    checked: Callable[..., Any] = validate_call(getattr(Acts, name))
    return checked


class _Control:
    """Endpoints of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def act(self, request: Request) -> Json:
        name = request.path_params["act"]
        if name not in ACTS:
            raise MissingError(f'there is no act "{name}"; the acts are: {", ".join(ACTS)}')
        body = await _body(request)
        made = _checked(name)(self._world.acts, **body)
        return {"version": self._world.state.version, **self._outcome(made)}

    def _outcome(self, made: Any) -> Json:
        """What an act gave back, by its kind."""
        if isinstance(made, Message):
            return {"message": views.message_view(self._world, made)}
        if isinstance(made, list):
            return {"messages": [views.message_view(self._world, message) for message in made]}
        if isinstance(made, Press):
            shown = {name: getattr(made, name) for name in ("query_id", "opened", "copied")}
            outcome: Json = {name: value for name, value in shown.items() if value is not None}
            if made.message is not None:
                outcome["message"] = views.message_view(self._world, made.message)
            return outcome
        if isinstance(made, int):
            return {"update_id": made}
        kind = type(made).__name__.lower()
        if kind == "chat":
            return {"chat": views.chat_view(self._world, made)}
        return {kind: asdict(made)} if is_dataclass(made) and not isinstance(made, type) else {}

    async def state(self, request: Request) -> Json:
        query = request.query_params
        people = [_number(value, "person") for value in query.getlist("person")]
        since, wait = _number(query.get("since", "0"), "since"), _number(query.get("wait", "0"), "wait")
        epoch = query.get("epoch", "")
        if wait > 0 and epoch == self._world.state.epoch and since == self._world.state.version:
            await self._world.changed(since, min(wait, WAIT_LIMIT))
        return views.state_view(self._world, people, since, epoch)

    async def messages(self, request: Request) -> Json:
        query = request.query_params
        chat = self._world.state.chats.get(_number(query.get("chat", ""), "chat"))
        if chat is None:
            raise MissingError(f"there is no chat; there are: {', '.join(map(str, self._world.state.chats))}")
        after = _number(query.get("after", "0"), "after")
        thread = _number(query["thread"], "thread") if "thread" in query else None
        found = [
            message for message in chat.messages.values() if message.id > after and thread in (None, message.thread)
        ]
        return {"messages": [views.message_view(self._world, message) for message in found]}

    async def file(self, request: Request) -> Response:
        file = self._world.files.get(request.path_params["file_id"])
        if file is None:
            raise MissingError("there is no such file")
        # A person's upload is shown as what it is, never as a page of this origin.
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return Response(
            self._world.files.data(file), media_type=file.mime or "application/octet-stream", headers=headers
        )

    async def calls(self, request: Request) -> Json:
        query = request.query_params
        journal = self._world.journal
        after, limit = (
            _number(query.get("after", "0"), "after"),
            _number(query.get("limit", str(PAGE)), "limit"),
        )
        found = journal.after(after, method=query.get("method", ""), errors=query.get("errors") == "true")
        calls = [call.to_json() for _, call in zip(range(limit), found, strict=False)]
        return {"calls": calls, "total": journal.total, "errors": journal.errors}

    async def duplicates(self, _request: Request) -> Json:
        groups = self._world.journal.duplicates()
        return {
            "duplicates": [group.to_json() for group in groups],
            "count": sum(group.extra for group in groups),
        }

    async def updates(self, _request: Request) -> Json:
        pending = [json.loads(queued.raw) for queued in self._world.updates.pending]
        return {**views.updates_view(self._world), "pending": pending}

    async def sms(self, request: Request) -> Json:
        found = self._world.inbox.sms_to(request.query_params.get("to", ""))
        return {"sms": [views.sms_view(sms) for sms in found]}

    async def email(self, request: Request) -> Json:
        found = self._world.inbox.email_to(request.query_params.get("to", ""))
        return {"emails": [views.sms_view(mail) for mail in found]}

    async def clock(self, request: Request) -> Json:
        if request.method == "POST":
            body = _only(await _body(request), {"advance"})
            seconds = body.get("advance")
            if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
                raise RefusedError('"advance" is a number of seconds, at least 0')
            self._world.clock.advance(round(seconds * SECOND))
            self._world.touch()
        return views.clock_view(self._world)

    async def settings(self, request: Request) -> Json:
        if request.method == "POST":
            body = await _body(request)
            known = asdict(self._world.settings)
            changed = TypeAdapter(Settings).validate_python(known | _only(body, known.keys()))
            self._world.state.settings = changed
            self._world.touch()
        return asdict(self._world.settings)

    async def reset(self, request: Request) -> Json:
        body = _only(await _body(request), {"demo"})
        self._world.reset()
        if body.get("demo"):
            demo(self._world)
        return {"version": self._world.state.version, "epoch": self._world.state.epoch}

    async def faults(self, request: Request) -> Json:
        faults = self._world.faults
        if request.method == "POST":
            known = Fault.__dataclass_fields__.keys() - {"id"}
            wanted = TypeAdapter(Fault).validate_python(_only(await _body(request), known))
            made = faults.add(wanted)
            self._world.touch()
            return {"fault": made.to_json()}
        if request.method == "DELETE":
            number = request.path_params.get("fault")
            cleared = faults.clear(number)
            if number is not None and not cleared:
                raise MissingError(f"there is no fault {number}")
            self._world.touch()
            return {"cleared": cleared}
        return {"faults": [fault.to_json() for fault in faults.all()]}


async def _body(request: Request) -> Json:
    """The JSON object of a request.

    Raises:
        RefusedError: it is none.
    """
    try:
        body = json.loads(await request.body() or b"{}")
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RefusedError("the body is no JSON in UTF-8") from None
    if not isinstance(body, dict):
        raise RefusedError("the body must be a JSON object")
    return body


def _only(body: Json, known: Any) -> Json:
    for name in body:
        if name not in known:
            raise RefusedError(f'unknown field "{name}"; the fields are: {", ".join(sorted(known))}')
    return body


def _number(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise RefusedError(f'"{name}" must be a whole number') from None


def _explain(error: ValidationError) -> str:
    """What pydantic found, in one line."""
    parts = [
        f"{'.'.join(str(step) for step in item['loc'])}: {item['msg']}"
        for item in error.errors(include_url=False, include_input=False)
    ]
    return "; ".join(parts)


def _guarded(handler: Callable[[Request], Awaitable[Json | Response]]) -> Endpoint:
    """Answer refusals with 4xx, and let no other web page post here."""

    async def endpoint(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and kind != "application/json":
            return JSONResponse({"error": "say Content-Type: application/json"}, 415)
        try:
            made = await handler(request)
        except RefusedError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except ValidationError as error:
            return JSONResponse({"error": _explain(error)}, 422)
        return made if isinstance(made, Response) else JSONResponse(made)

    return endpoint


def control_routes(world: World) -> list[BaseRoute]:
    """The routes under ``/sim/``."""
    control = _Control(world)
    both = ["GET", "POST"]
    table: list[tuple[str, Any, list[str]]] = [
        ("/sim/acts/{act}", control.act, ["POST"]),
        ("/sim/state", control.state, ["GET"]),
        ("/sim/messages", control.messages, ["GET"]),
        ("/sim/files/{file_id}", control.file, ["GET"]),
        ("/sim/calls", control.calls, ["GET"]),
        ("/sim/calls/duplicates", control.duplicates, ["GET"]),
        ("/sim/updates", control.updates, ["GET"]),
        ("/sim/sms", control.sms, ["GET"]),
        ("/sim/email", control.email, ["GET"]),
        ("/sim/clock", control.clock, both),
        ("/sim/settings", control.settings, both),
        ("/sim/reset", control.reset, ["POST"]),
        ("/sim/faults", control.faults, [*both, "DELETE"]),
        ("/sim/faults/{fault:int}", control.faults, ["DELETE"]),
    ]
    return [Route(path, _guarded(handler), methods=methods) for path, handler, methods in table]
