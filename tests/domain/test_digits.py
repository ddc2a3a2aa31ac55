# ruff: noqa: RUF001 - characters that look like others are what is tested here
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import digits

CASES = {
    case["id"]: case
    for line in (Path(__file__).parents[1] / "cases" / "codes.jsonl").read_text(encoding="utf-8").splitlines()
    if (case := json.loads(line))["input"]["kind"] in {"totp", "sent_code", "secret"}
}


@pytest.mark.parametrize("case_id", ["B-001", "B-003", "B-006", "B-008", "B-010", "B-011"])
def test_reported_code_is_read(case_id):
    """A right code from a public bug report is read as six ASCII digits, however it was typed."""
    read = digits.code(CASES[case_id]["input"]["text"])
    assert read.code in {"081804", "123456", "204816"}


@pytest.mark.parametrize("case_id", ["B-005", "B-013"])
def test_reported_non_code_is_named(case_id):
    """What is no code in a public bug report is refused for the reason its reporter asked for."""
    assert digits.Code(None, CASES[case_id]["expect"]["reason"]) == digits.code(CASES[case_id]["input"]["text"])


@pytest.mark.parametrize(
    "text",
    [
        "123456",
        " 123456 ",
        "123456\n",
        "123 456",
        "123-456",
        "123\u2009456",
        "12 34 56",
        "1 2 3 4 5 6",
        "123\u2011456",
        "ABC-123456",
        "G-123456",
        "my code is 123456",
        "my code is 123 456!",
        "Your code is 123456. It expires in 10 minutes.",
        "<#> 123456 is your code",
        "code:123456",
        "(123456)",
        "123456.",
        "验证码123456，10分钟内有效",
        "١٢٣٤٥٦",
        "۱۲۳۴۵۶",
        "१२३४५६",
        "１２３４５６",
        "𝟏𝟐𝟑𝟒𝟓𝟔",
        "1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣",
        "\u200f123456\u200f",
        "\u202a123\u202c456",
        "123456 123456",
    ],
)
def test_code_is_read_however_it_is_typed(text):
    """Grouping, prefixes, sentences, scripts and invisible marks do not hide a code."""
    assert digits.Code("123456") == digits.code(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\u200f", "empty"),
        ("12345", "length"),
        ("0123456", "length"),
        ("1234567", "length"),
        ("my code is 12345", "length"),
        ("¹²³⁴⁵⁶", "not_a_code"),
        ("①②③④⑤⑥", "not_a_code"),
        ("12345⁶", "not_a_code"),
        ("12_3456", "not_a_code"),
        ("+123456", "not_a_code"),
        ("-123456", "not_a_code"),
        ("123456.0", "not_a_code"),
        ("123,456", "not_a_code"),
        ("1e5", "not_a_code"),
        ("0x1E240", "not_a_code"),
        ("123456a", "not_a_code"),
        ("123456\0", "not_a_code"),
        ("12:34:56", "not_a_code"),
        ("resend", "not_a_code"),
        ("\ud800", "not_a_code"),
        ("x" * 10_000, "not_a_code"),
        ("1" * 10_000, "length"),
        ("123456 654321", "two_codes"),
        ("123456 or 654321?", "two_codes"),
    ],
)
def test_what_is_no_code_says_why(text, reason):
    """Everything that only looks like a code is refused by name, and a slip of length is told from a guess."""
    assert digits.Code(None, reason) == digits.code(text)


@given(st.text(max_size=40) | st.text(alphabet="0123456789 -_.+e²١\u200f\0", max_size=14))
def test_any_text_gives_six_ascii_digits_or_a_reason(text):
    """Whatever is typed, the outcome is six ASCII digits or a reason, never both and never an exception."""
    read = digits.code(text)
    assert (read.code is None) == (read.reason != "")
    assert read.code is None or (len(read.code) == 6 and read.code.isascii() and read.code.isdecimal())


def test_longer_codes_are_read_when_the_operator_sends_them():
    """A code of eight digits is read whole or in halves."""
    assert digits.code("1234 5678", length=8) == digits.Code("12345678")
    assert digits.code("your code: 1234-5678", length=8) == digits.Code("12345678")


KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        CASES["B-033"]["input"]["text"],
        KEY.lower(),
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
        f" {KEY}\n",
        f"{KEY}====",
        f"\u200e{KEY}",
        f"otpauth://totp/Desk:ann?issuer=Desk&secret={KEY}&digits=6",
    ],
)
def test_authenticator_key_is_read_however_it_is_written(text):
    """Hyphens, spaces, small letters, padding and a whole otpauth link lead to one key."""
    assert digits.Key(KEY) == digits.totp_key(text)


def test_bad_character_of_a_key_is_named_with_its_place():
    """A digit that base32 does not have is pointed out, separators not counted."""
    assert digits.Key(None, "bad_key_character", "0", 32) == digits.totp_key(CASES["B-035"]["input"]["text"])
    assert digits.Key(None, "bad_key_character", "1", 6) == digits.totp_key("GEZD-G1BV")


def test_short_key_is_told_apart_from_a_broken_one():
    """A key of 80 bits is handed over with a warning; one that ends in the middle of a group is not."""
    assert digits.Key("JBSWY3DPEHPK3PXP", "short_key") == digits.totp_key(CASES["B-036"]["input"]["text"])
    assert digits.Key(None, "length") == digits.totp_key("JBSWY3DPEHPK3PX")
    assert digits.Key(None, "length") == digits.totp_key(KEY + "A")
    assert digits.Key(None, "length") == digits.totp_key("A" * 1_000)
    assert digits.Key(None, "empty") == digits.totp_key(" - ")


@given(st.text(max_size=60))
def test_any_text_gives_a_key_or_a_reason(text):
    """Whatever is typed as a key, nothing is raised."""
    read = digits.totp_key(text)
    assert read.key is not None or read.reason
