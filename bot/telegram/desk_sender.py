"""Sends posts into the agents' group, and to agents in private: one function a kind of post."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from itertools import zip_longest
from typing import Any

from bot import charts
from bot.db.messages import Message
from bot.db.outbox import Post
from bot.domain.desk_days import Day
from bot.errors import Rejected
from bot.render import Renderer
from bot.telegram import markup, replies
from bot.telegram.api import Caller
from bot.telegram.lobby import LobbyList
from bot.telegram.topics import Topics


class Copies:
    """The parts of albums and their copies, by post, from the answer until it is written down."""

    def __init__(self) -> None:
        self._pairs: dict[int, list[tuple[Message, int | None]]] = {}

    def note(self, post: Post, pieces: list[Message], copies: list[dict[str, int]]) -> int | None:
        """Keep the pairs; the first copy's id.

        Telegram leaves out what it cannot copy and does not say which; the last ones are taken for those.
        """
        ids: list[int | None] = [copy["message_id"] for copy in copies]
        self._pairs[post.id] = list(zip_longest(pieces, ids[: len(pieces)]))
        return ids[0] if ids else None

    def taken(self, post: Post) -> list[tuple[Message, int | None]]:
        """The pairs of a post, once."""
        return self._pairs.pop(post.id, [])


class DeskSender:
    """The desk's kinds of posts."""

    def __init__(self, api: Caller, renderer: Renderer, topics: Topics, lobby: LobbyList, copies: Copies) -> None:
        self._api = api
        self._renderer = renderer
        self._topics = topics
        self._copies = copies
        self._begun: dict[int, list[int]] = {}
        """Of texts in several messages those that are sent, by post: a flood in between repeats none of them."""
        self.kinds: Mapping[str, Callable[[Post], Awaitable[int | None]]] = {
            "relay": self._relay,
            "relays": self._relays,
            "masked": self._masked,
            "name": self._name,
            "card": self._card,
            "desk_text": self._desk_text,
            "desk_note": self._desk_note,
            "reveal": self._reveal,
            "transcript": self._transcript,
            "stats": self._stats,
            "view": self._view,
            "close_topic": self._close_topic,
            "open_topic": self._open_topic,
            "delete_topic": self._delete_topic,
            "lobby": lobby.show,
        }

    async def _relay(self, post: Post) -> int:
        """A person's message, copied into the ticket's topic."""
        body = post.body
        params: dict[str, Any] = {"from_chat_id": body["from"], "message_id": body["message"]}
        if "caption" in body:
            params["caption"] = body["caption"]
        return int((await self._answering(post, "copyMessage", params))["message_id"])

    async def _relays(self, post: Post) -> int | None:
        """A person's album, as one."""
        pieces = await self._topics.album(post.body["ticket"], post.body["album"])
        ids = [part.user_message for part in pieces]
        params = {"from_chat_id": post.body["from"], "message_ids": ids}
        return self._copies.note(post, pieces, await self._topics.call(post, "copyMessages", params) if ids else [])

    async def _masked(self, post: Post) -> int:
        """What a person wrote, without the secrets that it held; or a part of it."""
        body = post.body
        text = self._renderer.desk("masked", text=body["text"], kinds=body["kinds"])
        sent = await self._answering(post, "sendMessage", {"text": text, "parse_mode": "HTML"})
        return int(sent["message_id"])

    async def _answering(self, post: Post, method: str, params: Mapping[str, Any]) -> Any:
        """Call in the topic of the ticket, as an answer to what the post answers there."""
        await self._topics.resolve(post)
        return await replies.answered(lambda given: self._topics.call(post, method, given), post.body, params)

    async def _name(self, post: Post) -> None:
        await self._topics.name(post)

    async def _card(self, post: Post) -> int | None:
        return await self._topics.card(post)

    async def _desk_text(self, post: Post) -> int:
        body = post.body
        text = self._renderer.desk(body["key"].removeprefix("desk/"), **body.get("params", {}))
        params: dict[str, Any] = {}
        if body.get("keyboard"):
            params["reply_markup"] = {"inline_keyboard": body["keyboard"]}
        await self._topics.resolve(post)
        return await self._said(post, text, params, lambda given: self._topics.call(post, "sendMessage", given))

    async def _desk_note(self, post: Post) -> int:
        """A text for the agents that belongs to no ticket."""
        body, chat = post.body, await self._topics.forums.current(post.chat)
        text = self._renderer.desk(body["key"].removeprefix("desk/"), **body["params"])
        where: dict[str, Any] = {"chat_id": chat, "message_thread_id": body["thread"]}
        params = {"reply_markup": {"inline_keyboard": body["keyboard"]}} if body.get("keyboard") else {}
        if body.get("edit"):
            return await self._changed({"chat_id": chat, **markup.messages_of(text)[0], **params}, int(body["edit"]))
        return await self._said(post, text, params, lambda given: self._api.call("sendMessage", {**where, **given}))

    async def _said(
        self, post: Post, html: str, params: dict[str, Any], send: Callable[[dict[str, Any]], Awaitable[Any]]
    ) -> int:
        """Send a text of ours, in as many messages as it takes; the first one's id.

        The first one answers what the body says, and ``params``, such as a keyboard, stand below the last one.
        """
        texts = markup.messages_of(html)
        begun = self._begun.setdefault(post.id, [])
        try:
            for place in range(len(begun), len(texts)):
                if place:
                    await self._topics.forums.room(post)
                given = {**texts[place], "link_preview_options": {"is_disabled": True}}
                given |= params if place == len(texts) - 1 else {}
                sent = await replies.answered(send, {} if place else post.body, given)
                begun.append(int(sent["message_id"]))
        except Rejected:
            del self._begun[post.id]
            raise
        return self._begun.pop(post.id)[0]

    async def _changed(self, params: dict[str, Any], message: int) -> int:
        """A text whose button was tapped, changed; one that says so already is fine."""
        try:
            await self._api.call("editMessageText", {**params, "message_id": message})
        except Rejected as refusal:
            if refusal.code != "not_modified":
                raise
        return message

    async def _reveal(self, post: Post) -> int:
        """A person's contacts, for one agent in private; they cannot be forwarded."""
        text = self._renderer.desk("revealed", **post.body["params"])
        params = {"chat_id": post.chat, "text": text, "parse_mode": "HTML", "protect_content": True}
        return int((await self._api.call("sendMessage", params))["message_id"])

    async def _stats(self, post: Post) -> int:
        """The desk's days as a picture."""
        body, chat = post.body, await self._topics.forums.current(post.chat)
        shown = [Day(**{**day, "day": date.fromisoformat(day["day"])}) for day in body["days"]]
        params: dict[str, Any] = {
            "chat_id": chat, "message_thread_id": body["thread"], "parse_mode": "HTML",
            "caption": self._renderer.desk("stats", **body["params"]),
            "reply_parameters": {"message_id": body["reply"], "allow_sending_without_reply": True},
        }  # fmt: skip
        picture = await asyncio.to_thread(charts.days, shown)
        return int((await self._api.call("sendPhoto", params, {"photo": picture}))["message_id"])

    async def _transcript(self, post: Post) -> int:
        """Everything that was said in a ticket, as a page of its own."""
        body = post.body
        page = self._renderer.desk("transcript", **body["params"]).encode()
        file = (f"ticket-{body['params']['number']}.html", page)
        sent = await self._topics.call(post, "sendDocument", {}, {"document": file})
        return int(sent["message_id"])

    async def _view(self, post: Post) -> int:
        """The address of a picture, for one agent in private."""
        body = post.body
        text = self._renderer.desk("view", number=body["number"], part=body["part"])
        button = {"text": self._renderer.desk("view_button"), "url": body["url"]}
        params = {
            "chat_id": post.chat, "text": text, "parse_mode": "HTML", "protect_content": True,
            "reply_markup": {"inline_keyboard": [[button]]},
        }  # fmt: skip
        return int((await self._api.call("sendMessage", params))["message_id"])

    async def _close_topic(self, post: Post) -> None:
        await self._topics.state(post, "closeForumTopic")

    async def _delete_topic(self, post: Post) -> None:
        await self._topics.delete(post)

    async def _open_topic(self, post: Post) -> None:
        await self._topics.state(post, "reopenForumTopic")
