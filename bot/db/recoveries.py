"""Recoveries: the only writer of how a case stands, and of the agents' approvals.

Every step is a conditional update from the status it needs, so that no decision counts twice, too late, or for a
submission that the agent has not seen. What was shown is used up by the case; only an approved one, within its day,
lets a number be written (``finish``), once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from bot.db import accounts, inbox, limits, recovery_codes
from bot.db.base import Row, Tx
from bot.domain import codes, recovery
from bot.domain.limits import RECOVERIES_PER_ACCOUNT
from bot.domain.recovery import LIFE, Part, Status
from bot.tools import Tools


@dataclass(frozen=True, slots=True)
class Case:
    """One recovery.

    Attributes:
        factors: what was shown for it.
        phrase: what the note on the selfie has to say; empty before the pictures are asked for.
        round: how often pictures were laid before the agents, counted on from what its ticket held before.
        part: the picture asked for again, with the ``reason`` or the agent's own ``words``.
        expires_at: when it ends by itself as it stands now.
    """

    id: int
    account: int
    chat: int
    lang: str
    status: Status
    factors: frozenset[str]
    phrase: str = field(repr=False)
    round: int
    part: str
    reason: str
    words: str = field(repr=False)
    ticket: int | None
    expires_at: int | None

    @property
    def approvals(self) -> int:
        """How many different agents must approve."""
        return recovery.approvals(self.factors)


_COLUMNS = (
    "id, account, chat, lang, status, factors, phrase, round, part, reason, words, ticket, expires_at"  # one list
)
_LIVE = ", ".join(f"'{status}'" for status in recovery.LIVE)
_VERIFIED = ", ".join(f"'{status}'" for status in recovery.VERIFIED)
_UNDECIDED = ", ".join(f"'{status}'" for status in recovery.UNDECIDED)


def _case(tools: Tools, row: Row | None) -> Case | None:
    if row is None:
        return None
    opened = {
        name: tools.vault.open(row[name], f"recoveries/{name}/{row['id']}") if row[name] else ""
        for name in ("phrase", "words")
    }
    return Case(**{**row, **opened, "factors": frozenset(row["factors"].split())})


async def live(tx: Tx, tools: Tools, *, chat: int, account: int) -> Case | None:
    """The case of this account that this chat has under way."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM recoveries WHERE chat = $1 AND account = $2 AND status IN ({_LIVE})"  # noqa: S608 - constant names
        " AND (expires_at IS NULL OR expires_at > $3)",
        chat, account, tools.clock.now(),
    )  # fmt: skip
    return _case(tools, row)


async def evidence(tx: Tx, tools: Tools, account: int) -> frozenset[str]:
    """The account's factors that count as evidence now."""
    holder = await accounts.get(tx, tools, account)
    if holder is None:
        return frozenset()
    since = {
        "email": holder.email_at,
        "totp": holder.totp_at,
        "trading": holder.trading_at,
        "recovery": await recovery_codes.since(tx, account),
    }
    return recovery.usable(since, tools.clock.now())


