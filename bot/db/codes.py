"""One-time codes: made, sent once, guessed at a few times, accepted once, used once.

A code is bound to its row, the subject, the purpose and the exact destination. There is at most one live code a subject
and purpose; a new one makes the old one useless and resets no counter (NIST SP 800-63B-4 section 3.1.3.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.clock import MINUTE
from bot.db import limits, spending
from bot.db.base import Row, Tx
from bot.db.limits import CODE, PREFIX, Counted
from bot.db.spending import Stop
from bot.domain import codes as policy
from bot.domain import digits
from bot.domain import limits as caps
from bot.domain.limits import (
    SENDS_PER_ACCOUNT,
    SENDS_PER_DESTINATION,
    SENDS_PER_NUMBER,
    SENDS_PER_PERSON,
    SMS_PER_PREFIX,
    Limit,
)
from bot.domain.spending import Allowance, billed
from bot.tools import Tools
from conversations import events as ev
from conversations.events import Event

ACCEPTED_LIFE = 15 * MINUTE
"""How long an accepted code may be used (security.md, recommended defaults: flow life 15 min)."""
_PREFIX = 4
"""Digits at a number's end that neighbours differ in."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh code; ``code`` is empty for a decoy, which nobody can know."""

    id: int
    code: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """No code: ``cooldown`` (the last one is still good), ``limit`` or ``locked``; ``wait_s`` seconds.

    ``number``: no message may ever be paid to it; ``stopped``: none is sent there now. ``stop`` says why, to nobody but
    the operators.
    """

    reason: Literal["cooldown", "limit", "locked", "number", "stopped"]
    wait_s: int = 0
    stop: Stop | None = None


async def issue(
    tx: Tx,
    tools: Tools,
    *,
    subject: int,
    purpose: str,
    channel: str,
    chat: int,
    account: int | None,
    destination: str,
    decoy: bool = False,
    allowance: Allowance = Allowance(),  # noqa: B008 - frozen
) -> Issued | Refusal:
    """Make a code for exactly this destination, unless a limit forbids; a refusal changes and costs nothing."""
    wait = await limits.waiting(tx, tools, CODE, f"{subject}:{purpose}")
    if wait:
        return Refusal("locked", limits.seconds(wait))
    hashed = tools.vault.indexes(f"code {channel}", destination)
    wanted: list[tuple[Limit, str]] = [
        (SENDS_PER_DESTINATION, f"{channel}:{purpose}:{destination}"),
        (SENDS_PER_ACCOUNT, f"{channel}:{account or subject}"),
        (SENDS_PER_PERSON, f"{channel}:{chat}"),
    ]
    prefix = destination[:-_PREFIX] if channel == "sms" else ""
    if prefix:
        wanted += [(SENDS_PER_NUMBER, destination), (SMS_PER_PREFIX, prefix)]
    wait = await limits.waits(tx, tools, wanted)
    now = tools.clock.now()
    if wait:
        live = await tx.one(
            "SELECT id FROM codes WHERE subject = $1 AND purpose = $2 AND destination_hash IN ($3, $4)"
            " AND status = 'live' AND expires_at > $5",
            subject, purpose, *hashed, now,
        )  # fmt: skip
        return Refusal("cooldown" if live else "limit", limits.seconds(wait))
    stop = await _stopped(tx, tools, allowance, destination, prefix) if prefix else None
    if stop is not None:
        return Refusal("number" if stop.why == "number" else "stopped", stop=stop)
    await limits.count(tx, tools, wanted)
    await tx.run(
        "UPDATE codes SET status = 'superseded' WHERE subject = $1 AND purpose = $2 AND status = 'live'",
        subject, purpose,
    )  # fmt: skip
    row, code = tools.ids(), policy.code()
    secret = policy.token() if decoy else code
    await tx.run(
        "INSERT INTO codes (id, subject, purpose, channel, chat, destination, destination_hash, code_hash, status,"
        " made_at, expires_at, prefix_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'live', $9, $10, $11)",
        row, subject, purpose, channel, chat, tools.vault.seal(destination, f"codes/destination/{row}"), hashed[0],
        tools.vault.code_hash(row, subject, purpose, destination, secret), now, now + policy.LIFE,
        tools.vault.index(PREFIX, prefix) if prefix else None,
    )  # fmt: skip
    return Issued(row, "" if decoy else code)


