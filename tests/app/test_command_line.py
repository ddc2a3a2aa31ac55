"""The commands as a user types them."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest
from typer.testing import CliRunner

from bot import local
from bot.__main__ import cli
from bot.app import Application
from bot.db import codes
from bot.settings import Settings, env_name, fixed, parse_keys
from conversations.effects import BIND_PHONE


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """A folder of one's own, and no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(env_name(name), raising=False)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, words)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--country", "GB", "07400 123456"), {"action": "accept", "e164": "+447400123456", "region": "GB"}),
        (("--country", "GB", "+4915112345678"), {"action": "confirm", "e164": "+4915112345678", "region": "DE"}),
        (("--country", "GB", "07400 123456, 07400 654321"), {"action": "ask", "e164": None}),
        (("--country", "GB", "020 7946 0958"), {"action": "reject", "reason": "landline"}),
        (("+850 192 123 4567",), {"action": "reject", "reason": "not_served"}),
        (("",), {"action": "reject", "reason": "empty"}),
    ],
)
def test_number_tells_how_it_is_read(words, expected):
    """JSON has the action, the number, the region, the candidates and the reason."""
    code, text = run("number", *words, "--json")
    found = json.loads(text)

    assert {"action", "e164", "region", "candidates", "reason"} == set(found)
    assert expected == {name: found[name] for name in expected}
    assert 0 == code


def test_number_reads_well_without_json():
    """One line for a person."""
    assert (0, "accept +44 7400 123456 (+447400123456, GB)\n") == run("number", "--country", "gb", "07400 123456")


def test_countries_are_listed_best_first():
    """JSON has region, name, dial code and whether it is served; names are in the language asked for."""
    code, text = run("countries", "ivory", "--lang", "fr", "--json")

    assert 0 == code
    assert {"region": "CI", "name": "Côte d\u2019Ivoire", "dial_code": "+225", "served": True} == json.loads(text)[0]
    assert (0, "[]\n") == run("countries", "qqqqqq", "--json")
    assert "Nothing fits." in run("countries", "qqqqqq")[1]


def test_flows_are_listed_and_drawn():
    """Every flow has a table and a picture; an unknown name tells the known ones."""
    assert "### bind_phone (version 3)" in run("flows")[1]
    assert run("flows", "--mermaid", "signin")[1].startswith("stateDiagram-v2")
    code, text = run("flows", "--mermaid", "nothing")
    assert (2, True) == (code, "welcome, signin" in text)


def test_an_account_system_that_is_not_there_fails_the_check():
    """One line, and exit code 1."""
    code, text = run("accounts", "check", "http://127.0.0.1:9")

    assert (1, 1) == (code, text.count("✗"))


def test_keys_are_good_ones():
    """Four keys, ready for .env, each of which the settings take."""
    lines = run("keys")[1].split()

    assert 4 == len({line.partition("=")[2] for line in lines})
    assert [[1]] * 4 == [list(parse_keys(line.partition("=")[2])) for line in lines]


def test_a_bad_setting_stops_the_start_with_one_message(monkeypatch):
    """No traceback, exit code 1."""
    monkeypatch.setenv("TELEGRAM_TOKEN", "x")

    code, text = run("run")

    assert (1, True, False) == (code, "phonedesk cannot start:" in text, "Traceback" in text)


def test_a_port_that_is_taken_stops_the_start_with_one_message(monkeypatch):
    """The fix is in the message."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("PHONEDESK_PORT", str(other.getsockname()[1]))
        code, text = run("run")

    assert (1, True, False) == (code, "set PHONEDESK_PORT" in text, "Traceback" in text)


def test_the_doctor_finds_a_sandbox_healthy():
    """Without a token nothing but the database is asked."""
    code, text = run("doctor")

    assert (0, True) == (code, "database" in text)


def test_every_command_says_what_it_does():
    """Help has a line for each."""
    text = run("--help")[1]

    for command in ("run", "play", "flows", "number", "countries", "doctor", "keys", "docs"):
        assert command in text


def test_sms_status_shows_the_day_and_disturbs_no_bot(monkeypatch, tmp_path):
    """What went out today by country, its cost, the cap, and how many codes were entered."""
    settings = fixed({**local.new_keys(), "database": f"sqlite:{tmp_path / 'desk.db'}", "sms_day_cost": "12.5"})
    monkeypatch.setattr("bot.__main__.load_settings", lambda: settings)
    early = run("sms", "status", "--json")

    async def one_code() -> None:
        app = await Application.build(settings, telegram=Nobody(), sms=Nobody(), email=Nobody())
        await app.db.transact(
            lambda tx: codes.issue(
                tx, app.tools, subject=1, purpose=BIND_PHONE, channel="sms", chat=1, account=1,
                destination="+447400123456",
            )
        )  # fmt: skip
        await app.stop()

    asyncio.run(one_code())
    code, text = run("sms", "status", "--json")
    _, table = run("sms", "status")

    assert 1 == early[0]
    assert "start the bot first" in early[1]
    assert 0 == code
    assert {
        "sent": 1, "spent": 0.1, "cap": 12.5, "codes": 1, "entered": 0, "blocked_prefixes": 0,
        "countries": [{"region": "GB", "sent": 1, "spent": 0.1}],
    } == json.loads(text)  # fmt: skip
    assert "0.10 of 12.50" in table
    assert "0 of 1 (0 %)" in table


class Nobody:
    """Stands for everything outside."""

    async def call(self, *_, **__):
        return {"id": 1, "username": "desk"}

    async def close(self):
        pass
