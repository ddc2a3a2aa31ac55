"""How soon a ticket should be answered and resolved, and whether it was.

Targets and what a clock has spent are open milliseconds: closed hours do not count (``bot/domain/hours.py``). A clock
is a value; it runs while the desk is to act and pauses while it waits for the person. The outcomes have the names of
Intercom's SLAs (developers.intercom.com, ``sla_applied``), but a target is missed the moment it runs out, not at the
late reply, and cancelled when it is no longer needed, as Plain has it (plain.com/docs, webhooks).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final, Literal

from bot.clock import DAY, HOUR, MINUTE
from bot.domain.hours import Hours, after, elapsed

Outcome = Literal["active", "hit", "missed", "cancelled"]
"""How a target stands; all but ``active`` are final."""

PRIORITIES: Final = ("low", "normal", "high", "urgent")
"""From what can wait to what cannot."""


@dataclass(frozen=True, slots=True)
class Target:
    """Within how many open milliseconds a ticket gets its ``first`` answer and its ``resolution``."""

    first: int
    resolution: int


DEFAULTS: Final[Mapping[str, Target]] = {
    "low": Target(8 * HOUR, 72 * HOUR),
    "normal": Target(4 * HOUR, 24 * HOUR),
    "high": Target(HOUR, 8 * HOUR),
    "urgent": Target(15 * MINUTE, 4 * HOUR),
}
"""Every priority's targets where the operator names none. They are our own: no standard and no law sets them."""
EXAMPLE: Final = "urgent 15m 4h, high 1h 8h"
"""Targets as they are written, for errors and help."""
STEPS: Final = (
    5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR,
)  # fmt: skip
"""The waits that people are told; longer ones are told in whole days of 24 hours."""
_USUAL: Final = 0.75
"""The share of answers that come within the wait that people are told."""
_LENGTH: Final = re.compile(r"(?=[0-9])(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?")


def parse_targets(text: str) -> Mapping[str, Target]:
    """Read targets such as :data:`EXAMPLE`: a priority, its first answer and its resolution, in open hours and minutes.

    Returns:
        The target of each priority; those not named have their defaults, so a blank text gives :data:`DEFAULTS`.

    Raises:
        ValueError: a sentence that names what is wrong and shows how to write it.
    """
    named: dict[str, Target] = {}
    for entry in filter(None, map(str.strip, text.lower().split(","))):
        priority, *lengths = entry.split()
        if priority not in PRIORITIES:
            raise _wrong(f'"{priority}" is no priority, which are {", ".join(PRIORITIES)}')
        if priority in named:
            raise _wrong(f"{priority} has targets twice")
        if len(lengths) != 2:
            raise _wrong(f'"{entry}" is not a priority with two lengths of time')
        target = Target(*map(_length, lengths))
        if target.first > target.resolution:
            raise _wrong(f"{priority} is to be resolved before it is answered")
        named[priority] = target
    return {priority: named.get(priority, DEFAULTS[priority]) for priority in PRIORITIES}


@dataclass(frozen=True, slots=True)
class Clock:
    """What of a target is used up.

    Attributes:
        spent: open milliseconds before the present run.
        running_since: when the present run began, epoch milliseconds; None while paused.
    """

    spent: int = 0
    running_since: int | None = None


def start(clock: Clock, at: int) -> Clock:
    """The clock running from ``at``, epoch milliseconds; one that runs already is left as it is."""
    return clock if clock.running_since is not None else Clock(clock.spent, at)


def pause(clock: Clock, at: int, hours: Hours) -> Clock:
    """The clock standing still from ``at``, epoch milliseconds; one that is paused is left as it is."""
    return Clock(spent(clock, at, hours))


def spent(clock: Clock, at: int, hours: Hours) -> int:
    """The open milliseconds spent by ``at``, epoch milliseconds, which is not before the clock's last change."""
    return clock.spent + (0 if clock.running_since is None else elapsed(hours, clock.running_since, at))


def due(clock: Clock, target_ms: int, hours: Hours) -> int | None:
    """The moment at which the target runs out if the clock keeps running, epoch milliseconds.

    From this moment :func:`judge` says ``missed``. For a target that ran out earlier it is the start of the present
    run.

    Args:
        clock: what is used up.
        target_ms: the target in open milliseconds.
        hours: when the desk is open.

    Returns:
        The moment, or None while the clock is paused.
    """
    if clock.running_since is None:
        return None
    return after(hours, clock.running_since, max(0, target_ms - clock.spent))


def judge(clock: Clock, target_ms: int, hours: Hours, at: int, *, done: bool, cancelled: bool = False) -> Outcome:
    """How a target stands.

    It is ``missed`` once no time is left, whatever happens later. Before that it is ``hit`` when the desk has done
    what the target asks, ``cancelled`` when that is no longer needed, and else ``active``.

    Args:
        clock: what is used up; paused, or judged at the moment of the deed, once the desk has done its part.
        target_ms: the target in open milliseconds.
        hours: when the desk is open.
        at: the moment of judging, epoch milliseconds.
        done: whether the answer was given, or the ticket resolved.
        cancelled: whether the ticket was merged or closed without need of it; nothing beside ``done``.
    """
    if spent(clock, at, hours) >= target_ms:
        return "missed"
    if done:
        return "hit"
    return "cancelled" if cancelled else "active"


def percentile(values: Sequence[int], share: float) -> int:
    """The smallest of the values that at least the given share of them do not exceed (nearest rank).

    Args:
        values: in any order, at least one.
        share: above 0 and at most 1, read as the decimal fraction it is written as.

    Raises:
        ValueError: there are no values, or the share is out of range.
    """
    if not values:
        raise ValueError("there are no values to rank")
    if not 0 < share <= 1:
        raise ValueError("a share is above 0 and at most 1")
    return sorted(values)[ceil(Fraction(str(share)) * len(values)) - 1]


def expected_wait(answers: Sequence[int], *, least: int = 5) -> int | None:
    """The wait for a first answer that people are told: three in four recent answers came within it.

    Args:
        answers: how long recent first answers took, in milliseconds, all open or all of the calendar: so is the result.
        least: with fewer answers nothing is promised.

    Returns:
        Milliseconds, rounded up to one of :data:`STEPS` or to whole days, or None.
    """
    if len(answers) < max(least, 1):
        return None
    wait = percentile(answers, _USUAL)
    return next((step for step in STEPS if wait <= step), -(-wait // DAY) * DAY)


def _wrong(what: str) -> ValueError:
    return ValueError(f"{what}; write targets like: {EXAMPLE}")


def _length(word: str) -> int:
    """Milliseconds of ``15m``, ``4h`` or ``1h30m``."""
    found = _LENGTH.fullmatch(word)
    hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0)
    if not (hours or minutes):
        raise _wrong(f'"{word}" is no length of time')
    return hours * HOUR + minutes * MINUTE
