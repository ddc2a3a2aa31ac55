"""When the desk is open: written by an operator, asked by clocks.

Open means that the clock on the desk's wall shows a time within a span of its weekday and a date that is not closed.
So a span over midnight is two spans, a closed date is closed from midnight to midnight, an hour that spring skips is
no open hour, and one that autumn repeats is two. Time between is counted stretch by stretch of an unchanging offset,
a day at most at once.

The rules of time zones are the machine's, through ``zoneinfo``; without any, only UTC can be written.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from itertools import groupby
from typing import Final

from bot.clock import DAY, HOUR, MINUTE

Spans = tuple[tuple[int, int], ...]
"""Pairs of a beginning and an end in minutes since local midnight, apart and in order; the end is not open."""

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""The days as they are written; ``Hours.week`` has their order."""
EXAMPLE: Final = "Mon-Fri 09:00-18:00, Sat 10:00-14:00 Europe/Berlin; closed 2026-12-25, 2026-12-31..2027-01-01"
"""Opening hours that use all there is to write, for errors and help."""
LONGEST: Final = 400
"""The most days in a row that may pass without an open one, counted from a closed date."""

_MIDNIGHT: Final = 24 * 60
_WHOLE_WEEK: Final[tuple[Spans, ...]] = (((0, _MIDNIGHT),),) * 7
_WEEK: Final = 7 * DAY
_NINE: Final = 9 * 60
_BREAK: Final = 4 * HOUR
"""A shorter time between two open stretches is a break, and no end of a day's work."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = _EPOCH.toordinal()
_EVER: Final = 2**63 - 1
_DATED: Final = (
    (datetime(1, 1, 3, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1),
    (datetime(9999, 12, 29, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1),
)
"""The moments that ``datetime`` can hold in every zone; beyond them the offset stays as it is there."""

_DASH: Final = re.compile(r"\s*[-\u2012-\u2015]\s*")
_RANGE: Final = re.compile(r"\s*(?:\.\.|\u2026)\s*")
_DAY: Final = re.compile("({0})(?:-({0}))?".format("|".join(DAYS)), re.IGNORECASE)
_SPAN: Final = re.compile(r"([0-9]{1,2}):([0-5][0-9])-([0-9]{1,2}):([0-5][0-9])")
_ZONE: Final = re.compile(r"[A-Z][A-Z0-9_+/-]*", re.IGNORECASE)
_CLOSED: Final = re.compile(r"\s*closed\b(.*)", re.IGNORECASE | re.DOTALL)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours, as :func:`parse` makes them: two that mean the same are equal.

    Attributes:
        week: the open spans of Monday to Sunday.
        zone: IANA name of the desk's time zone.
        closed: pairs of a first and a last closed day, in days since 1970-01-01, apart and in order.
    """

    week: tuple[Spans, ...]
    zone: str = "UTC"
    closed: tuple[tuple[int, int], ...] = ()


def parse(text: str) -> Hours:
    """Read opening hours such as :data:`EXAMPLE`, or ``always``; capitals do not matter.

    Days stand alone, in ranges (``Sat-Mon`` too) and in lists, each followed by its spans. A span may pass midnight
    (``22:00-06:00``) or end at ``24:00``. The zone is UTC if left out; so may be the closed dates.

    Raises:
        ValueError: a sentence that names what is wrong and shows how to write it. Spans of a day that overlap are
            wrong, for one of them is a mistake; so are hours that never open within :data:`LONGEST` days.
    """
    body, semicolon, rest = _DASH.sub("-", text).partition(";")
    words = body.replace(",", " ").split()
    zone = "UTC"
    if words and words[-1].lower() != "always" and not _DAY.fullmatch(words[-1]) and _ZONE.fullmatch(words[-1]):
        zone = _zone_name(words.pop())
    week = _WHOLE_WEEK if [word.lower() for word in words] == ["always"] else _week(words)
    hours = Hours(week, zone, _closed(rest) if semicolon else ())
    for first, _ in hours.closed:
        if not any(_spans(hours, day) for day in range(first, first + LONGEST)):
            raise _wrong(f"the hours never open within {LONGEST} days from {_iso(first)}")
    return hours


def words(hours: Hours) -> str:
    """The hours as an operator reads them; :func:`parse` reads them back to an equal value."""
    week = _evenings(hours.week)
    kinds = dict.fromkeys(spans for spans in week if spans)
    text = ", ".join(
        f"{_day_names([day for day in range(7) if week[day] == spans])} {' '.join(map(_span_words, spans))}"
        for spans in kinds
    )
    if hours.week == _WHOLE_WEEK:
        text = "always"
    if hours.zone != "UTC" or hours.closed or text != "always":
        text += f" {hours.zone}"
    if hours.closed:
        dates = (_iso(first) + (f"..{_iso(last)}" if first < last else "") for first, last in hours.closed)
        text += f"; closed {', '.join(dates)}"
    return text


