"""Sends posts through the Bot API: one function a kind of post.

A body names templates and parameters; the text is made here, at the moment it leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from bot import callback
from bot.db import conversations, inbox, messages, outbox, ratings, tickets
from bot.db.base import Tx
from bot.db.messages import Message
from bot.db.outbox import FAILURE, ICON, Post
from bot.desk import topic
from bot.desk.ratings import MOST_STARS
from bot.errors import Rejected, Undelivered
from bot.mirrors import posts
from bot.outbox import GONE, PATIENCE, After
from bot.render import Renderer, Screen
from bot.telegram import replies
from bot.telegram.api import Caller
from bot.telegram.desk_sender import Copies, DeskSender
from bot.telegram.lobby import LobbyList
from bot.telegram.topics import Topics
from bot.tools import Tools

_log = structlog.get_logger(__name__)
_FREE = frozenset({"toast", "delete", "strip", "leave"})
"""Kinds that put no message into a chat and use nothing of its budget; asked to wait, they wait alone."""
_UNEDITABLE = frozenset({"message_not_found", "cannot_edit"})
"""Refusals of an edit after which the screen is sent as a new message."""
_COPIES = frozenset({"relay", "answer", "wrote", "ask", "masked"})
"""Kinds that bring one message of a ticket to the other side; ``ref`` is its row."""
_RELAYS = frozenset({"relay", "masked"})
"""Those that bring a person's message to the agents."""
_ANSWERS = frozenset({"answer", "answers", "wrote"})
_ALBUMS = frozenset({"relays", "answers"})
"""Kinds that bring an album."""
_ANSWERED = frozenset({"rate", "thanks"})
"""Kinds whose message may be answered with a word on how the help was."""


