"""What the time brings for a ticket: reminders of targets, waking, asking again, being done. Pure.

new, open, hold   the clock runs; the first answer and the resolution have targets
pending           the clock stands; after a while the person is asked once more, then the ticket is solved; who was
                  asked for something is reminded of it after a day
hold              worked on again at the time that was given
snoozed           whatever it stands as: out of the queue until the time that was given, and the clock goes on
solved            closed for good once it can no longer be reopened
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.clock import DAY
from bot.domain import hours, targets
from bot.domain.hours import Hours
from bot.domain.targets import Clock, Target

What = Literal[
    "wake",
    "unsnooze",
    "remind",
    "warn",
    "give_up",
    "close",
    "first_soon",
    "first_missed",
    "resolution_soon",
    "resolution_missed",
]
RUNNING: Final = ("new", "open", "hold")
"""The desk's clock runs while the ticket stands so: somebody of ours is to do something."""
OF_A_STATUS: Final = frozenset({"wake", "remind", "warn", "give_up", "close"})
"""What is told anew each time a ticket comes to stand so."""
_REMIND: Final = DAY
DEEDS: Final = frozenset({"wake", "unsnooze", "give_up", "close"})
"""What is done even where something later is due by now; of what is only said, the last is enough."""
_SOON: Final = (3, 4)
"""The agents are reminded when three quarters of a target are used."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a desk works.

    Attributes:
        hours: when it is open.
        targets: by priority.
        pending: milliseconds after which a silent person is asked once more.
        last: milliseconds after that until the ticket is solved.
        reopen: milliseconds for which a solved one can be reopened.
    """

    hours: Hours = field(default_factory=lambda: hours.parse("always"))
    targets: Mapping[str, Target] = field(default_factory=lambda: targets.DEFAULTS)
    pending: int = 3 * DAY
    last: int = DAY
    reopen: int = 7 * DAY


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ticket stands, as far as time is concerned; see :class:`bot.db.tickets.Ticket`.

    ``merged``: whether it is closed because it went into another one.
    """

    status: str
    status_at: int
    opened_at: int
    answered_at: int | None
    priority: str
    clock: Clock
    wake_at: int | None
    told: frozenset[str]
    asked_at: int | None = None
    snooze_at: int | None = None
    merged: bool = False


def moments(rules: Rules, at: Standing) -> list[tuple[int, What]]:
    """Everything that is still to happen by itself, the earliest first."""
    return sorted(moment for moment in _moments(rules, at) if moment[1] not in at.told)


def _moments(rules: Rules, at: Standing) -> Iterator[tuple[int, What]]:
    target = rules.targets[at.priority]
    if at.status in RUNNING and at.answered_at is None:
        yield hours.after(rules.hours, at.opened_at, target.first * _SOON[0] // _SOON[1]), "first_soon"
        yield hours.after(rules.hours, at.opened_at, target.first), "first_missed"
    if at.status in RUNNING:
        soon = targets.due(at.clock, target.resolution * _SOON[0] // _SOON[1], rules.hours)
        missed = targets.due(at.clock, target.resolution, rules.hours)
        if soon is not None and missed is not None:
            yield soon, "resolution_soon"
            yield missed, "resolution_missed"
    if at.status == "hold" and at.wake_at is not None:
        yield at.wake_at, "wake"
    if at.status == "pending" and at.asked_at is not None:
        yield max(at.status_at, at.asked_at) + _REMIND, "remind"
    if at.status in (*RUNNING, "pending") and at.snooze_at is not None:
        yield at.snooze_at, "unsnooze"
    if at.status == "pending":
        yield at.status_at + rules.pending, "warn"
        yield at.status_at + rules.pending + rules.last, "give_up"
    if at.status == "solved":
        yield at.status_at + rules.reopen, "close"


def clock(rules: Rules, before: Clock, status: str, now: int) -> Clock:
    """The desk's clock once a ticket stands as ``status``: it runs or it stands."""
    return targets.start(before, now) if status in RUNNING else targets.pause(before, now, rules.hours)


def first_result(rules: Rules, at: Standing, now: int) -> targets.Outcome:
    """How the target of the first answer is met, or is to be."""
    used = Clock(0, at.opened_at)
    done, live = at.answered_at is not None, at.status in (*RUNNING, "pending")
    moment = at.answered_at if at.answered_at is not None else now
    return targets.judge(used, rules.targets[at.priority].first, rules.hours, moment, done=done,
                         cancelled=not done and not live)  # fmt: skip


def result(rules: Rules, at: Standing, now: int) -> targets.Outcome:
    """How the target of the resolution is met, or is to be."""
    done = at.status in ("solved", "closed") and not at.merged
    return targets.judge(at.clock, rules.targets[at.priority].resolution, rules.hours, now, done=done,
                         cancelled=at.merged)  # fmt: skip


def overdue(rules: Rules, at: Standing, now: int) -> bool:
    """Whether somebody has waited for an answer, or for the resolution, for longer than the targets allow."""
    if at.status not in (*RUNNING, "pending"):
        return False
    unanswered = at.answered_at is None and first_result(rules, at, now) == "missed"
    return unanswered or result(rules, at, now) == "missed"
