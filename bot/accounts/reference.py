"""An account system that keeps the contract ``openapi.json``: our own tables, served over HTTP.

Whoever adapts another system can look here at what each request must do; the tests of the http adapter run against it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.accounts.local import LocalAccounts
from bot.changes import WRITERS
from bot.clock import Clock, SystemClock
from bot.db import accounts, answers, keyring
from bot.db.accounts import Profile
from bot.db.answers import Answer
from bot.db.base import Db, Tx
from bot.db.connect import SQLITE, connect
from bot.db.ids import Ids, highest
from bot.db.migrate import migrate
from bot.domain import emails
from bot.domain.vault import Keys, Vault
from bot.settings import KEY_SETTINGS, parse_keys
from bot.tools import Tools
from bot.web.website import problem

_LARGEST_BODY: Final = 16 * 1024
_CAUSES: Final = {
    "phone": ("number", ("phone_bound", "phone_changed", "phone_recovered")),
    "email": ("email", ("email_changed",)),
    "trading-password": ("password_hash", ("trading_set",)),
}
"""What each path takes, and the causes that it knows."""
_NO_HASH: Final = "a password comes as the argon2id hash"
Write = Callable[[Tx], Awaitable[Answer]]


async def opened(path: Path, keys: Mapping[str, str], token: str, clock: Clock | None = None) -> Reference:
    """The account system of this SQLite file, made where it is missing.

    Args:
        path: the file.
        keys: written as the settings write them, by their names.
        token: opens it.
        clock: the machine's clock unless given.
    """
    clock = clock or SystemClock()
    tools = Tools(clock, Ids(clock, 0), Vault(Keys(*(parse_keys(keys[name]) for name in KEY_SETTINGS))))
    path.parent.mkdir(parents=True, exist_ok=True)
    db = await connect(f"{SQLITE}{path}")
    await migrate(db, clock)
    await keyring.enter(db, tools, 0)
    tools.ids.after(await db.transact(highest))
    return Reference(db, tools, token)


class Reference:
    """Serves the accounts of ``db``; ``token`` opens it."""

    def __init__(self, db: Db, tools: Tools, token: str) -> None:
        self.db = db
        self.tools = tools
        self._token = token
        self._accounts = LocalAccounts(db, tools)

    async def close(self) -> None:
        """Close the file."""
        await self.db.close()

    def routes(self) -> list[BaseRoute]:
        """The contract's paths."""
        return [
            Route("/sign-ins", self._served(self._sign_in), methods=["POST"]),
            Route("/accounts", self._served(self._create), methods=["POST"]),
            Route("/accounts/{account:int}", self._served(self._read), methods=["GET"]),
            Route("/accounts/{account:int}/password-checks", self._served(self._check), methods=["POST"]),
            Route("/accounts/{account:int}/{what:str}", self._served(self._change), methods=["PUT"]),
        ]

    def _served(self, endpoint: Callable[[Request, dict[str, Any]], Awaitable[Response]]) -> Any:
        """The endpoint behind the token, with its body read; whatever is malformed is 422."""

        async def serve(request: Request) -> Response:
            shown = request.headers.get("authorization", "")
            if not hmac.compare_digest(shown.encode(), f"Bearer {self._token}".encode()):
                return problem(401, "a valid bearer token is needed", {"WWW-Authenticate": "Bearer"})
            body: Any = {}
            if request.method != "GET":
                raw = await request.body()
                try:
                    body = json.loads(raw) if len(raw) <= _LARGEST_BODY else None
                except ValueError:
                    body = None
            texts = isinstance(body, dict) and all(isinstance(value, str) for value in body.values())
            return await endpoint(request, body) if texts else problem(422, "a JSON object of texts is needed")

        return serve

    async def _sign_in(self, _request: Request, body: dict[str, Any]) -> Response:
        email = emails.canonical(body.get("email", ""))
        account = email and await self._accounts.check_password(email, body.get("password", ""))
        return await self._profile(account) if account else problem(404, "no account has this address and password")

    async def _read(self, request: Request, _body: dict[str, Any]) -> Response:
        return await self._profile(request.path_params["account"])

    async def _check(self, request: Request, body: dict[str, Any]) -> Response:
        account, kind = request.path_params["account"], body.get("kind")
        if kind not in ("login", "trading"):
            return problem(422, "kind is login or trading")
        if not await self._accounts.know(account):
            return problem(404, "there is no such account")
        return JSONResponse({"right": await self._accounts.matches(account, kind, body.get("password", ""))})

    async def _create(self, request: Request, body: dict[str, Any]) -> Response:
        email, hashed = emails.canonical(body.get("email", "")), body.get("password_hash", "")
        if email is None or not hashed.startswith("$argon2id$"):
            return problem(422, _NO_HASH if email else "that is no address")

        async def write(tx: Tx) -> Answer:
            account = await accounts.create(tx, self.tools, email=email, password_hash=hashed)
            return Answer(account, "" if account else "taken")

        return await self._once(request, body, write, 201)

    async def _change(self, request: Request, body: dict[str, Any]) -> Response:
        account, what = request.path_params["account"], request.path_params["what"]
        if what not in _CAUSES:
            return problem(404, "there is no such path")
        name, causes = _CAUSES[what]
        value, cause = body.get(name, ""), body.get("cause")
        if what == "email":
            value = emails.canonical(value) or ""
        if not value or cause not in causes:
            return problem(422, f"{name} and cause are needed; causes: {', '.join(causes)}")
        if what == "trading-password" and not value.startswith("$argon2id$"):
            return problem(422, _NO_HASH)
        if not await self._accounts.know(account):
            return problem(404, "there is no such account")

        async def write(tx: Tx) -> Answer:
            return Answer(account, await WRITERS[cause](tx, self.tools, account, value))

        return await self._once(request, body, write, 200)

    async def _once(self, request: Request, body: dict[str, Any], write: Write, done: int) -> Response:
        """Carry it out, or answer what was answered to the same key; in one transaction with what is kept of it."""
        key = request.headers.get("idempotency-key", "")
        if not 1 <= len(key) <= 255:
            return problem(400, "an Idempotency-Key of 1 to 255 characters is needed")
        asked = f"{request.method} {request.url.path} {json.dumps(body, sort_keys=True)}"

        async def job(tx: Tx) -> tuple[Answer, Profile | None]:
            said = await answers.known(tx, self.tools, key, asked)
            if said is None:
                said = await write(tx)
                await answers.keep(tx, self.tools, key, asked, said)
            found = await accounts.profile(tx, self.tools, said.account) if said.account and not said.reason else None
            return said, found

        try:
            said, found = await self.db.transact(job)
        except ValueError as error:
            return problem(422, str(error))
        if found is None:
            return JSONResponse({"status": 409, "reason": said.reason, "detail": "it was not done"}, 409)
        return JSONResponse(_written(found), done)

    async def _profile(self, account: int) -> Response:
        if not await self._accounts.know(account):
            return problem(404, "there is no such account")
        found = await self.db.transact(lambda tx: accounts.profile(tx, self.tools, account))
        return JSONResponse(_written(found)) if found else problem(404, "there is no such account")


def _written(found: Profile) -> dict[str, Any]:
    """A profile as the contract writes it."""
    since = {
        "email": found.email_at,
        "phone": found.phone_at,
        "password": found.password_at,
        "trading_password": found.trading_at,
    }
    return {
        "id": found.id, "version": found.version, "email": found.email, "phone": found.phone, "since": since,
    }  # fmt: skip