def is_open(hours: Hours, at: int) -> bool:
    """Whether the desk is open at a moment, epoch milliseconds; the end of a span is not open.

    Raises:
        ValueError: the machine does not know the hours' time zone; so in all that follows.
    """
    day, time = divmod(at + _offset(_zone(hours.zone), at), DAY)
    return any(first * MINUTE <= time < last * MINUTE for first, last in _spans(hours, day))


def opens(hours: Hours, at: int) -> int:
    """The first open moment that is not before ``at``: ``at`` itself while open. Epoch milliseconds."""
    return next(_open(hours, at))[0]


def elapsed(hours: Hours, start: int, end: int) -> int:
    """The open milliseconds between two moments, epoch milliseconds; none when the end is not after the start."""
    return sum(closes - begins for begins, closes in _open(hours, start, end))


def after(hours: Hours, start: int, ms: int) -> int:
    """The earliest moment at which ``ms`` open milliseconds have passed since ``start``, epoch milliseconds.

    Time that runs out as the desk closes has run out then, not when it opens again.

    Raises:
        ValueError: ``ms`` is negative.
    """
    if ms < 0:
        raise ValueError("time never runs backwards")
    moment, left = start, ms
    stretches = _open(hours, start)
    while left:
        begins, closes = next(stretches)
        moment = min(closes, begins + left)
        left -= moment - begins
    return moment


def shift_ends(hours: Hours, at: int) -> int:
    """The first moment after ``at`` at which a day's work ends: nobody is there for the next four hours at least.

    Where the work has gone on for a day and a night, it is nine in the morning.
    """
    stretches = _whole(hours, at - DAY)
    begins, end = next(stretches)
    while (morning := _morning(hours, begins, at)) >= end:
        following = next(stretches)
        if following[0] - end < _BREAK:
            end = following[1]
        elif end > at:
            return end
        else:
            begins, end = following
    return morning


def at_local(hours: Hours, at: int, days: int, minutes: int) -> int:
    """The moment at which the desk's wall shows so many minutes after midnight, so many days after that of ``at``."""
    zone = _zone(hours.zone)
    day = (at + _offset(zone, at)) // DAY + days
    wall = day * DAY + minutes * MINUTE
    return wall - _offset(zone, wall - _offset(zone, wall))


def _morning(hours: Hours, begins: int, after: int) -> int:
    """The first nine o'clock after ``after`` that is a day and a night from ``begins`` at least."""
    start = max(after, begins + DAY - 1)
    return next(found for days in range(3) if (found := at_local(hours, start, days, _NINE)) > start)


def _whole(hours: Hours, start: int) -> Iterator[tuple[int, int]]:
    """The open stretches from ``start`` on, those that touch in one, cut after a week."""
    begins, end = start, start
    for stretch in _open(hours, start):
        if stretch[0] > end or end - begins >= _WEEK:
            if end > begins:
                yield begins, end
            begins = stretch[0]
        end = stretch[1]