async def _stopped(tx: Tx, tools: Tools, allowance: Allowance, number: str, prefix: str) -> Stop | None:
    """Why no text goes to the number though its person may have one; the last thing asked, as it counts the cost."""
    now, ended = tools.clock.now(), await limits.blocked_until(tx, tools, PREFIX, prefix)
    if ended > now:
        return Stop("prefix")
    row = await tx.one(
        "SELECT count(*) AS sent, count(accepted_at) AS entered FROM codes"
        " WHERE prefix_hash IN ($1, $2) AND made_at >= $3 AND (status <> 'live' OR expires_at <= $4)",
        *tools.vault.indexes(PREFIX, prefix), max(ended, now - caps.CONVERSION_WINDOW), now,
    )  # fmt: skip
    if row and row["sent"] >= caps.CONVERSION_SENDS and 100 * row["entered"] <= caps.CONVERSION_PERCENT * row["sent"]:
        await limits.block(tx, tools, PREFIX, prefix, caps.PREFIX_BLOCK)
        return Stop("prefix", billed(number), tell=True)
    return await spending.take(tx, tools, allowance, number)


async def entered(tx: Tx, since: int) -> tuple[int, int]:
    """How many codes went out by SMS since a moment, and how many of them were entered."""
    row = await tx.one(
        "SELECT count(*) AS sent, count(accepted_at) AS entered FROM codes WHERE channel = 'sms' AND made_at >= $1",
        since,
    )
    return (row["sent"], row["entered"]) if row else (0, 0)


async def verify(
    tx: Tx, tools: Tools, *, subject: int, purpose: str, channel: str, typed: str, counted: Counted | None = None
) -> Event:
    """What the typed code is: counted first, compared second, accepted by a conditional update."""
    read = digits.code(typed)
    if not read.code:
        return ev.CodeMalformed(read.reason or "not_a_code")
    key = f"{subject}:{purpose}"
    wait = await limits.begin(tx, tools, CODE, key, counted)
    if wait:
        return ev.CodeLocked(limits.seconds(wait))
    now = tools.clock.now()
    row = await guessed(tx, tools, subject=subject, purpose=purpose, channel=channel)
    if row is not None and matches(tools, row, read.code) and await accept(tx, row["id"], now):
        await limits.succeed(tx, tools, CODE, key)
        return ev.CodeRight()
    other = await _other(tx, tools, subject, purpose, read.code, now)
    left = await left_after(tx, row) if row is not None else 0
    locked = await limits.waiting(tx, tools, CODE, key)
    if locked:
        return ev.CodeLocked(limits.seconds(locked))
    if other is not None:
        return other
    if row is None:
        return ev.CodeExpired()
    return ev.CodeWrong(left) if left else ev.CodeSpent()


async def guessed(tx: Tx, tools: Tools, *, subject: int, purpose: str, channel: str) -> Row | None:
    """Take one of the live code's tries: its row, or None if there is no code that may still be guessed at."""
    return await tx.one(
        "UPDATE codes SET tries = tries + 1 WHERE subject = $1 AND purpose = $2 AND channel = $3 AND status = 'live'"
        " AND tries < $4 AND expires_at > $5 RETURNING *",
        subject, purpose, channel, policy.TRIES, tools.clock.now(),
    )  # fmt: skip


