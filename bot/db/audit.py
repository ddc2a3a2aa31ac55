"""What happened, edge by edge, in a chain that shows when somebody has changed it.

Rows are numbered without a gap. Each carries a MAC (HMAC-SHA-256 under an audit key) over itself and over the MAC of
the row before it, so that whoever lacks the key can neither change a row nor put one in, take one out or swap two
without the first bad one being found (:func:`verify`). That the end was cut off only shows beside an anchor that is
kept elsewhere (bot/anchor.py).

There is no personal data in a row: people and accounts stand in it under random pseudonyms, which ``subjects``
resolves. Without their row there (:func:`forget`) nobody can be found by them, and the chain stays as it is.
"""

from __future__ import annotations

import hmac
import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.db.base import Db, Row, Tx
from bot.domain import codes
from bot.domain.vault import Vault
from bot.tools import Tools

_LOCK = 0x6175646974  # "audit": two processes that append at once wait for one another
_ROOT = bytes(32)
"""What the first row follows."""
_BATCH = 5000
_MANY = 1 << 62
_STRANGE = "was changed, or put in by somebody else"
_COLUMNS = ("seq", "at", "actor", "person", "account", "action", "outcome", "detail", "key_version")
"""What the MAC is over, beside the MAC before, in this order."""
_signed = operator.itemgetter(*_COLUMNS)
_SELECT = f"SELECT {', '.join(_COLUMNS)}, prev, mac FROM audit"  # noqa: S608 - constant names
_INSERT = (
    f"INSERT INTO audit ({', '.join(_COLUMNS)}, prev, mac)"  # noqa: S608 - constant names
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
)
_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Head:
    """The last row: its number, and its MAC."""

    seq: int
    mac: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    """What becomes a row."""

    tools: Tools
    at: int
    actor: str
    chat: int | None
    account: int | None
    action: str
    outcome: str
    detail: str


async def write(
    tx: Tx,
    tools: Tools,
    *,
    action: str,
    actor: str,
    chat: int | None = None,
    account: int | None = None,
    outcome: str = "done",
    **detail: object,
) -> None:
    """Add a row, last of all that the transaction does: everybody who adds one waits for it until the commit.

    Args:
        tx: the open transaction.
        tools: clock and vault.
        action: an edge or a stable word.
        actor: ``person``, ``agent:<id>``, ``website``, ``operator`` or ``system``.
        chat: whom it is about.
        account: what it is about.
        outcome: ``done`` or ``refused``.
        **detail: words and numbers of ours, nothing that anybody has typed.
    """
    said = _json(detail) if detail else "{}"
    tx.last(_append, _Entry(tools, tools.clock.now(), actor, chat, account, action, outcome, said))


async def _append(tx: Tx, entries: list[_Entry]) -> None:
    await tx.lock(_LOCK)
    last = await head(tx)
    for entry in entries:
        person, account = await _pseudonym(tx, "chat", entry.chat), await _pseudonym(tx, "account", entry.account)
        version = entry.tools.vault.versions("audit")[0]
        values = (
            last.seq + 1, entry.at, entry.actor, person, account, entry.action, entry.outcome, entry.detail, version,
        )  # fmt: skip
        mac = entry.tools.vault.audit_mac(version, _said(values, last.mac))
        await tx.run(_INSERT, *values, last.mac, mac)
        last = Head(last.seq + 1, mac)


def _said(values: Sequence[object], prev: bytes) -> bytes:
    """A row as the MAC is over it; JSON leaves no doubt where one value ends."""
    return _json(values).encode() + prev


async def _pseudonym(tx: Tx, kind: str, subject: int | None) -> int | None:
    if not subject:
        return None
    row = await tx.one("SELECT pseudonym FROM subjects WHERE kind = $1 AND id = $2", kind, subject)
    if row is not None:
        return int(row["pseudonym"])
    fresh = codes.pseudonym()
    await tx.run("INSERT INTO subjects (pseudonym, kind, id) VALUES ($1, $2, $3)", fresh, kind, subject)
    return fresh


