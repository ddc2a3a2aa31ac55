"""Addresses have one spelling; passwords are judged as NIST SP 800-63B-4 asks."""

from __future__ import annotations

import threading

import pytest

from bot.domain import emails, passwords


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ann@Example.COM", "ann@example.com"),
        ("  ann+desk@example.co.uk\n", "ann+desk@example.co.uk"),
        ("jürgen@bücher.de", "jürgen@bücher.de"),
        ("ju\u0308rgen@example.de", "jürgen@example.de"),
        ("x@" + "a" * 63 + ".com", "x@" + "a" * 63 + ".com"),
    ],
)
def test_an_address_has_one_spelling(typed, stored):
    """Case, blanks and composed letters make no second account."""
    assert stored == emails.canonical(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "ann", "ann@", "@example.com", "ann@example", "ann@.com", "ann@exa mple.com", "a@b@c.de", "ann@example..com",
     "ann@example.com, bob@example.com", "ann@example.com\r\nBcc: x@y.de", "ann\x00@example.com",
     "ann\u202e@example.com",
     "a" * 65 + "@example.com", "a@" + "b" * 260 + ".de", "<ann@example.com>", '"a b"@example.com'],
)  # fmt: skip
def test_what_cannot_be_an_address_is_none(typed):
    """Nothing that could end up in a header or address two people passes."""
    assert emails.canonical(typed) is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "short"),
        ("x" * 1001, "long"),
        ("ann.meyer@example.com", "email"),
        ("ann.meyer12", "email"),
        ("aaaaaaaaaaaa", "repeated"),
        ("abcabcabcabc", "repeated"),
        ("1234567890", "repeated"),
        ("password123!", "common"),
        ("PASSWORD2026", "common"),
        ("correct horse battery", ""),
        ("пароль не из списка", ""),
        ("🔑🐎🔋🧷🔑🐎🔋🧷🎈🎈", ""),
        ("    spaces    count    ", ""),
    ],
)
def test_weakness_is_a_word(password, why):
    """Length, the first guesses, the address and repetition; no rules of composition."""
    assert why == passwords.weakness(password, "ann.meyer@example.com")


async def test_a_password_is_the_same_from_every_keyboard_and_hashed_off_the_loop():
    """Composed and decomposed letters are one password; the hash is argon2id and made on another thread."""
    hashed = await passwords.hashed("schlu\u0308ssel und schloss")

    assert hashed.startswith("$argon2id$")
    assert await passwords.matches("schlüssel und schloss", hashed)
    assert not await passwords.matches("schlussel und schloss", hashed)
    assert any(thread.name.startswith("argon2") for thread in threading.enumerate())


async def test_an_unknown_account_costs_a_hash_too():
    """Without a hash a password is still checked, against nothing."""
    assert not await passwords.matches("correct horse battery", None)