async def recount(tx: Tx, counted: Counted) -> None:
    """Take again the tries that an undone transaction had taken, or its guesses would have cost the code nothing."""
    for _, key in (each for each in counted if each[0] == CODE):
        subject, _, purpose = key.partition(":")
        row = await tx.one(
            "UPDATE codes SET tries = tries + 1 WHERE subject = $1 AND purpose = $2 AND status = 'live' AND tries < $3"
            " RETURNING id, tries",
            int(subject), purpose, policy.TRIES,
        )  # fmt: skip
        if row is not None:
            await left_after(tx, row)


async def left_after(tx: Tx, row: Row) -> int:
    """How many tries a wrong guess leaves of the code; with none left it is dead."""
    left = policy.TRIES - int(row["tries"])
    if left <= 0:
        await tx.run("UPDATE codes SET status = 'dead' WHERE id = $1 AND status = 'live'", row["id"])
    return left


def matches(tools: Tools, row: Row, code: str) -> bool:
    """Whether the code of the row is ``code``."""
    destination = tools.vault.open(row["destination"], f"codes/destination/{row['id']}")
    return tools.vault.code_matches(row["code_hash"], row["id"], row["subject"], row["purpose"], destination, code)


async def accept(tx: Tx, code: int, now: int) -> bool:
    """Accept the live code; True for exactly one caller."""
    accepted = await tx.run(
        "UPDATE codes SET status = 'accepted', accepted_at = $1 WHERE id = $2 AND status = 'live'", now, code
    )
    return accepted == 1


async def _other(tx: Tx, tools: Tools, subject: int, purpose: str, code: str, now: int) -> Event | None:
    """Whether it is an older code of this step, or a good one of another: said, so that nobody goes in circles.

    That answers a guess at the other code, so it costs that one a try: no code is compared more often than it bears.
    """
    rows = await tx.all(
        "UPDATE codes SET tries = tries + 1 WHERE subject = $1 AND expires_at > $2 AND tries < $3"
        " AND (status = 'superseded' AND purpose = $4 OR status = 'live' AND purpose <> $4) RETURNING *",
        subject, now, policy.TRIES, purpose,
    )  # fmt: skip
    for row in rows:
        if matches(tools, row, code):
            return ev.CodeSuperseded() if row["purpose"] == purpose else ev.CodeElsewhere()
        if row["status"] == "live":
            await left_after(tx, row)
    return None


async def waits(tx: Tx, tools: Tools, *, subject: int, purpose: str) -> bool:
    """Whether there is a code for the purpose that may still be typed."""
    row = await tx.one(
        "SELECT id FROM codes WHERE subject = $1 AND purpose = $2 AND status = 'live' AND expires_at > $3",
        subject, purpose, tools.clock.now(),
    )  # fmt: skip
    return row is not None


async def consume(tx: Tx, tools: Tools, *, subject: int, purpose: str, chat: int) -> str | None:
    """Use the code accepted in this chat: where it was sent to, for exactly one caller; None for all others."""
    now = tools.clock.now()
    row = await tx.one(
        "UPDATE codes SET status = 'used', used_at = $1 WHERE status = 'accepted' AND id = (SELECT id FROM codes"
        " WHERE subject = $2 AND purpose = $3 AND status = 'accepted' AND accepted_at > $4 AND chat = $5"
        " ORDER BY id DESC LIMIT 1)"
        " RETURNING id, destination",
        now, subject, purpose, now - ACCEPTED_LIFE, chat,
    )  # fmt: skip
    return tools.vault.open(row["destination"], f"codes/destination/{row['id']}") if row else None


async def revoke(tx: Tx, *, subject: int, purpose: str = "", chat: int | None = None) -> None:
    """Kill the subject's codes: for a purpose or every one, of a chat or of all. What was counted stays counted."""
    await tx.run(
        "UPDATE codes SET status = 'dead' WHERE subject = $1 AND status IN ('live', 'accepted')"
        " AND ($2 = '' OR purpose = $2) AND (CAST($3 AS BIGINT) = 0 OR chat = $3)",
        subject, purpose, chat or 0,
    )  # fmt: skip
