"""The rules of a recovery: how a case stands, what counts as evidence, and why an agent may say no.

checking -> identity -> review -> approved -> done
review -> again -> review        one picture once more
review -> rejected
any of them -> void (a factor was changed, another case was approved, the owner said "not me"), expired, withdrawn
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from bot.clock import DAY

Status = Literal[
    "checking", "identity", "review", "again", "approved", "done", "rejected", "void", "expired", "withdrawn"
]
Part = Literal["front", "back", "selfie"]

LIVE: Final[tuple[Status, ...]] = ("checking", "identity", "review", "again", "approved")
VERIFIED: Final[tuple[Status, ...]] = ("identity", "review", "again", "approved")
"""Beyond the checks: the case goes on while its person is elsewhere, and they hear of its end."""
UNDECIDED: Final[tuple[Status, ...]] = ("identity", "review", "again")
LIFE: Final[Mapping[Status, int | None]] = {
    "checking": DAY, "identity": 7 * DAY, "again": 7 * DAY, "review": None, "approved": DAY, "done": DAY,
}  # fmt: skip
"""How long a case stands so before it expires, in milliseconds; a review takes as long as it takes.

One that is done is still shown to its chat for a day.

Mission: on approval the user has 24 hours to bind the new number.
"""
PARTS: Final[tuple[Part, ...]] = ("front", "back", "selfie")
"""The pictures: both sides of a document, and the person with a handwritten phrase."""
MOST_FILES: Final = 8
"""Pictures taken for one case, those asked for again included (security.md, recommended defaults)."""
AGAIN_REASONS: Final = ("blurred", "cut", "glare", "phrase", "document")
"""Why a picture is asked for again; each has its words in every language (``templates/recover_phone/reason.j2``)."""
REJECT_REASONS: Final = ("mismatch", "document", "selfie", "doubt")
"""Why a case is rejected."""
_SETTLED: Final = DAY
"""A factor changed more recently is no evidence (security.md, attack 44)."""


def usable(since: Mapping[str, int | None], now: int) -> frozenset[str]:
    """The factors that count as evidence.

    Args:
        since: since when the account has each factor, epoch milliseconds; None where it has none.
        now: the present moment.
    """
    return frozenset(factor for factor, at in since.items() if at is not None and at <= now - _SETTLED)


def approvals(factors: frozenset[str]) -> int:
    """How many different agents must approve: two where nothing but the email address was shown."""
    return 2 if factors <= {"email"} else 1
