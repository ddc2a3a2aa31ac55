from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import DAY, HOUR, MINUTE, parse_iso
from bot.domain import targets
from bot.domain.hours import elapsed, parse
from bot.domain.targets import Clock, Target

ALWAYS = parse("always")
DESK = parse("Mon-Fri 09:00-17:00")
MONDAY = parse_iso("2026-07-06T09:00:00Z")
CLOSING = MONDAY + 8 * HOUR


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", {}),
        (" , ", {}),
        ("urgent 15m 4h, high 1h 8h", {}),
        ("urgent 5m 2h", {"urgent": Target(5 * MINUTE, 2 * HOUR)}),
        ("LOW 90m 1H30M", {"low": Target(90 * MINUTE, 90 * MINUTE)}),
        ("normal 1h 100h, low 2h 200h,", {"normal": Target(HOUR, 100 * HOUR), "low": Target(2 * HOUR, 200 * HOUR)}),
    ],
)
def test_targets_are_read(text, named):
    """Priorities that are named have their targets, the others the defaults, in their order."""
    read = targets.parse_targets(text)

    assert {**targets.DEFAULTS, **named} == read
    assert targets.PRIORITIES == tuple(read)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("asap 1m 1h", '"asap" is no priority, which are low, normal, high, urgent'),
        ("high 1h 8h, high 2h 8h", "high has targets twice"),
        ("high 1h", '"high 1h" is not a priority with two lengths of time'),
        ("high 1h 8h urgent 15m 4h", '"high 1h 8h urgent 15m 4h" is not a priority with two lengths of time'),
        ("high 8h 1h", "high is to be resolved before it is answered"),
        ("high 0m 8h", '"0m" is no length of time'),
        ("high 60 8h", '"60" is no length of time'),
        ("high 30s 8h", '"30s" is no length of time'),
        ("high 1h 2d", '"2d" is no length of time'),
        ("high m 8h", '"m" is no length of time'),
        ("high -1h 8h", '"-1h" is no length of time'),
        ("high \u0661h 8h", '"\u0661h" is no length of time'),
    ],
)
def test_what_is_wrong_is_named(text, wrong):
    """An operator reads what is wrong and how targets are written."""
    with pytest.raises(ValueError, match=r"; write targets like: ") as raised:
        targets.parse_targets(text)

    assert f"{wrong}; write targets like: {targets.EXAMPLE}" == str(raised.value)


def test_clock_counts_open_time_while_it_runs():
    """A clock starts once, stands still while paused, and goes on from what it has spent."""
    clock = targets.start(Clock(), MONDAY)
    paused = targets.pause(clock, MONDAY + HOUR, DESK)
    again = targets.start(paused, MONDAY + 7 * HOUR)

    assert Clock(0, MONDAY) == targets.start(clock, MONDAY + HOUR)
    assert Clock(HOUR) == paused
    assert paused == targets.pause(paused, MONDAY + 2 * HOUR, DESK)
    assert HOUR == targets.spent(paused, MONDAY + DAY, DESK)
    assert 2 * HOUR == targets.spent(again, CLOSING + HOUR, DESK)
    assert 3 * HOUR == targets.spent(again, MONDAY + DAY + HOUR, DESK)


@pytest.mark.parametrize(
    ("clock", "target", "expected"),
    [
        (Clock(0, MONDAY), HOUR, MONDAY + HOUR),
        (Clock(0, MONDAY), 8 * HOUR, CLOSING),
        (Clock(0, MONDAY), 9 * HOUR, MONDAY + DAY + HOUR),
        (Clock(HOUR, MONDAY), 9 * HOUR, CLOSING),
        (Clock(2 * HOUR, MONDAY), HOUR, MONDAY),
        (Clock(0), HOUR, None),
        (Clock(2 * HOUR), HOUR, None),
    ],
)
def test_target_is_due(clock, target, expected):
    """A running clock's target is due when its open time has run out; a paused one's is not."""
    assert expected == targets.due(clock, target, DESK)


