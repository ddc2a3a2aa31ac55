"""What the http adapter makes of answers, and what of them is mirrored."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.accounts.http import judged, profile
from bot.db import accounts
from bot.db.accounts import Profile
from bot.errors import Flooded, Rejected, Unreachable

SAID = {
    "id": 7,
    "version": 3,
    "email": "ann@example.com",
    "phone": "+447400123456",
    "since": {"email": 1, "phone": 2, "password": 1, "trading_password": None},
}
ANN = Profile(7, 3, "ann@example.com", "+447400123456", 1, 2, 1, None)


def test_a_profile_is_read():
    """As the contract writes it."""
    assert ANN == profile(SAID)
    assert "ann" not in repr(ANN)


@pytest.mark.parametrize(
    "spoilt",
    [
        {},
        {**SAID, "id": "7"},
        {**SAID, "id": True},
        {**SAID, "id": 0},
        {**SAID, "id": 1 << 63},
        {**SAID, "version": None},
        {**SAID, "email": None},
        {**SAID, "phone": 447400123456},
        {**SAID, "phone": None},
        {**SAID, "since": None},
        {**SAID, "since": {**SAID["since"], "phone": None}},
        {**SAID, "since": {**SAID["since"], "email": "yesterday"}},
        {**SAID, "since": {**SAID["since"], "trading_password": "never"}},
    ],
)
def test_what_is_no_profile_is_not_taken(spoilt):
    """Nothing half understood is written; it is asked again."""
    with pytest.raises(Unreachable):
        profile(spoilt)


@pytest.mark.parametrize(
    ("status", "body", "error", "word"),
    [
        (404, {}, Rejected, "not_found"),
        (409, {"reason": "taken"}, Rejected, "taken"),
        (409, {"reason": "same"}, Rejected, "same"),
        (409, {"reason": "<b>"}, Rejected, "refused"),
        (409, ["taken"], Rejected, "refused"),
        (422, {"reason": "taken"}, Rejected, "refused"),
        (429, {}, Flooded, "5000"),
        (401, {}, Unreachable, "401"),
        (403, {}, Unreachable, "403"),
        (503, {}, Unreachable, "503"),
        (200, ["a list"], Unreachable, "JSON"),
    ],
)
def test_what_an_answer_means(status, body, error, word):
    """Refusals are final, what can be mended is tried again, and no text of theirs gets any further."""
    with pytest.raises(error, match=word):
        judged(status, json.dumps(body).encode(), "")


def test_a_wait_that_is_asked_for_is_kept():
    """In milliseconds."""
    with pytest.raises(Flooded, match="7000"):
        judged(429, b"", "7")


def test_an_answer_that_is_no_json_is_none():
    """A proxy's page is no answer."""
    with pytest.raises(Unreachable):
        judged(200, b"<html>", "")


async def test_the_mirror_never_goes_back(db, tools):
    """An answer that comes late changes nothing."""
    newer = replace(ANN, version=4, phone="+447400999999", phone_at=9)
    for said in (newer, ANN):
        await db.transact(lambda tx, said=said: accounts.mirror(tx, tools, said))
    known = await db.transact(lambda tx: accounts.profile(tx, tools, 7))

    assert newer == known


async def test_whoever_had_it_in_the_mirror_has_it_no_longer(db, tools):
    """A number and an address that went from one account to another while nobody looked."""
    ben = replace(ANN, id=8, version=1)
    await db.transact(lambda tx: accounts.mirror(tx, tools, ANN))
    await db.transact(lambda tx: accounts.mirror(tx, tools, ben))
    old, new = [await db.transact(lambda tx, who=who: accounts.profile(tx, tools, who)) for who in (7, 8)]

    assert (ben, "", None) == (new, old.email, old.phone)
    assert await db.transact(lambda tx: accounts.mirror(tx, tools, replace(ANN, version=4, email="a@example.net")))


@pytest.mark.parametrize(
    "change", [{"phone": "+447400999999"}, {"email": "ann@example.net"}, {"phone": None}, {"password_at": 9}]
)
async def test_only_a_change_of_what_codes_go_to_or_of_the_password_is_one(db, tools, change):
    """It is told apart, so that what was proved with the former one dies."""
    if change.get("phone", "") is None:
        change = {**change, "phone_at": None}
    told = [
        await db.transact(lambda tx, said=said: accounts.mirror(tx, tools, said))
        for said in (ANN, replace(ANN, version=4, trading_at=5), replace(ANN, version=5, **change))
    ]

    assert [False, False, True] == told
