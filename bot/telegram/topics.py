"""The topics of tickets: one each, with a card that says how the ticket stands.

How a topic is found, made and healed is ``bot/telegram/forums.py``'s.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.db import agents, messages, places, tickets
from bot.db.base import Db, Tx
from bot.db.messages import Message
from bot.db.outbox import Post
from bot.db.tickets import Ticket
from bot.desk import record
from bot.domain import masks
from bot.errors import Rejected
from bot.render import Renderer
from bot.telegram import markup
from bot.telegram.api import Caller, File
from bot.telegram.forums import NAME_LIMIT, Forums, Look, Place
from bot.telegram.icons import Icons
from bot.tools import Tools


class Topics:
    """The tickets' topics."""

    def __init__(self, api: Caller, forums: Forums, db: Db, tools: Tools, renderer: Renderer) -> None:
        self.forums = forums
        self.db = db
        self.tools = tools
        self.renderer = renderer
        self.icons = Icons(api)

    async def album(self, ticket_id: int, album: str) -> list[Message]:
        """The parts of an album that are to be passed on."""
        return await self.db.transact(lambda tx: messages.album_waiting(tx, ticket_id, album))

    async def payer(self, tx: Tx, post: Post) -> int:
        """The group whose budget a post uses, by its configured id."""
        if "ticket" not in post.body:
            return post.chat
        place = await self.forums.place_of(tx, _Home(self, post.body["ticket"]))
        return place.forum.configured if place is not None else post.chat

    async def resolve(self, post: Post) -> None:
        """Let the post answer in the topic what it is about in the person's chat, if it is about something."""
        if post.body.get("about"):
            post.body = {**post.body, **await self.db.transact(lambda tx: self._answered(tx, post))}

    async def _answered(self, tx: Tx, post: Post) -> dict[str, Any]:
        ticket = await tickets.get(tx, self.tools, post.body["ticket"])
        if ticket is None:
            return {}
        twin = await messages.twin(tx, ticket.id, user_message=post.body["about"], forum=ticket.forum)
        return {"reply": twin, "in": ticket.forum}

    async def call(
        self, post: Post, method: str, params: Mapping[str, Any], files: Mapping[str, File] | None = None
    ) -> Any:
        """Call ``method`` in the topic of the post's ticket; Telegram's result. Raises as :meth:`Forums.call`."""
        return await self.forums.call(_Home(self, post.body["ticket"]), post, method, params, files)

    async def card(self, post: Post) -> int | None:
        """Bring the ticket's card up to date, in place where it stands; its message id."""
        home = _Home(self, post.body["ticket"])
        place = await self.forums.where(home)
        if home.ticket.card is None and place.forum.flat_since is None:
            await self.forums.reach(home, post)  # which posts it
            place = await self.forums.where(home)
            if home.ticket.card is not None:
                return home.ticket.card
        shown = await self.shown(home.ticket)
        if home.ticket.card is None:
            message = int((await self.call(post, "sendMessage", shown))["message_id"])
            place = await self.forums.where(home)
            await home.carded(place, message)
            return message
        edit = {"message_id": home.ticket.card, **shown}
        if await self.forums.change(place, "editMessageText", edit) == "migrated":
            return await self.card(post)
        return home.ticket.card

    async def name(self, post: Post) -> None:
        """Let the topic's name and icon say how the ticket stands."""
        home = _Home(self, post.body["ticket"])
        place = await self.forums.where(home)
        if place.topic is not None:
            where = {"message_thread_id": place.topic}
            await home.dress(lambda look: self.forums.change(place, "editForumTopic", where | look))

    async def state(self, post: Post, method: str) -> None:
        """Close or reopen the topic; one that is so already, or gone, is fine."""
        place = await self.forums.where(_Home(self, post.body["ticket"]))
        if place.topic is not None:
            await self.forums.change(place, method, {"message_thread_id": place.topic})

    async def delete(self, post: Post) -> None:
        """Delete the topic with all that stands in it, and know of none any more."""
        await self.state(post, "deleteForumTopic")
        await self.db.transact(lambda tx: places.put(tx, post.body["ticket"], 0, None, None))

    async def shown(self, ticket: Ticket) -> dict[str, Any]:
        """The card as a message."""

        async def job(tx: Tx) -> tuple[str, dict[str, Any]]:
            agent = await agents.name(tx, self.tools, ticket.assignee)
            return agent, await record.before(tx, self.tools, ticket)

        text, keyboard = self.renderer.card(ticket, *await self.db.transact(job))
        return {"text": text, "parse_mode": "HTML", "reply_markup": {"inline_keyboard": keyboard}}


class _Home:
    """A ticket as the owner of its topic; ``ticket`` is as it was when last read."""

    ticket: Ticket

    def __init__(self, topics: Topics, ticket_id: int) -> None:
        self._topics = topics
        self._id = ticket_id

    async def at(self, tx: Tx) -> tuple[int, int | None] | None:
        found = await tickets.get(tx, self._topics.tools, self._id)
        if found is None:
            return None
        self.ticket = found
        return found.forum, found.thread

    async def put(self, tx: Tx, forum: int, thread: int | None) -> None:
        await places.put(tx, self._id, forum, thread, None)

    async def lost(self, tx: Tx, place: Place, /) -> None:
        await places.lost(tx, self._id, place.forum.current)

    async def carded(self, place: Place, card: int) -> None:
        """Note the card."""
        forum, thread = place.forum.configured, place.thread
        await self._topics.db.transact(lambda tx: places.put(tx, self._id, forum, thread, card))

    async def dress(self, call: Callable[[Look], Awaitable[Any]]) -> Any:
        """Name and icon; where the icon is refused, the name says how the ticket stands."""
        icon = await self._topics.icons.of(self.ticket.status)
        look = {} if icon is None else {"icon_custom_emoji_id": icon}
        try:
            return await call({"name": self._title(icon or ""), **look})
        except Rejected as refusal:
            if refusal.code != "icon_invalid":
                raise
        self._topics.icons.none()
        return await call({"name": self._title("")})

    def _title(self, icon: str) -> str:
        name = masks.name(str(self.ticket.facts.get("name") or ""))
        return self._topics.renderer.desk("topic_name", ticket=self.ticket, name=name, icon=icon)[:NAME_LIMIT]

    async def begin(self, place: Place, send: Callable[[Mapping[str, Any]], Awaitable[int]]) -> None:
        """Its card; and where the topic had to be made again, what was said before, and where the old one is."""
        topics = self._topics
        if self.ticket.card is None:
            await self.carded(place, await send(await topics.shown(self.ticket)))
        if self.ticket.lost_thread is not None:
            lately = await topics.db.transact(lambda tx: record.lately(tx, topics.tools, self.ticket, arrived=True))
            for message in markup.messages_of(topics.renderer.desk("made_again", **lately)):
                await send({**message, "link_preview_options": {"is_disabled": True}})
            await topics.db.transact(lambda tx: places.recalled(tx, self._id))
