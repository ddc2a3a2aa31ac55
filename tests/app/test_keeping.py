"""Keys and audit from the command line, as an operator looks after them."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import local
from bot.__main__ import cli
from bot.clock import SystemClock
from bot.db import accounts, audit, keyring
from bot.db.connect import connect
from bot.db.ids import Ids
from bot.db.migrate import migrate
from bot.domain.vault import Vault
from bot.settings import Settings, env_name
from bot.terminal import load_settings
from bot.tools import Tools

DATABASE = Path("var/phonedesk.db")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """A folder of one's own, and no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(env_name(name), raising=False)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, words)
    return result.exit_code, " ".join(result.output.split())


@pytest.fixture
def keys(monkeypatch) -> dict[str, str]:
    """The first keys of the deployment, in the environment."""
    drawn = local.new_keys()
    for name, value in drawn.items():
        monkeypatch.setenv(env_name(name), value)
    return drawn


@pytest.fixture
def newer(monkeypatch, keys):
    """Puts a second field and index key in front of the first ones."""

    def put() -> dict[str, str]:
        fresh = {name: f"2:{local.new_keys()[name][2:]}" for name in ("field_keys", "index_keys")}
        for name, value in fresh.items():
            monkeypatch.setenv(env_name(name), f"{value},{keys[name]}")
        return fresh

    return put


def start(*, rows: int = 0, stop: bool = True) -> None:
    """What a start does to the database, and a few things that happen while the bot runs."""

    async def life() -> None:
        settings, clock = load_settings(), SystemClock()
        tools = Tools(clock, Ids(clock), Vault(settings.keys))
        db = await connect(settings.database)
        await migrate(db, clock)
        await keyring.enter(db, tools, settings.worker)
        for number in range(rows):
            await db.transact(
                lambda tx, n=number: accounts.create(tx, tools, email=f"{n}@example.com", password_hash="x")
            )
            await db.transact(lambda tx, n=number: audit.write(tx, tools, action=f"step {n}", actor="person", chat=5))
        if stop:
            await db.transact(lambda tx: keyring.leave(tx, settings.worker))
        await db.close()

    asyncio.run(life())


def tamper(*statements: str) -> None:
    connection = sqlite3.connect(DATABASE)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_keys_are_rotated_from_the_first_to_the_last_step(newer, monkeypatch):
    """Drawn, put in front, rotated, seen to be needless, dropped: as docs/operating.md has it."""
    start(rows=30)
    fresh = newer()
    start()
    before = run("keys", "status")
    rotated = run("keys", "rotate")
    after = run("keys", "rotate", "--check")
    for name, value in fresh.items():
        monkeypatch.setenv(env_name(name), value)
    start(rows=3)

    assert (0, True) == (before[0], "run: phonedesk keys rotate" in before[1])
    assert (0, True) == (rotated[0], "accounts.email_hash: 30 renewed" in rotated[1])
    assert (0, 2) == (after[0], after[1].count("may be dropped from the settings"))
    assert (0, False) == (run("keys", "status")[0], "may be dropped" in run("keys", "status")[1])
    assert 0 == run("audit", "verify")[0]


def test_a_rotation_waits_for_the_process_that_runs_with_the_old_keys(newer):
    """It says which one, and how to go on if there is none."""
    start(rows=2, stop=False)
    newer()
    refused = run("keys", "rotate")
    forgotten = run("keys", "forget", "0")

    assert (1, True) == (refused[0], "process 0 was started without field key 2" in refused[1])
    assert (0, 0) == (forgotten[0], run("keys", "rotate")[0])


def test_a_value_that_no_key_opens_is_told_and_fails_the_command(newer):
    """The operator has to look at it."""
    start(rows=2)
    tamper("UPDATE accounts SET person_key = x'01' || zeroblob(60) WHERE email IS NOT NULL", "SELECT 1")
    newer()
    start()
    code, text = run("keys", "rotate")

    assert (1, True) == (code, "accounts.person_key: 2 under key" in text)


def test_a_start_without_a_needed_key_is_one_message(newer, monkeypatch):
    """No traceback: which key, of which setting."""
    start(rows=1)
    for name, value in newer().items():
        monkeypatch.setenv(env_name(name), value)

    code, text = run("run")

    assert (1, False) == (code, "Traceback" in text)
    assert "PHONEDESK_FIELD_KEYS: key 1 is missing" in text
    assert "PHONEDESK_INDEX_KEYS: key 1 is missing" in text


def test_a_second_process_on_the_file_changes_nothing_before_it_is_refused(keys):
    """Neither a migration nor what the first one said of its keys."""

    async def beside() -> tuple[int, str]:
        db = await connect(f"sqlite:{DATABASE}")
        await db.lead()
        try:
            return await asyncio.to_thread(run, "run")
        finally:
            await db.close()

    code, text = asyncio.run(beside())
    connection = sqlite3.connect(DATABASE)
    tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()

    assert (1, True) == (code, "another phonedesk runs" in text)
    assert [] == tables


@pytest.mark.parametrize(
    "command", [("keys", "status"), ("keys", "rotate"), ("audit", "verify"), ("audit", "anchor", "x")]
)
def test_a_database_that_no_bot_has_seen_is_told(keys, command):
    """The commands look at what the bot has left, and migrate nothing."""
    assert (1, "the database is not up to date: start the bot once") == run(*command)


def test_verify_says_that_all_is_well(keys):
    """How many rows, and whether their end was compared with anything."""
    start(rows=5)

    assert (0, "5 rows, all good; no anchor to compare its end with") == run("audit", "verify")
    assert (0, "noted: 5 rows") == run("audit", "anchor", "end.json")
    assert (0, "5 rows, all good; as its anchor knows it") == run("audit", "verify", "--anchor", "end.json")


def test_verify_names_the_first_bad_row_and_fails(keys, monkeypatch):
    """An edit by itself; a cut-off end beside the anchor of the settings."""
    start(rows=8)
    monkeypatch.setenv("PHONEDESK_AUDIT_ANCHOR", "end.json")
    run("audit", "anchor", "end.json")
    tamper("DELETE FROM audit WHERE seq > 6")
    cut = run("audit", "verify")
    moved = run("audit", "anchor", "end.json")
    tamper("UPDATE audit SET actor = 'system' WHERE seq = 4")

    assert (1, True) == (cut[0], cut[1].startswith("audit row 7 is missing, and everything up to row 8"))
    assert (1, True) == (moved[0], "no row 8 any more" in moved[1])
    assert (1, True) == (run("audit", "verify")[0], run("audit", "verify")[1].startswith("audit row 4 was changed"))


def test_an_anchor_that_is_not_there_fails_the_command(keys):
    """Whoever took the anchor away has not made the audit good."""
    start(rows=1)

    code, text = run("audit", "verify", "--anchor", "gone.json")

    assert (1, True) == (code, "gone.json cannot be read" in text)
