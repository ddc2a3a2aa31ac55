"""The topics of tickets: one each, with a card that says how the ticket stands.

How a topic is found, made and healed is ``bot/telegram/forums.py``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.db import agents, messages, tickets
from bot.db.base import Db, Tx
from bot.db.messages import Message
from bot.db.outbox import CARD, Post
from bot.db.tickets import Ticket
from bot.render import Renderer
from bot.telegram.api import File
from bot.telegram.forums import Forums, Place
from bot.tools import Tools


class Topics:
    """The tickets' topics."""

    def __init__(self, forums: Forums, db: Db, tools: Tools, renderer: Renderer) -> None:
        self.forums = forums
        self.db = db
        self.tools = tools
        self.renderer = renderer

    async def album(self, ticket_id: int, album: str) -> list[Message]:
        """The parts of an album that are to be passed on."""
        return await self.db.transact(lambda tx: messages.album_waiting(tx, ticket_id, album))

    async def payer(self, tx: Tx, post: Post) -> int:
        """The group whose budget a post uses, by its configured id."""
        if "ticket" not in post.body:
            return post.chat
        place = await self.forums.place_of(tx, _Home(self, post.body["ticket"]))
        return place.forum.configured if place is not None else post.chat

    async def call(
        self, post: Post, method: str, params: dict[str, Any], files: Mapping[str, File] | None = None
    ) -> Any:
        """Call ``method`` in the topic of the post's ticket; Telegram's result. Raises as :meth:`Forums.call`."""
        if post.body.get("about"):
            post.body = {**post.body, **await self.db.transact(lambda tx: self._answered(tx, post))}
        return await self.forums.call(_Home(self, post.body["ticket"]), post, method, params, files)

    async def _answered(self, tx: Tx, post: Post) -> dict[str, Any]:
        """What is in the topic of the message of the person's chat that the post is about."""
        ticket = await tickets.get(tx, self.tools, post.body["ticket"])
        if ticket is None:
            return {}
        twin = await messages.twin(tx, ticket.id, user_message=post.body["about"], forum=ticket.forum)
        return {"reply": twin, "in": ticket.forum}

    async def card(self, post: Post) -> int | None:
        """Bring the ticket's card up to date, in place where it stands; its message id."""
        home = _Home(self, post.body["ticket"])
        place = await self.forums.where(home)
        if place.unmade:  # making the topic posts the card
            await self.call(post, "sendChatAction", {"action": "typing"})
            place = await self.forums.where(home)
            if home.ticket.card is not None:
                return home.ticket.card
        shown = await self.shown(home.ticket)
        if home.ticket.card is None:
            message = int((await self.call(post, "sendMessage", shown))["message_id"])
            place = await self.forums.where(home)
            await self._placed(home.ticket, place, message)
            return message
        edit = {"message_id": home.ticket.card, **shown}
        if await self.forums.change(place, "editMessageText", edit) == "migrated":
            return await self.card(post)
        return home.ticket.card

    async def name(self, post: Post) -> None:
        """Let the topic's name say how the ticket stands."""
        home = _Home(self, post.body["ticket"])
        place = await self.forums.where(home)
        if place.topic is not None:
            await self.forums.change(place, "editForumTopic", {"message_thread_id": place.topic, "name": home.title()})

    async def state(self, post: Post, method: str) -> None:
        """Close or reopen the topic; one that is so already, or gone, is fine."""
        place = await self.forums.where(_Home(self, post.body["ticket"]))
        if place.topic is not None:
            await self.forums.change(place, method, {"message_thread_id": place.topic})

    async def shown(self, ticket: Ticket) -> dict[str, Any]:
        """The card as a message."""
        agent = await self.db.transact(lambda tx: agents.name(tx, self.tools, ticket.assignee))
        text, keyboard = self.renderer.card(ticket, agent)
        return {"text": text, "parse_mode": "HTML", "reply_markup": {"inline_keyboard": keyboard}}

    async def _placed(self, ticket: Ticket, place: Place, card: int) -> None:
        forum, thread = place.forum.configured, place.thread
        await self.db.transact(lambda tx: tickets.placed(tx, ticket.id, forum, thread, card))


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
        await tickets.placed(tx, self._id, forum, thread, None)

    def title(self) -> str:
        return self._topics.renderer.desk("topic_name", ticket=self.ticket)

    async def begin(self, place: Place) -> None:
        """Its card."""
        message = await self._topics.forums.post(place, CARD, await self._topics.shown(self.ticket))
        forum, thread = place.forum.configured, place.thread
        await self._topics.db.transact(lambda tx: tickets.placed(tx, self._id, forum, thread, message))
