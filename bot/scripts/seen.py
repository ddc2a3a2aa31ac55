"""What came out of the bot: every post, in the order in which the other side took or refused it.

A watched carrier notes each post after it was sent, together with what the sandbox then shows. Nothing else may put a
message into a chat; what does all the same is found by comparing with the sandbox's own record (``Stage.settle``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.db.base import Tx
from bot.db.outbox import Post
from bot.outbox import After, Carrier
from bot.sandbox import World
from bot.sandbox.messages import Message

_QUIET = frozenset({"strip", "accounts", "mirror"})
"""Kinds and channels that show nothing: buttons of a screen that is gone, and what other systems are asked."""


@dataclass(slots=True)
class Seen:
    """One thing that came out.

    Attributes:
        queue: ``bot``, ``toast``, ``deletes``, ``sms``, ``email``, ``desk`` or ``undelivered``.
        chat: the person, or the agents' group.
        lane: what it left in order with, such as a ticket's topic; lanes themselves run side by side.
        keys: the templates it shows, a notice before its screen.
        to: the number or address of an SMS or email.
        answers: the message that it replies to.
        reason: why it was refused.
        links: addresses of words in the text.
        answers: the message that it answers, and ``quote`` what it quotes of that.
    """

    queue: str
    chat: int
    keys: tuple[str, ...]
    text: str = ""
    to: str = ""
    buttons: tuple[tuple[str, ...], ...] = ()
    urls: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    message: int | None = None
    answers: int | None = None
    edited: bool = False
    picture: bool = False
    reason: str = ""
    quote: str = ""
    lane: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


class Watched:
    """A carrier that notes what it carried in ``journal``."""

    def __init__(self, carrier: Carrier, world: World, journal: list[Seen]) -> None:
        self._carrier = carrier
        self._world = world
        self._journal = journal

    def costs(self, post: Post) -> bool:
        """As the carrier says."""
        return self._carrier.costs(post)

    def patience(self, post: Post) -> int:
        """As the carrier says."""
        return self._carrier.patience(post)

    async def send(self, post: Post) -> int | None:
        """Carry the post, then note it."""
        answer = await self._carrier.send(post)
        if _QUIET.isdisjoint((post.kind, post.channel)):
            self._journal.extend(self._noted(post, answer))
        return answer

    async def sent(self, tx: Tx, post: Post, answer: int | None, after: After) -> None:
        """As the carrier does."""
        await self._carrier.sent(tx, post, answer, after)

    async def refused(self, tx: Tx, post: Post, reason: str, after: After) -> None:
        """As the carrier does, then note it."""
        await self._carrier.refused(tx, post, reason, after)
        if _QUIET.isdisjoint((post.kind, post.channel)):
            self._journal.append(Seen("undelivered", post.chat, tuple(post.keys.split()), reason=reason))

    def _noted(self, post: Post, answer: int | None) -> list[Seen]:
        keys = tuple(post.keys.split())
        params = {**post.body.get("data", {}), **(post.body.get("event") or {}), **post.body.get("params", {})}
        if post.channel in ("sms", "email"):
            return [self._letter(post, keys, params)]
        if post.kind == "toast":
            return self._toast(post)
        if post.kind == "delete":
            return [Seen("deletes", post.chat, keys, message=post.body["message"])]
        if post.chat <= 0:
            return [Seen("desk", post.chat, keys, lane=post.lane, params=params, **self._shown(post.chat, answer))]
        edited = "edit" in post.body and answer == post.body["edit"]
        shown = Seen("bot", post.chat, keys, params=params, edited=edited, **self._shown(post.chat, answer))
        return [shown, *self._toast(post)]

    def _toast(self, post: Post) -> list[Seen]:
        key = post.body.get("key" if post.kind == "toast" else "toast") or ""
        if not key or not post.body.get("query"):
            return []
        query = self._world.state.queries.get(post.body["query"])
        return [Seen("toast", post.chat, (key,), text=query.text if query else "")]

    def _letter(self, post: Post, keys: tuple[str, ...], params: Mapping[str, Any]) -> Seen:
        """An SMS or an email as it lies in the sandbox's inbox; its id is the post's."""
        state, text = self._world.state, ""
        if post.channel == "sms":
            text = next((sms.text for sms in reversed(state.sms) if sms.id == str(post.id)), "")
        else:
            text = next(
                (f"{mail.subject}\n{mail.text}" for mail in reversed(state.emails) if mail.id == str(post.id)), ""
            )
        return Seen(post.channel, post.chat, keys, text=text, to=post.body["to"], params=params)

    def _shown(self, chat: int, message: int | None) -> dict[str, Any]:
        found = message_of(self._world, chat, message)
        return {"message": message} if found is None else {"message": message, **look(found)}


def message_of(world: World, chat: int, message: int | None) -> Message | None:
    """A message of a chat, or of the supergroup that the chat became."""
    place = world.state.chats.get(chat)
    while place is not None and place.migrated_to is not None:
        place = world.state.chats.get(place.migrated_to)
    return place.messages.get(message) if place is not None and message is not None else None


def look(message: Message) -> dict[str, Any]:
    """What a person sees of a message: its text, buttons, links, picture."""
    markup = message.markup or {}
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
    caption = str(message.content.get("caption", ""))
    formats = message.content.get("entities") or message.content.get("caption_entities") or []
    return {
        "text": str(message.content.get("text", ""))
        or caption
        or ("" if message.kind == "text" else f"[{message.kind}]"),
        "buttons": tuple(tuple(str(button["text"]) for button in row) for row in rows),
        "answers": message.reply_to,
        "urls": tuple(str(button["url"]) for row in rows for button in row if "url" in button),
        "links": tuple(entity["url"] for entity in formats if entity["type"] == "text_link"),
        "picture": message.kind == "photo",
        "quote": str((message.quote or {}).get("text", "")),
    }
