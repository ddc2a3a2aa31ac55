"""Sends posts through the Bot API: one function a kind of post.

A body names templates and parameters; the text is made here, at the moment it leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from bot.db import conversations, inbox, outbox, tickets
from bot.db.base import Tx
from bot.db.outbox import FAILURE, ICON, Post
from bot.errors import Rejected, Undelivered
from bot.outbox import GONE, PATIENCE, After
from bot.render import Renderer, Screen
from bot.telegram.api import Caller
from bot.telegram.topics import Topics
from bot.tools import Tools

_log = structlog.get_logger(__name__)
_FREE = frozenset({"toast", "delete", "strip", "leave"})
"""Kinds that put no message into a chat and use nothing of its budget; asked to wait, they wait alone."""
_UNEDITABLE = frozenset({"message_not_found", "cannot_edit"})
"""Refusals of an edit after which the screen is sent as a new message."""
_PASSED = "👍"
"""The mark on an agent's message once Telegram has accepted it for the person."""


class TelegramCarrier:
    """The carrier of the channel ``telegram``."""

    def __init__(self, api: Caller, renderer: Renderer, tools: Tools, topics: Topics) -> None:
        self._api = api
        self._renderer = renderer
        self._tools = tools
        self._topics = topics
        self._kinds: Mapping[str, Callable[[Post], Awaitable[int | None]]] = {
            "screen": self._screen,
            "notice": self._notice,
            "toast": self._toast,
            "delete": self._delete,
            "strip": self._strip,
            "answer": self._answer,
            "relay": self._relay,
            "card": self._card,
            "desk_text": self._desk_text,
            "close_topic": self._close_topic,
            "open_topic": self._open_topic,
            "react": self._react,
            "view": self._view,
            "leave": self._leave,
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

    async def _answered(self, query: str, key: str, lang: str) -> None:
        """Stop the button's spinner; too late is no fault."""
        params: dict[str, Any] = {"callback_query_id": query}
        if key:
            params["text"] = self._renderer.toast(key, lang)
        try:
            await self._api.call("answerCallbackQuery", params)
        except Undelivered as error:
            _log.info("tap not answered", error=type(error).__name__)

    async def _toast(self, post: Post) -> None:
        await self._answered(post.body["query"], post.body.get("key", ""), post.body["lang"])

    async def _notice(self, post: Post) -> int:
        body = post.body
        text = self._renderer.notice(body["key"], lang=body.get("lang", "en"), params=body.get("params", {}))
        params: dict[str, Any] = {"chat_id": post.chat, "text": text, "parse_mode": "HTML"}
        if body.get("remove"):
            params["reply_markup"] = {"remove_keyboard": True}
        if address := body.get("params", {}).get("not_me"):
            label = self._renderer.label("not_me", body.get("lang", "en"))
            params["reply_markup"] = {"inline_keyboard": [[{"text": label, "url": address, "style": "danger"}]]}
        sent = await self._api.call("sendMessage", params)
        return int(sent["message_id"])

    async def _delete(self, post: Post) -> None:
        await self._tolerant("deleteMessage", {"chat_id": post.chat, "message_id": post.body["message"]})

    async def _strip(self, post: Post) -> None:
        """Take the buttons off a screen that is no longer live."""
        await self._tolerant("editMessageReplyMarkup", {"chat_id": post.chat, "message_id": post.body["message"]})

    async def _leave(self, post: Post) -> None:
        if post.chat == await self._topics.current():
            return
        try:
            await self._tolerant("leaveChat", {"chat_id": post.chat})
        except Rejected as refusal:
            _log.info("not there any more", reason=refusal.code)

    async def _tolerant(self, method: str, params: dict[str, Any]) -> None:
        """Call something whose refusal means that there is nothing left to do."""
        try:
            await self._api.call(method, params)
        except Rejected as refusal:
            if refusal.code in GONE:
                raise
            _log.info("nothing to do", method=method, reason=refusal.code)

    async def _answer(self, post: Post) -> int:
        """An agent's message, copied to the person."""
        body = post.body
        params: dict[str, Any] = {
            "chat_id": post.chat, "from_chat_id": body["from"], "message_id": body["message"],
        }  # fmt: skip
        if body.get("reply"):
            params["reply_parameters"] = {"message_id": body["reply"], "allow_sending_without_reply": True}
        return int((await self._api.call("copyMessage", params))["message_id"])

    # --- the agents' group ---------------------------------------------------------------------------------

    async def _relay(self, post: Post) -> int:
        """A person's message, copied into the ticket's topic."""
        body = post.body
        params: dict[str, Any] = {"from_chat_id": body["from"], "message_id": body["message"]}
        if body.get("reply"):
            params["reply_parameters"] = {"message_id": body["reply"], "allow_sending_without_reply": True}
        return int((await self._topics.call(body["ticket"], "copyMessage", params))["message_id"])

    async def _card(self, post: Post) -> int | None:
        return await self._topics.card(post.body["ticket"])

    async def _desk_text(self, post: Post) -> int:
        body = post.body
        params: dict[str, Any] = {
            "text": self._renderer.desk(body["key"].removeprefix("desk/"), **body.get("params", {})),
            "parse_mode": "HTML",
        }
        if body.get("reply"):
            params["reply_parameters"] = {"message_id": body["reply"], "allow_sending_without_reply": True}
        if body.get("keyboard"):
            params["reply_markup"] = {"inline_keyboard": body["keyboard"]}
        return int((await self._topics.call(body["ticket"], "sendMessage", params))["message_id"])

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
        await self._topics.state(post.body["ticket"], "closeForumTopic")

    async def _open_topic(self, post: Post) -> None:
        await self._topics.state(post.body["ticket"], "reopenForumTopic")

    async def _react(self, post: Post) -> None:
        reaction = [{"type": "emoji", "emoji": _PASSED}]
        params = {"chat_id": post.chat, "message_id": post.body["message"], "reaction": reaction}
        await self._tolerant("setMessageReaction", params)

    # --- what follows --------------------------------------------------------------------------------------

    async def sent(self, tx: Tx, post: Post, answer: int | None, after: After) -> None:
        """Record the live screen, the copies of ticket messages, and what they bring about."""
        if post.kind == "screen" and answer is not None:
            before = await conversations.shown(tx, post.chat, answer)
            if before is not None:
                strip = Post("telegram", post.lane, post.chat, "strip", {"message": before}, priority=ICON,
                             keys="strip", merge=f"strip:{before}")  # fmt: skip
                after.posts.append(await outbox.put(tx, self._tools, strip))
        elif post.kind == "relay" and post.ref is not None:
            await tickets.passed(tx, post.ref, answer)
        elif post.kind == "answer" and post.ref is not None:
            await tickets.passed(tx, post.ref, answer)
            await self._answer_passed(tx, post, after)

    async def _answer_passed(self, tx: Tx, post: Post, after: After) -> None:
        body = post.body
        ticket = await tickets.get(tx, self._tools, body["ticket"])
        await inbox.event(
            tx, self._tools, source="desk", key=f"answer:{post.id}", lane=post.chat, name="AgentWrote",
            ticket=ticket.number if ticket else 0,
        )  # fmt: skip
        after.woken.add(post.chat)
        mark = Post("telegram", f"ticket:{body['ticket']}", body["from"], "react", {"message": body["message"]},
                    priority=ICON, keys="desk/passed")  # fmt: skip
        after.posts.append(await outbox.put(tx, self._tools, mark))

    async def refused(self, tx: Tx, post: Post, reason: str, after: After) -> None:
        """Record who cannot be reached, and tell whoever wrote a message that did not get through."""
        if reason in GONE and post.chat > 0:
            await conversations.blocked(tx, self._tools, post.chat, yes=True)
        if post.kind == "view":
            await self._noted(tx, post, after, {"key": "desk/view_not_sent", "params": {"agent": post.chat}})
        if post.kind not in ("relay", "answer") or post.ref is None:
            return
        await tickets.passed(tx, post.ref, None)
        key = "desk/not_delivered" if post.kind == "answer" else "desk/not_copied"
        reply = post.body["message"] if post.kind == "answer" else None
        await self._noted(tx, post, after, {"key": key, "params": {"reason": reason}, "reply": reply})

    async def _noted(self, tx: Tx, post: Post, after: After, body: dict[str, Any]) -> None:
        """Tell the agents in the topic what could not be sent."""
        ticket = post.body["ticket"]
        note = Post("telegram", f"ticket:{ticket}", self._topics.forum, "desk_text", {"ticket": ticket, **body},
                    priority=FAILURE, keys=body["key"])  # fmt: skip
        after.posts.append(await outbox.put(tx, self._tools, note))
