"""The API for the exchange's website: deep links that sign a person in to the chat, and signing out of every chat."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.accounts.base import Accounts
from bot.db import accounts, audit, sessions, underway
from bot.db.base import Db, Tx
from bot.errors import Undelivered
from bot.tools import Tools
from bot.web.website import Website, problem


class Links:
    """Signs people in by deep links and out of their chats.

    ``website`` lets requests in, ``wake`` tells a chat that something waits for it.
    """

    def __init__(
        self,
        db: Db,
        tools: Tools,
        adapter: Accounts,
        website: Website,
        username: str,
        wake: Callable[[int], None],
    ) -> None:
        self._db = db
        self._tools = tools
        self._adapter = adapter
        self._website = website
        self._username = username
        self._wake = wake

    async def create(self, request: Request) -> Response:
        """``POST /v1/accounts/{id}/links``: a link for the account, single use, five minutes."""
        refusal = self._website.refusal(request)
        if refusal is not None:
            return refusal
        account, now = request.path_params["account"], self._tools.clock.now()

        try:
            known = await self._adapter.know(account)
        except Undelivered:
            return problem(503, "the account system does not answer")
        if not known:
            return _unknown()

        async def job(tx: Tx) -> str:
            await audit.write(tx, self._tools, action="link issued", actor="website", account=account)
            return await sessions.issue_link(tx, self._tools, account)

        payload = await self._db.transact(job)
        url = f"https://t.me/{self._username}?start={payload}"
        body = {"payload": payload, "url": url, "expires_at": now + sessions.LINK_LIFE}
        return JSONResponse(body, 201)

    async def sign_out(self, request: Request) -> Response:
        """``DELETE /v1/accounts/{id}/sessions``: every chat is signed out, and what was under way dies."""
        refusal = self._website.refusal(request)
        if refusal is not None:
            return refusal
        account = request.path_params["account"]

        async def job(tx: Tx) -> tuple[int, list[int]] | None:
            if not await self._known(tx, account):
                return None
            await audit.write(tx, self._tools, action="sessions ended", actor="website", account=account)
            woken = await underway.drop(tx, self._tools, account)
            return await sessions.end_all(tx, self._tools, account), woken

        done = await self._db.transact(job)
        if done is None:
            return _unknown()
        ended, woken = done
        for chat in woken:
            self._wake(chat)
        return JSONResponse({"ended": ended})

    async def _known(self, tx: Tx, account: int) -> bool:
        return account < 1 << 63 and await accounts.get(tx, self._tools, account) is not None


def _unknown() -> Response:
    return problem(404, "there is no such account")
