"""Which of an account's operations the hold and a freeze stop.

The table is the rule of the business: after a change of the phone, withdrawals and the P2P fiat *selling* service wait;
buying, trading and deposits do not. A transfer to somebody else is a withdrawal by another door, so it waits too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

STOPPED: Final[Mapping[str, bool]] = {
    "withdrawal": True,
    "p2p_sell": True,
    "transfer": True,
    "p2p_buy": False,
    "trade": False,
    "deposit": False,
}
"""Every operation, and whether value leaves the account by it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an operation is allowed. ``until``: when a hold ends, epoch milliseconds; a freeze has no such moment."""

    allowed: bool
    reasons: tuple[str, ...] = ()
    until: int | None = None


def judge(operation: str, *, hold_until: int | None, frozen: bool) -> Verdict:
    """What holds for the operation at this moment.

    Args:
        operation: a name of :data:`STOPPED`.
        hold_until: when the account's running hold ends, or None.
        frozen: whether the account is frozen.

    Raises:
        KeyError: there is no such operation.
    """
    if not STOPPED[operation]:
        return Verdict(allowed=True)
    reasons = (("frozen",) if frozen else ()) + (("hold",) if hold_until is not None else ())
    return Verdict(not reasons, reasons, hold_until)
