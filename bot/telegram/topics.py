"""Finding, making and healing the topic of a ticket.

Telegram has no way to ask whether a topic is there: somebody may have deleted it, the group may have become a
supergroup with a new id, topics may have been switched off. Each shows only as an error of a send (platform.md 2.5), so
each is mended there and the send is tried again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import structlog

from bot.budget import Budget
from bot.db import agents, forums, messages, tickets
from bot.db.base import Db, Tx
from bot.db.forums import Forum
from bot.db.messages import Message
from bot.db.outbox import RELAY
from bot.db.tickets import Ticket
from bot.desk import record
from bot.domain import masks
from bot.errors import Rejected
from bot.render import Renderer
from bot.telegram import markup
from bot.telegram.api import Caller, File
from bot.telegram.icons import Icons
from bot.tools import Tools

T = TypeVar("T")
_log = structlog.get_logger(__name__)
_TRIES = 4
"""A send may meet a moved group, a lost topic and a closed one, each once."""
_NAME_LIMIT = 128
"""Characters of a topic's name (Bot API, createForumTopic)."""
_BEGUN = RELAY - 1
"""How urgent the card of a new topic is, and the words that it was made for: what was begun is finished first."""
_DESK_LANG = "en"


async def _there(ticket: Ticket, _forum: Forum) -> Ticket:
    """The ticket as it is once it has its topic."""
    return ticket


