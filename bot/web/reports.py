"""*This wasn't me*: the page behind the address in every notice of a change.

    GET  /n/<token>   what was changed, and one button
    POST /n/<token>   the account is frozen, its sessions end, an urgent ticket opens

Opening the page does nothing, since programs that look at messages open addresses too. Unknown, used and old addresses
are one and the same page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot import notices, webhooks
from bot.context import Policy
from bot.db import accounts, disputes, freezes, sessions, underway
from bot.db.base import Db, Tx
from bot.db.disputes import Dispute
from bot.db.outbox import Post
from bot.desk import person
from bot.domain import languages
from bot.render import Renderer
from bot.tools import Tools
from bot.web.guard import Guard

_DEAD = 404


class Reports:
    """Serves the pages. ``send`` takes posts that are stored, ``wake`` tells a chat that something waits for it."""

    def __init__(
        self,
        db: Db,
        tools: Tools,
        policy: Policy,
        renderer: Renderer,
        guard: Guard,
        username: str,
        wake: Callable[[int], None],
        send: Callable[[Iterable[Post]], None],
    ) -> None:
        self._db = db
        self._tools = tools
        self._policy = policy
        self._renderer = renderer
        self._guard = guard
        self._username = username
        self._wake = wake
        self._send = send

    async def serve(self, request: Request) -> Response:
        """GET asks, POST does."""
        lang = languages.choose(request.headers.get("accept-language", "").split(",")[0], self._renderer.languages)
        wait = self._guard.wait(request)
        if wait:
            return self._page("wait", lang, 429, wait=wait)
        token = request.path_params["token"]
        dispute = await self._db.transact(lambda tx: disputes.find(tx, self._tools, token))
        if dispute is None or not dispute.open:
            return self._page("report_gone", dispute.lang if dispute else lang, _DEAD)
        if request.method != "POST":
            return self._page("report", dispute.lang, what=dispute.what)
        done = await self._db.transact(lambda tx: self._report(tx, dispute))
        if done is None:
            return self._page("report_gone", dispute.lang, _DEAD)
        posts, woken, number, payload = done
        self._send(posts)
        for chat in woken:
            self._wake(chat)
        url = f"https://t.me/{self._username}?start={payload}"
        return self._page("reported", dispute.lang, ticket=number, url=url)

    async def _report(self, tx: Tx, dispute: Dispute) -> tuple[list[Post], list[int], int, str] | None:
        """Freeze, sign out, open a ticket, tell everybody: together, and once."""
        tools, policy, account = self._tools, self._policy, dispute.account
        if not await disputes.use(tx, tools, dispute.id):
            return None
        posts: list[Post] = []
        if await freezes.freeze(tx, tools, account=account, cause=dispute.what):
            posts += await webhooks.put(tx, tools, policy, "account.frozen", account, cause=dispute.what)
            posts += await notices.announce(
                tx, tools, policy, "account_frozen", account=account, chat=dispute.chat, lang=dispute.lang
            )
        woken = await underway.drop(tx, tools, account)
        await sessions.end_all(tx, tools, account)
        holder = await accounts.get(tx, tools, account)
        ticket, opened = await person.open_report(tx, tools, policy, dispute, holder)
        payload = await sessions.issue_link(tx, tools, account, ticket=ticket.id)
        return posts + opened, woken, ticket.number, payload

    def _page(self, page: str, lang: str, status: int = 200, **params: Any) -> HTMLResponse:
        text = self._renderer.page(page, lang, dir=languages.direction(lang), username=self._username, **params)
        return HTMLResponse(text, status)
