"""The agents' names, as people are told them."""

from __future__ import annotations

import pytest

from bot.db import agents


@pytest.mark.parametrize(
    ("name", "told"),
    [("Mira Lee", "Mira"), ("Mira", "Mira"), ("  Mira ", "Mira"), ("", ""), (" ", ""), ("\u2003\n", "")],
)
async def test_a_name_of_spaces_is_no_name_and_no_fault(db, tools, name, told):
    """An agent of another ticket system may have no name at all; nobody else's name is harder to find for it."""
    await db.transact(lambda tx: agents.seen(tx, tools, 9001, name))
    await db.transact(lambda tx: agents.seen(tx, tools, 9002, "Omar"))

    assert told == await db.transact(lambda tx: agents.name(tx, tools, 9001))
    assert 9002 == await db.transact(lambda tx: agents.called(tx, tools, "omar"))