async def forget(tx: Tx, *, chat: int | None = None, account: int | None = None) -> None:
    """From now on nobody can tell who stands in the audit as this person or account; every row stays."""
    for kind, subject in (("chat", chat), ("account", account)):
        if subject is not None:
            await tx.run("DELETE FROM subjects WHERE kind = $1 AND id = $2", kind, subject)


async def head(tx: Tx) -> Head:
    """The last row."""
    row = await tx.one("SELECT seq, mac FROM audit ORDER BY seq DESC LIMIT 1")
    return Head(row["seq"], bytes(row["mac"])) if row else Head(0, _ROOT)


async def holds(tx: Tx, known: Head) -> bool:
    """Whether the row that was the last one once is there, unchanged as far as its MAC tells."""
    row = await tx.one("SELECT mac FROM audit WHERE seq = $1", known.seq)
    return known == Head(0, _ROOT) or (row is not None and hmac.compare_digest(bytes(row["mac"]), known.mac))


async def versions(tx: Tx) -> dict[int, int]:
    """How many rows there are under each audit key."""
    rows = await tx.all("SELECT key_version, count(*) AS n FROM audit GROUP BY key_version")
    return {row["key_version"]: row["n"] for row in rows}


async def carry_over(tx: Tx, tools: Tools, most: int = 500) -> int:
    """Bring rows from before there was a chain into it, oldest first, marked as such; how many."""
    await tx.lock(_LOCK)
    rows = await tx.all(
        "SELECT id, at, chat, account, actor, action, detail FROM audit_before ORDER BY id LIMIT $1", most
    )
    for row in rows:
        tx.last(_append, _Entry(tools, row["at"], row["actor"], row["chat"], row["account"], row["action"],
                                "carried over", row["detail"]))  # fmt: skip
    if rows:
        await tx.run("DELETE FROM audit_before WHERE id <= $1", rows[-1]["id"])
    return len(rows)


# --- verifying ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the chain was found.

    Attributes:
        rows: how many rows were good.
        row: the number of the first bad one, where one is.
        fault: what is wrong with it; empty if nothing is.
    """

    rows: int
    row: int = 0
    fault: str = ""


async def verify(db: Db, vault: Vault, anchor: Head | None = None, progress: Callable[[int], Any] = int) -> Verdict:
    """Look at every row, in order, up to the first bad one.

    Args:
        db: the database.
        vault: has the audit keys of every version in the rows.
        anchor: the last row as it was noted elsewhere.
        progress: is told how many rows were good so far.
    """
    last, known = Head(0, _ROOT), frozenset(vault.versions("audit"))
    while rows := await db.transact(partial(_after, seq=last.seq or -_MANY)):
        for row in rows:
            number = row["seq"]
            if not isinstance(number, int) or number <= last.seq:
                return Verdict(last.seq, number, _STRANGE)
            fault = _fault(row, last, vault, known)
            if fault:
                return Verdict(last.seq, last.seq + 1, fault)
            last = Head(number, row["mac"])
            if anchor is not None and anchor.seq == last.seq and anchor.mac != last.mac:
                return Verdict(last.seq - 1, last.seq, "is another one than the anchor has seen")
        progress(last.seq)
    if anchor is not None and anchor.seq > last.seq:
        return Verdict(
            last.seq, last.seq + 1, f"is missing, and everything up to row {anchor.seq}: the end was cut off"
        )
    return Verdict(last.seq)


async def _after(tx: Tx, *, seq: int) -> list[Row]:
    return await tx.all(f"{_SELECT} WHERE seq > $1 ORDER BY seq LIMIT {_BATCH}", seq)


def _fault(row: Mapping[str, Any], last: Head, vault: Vault, known: frozenset[int]) -> str:
    if row["seq"] != last.seq + 1:
        return "is missing"
    if row["key_version"] not in known:
        return f"was written under audit key {row['key_version']}, which is not configured"
    prev, mac = row["prev"], row["mac"]
    try:
        right = hmac.compare_digest(vault.audit_mac(row["key_version"], _said(_signed(row), prev)), mac)
    except TypeError:  # a column holds another kind of value than we write
        right = False
    if not right:
        return _STRANGE
    if prev != last.mac:
        return "does not follow the row before it"
    return ""
