"""What leaks: the look at the end of every script, and that it would see what it is there for."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
import structlog
from leaks import found, inspected, leaks, listening, secrets

from bot.scripts.player import played
from bot.scripts.reader import read
from bot.scripts.stage import PASSWORD, Stage

GIVEN = {
    "account": {
        "email": "ann@example.com", "phone": "+447400123456", "totp": True, "codes": True, "trading": "trade 4 me",
        "signed_in": True,
    }
}  # fmt: skip
KINDS = {"recovery code", "authenticator key", "password", "number", "address"}


@pytest.fixture(scope="module")
async def stage():
    """An account with everything that can be secret, and nothing done yet."""
    async with Stage(GIVEN) as made:
        yield made


async def test_F60_nothing_secret_is_in_a_log_a_metric_a_database_page_or_a_ticket(stage):
    """What an account holds is known to the look, and found nowhere."""
    secret = secrets(stage)

    assert KINDS == {kind for kind, values in secret.items() if values}
    assert {PASSWORD, "trade 4 me"} == secret["password"]
    assert [] == await leaks(stage, "")


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_F60_the_look_sees_each_kind_in_each_place(stage, kind):
    """One that is planted in the log, or in a page of the database, is found."""
    value = min(secrets(stage)[kind])
    told = found({kind: {value}}, "a page", b"\x00\x17" + value.encode() + b"\x00\xff")

    assert [f"a {kind} in a page"] == told
    assert [f"a {kind} in the log"] == await leaks(stage, f'{{"event": "oops", "what": "{value}"}}')


async def test_F60_what_is_logged_is_heard_at_the_finest_level():
    """By the product, and by the libraries that it uses."""
    with listening() as heard:
        structlog.get_logger("bot.planted").debug("ours", step="planted here")
        logging.getLogger("uvicorn").warning("theirs %s", "planted there")

    assert ["planted here", "planted there"] == [
        word for word in ("planted here", "planted there") if word in heard.getvalue()
    ]


async def test_F60_a_page_of_the_database_is_seen_even_after_its_row_is_gone(stage):
    """What was written in clear and deleted again stands in the freed page until it is used anew."""
    await stage.db(lambda tx: tx.run("CREATE TABLE planted (what TEXT)"))
    await stage.db(lambda tx: tx.run("INSERT INTO planted (what) VALUES ($1)", "ann@example.com"))
    await stage.db(lambda tx: tx.run("DELETE FROM planted"))
    await stage.db(lambda tx: tx.run("DROP TABLE planted"))

    assert any("a address in the database" in told for told in await leaks(stage, ""))


def test_F60_a_script_in_which_something_leaks_fails(tmp_path: Path):
    """The look is a part of every script that is played by the suite."""
    file = tmp_path / "leaky.yaml"
    file.write_text(
        "script: leaky\ngiven: {account: {email: ann@example.com}}\nsteps:\n  - user: /start\n  - bot: welcome/start\n",
        encoding="utf-8",
    )
    [script] = read(file)

    async def look(player, heard):
        heard.write("ann@example.com")
        await inspected(player, heard)

    with listening() as heard, pytest.raises(AssertionError, match="a address in the log"):
        asyncio.run(played(script, "inprocess", lambda player: look(player, heard)))
    conftest = (Path(__file__).parents[1] / "scripts" / "conftest.py").read_text(encoding="utf-8")
    assert "inspected(player, heard, stored=stored)" in conftest
