"""How a desk did, day by day: what agents see of it, without anybody's name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bot.domain.targets import percentile

DAYS: Final = 14
"""Days that are shown."""
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Case:
    """What of a ticket counts; moments in epoch milliseconds, ``spent`` in open milliseconds of the desk's clock."""

    opened_at: int
    answered_at: int | None
    solved_at: int | None
    spent: int
    rating: int | None
    first_result: str
    result: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC) of the desk.

    Attributes:
        opened: tickets that were opened on it; ``solved`` those that were solved on it.
        first: the median wait for the first answer of those opened, in milliseconds.
        resolution: the median of the desk's time for those solved, in open milliseconds.
        rating: the mean rating of those solved.
        met: the share of targets met among those that were decided for tickets opened on it.
    """

    day: date
    opened: int = 0
    solved: int = 0
    first: int | None = None
    resolution: int | None = None
    rating: float | None = None
    met: float | None = None


def days(cases: Iterable[Case], now: int, count: int = DAYS) -> list[Day]:
    """The last days up to now, the oldest first."""
    today, known = _day(now), list(cases)
    return [_one(today - timedelta(back), known) for back in range(count - 1, -1, -1)]


def _one(day: date, cases: Sequence[Case]) -> Day:
    opened = [case for case in cases if _day(case.opened_at) == day]
    solved = [case for case in cases if case.solved_at is not None and _day(case.solved_at) == day]
    waits = [case.answered_at - case.opened_at for case in opened if case.answered_at is not None]
    ratings = [case.rating for case in solved if case.rating is not None]
    decided = [word for case in opened for word in (case.first_result, case.result) if word in ("hit", "missed")]
    return Day(
        day,
        len(opened),
        len(solved),
        percentile(waits, _HALF) if waits else None,
        percentile([case.spent for case in solved], _HALF) if solved else None,
        sum(ratings) / len(ratings) if ratings else None,
        decided.count("hit") / len(decided) if decided else None,
    )


def _day(at: int) -> date:
    return datetime.fromtimestamp(at / 1000, UTC).date()
