from __future__ import annotations

import io

import pytest
from babel import Locale
from PIL import Image

from bot import catalogs, lists, pictures
from bot.domain import countries
from conversations.facts import Facts


def _entries(name: str, lang: str = "en", extra=None, **data: str) -> list[tuple[str, str]]:
    made = lists.LISTS[name].entries(data, lang, Facts(), lambda text: text, extra or {})
    return [(entry.label, entry.arg) for entry in made]


@pytest.mark.parametrize("lang", catalogs.languages())
def test_the_pages_hold_every_served_country_once(lang: str) -> None:
    """Leafing through shows each served country exactly once, and no other."""
    pages = [_entries("countries", lang, page=str(number + 1)) for number in range(lists.page_count(lang))]
    shown = [arg for page in pages for _, arg in page]

    assert countries.served() == set(shown)
    assert len(countries.served()) == len(shown)
    assert all(len(page) == lists.PAGE for page in pages[:-1])


def test_the_first_page_begins_with_the_likely_ones() -> None:
    """Most readers of a language find their country without leafing."""
    assert [arg for _, arg in _entries("countries")][:4] == ["GB", "US", "IN", "NG"]
    assert [arg for _, arg in _entries("countries", "ar")][:4] == ["EG", "SA", "AE", "IQ"]


def test_a_country_shows_flag_name_and_code() -> None:
    """A country is named in the person's language."""
    assert _entries("countries", "de")[1] == ("🇦🇹 Österreich +43", "AT")


@pytest.mark.parametrize("page", ["", "0", "29", "-1", "x", "\u0663", "9" * 40])
def test_a_page_that_does_not_exist_is_the_first(page: str) -> None:
    """An argument nobody shows leads to the first page."""
    assert lists.page({"page": page}, "en") == 1


def test_leafing_stops_at_both_ends() -> None:
    """There is no page before the first or after the last."""
    last = lists.page_count("en")

    assert _entries("pages") == [("\u203a", "2")]
    assert _entries("pages", page="2") == [("\u2039", "1"), ("\u203a", "3")]
    assert [("\u2039", str(last - 1))] == _entries("pages", page=str(last))


def test_tickets_go_by_their_numbers_page_by_page() -> None:
    """The list is what the screen was given, and nothing without it."""
    rows = [{"number": 1002}, {"number": 1001}]

    assert [("1002", "1002"), ("1001", "1001")] == _entries("tickets", extra={"tickets": rows})
    assert [("\u2039", "1"), ("\u203a", "3")] == _entries("ticket_pages", extra={"page": 2, "pages": 3})
    assert [] == _entries("tickets") + _entries("ticket_pages")


def test_candidates_are_shown_as_numbers_are_written() -> None:
    """A tap on a candidate brings its place in the list."""
    assert _entries("candidates", candidates="+447400123456 +351912345678") == [
        ("+44 7400 123456", "0"),
        ("+351 912 345 678", "1"),
    ]


def test_languages_go_by_their_own_names() -> None:
    """Everybody finds their language, whatever is spoken now."""
    assert {"English", "العربية", "Deutsch", "Español", "Français", "Русский"} == {
        label for label, _ in _entries("languages", "fr")
    }


def test_reasons_are_those_of_the_desk() -> None:
    """Each reason asks for its label."""
    assert [(f"reason:{reason}", reason) for reason in lists.REASONS] == _entries("reasons")


def test_the_picture_is_dark_on_white_with_a_wide_margin() -> None:
    """The code can be scanned in dark mode: its margin is white and eight modules wide."""
    uri = pictures.totp_uri("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", account="a****@e****.com", issuer="Acme: Exchange")
    image = Image.open(io.BytesIO(pictures.totp_key(uri))).convert("L")

    assert uri.startswith("otpauth://totp/Acme%20%20Exchange:a%2A%2A%2A%2A@e")
    assert uri.endswith("?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%3A%20Exchange")
    assert image.width == image.height
    assert image.crop((0, 0, image.width, 8 * 8)).getextrema()[0] == 255
    assert image.getextrema()[0] == 0


@pytest.mark.parametrize("lang", catalogs.languages())
def test_every_language_is_called_what_its_speakers_call_it(lang):
    """The names that are kept are those of CLDR."""
    name = Locale(lang).get_language_name()

    assert name[:1].upper() + name[1:] == lists.own_name(lang)
