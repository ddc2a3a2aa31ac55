"""What the time brings for a ticket."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.clock import DAY, HOUR, MINUTE, parse_iso
from bot.domain import agenda, hours
from bot.domain.agenda import Rules, Standing
from bot.domain.targets import Clock

NOW = parse_iso("2026-01-05T09:00Z")
RULES = Rules()
NEW = Standing("new", NOW, NOW, None, "normal", Clock(0, NOW), None, frozenset())


def named(rules: Rules, at: Standing) -> list[tuple[int, str]]:
    """The moments, counted from now."""
    return [(moment - NOW, what) for moment, what in agenda.moments(rules, at)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {},
            [(3 * HOUR, "first_soon"), (4 * HOUR, "first_missed"), (18 * HOUR, "resolution_soon"),
             (24 * HOUR, "resolution_missed")],
        ),
        (
            {"priority": "urgent", "told": frozenset({"first_soon"})},
            [(15 * MINUTE, "first_missed"), (3 * HOUR, "resolution_soon"), (4 * HOUR, "resolution_missed")],
        ),
        (
            {"answered_at": NOW, "status": "open"},
            [(18 * HOUR, "resolution_soon"), (24 * HOUR, "resolution_missed")],
        ),
        (
            {"answered_at": NOW, "status": "pending", "clock": Clock(HOUR, None)},
            [(3 * DAY, "warn"), (4 * DAY, "give_up")],
        ),
        (
            {"answered_at": NOW, "status": "pending", "clock": Clock(HOUR, None), "asked_at": NOW + HOUR},
            [(DAY + HOUR, "remind"), (3 * DAY, "warn"), (4 * DAY, "give_up")],
        ),
        ({"status": "solved", "clock": Clock(HOUR, None), "asked_at": NOW}, [(7 * DAY, "close")]),
        (
            {"answered_at": NOW, "status": "hold", "wake_at": NOW + HOUR},
            [(HOUR, "wake"), (18 * HOUR, "resolution_soon"), (24 * HOUR, "resolution_missed")],
        ),
        (
            {"answered_at": NOW, "status": "pending", "clock": Clock(HOUR, None), "snooze_at": NOW + HOUR},
            [(HOUR, "unsnooze"), (3 * DAY, "warn"), (4 * DAY, "give_up")],
        ),
        (
            {"answered_at": NOW, "status": "open", "snooze_at": NOW + HOUR},
            [(HOUR, "unsnooze"), (18 * HOUR, "resolution_soon"), (24 * HOUR, "resolution_missed")],
        ),
        ({"status": "solved", "clock": Clock(HOUR, None), "snooze_at": NOW + HOUR}, [(7 * DAY, "close")]),
        ({"status": "solved", "clock": Clock(HOUR, None)}, [(7 * DAY, "close")]),
        ({"status": "closed", "clock": Clock(HOUR, None)}, []),
    ],
)  # fmt: skip
def test_what_is_ahead_depends_on_how_the_ticket_stands(change, expected):
    """Each once, the earliest first; a clock that stands has no target ahead."""
    assert expected == named(RULES, replace(NEW, **change))


def test_targets_count_opening_hours_only():
    """A ticket of Friday evening is due on Monday."""
    rules = replace(RULES, hours=hours.parse("Mon-Fri 09:00-18:00"))
    friday = parse_iso("2026-01-09T19:00Z")
    at = replace(NEW, status_at=friday, opened_at=friday, clock=Clock(0, friday))

    assert (parse_iso("2026-01-12T12:00Z"), "first_soon") == agenda.moments(rules, at)[0]


@pytest.mark.parametrize(
    ("change", "first", "whole"),
    [
        ({}, "active", "active"),
        ({"answered_at": NOW + HOUR, "status": "pending", "clock": Clock(HOUR, None)}, "hit", "active"),
        ({"answered_at": NOW + 5 * HOUR, "status": "solved", "clock": Clock(5 * HOUR, None)}, "missed", "hit"),
        ({"answered_at": NOW + HOUR, "status": "solved", "clock": Clock(25 * HOUR, None)}, "hit", "missed"),
        ({"status": "solved", "clock": Clock(0, None)}, "cancelled", "hit"),
        ({"status": "closed", "clock": Clock(HOUR, None), "merged": True}, "cancelled", "cancelled"),
        ({"status": "closed", "clock": Clock(25 * HOUR, None), "merged": True}, "cancelled", "missed"),
    ],
)
def test_how_the_targets_were_met(change, first, whole):
    """Hit, missed, active or cancelled; the time for which a person was waited for does not count."""
    at = replace(NEW, **change)

    assert (first, whole) == (agenda.first_result(RULES, at, NOW + HOUR), agenda.result(RULES, at, NOW + HOUR))


def test_the_clock_stands_while_the_person_is_waited_for():
    """Two hours of ours, a day of theirs, one hour of ours: three hours."""
    clock = agenda.clock(RULES, Clock(0, NOW), "pending", NOW + 2 * HOUR)
    clock = agenda.clock(RULES, clock, "open", NOW + 26 * HOUR)
    clock = agenda.clock(RULES, clock, "solved", NOW + 27 * HOUR)

    assert Clock(3 * HOUR, None) == clock


@pytest.mark.parametrize(
    ("change", "after", "expected"),
    [
        ({}, 3 * HOUR, False),
        ({}, 5 * HOUR, True),
        ({"status": "open", "answered_at": NOW + 5 * HOUR}, 6 * HOUR, False),
        ({"status": "open", "answered_at": NOW + HOUR}, 25 * HOUR, True),
        ({"status": "pending", "answered_at": NOW, "clock": Clock(HOUR, None)}, 30 * HOUR, False),
        ({"status": "pending", "answered_at": NOW, "clock": Clock(24 * HOUR, None)}, 30 * HOUR, True),
        ({"status": "solved", "clock": Clock(25 * HOUR, None)}, 30 * HOUR, False),
    ],
)
def test_overdue_is_what_somebody_still_waits_for(change, after, expected):
    """A first answer that came late is no longer waited for, and neither is anything of what is done."""
    assert expected is agenda.overdue(RULES, replace(NEW, **change), NOW + after)
