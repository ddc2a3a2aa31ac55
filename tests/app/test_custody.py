"""What the operator does with people's data from the command line."""

from __future__ import annotations

import json

import pytest

from bot import custody
from bot.scripts.stage import Stage


@pytest.fixture
async def stage():
    given = {"account": {"email": "ann@example.com", "phone": "+447400123456", "signed_in": True}}
    async with Stage(given) as made:
        yield made


@pytest.mark.parametrize("who", ["ann@example.com", "ANN@example.com", "+44 7400 123456", "id"])
async def test_a_person_is_found_by_address_number_or_id(stage, who):
    """And all that is held about them is printed, with no secret of the account."""
    told: list[str] = []
    account = str(stage.accounts["ann@example.com"])

    code = await custody.export(stage.app.settings, account if who == "id" else who, told.append)

    assert (0, "ann@example.com", account) == (
        code, json.loads(told[0])["profile"]["email"], json.loads(told[0])["account"]
    )  # fmt: skip
    assert "argon2" not in told[0]


async def test_nobody_is_said_to_be_nobody(stage):
    """An address that has no account is no error with a traceback."""
    told: list[str] = []

    assert 1 == await custody.export(stage.app.settings, "bob@example.com", told.append)
    assert 1 == await custody.erase(stage.app.settings, "bob@example.com", told.append, yes=True)
    assert ["There is no such account here."] * 2 == told


async def test_erasing_is_done_by_the_running_bot_and_only_when_it_is_meant(stage):
    """Without --yes nothing happens; with it the bot erases within seconds and tells the person."""
    told: list[str] = []
    account = stage.accounts["ann@example.com"]

    first = await custody.erase(stage.app.settings, "ann@example.com", told.append, yes=False)
    unchanged = await custody.export(stage.app.settings, "ann@example.com", told.append)
    wish = await stage.app.db.transact(lambda tx: custody.erasures.waiting(tx, account))

    assert (1, 0, None) == (first, unchanged, wish)
    assert "Nothing was done" in told[1]


async def test_what_is_over_is_listed(stage):
    """Every class of data has its line."""
    told: list[str] = []

    assert 0 == await custody.overdue(stage.app.settings, told.append)
    assert any(line.endswith("codes") for line in told)
