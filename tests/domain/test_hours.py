from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.clock import DAY, HOUR, MINUTE, iso, parse_iso
from bot.domain import hours as opening

QUARTER = 15 * MINUTE
WEEK = "Mon-Fri 09:00-18:00, Sat 10:00-14:00 Europe/Berlin; closed 2026-12-25, 2026-12-31..2027-01-01"
# Berlin and New York change by an hour at night, Cairo at midnight, Lord Howe by half an hour; Kolkata never does.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata")
CHANGES = (
    "2026-03-08",
    "2026-03-29",
    "2026-04-04",
    "2026-04-23",
    "2026-10-03",
    "2026-10-25",
    "2026-10-29",
    "2026-11-01",
)


def time(quarters: int) -> str:
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


@st.composite
def any_hours(draw):
    """Opening hours with up to two spans a day, each at quarters of an hour, and some closed dates near the changes."""
    groups = []
    for name in opening.DAYS:
        ends = sorted(draw(st.sets(st.integers(0, 96), max_size=4)))
        spans = [f"{time(start)}-{time(end)}" for start, end in zip(ends[::2], ends[1::2], strict=False)]
        groups += [f"{name} {' '.join(spans)}"] if spans else []
    assume(groups)
    closed = draw(st.lists(st.sampled_from((*CHANGES, "2026-03-28..2026-04-02", "2026-10-26")), max_size=3))
    text = f"{', '.join(groups)} {draw(st.sampled_from(ZONES))}"
    return opening.parse(f"{text}; closed {', '.join(closed)}" if closed else text)


@st.composite
def any_moment(draw):
    """Mostly days around a change of the clocks, to the millisecond."""
    day = parse_iso(draw(st.sampled_from(CHANGES)))
    return day + draw(
        st.one_of(st.integers(-2 * DAY, 3 * DAY), st.integers(-2 * 96, 3 * 96).map(lambda n: n * QUARTER))
    )