class TelegramCarrier:
    """The carrier of the channel ``telegram``."""

    def __init__(self, api: Caller, renderer: Renderer, tools: Tools, topics: Topics, lobby: LobbyList) -> None:
        self._api = api
        self._renderer = renderer
        self._tools = tools
        self._topics = topics
        self._copies = Copies()
        self._desk = DeskSender(api, renderer, topics, lobby, self._copies)
        self._kinds: Mapping[str, Callable[[Post], Awaitable[int | None]]] = {
            "screen": self._screen,
            "notice": self._notice,
            "toast": self._toast,
            "delete": self._delete,
            "strip": self._strip,
            "answer": self._answer,
            "answers": self._answers,
            "wrote": self._wrote,
            "ask": self._ask,
            "change": self._change,
            "unsend": self._unsend,
            "rate": self._rate,
            "thanks": self._thanks,
            "react": self._react,
            "leave": self._leave,
            **self._desk.kinds,
        }

    def costs(self, post: Post) -> bool:
        """Whether the post uses the chat's message budget."""
        return post.kind not in _FREE

    def patience(self, post: Post) -> int:
        """A day; a toast that is not seen at once is never seen."""
        return 0 if post.kind == "toast" else PATIENCE

    async def send(self, post: Post) -> int | None:
        """Send the post; the message id Telegram gave, if any."""
        return await self._kinds[post.kind](post)

    # --- the person's chat ---------------------------------------------------------------------------------

    async def _screen(self, post: Post) -> int | None:
        body = post.body
        screen = self._renderer.screen(
            body["place"], lang=body["lang"], say=body["say"], data=body["data"], event=body["event"],
            facts=body["facts"], extra=body["extra"], turn=body["turn"], version=body["version"],
        )  # fmt: skip
        if body.get("query"):
            message, _ = await asyncio.gather(
                self._shown(post, screen), self._answered(body["query"], body.get("toast", ""), body["lang"])
            )
            return message
        return await self._shown(post, screen)

    async def _shown(self, post: Post, screen: Screen) -> int:
        edit = post.body.get("edit")
        params: dict[str, Any] = {"chat_id": post.chat, "parse_mode": "HTML", "reply_markup": screen.markup}
        if edit and screen.picture is None:
            try:
                await self._api.call(
                    "editMessageText",
                    {**params, "message_id": edit, "text": screen.text, "link_preview_options": {"is_disabled": True}},
                )
            except Rejected as refusal:
                if refusal.code not in _UNEDITABLE and refusal.code != "not_modified":
                    raise
                if refusal.code == "not_modified":
                    return int(edit)
            else:
                return int(edit)
        if screen.picture is not None:
            sent = await self._api.call(
                "sendPhoto",
                {**params, "caption": screen.text, "protect_content": True},
                {"photo": screen.picture},
            )
        else:
            sent = await self._api.call(
                "sendMessage", {**params, "text": screen.text, "link_preview_options": {"is_disabled": True}}
            )
        return int(sent["message_id"])

    async def _answered(self, query: str, key: str, lang: str, values: Mapping[str, Any] | None = None) -> None:
        """Stop the button's spinner; too late is no fault."""
        params: dict[str, Any] = {"callback_query_id": query}
        if key:
            params["text"] = self._renderer.toast(key, lang, **(values or {}))
        try:
            await self._api.call("answerCallbackQuery", params)
        except Undelivered as error:
            _log.info("tap not answered", error=type(error).__name__)

    async def _toast(self, post: Post) -> None:
        body = post.body
        await self._answered(body["query"], body.get("key", ""), body["lang"], body.get("params"))

    async def _notice(self, post: Post) -> int:
        body = post.body
        text = self._renderer.notice(body["key"], lang=body.get("lang", "en"), params=body.get("params", {}))
        params: dict[str, Any] = {"chat_id": post.chat, "text": text, "parse_mode": "HTML"}
        if body.get("remove"):
            params["reply_markup"] = {"remove_keyboard": True}
        if address := body.get("params", {}).get("not_me"):
            label = self._renderer.label("not_me", body.get("lang", "en"))
            params["reply_markup"] = {"inline_keyboard": [[{"text": label, "url": address, "style": "danger"}]]}
        sent = await replies.answered(lambda given: self._api.call("sendMessage", given), body, params)
        return int(sent["message_id"])

    async def _rate(self, post: Post) -> int:
        """The question how the help was, one button a star, and one for whom it did not help."""
        body = post.body
        text = self._renderer.notice("handoff/rate", lang=body["lang"], params=body["params"])
        stars = [
            {"text": "★" * count, "callback_data": callback.pack_rating(body["ticket"], count)}
            for count in range(1, MOST_STARS + 1)
        ]
        left = {"text": self._renderer.label("not_solved", body["lang"]),
                "callback_data": callback.pack_own("reopen", body["ticket"])}  # fmt: skip
        keyboard = [stars[:3], stars[3:], [left]]
        params = {
            "chat_id": post.chat, "text": text, "parse_mode": "HTML", "reply_markup": {"inline_keyboard": keyboard},
        }  # fmt: skip
        return int((await self._api.call("sendMessage", params))["message_id"])

    async def _thanks(self, post: Post) -> int:
        """The thanks for a rating, which may be answered with a word."""
        text = self._renderer.notice("handoff/rated", lang=post.body["lang"], params={})
        params = {"chat_id": post.chat, "text": text, "parse_mode": "HTML", "reply_markup": {"force_reply": True}}
        return int((await self._api.call("sendMessage", params))["message_id"])

    async def _delete(self, post: Post) -> None:
        await self._tolerant("deleteMessage", {"chat_id": post.chat, "message_id": post.body["message"]})

    async def _strip(self, post: Post) -> None:
        """Take the buttons off a screen that is no longer live; one that shows a secret leaves the chat altogether."""
        message = {"chat_id": post.chat, "message_id": post.body["message"]}
        if not post.body.get("secret") or not await self._tolerant("deleteMessage", message):
            await self._tolerant("editMessageReplyMarkup", message)

    async def _leave(self, post: Post) -> None:
        """Leave a group that is none of ours, and say why: somebody may be about to write a code there."""
        if await self._topics.forums.ours(post.chat):
            return
        text = self._renderer.notice("everywhere/private_only", lang=post.body.get("lang", "en"), params={})
        try:
            await self._tolerant("sendMessage", {"chat_id": post.chat, "text": text, "parse_mode": "HTML"})
            await self._tolerant("leaveChat", {"chat_id": post.chat})
        except Rejected as refusal:
            _log.info("not there any more", reason=refusal.code)

    async def _tolerant(self, method: str, params: dict[str, Any]) -> bool:
        """Call something whose refusal means that there is nothing left to do; whether it was done."""
        try:
            await self._api.call(method, params)
        except Rejected as refusal:
            if refusal.code in GONE:
                raise
            _log.info("nothing to do", method=method, reason=refusal.code)
            return False
        return True

    async def _answer(self, post: Post) -> int:
        """An agent's message, copied to the person."""
        body = post.body
        params: dict[str, Any] = {
            "chat_id": post.chat, "from_chat_id": body["from"], "message_id": body["message"],
        }  # fmt: skip
        sent = await replies.answered(lambda given: self._api.call("copyMessage", given), body, params)
        return int(sent["message_id"])

    async def _wrote(self, post: Post) -> int:
        """A macro, or a part of one: an agent's words that stand in no message of theirs."""
        body = post.body
        params = {"chat_id": post.chat, "text": body["text"], "entities": body.get("entities", [])}
        return int((await self._api.call("sendMessage", params))["message_id"])

    async def _ask(self, post: Post) -> int:
        """An agent asks for one thing."""
        body = post.body
        text = self._renderer.notice("handoff/asked", lang=body["lang"], params=body["params"])
        button = {"text": self._renderer.label("answer", body["lang"]),
                  "callback_data": callback.pack_own("answer", body["ticket"])}  # fmt: skip
        params = {"chat_id": post.chat, "text": text, "parse_mode": "HTML",
                  "reply_markup": {"inline_keyboard": [[button]]}}  # fmt: skip
        return int((await self._api.call("sendMessage", params))["message_id"])

    async def _answers(self, post: Post) -> int | None:
        """An agent's album."""
        parts = await self._topics.album(post.body["ticket"], post.body["album"])
        ids = [part.desk_message for part in parts]
        params = {"chat_id": post.chat, "from_chat_id": post.body["from"], "message_ids": ids}
        return self._copies.note(post, parts, await self._api.call("copyMessages", params) if ids else [])

    async def _change(self, post: Post) -> int:
        """An agent has changed an answer: so does the person's copy."""
        body = post.body
        what = "caption" if body["caption"] else "text"
        params = {
            "chat_id": post.chat, "message_id": body["message"], what: body["text"],
            "caption_entities" if body["caption"] else "entities": body["entities"],
        }  # fmt: skip
        try:
            await self._api.call("editMessageCaption" if body["caption"] else "editMessageText", params)
        except Rejected as refusal:
            if refusal.code != "not_modified":
                raise
        return int(body["message"])

    async def _unsend(self, post: Post) -> None:
        await self._api.call("deleteMessage", {"chat_id": post.chat, "message_id": post.body["message"]})

    async def _react(self, post: Post) -> None:
        reaction = [{"type": "emoji", "emoji": post.body["emoji"]}] if post.body["emoji"] else []
        chat = post.chat if post.chat > 0 else await self._topics.forums.current(post.chat)
        params = {"chat_id": chat, "message_id": post.body["message"], "reaction": reaction}
        await self._tolerant("setMessageReaction", params)

    # --- what follows --------------------------------------------------------------------------------------

    async def sent(self, tx: Tx, post: Post, answer: int | None, after: After) -> None:
        """Record the live screen, the copies of ticket messages, and what they bring about."""
        if post.kind == "screen" and answer is not None:
            secret = bool(post.body["extra"].get("totp_key"))
            stale = await conversations.shown(tx, post.chat, answer, secret=secret)
            if stale is not None:
                strip = Post("telegram", post.lane, post.chat, "strip", stale._asdict(), priority=ICON,
                             keys="strip", merge=f"strip:{stale.message}")  # fmt: skip
                after.posts.append(await outbox.put(tx, self._tools, strip))
        elif post.kind in _COPIES and post.ref is not None:
            await messages.passed(tx, post.ref, answer, forum=post.chat)
            if post.twice and post.kind in _RELAYS:
                await self._marked(tx, after, await messages.row(tx, post.ref), topic.TWICE)
        elif post.kind in _ALBUMS:
            for part, copy in self._copies.taken(post):
                await messages.passed(tx, part.id, copy, forum=post.chat)
                if copy is None:
                    await self._not_passed(tx, post, after, "unknown", [part])
        elif post.kind in _ANSWERED and answer is not None:
            await ratings.asked(tx, post.body["ticket"], answer)
        elif post.kind == "unsend" and post.body["source"] is not None:
            await self._marked(tx, after, await messages.row(tx, post.ref or 0), topic.TAKEN_BACK)
        passed = post.kind in _ANSWERS or (post.kind == "ask" and post.ref is not None)
        if passed and answer is not None and not post.body.get("more"):
            await self._answer_passed(tx, post, after)

    async def _answer_passed(self, tx: Tx, post: Post, after: After) -> None:
        body = post.body
        ticket = await tickets.get(tx, self._tools, body["ticket"])
        if ticket is not None and ticket.live:
            await inbox.event(
                tx, self._tools, source="desk", key=f"answer:{post.id}", lane=post.chat, name="AgentWrote",
                ticket=ticket.number,
            )  # fmt: skip
            after.woken.add(post.chat)
        await tickets.answered(tx, self._tools, body["ticket"])
        mark = topic.TWICE if post.twice else topic.PASSED
        if post.kind != "answers":
            await self._marked(tx, after, await messages.row(tx, post.ref or 0), mark)
        else:
            for part in (await messages.album(tx, body["ticket"], body["album"]))[:1]:
                await self._marked(tx, after, part, mark)

    async def _marked(self, tx: Tx, after: After, message: Message | None, emoji: str) -> None:
        """Let a reaction say what became of a message."""
        if message is not None and message.desk_message is not None:
            mark = topic.mark(message.ticket, message.forum, message.desk_message, emoji)
            after.posts.append(await outbox.put(tx, self._tools, mark))

    async def refused(self, tx: Tx, post: Post, reason: str, after: After) -> None:
        """Record who cannot be reached, and tell whoever wrote a message that did not get through."""
        if reason in GONE and post.chat > 0:
            await conversations.blocked(tx, self._tools, post.chat, yes=True)
        if post.kind in ("view", "reveal"):
            await self._noted(tx, post, after, {"key": "desk/view_not_sent", "params": {"agent": post.chat}})
        if post.kind == "change":
            await self._noted(tx, post, after, {"key": "desk/edit_not_sent", **await self._quoted(tx, post)})
        if post.kind == "unsend" and post.ref is not None:
            await messages.passed(tx, post.ref, post.body["message"])
            if post.body["source"] is not None:
                await self._noted(tx, post, after, {"key": "desk/unsend_late", **await self._quoted(tx, post)})
        if post.kind in _ALBUMS:
            parts = await messages.album_failed(tx, post.body["ticket"], post.body["album"])
            await self._not_passed(tx, post, after, reason, parts[:1])
        elif post.kind in _COPIES and post.ref is not None:
            await messages.passed(tx, post.ref, None)
            failed = await messages.row(tx, post.ref)
            await self._not_passed(tx, post, after, reason, [failed] if failed else [])

    async def _not_passed(self, tx: Tx, post: Post, after: After, reason: str, failed: list[Message]) -> None:
        """A message did not get through: the agents are told why, and can try it once more if it is theirs."""
        for message in failed:
            said = await messages.said(tx, self._tools, message.id) if message.side == "user" else []
            body: dict[str, Any] = {"key": "desk/not_copied",
                                    "params": {"reason": reason, "said": said[-1][1] if said else ""}}  # fmt: skip
            if message.author < 0:
                body["key"] = "desk/not_delivered"
                word = posts.word(message.ticket, "failed", reason=reason)
                after.posts.append(await outbox.put(tx, self._tools, word))
            elif message.side == "user" and reason != "message_not_found":
                await self._told(tx, message, after, reason)
            elif message.side == "agent":
                button = {"text": "Retry", "callback_data": callback.pack_desk("retry", message.ticket, message.id)}
                body |= {
                    "key": "desk/not_delivered",
                    "reply": message.desk_message,
                    "in": message.forum,
                    "keyboard": [[button]],
                }
            await self._noted(tx, post, after, body)

    async def _told(self, tx: Tx, message: Message, after: After, reason: str) -> None:
        """The person learns that their message did not get through, and what they can do."""
        ticket = await tickets.get(tx, self._tools, message.ticket)
        if ticket is None or not ticket.chat:
            return
        key = "handoff/not_passed"
        body = {"key": key, "lang": ticket.lang, "params": {"reason": reason}, "reply": message.user_message}
        told = Post("telegram", f"chat:{ticket.chat}", ticket.chat, "notice", body, keys=key, merge=key)
        after.posts.append(await outbox.put(tx, self._tools, told))

    async def _quoted(self, tx: Tx, post: Post) -> dict[str, Any]:
        """What answers the agent's message that the post is about."""
        about = await messages.row(tx, post.ref or 0)
        return {"reply": post.body["source"], "in": about.forum if about else 0}

    async def _noted(self, tx: Tx, post: Post, after: After, body: dict[str, Any]) -> None:
        """Tell the agents in the topic what could not be sent."""
        ticket = post.body["ticket"]
        note = Post("telegram", f"ticket:{ticket}", topic.NO_FORUM, "desk_text", {"ticket": ticket, **body},
                    priority=FAILURE, keys=body["key"])  # fmt: skip
        after.posts.append(await outbox.put(tx, self._tools, note))
