"""The audit shows whatever was done to it (security.md, attack 62)."""

from __future__ import annotations

import asyncio
import json

import pytest
from structlog.testing import CapturingLogger

from bot import anchor
from bot.clock import ManualClock
from bot.db import audit, keyring, watch
from bot.db.audit import Head
from bot.db.connect import connect
from bot.db.ids import Ids
from bot.db.migrate import migrate
from bot.domain.vault import Keys, Vault
from bot.errors import AnchorLost
from bot.tools import Tools

ROWS = 12
COLUMNS = "seq, at, actor, person, account, action, outcome, detail, key_version, prev, mac"
OPEN = {
    "sqlite": [f"DROP TRIGGER audit_no_{what}" for what in ("update", "delete", "replace")],
    "postgresql": ["DROP TRIGGER audit_no_change ON audit"],
}
"""What somebody who owns the database does first."""


async def filled(db, tools, rows: int = ROWS) -> None:
    for number in range(rows):
        await db.transact(
            lambda tx, n=number: audit.write(
                tx, tools, action=f"step {n}", actor="person", chat=7000 + n % 3, account=50 + n % 2, ticket=n
            )
        )


async def attack(db, *statements: str) -> None:
    async def job(tx):
        for statement in (*OPEN[db.engine], *statements):
            await tx.run(statement)

    await db.transact(job)


@pytest.fixture
async def chain(db, tools):
    """A chain of twelve rows."""
    await filled(db, tools)
    return db


async def found(db, tools, known: Head | None = None) -> tuple[int, str]:
    verdict = await audit.verify(db, tools.vault, known)
    return verdict.row, verdict.fault


async def test_F62_an_untouched_chain_is_good(chain, tools):
    """Every row is looked at; none is bad."""
    assert audit.Verdict(ROWS) == await audit.verify(chain, tools.vault)


@pytest.mark.parametrize(
    "edit",
    [
        "action = 'nothing'", "actor = 'agent:1'", "outcome = 'refused'", "at = at + 1", "person = NULL",
        "account = account + 1", "detail = '{}'", "key_version = 2",
    ],
)  # fmt: skip
async def test_F62_an_edited_row_is_named(chain, tools, edit):
    """Whatever column was changed."""
    await attack(chain, f"UPDATE audit SET {edit} WHERE seq = 5")  # noqa: S608 - our own words

    row, fault = await found(chain, tools)

    assert 5 == row
    assert "changed" in fault or "not configured" in fault


async def test_F62_a_deleted_row_is_named(chain, tools):
    """In the middle, or the first one."""
    await attack(chain, "DELETE FROM audit WHERE seq = 5")
    middle = await found(chain, tools)
    await chain.transact(lambda tx: tx.run("DELETE FROM audit WHERE seq <= 2"))

    assert (5, "is missing") == middle
    assert (1, "is missing") == await found(chain, tools)


async def test_F62_a_deleted_row_whose_gap_was_closed_is_named(chain, tools):
    """Numbering the rest anew does not hide it: the number is part of what the MAC is over."""
    await attack(
        chain, "DELETE FROM audit WHERE seq = 5", "UPDATE audit SET seq = -seq WHERE seq > 5",
        "UPDATE audit SET seq = -seq - 1 WHERE seq < 0",
    )  # fmt: skip

    assert (5, "was changed, or put in by somebody else") == await found(chain, tools)


@pytest.mark.parametrize("place", [0, -3, 7, ROWS + 1])
async def test_F62_an_inserted_row_is_named(chain, tools, place):
    """A copy of a real row at the beginning, in between or at the end is no row of ours."""
    move = ["UPDATE audit SET seq = -seq - 1000 WHERE seq >= 7", "UPDATE audit SET seq = -seq - 999 WHERE seq <= -1000"]
    await attack(
        chain, *(move if place == 7 else []),
        f"INSERT INTO audit ({COLUMNS}) SELECT {place}, {COLUMNS.removeprefix('seq, ')} FROM audit WHERE seq = 4",  # noqa: S608 - our own words
    )  # fmt: skip

    assert (place, "was changed, or put in by somebody else") == await found(chain, tools)


async def test_F62_swapped_rows_are_named(chain, tools):
    """Two rows that change places: the first of them is named."""
    await attack(
        chain, "UPDATE audit SET seq = -1 WHERE seq = 3", "UPDATE audit SET seq = 3 WHERE seq = 9",
        "UPDATE audit SET seq = 9 WHERE seq = -1",
    )  # fmt: skip

    assert (3, "was changed, or put in by somebody else") == await found(chain, tools)


async def test_F62_an_end_that_was_cut_off_is_named_beside_the_anchor(chain, tools, tmp_path):
    """The rows that are left are good; the anchor knows more, and does not move to cover it."""
    path = tmp_path / "anchor"
    await anchor.move(chain, tools.vault, path)
    before = path.read_text(encoding="utf-8")
    await attack(chain, "DELETE FROM audit WHERE seq > 9")

    alone = await found(chain, tools)
    row, fault = await found(chain, tools, anchor.read(path, tools.vault))
    with pytest.raises(AnchorLost, match="no row 12 any more"):
        await anchor.move(chain, tools.vault, path)

    assert (0, "") == alone
    assert (10, True) == (row, f"up to row {ROWS}" in fault)
    assert before == path.read_text(encoding="utf-8")