@pytest.mark.parametrize(
    ("clock", "at", "done", "cancelled", "expected"),
    [
        (Clock(0, MONDAY), MONDAY, False, False, "active"),
        (Clock(0, MONDAY), CLOSING - 1, False, False, "active"),
        (Clock(0, MONDAY), CLOSING, False, False, "missed"),
        (Clock(0, MONDAY), CLOSING - 1, True, False, "hit"),
        (Clock(0, MONDAY), CLOSING, True, False, "missed"),
        (Clock(0, MONDAY), CLOSING + HOUR, True, False, "missed"),
        (Clock(0, MONDAY), CLOSING - 1, False, True, "cancelled"),
        (Clock(0, MONDAY), CLOSING, False, True, "missed"),
        (Clock(0, MONDAY), CLOSING - 1, True, True, "hit"),
        (Clock(HOUR), MONDAY + 9 * DAY, False, False, "active"),
        (Clock(HOUR), MONDAY + 9 * DAY, True, False, "hit"),
        (Clock(8 * HOUR), MONDAY, True, False, "missed"),
    ],
)
def test_outcome_is_judged(clock, at, done, cancelled, expected):
    """A target of eight hours is hit or cancelled while there is time left, and missed from then on."""
    assert expected == targets.judge(clock, 8 * HOUR, DESK, at, done=done, cancelled=cancelled)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        # The examples of https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
        ([15, 20, 35, 40, 50], 0.05, 15),
        ([15, 20, 35, 40, 50], 0.3, 20),
        ([50, 40, 35, 20, 15], 0.4, 20),
        ([15, 20, 35, 40, 50], 0.5, 35),
        ([15, 20, 35, 40, 50], 1, 50),
        ([3, 6, 7, 8, 8, 9, 10, 13, 15, 16, 20], 0.25, 7),
        (range(1, 101), 0.07, 7),
        (range(1, 101), 0.29, 29),
        ([7], 0.001, 7),
    ],
)
def test_percentile_is_the_nearest_rank(values, share, expected):
    """A percentile is one of the values, and the share means what it says."""
    assert expected == targets.percentile(values, share)


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1], 0), ([1], -0.5), ([1], 1.01), ([1], math.nan)])
def test_percentile_of_nothing_is_refused(values, share):
    """Without values or without a share there is no percentile."""
    with pytest.raises(ValueError, match=r"no values|a share is"):
        targets.percentile(values, share)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], None),
        ([MINUTE] * 4, None),
        ([MINUTE] * 5, 5 * MINUTE),
        ([0] * 5, 5 * MINUTE),
        ([5 * MINUTE] * 5, 5 * MINUTE),
        ([5 * MINUTE + 1] * 5, 10 * MINUTE),
        ([MINUTE, MINUTE, MINUTE, 14 * MINUTE, DAY], 15 * MINUTE),
        ([16 * MINUTE] * 5, 30 * MINUTE),
        ([31 * MINUTE] * 5, HOUR),
        ([61 * MINUTE] * 5, 2 * HOUR),
        ([3 * HOUR] * 5, 4 * HOUR),
        ([5 * HOUR] * 5, 8 * HOUR),
        ([9 * HOUR] * 5, DAY),
        ([DAY + 1] * 5, 2 * DAY),
        ([50 * HOUR] * 5, 3 * DAY),
    ],
)
def test_wait_is_told_in_friendly_steps(answers, expected):
    """People are told a round wait that three in four had at most, once there are enough answers."""
    assert expected == targets.expected_wait(answers)


def test_fewer_answers_may_do():
    """How many answers are enough is the caller's to say; none are never enough."""
    assert 10 * MINUTE == targets.expected_wait([6 * MINUTE], least=1)
    assert targets.expected_wait([], least=0) is None


@given(
    st.sampled_from([ALWAYS, DESK, parse("Mon-Sun 22:00-06:00 Europe/Berlin")]),
    st.lists(st.integers(0, 3 * DAY), min_size=1, max_size=8),
)
def test_pausing_loses_and_gains_no_time(hours, gaps):
    """A clock paused and started again at the same moments has spent what one that was left alone has."""
    alone = paused = targets.start(Clock(), MONDAY)
    at = MONDAY
    for gap in gaps:
        at += gap
        paused = targets.start(targets.pause(paused, at, hours), at)

    assert targets.spent(alone, at, hours) == targets.spent(paused, at, hours)
    assert targets.spent(alone, at + DAY, hours) == targets.spent(paused, at + DAY, hours)


@given(st.lists(st.tuples(st.integers(0, 3 * DAY), st.integers(0, 3 * DAY)), min_size=1, max_size=8))
def test_only_running_time_is_spent(turns):
    """What a clock has spent is the open time of its runs, whatever the pauses between them."""
    clock, at, expected = Clock(), MONDAY, 0
    for run, rest in turns:
        clock = targets.pause(targets.start(clock, at), at + run, DESK)
        expected += elapsed(DESK, at, at + run)
        at += run + rest

    assert Clock(expected) == clock
    assert expected == targets.spent(clock, at, DESK)


@given(
    st.sampled_from([ALWAYS, DESK]),
    st.integers(0, 7 * DAY),
    st.integers(0, 40 * HOUR),
    st.integers(1, 40 * HOUR),
    st.integers(0, 7 * DAY),
)
def test_target_is_missed_from_the_moment_it_is_due(hours, since, used, target, later):
    """Until it is due a running target is active, and from then on it is missed for good."""
    clock = Clock(used, MONDAY + since)
    due = targets.due(clock, target, hours)
    at = MONDAY + since + later

    assert ("missed" if at >= due else "active") == targets.judge(clock, target, hours, at, done=False)
    assert ("missed" if at >= due else "hit") == targets.judge(clock, target, hours, at, done=True)


@given(st.lists(st.integers(0, 5 * DAY), min_size=5, max_size=30))
def test_three_in_four_waited_no_longer(answers):
    """The wait that people are told covers three quarters of the answers."""
    wait = targets.expected_wait(answers)

    assert 4 * sum(answer <= wait for answer in answers) >= 3 * len(answers)
