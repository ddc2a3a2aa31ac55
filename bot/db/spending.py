"""What text messages have cost today: the only writer of ``sms_days``.

A message is counted before it is sent and never taken back, by conditional updates in the transaction that stores it:
however many ask at once, a day bears exactly what it bears. The row of all countries comes first, so that nobody holds
the row of a country without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.clock import DAY
from bot.db import limits
from bot.db.base import Tx
from bot.domain.limits import NOTICES_PER_NUMBER
from bot.domain.spending import Allowance, billed
from bot.tools import Tools

_ALL = ""
"""Stands for all countries together."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why no message may be sent. ``tell``: the operators do not know it yet.

    ``money`` and ``day``: the day bears no more; ``country``: no more to this country; ``prefix``: too few codes to
    these neighbours were entered; ``number``: nothing may ever be paid to this number; ``often``: it got enough.
    """

    why: Literal["money", "day", "country", "prefix", "number", "often"]
    region: str = ""
    tell: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """A row of a day."""

    region: str
    sent: int
    spent: int


def today(tools: Tools) -> int:
    """The number of the present day."""
    return tools.clock.now() // DAY


async def take(tx: Tx, tools: Tools, allowance: Allowance, number: str) -> Stop | None:
    """Count a message to the number; or count nothing and say why it must not be sent."""
    region = billed(number)
    if not region:
        return Stop("number")
    day, cost = today(tools), allowance.cost(region)
    if not await _count(tx, day, _ALL, cost, most=allowance.per_day, cap=allowance.cap):
        full = await tx.one("SELECT sent FROM sms_days WHERE day = $1 AND region = $2", day, _ALL)
        why: Literal["money", "day"] = "day" if full and full["sent"] >= allowance.per_day else "money"
        return Stop(why, tell=await _untold(tx, tools, day, _ALL))
    if not await _count(tx, day, region, cost, most=allowance.per_country, cap=allowance.cap):
        await tx.run(
            "UPDATE sms_days SET sent = sent - 1, spent = spent - $1 WHERE day = $2 AND region = $3", cost, day, _ALL
        )
        return Stop("country", region, tell=await _untold(tx, tools, day, region))
    return None


async def letter(tx: Tx, tools: Tools, allowance: Allowance, number: str) -> Stop | None:
    """As :func:`take`, for a message that holds no code: a number gets so many of them and no more."""
    if await limits.waits(tx, tools, ((NOTICES_PER_NUMBER, number),)):
        return Stop("often")
    stop = await take(tx, tools, allowance, number)
    if stop is None:
        await limits.count(tx, tools, ((NOTICES_PER_NUMBER, number),))
    return stop


async def _count(tx: Tx, day: int, region: str, cost: int, *, most: int, cap: int) -> bool:
    """Count one more in a row unless that would be too many or too much."""
    await tx.run(
        "INSERT INTO sms_days (day, region, sent, spent) VALUES ($1, $2, 0, 0) ON CONFLICT (day, region) DO NOTHING",
        day, region,
    )  # fmt: skip
    counted = await tx.run(
        "UPDATE sms_days SET sent = sent + 1, spent = spent + $1"
        " WHERE day = $2 AND region = $3 AND sent < $4 AND spent + $1 <= $5",
        cost, day, region, most, cap,
    )  # fmt: skip
    return counted == 1


async def _untold(tx: Tx, tools: Tools, day: int, region: str) -> bool:
    """Whether this is the first that the operators hear of it; True once."""
    told = await tx.run(
        "UPDATE sms_days SET told_at = $1 WHERE day = $2 AND region = $3 AND told_at IS NULL",
        tools.clock.now(), day, region,
    )  # fmt: skip
    return told == 1


async def of_day(tx: Tx, day: int) -> list[Spent]:
    """What a day has cost, by country, the dearest first; all together is the row without a region."""
    rows = await tx.all(
        "SELECT region, sent, spent FROM sms_days WHERE day = $1 AND sent > 0 ORDER BY spent DESC, region", day
    )
    return [Spent(row["region"], row["sent"], row["spent"]) for row in rows]