async def test_F62_an_end_that_grew_again_is_named_beside_the_anchor(chain, tools, tmp_path):
    """New rows in the place of those that were cut off are good by themselves, and others than the anchor has seen."""
    path = tmp_path / "anchor"
    await anchor.move(chain, tools.vault, path)
    await attack(chain, "DELETE FROM audit WHERE seq > 9")
    await filled(chain, tools, 6)

    assert (0, "") == await found(chain, tools)
    assert (ROWS, "is another one than the anchor has seen") == await found(
        chain, tools, anchor.read(path, tools.vault)
    )
    with pytest.raises(AnchorLost):
        await anchor.move(chain, tools.vault, path)


async def test_F62_a_chain_of_another_key_is_named(chain, tools, clock):
    """Whoever lacks the key cannot write the whole chain anew: its first row is bad already."""
    keys = tools.vault._keys
    other = Tools(clock, Ids(clock), Vault(Keys(keys.field, keys.index, keys.code, {1: bytes(range(7, 39))})))
    await attack(chain, "DELETE FROM audit")
    await filled(chain, other)

    assert (1, "was changed, or put in by somebody else") == await found(chain, tools)
    assert (0, "") == await found(chain, other)


async def test_F62_an_erased_person_leaves_the_chain_good(chain, tools):
    """Nobody can tell any more who they were; what they did stays, and a newcomer of their id is another one."""
    before = await chain.transact(lambda tx: watch.actions(tx, chat=7001))
    await chain.transact(lambda tx: audit.forget(tx, chat=7001, account=51))
    after = await chain.transact(lambda tx: watch.actions(tx, chat=7001))
    everybody = await chain.transact(watch.actions)
    await filled(chain, tools, 2)

    assert (4, 0, ROWS) == (len(before), len(after), len(everybody))
    assert ["step 1"] == await chain.transact(lambda tx: watch.actions(tx, chat=7001))
    assert audit.Verdict(ROWS + 2) == await audit.verify(chain, tools.vault)


async def test_nobody_stands_in_a_row_under_their_own_number(chain):
    """Chats and accounts are pseudonyms that follow from nothing."""
    rows = await chain.transact(lambda tx: watch.rows(tx, "audit"))

    assert not {7000, 7001, 7002, 50, 51} & {value for row in rows for value in row.values()}
    assert (3, 2) == (len({row["person"] for row in rows}), len({row["account"] for row in rows}))
    assert {"ticket": 3} == json.loads(rows[3]["detail"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'x' WHERE seq = 3",
        "UPDATE audit SET seq = 100 WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        "TRUNCATE audit",
        f"INSERT INTO audit ({COLUMNS}) SELECT {COLUMNS} FROM audit WHERE seq = 3",  # noqa: S608 - our own words
        f"INSERT OR REPLACE INTO audit ({COLUMNS}) SELECT {COLUMNS} FROM audit WHERE seq = 3",  # noqa: S608 - as above
        (
            f"INSERT INTO audit ({COLUMNS}) SELECT {COLUMNS} FROM audit WHERE seq = 3"  # noqa: S608 - as above
            " ON CONFLICT (seq) DO UPDATE SET action = 'x'"
        ),
    ],
)
async def test_a_row_can_only_be_added(chain, tools, statement):
    """The database itself refuses to change, take out or replace one."""
    with pytest.raises(Exception):  # noqa: B017, PT011 - either engine's own error
        await chain.transact(lambda tx: tx.run(statement))

    assert audit.Verdict(ROWS) == await audit.verify(chain, tools.vault)


async def test_processes_that_write_at_once_do_not_fork_the_chain(database, db, tools, clock, keys):
    """Eight connections of their own, each with transactions that write several rows and some that fail."""

    async def process(worker: int) -> None:
        own = Tools(clock, Ids(clock, worker), Vault(keys))
        other = await connect(database)

        async def job(tx, number: int):
            await audit.write(tx, own, action=f"{worker}/{number}", actor="system", chat=number % 4)
            await tx.run("INSERT INTO people (chat, lang, seen_at) VALUES ($1, 'en', 0)", worker * 1000 + number)
            await audit.write(tx, own, action=f"{worker}/{number} again", actor="system", chat=worker)
            if number % 5 == 4:
                raise ValueError("undone")

        try:
            await asyncio.gather(
                *(other.transact(lambda tx, n=n: job(tx, n)) for n in range(10)), return_exceptions=True
            )
        finally:
            await other.close()

    await asyncio.gather(*(process(worker) for worker in range(8)))
    actions = await db.transact(watch.actions)

    assert audit.Verdict(8 * 8 * 2) == await audit.verify(db, tools.vault)
    assert len(actions) == len(set(actions))


