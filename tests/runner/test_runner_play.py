"""A script that differs from what happens fails at the first difference, on both drivers, and says what differs."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot.scripts.play import play

GIVEN = "given: {account: {email: ann@example.com, signed_in: true}}\n"
START = "script: s\n" + GIVEN + "steps:\n  - user: /start\n"
HOME = "  - bot: welcome/home\n"
CODE = HOME + (
    "  - tap: Account security\n  - bot: protection/overview\n  - tap: Mobile phone\n  - bot: protection/phone\n"
    "  - tap: Set\n  - bot: bind_phone/prove\n  - tap: Email code\n"
)


def shown(tmp_path, text, driver="inprocess"):
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    out = io.StringIO()
    code = play([path], driver, Console(file=out, width=1000, highlight=False))
    return code, out.getvalue()


@pytest.mark.parametrize("driver", ["inprocess", "http"])
@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("", "at the end: nothing more was expected, but there came bot: welcome/home"),
        ("  - user: hi\n", "line 5: nothing more was expected, but there came bot: welcome/home"),
        ("  - bot: welcome/start\n", "line 5: expected welcome/start, but the bot showed welcome/home"),
        (HOME + "  - bot: welcome/home\n", "line 6: expected bot: welcome/home, but what came was nothing"),
        (HOME + "  - tap: Nowhere\n", 'line 6: no button "Nowhere" for 7001; the buttons are: Account security'),
        ("  - bot: {screen: welcome/home, text: Goodbye}\n", "line 5: the message does not say 'Goodbye'"),
        ("  - bot: {screen: welcome/home, buttons: [A]}\n", "line 5: the buttons should be ['A']; they are"),
        ("  - bot: {screen: welcome/home, edited: true}\n", "line 5: edited should be True, and is False"),
        (HOME + "  - sms: {to: '+447400123456'}\n", "line 6: expected sms: anything, but what came was nothing"),
        (HOME + "  - user: '{code}'\n", "line 6: nothing was saved as {code}; saved: nothing"),
        (HOME + "  - wait: soon\n", 'line 6: "soon" is no time'),
        (HOME + "expect: {state: welcome/start}\n", "the conversation should stand at welcome/start"),
        (HOME + "expect: {tickets: [{status: open}]}\n", "tickets should have 1 rows, and has 0"),
        (HOME + "expect: {db: {accounts: [{phone_at: true}]}}\n", "accounts.phone_at should be True, and is None"),
        (HOME + "expect: {audit: [tap:security]}\n", "'tap:security' is not in the audit"),
    ],
)
def test_each_difference_is_named(tmp_path, driver, steps, told):
    """Whatever differs is named at its line, and the exit code is 1."""
    code, text = shown(tmp_path, START + steps, driver)

    assert told in text
    assert 1 == code


def test_a_script_that_holds_exits_with_zero(tmp_path):
    """What goes as written reads as a transcript."""
    code, text = shown(tmp_path, START + HOME)

    assert "user   /start\nbot    What can I do for you" in text
    assert 0 == code


def test_a_change_of_a_table_is_noticed(tmp_path):
    """``unchanged`` compares rows before the first step with those after the last."""
    steps = HOME + "expect: {unchanged: [accounts, conversations]}\n"

    code, text = shown(tmp_path, START + steps)

    assert "conversations has changed" in text
    assert 1 == code


def test_reports_show_no_numbers_addresses_or_codes(tmp_path):
    """A failed script's report masks them; only a transcript of a script that holds shows them."""
    code, text = shown(tmp_path, START + CODE)

    assert "a****@e****.com" in text
    assert "ann@example.com" not in text.replace("signed_in", "")
    assert "******" in text
    assert 1 == code


def test_a_script_that_cannot_be_read_exits_with_two(tmp_path):
    """A bad script is no difference: nothing was played."""
    code, text = shown(tmp_path, "script: s\n")

    assert 's.yaml:1: a script needs "steps"' in text
    assert 2 == code
