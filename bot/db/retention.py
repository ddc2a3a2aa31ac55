"""How long what is kept, and the statements that forget it: one row of the table a class of data.

What is forgotten is deleted, never marked. Rows that other records count or point at (tickets, recoveries) stay, with
nothing personal in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.clock import DAY
from bot.db.base import Tx
from bot.domain.recovery import UNDECIDED
from bot.tools import Tools

BATCH: Final = 500
"""Rows of one class in one transaction, so that nobody waits for the job."""
_UNDECIDED: Final = ", ".join(f"'{status}'" for status in UNDECIDED)
_DECIDED: Final = f"SELECT id FROM recoveries WHERE status NOT IN ({_UNDECIDED}) AND changed_at <= $1"  # noqa: S608 - constant names


@dataclass(frozen=True, slots=True)
class Lives:
    """How long each class is kept, in milliseconds.

    Attributes:
        spent: what is of no use once it is over: codes, forms and links (security.md section 6: 24 hours).
        counters: what the limits count over; the longest window has 30 days.
        identity: identity pictures, and the words of a decision, after it.
        tickets: what was said in a ticket, after it was closed.
        updates: what came in and what went out, emptied already.
        dated: what has its own day.
    """

    identity: int = 30 * DAY
    tickets: int = 365 * DAY
    updates: int = 7 * DAY
    spent: int = DAY
    counters: int = 31 * DAY
    dated: int = 0


def lives(identity_days: int, ticket_days: int, update_days: int) -> Lives:
    """The lives that the settings give, in days."""
    return Lives(identity_days * DAY, ticket_days * DAY, update_days * DAY)


@dataclass(frozen=True, slots=True)
class Class:
    """A class of data.

    Attributes:
        name: what the operator sees.
        life: the attribute of :class:`Lives`.
        rows: the ids of what is over, at ``$1`` at the latest.
        forget: what is done with up to ``$2`` of them, in this order.
    """

    name: str
    life: str
    rows: str
    forget: tuple[str, ...]


def _table(name: str, life: str, table: str, over: str, key: str = "id") -> Class:
    """A class that is all of its table's rows that are ``over``."""
    rows = f"SELECT {key} FROM {table} WHERE {over}"  # noqa: S608 - constant names, here and below
    return Class(name, life, rows, (f"DELETE FROM {table} WHERE {key} IN ({rows} LIMIT $2)",))  # noqa: S608 - constant names, as above


_PICTURES: Final = (
    "SELECT id FROM pictures WHERE dead_at <= $1"  # noqa: S608 - constant names, as above
    f" OR recovery IN ({_DECIDED})"
)
_VIEWS: Final = f"SELECT id FROM picture_views WHERE picture IN ({_PICTURES})"  # noqa: S608 - constant names, as above
_WORDS: Final = f"{_DECIDED} AND (words IS NOT NULL OR phrase IS NOT NULL)"

CLASSES: Final[tuple[Class, ...]] = (
    _table("codes", "spent", "codes", "expires_at <= $1"),
    _table("forms", "spent", "forms", "expires_at <= $1"),
    _table("logins", "spent", "logins", "expires_at <= $1"),
    _table("sign-ups", "spent", "signups", "expires_at <= $1"),
    _table("links", "spent", "links", "expires_at <= $1"),
    _table("what forms gave", "spent", "secrets", "at <= $1"),
    _table("proved factors", "spent", "proofs", "at <= $1"),
    _table("questions before many are solved", "spent", "bulk_asks", "expires_at <= $1"),
    _table("wishes for new tries", "spent", "new_tries", "at <= $1", "account"),
    _table("addresses of notices", "spent", "disputes", "expires_at <= $1"),
    _table("limits' counters", "counters", "hits", "at <= $1"),
    _table("answers of the account system", "counters", "answers", "at <= $1", "idempotency_key"),
    Class("identity pictures", "identity", _PICTURES, (
        f"DELETE FROM picture_views WHERE id IN ({_VIEWS})",  # noqa: S608 - constant names, as above
        f"DELETE FROM pictures WHERE id IN ({_PICTURES} LIMIT $2)",  # noqa: S608 - constant names, as above
    )),
    Class("words of decisions", "identity", _WORDS, (
        f"UPDATE recoveries SET words = NULL, phrase = NULL WHERE id IN ({_WORDS} LIMIT $2)",  # noqa: S608 - constant names, as above
    )),
    _table("records that the law wanted kept", "dated", "kept_records", "until <= $1"),
    _table("updates", "updates", "inbox", "done_at <= $1 OR aside_at <= $1"),
    _table("messages sent", "updates", "outbox", "done_at <= $1"),
)  # fmt: skip
"""Every class but the tickets, whose topics go with them (``bot/retention.py``)."""


async def over(tx: Tx, kind: Class, before: int) -> int:
    """How many rows of the class are over since ``before`` at the latest."""
    row = await tx.one(f"SELECT count(*) AS n FROM ({kind.rows}) AS gone", before)  # noqa: S608 - constant names, as above
    return row["n"] if row else 0


async def forget(tx: Tx, kind: Class, before: int) -> int:
    """Forget up to ``BATCH`` of them; how many."""
    gone = 0
    for statement in kind.forget:
        gone = await tx.run(statement, *((before, BATCH) if "$2" in statement else (before,)))
    return gone


async def tickets_over(tx: Tx, before: int, most: int = BATCH) -> list[int]:
    """Tickets that were closed before and of which something is left to be forgotten; up to ``most``."""
    rows = await tx.all(
        "SELECT id FROM tickets WHERE status = 'closed' AND closed_at <= $1 AND forgotten_at IS NULL ORDER BY id"
        " LIMIT $2",
        before, most,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def forget_ticket(tx: Tx, tools: Tools, ticket: int) -> None:
    """Nothing of what was said in a ticket stays, nor of whom it was about; its number, reason and times do."""
    texts = "DELETE FROM ticket_texts WHERE message IN (SELECT id FROM ticket_messages WHERE ticket = $1)"
    await tx.run(texts, ticket)
    await tx.run("DELETE FROM asks WHERE ticket = $1", ticket)
    await tx.run("DELETE FROM ticket_messages WHERE ticket = $1", ticket)
    await tx.run(
        "UPDATE tickets SET forgotten_at = $1, facts = $2, comment = NULL, tags = '', phone_end = NULL, came = NULL,"
        " chat = 0, account = NULL, lost_chat = NULL, lost_thread = NULL"
        " WHERE id = $3",
        tools.clock.now(), tools.vault.seal("{}", f"tickets/facts/{ticket}"), ticket,
    )  # fmt: skip
