"""A process starts only with the keys that its database needs, and that the others know."""

from __future__ import annotations

import pytest
from ring_life import ANN, CHAT, all_well, key, lived, quiet, start, stop

from bot.db import (
    forms,
    keyring,
    limits,
    rotation,
    watch,
)  # fmt: skip
from bot.db.columns import HASHED
from bot.db.ids import Ids
from bot.db.limits import PASSWORD
from bot.domain.vault import Keys, Vault
from bot.errors import KeysUnfit
from bot.tools import Tools


async def test_a_start_without_a_key_that_is_needed_is_refused(db, ring):
    """One message names each, before anything is read with the wrong one."""
    await start(db, ring(1))
    await lived(db, ring(1))

    with pytest.raises(KeysUnfit) as caught:
        await start(db, ring(2))

    for name in ("FIELD", "INDEX", "AUDIT"):
        assert f"PHONEDESK_{name}_KEYS: key 1 is missing" in str(caught.value)


async def test_a_start_with_another_key_under_the_same_number_is_refused(db, ring, clock, keys):
    """A mistake in the settings is told from a tampered database."""
    await start(db, ring(1))
    wrong = Tools(clock, Ids(clock), Vault(Keys({1: key(9)}, keys.index, keys.code, keys.audit)))

    with pytest.raises(KeysUnfit, match="FIELD_KEYS: key 1 is not the one"):
        await start(db, wrong)


async def test_a_key_that_was_retired_may_be_dropped(db, ring):
    """And put back, and written under again, which makes it needed again."""
    await start(db, ring(1))
    await lived(db, ring(1))
    await start(db, ring(2, 1))
    await rotation.rotate(db, ring(2, 1), quiet)
    alone = ring(2, 1)
    for job in ("field", "index"):
        del getattr(alone.vault._keys, job)[1]
    await start(db, alone)

    assert [("audit", 1), ("audit", 2), ("field", 2), ("index", 2)] == await db.transact(keyring.needed)
    with pytest.raises(KeysUnfit, match="key 2 is missing"):
        await start(db, ring(1))


async def test_a_new_key_waits_until_every_process_knows_it(db, ring):
    """A process that writes what another cannot read would lose it; a dead one can be forgotten."""
    await start(db, ring(1), worker=0)
    await start(db, ring(1), worker=1)

    with pytest.raises(KeysUnfit, match=r"process 1 .* without field key 2(.|\n)*keys forget 1"):
        await start(db, ring(2, 1), worker=0)
    with pytest.raises(KeysUnfit, match="process 1"):
        await rotation.rotate(db, ring(2, 1), quiet)
    await stop(db, worker=1)
    await start(db, ring(2, 1), worker=0)

    assert [2] == [version for job, version in await db.transact(keyring.needed) if job == "field" and version > 1]


async def test_processes_that_start_again_together_do_not_wait_for_one_another(db, ring):
    """Each says what it knows before it looks at the others."""
    await start(db, ring(1), worker=0)
    await start(db, ring(1), worker=1)

    with pytest.raises(KeysUnfit):
        await start(db, ring(2, 1), worker=0)
    await start(db, ring(2, 1), worker=1)
    await start(db, ring(2, 1), worker=0)

    assert 2 == len(await db.transact(lambda tx: watch.rows(tx, "keyrings")))


async def bare(db, tools) -> int:
    """A database as it was before hashes began with the version of their key."""
    account = await lived(db, tools)
    await db.transact(lambda tx: forms.open_form(tx, tools, chat=CHAT, kind="signin", lang="en"))
    await db.transact(lambda tx: limits.begin(tx, tools, PASSWORD, ANN))
    for each in HASHED:
        rows = await db.transact(lambda tx, e=each: tx.all(f"SELECT DISTINCT {e.column} AS h FROM {e.table}"))  # noqa: S608 - our own names
        for row in rows:
            if row["h"] is not None:
                sql = f"UPDATE {each.table} SET {each.column} = $1 WHERE {each.column} = $2"  # noqa: S608 - our own names
                await db.transact(lambda tx, s=sql, h=row["h"]: tx.run(s, h[1:], h))
    return account


async def test_a_database_from_before_is_brought_up_at_the_first_start(db, ring):
    """Every hash learns the version of its key, even where the settings have a newer one by now."""
    account = await bare(db, ring(1))

    await start(db, ring(2, 1))

    await all_well(db, ring(2, 1), account)
    assert {("field", 1), ("index", 1)} < set(await db.transact(keyring.needed))
    result = await rotation.rotate(db, ring(2, 1), quiet)
    assert "accounts.phone_hash" in result.renewed
    await all_well(db, ring(2, 1), account)


async def test_a_database_from_before_is_not_touched_with_other_keys(db, ring):
    """Neither another index key nor another field key."""
    await bare(db, ring(1))

    with pytest.raises(Exception, match=r"INDEX_KEYS: the key|unknown key"):
        await start(db, ring(2))

    assert [] == await db.transact(keyring.needed)
