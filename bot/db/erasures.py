"""Who has asked that their data be erased, the erasure itself, and what the law wants kept of them.

The account's own key is destroyed, so that whatever it sealed is worthless wherever a copy of it lies; everything else
of the person is deleted. Only ids, moments and the audit, which names nobody, stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.db import retention
from bot.db.base import Row, Tx
from bot.db.tickets import LIVE as LIVE_TICKETS
from bot.domain.recovery import LIVE
from bot.tools import Tools

Outcome = Literal["erased", "withdrawn", "refused"]
_RECOVERING: Final = ", ".join(f"'{status}'" for status in LIVE)
_WORKED_ON: Final = ", ".join(f"'{status}'" for status in LIVE_TICKETS)


@dataclass(frozen=True, slots=True)
class Erasure:
    """A wish that the data of an account be erased. ``chat`` is where it was asked for, 0 for the operator."""

    id: int
    account: int
    chat: int
    lang: str
    due_at: int


_COLUMNS: Final = "id, account, chat, lang, due_at"


def _erasure(row: Row | None) -> Erasure | None:
    return Erasure(**dict(row)) if row is not None else None


async def ask(tx: Tx, tools: Tools, *, account: int, chat: int, lang: str, due_at: int) -> bool:
    """Note the wish; False if one is waiting already, whose day may come sooner by it but never later."""
    sooner = await tx.run(
        "UPDATE erasures SET due_at = $1 WHERE account = $2 AND ended_at IS NULL AND due_at > $1", due_at, account
    )
    if sooner:
        return False
    made = await tx.run(
        "INSERT INTO erasures (id, account, chat, lang, asked_at, due_at) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT DO NOTHING",
        tools.ids(), account, chat, lang, tools.clock.now(), due_at,
    )  # fmt: skip
    return made == 1


async def waiting(tx: Tx, account: int) -> Erasure | None:
    """The wish that waits for its day."""
    return _erasure(await tx.one(f"SELECT {_COLUMNS} FROM erasures WHERE account = $1 AND ended_at IS NULL", account))  # noqa: S608 - a constant list of columns


async def due(tx: Tx, tools: Tools, most: int = 20) -> list[Erasure]:
    """The wishes whose day has come."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM erasures WHERE ended_at IS NULL AND due_at <= $1 ORDER BY id LIMIT $2",  # noqa: S608 - as above
        tools.clock.now(), most,
    )  # fmt: skip
    return [found for row in rows if (found := _erasure(row)) is not None]


async def end(tx: Tx, tools: Tools, account: int, outcome: Outcome) -> bool:
    """The wish is over; True for exactly one caller."""
    ended = await tx.run(
        "UPDATE erasures SET ended_at = $1, outcome = $2 WHERE account = $3 AND ended_at IS NULL",
        tools.clock.now(), outcome, account,
    )  # fmt: skip
    return ended == 1


async def outcome(tx: Tx, account: int) -> str | None:
    """How the account's latest wish ended; None while it waits, or where there was none."""
    row = await tx.one("SELECT outcome FROM erasures WHERE account = $1 ORDER BY id DESC LIMIT 1", account)
    return row["outcome"] if row else None


_AGAINST: Final[Mapping[str, str]] = {
    "hold": "SELECT 1 AS one FROM holds WHERE account = $1 AND until > $2",
    "frozen": "SELECT 1 AS one FROM freezes WHERE account = $1 AND lifted_at IS NULL AND since <= $2",
    "recovery": f"SELECT 1 AS one FROM recoveries WHERE account = $1 AND status IN ({_RECOVERING})"  # noqa: S608 - constant names
    " AND opened_at <= $2",
    "ticket": f"SELECT 1 AS one FROM tickets WHERE account = $1 AND status IN ({_WORKED_ON})"  # noqa: S608 - as above
    " AND opened_at <= $2",
}
"""What speaks against an erasure: whoever took an account over would erase their traces with it."""


async def against(tx: Tx, tools: Tools, account: int) -> str:
    """What speaks against erasing the account now; "" if nothing does."""
    for reason, found in _AGAINST.items():
        if await tx.one(found, account, tools.clock.now()):
            return reason
    return ""


_CASES: Final = "SELECT id FROM recoveries WHERE account = $1"
_FORGET: Final = (
    "DELETE FROM sessions WHERE account = $1",
    "DELETE FROM logins WHERE account = $1",
    "DELETE FROM links WHERE account = $1",
    "DELETE FROM secrets WHERE account = $1",
    "DELETE FROM forms WHERE account = $1",
    "DELETE FROM codes WHERE subject = $1",
    "DELETE FROM proofs WHERE account = $1",
    "DELETE FROM disputes WHERE account = $1",
    "DELETE FROM recovery_codes WHERE account = $1",
    "DELETE FROM answers WHERE account = $1",
    f"DELETE FROM picture_views WHERE picture IN (SELECT id FROM pictures WHERE recovery IN ({_CASES}))",  # noqa: S608 - constant names
    f"DELETE FROM pictures WHERE recovery IN ({_CASES})",  # noqa: S608 - as above
    "UPDATE recoveries SET words = NULL, phrase = NULL WHERE account = $1",
)
"""What is forgotten of an account beside its own row and its tickets."""


_FORGET_CHAT: Final = (
    "DELETE FROM conversations WHERE chat = $1",
    "DELETE FROM people WHERE chat = $1",
    "DELETE FROM signups WHERE chat = $1",
    "DELETE FROM forms WHERE chat = $1",
)
"""What is forgotten of a chat: who was spoken with, and where the conversation stood; it begins anew."""


async def forget(tx: Tx, tools: Tools, account: int, chats: Iterable[int]) -> list[int]:
    """Forget everything of the person but the account's row; their tickets, whose topics have to go too."""
    for statement in _FORGET:
        await tx.run(statement, account)
    rows = await tx.all("SELECT id FROM tickets WHERE account = $1 ORDER BY id", account)
    for chat in chats:
        for statement in _FORGET_CHAT:
            await tx.run(statement, chat)
        rows += await tx.all(
            f"SELECT id FROM tickets WHERE chat = $1 AND account IS NULL AND status NOT IN ({_WORKED_ON})",  # noqa: S608 - constant names
            chat,
        )
    for row in rows:
        await retention.forget_ticket(tx, tools, row["id"])
    return [row["id"] for row in rows]


# --- what the law wants kept -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept of an erased person: what it is, and until when."""

    what: str
    until: int


async def keep(tx: Tx, tools: Tools, account: int, what: str, record: Mapping[str, Any], until: int) -> None:
    """Keep a record of the person apart from everything else."""
    row = tools.ids()
    await tx.run(
        "INSERT INTO kept_records (id, account, what, record, at, until) VALUES ($1, $2, $3, $4, $5, $6)",
        row, account, what, tools.vault.seal(json.dumps(record), f"kept_records/record/{row}"), tools.clock.now(),
        until,
    )  # fmt: skip


async def kept(tx: Tx, account: int) -> list[Kept]:
    """What is kept of the person."""
    rows = await tx.all("SELECT what, until FROM kept_records WHERE account = $1 ORDER BY id", account)
    return [Kept(row["what"], row["until"]) for row in rows]