def on_the_wall(hours, at: int) -> bool:
    """Whether the desk is open, read off a calendar and a clock in the desk's zone."""
    local = datetime.fromtimestamp(at // 1_000, UTC).astimezone(zoneinfo.ZoneInfo(hours.zone))
    day = local.toordinal() - date(1970, 1, 1).toordinal()
    minute = local.hour * 60 + local.minute
    shut = any(first <= day <= last for first, last in hours.closed)
    return not shut and any(start <= minute < end for start, end in hours.week[local.weekday()])


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("always", "always"),
        ("ALWAYS utc", "always"),
        ("Mon-Sun 00:00-24:00", "always"),
        ("Mon-Sun 06:00-06:15, Mon-Sun 06:15-06:00", "always"),
        ("always europe/berlin", "always Europe/Berlin"),
        ("always; closed 2026-12-25", "always UTC; closed 2026-12-25"),
        (WEEK, WEEK),
        (WEEK.upper(), WEEK),
        (WEEK.replace("-F", " \u2013 F").replace("-18", " - 18").replace("..", " \u2026 "), WEEK),
        ("Mon,Wed 9:00-12:00", "Mon,Wed 09:00-12:00 UTC"),
        ("mon, tue, fri 09:00-12:00", "Mon-Tue,Fri 09:00-12:00 UTC"),
        ("Sat-Mon 10:00-14:00", "Mon,Sat-Sun 10:00-14:00 UTC"),
        ("Mon-Mon 10:00-14:00", "Mon 10:00-14:00 UTC"),
        ("Mon,Mon 10:00-14:00", "Mon 10:00-14:00 UTC"),
        ("Mon 13:00-18:00, Mon 09:00-12:00", "Mon 09:00-12:00 13:00-18:00 UTC"),
        ("Mon 09:00-12:00, 13:00-18:00, Tue 1:00-2:00", "Mon 09:00-12:00 13:00-18:00, Tue 01:00-02:00 UTC"),
        ("Mon 09:00-12:00 12:00-18:00", "Mon 09:00-18:00 UTC"),
        ("Mon-Sun 22:00-06:00", "Mon-Sun 22:00-06:00 UTC"),
        ("Fri 22:00-24:00, Sat 00:00-06:00", "Fri 22:00-06:00 UTC"),
        ("Sun 22:00-00:00", "Sun 22:00-24:00 UTC"),
        ("Sun 22:00-06:00", "Sun 22:00-06:00 UTC"),
        ("Mon 10:00-24:00, Tue 00:00-10:00", "Mon 10:00-24:00, Tue 00:00-10:00 UTC"),
        ("Mon 10:00-24:00, Tue 00:00-24:00", "Mon 10:00-24:00, Tue 00:00-24:00 UTC"),
        ("Mon 09:00-18:00 America/Port-au-Prince", "Mon 09:00-18:00 America/Port-au-Prince"),
        ("Mon 09:00-18:00 Etc/GMT+5", "Mon 09:00-18:00 Etc/GMT+5"),
        (
            "Mon 09:00-18:00; CLOSED 2026-05-03 2026-05-01..2026-05-02 2026-05-02",
            "Mon 09:00-18:00 UTC; closed 2026-05-01..2026-05-03",
        ),
        (
            "Mon 09:00-18:00; closed 2026-05-01..2026-05-09, 2026-05-03, 2026-05-11",
            "Mon 09:00-18:00 UTC; closed 2026-05-01..2026-05-09, 2026-05-11",
        ),
    ],
)
def test_hours_are_read_and_written_one_way(text, canonical):
    """However hours are typed, they have one value and one way to be shown."""
    assert canonical == opening.words(opening.parse(text))
    assert opening.parse(text) == opening.parse(canonical)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "no opening hours are given"),
        ("; closed 2026-12-25", "no opening hours are given"),
        ("Europe/Berlin", "no opening hours are given"),
        ("09:00-18:00", '"09:00-18:00" has no day before it'),
        ("Mon-Fri", '"Mon-Fri" has no span of time after it'),
        ("Mon 09:00-18:00, Sat", '"Sat" has no span of time after it'),
        ("Montag 09:00-18:00", '"Montag" is neither a day nor a span of time'),
        ("Mon 9-18", '"9-18" is neither a day nor a span of time'),
        ("24/7", '"24/7" is neither a day nor a span of time'),
        ("always Mon 09:00-18:00", '"always" is neither a day nor a span of time'),
        ("Mon 09:00-18:60", '"09:00-18:60" is neither a day nor a span of time'),
        ("Mon \u0660\u0669:00-18:00", '"\u0660\u0669:00-18:00" is neither a day nor a span of time'),
        ("Mon 09:00-24:01", '"09:00-24:01" is no span of time: days have the hours 00:00 to 24:00'),
        ("Mon 24:00-06:00", '"24:00-06:00" is no span of time: days have the hours 00:00 to 24:00'),
        ("Mon 09:00-09:00", '"09:00-09:00" is empty: a whole day is 00:00-24:00'),
        ("Mon-Fri 09:00-18:00, Fri 10:00-14:00", "two spans of Fri overlap at 10:00"),
        ("Mon 22:00-06:00, Tue 05:00-07:00", "two spans of Tue overlap at 05:00"),
        ("Mon 09:00-18:00 Europe/Berlim", '"Europe/Berlim" is no time zone'),
        ("Mon 09:00-18:00 ../etc", '"../etc" is neither a day nor a span of time'),
        ("Mon 09:00-18:00;", 'after ";" stands the word closed with at least one date'),
        ("Mon 09:00-18:00; closed", 'after ";" stands the word closed with at least one date'),
        ("Mon 09:00-18:00; 2026-12-25", 'after ";" stands the word closed with at least one date'),
        ("Mon 09:00-18:00; closed 25.12.2026", '"25.12.2026" is no date'),
        ("Mon 09:00-18:00; closed 2026-02-29", '"2026-02-29" is no date'),
        ("Mon 09:00-18:00; closed ..2026-02-28", '"" is no date'),
        ("Mon 09:00-18:00; closed 20261225", '"20261225" is no date'),
        ("Mon 09:00-18:00; closed 2026-12-25..2026-12-24", '"2026-12-25..2026-12-24" ends before it begins'),
        ("always; closed 2026-01-01..2027-02-04", "the hours never open within 400 days from 2026-01-01"),
        ("Mon 09:00-18:00; closed 2026-01-05..2027-02-08", "the hours never open within 400 days from 2026-01-05"),
    ],
)
def test_what_is_wrong_is_named(text, wrong):
    """An operator reads what is wrong and how hours are written."""
    with pytest.raises(ValueError, match=r"; write opening hours like: ") as raised:
        opening.parse(text)

    assert f"{wrong}; write opening hours like: {opening.EXAMPLE}" == str(raised.value)


def test_longest_closed_time_is_allowed():
    """A day less than 400 closed ones in a row is allowed, and the desk opens after them."""
    hours = opening.parse("always; closed 2026-01-01..2027-02-03")

    assert "2027-02-04T00:00:00Z" == iso(opening.opens(hours, parse_iso("2026-01-01")))


