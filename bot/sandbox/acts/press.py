"""Pressing buttons, inline and of the reply keyboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.acts.base import ActsBase
from bot.sandbox.errors import RefusedError
from bot.sandbox.messages import Message, Query
from bot.sandbox.shapes import query_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.chats import Chat

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Press:
    """What a tap did: made a query, a message, opened a link or copied a text."""

    message: Message | None = None
    query_id: str | None = None
    opened: str | None = None
    copied: str | None = None


class PressActs(ActsBase):
    """Acts on keyboards."""

    def tap(
        self,
        person: int,
        label: str | None = None,
        *,
        data: str | None = None,
        message_id: int | None = None,
        foreign: int | None = None,
        forged: bool = False,
        chat: int | None = None,
        thread: int | None = None,
    ) -> Press:
        """Press a button.

        Args:
            person: who sees the keyboard.
            label: the button's text.
            data: its callback data, instead.
            message_id: the message it is under; the newest that has it when left out.
            foreign: another person who presses it.
            forged: send ``data`` to ``message_id`` although no button carries it.
            chat: the group; their private chat with the bot when left out.
            thread: only messages of this topic.
        """
        _, place = self._place(person, chat)
        if (label is None) == (data is None):
            raise RefusedError("name either label or data")
        presser = person if foreign is None else self._person(foreign).id
        if forged:
            if data is None or message_id is None:
                raise RefusedError("a forged press needs data and message_id")
            return self._query(presser, place, message_id, data)
        buttons = list(_inline(place, message_id, thread))
        for message, button in buttons:
            if (button["text"] == label) if data is None else (button.get("callback_data") == data):
                return self._press(presser, place, message, button)
        keys = [] if message_id is not None else _keys(place)
        for key in keys:
            if key["text"] == label:
                return Press(message=self._key(person, place, key, thread))
        there = list(dict.fromkeys([button["text"] for _, button in buttons] + [key["text"] for key in keys]))
        wanted = f'"{label}"' if data is None else f"with data {data!r}"
        raise RefusedError(f"no button {wanted} for {person}; the buttons are: {', '.join(there) or 'none'}")

    def _press(self, presser: int, place: Chat, message: Message, button: Json) -> Press:
        if "callback_data" in button:
            return self._query(presser, place, message.id, button["callback_data"])
        if "copy_text" in button:
            return Press(message=message, copied=button["copy_text"]["text"])
        return Press(message=message, opened=button.get("url") or button["web_app"]["url"])

    def _query(self, presser: int, place: Chat, message_id: int, data: str) -> Press:
        world = self._world
        query = Query(world.state.new_id("query"), presser, place.id, message_id, data, world.clock.now())
        world.state.queries[query.id] = query
        world.touch()
        world.updates.push("callback_query", query_json(world.state, query), f"query:{presser}")
        message = place.messages.get(message_id)
        return Press(message=None if message is None or message.deleted else message, query_id=query.id)

    def _key(self, person: int, place: Chat, key: Json, thread: int | None) -> Message:
        keyboard = place.keyboard
        if keyboard is None:
            raise RefusedError("the keyboard is gone")
        shown = place.messages[keyboard.message_id]
        where = None if place.type == "private" else place.id
        acts = self._world.acts
        if key.get("request_contact"):
            # Official apps answer the prompt with the contact (platform.md 2.7).
            sent = acts.contact(person, chat=where, thread=thread, reply_to=shown.id)
        elif key.get("request_location"):
            sent = acts.location(person, 52.52, 13.405, chat=where, thread=thread, reply_to=shown.id)
        elif "web_app" in key:
            raise RefusedError("a web app is not played here")
        else:
            sent = acts.say(person, key["text"], chat=where, thread=thread)
        if (shown.markup or {}).get("one_time_keyboard"):
            keyboard.hidden = True
        return sent


def _inline(place: Chat, message_id: int | None, thread: int | None) -> Iterator[tuple[Message, Json]]:
    """Inline buttons with their messages, newest message first."""
    for message in reversed(place.messages.values()):
        if message.deleted or message_id not in (None, message.id) or thread not in (None, message.thread):
            continue
        for row in message.inline:
            for button in row:
                yield message, button


def _keys(place: Chat) -> list[Json]:
    """Buttons of the reply keyboard."""
    message = place.messages.get(place.keyboard.message_id) if place.keyboard else None
    rows = (message.markup or {}).get("keyboard", []) if message else []
    return [key for row in rows for key in row]