def _open(hours: Hours, start: int, end: int = _EVER) -> Iterator[tuple[int, int]]:
    """The open stretches between two moments, in order; two may touch."""
    for begin, finish, offset in _stretches(_zone(hours.zone), start, end):
        for day in range((begin + offset) // DAY, (finish - 1 + offset) // DAY + 1):
            midnight = day * DAY - offset
            for first, last in _spans(hours, day):
                begins, closes = max(begin, midnight + first * MINUTE), min(finish, midnight + last * MINUTE)
                if begins < closes:
                    yield begins, closes


def _stretches(zone: tzinfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Beginning, end and offset of the stretches between two moments within which the offset does not change."""
    begin, offset = start, _offset(zone, start)
    while begin < end:
        finish = min(begin + DAY, end)
        following = _offset(zone, finish)
        if following != offset:
            finish = _change(zone, begin, finish)
            following = _offset(zone, finish)
        yield begin, finish, offset
        begin, offset = finish, following


def _change(zone: tzinfo, low: int, high: int) -> int:
    """The moment at which the offset of ``low`` ends, when that of ``high`` is another."""
    offset = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
    return high


def _offset(zone: tzinfo, at: int) -> int:
    """What local clocks are ahead of UTC at a moment, in milliseconds."""
    moment = _EPOCH + timedelta(milliseconds=min(max(at, _DATED[0]), _DATED[1]))
    return (moment.astimezone(zone).utcoffset() or timedelta()) // timedelta(milliseconds=1)


def _spans(hours: Hours, day: int) -> Spans:
    """The open spans of a local day, given in days since 1970-01-01, which was a Thursday."""
    if any(first <= day <= last for first, last in hours.closed):
        return ()
    return hours.week[(day + 3) % 7]


def _wrong(what: str) -> ValueError:
    return ValueError(f"{what}; write opening hours like: {EXAMPLE}")


def _week(words: list[str]) -> tuple[Spans, ...]:
    """The week of ``Mon-Fri 09:00-18:00 Sat 10:00-14:00``, already split."""
    week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    days: list[int] = []
    timed = True
    for word in words:
        if named := _DAY.fullmatch(word):
            first, last = (DAYS.index((name or named[1]).capitalize()) for name in named.groups())
            days = ([] if timed else days) + [(first + step) % 7 for step in range((last - first) % 7 + 1)]
            timed = False
        elif _SPAN.fullmatch(word):
            if not days:
                raise _wrong(f'"{word}" has no day before it')
            start, end = _span(word)
            for day in dict.fromkeys(days):
                if start < end:
                    week[day].append((start, end))
                else:
                    week[day].append((start, _MIDNIGHT))
                    week[(day + 1) % 7].append((0, end))
            timed = True
        else:
            raise _wrong(f'"{word}" is neither a day nor a span of time')
    if not timed:
        raise _wrong(f'"{words[-1]}" has no span of time after it')
    if not words:
        raise _wrong("no opening hours are given")
    return tuple(_joined(name, spans) for name, spans in zip(DAYS, week, strict=True))


def _span(word: str) -> tuple[int, int]:
    """Both ends of ``09:00-18:00`` in minutes."""
    start_hour, start_minute, end_hour, end_minute = map(int, re.split("[:-]", word))
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    if start >= _MIDNIGHT or end > _MIDNIGHT:
        raise _wrong(f'"{word}" is no span of time: days have the hours 00:00 to 24:00')
    if start == end:
        raise _wrong(f'"{word}" is empty: a whole day is 00:00-24:00')
    return start, end


def _joined(name: str, spans: list[tuple[int, int]]) -> Spans:
    """A day's spans in order; those that touch become one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start < joined[-1][1]:
            raise _wrong(f"two spans of {name} overlap at {_time(start)}")
        if joined and start == joined[-1][1]:
            start = joined.pop()[0]  # noqa: PLW2901 - the span begins where the one before it did
        joined.append((start, end))
    return tuple(joined)


def _closed(rest: str) -> tuple[tuple[int, int], ...]:
    """The closed days of ``closed 2026-12-25, 2026-12-31..2027-01-01``; those that touch become one."""
    found = _CLOSED.fullmatch(rest)
    dates = _RANGE.sub("..", found[1]).replace(",", " ").split() if found else []
    if not dates:
        raise _wrong('after ";" stands the word closed with at least one date')
    joined: list[tuple[int, int]] = []
    for first, last in sorted(map(_dates, dates)):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


def _dates(word: str) -> tuple[int, int]:
    """First and last day of a date or of two with ``..`` between."""
    first, _, last = word.partition("..")
    days = _date(first), _date(last or first)
    if days[1] < days[0]:
        raise _wrong(f'"{word}" ends before it begins')
    return days


def _date(word: str) -> int:
    try:
        if _DATE.fullmatch(word):
            return date.fromisoformat(word).toordinal() - _EPOCH_DAY
    except ValueError:
        pass
    raise _wrong(f'"{word}" is no date')


@cache
def _zones() -> dict[str, str]:
    """The names of the machine's time zones by how they read in small letters."""
    return {name.lower(): name for name in zoneinfo.available_timezones()}


def _zone_name(word: str) -> str:
    if word.lower() == "utc":
        return "UTC"
    if not _zones():
        raise ValueError(f'the zone "{word}" cannot be read because this machine has no time zones: install tzdata')
    if word.lower() not in _zones():
        raise _wrong(f'"{word}" is no time zone')
    return _zones()[word.lower()]


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except zoneinfo.ZoneInfoNotFoundError:
        raise ValueError(f'this machine does not know the time zone "{name}": install tzdata') from None


def _iso(day: int) -> str:
    return date.fromordinal(day + _EPOCH_DAY).isoformat()


def _evenings(week: tuple[Spans, ...]) -> list[Spans]:
    """The week with spans over midnight whole again: they end the next day, before the time they began at."""
    whole = [list(spans) for spans in week]
    for day, spans in enumerate(week):
        following = week[(day + 1) % 7]
        if spans and following and spans[-1][1] == _MIDNIGHT and following[0][0] == 0 < spans[-1][0] > following[0][1]:
            whole[day][-1] = (spans[-1][0], following[0][1])
            whole[(day + 1) % 7].remove(following[0])
    return [tuple(spans) for spans in whole]


def _day_names(days: list[int]) -> str:
    """``Mon-Wed,Fri`` of 0, 1, 2 and 4."""
    runs = [[day for _, day in run] for _, run in groupby(enumerate(days), lambda pair: pair[1] - pair[0])]
    return ",".join(DAYS[run[0]] + (f"-{DAYS[run[-1]]}" if len(run) > 1 else "") for run in runs)


def _span_words(span: tuple[int, int]) -> str:
    return f"{_time(span[0])}-{_time(span[1])}"


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