async def in_review(tx: Tx, tools: Tools, ticket: int) -> list[Case]:
    """The cases that wait for the agents in this ticket: one, unless its person recovers several accounts."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM recoveries WHERE ticket = $1 AND status = 'review' ORDER BY id",  # noqa: S608 - as above
        ticket,
    )
    return [case for row in rows if (case := _case(tools, row)) is not None]


async def go_on(tx: Tx, ticket: int, into: int) -> None:
    """What is worked on in one ticket is worked on in another one from now on."""
    await tx.run("UPDATE recoveries SET ticket = $1 WHERE ticket = $2", into, ticket)


async def undecided(tx: Tx, ticket: int) -> bool:
    """Whether a case in this ticket waits for the agents or for pictures."""
    row = await tx.one(
        f"SELECT count(*) AS n FROM recoveries WHERE ticket = $1 AND status IN ({_UNDECIDED})",  # noqa: S608 - as above
        ticket,
    )
    return bool(row and row["n"])


async def begin(tx: Tx, tools: Tools, *, chat: int, account: int, lang: str) -> int:
    """Make a case, counted; or go on with the one under way: 0, or the milliseconds until one may be begun."""
    await tx.lock(account)
    if await live(tx, tools, chat=chat, account=account) is not None:
        return 0
    wait = await limits.allow(tx, tools, RECOVERIES_PER_ACCOUNT, str(account))
    if wait:
        return wait
    now = tools.clock.now()
    await tx.run(
        f"UPDATE recoveries SET status = 'expired', changed_at = $1 WHERE chat = $2 AND account = $3"  # noqa: S608 - as above
        f" AND status IN ({_LIVE})",
        now, chat, account,
    )  # fmt: skip
    await tx.run(
        "INSERT INTO recoveries (id, account, chat, lang, status, opened_at, changed_at, expires_at)"
        " VALUES ($1, $2, $3, $4, 'checking', $5, $5, $6)",
        tools.ids(), account, chat, lang, now, now + (LIFE["checking"] or 0),
    )  # fmt: skip
    return 0


async def _move(tx: Tx, tools: Tools, case: Case, status: Status) -> bool:
    """Let the case stand otherwise, if it still stands as it was read; True for exactly one caller."""
    now, life = tools.clock.now(), LIFE.get(status)
    moved = await tx.run(
        "UPDATE recoveries SET status = $1, changed_at = $2, expires_at = $3 WHERE id = $4 AND round = $5"
        " AND status = $6 AND (expires_at IS NULL OR expires_at > $2)",
        status, now, now + life if life else None, case.id, case.round, case.status,
    )  # fmt: skip
    return moved == 1


async def verified(tx: Tx, tools: Tools, case: Case, factors: frozenset[str], company: str) -> bool:
    """Enough was shown: the pictures are asked for, with a phrase that was never used before."""
    if case.status != "checking" or not await _move(tx, tools, case, "identity"):
        return False
    phrase = tools.vault.seal(f"{company} {codes.note()}", f"recoveries/phrase/{case.id}")
    await tx.run(
        "UPDATE recoveries SET factors = $1, phrase = $2 WHERE id = $3", " ".join(sorted(factors)), phrase, case.id
    )
    return True


async def submitted(tx: Tx, tools: Tools, case: Case, ticket: int) -> bool:
    """Every picture that was asked for is there: the case waits for the agents, in this ticket.

    Rounds are counted for the whole ticket, so that a button's round means one case there and no other.
    """
    if case.status not in ("identity", "again") or not await _move(tx, tools, case, "review"):
        return False
    await tx.run(
        "UPDATE recoveries SET ticket = $1, part = '', reason = '', words = NULL,"
        " round = (SELECT 1 + max(r.round) FROM recoveries r WHERE r.ticket = $1 OR r.id = $2) WHERE id = $2",
        ticket, case.id,
    )  # fmt: skip
    return True


async def approve(tx: Tx, tools: Tools, case: Case, agent: int, agents: Collection[int]) -> int:
    """Count an agent's approval of the pictures as they are: how many more are needed; -1 if this one counts nothing.

    An agent counts once, and only one who is among ``agents`` still. With the last one the case is approved, for a day.
    """
    if case.status != "review":
        return -1
    await tx.lock(case.id)
    counted = await tx.run(
        "INSERT INTO approvals (recovery, round, agent, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        case.id, case.round, agent, tools.clock.now(),
    )  # fmt: skip
    rows = await tx.all("SELECT agent FROM approvals WHERE recovery = $1 AND round = $2", case.id, case.round)
    missing = max(0, case.approvals - sum(row["agent"] in agents for row in rows))
    if missing:
        return missing if counted else -1
    # Not only with a new one: an agent may have come back whose earlier approval counts again.
    return 0 if await _move(tx, tools, case, "approved") else -1


async def ask_again(tx: Tx, tools: Tools, case: Case, part: Part, *, reason: str, words: str) -> bool:
    """Ask for one picture once more."""
    if case.status != "review" or not await _move(tx, tools, case, "again"):
        return False
    await _told(tx, tools, case, part, reason, words)
    return True


async def reject(tx: Tx, tools: Tools, case: Case, *, reason: str, words: str) -> bool:
    """Say no."""
    if case.status not in recovery.UNDECIDED or not await _move(tx, tools, case, "rejected"):
        return False
    await _told(tx, tools, case, "", reason, words)
    return True


async def _told(tx: Tx, tools: Tools, case: Case, part: str, reason: str, words: str) -> None:
    sealed = tools.vault.seal(words, f"recoveries/words/{case.id}") if words else None
    await tx.run(
        "UPDATE recoveries SET part = $1, reason = $2, words = $3 WHERE id = $4", part, reason, sealed, case.id
    )


async def finish(tx: Tx, tools: Tools, *, chat: int, account: int, late: bool = False) -> int | None:
    """Use the approval up, within its day; the case's ticket.

    Args:
        tx: the open transaction.
        tools: clock, ids and vault.
        chat: where the case is under way.
        account: whose it is.
        late: the number was asked for while the approval was good, and is bound only now: nothing is refused any more.

    Raises:
        LookupError: there is no approved case, or it was used before; undoes whatever was written for it.
    """
    case = await live(tx, tools, chat=chat, account=account)
    done = case is not None and case.status == "approved" and await _move(tx, tools, case, "done")
    if case is None or not done:
        if late:
            return None
        raise LookupError("no approved recovery to finish")
    return case.ticket


async def withdraw(tx: Tx, tools: Tools, case: Case) -> bool:
    """End the case on the person's own wish."""
    return await _move(tx, tools, case, "withdrawn")


async def void(tx: Tx, tools: Tools, account: int, *, but: int = 0) -> list[int]:
    """End every case of the account but one: something about it has changed. The chats that have an event waiting."""
    rows = await tx.all(
        f"UPDATE recoveries SET status = 'void', changed_at = $1 WHERE account = $2 AND id <> $3"  # noqa: S608 - as above
        f" AND status IN ({_LIVE}) RETURNING id, chat",
        tools.clock.now(), account, but,
    )  # fmt: skip
    return await _over(tx, tools, rows, "void")


async def take_expired(tx: Tx, tools: Tools, most: int = 100) -> list[int]:
    """End the cases whose time is over; the chats that have an event waiting. Nobody waits for one under its checks."""
    rows = await tx.all(
        f"UPDATE recoveries SET status = 'expired', changed_at = $1 WHERE id IN"  # noqa: S608 - as above
        f" (SELECT id FROM recoveries WHERE status IN ({_VERIFIED}) AND expires_at <= $1 ORDER BY expires_at LIMIT $2)"
        f" AND status IN ({_VERIFIED}) RETURNING id, chat",
        tools.clock.now(), most,
    )  # fmt: skip
    return await _over(tx, tools, rows, "expired")


async def _over(tx: Tx, tools: Tools, ended: list[Row], reason: str) -> list[int]:
    for row in ended:
        await inbox.event(
            tx, tools, source="recovery", key=f"{row['id']}:over", lane=row["chat"], name="RecoveryOver", reason=reason
        )
    return [row["chat"] for row in ended]