class Topics:
    """The agents' forum, topic by topic. ``forum`` is the group's configured id."""

    def __init__(
        self, api: Caller, db: Db, tools: Tools, budget: Budget, renderer: Renderer, forum: int | None
    ) -> None:
        self._api = api
        self._db = db
        self._tools = tools
        self._budget = budget
        self._renderer = renderer
        self._forum = forum
        self._icons = Icons(api)

    @property
    def forum(self) -> int:
        """The configured id of the agents' group, 0 where there is none."""
        return self._forum or 0

    async def current(self) -> int:
        """The id that the agents' group has now."""
        return (await self._db.transact(lambda tx: forums.forum(tx, self.forum))).current

    async def current_of(self, tx: Tx) -> int:
        """The same, within a transaction."""
        return (await forums.forum(tx, self.forum)).current

    async def room(self, *, since: int) -> None:
        """Wait until the group's budget has room for one more message of a post; ``since`` is the post's id."""
        await self._budget.take(self.forum, _BEGUN, since=since)

    async def album(self, ticket_id: int, album: str) -> list[Message]:
        """The parts of an album that are to be passed on."""
        return await self._db.transact(lambda tx: messages.album_waiting(tx, ticket_id, album))

    async def call(
        self, ticket_id: int, method: str, params: dict[str, Any], files: Mapping[str, File] | None = None
    ) -> Any:
        """Call ``method`` in the ticket's topic, which is found, made or healed first; Telegram's result.

        Raises:
            Rejected: refused although the topic is there; ``no_forum`` when no group is configured.
            Flooded: Telegram asks to wait.
            Unreachable: no answer.
        """

        async def send(ticket: Ticket, forum: Forum) -> Any:
            return await self._api.call(method, self._addressed(params, ticket, forum), files)

        return await self._in_topic(ticket_id, send)

    async def _in_topic(self, ticket_id: int, do: Callable[[Ticket, Forum], Awaitable[T]], *, posts: bool = True) -> T:
        """Do something where the ticket's topic is, which is found, made or healed first.

        Whoever calls has a place in the group's budget. It pays for the first call, be it that which makes the topic;
        a place kept over the wait for another one would let more through in a minute than Telegram takes.
        """
        made: set[int | None] = set()
        paid = True

        async def pay(ticket: Ticket) -> None:
            nonlocal paid
            if not paid:
                await self._budget.take(self.forum, _BEGUN, since=ticket.id)
            paid = False

        for _ in range(_TRIES):
            ticket, forum = await self._where(ticket_id)
            try:
                if ticket.thread is None and forum.flat_since is None:
                    await pay(ticket)
                    ticket = await self._make(ticket, forum)
                    made.add(ticket.thread)
                if ticket.card is None and forum.flat_since is None:
                    await pay(ticket)
                    ticket = await self._begin(ticket, forum)
                if ticket.lost_thread is not None and forum.flat_since is None:
                    await self._recall(ticket, forum, pay)
                if posts:
                    await pay(ticket)
                return await do(ticket, forum)
            except Rejected as refusal:
                await self._heal(ticket, forum, refusal, made)
        raise Rejected("thread_not_found", "the topic could not be healed")

    async def card(self, ticket_id: int) -> int | None:
        """Bring the ticket's card up to date, in place where it stands; its message id."""
        ticket, forum = await self._where(ticket_id)
        text, keyboard = await self._card(ticket, forum)
        params: dict[str, Any] = {"text": text, "parse_mode": "HTML", "reply_markup": {"inline_keyboard": keyboard}}
        if ticket.card is None:
            if forum.flat_since is None:  # finding the topic posts the card
                ticket = await self._in_topic(ticket_id, _there, posts=False)
                if ticket.card is not None:
                    return ticket.card
                text, keyboard = await self._card(ticket, forum)  # the group turned out to have no topics
                params |= {"text": text, "reply_markup": {"inline_keyboard": keyboard}}
            message = await self.call(ticket_id, "sendMessage", params)
            await self._placed(ticket, ticket.thread, message["message_id"])
            return int(message["message_id"])
        try:
            await self.call(ticket_id, "editMessageText", {"message_id": ticket.card, **params})
        except Rejected as refusal:
            if refusal.code not in ("not_modified", "message_not_found"):
                raise
        return ticket.card

    async def name(self, ticket_id: int) -> None:
        """Let the topic's name and icon say how the ticket stands."""
        ticket, forum = await self._where(ticket_id)
        if ticket.thread is None or forum.flat_since is not None:
            return
        await self._dressed(ticket, lambda look: self._tolerant("editForumTopic", ticket, forum, **look))

    async def state(self, ticket_id: int, method: str) -> None:
        """Close or reopen the topic; one that is so already, or gone, is fine."""
        ticket, forum = await self._where(ticket_id)
        if ticket.thread is None or forum.flat_since is not None:
            return
        await self._tolerant(method, ticket, forum)

    async def delete(self, ticket_id: int) -> None:
        """Delete the topic with all that stands in it, and know of none any more."""
        ticket, forum = await self._where(ticket_id)
        if ticket.thread is not None and forum.flat_since is None:
            await self._tolerant("deleteForumTopic", ticket, forum)
        await self._placed(ticket, None, None)

    async def _tolerant(self, method: str, ticket: Ticket, forum: Forum, **params: Any) -> None:
        """Change a topic; one that is so already, or gone, is fine."""
        try:
            await self._api.call(method, {"chat_id": forum.current, "message_thread_id": ticket.thread, **params})
        except Rejected as refusal:
            if refusal.code not in ("not_modified", "thread_not_found", "topic_deleted"):
                raise

    # --- finding and making --------------------------------------------------------------------------------

    async def _where(self, ticket_id: int) -> tuple[Ticket, Forum]:
        async def job(tx: Tx) -> tuple[Ticket | None, Forum]:
            return await tickets.get(tx, self._tools, ticket_id), await forums.forum(tx, self._forum or 0)

        ticket, forum = await self._db.transact(job)
        if ticket is None:
            raise Rejected("no_ticket")
        if self._forum is None:
            raise Rejected("no_forum", "no agents' group is configured")
        return ticket, forum

    @staticmethod
    def _addressed(params: dict[str, Any], ticket: Ticket, forum: Forum) -> dict[str, Any]:
        thread = {} if ticket.thread is None or forum.flat_since is not None else {"message_thread_id": ticket.thread}
        if "message_id" in params and "from_chat_id" not in params:
            thread = {}  # an edit is addressed by its message alone
        return {"chat_id": forum.current, **thread, **params}

    async def _make(self, ticket: Ticket, forum: Forum) -> Ticket:
        """A topic for the ticket."""
        where = {"chat_id": forum.current}
        topic = await self._dressed(ticket, lambda look: self._api.call("createForumTopic", where | look))
        await self._placed(ticket, int(topic["message_thread_id"]), None)
        return (await self._where(ticket.id))[0]

    async def _begin(self, ticket: Ticket, forum: Forum) -> Ticket:
        """The ticket's card, which stands first in its topic."""
        text, keyboard = await self._card(ticket, forum)
        message = await self._api.call(
            "sendMessage",
            {
                "chat_id": forum.current, "message_thread_id": ticket.thread, "text": text, "parse_mode": "HTML",
                "reply_markup": {"inline_keyboard": keyboard},
            },
        )  # fmt: skip
        await self._placed(ticket, ticket.thread, message["message_id"])
        return (await self._where(ticket.id))[0]

    async def _card(self, ticket: Ticket, forum: Forum) -> tuple[str, list[list[dict[str, Any]]]]:
        async def job(tx: Tx) -> tuple[str, dict[str, Any]]:
            agent = await agents.name(tx, self._tools, ticket.assignee)
            return agent, await record.before(tx, self._tools, ticket)

        agent, before = await self._db.transact(job)
        return self._renderer.card(ticket, agent, before, forum.current)

    async def _recall(self, ticket: Ticket, forum: Forum, pay: Callable[[Ticket], Awaitable[None]]) -> None:
        """Tell in a topic that had to be made again what was said before, and where the old one is."""
        lately = await self._db.transact(lambda tx: record.lately(tx, self._tools, ticket))
        for message in markup.messages_of(self._renderer.desk("made_again", **lately)):
            await pay(ticket)
            where = {"chat_id": forum.current, "message_thread_id": ticket.thread}
            await self._api.call("sendMessage", {**where, **message, "link_preview_options": {"is_disabled": True}})
        await self._db.transact(lambda tx: tickets.recalled(tx, ticket.id))

    async def _dressed(self, ticket: Ticket, call: Callable[[dict[str, Any]], Awaitable[Any]]) -> Any:
        """Call with the topic's name and icon; where the icon is refused, the name says how the ticket stands."""
        icon = await self._icons.of(ticket.status)
        look = {} if icon is None else {"icon_custom_emoji_id": icon}
        try:
            return await call({"name": self._title(ticket, icon or ""), **look})
        except Rejected as refusal:
            if refusal.code != "icon_invalid":
                raise
        self._icons.none()
        return await call({"name": self._title(ticket, "")})

    def _title(self, ticket: Ticket, icon: str) -> str:
        name = masks.name(str(ticket.facts.get("name") or ""))
        return self._renderer.desk("topic_name", ticket=ticket, name=name, icon=icon)[:_NAME_LIMIT]

    async def _placed(self, ticket: Ticket, thread: int | None, card: int | None) -> None:
        await self._db.transact(lambda tx: tickets.placed(tx, ticket.id, thread, card))

    # --- healing -------------------------------------------------------------------------------------------

    async def _heal(self, ticket: Ticket, forum: Forum, refusal: Rejected, made: set[int | None]) -> None:
        """Mend what the refusal tells of, or raise it again; a topic just ``made`` and lost means there are none."""
        if refusal.code == "migrated" and refusal.migrate_to is not None and self._forum is not None:
            configured, current = self._forum, refusal.migrate_to
            await self._db.transact(lambda tx: forums.moved(tx, configured, current))
        elif refusal.code in ("thread_not_found", "topic_deleted"):
            _log.warning("topic lost", ticket=ticket.number, thread=ticket.thread)
            if ticket.thread is None or ticket.thread in made:
                await self._flatten()
            else:
                await self._db.transact(lambda tx: tickets.lost(tx, ticket.id, forum.current))
        elif refusal.code == "topic_closed":
            await self._tolerant("reopenForumTopic", ticket, forum)  # somebody may have opened it meanwhile
        elif refusal.code == "not_a_forum":
            await self._flatten()
        else:
            raise refusal

    async def _flatten(self) -> None:
        """The group has no topics: post without, and tell the agents once."""
        now, configured = self._tools.clock.now(), self._forum or 0
        await self._db.transact(lambda tx: forums.flattened(tx, configured, now))
        _log.error("the agents' group has no topics; tickets are posted without")
        forum = await self._db.transact(lambda tx: forums.forum(tx, configured))
        text = self._renderer.desk("no_topics")
        await self._api.call("sendMessage", {"chat_id": forum.current, "text": text, "parse_mode": "HTML"})
