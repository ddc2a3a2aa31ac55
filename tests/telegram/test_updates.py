"""From Telegram's JSON to the product's own words: everything that is looked at, and nothing that is not."""

from __future__ import annotations

import pytest

from bot.incoming import Contact, Quote, Sender
from bot.telegram.updates import lane_of, read

ANN = {"id": 7, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "language_code": "de"}
CHAT = {"id": 7, "type": "private", "first_name": "Ann"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Desk", "is_forum": True}
HIDDEN = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
DOCUMENT = {"file_id": "f", "file_unique_id": "u"}
BOLD = {"type": "bold", "offset": 0, "length": 3}
TOPIC = {"is_topic_message": True, "message_thread_id": 3}
KEYBOARD = {"inline_keyboard": [[{"text": "Go", "callback_data": "x"}]]}


def message(chat=CHAT, sender=ANN, **content) -> dict:
    return {"message_id": 5, "date": 1_700_000_000, "chat": chat, "from": sender, **content}


def came(kind="message", **content):
    return read({"update_id": 1, kind: message(**content)})


def looks(incoming, **expected):
    """Those of the update's fields that are expected, to compare."""
    return {name: getattr(incoming, name) for name in expected}


def test_a_typed_text_is_read_with_all_that_is_known_of_it():
    """Who, where, when and what; entities and keyboards are left where they are."""
    incoming = came(text="/start", entities=[{"type": "bot_command", "offset": 0, "length": 6}], reply_markup=KEYBOARD)

    assert Sender(7, "Ann Lee", "de") == incoming.sender
    expected = {
        "kind": "message", "chat": 7, "private": True, "message": 5, "what": "text", "text": "/start",
        "at": 1_700_000_000_000, "forwarded": False, "contact": None, "thread": None, "reply_to": None, "topics": False,
    }  # fmt: skip
    assert expected == looks(incoming, **expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"photo": PHOTO, "caption": "my passport"}, {"what": "photo", "text": "my passport"}),
        ({"photo": PHOTO, "media_group_id": "m"}, {"what": "photo", "album": "m"}),
        ({"document": DOCUMENT}, {"what": "document"}),
        ({"animation": {**DOCUMENT, "width": 1, "height": 1, "duration": 1}, "document": DOCUMENT},
         {"what": "animation"}),
        ({"voice": {**DOCUMENT, "duration": 1}}, {"what": "voice"}),
        ({"location": {"longitude": 1.0, "latitude": 2.0}}, {"what": "location"}),
        ({"dice": {"emoji": "🎲", "value": 3}}, {"what": "dice"}),
        ({"text": "x", "quote": {"text": "new", "position": 3, "is_manual": True, "entities": [BOLD]}},
         {"quote": Quote("new", 3, (BOLD,))}),
        ({"text": "x", "quote": {"text": "new", "position": 3}}, {"quote": None}),
        ({"something_new": {"a": 1}}, {"what": "unknown", "kind": "message"}),
        ({"contact": {"phone_number": "447400", "first_name": "Ann", "user_id": 7}},
         {"what": "contact", "contact": Contact("447400", 7)}),
        ({"contact": {"phone_number": "447400", "first_name": "Bob"}}, {"contact": Contact("447400", None)}),
        ({"text": "x", "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "?"}},
         {"forwarded": True}),
        ({"pinned_message": message()}, {"kind": "service", "what": "pinned_message"}),
        ({"new_chat_members": [ANN]}, {"kind": "service", "what": "new_chat_members"}),
    ],
    ids=",".join,
)  # fmt: skip
def test_what_a_message_holds(content, expected):
    """Every kind of content has its name, and an unknown one is no error."""
    assert expected == looks(came(**content), **expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"text": "a", **TOPIC, "reply_to_message": {**message(chat=GROUP), "message_id": 3}},
         {"thread": 3, "reply_to": None}),
        ({"text": "a", **TOPIC, "reply_to_message": {**message(chat=GROUP), "message_id": 4}},
         {"thread": 3, "reply_to": 4}),
        ({"text": "a", "message_thread_id": 4, "reply_to_message": {**message(chat=GROUP), "message_id": 4}},
         {"thread": None, "reply_to": 4}),
        ({**TOPIC, "forum_topic_closed": {}},
         {"kind": "service", "what": "forum_topic_closed", "thread": 3}),
        ({"migrate_to_chat_id": -1009}, {"kind": "service", "moved_to": -1009}),
        ({"migrate_from_chat_id": -5}, {"kind": "service", "moved_from": -5}),
    ],
    ids=["in a topic", "a reply in a topic", "a reply outside", "a closed topic", "moved to", "moved from"],
)  # fmt: skip
def test_what_an_agents_message_holds(content, expected):
    """Topics, replies and moves; a message that answers nothing "answers" the one that made its topic."""
    expected = {**expected, "private": False, "chat": -1001, "topics": True}
    assert expected == looks(came(chat=GROUP, **content), **expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"sender": HIDDEN, "sender_chat": GROUP}, {"anonymous": True, "automatic": False, "bot": True}),
        ({"sender": {"id": 777000, "is_bot": False, "first_name": "Telegram"}, "is_automatic_forward": True},
         {"anonymous": False, "automatic": True}),
        ({"sender": {**ANN, "is_bot": True}}, {"anonymous": False, "bot": True}),
    ],
    ids=["an anonymous administrator", "a linked channel", "a bot"],
)  # fmt: skip
def test_who_only_looks_like_a_person(content, expected):
    """Whoever hides behind the group, a channel, and other bots are told apart from people."""
    assert expected == looks(came(chat=GROUP, text="hi", **content).sender, **expected)