def test_machine_without_time_zones_reads_utc_only(monkeypatch):
    """Where no zones are installed, UTC still works and any other zone is a sentence, not a crash."""
    berlin = opening.Hours(opening.parse("always").week, "Europe/Nowhere")
    monkeypatch.setattr(opening, "_zones", dict)

    assert opening.is_open(opening.parse("Mon-Sun 00:00-24:00 UTC"), 0)
    with pytest.raises(ValueError, match='the zone "Europe/Berlin" cannot be read because'):
        opening.parse(WEEK)
    with pytest.raises(ValueError, match='does not know the time zone "Europe/Nowhere": install tzdata'):
        opening.is_open(berlin, 0)


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        (WEEK, "2026-07-06T06:59:59Z", "2026-07-06T07:00:00Z"),
        (WEEK, "2026-07-06T07:00:00Z", None),
        (WEEK, "2026-07-06T15:59:59Z", None),
        (WEEK, "2026-07-06T16:00:00Z", "2026-07-07T07:00:00Z"),
        (WEEK, "2026-07-11T12:00:00Z", "2026-07-13T07:00:00Z"),
        (WEEK, "2026-12-24T17:00:00Z", "2026-12-26T09:00:00Z"),
        (WEEK, "2026-12-30T17:00:00Z", "2027-01-02T09:00:00Z"),
        ("always", "2026-07-11T12:00:00Z", None),
        ("always", "1969-12-31T12:00:00Z", None),
        ("always; closed 2026-12-25", "2026-12-25T12:00:00Z", "2026-12-26T00:00:00Z"),
        ("Fri 22:00-06:00", "2026-07-11T05:59:59Z", None),
        ("Fri 22:00-06:00", "2026-07-11T06:00:00Z", "2026-07-17T22:00:00Z"),
        ("Fri 22:00-06:00; closed 2026-07-11", "2026-07-11T01:00:00Z", "2026-07-17T22:00:00Z"),
        ("Fri 22:00-06:00; closed 2026-07-10", "2026-07-10T22:00:00Z", "2026-07-11T00:00:00Z"),
        # 02:15 to 02:45 is skipped on 29 March and comes twice on 25 October.
        ("Sun 02:15-02:45 Europe/Berlin", "2026-03-29T00:00:00Z", "2026-04-05T00:15:00Z"),
        ("Sun 02:15-02:45 Europe/Berlin", "2026-10-25T00:45:00Z", "2026-10-25T01:15:00Z"),
        # Clocks in Cairo went from 23:59 on 23 April to 01:00 on the 24th.
        ("Fri 00:00-12:00 Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z"),
        # Samoa left out 30 December 2011, a Friday.
        ("Fri 09:00-17:00 Pacific/Apia", "2011-12-30T09:00:00Z", "2012-01-05T19:00:00Z"),
    ],
)
def test_desk_opens(text, at, expected):
    """An open desk opens now; a closed one at its next span on a day that is not closed."""
    hours = opening.parse(text)

    assert (expected or at) == iso(opening.opens(hours, parse_iso(at)))
    assert (expected is None) == opening.is_open(hours, parse_iso(at))


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        (WEEK, "2026-07-06T00:00:00Z", "2026-07-13T00:00:00Z", 49 * HOUR),
        (WEEK, "2026-07-06T10:00:00Z", "2026-07-06T10:00:01Z", 1_000),
        (WEEK, "2026-07-06T10:00:00Z", "2026-07-06T10:00:00Z", 0),
        (WEEK, "2026-07-06T10:00:00Z", "2026-07-06T09:00:00Z", 0),
        (WEEK, "2026-12-24T12:00:00Z", "2026-12-28T12:00:00Z", (5 + 4 + 4) * HOUR),
        ("always", "2000-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 9_497 * DAY),
        ("Mon-Sun 01:00-04:00 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", 2 * HOUR),
        ("Mon-Sun 01:00-04:00 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", 4 * HOUR),
        ("Mon-Sun 22:00-06:00 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", 7 * HOUR),
        ("Mon-Sun 22:00-06:00 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", 9 * HOUR),
        ("Mon-Sun 02:00-02:30 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", 0),
        ("Mon-Sun 02:00-02:30 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", HOUR),
        ("Mon-Sun 00:00-24:00 Europe/Berlin", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", 31 * DAY),
        ("Sun 00:00-24:00 Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z", 23 * HOUR),
        ("Sun 00:00-24:00 Europe/Berlin", "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z", 25 * HOUR),
        ("Mon-Sun 09:00-18:00 Europe/Berlin", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 365 * 9 * HOUR),
    ],
)
def test_open_time_is_counted(text, start, end, expected):
    """Only open time counts, in real milliseconds where the clocks change."""
    assert expected == opening.elapsed(opening.parse(text), parse_iso(start), parse_iso(end))


