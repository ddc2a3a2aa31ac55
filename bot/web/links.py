"""The API for the exchange's website: deep links that sign a person in to the chat, and signing out of every chat."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.db import accounts, audit, codes, sessions
from bot.db.base import Db, Tx
from bot.tools import Tools
from bot.web.guard import Guard


class Links:
    """Signs people in by deep links and out of their chats. ``token`` is what the website presents; empty: off."""

    def __init__(self, db: Db, tools: Tools, guard: Guard, token: str, username: str) -> None:
        self._db = db
        self._tools = tools
        self._guard = guard
        self._token = token
        self._username = username

    async def create(self, request: Request) -> Response:
        """``POST /v1/accounts/{id}/links``: a link for the account, single use, five minutes."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        account, now = request.path_params["account"], self._tools.clock.now()

        async def job(tx: Tx) -> str | None:
            if not await self._known(tx, account):
                return None
            await audit.write(tx, self._tools, action="link issued", actor="website", account=account)
            return await sessions.issue_link(tx, self._tools, account)

        payload = await self._db.transact(job)
        if payload is None:
            return _problem(404, "there is no such account")
        url = f"https://t.me/{self._username}?start={payload}"
        body = {"payload": payload, "url": url, "expires_at": now + sessions.LINK_LIFE}
        return JSONResponse(body, 201)

    async def sign_out(self, request: Request) -> Response:
        """``DELETE /v1/accounts/{id}/sessions``: every chat is signed out of the account."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        account = request.path_params["account"]

        async def job(tx: Tx) -> int | None:
            if not await self._known(tx, account):
                return None
            await audit.write(tx, self._tools, action="sessions ended", actor="website", account=account)
            await codes.revoke(tx, subject=account)
            return await sessions.end_all(tx, self._tools, account)

        ended = await self._db.transact(job)
        return _problem(404, "there is no such account") if ended is None else JSONResponse({"ended": ended})

    def _refusal(self, request: Request) -> Response | None:
        """Why the request is not served; None when it is."""
        if not self._token:
            return _problem(404, "this API is off")
        wait = self._guard.wait(request)
        if wait:
            return _problem(429, "too many requests", {"Retry-After": str(wait)})
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(shown.encode(), self._token.encode()):
            return _problem(401, "a valid bearer token is needed", {"WWW-Authenticate": "Bearer"})
        return None

    async def _known(self, tx: Tx, account: int) -> bool:
        return account < 1 << 63 and await accounts.get(tx, self._tools, account) is not None


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A refusal as RFC 9457 writes it."""
    return JSONResponse({"status": status, "detail": detail}, status, headers, "application/problem+json")