def tap(**changes) -> dict:
    query = {"id": "q", "from": ANN, "chat_instance": "c", "data": "a|b"}
    query["message"] = message(sender={"id": 1, "is_bot": True, "first_name": "B"}, text="?", reply_markup=KEYBOARD)
    return {"update_id": 1, "callback_query": {**query, **changes}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"what": "button", "chat": 7, "private": True, "thread": None}),
        ({"data": None, "game_short_name": "g"}, {"data": ""}),
        ({"message": {"message_id": 5, "date": 0, "chat": CHAT}}, {"what": "gone", "chat": 7}),
        ({"message": message(chat=GROUP, **TOPIC)},
         {"what": "button", "chat": -1001, "private": False, "thread": 3}),
        ({"message": message(chat=GROUP, message_thread_id=3)}, {"thread": None}),
    ],
    ids=["a button", "a game", "a message too old to see", "in a topic", "in a thread of replies"],
)  # fmt: skip
def test_a_tap_is_whose_and_on_what(changes, expected):
    """The presser, not the message's author; the message by its id only."""
    incoming = read(tap(**changes))

    assert Sender(7, "Ann Lee", "de") == incoming.sender
    expected = {"kind": "tap", "query": "q", "data": "a|b", "message": 5, **expected}
    assert expected == looks(incoming, **expected)


@pytest.mark.parametrize(
    ("chat", "status", "member"),
    [(CHAT, "kicked", "blocked"), (CHAT, "member", "unblocked"), (GROUP, "left", "left"), (GROUP, "member", "joined")],
)
def test_what_became_of_our_own_membership(chat, status, member):
    """Blocked or back in a private chat, in or out of a group."""
    bot = {"id": 1, "is_bot": True, "first_name": "B"}
    old, new = ({"status": each, "user": bot, "until_date": 0} for each in ("left", status))
    change = {"chat": chat, "from": ANN, "date": 1, "old_chat_member": old, "new_chat_member": new}

    incoming = read({"update_id": 1, "my_chat_member": change})

    assert ("member", member, chat["id"]) == (incoming.kind, incoming.member, incoming.chat)


def test_an_edit_is_an_edit():
    """Of a text, not of a service message."""
    assert "edit" == came("edited_message", text="b", edit_date=2).kind


@pytest.mark.parametrize("update", [{"update_id": 1}, {"update_id": 1, "new_kind": {"a": 1}}, tap(message=None)])
def test_what_we_have_no_use_for_is_nothing(update):
    """Not asked for, sent all the same: no fault, and no event."""
    assert read(update) is None


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1, "message": 3},
        {"update_id": 1, "message": {"message_id": 5, "chat": CHAT}},
        {"update_id": 1, "callback_query": {"id": "q"}},
        tap(message=5),
        tap(**{"from": "Ann"}),
    ],
    ids=["no object", "no date", "no sender", "a number for a message", "a name for a sender"],
)
def test_what_cannot_be_read_raises(update):
    """The turn fails and is put aside; nothing is guessed."""
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the library makes of it
        read(update)


@pytest.mark.parametrize(
    ("update", "lane"),
    [
        ({"message": message()}, 7),
        ({"edited_message": message(chat=GROUP)}, -1001),
        (tap(), 7),
        (tap(message=message(chat=GROUP)), -1001),
        (tap(message=None, inline_message_id="i"), 7),
        ({"my_chat_member": {"chat": GROUP}}, -1001),
        ({"message": {"chat": {"id": True}}}, None),
        ({"message": {"chat": {"id": "7"}}}, None),
        ({"message": {"chat": {"id": 1 << 52}}}, None),
        ({"channel_post": message()}, None),
        ({"message": None}, None),
    ],
)
def test_the_lane_is_read_without_parsing_the_rest(update, lane):
    """The chat's id where there is a sensible one; a tap on an inline message belongs to its presser."""
    assert lane == lane_of(update)
