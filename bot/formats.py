"""How values are written for people: numbers, countries, moments and waits, each in a language.

Every function takes the value as it is stored, and the language; nothing to write gives an empty string. They are the
filters of the templates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from babel.dates import format_date, format_time
from markupsafe import Markup

from bot import catalogs
from bot.clock import SECOND
from bot.domain import countries, languages, masks, phones
from bot.lists import ltr

_MOMENT: Final = "Dt"
"""Long date and short time, in the reader's own time zone (Bot API, date-time entity formatting)."""
_DAY: Final = "D"
_RELATIVE: Final = "r"
"""The time from now (Bot API, date-time entity formatting)."""
_SPOILER: Final = Markup("<tg-spoiler>{}</tg-spoiler>")
_TIME: Final = Markup('<tg-time unix="{}" format="{}">{}</tg-time>')

WAITS: Final[tuple[tuple[int, int, tuple[str, str]], ...]] = (
    (50, 10, ("in about %(num)s second", "in about %(num)s seconds")),
    (90 * 60, 60, ("in about %(num)s minute", "in about %(num)s minutes")),
    (48 * 60 * 60, 60 * 60, ("in about %(num)s hour", "in about %(num)s hours")),
    (2**62, 24 * 60 * 60, ("in about %(num)s day", "in about %(num)s days")),
)
"""Up to how many seconds a wait is said in which unit, rounded up to a multiple of it (tens of seconds for seconds)."""
_HOUR: Final = 60 * 60


_DATES: Final[Mapping[str, str]] = {"en": "d MMMM y", "ru": "d MMMM y"}
"""How a date is written where it is not as CLDR has it.

English is not of one country here, and the Russian abbreviation of "year" would bring a full stop into any sentence.
"""
_CLOCK: Final = "HH:mm"


def phone(value: Any, lang: str) -> str:
    """A number masked: "+44 ****56"."""
    return ltr(masks.phone(str(value)), lang) if value else ""


def number(value: Any, lang: str) -> str:
    """A number in full, as its owner reads it: "+44 7400 123456"."""
    return ltr(phones.pretty(str(value)), lang) if value else ""


def spoiler(value: Any, lang: str) -> Markup:
    """A number in full, covered until it is tapped."""
    return _SPOILER.format(number(value, lang)) if value else Markup()


def address(value: Any, lang: str) -> str:
    """An email address masked."""
    return ltr(masks.email(str(value)), lang) if value else ""


def country(value: Any, lang: str) -> str:
    """A region as "🇬🇧 United Kingdom (+44)"."""
    region = str(value)
    if not region:
        return ""
    code = countries.dial_code(region)
    parts = (countries.flag(region), countries.name(region, lang), ltr(f"({code})", lang) if code else "")
    return " ".join(filter(None, parts))


def isolated(value: Any, _lang: str) -> str:
    """A name from outside, which must not turn the direction of the text around it."""
    return languages.isolate(str(value)) if value else ""


def bare(value: Any, _lang: str) -> str:
    """A name from outside without direction marks, for where nothing stands around it."""
    return languages.strip_marks(str(value)) if value else ""


def latin(value: Any, lang: str) -> str:
    """Something that reads from left to right in any text: a masked number, an address, a key."""
    return ltr(str(value), lang) if value else ""


def groups(value: Any, _lang: str) -> str:
    """A key in groups of four, as people type it."""
    text = str(value)
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def utc(value: Any, lang: str) -> str:
    """A moment (epoch milliseconds) in words, for plain text: "5 January 2026 at 09:00 UTC"."""
    if not value:
        return ""
    moment = datetime.fromtimestamp(int(value) / SECOND, UTC)
    comma = "،" if languages.direction(lang) == "rtl" else ","
    return f"{_date(moment, lang)}{comma} {format_time(moment, _CLOCK, locale=languages.locale(lang))} UTC"


def _date(moment: datetime, lang: str) -> str:
    return format_date(moment, _DATES.get(lang, "long"), locale=languages.locale(lang))


def moment(value: Any, lang: str) -> Markup:
    """A moment (epoch milliseconds) that Telegram shows in the reader's time zone; old apps show it in UTC."""
    return _TIME.format(int(value) // SECOND, _MOMENT, utc(value, lang)) if value else Markup()


def day(value: Any, lang: str) -> Markup:
    """The day of a moment (epoch milliseconds) that Telegram shows in the reader's time zone."""
    if not value:
        return Markup()
    written = _date(datetime.fromtimestamp(int(value) / SECOND, UTC), lang)
    return _TIME.format(int(value) // SECOND, _DAY, written)


def left(value: Any, lang: str) -> Markup:
    """How far off a moment (epoch milliseconds) is, which Telegram counts down; old apps show the moment in UTC."""
    return _TIME.format(int(value) // SECOND, _RELATIVE, utc(value, lang)) if value else Markup()


def soon(value: Any, lang: str) -> str:
    """A wait in seconds, in words and never too short: "in about 2 minutes"."""
    seconds = max(int(value), 1)
    unit, one, many = next(
        (unit, *texts) for most, unit, texts in WAITS if seconds <= most and not (unit < _HOUR == seconds)
    )
    count = -(-seconds // unit) * (unit if unit < 60 else 1)
    return catalogs.translations(lang).ngettext(one, many, count) % {"num": count}


FILTERS: Final[Mapping[str, Callable[[Any, str], str]]] = {
    "phone": phone,
    "number": number,
    "spoiler": spoiler,
    "address": address,
    "country": country,
    "isolated": isolated,
    "bare": bare,
    "latin": latin,
    "groups": groups,
    "utc": utc,
    "moment": moment,
    "day": day,
    "left": left,
    "soon": soon,
}
