"""The lobby's topic: one list of the tickets that have no topic of their own, each with a button to claim it.

One message for all of them, edited as things change: a swarm of hundreds must not use up what may be sent to a group.
Once nobody waits any more the next one begins a new message, which Telegram announces to the agents.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bot import callback
from bot.db import lobby, tickets
from bot.db.base import Db, Tx
from bot.db.outbox import Post
from bot.render import Renderer
from bot.telegram.forums import NAME_LIMIT, Forums, Look, Place
from bot.tools import Tools

_SHOWN: Final = 15
"""Tickets of the list: a message has 4096 characters."""
_IN_A_ROW: Final = 3
"""Buttons side by side."""


class LobbyList:
    """The list."""

    def __init__(self, forums: Forums, db: Db, tools: Tools, renderer: Renderer) -> None:
        self._forums = forums
        self._db = db
        self._tools = tools
        self._renderer = renderer

    async def payer(self, tx: Tx, post: Post) -> int:
        """The group whose budget the list uses."""
        place = await self._forums.place_of(tx, _Home(self._renderer))
        return place.forum.configured if place is not None else post.chat

    async def show(self, post: Post) -> int | None:
        """Bring the list up to date; its message id."""
        home = _Home(self._renderer)
        place = await self._forums.where(home)
        rows, more = await self._db.transact(self._rows)
        message = None if place.unmade else home.state.message
        if message is None and not rows:
            return None
        buttons = [
            {"text": f"Claim {row['ticket'].number}", "callback_data": callback.pack_desk("claim", row["ticket"].id)}
            for row in rows
        ]
        keyboard = [buttons[at : at + _IN_A_ROW] for at in range(0, len(buttons), _IN_A_ROW)]
        shown: dict[str, Any] = {
            "text": self._renderer.desk("lobby", rows=rows, more=more), "parse_mode": "HTML",
            "reply_markup": {"inline_keyboard": keyboard},
        }  # fmt: skip
        forum = place.forum.configured
        if message is not None:
            refusal = await self._forums.change(place, "editMessageText", {"message_id": message, **shown})
            message = message if refusal in ("", "not_modified") else None
        if message is None and rows:
            message = int((await self._forums.call(home, post, "sendMessage", shown))["message_id"])
            forum = post.chat
        listed = message if rows else None
        await self._db.transact(lambda tx: lobby.shown(tx, forum, listed))
        return message

    async def _rows(self, tx: Tx) -> tuple[list[dict[str, Any]], int]:
        """The first of those who wait, and how many more do."""
        waiting = await lobby.waiting(tx)
        rows = []
        for one in waiting[:_SHOWN]:
            ticket = await tickets.get(tx, self._tools, one.ticket)
            rows.append({"ticket": ticket, "messages": one.messages})
        return rows, max(0, len(waiting) - _SHOWN)


class _Home:
    """The lobby as the owner of its topic; ``state`` is as it was when last read."""

    state: lobby.State

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def at(self, tx: Tx) -> tuple[int, int | None]:
        self.state = await lobby.state(tx)
        return self.state.forum, self.state.thread

    async def put(self, tx: Tx, forum: int, thread: int | None) -> None:
        await lobby.placed(tx, forum, thread)

    async def lost(self, tx: Tx, _place: Place, /) -> None:
        await lobby.placed(tx, 0, None)

    async def dress(self, call: Callable[[Look], Awaitable[Any]]) -> Any:
        return await call({"name": self._renderer.desk("lobby_name")[:NAME_LIMIT]})

    async def begin(self, place: Place, send: Callable[[Mapping[str, Any]], Awaitable[int]]) -> None:
        """Nothing: what is sent into it is the list."""
