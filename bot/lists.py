"""The lists behind ``Button(each=...)``: one button an entry, and the argument that comes with its tap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from bot import catalogs
from bot.domain import countries, languages, phones
from conversations.facts import Data, Facts

Extra = Mapping[str, Any]
"""What a screen shows beside its data."""
Label = Callable[[str], str]
"""Gives the translated label with an id of ``templates/buttons.toml``."""

PAGE: Final = 8
"""Countries on a page: four rows of two."""
TICKETS: Final = 6
"""Tickets on a page."""
REASONS: Final = ("phone", "code", "signin", "account", "other")
"""What a person may want to talk about."""

_LIKELY: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("GB", "US", "IN", "NG"),
    "fr": ("FR", "CI", "CM", "MA"),
    "de": ("DE", "AT", "CH", "LI"),
    "es": ("ES", "MX", "AR", "CO"),
    "ru": ("RU", "KZ", "BY", "UZ"),
    "ar": ("EG", "SA", "AE", "IQ"),
}
"""Where most of a language's readers who hold an account live; they lead the first page."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One button of a list."""

    label: str
    arg: str


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list is made, and how many of its buttons stand in a row."""

    entries: Callable[[Data, str, Facts, Label, Extra], list[Entry]]
    columns: int


@cache
def regions(lang: str) -> tuple[str, ...]:
    """The served countries in the order of the pages: the likely ones, then by name in the person's language."""
    first = [region for region in _LIKELY.get(lang, _LIKELY[languages.DEFAULT]) if region in countries.served()]
    rest = [match.region for match in countries.browse(lang) if match.served and match.region not in first]
    return (*first, *rest)


def page_count(lang: str) -> int:
    """How many pages the served countries fill."""
    return -(-len(regions(lang)) // PAGE)


def page(data: Data, lang: str) -> int:
    """The page a person looks at, from 1; the first when the data names none that exists."""
    text = str(data.get("page", ""))
    number = int(text) if text.isascii() and text.isdecimal() else 1
    return number if 1 <= number <= page_count(lang) else 1


@cache
def country(region: str, lang: str) -> str:
    """Flag, name and calling code, in an order that right-to-left text leaves alone."""
    name = countries.name(region, lang)
    return " ".join(filter(None, (countries.flag(region), name, ltr(countries.dial_code(region), lang))))


def ltr(text: str, lang: str) -> str:
    """Digits and addresses set apart as left-to-right, which right-to-left text would otherwise turn around."""
    return f"\u2066{text}\u2069" if text and languages.direction(lang) == "rtl" else text


def _countries(data: Data, lang: str, _facts: Facts, _label: Label, _extra: Extra) -> list[Entry]:
    start = (page(data, lang) - 1) * PAGE
    return [Entry(country(region, lang), region) for region in regions(lang)[start : start + PAGE]]


def _pages(data: Data, lang: str, _facts: Facts, _label: Label, _extra: Extra) -> list[Entry]:
    return _leaves(page(data, lang), page_count(lang))


def _leaves(here: int, last: int) -> list[Entry]:
    before = [Entry("\u2039", str(here - 1))] if here > 1 else []
    return before + ([Entry("\u203a", str(here + 1))] if here < last else [])


def _found(data: Data, lang: str, _facts: Facts, _label: Label, _extra: Extra) -> list[Entry]:
    return [Entry(country(region, lang), region) for region in str(data.get("found", "")).split()]


def _candidates(data: Data, lang: str, _facts: Facts, _label: Label, _extra: Extra) -> list[Entry]:
    numbers = str(data.get("candidates", "")).split()
    return [Entry(ltr(phones.pretty(number), lang), str(index)) for index, number in enumerate(numbers)]


def _languages(_data: Data, _lang: str, _facts: Facts, _label: Label, _extra: Extra) -> list[Entry]:
    return [Entry(own_name(name), name) for name in catalogs.languages()]


def _reasons(_data: Data, _lang: str, _facts: Facts, label: Label, _extra: Extra) -> list[Entry]:
    return [Entry(label(f"reason:{reason}"), reason) for reason in REASONS]


def _tickets(_data: Data, _lang: str, _facts: Facts, _label: Label, extra: Extra) -> list[Entry]:
    return [Entry(str(row["number"]), str(row["number"])) for row in extra.get("tickets") or ()]


def _ticket_pages(_data: Data, _lang: str, _facts: Facts, _label: Label, extra: Extra) -> list[Entry]:
    return _leaves(extra.get("page", 1), extra.get("pages", 1))


_OWN_NAMES: Final[Mapping[str, str]] = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "ru": "Русский",
}
"""The catalogs' names; CLDR has them too, at the price of 2 MB a language that nobody may ever speak."""


@cache
def own_name(lang: str) -> str:
    """A language's name in that language, as CLDR has it, with a capital."""
    if lang in _OWN_NAMES:
        return _OWN_NAMES[lang]
    name = languages.locale(lang).get_language_name() or lang
    return name[:1].upper() + name[1:]


LISTS: Final[Mapping[str, Listing]] = {
    "countries": Listing(_countries, 2),
    "pages": Listing(_pages, 2),
    "found": Listing(_found, 2),
    "candidates": Listing(_candidates, 1),
    "languages": Listing(_languages, 2),
    "reasons": Listing(_reasons, 1),
    "tickets": Listing(_tickets, 3),
    "ticket_pages": Listing(_ticket_pages, 2),
}
