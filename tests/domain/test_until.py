"""Moments to come, as agents write them, and the ends of days of work."""

from __future__ import annotations

import pytest

from bot.clock import DAY, HOUR, MINUTE, parse_iso
from bot.domain import hours, until

MONDAY = parse_iso("2026-01-05T10:30Z")
BERLIN = hours.parse("Mon-Fri 09:00-18:00 Europe/Berlin")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("30m", MONDAY + 30 * MINUTE),
        (" 2H ", MONDAY + 2 * HOUR),
        ("3d", MONDAY + 3 * DAY),
        ("12:15", parse_iso("2026-01-05T11:15Z")),
        ("11:30", parse_iso("2026-01-06T10:30Z")),  # it is half past eleven on the desk's wall
        ("9:00", parse_iso("2026-01-06T08:00Z")),
        ("tomorrow  9.00", parse_iso("2026-01-06T08:00Z")),
        ("Tomorrow at 18:30", parse_iso("2026-01-06T17:30Z")),
        ("", None), ("0h", None), ("2", None), ("2w", None), ("25:00", None), ("9:60", None), ("tomorrow", None),
        ("12345h", None), ("٢h", None), ("2h later", None),
    ],
)  # fmt: skip
def test_a_moment_is_a_while_or_a_time_of_the_desks_wall(words, expected):
    """In the desk's zone, and always to come."""
    assert expected == until.read(words, BERLIN, MONDAY)


def test_a_time_of_the_wall_is_found_over_a_change_of_the_clocks():
    """Nine o'clock is nine o'clock, the day after spring has moved it too."""
    saturday = parse_iso("2026-03-28T12:00Z")

    assert parse_iso("2026-03-29T07:00Z") == until.read("tomorrow 9:00", BERLIN, saturday)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("always", ["06T09:00", "07T09:00", "08T09:00"]),
        ("always Europe/Berlin", ["06T08:00", "07T08:00", "08T08:00"]),
        ("Mon-Fri 09:00-18:00", ["05T18:00", "06T18:00", "07T18:00", "08T18:00", "09T18:00", "12T18:00"]),
        ("Mon-Fri 09:00-12:00 13:00-18:00", ["05T18:00", "06T18:00"]),
        ("Mon-Sun 22:00-06:00", ["06T06:00", "07T06:00"]),
        ("Mon-Sun 06:00-03:00", ["06T09:00", "07T09:00"]),
        ("Mon-Fri 00:00-24:00", ["06T09:00", "07T09:00", "08T09:00", "09T09:00", "10T00:00", "13T09:00"]),
        ("Mon-Fri 09:00-18:00; closed 2026-01-06..2026-01-07", ["05T18:00", "08T18:00"]),
    ],
)
def test_a_day_of_work_ends_where_nobody_is_there_for_hours(text, ends):
    """A break ends nothing; where work goes on day and night it is nine in the morning."""
    desk, moment, found = hours.parse(text), MONDAY, []
    for _ in ends:
        moment = hours.shift_ends(desk, moment)
        found.append(moment)

    assert [parse_iso(f"2026-01-{end}Z") for end in ends] == found
