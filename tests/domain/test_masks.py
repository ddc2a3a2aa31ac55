from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import masks


@pytest.mark.parametrize(
    ("e164", "masked"),
    [
        ("+447400123456", "+44 ****56"),
        ("+15142345678", "+1 ****78"),
        ("+38344201234", "+383 ****34"),
        ("+29051234", "+290 ****"),
        ("+999123456789", "****"),
        ("07400123456", "****"),
        ("+44\u200e7400123456", "****"),
        ("", "****"),
    ],
)
def test_phone_shows_code_and_last_two_digits(e164, masked):
    """A phone shows its calling code and two digits; short and odd values are starred whole."""
    assert masked == masks.phone(e164)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("ann@example.com", "a****@e****.com"),
        ("margaret@mail.example.co.uk", "m****@m****.uk"),
        ("ab@example.com", "****@e****.com"),
        ("ann@ab.co", "a****@****.co"),
        ("f@bar", "****"),
        ("a@b@example.com", "a****@e****.com"),
        ("нина@пример.рф", "н****@п****.рф"),
        ("\u202eann@example.com", "****@e****.com"),
        ("no address", "****"),
        ("", "****"),
    ],
)
def test_email_shows_first_letters_and_top_level_domain(address, masked):
    """An address shows two letters and its ending; short parts are starred whole."""
    assert masked == masks.email(address)


def test_account_shows_its_last_two_characters():
    """An account's number shows two characters unless it is short."""
    assert masks.account("10024871") == "****71"
    assert masks.account("1234") == "****"


@given(st.text(max_size=40))
def test_no_mask_fails_or_shows_more_than_a_little(text):
    """Whatever is masked, nothing is raised and at most the promised characters show."""
    for mask in (masks.phone, masks.account):
        assert "****" in mask(text)
    shown = masks.email(text).replace("****", "").rpartition(".")[0]
    assert len(shown.replace("@", "")) <= 2


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("Ann Meyer", "Ann M."),
        ("Ann", "Ann"),
        ("Ann María de la Cruz", "Ann C."),
        ("آن ماير", "آن م."),
        ("Ann 😀", "Ann"),
        ("x" * 60, "x" * 24),
        ("", ""),
        ("+49 151 12345678", ""),
        ("ann@example.com", ""),
    ],
)
def test_a_name_in_a_list_is_the_first_and_a_letter(full: str, shown: str) -> None:
    """Whoever is called by a number or an address has no name there."""
    assert shown == masks.name(full)
