"""Countries and territories: what they are called, their dialling codes, and whether an SMS can reach them.

The list is the operator's data (``countries.toml``). Names come from CLDR in the person's language and in
English; the data file adds the territories' own and everyday names. The search index is built at the first
search in a language and is read-only afterwards.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import phonenumbers
from babel.core import get_global
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from bot.domain import languages
from bot.domain.country_search import Index, Score, Tier, fold, keep, script
from bot.domain.numbering import begins_with_own_area, calling_code, own_area
from bot.domain.typed import plain

_DATA: Final = Path(__file__).with_name("countries.toml")
_NANP: Final = 1
_LONGEST_QUERY: Final = 80
_FLAG_A: Final = 0x1F1E6  # regional indicator symbol letter A
_DIAL: Final = re.compile(r"[+\d ().\-/]+")
# Widely read languages by script, tried when the person's own language and English did not have the name.
_READ_IN: Final[dict[str, tuple[str, ...]]] = {
    "LATIN": ("es", "fr", "pt", "de", "it", "tr", "pl", "id", "vi", "nl", "sv"),
    "CYRILLIC": ("ru", "uk"),
    "ARABIC": ("ar", "fa"),
    "CJK": ("zh_hans", "zh_hant", "ja"),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "HEBREW": ("he",),
    "DEVANAGARI": ("hi",),
    "GREEK": ("el",),
    "THAI": ("th",),
    "BENGALI": ("bn",),
}


@dataclass(frozen=True, slots=True)
class Territory:
    """One row of the operator's list.

    Attributes:
        region: ISO 3166-1 alpha-2 code (XK for Kosovo, as in CLDR).
        served: whether an SMS can be sent there.
        why: for one not served, the operator's reason.
        native: names in the territory's own languages.
        also: other names people use for it.
    """

    region: str
    served: bool
    why: str = ""
    native: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A territory as shown in a list."""

    region: str
    name: str
    dial_code: str
    flag: str
    served: bool
    exact: bool = False
    """Whether this name or code, and no other territory's, was typed in full."""

    def as_json(self) -> dict[str, Any]:
        """The match as plain data for a program."""
        return {"region": self.region, "name": self.name, "dial_code": self.dial_code, "served": self.served}


@cache
def territories() -> dict[str, Territory]:
    """All rows of the operator's list by region. Reads the shipped file once.

    Raises:
        ValueError: the file names a region that has no dialling code.
    """
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))["territories"]
    if unknown := data.keys() - phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{_DATA.name}: no dialling code for {', '.join(sorted(unknown))}")
    return {
        region: Territory(
            region=region,
            served=row["served"],
            why=row.get("why", ""),
            native=tuple(row.get("native", ())),
            also=tuple(row.get("also", ())),
        )
        for region, row in data.items()
    }


@cache
def shared_names() -> dict[str, tuple[str, ...]]:
    """Names that mean more than one territory, each with its territories in order."""
    data: dict[str, list[str]] = tomllib.loads(_DATA.read_text(encoding="utf-8"))["shared"]
    return {name: tuple(regions) for name, regions in data.items()}


@cache
def served() -> frozenset[str]:
    """The regions to which an SMS can be sent."""
    return frozenset(row.region for row in territories().values() if row.served)


def name(region: str, lang: str = languages.DEFAULT) -> str:
    """The territory's CLDR name in a language; in English, then the bare code, where CLDR has none."""
    for locale in (languages.locale(lang), languages.locale(languages.DEFAULT)):
        if found := locale.territories.get(region):
            return str(found)
    return region


def flag(region: str) -> str:
    """The flag emoji of a two-letter region; "" for anything else."""
    if len(region) != 2 or not region.isascii() or not region.isalpha():
        return ""
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in region.upper())


def dial_code(region: str) -> str:
    """The calling code with its plus ("+44"; "+1" for all of North America), "" for an unknown region."""
    code = calling_code(region)
    return f"+{code}" if code else ""


def match(region: str, lang: str = languages.DEFAULT) -> Match:
    """A territory as shown in a list.

    Raises:
        KeyError: the operator's list does not have the region.
    """
    row = territories()[region]
    return Match(region, name(region, lang), dial_code(region), flag(region), row.served)


def browse(lang: str = languages.DEFAULT) -> list[Match]:
    """The whole list, by name in the person's language."""
    return sorted((match(region, lang) for region in territories()), key=lambda row: fold(row.name))


