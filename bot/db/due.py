"""What falls due: the moments that ``bot/timers.py`` looks after, each kind from its own table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.db.base import Tx
from bot.domain.recovery import VERIFIED

_WAITING: Final = ", ".join(f"'{status}'" for status in VERIFIED)
KINDS: Final[Mapping[str, str]] = {
    "conversation": "SELECT due_at AS at FROM conversations WHERE due_at IS NOT NULL",
    "ticket": "SELECT due_at AS at FROM tickets WHERE due_at IS NOT NULL",
    "mirror": "SELECT status_at AS at FROM tickets WHERE unmirrored = 1",
    "erasure": "SELECT due_at AS at FROM erasures WHERE ended_at IS NULL",
    "digest": "SELECT due_at AS at FROM digests",
    "hold": "SELECT until AS at FROM holds WHERE ended_at IS NULL",
    "recovery": f"SELECT expires_at AS at FROM recoveries WHERE status IN ({_WAITING}) AND expires_at IS NOT NULL",  # noqa: S608 - constant names
}
"""Every moment of each kind that is still to come, or has come and was not yet looked after."""
_NOW: Final = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind WHERE EXISTS (SELECT 1 FROM ({moments}) AS {kind}s WHERE at <= $1)"  # noqa: S608 - as above
    for kind, moments in KINDS.items()
)


async def now(tx: Tx, moment: int) -> set[str]:
    """The kinds of which something is due at the moment."""
    return {row["kind"] for row in await tx.all(_NOW, moment)}
