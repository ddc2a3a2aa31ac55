"""What is kept of a ticket's twin, on both databases."""

from __future__ import annotations

import pytest

from bot.db import messages, mirrors, tickets


@pytest.fixture
async def ticket(db, tools) -> int:
    """A ticket, with its mark taken."""

    async def made(tx) -> int:
        opened = await tickets.create(
            tx, tools, chat=7, account=None, reason="other", place="", lang="en", facts={}
        )  # fmt: skip
        await mirrors.begin(tx, opened.id)
        await mirrors.take(tx)
        return opened.id

    return await db.transact(made)


async def marked(tx) -> list[int]:
    return (await mirrors.take(tx))[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda tx, tools, ticket: tickets.claim(tx, tools, ticket, 9001),
        lambda tx, _tools, ticket: tickets.turn(tx, ticket, "pending"),
        lambda tx, tools, ticket: tickets.solve(tx, tools, ticket, "system"),
        lambda tx, _tools, ticket: tickets.prioritise(tx, ticket, "high"),
        lambda tx, _tools, ticket: tickets.urge(tx, ticket),
        lambda tx, tools, ticket: messages.message(
            tx, tools, ticket=ticket, side="note", author=1, forum=0, source=None, text="x"
        ),
    ],
    ids=["claimed", "pending", "solved", "priority", "urged", "message"],
)
async def test_whatever_is_written_of_a_ticket_marks_it_once(db, tools, ticket, change):
    """Until somebody takes the mark."""
    await db.transact(lambda tx: change(tx, tools, ticket))

    assert [[ticket], []] == [await db.transact(marked), await db.transact(marked)]


async def test_every_version_is_owed_once_and_theirs_never(db, tools, ticket):
    """In order; what came from the other side has a negative author."""

    async def written(tx) -> int:
        first = await messages.message(tx, tools, ticket=ticket, side="user", author=7, forum=0, source=1, text="one")
        await messages.message(tx, tools, ticket=ticket, side="agent", author=-301, forum=0, source=None, text="theirs")
        await messages.say(tx, tools, first, "two")
        return first

    async def owed(tx) -> list[tuple[str, bool]]:
        return [(text.text, text.again) for text in await mirrors.unsaid(tx, tools, ticket)]

    async def told(tx) -> None:
        text = (await mirrors.unsaid(tx, tools, ticket))[0]
        await mirrors.trying(tx, tools, ticket, f"text:{text.id}")
        assert 2 == len(await mirrors.unsaid(tx, tools, ticket))
        await mirrors.sent(tx, f"text:{text.id}", "5001")

    await db.transact(written)
    before = await db.transact(owed)
    await db.transact(told)

    assert [("one", False), ("two", True)] == before
    assert [("two", True)] == await db.transact(owed)


async def test_a_comment_is_taken_once_and_never_if_it_is_ours(db, tools, ticket):
    """By its id over there."""

    async def ours(tx) -> list[str]:
        steps = [await mirrors.trying(tx, tools, ticket, "word:1") for _ in range(2)]
        await mirrors.sent(tx, "word:1", "5001")
        return [*steps, await mirrors.trying(tx, tools, ticket, "word:1")]

    async def take(tx, comment: str) -> bool:
        return await mirrors.taken(tx, tools, ticket, comment)

    assert ["new", "trying", "done"] == await db.transact(ours)
    assert [False, True, False] == [
        await db.transact(lambda tx, comment=comment: take(tx, comment)) for comment in ("5001", "5002", "5002")
    ]


async def test_answers_that_were_taken_back_are_told_once(db, tools, ticket):
    """And those that failed."""

    async def written(tx) -> int:
        row = await messages.message(tx, tools, ticket=ticket, side="agent", author=9001, forum=0, source=5, text="x")
        await messages.passed(tx, row, None)
        return row

    async def told(tx, row: int) -> None:
        await mirrors.trying(tx, tools, ticket, f"failed:{row}")
        await mirrors.sent(tx, f"failed:{row}", "5001")

    row = await db.transact(written)
    before = await db.transact(lambda tx: mirrors.undone(tx, ticket))
    await db.transact(lambda tx: told(tx, row))

    assert [(row, "failed", 9001)] == before
    assert [] == await db.transact(lambda tx: mirrors.undone(tx, ticket))


async def test_what_was_refused_is_marked_again(db, ticket):
    """At the next start."""

    async def refused(tx) -> None:
        await mirrors.refused(tx, ticket, "unauthorized")
        await mirrors.again(tx)

    await db.transact(refused)

    assert [ticket] == await db.transact(marked)