def search(query: str, lang: str = languages.DEFAULT) -> list[Match]:
    """Territories for what a person typed, best first; an empty list when nothing comes near.

    Understands names in the person's language, in English and in the territory's own languages, everyday and
    former names, ISO 3166-1 alpha-2 and alpha-3 codes, flag emoji, dialling codes with and without plus or
    exit code, and slips of the pen. When nothing fits well, names in other widely read languages of the same
    script are tried too.

    Args:
        query: what was typed.
        lang: the person's catalogue or language tag; names in the result are in this language.
    """
    query = query[:_LONGEST_QUERY].strip()
    if region := _flagged(query):
        return [match(region, lang)] if region in territories() else []
    if any(char.isdigit() for char in query):
        regions = of_dial(query) if _DIAL.fullmatch(plain(query)) else ()
        return [match(region, lang) for region in regions]
    found = _codes(query)
    own = (_names(lang), _common())
    _merge(found, *(index.find(query) for index in own))
    if not found:
        widely = [_names(other) for other in _READ_IN.get(script(query), ())]
        _merge(found, *(index.find(query) for index in widely))
        if not found:
            _merge(found, *(index.near(query) for index in (*own, *widely)))
    ordered = sorted(found, key=lambda region: (found[region], fold(name(region, lang))))
    matches = [match(region, lang) for region in ordered]
    if sum(score.tier <= Tier.FOLDED for score in found.values()) == 1:
        matches[0] = replace(matches[0], exact=True)
    return matches


def of_dial(code: str | int) -> tuple[str, ...]:
    """The territories behind dialled digits, main region first: "44", "+1246", "0044", "+7701", "38".

    Digits beyond the calling code narrow the choice where the plan tells regions apart by them; digits that are
    only the beginning of calling codes give all territories under those.
    """
    digits = _dialled(str(code))
    if not digits or digits.startswith("0"):
        return ()
    for length in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length])) if len(digits) >= length else None
        if regions:
            return _narrow(digits[length:], _main_first(int(digits[:length])))
    codes = sorted(code for code in COUNTRY_CODE_TO_REGION_CODE if str(code).startswith(digits))
    return tuple(region for code in codes for region in _main_first(code))


def _codes(query: str) -> dict[str, Score]:
    """ISO codes typed exactly; "CÔ" is not one."""
    code = query.upper()
    region = _alpha3().get(code, code)
    return {region: Score(Tier.EXACT)} if region in territories() else {}


@cache
def _alpha3() -> dict[str, str]:
    """ISO 3166-1 alpha-3 to alpha-2, from CLDR's table of territory aliases."""
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    return {old: new[0] for old, new in aliases.items() if len(old) == 3 and old.isalpha()}


def _flagged(query: str) -> str:
    """The region of a flag emoji; the flags of England, Scotland and Wales are tag sequences of a black flag."""
    if query.startswith("\U0001f3f4\U000e0067\U000e0062"):
        return "GB"
    letters = [ord(char) - _FLAG_A for char in query if char != "\ufe0f"]
    if len(letters) == 2 and all(0 <= letter < 26 for letter in letters):
        return "".join(chr(ord("A") + letter) for letter in letters)
    return ""


def _merge(found: dict[str, Score], *more: dict[str, Score]) -> None:
    for scores in more:
        for region, score in scores.items():
            keep(found, region, score)


@lru_cache(maxsize=32)
def _names(lang: str) -> Index:
    """CLDR names in one language."""
    names = languages.locale(lang).territories
    return Index((names[region], region, 0) for region in territories() if region in names)


@cache
def _common() -> Index:
    """English, native, everyday and shared names."""

    def rows() -> Iterable[tuple[str, str, int]]:
        for row in territories().values():
            yield from ((each, row.region, 0) for each in (name(row.region), *row.native, *row.also))
        for shared, regions in shared_names().items():
            yield from ((shared, region, place) for place, region in enumerate(regions))

    return Index(rows())


@cache
def _main_first(code: int) -> tuple[str, ...]:
    """The listed territories of a calling code: its main region, for +1 Canada too, then by English name."""
    regions = [region for region in COUNTRY_CODE_TO_REGION_CODE.get(code, ()) if region in territories()]
    first = {region: rank for rank, region in enumerate([*regions[:1], "CA"] if code == _NANP else regions[:1])}
    return tuple(sorted(regions, key=lambda region: (first.get(region, len(first)), fold(name(region)))))


def _narrow(rest: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    """The regions whose leading digits (in phonenumbers' plan data) begin the national number."""
    if not rest:
        return regions
    told = tuple(region for region in regions if begins_with_own_area(rest, region))
    return told or tuple(region for region in regions if not own_area(region)) or regions


def _dialled(text: str) -> str:
    digits = "".join(char for char in plain(text) if char.isdigit())
    if "+" not in text:
        for exit_code in ("011", "00"):
            if digits.startswith(exit_code):
                return digits.removeprefix(exit_code)
    return digits
