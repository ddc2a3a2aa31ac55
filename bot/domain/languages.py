"""Which language a person is spoken to in, and keeping their name from upsetting its direction.

Telegram sends an IETF tag ("pt-br", "zh-hant", "iw"); catalogues are named as gettext names them ("pt_BR",
"zh_hant"). Tags are matched by language *and script* after CLDR's likely subtags have filled in what was left
out: "zh-TW" is traditional Chinese and must not be served the simplified text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.core import get_global

DEFAULT: Final = "en"

FIRST_STRONG_ISOLATE: Final = "\u2068"
POP_DIRECTIONAL_ISOLATE: Final = "\u2069"
# Unicode Standard Annex #9, table of explicit directional formatting characters, and the three marks.
_MARKS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_TAG: Final = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{1,8})*", re.IGNORECASE)

# Tags that CLDR keeps apart or no longer lists, and whose readers read the other: nn is written Norwegian too,
# "no" is what most clients send for nb.
_ALIASES: Final = {"no": "nb", "nn": "nb", "iw": "he", "in": "id", "tl": "fil", "ji": "yi", "mo": "ro", "sh": "sr_latn"}
# Languages read in both of their scripts by the same people.
_BOTH_SCRIPTS: Final = frozenset({"sr"})


@dataclass(frozen=True, slots=True)
class Tag:
    """A language tag with everything filled in: ("zh", "hant", "tw")."""

    language: str
    script: str
    territory: str


def direction(lang: str) -> str:
    """``rtl`` or ``ltr``: how the language is written."""
    return "rtl" if locale(lang).character_order == "right-to-left" else "ltr"


def choose(language_code: str | None, catalogues: Iterable[str], default: str = DEFAULT) -> str:
    """The catalogue for a person, by Telegram's ``language_code``.

    Args:
        language_code: as Telegram sends it; None, "" and nonsense give the default.
        catalogues: names of the catalogues there are, in any case, with "-" or "_".
        default: given when no catalogue is in the person's language and script.
    """
    if not (wanted := tag(language_code)):
        return default
    ranked: list[tuple[int, str]] = []
    for name in catalogues:
        if not (have := tag(name)) or have.language != wanted.language:
            continue
        if have.script != wanted.script and wanted.language not in _BOTH_SCRIPTS:
            continue
        distance = 4 * (have.script != wanted.script) + 2 * (have.territory != wanted.territory)
        distance += bool(re.search(r"[-_](?:[a-z]{2}|\d{3})$", name, re.IGNORECASE))
        ranked.append((distance, name))
    return min(ranked)[1] if ranked else default


@lru_cache(maxsize=256)
def tag(code: str | None) -> Tag | None:
    """Language, script and territory of a tag, filled in from CLDR's likely subtags; None for nonsense."""
    if not code or not _TAG.fullmatch(code):
        return None
    head, *rest = code.lower().replace("-", "_").split("_")
    head, *more = _ALIASES.get(head, head).split("_")
    rest = more + rest
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    territory = next((part for part in rest if len(part) == 2 or (len(part) == 3 and part.isdigit())), "")
    likely: Mapping[str, str] = get_global("likely_subtags")
    for key in (
        "_".join(filter(None, (head, script.title(), territory.upper()))),
        "_".join(filter(None, (head, territory.upper()))),
        "_".join(filter(None, (head, script.title()))),
        head,
    ):
        if full := likely.get(key):
            _, likely_script, likely_territory = full.lower().split("_")[:3]
            return Tag(head, script or likely_script, territory or likely_territory)
    return None


@lru_cache(maxsize=64)
def locale(code: str) -> Locale:
    """The CLDR locale nearest to a catalogue name or language tag; English for what CLDR does not have."""
    full = tag(code)
    if full is None:
        return Locale(DEFAULT)
    for parts in (
        (full.language, full.territory.upper(), full.script.title()),
        (full.language, None, full.script.title()),
        (full.language, full.territory.upper(), None),
        (full.language, None, None),
    ):
        try:
            return Locale(parts[0], parts[1], script=parts[2])
        except UnknownLocaleError:
            continue
    return Locale(DEFAULT)


def isolate(text: str) -> str:
    """A name from outside, set apart so that it cannot turn the direction of the text around it."""
    return f"{FIRST_STRONG_ISOLATE}{strip_marks(text)}{POP_DIRECTIONAL_ISOLATE}"


def strip_marks(text: str) -> str:
    """The text without direction marks: they are for showing only, never for storing or sending."""
    return _MARKS.sub("", text)
