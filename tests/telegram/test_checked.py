"""The border of updates: wrong types do not pass, and half a character becomes a whole one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.incoming import Contact, Incoming, Sender
from bot.telegram.checked import checked
from bot.telegram.updates import read

ANN = Sender(7, "Ann", "en")
WHOLE = Incoming(
    "message", chat=7, private=True, sender=ANN, contact=Contact("+44", None), entities=({"type": "bold"},)
)


def test_what_is_right_passes_as_it_is():
    """The very same object: nothing is copied where nothing is wrong."""
    assert WHOLE == checked(WHOLE)
    assert ANN is checked(ANN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": 5},
        {"chat": "7"},
        {"chat": True},
        {"chat": 7.0},
        {"chat": 1 << 53},
        {"private": 1},
        {"sender": "Ann"},
        {"sender": Sender(7, 0, "en")},
        {"sender": Sender(7, "Ann", None)},
        {"sender": Sender(7, "Ann", "en", bot="no")},
        {"text": None},
        {"text": ["a"]},
        {"thread": "3"},
        {"entities": [{}]},
        {"contact": Contact(447400, None)},
        {"contact": Contact("447400", "7")},
    ],
)
def test_what_is_of_another_type_does_not_pass(wrong):
    """However deep it stands; the message names the field and not what stood there."""
    with pytest.raises(ValueError, match="is no such thing"):
        checked(replace(WHOLE, **wrong))


def test_half_a_character_becomes_a_whole_one():
    """In names, texts, data and within entities: nobody is stuck for a name that no text can hold."""
    found = checked(replace(WHOLE, sender=Sender(7, "A\ud800n", "en"), text="\udfffx\0", data="\ud83d",
                            entities=({"url": "\ud800", "deep": ["\udc00"]},)))  # fmt: skip

    assert ("A\ufffdn", "\ufffdx\ufffd", "\ufffd") == (found.sender.name, found.text, found.data)
    assert ({"url": "\ufffd", "deep": ["\ufffd"]},) == found.entities


def test_whole_pairs_stay():
    """JSON writes an emoji as two halves, which are one character once read."""
    assert "👍" == checked(replace(WHOLE, text="👍")).text


@pytest.mark.parametrize("field", [("first_name", 0), ("is_bot", "yes"), ("id", "7"), ("language_code", 5)])
def test_every_update_goes_through_it(field):
    """A person of wrong types is no person."""
    person = {"id": 7, "is_bot": False, "first_name": "Ann", field[0]: field[1]}
    chat = {"id": 7, "type": "private"}

    with pytest.raises(ValueError, match="is no such thing"):
        read({"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": chat, "from": person, "text": "x"}})
