"""Accounts kept by the exchange's own system, asked over HTTP; the contract is ``bot/accounts/openapi.json``.

The exchange's ids are ours. What its system says of an account is mirrored in our tables whenever it answers, so that a
turn reads them in its own transaction and waits for nobody. Passwords are compared there and never stored here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.accounts.base import Password
from bot.db import accounts, underway
from bot.db.accounts import Profile
from bot.db.base import Db, Tx
from bot.domain import passwords
from bot.errors import Rejected, Unreachable
from bot.http import Http, bearer, judge
from bot.tools import Tools

_TIMEOUT: Final = 30
_CONNECT: Final = 5
"""Seconds: people wait for these answers."""
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_TO_BE_MENDED: Final = (401, 403, 405, 408, 425)
"""A mistake of the set-up, or a passing one; what was asked for waits until it is mended."""
_LARGEST: Final = 1 << 63


class HttpAccounts:
    """The adapter of :class:`bot.accounts.base.Accounts` for a system behind ``url``; ``token`` opens it.

    ``wake`` tells a chat that something waits for it.
    """

    def __init__(self, db: Db, tools: Tools, url: str, token: str, wake: Callable[[int], None]) -> None:
        self._db = db
        self._tools = tools
        self.client = Client(url, token)
        self._wake = wake

    async def check_password(self, email: str, password: str) -> int | None:
        """Ask, and mirror what is said of whoever it is."""
        try:
            said = await self.client.call("POST", "/sign-ins", {"email": email, "password": password})
        except Rejected as refusal:
            if refusal.code == "not_found":
                return None
            raise
        return await self._mirror(said)

    async def matches(self, account: int, which: Password, password: str) -> bool:
        """Ask."""
        body = {"kind": which, "password": password}
        said = await self.client.call("POST", f"/accounts/{account}/password-checks", body)
        return said.get("right") is True

    async def know(self, account: int) -> bool:
        """Ask, and mirror what is said."""
        try:
            await self._mirror(await self.client.call("GET", f"/accounts/{account}"))
        except Rejected as refusal:
            if refusal.code == "not_found":
                return False
            raise
        return True

    async def hash_password(self, password: str) -> str:
        """The argon2id hash, which the exchange's system is given for a new password."""
        return await passwords.hashed(password)

    async def close(self) -> None:
        """Give up the connections."""
        await self.client.close()

    async def _mirror(self, said: Mapping[str, Any]) -> int:
        found, tools = profile(said), self._tools

        async def job(tx: Tx) -> list[int]:
            # What was sent to or proved with the former ones dies.
            return await underway.drop(tx, tools, found.id) if await accounts.mirror(tx, tools, found) else []

        for chat in await self._db.transact(job):
            self._wake(chat)
        return found.id


def profile(said: Mapping[str, Any]) -> Profile:
    """What the exchange's system says of an account.

    Raises:
        Unreachable: it is not what the contract says; nothing can be done with it.
    """
    try:
        since = said["since"]
        found = Profile(
            id=said["id"],
            version=said["version"],
            email=said["email"],
            phone=said["phone"],
            email_at=since["email"],
            phone_at=since["phone"],
            password_at=since["password"],
            trading_at=since["trading_password"],
        )
    except (KeyError, TypeError) as error:
        raise Unreachable("not a profile", sent=True) from error
    texts = (found.email, *((found.phone,) if found.phone is not None else ()))
    moments = (found.email_at, found.password_at, *filter(None, (found.phone_at, found.trading_at)))
    numbers = all(type(value) is int for value in (found.id, found.version, *moments))
    fine = numbers and all(isinstance(text, str) for text in texts)
    if not fine or not 0 < found.id < _LARGEST or (found.phone is None) is not (found.phone_at is None):
        raise Unreachable("not a profile", sent=True)
    return found


class Client(Http):
    """Speaks the contract: JSON, a bearer token, an ``Idempotency-Key`` on what changes something."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url.rstrip("/"), bearer(token), timeout=_TIMEOUT, connect=_CONNECT)

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str = "") -> Any:
        """One call; the JSON that was answered.

        Raises:
            Rejected: refused for good: ``not_found``, the reason of a 409 (``taken``, ``same``), or ``refused``.
            Flooded: try again later.
            Unreachable: no answer, or none that can be read; ``sent`` tells whether it may have been carried out.
        """
        data = None if body is None else json.dumps(body).encode()
        answer = await self.ask(method, path, body=data, headers={"Idempotency-Key": key} if key else None)
        return judged(answer.status, answer.body, answer.retry_after)


def judged(status: int, text: bytes, retry_after: str) -> Any:
    """The JSON of an answer; raises as :meth:`Client.call` says for anything but a success."""
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        body = None
    if status in _TO_BE_MENDED:
        raise Unreachable(f"status {status}", sent=False)
    reason = body.get("reason") if isinstance(body, dict) and status == _CONFLICT else ""
    code = "not_found" if status == _NOT_FOUND else reason if reason in ("taken", "same") else "refused"
    judge(status, retry_after, code=code, carried=True)
    if not isinstance(body, dict):
        raise Unreachable("no JSON object", sent=True)
    return body
