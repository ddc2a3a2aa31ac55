"""A moment to come as agents write it: after a while, or at a time of the desk's wall. Pure.

30m   2h   3d            a while
9:00                     today or, where that has passed, tomorrow
tomorrow 9:00            tomorrow
"""

from __future__ import annotations

import re
from typing import Final

from bot.clock import DAY, HOUR, MINUTE
from bot.domain import hours
from bot.domain.hours import Hours

UNITS: Final = {"m": MINUTE, "h": HOUR, "d": DAY}
_WHILE: Final = re.compile(r"([1-9][0-9]{0,3})([mhd])", re.ASCII)
_TIME: Final = re.compile(r"(tomorrow )?(?:at )?([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", re.ASCII)


def read(words: str, desk: Hours, now: int) -> int | None:
    """The moment, epoch milliseconds; None where the words name none. Capitals and blanks do not matter."""
    text = " ".join(words.lower().split())
    if found := _WHILE.fullmatch(text):
        return now + int(found[1]) * UNITS[found[2]]
    if found := _TIME.fullmatch(text):
        minutes = int(found[2]) * 60 + int(found[3])
        moments = (hours.at_local(desk, now, day, minutes) for day in ((1,) if found[1] else (0, 1)))
        return next((moment for moment in moments if moment > now), None)
    return None