async def test_what_a_transaction_writes_is_chained_last_of_all(db, tools):
    """Until the job is done nobody waits for it: the row is not there yet, and a failed job leaves none."""

    async def job(tx):
        await audit.write(tx, tools, action="a", actor="system")
        return await tx.all("SELECT * FROM audit")

    async def failing(tx):
        await job(tx)
        raise ValueError("no")

    inside = await db.transact(job)
    with pytest.raises(ValueError, match="no"):
        await db.transact(failing)

    assert [] == inside
    assert ["a"] == await db.transact(watch.actions)


async def test_rows_from_before_the_chain_are_carried_over(db, tools):
    """Oldest first, with what they said, marked as such; nothing is left behind, and a second start does nothing."""

    async def old(tx):
        for number in range(7):
            await tx.run(
                "INSERT INTO audit_before (id, at, chat, account, actor, action, detail)"
                " VALUES ($1, $2, 7, 8, 'person', $3, '{\"a\": 1}')",
                100 - number, 1000 - number, f"old {number}",
            )  # fmt: skip

    await db.transact(old)
    await keyring.enter(db, tools, 0)
    await db.transact(old)
    await keyring.enter(db, tools, 0)
    rows = await db.transact(lambda tx: watch.rows(tx, "audit"))

    assert [(f"old {n}", 1000 - n, "carried over", '{"a": 1}') for n in reversed(range(7))] == [
        (row["action"], row["at"], row["outcome"], row["detail"]) for row in rows
    ]
    assert audit.Verdict(7) == await audit.verify(db, tools.vault)


async def test_a_new_audit_key_writes_and_the_old_one_is_still_needed(db, tools, clock, keys):
    """Rows keep the version that they were written under."""
    await filled(db, tools, 3)
    both = Tools(clock, Ids(clock), Vault(Keys(keys.field, keys.index, keys.code, {**keys.audit, 2: bytes(range(32))})))
    await filled(db, both, 3)

    assert audit.Verdict(6) == await audit.verify(db, both.vault)
    assert (4, "was written under audit key 2, which is not configured") == await found(db, tools)
    assert {1: 3, 2: 3} == await db.transact(audit.versions)


async def test_a_value_of_another_kind_is_a_fault_and_no_crash(tmp_path, clock, keys):
    """SQLite stores whatever somebody puts into a column."""
    for change in ("detail = x'00'", "mac = 'text'", "prev = 5", "key_version = 'one'"):
        db = await connect(f"sqlite:{tmp_path / f'{len(change)}.db'}")
        tools = Tools(clock, Ids(clock), Vault(keys))
        await migrate(db, clock)
        await filled(db, tools, 3)
        await attack(db, f"UPDATE audit SET {change} WHERE seq = 2")  # noqa: S608 - our own words
        assert 2 == (await found(db, tools))[0]
        await db.close()


# --- anchors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"seq": 1}', None])
async def test_an_anchor_that_is_none_of_ours_is_refused(chain, tools, tmp_path, text):
    """Empty, malformed, or with another number than the one that was sealed."""
    path = tmp_path / "anchor"
    await anchor.move(chain, tools.vault, path)
    said = path.read_text(encoding="utf-8")
    path.write_text(said.replace('"seq": 12', '"seq": 3') if text is None else text, encoding="utf-8")

    with pytest.raises(AnchorLost):
        anchor.read(path, tools.vault)
    with pytest.raises(AnchorLost):
        await anchor.move(chain, tools.vault, path)


async def test_an_anchor_moves_with_the_chain(db, tools, tmp_path):
    """From an empty audit on; a missing file is an error for whoever wants to compare."""
    path = tmp_path / "anchor"
    with pytest.raises(AnchorLost, match="cannot be read"):
        anchor.read(path, tools.vault)
    heads = [await anchor.move(db, tools.vault, path)]
    await filled(db, tools, 4)
    heads.append(await anchor.move(db, tools.vault, path))

    assert [0, 4] == [head.seq for head in heads]
    assert heads[1] == anchor.read(path, tools.vault)


class Watched(ManualClock):
    """A clock that says when somebody waits for it."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.waited_for = asyncio.Event()

    async def sleep(self, ms: int) -> None:
        self.waited_for.set()
        await super().sleep(ms)


async def test_the_bot_moves_the_anchor_every_minute_and_says_when_it_cannot(db, tools, clock, tmp_path, monkeypatch):
    """What it cannot write it logs, and tries again."""
    path, watched, log = tmp_path / "missing" / "anchor", Watched(clock.now()), CapturingLogger()
    monkeypatch.setattr(anchor, "_log", log)
    keeping = asyncio.create_task(anchor.keep(db, tools.vault, watched, path))
    await watched.waited_for.wait()
    path.parent.mkdir()
    watched.waited_for.clear()
    watched.advance(anchor.EVERY)
    await watched.waited_for.wait()
    keeping.cancel()

    assert ["anchor not moved"] == [call.args[0] for call in log.calls]
    assert Head(0, bytes(32)) == anchor.read(path, tools.vault)