@pytest.mark.parametrize(
    ("text", "start", "ms", "expected"),
    [
        (WEEK, "2026-07-05T10:00:00Z", 0, "2026-07-05T10:00:00Z"),
        (WEEK, "2026-07-05T10:00:00Z", HOUR, "2026-07-06T08:00:00Z"),
        (WEEK, "2026-07-06T15:00:00Z", HOUR, "2026-07-06T16:00:00Z"),
        (WEEK, "2026-07-06T15:00:00Z", HOUR + 1_000, "2026-07-07T07:00:01Z"),
        (WEEK, "2026-12-24T16:00:00Z", 3 * HOUR, "2026-12-26T11:00:00Z"),
        ("always", "2026-07-05T10:00:00Z", 72 * HOUR, "2026-07-08T10:00:00Z"),
        ("Mon-Sun 01:00-04:00 Europe/Berlin", "2026-03-28T12:00:00Z", 2 * HOUR, "2026-03-29T02:00:00Z"),
        ("Mon-Sun 01:00-04:00 Europe/Berlin", "2026-10-24T12:00:00Z", 4 * HOUR, "2026-10-25T03:00:00Z"),
    ],
)
def test_time_runs_out(text, start, ms, expected):
    """A length of open time ends as the last of it passes, be it as the desk closes."""
    assert expected == iso(opening.after(opening.parse(text), parse_iso(start), ms))


def test_time_never_runs_backwards():
    """There is no moment a negative time after another."""
    with pytest.raises(ValueError, match="never runs backwards"):
        opening.after(opening.parse("always"), 0, -1)


def test_moments_beyond_the_calendar_are_counted():
    """Moments that no calendar holds are no error: the last known offset stays."""
    hours = opening.parse("Mon-Sun 00:00-24:00 Europe/Berlin")

    assert DAY == opening.elapsed(hours, -(10**15), -(10**15) + DAY)
    assert 10**15 + DAY == opening.after(hours, 10**15, DAY)


@given(any_hours())
def test_words_are_read_back(hours):
    """What an operator is shown is what they could have typed."""
    assert hours == opening.parse(opening.words(hours))


@given(any_hours(), any_moment())
def test_open_is_what_the_wall_says(hours, at):
    """The desk is open by the clock on its wall and the calendar beside it, and opens at the first such moment."""
    first = opening.opens(hours, at)

    assert on_the_wall(hours, at) == opening.is_open(hours, at)
    assert on_the_wall(hours, first)
    assert (first == at) == opening.is_open(hours, at)
    assert not any(on_the_wall(hours, each) for each in range(at, min(first, at + 3 * DAY), QUARTER))


@given(any_hours(), st.sampled_from(CHANGES), st.integers(-96, 96), st.integers(0, 2 * 96))
def test_open_time_is_what_the_wall_says(hours, day, first, quarters):
    """The open quarters of an hour, counted one by one, are the time elapsed."""
    start = parse_iso(day) + first * QUARTER
    moments = range(start, start + quarters * QUARTER, QUARTER)

    assert sum(on_the_wall(hours, at) for at in moments) * QUARTER == opening.elapsed(
        hours, start, start + quarters * QUARTER
    )


@given(any_hours(), st.lists(any_moment(), min_size=3, max_size=3).map(sorted))
def test_elapsed_time_adds_up(hours, moments):
    """Time counted in two parts is time counted at once, and never more than has passed."""
    start, middle, end = moments
    parts = [opening.elapsed(hours, *pair) for pair in pairwise(moments)]

    assert sum(parts) == opening.elapsed(hours, start, end)
    assert 0 <= parts[0] <= middle - start


@given(any_hours(), any_moment(), st.integers(0, 40 * HOUR))
def test_time_runs_out_when_it_has_elapsed(hours, start, ms):
    """As much time has elapsed when it runs out, and a millisecond earlier it had not."""
    end = opening.after(hours, start, ms)

    assert ms == opening.elapsed(hours, start, end)
    assert start == end or ms - 1 == opening.elapsed(hours, start, end - 1)


@given(any_hours(), any_moment(), st.lists(st.integers(0, 40 * HOUR), min_size=2, max_size=2).map(sorted))
def test_more_time_runs_out_later(hours, start, lengths):
    """More time never runs out earlier, and a later start never ends earlier."""
    less, more = (opening.after(hours, start, ms) for ms in lengths)

    assert less <= more
    assert more <= opening.after(hours, start + HOUR, lengths[1])
