"""Where each person's conversation stands, and what its guards may know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.clock import SECOND
from bot.db import own_tickets, proofs, recoveries
from bot.db.base import Tx
from bot.tools import Tools
from conversations.effects import ENROL, RECOVER
from conversations.engine import Snapshot
from conversations.facts import Facts
from conversations.steps import IDLE

_AUTHENTICATOR = frozenset({"totp", "recovery"})


@dataclass(frozen=True, slots=True)
class Conversation:
    """A person and their conversation at the start of a turn.

    Attributes:
        account: the account signed in to, else the one whose password was accepted, else the one whose recovery this
            chat has under way, else None.
        signup: the sign-up under way, if any.
        screen: message id of the live screen, once known.
        last_tap: callback data of the tap, or id of the album, that led to it.
        keyboard: whether a reply keyboard stands in the chat.
    """

    chat: int
    lang: str
    name: str
    snapshot: Snapshot | None
    facts: Facts
    account: int | None
    signup: int | None
    ticket: int | None
    screen: int | None
    last_tap: str
    keyboard: bool


async def meet(tx: Tx, tools: Tools, *, chat: int, name: str, lang: str) -> None:
    """Remember a person on first sight; an unblocked bot, a new name are noted, a chosen language stays."""
    sealed = tools.vault.seal(name, f"people/name/{chat}")
    await tx.run(
        "INSERT INTO people (chat, lang, name, seen_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (chat) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at, blocked_at = NULL",
        chat, lang, sealed, tools.clock.now(),
    )  # fmt: skip


async def blocked(tx: Tx, tools: Tools, chat: int, *, yes: bool) -> None:
    """Note that a person blocked the bot, or came back."""
    await tx.run("UPDATE people SET blocked_at = $1 WHERE chat = $2", tools.clock.now() if yes else None, chat)


async def language(tx: Tx, chat: int) -> str:
    """The language spoken to the person; empty for somebody never met."""
    row = await tx.one("SELECT lang FROM people WHERE chat = $1", chat)
    return row["lang"] if row else ""


async def set_language(tx: Tx, chat: int, lang: str) -> None:
    """Speak ``lang`` to the person from now on."""
    await tx.run("UPDATE people SET lang = $1 WHERE chat = $2", lang, chat)


async def load(tx: Tx, tools: Tools, chat: int) -> Conversation | None:
    """The conversation of ``chat``; None for somebody never met."""
    now = tools.clock.now()
    row = await tx.one(
        "SELECT p.lang, p.name, c.snapshot, c.screen, c.last_tap, c.keyboard, s.account, t.number AS ticket,"
        " (SELECT l.account FROM logins l WHERE l.chat = p.chat AND l.used_at IS NULL AND l.expires_at > $2"
        "  ORDER BY l.id DESC LIMIT 1) AS login,"
        " (SELECT g.id FROM signups g WHERE g.chat = p.chat AND g.used_at IS NULL AND g.expires_at > $2"
        "  ORDER BY g.id DESC LIMIT 1) AS signup,"
        " (SELECT r.account FROM recoveries r WHERE r.chat = p.chat AND (r.expires_at IS NULL OR r.expires_at > $2)"
        "  AND r.status IN ('identity', 'review', 'again', 'approved', 'done') ORDER BY r.id DESC LIMIT 1)"
        " AS recovering,"
        " (SELECT max(o.id) FROM tickets o WHERE o.chat = p.chat) AS tickets"
        " FROM people p LEFT JOIN conversations c ON c.chat = p.chat LEFT JOIN sessions s ON s.chat = p.chat"
        " LEFT JOIN tickets t ON t.chat = p.chat AND t.status IN ('new', 'open', 'pending', 'hold')"
        " WHERE p.chat = $1",
        chat, now,
    )  # fmt: skip
    if row is None:
        return None
    known = row["account"] or row["login"]
    account = known or row["recovering"]
    facts = Facts(ticket_open=row["ticket"] is not None)
    if account is not None:
        facts = (await _facts(tx, tools, chat, account))._replace(
            known=known is not None,
            signed_in=row["account"] is not None,
            ticket_open=facts.ticket_open,
        )
        if row["account"] is None:
            facts = facts._replace(proved=False, others=False)
    if row["tickets"] is not None:
        count, solved = await own_tickets.standing(tx, chat, account)
        facts = facts._replace(has_tickets=count > 0, solved_lately=solved > 0)
    return Conversation(
        chat=chat,
        lang=row["lang"],
        name=tools.vault.open(row["name"], f"people/name/{chat}") if row["name"] else "",
        snapshot=_opened(tools, chat, row["snapshot"]) if row["snapshot"] else None,
        facts=facts,
        account=account,
        signup=row["signup"],
        ticket=row["ticket"],
        screen=row["screen"],
        last_tap=row["last_tap"] or "",
        keyboard=bool(row["keyboard"]),
    )


async def _facts(tx: Tx, tools: Tools, chat: int, account: int) -> Facts:
    now = tools.clock.now()
    row = await tx.one(
        "SELECT a.phone_hash, a.totp_at, a.trading_at, a.phrase,"
        " (SELECT count(*) FROM recovery_codes r WHERE r.account = a.id AND r.used_at IS NULL AND r.dead_at IS NULL)"
        " AS codes,"
        " (SELECT count(*) FROM proofs p WHERE p.account = a.id AND p.purpose = $2 AND p.used_at IS NULL"
        "  AND p.at > $3 AND p.chat = $4) AS proved,"
        " (SELECT count(*) FROM sessions s WHERE s.account = a.id AND s.chat <> $4) AS others,"
        " (SELECT count(*) FROM erasures e WHERE e.account = a.id AND e.ended_at IS NULL) AS erasing,"
        " (SELECT v.status FROM recoveries v WHERE v.account = a.id AND v.chat = $4"
        "  AND v.status IN ('checking', 'identity', 'review', 'again', 'approved')"
        "  AND (v.expires_at IS NULL OR v.expires_at > $5)) AS recovery"
        " FROM accounts a WHERE a.id = $1",
        account, ENROL, now - IDLE * SECOND, chat, now,
    )  # fmt: skip
    if row is None:
        return Facts()
    shown, can_show = await _evidence(tx, tools, chat, account) if row["recovery"] == "checking" else ("", "")
    return Facts(
        has_phone=row["phone_hash"] is not None,
        has_totp=row["totp_at"] is not None,
        proved=row["proved"] > 0,
        others=row["others"] > 0,
        erasing=row["erasing"] > 0,
        has_trading=row["trading_at"] is not None,
        has_codes=row["codes"] > 0,
        has_phrase=row["phrase"] is not None,
        recovery=row["recovery"] or "",
        shown=shown,
        can_show=can_show,
    )


async def _evidence(tx: Tx, tools: Tools, chat: int, account: int) -> tuple[str, str]:
    """The factors shown for the recovery, and those that still can be; an authenticator can be shown in one way."""
    usable = await recoveries.evidence(tx, tools, account)
    shown = usable & await proofs.shown(tx, tools, account=account, chat=chat, purpose=RECOVER)
    spent = shown | (_AUTHENTICATOR if shown & _AUTHENTICATOR else frozenset())
    return " ".join(sorted(shown)), " ".join(sorted(usable - spent))


async def save(
    tx: Tx, tools: Tools, chat: int, snapshot: Snapshot, *, due_at: int | None, last_tap: str, keyboard: bool
) -> None:
    """Store where the conversation stands after a turn."""
    sealed = tools.vault.seal(json.dumps(as_json(snapshot), separators=(",", ":")), f"conversations/snapshot/{chat}")
    await tx.run(
        "INSERT INTO conversations (chat, snapshot, due_at, turn, last_tap, keyboard) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (chat) DO UPDATE SET snapshot = excluded.snapshot, due_at = excluded.due_at,"
        " turn = excluded.turn, last_tap = excluded.last_tap, keyboard = excluded.keyboard",
        chat, sealed, due_at, snapshot.turn, last_tap, int(keyboard),
    )  # fmt: skip


class Stale(NamedTuple):
    """A message whose screen has been replaced, and whether that showed a secret."""

    message: int
    secret: bool


async def shown(tx: Tx, chat: int, message: int, *, secret: bool = False) -> Stale | None:
    """Note the message that now carries the live screen; the message that carried it before, if another one.

    A ``secret`` screen shows what must not stay in the chat, such as an authenticator's key.
    """
    row = await tx.one("SELECT screen, secret FROM conversations WHERE chat = $1", chat)
    await tx.run("UPDATE conversations SET screen = $1, secret = $2 WHERE chat = $3", message, int(secret), chat)
    if row is None or row["screen"] in (None, message):
        return None
    return Stale(row["screen"], bool(row["secret"]))


async def due(tx: Tx, now: int, most: int = 200) -> list[tuple[int, int]]:
    """Chat and turn of conversations whose time has run out."""
    rows = await tx.all("SELECT chat, turn FROM conversations WHERE due_at <= $1 ORDER BY due_at LIMIT $2", now, most)
    return [(row["chat"], row["turn"]) for row in rows]


async def undue(tx: Tx, chat: int, turn: int) -> None:
    """The timer of this turn has been turned into an event."""
    await tx.run("UPDATE conversations SET due_at = NULL WHERE chat = $1 AND turn = $2", chat, turn)


def as_json(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot as plain data."""
    return {
        "flow": snapshot.flow,
        "state": snapshot.state,
        "version": snapshot.version,
        "turn": snapshot.turn,
        "data": dict(snapshot.data),
        "parked": as_json(snapshot.parked) if snapshot.parked else None,
    }


def from_json(raw: Mapping[str, Any]) -> Snapshot:
    """The snapshot from plain data."""
    return Snapshot(
        raw["flow"],
        raw["state"],
        raw["version"],
        raw["turn"],
        MappingProxyType(raw["data"]),
        from_json(raw["parked"]) if raw["parked"] else None,
    )


def _opened(tools: Tools, chat: int, sealed: bytes) -> Snapshot:
    return from_json(json.loads(tools.vault.open_bytes(sealed, f"conversations/snapshot/{chat}")))
