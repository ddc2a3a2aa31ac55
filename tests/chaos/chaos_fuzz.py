"""Updates as Telegram sends them, with something wrong in them, and how one that fails is made small.

Everything is drawn from one ``random.Random``: the same seed makes the same updates, as far as the bot answers alike.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from bot.sandbox import World
from bot.sandbox.demo import AGENTS, FORUM

Json = Any
Path = tuple[str | int, ...]

PEOPLE = (7001, 7002, 7003)
STRANGERS = (7101, 7102)
_GROUP = -4242
RAISED = 200
"""One update in so many is no whole JSON any more."""

TEXTS = (
    "/start", "/start x", "/start " + "A" * 43, "/help", "/cancel", "/person", "/tickets", "/privacy", "/language",
    "/nothing", "/", "//", "/start@phonedesk_bot", "/start@other_bot", "123456", "000000", "١٢٣٤٥٦", "12_3456",
    "+447400123456", "07400 123456", "+881612345678", "uk", "Germany", "deutschland", "🇬🇧", "ann@example.com",
    "Set", "Back", "Mobile phone", "English", "Talk to a person", "yes", "?", "hello, my phone is gone",
    "{{ 7 * 7 }}", "%(name)s", "<b>x</b>", "&lt;", "[a](tg://user?id=1)", "'; DROP TABLE people; --", "\\", "${x}",
)  # fmt: skip
COMMANDS = (
    "/claim", "/release", "/transfer Omar", "/macro x", "/close", "/reopen", "/pending", "/note x", "// aside",
    "/view front", "/approve", "/again front dark", "/reject no", "/status", "/queue", "/help", "/tag x", "/solve",
    "Hello, I am Mira.",
)  # fmt: skip
JUNK: tuple[Json, ...] = (
    None, True, False, 0, 1, -1, 7001, 7002, 2**31, -(2**31), 2**53, 2**63, 2**70, -(10**30), 0.5, -1e300,
    "", " ", "\n", "\0", "x", "7001", "-1", "null", "\ud800", "a\udfffb", "\u202eabc\u202d", "\u200e\u200f\u2066\u2069",
    "\u0600\u0601", "e\u0301" * 300, "👩‍👩‍👧‍👦" * 40, "\ufeff\ufffe\uffff", "x" * 4097, "ش" * 5000, "\r\n" * 500,
    "a\0b", "<", "&#0;", "{", "}", "%s%n", "../../etc/passwd", [], {}, [[]], [None], {"a": {}}, {"id": None},
    [{"id": 1}], {"id": 7001, "type": "private"}, {"id": FORUM, "type": "supergroup", "is_forum": True}, [1] * 200,
)  # fmt: skip
EXTRAS: tuple[tuple[str, Json], ...] = (
    ("edit_date", 5), ("via_bot", {"id": 5, "is_bot": True, "first_name": "x"}), ("forward_origin", {"type": "user"}),
    ("reply_to_message", {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}), ("quote", {"text": 5}),
    ("media_group_id", "g"), ("media_group_id", 5), ("message_thread_id", 3), ("is_topic_message", True),
    ("sender_chat", {"id": FORUM, "type": "supergroup"}), ("is_automatic_forward", True), ("caption", "c"),
    ("pinned_message", {}), ("new_chat_members", []), ("left_chat_member", {}), ("web_app_data", {"data": "x"}),
    ("successful_payment", {}), ("passport_data", {}), ("is_bot", True), ("language_code", "x" * 300), ("entities", 5),
    ("contact", {"phone_number": "+447400123456", "first_name": "A", "user_id": 7001}), ("text", "123456"),
    ("contact", {"phone_number": 5}), ("photo", []), ("document", {"file_id": "f", "file_unique_id": "u"}),
    ("game", {}),
    ("something_new", {"deep": [{"er": None}]}), ("from_user", {"id": 1}), ("verified", True), ("is_forum", True),
    ("callback_query", {"id": "1"}), ("inline_message_id", "i"), ("data", "x" * 65), ("data", "a|b|c|d|e"),
)  # fmt: skip
KINDS = ("channel_post", "inline_query", "poll_answer", "business_message", "purchased_paid_media", "x", "")


class Updates:
    """Makes updates for the people and the group of a world."""

    def __init__(self, seed: int, world: World) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - no secret
        self._world = world
        self._number = 50_000_000

    def make(self) -> Json:
        """An update, sound or with something wrong."""
        update = self._sound()
        for _ in range(self.dice.choice((0, 1, 1, 1, 2, 3))):
            mutate(self.dice, update)
        return update

    def body(self, update: Json) -> bytes:
        """The update as it comes over the wire, in a few cases broken there."""
        raw = json.dumps(update, ensure_ascii=self.dice.random() < 0.5).encode("utf-8", "surrogatepass")
        if self.dice.randrange(RAISED):
            return raw
        cut = self.dice.randrange(len(raw) + 1)
        return self.dice.choice(
            (raw[:cut], raw[:cut] + b"\xff" + raw[cut:], raw[:cut] + b"\0" + raw[cut:], b"[" * cut, raw + raw, b"")
        )

    def _sound(self) -> Json:
        self._number += 1
        dice = self.dice
        kind, part = dice.choices(
            (self._said, self._tapped, self._edited, self._reacted, self._member, self._in_group),
            (8, 6, 1, 1, 0.3, 4),
        )[0]()
        update = {"update_id": self._number, kind: part}
        if dice.random() < 0.01:
            update["update_id"] -= dice.randrange(3)
        return update

    def _person(self, number: int) -> Json:
        return {"id": number, "is_bot": False, "first_name": self.dice.choice(("Ann", "Kwame", "Зоя", "مريم",
        "x" * 64)),
                "language_code": self.dice.choice(("en", "de", "ar", "ru", "xx"))}  # fmt: skip

    def _someone(self) -> int:
        return self.dice.choice((*PEOPLE, *PEOPLE, *STRANGERS, AGENTS[0]))

    def _message(self, person: int, content: Json) -> Json:
        return {
            "message_id": 900_000 + self._number % 100_000, "date": self._world.clock.now() // 1000,
            "from": self._person(person), "chat": {"id": person, "type": "private", "first_name": "A"}, **content,
        }  # fmt: skip

    def _content(self) -> Json:
        dice = self.dice
        file = {"file_id": "f", "file_unique_id": "u"}
        contents: tuple[Json, ...] = (
            {"photo": [{**file, "width": 9, "height": 9}], "caption": "c"}, {"document": {**file,
            "file_name": "a.pdf"}},
            {"voice": {**file, "duration": 1}}, {"sticker": {**file, "width": 1, "height": 1, "type": "regular",
             "is_animated": False, "is_video": False}}, {"location": {"longitude": 1.0, "latitude": 2.0}},
            {"contact": {"phone_number": "447400123456", "first_name": "A", "user_id": dice.choice((*PEOPLE, 5))}},
            {"dice": {"emoji": "🎲", "value": 3}}, {"new_chat_title": "x"},
            {"photo": [{**file, "width": 9, "height": 9}], "media_group_id": str(dice.randrange(5))},
        )  # fmt: skip
        return copy.deepcopy(dice.choice(contents)) if dice.random() < 0.25 else {"text": dice.choice(TEXTS)}

    def _said(self) -> tuple[str, Json]:
        return "message", self._message(self._someone(), self._content())

    def _edited(self) -> tuple[str, Json]:
        kind, part = self.dice.choice((self._said, self._in_group))()
        return ("edited_message", {**part, "edit_date": 5}) if kind == "message" else (kind, part)

    def _newest(self, chat: int) -> Json:
        place = self._world.state.chats.get(chat)
        kept = list(place.messages.values())[-12:] if place else []
        return [message for message in kept if message.inline] or kept

    def _tapped(self) -> tuple[str, Json]:
        dice = self.dice
        person = dice.choice((*PEOPLE, *PEOPLE, *AGENTS))
        chat = FORUM if person in AGENTS else person
        message = dice.choice(found) if (found := self._newest(chat)) else None
        buttons = [b["callback_data"] for row in message.inline for b in row if "callback_data" in b] if message else []
        data = dice.choice(buttons) if buttons else dice.choice(TEXTS)
        if dice.random() < 0.1:
            data = "|".join(dice.choice((part, "", "9" * 20, "x", "\ud800")) for part in data.split("|"))
        place = {"id": chat, "type": "supergroup", "title": "d", "is_forum": True} if chat == FORUM else {
            "id": chat, "type": "private"}  # fmt: skip
        shown: Json = {"message_id": message.id if message else 1, "date": 1, "chat": place, "text": "x"}
        if chat == FORUM and message and message.thread:
            shown |= {"message_thread_id": message.thread, "is_topic_message": True}
        return "callback_query", {"id": str(self._number), "from": self._person(person), "chat_instance": "c",
                                  "data": data, "message": shown}  # fmt: skip

    def _reacted(self) -> tuple[str, Json]:
        person = self._someone()
        return "message_reaction", {
            "chat": {"id": person, "type": "private"}, "message_id": self.dice.randrange(200), "date": 1,
            "user": self._person(person), "old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "👍"}],
        }  # fmt: skip

    def _member(self) -> tuple[str, Json]:
        person = self._someone()
        bot = {"id": 1, "is_bot": True, "first_name": "B"}
        chat = self.dice.choice(({"id": person, "type": "private"}, {"id": _GROUP, "type": "group", "title": "g"}))
        old, new = self.dice.sample(("member", "kicked", "left", "member"), 2)
        return "my_chat_member", {
            "chat": chat, "from": self._person(person), "date": 1, "old_chat_member": {"status": old, "user": bot,
            "until_date": 0}, "new_chat_member": {"status": new, "user": bot, "until_date": 0},
        }  # fmt: skip

    def _in_group(self) -> tuple[str, Json]:
        dice = self.dice
        message = dice.choice(found) if (found := self._newest(FORUM)) else None
        person = dice.choice((*AGENTS, *AGENTS, *PEOPLE))
        services: tuple[Json, ...] = ({"forum_topic_closed": {}}, {"forum_topic_reopened": {}},
                    {"forum_topic_edited": {"name": "x"}}, {"new_chat_members": [self._person(5)]})  # fmt: skip
        content = dice.choice(services) if dice.random() < 0.1 else {"text": dice.choice(COMMANDS + TEXTS)}
        chat = {"id": FORUM, "type": "supergroup", "title": "d", "is_forum": True}
        part = {**self._message(person, content), "chat": chat}
        if message and message.thread:
            part |= {"message_thread_id": message.thread, "is_topic_message": True}
            if dice.random() < 0.3:
                part["reply_to_message"] = {"message_id": message.id, "date": 1, "chat": chat}
        return "message", part


# --- what goes wrong --------------------------------------------------------------------------------------------


def spots(value: Json, path: Path = ()) -> Iterator[Path]:
    """Every place within a value, its own first."""
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from spots(value[name], (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value[:5]):
            yield from spots(each, (*path, number))


def _holder(value: Json, path: Path) -> Json:
    for part in path[:-1]:
        value = value[part]
    return value


def mutate(dice: random.Random, update: Json) -> None:
    """One thing wrong with it: a wrong type, a field too few, one too many, an odd text, an unknown kind."""
    there = [spot for spot in spots(update) if spot]
    if not there:
        return
    path = dice.choice(there)
    holder, last = _holder(update, path), path[-1]
    what = dice.random()
    if what < 0.5:
        holder[last] = copy.deepcopy(dice.choice(JUNK))
    elif what < 0.7 and isinstance(holder, dict):
        del holder[last]
    elif what < 0.9:
        within = [spot for spot in spots(update) if isinstance(_at(update, spot), dict)]
        name, value = dice.choice(EXTRAS)
        _at(update, dice.choice(within))[name] = copy.deepcopy(value)
    elif what < 0.95 and len(path) == 1:
        update[dice.choice(KINDS)] = update.pop(last)
    else:
        holder[last] = dice.choice(([holder[last]], {"x": holder[last]}, str(holder[last])))


def _at(value: Json, path: Path) -> Json:
    for part in path:
        value = value[part]
    return value


# --- making it small --------------------------------------------------------------------------------------------

TRIES = 120
"""How often a failing value is tried in a smaller form."""
FEW = 60
"""How often a failing history is."""


async def fewest(values: list, fails: Callable[[list], Awaitable[bool]]) -> list:
    """What is left of a failing history without what it fails without too: halves first, then ever smaller parts."""
    size, tries = len(values) // 2, 0
    while size and tries < FEW:
        start = 0
        while start < len(values) - 1 and tries < FEW:
            fewer = [*values[:start], *values[start + size :]]
            tries += 1
            if len(fewer) < len(values) and await fails(fewer):
                values = fewer
            else:
                start += size
        size //= 2
    return values


async def smallest(value: Json, fails: Callable[[Json], Awaitable[bool]]) -> Json:
    """What is left of a failing value when everything is taken out that it fails without.

    ``fails`` says whether it still does; the value comes back as it was if it does not fail by itself.
    """
    if not await fails(value):
        return value
    left, tries = True, 0
    while left and tries < TRIES:
        left = False
        for path in sorted((spot for spot in spots(value) if spot), key=len):
            for smaller in _without(value, path):
                tries += 1
                if tries < TRIES and await fails(smaller):
                    value, left = smaller, True
                    break
            if left:
                break
    return value


def _without(value: Json, path: Path) -> Iterator[Json]:
    """The value less what stands at the path, or with a shorter text there."""
    less = copy.deepcopy(value)
    holder = _holder(less, path)
    found = holder[path[-1]]
    del holder[path[-1]]
    yield less
    if isinstance(found, str | bytes) and len(found) > 1:
        for part in (found[: len(found) // 2], found[len(found) // 2 :]):
            shorter = copy.deepcopy(value)
            _holder(shorter, path)[path[-1]] = part
            yield shorter
