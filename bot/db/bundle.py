"""Everything that is held about a person, as they may have it: one row of the table a part.

Hashes, keys and codes are left out: they tell the person nothing and a thief much. So are the agents' notes, which may
be about others, and the pictures themselves, which the person has sent and has.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from bot.clock import iso
from bot.db import accounts, erasures, messages
from bot.db.base import Tx
from bot.tools import Tools

_PARTS: Final[Mapping[str, str]] = {
    "chats": "SELECT s.chat, s.since, s.via, p.lang FROM sessions s LEFT JOIN people p ON p.chat = s.chat"
    " WHERE s.account = $1 ORDER BY s.chat",
    "hold": "SELECT cause, since, until FROM holds WHERE account = $1",
    "freezes": "SELECT cause, since, lifted_at FROM freezes WHERE account = $1 ORDER BY id",
    "recovery_codes": "SELECT made_at, used_at FROM recovery_codes WHERE account = $1 ORDER BY id",
    "recoveries": "SELECT status, factors, reason, opened_at, changed_at FROM recoveries"
    " WHERE account = $1 ORDER BY id",
    "identity_pictures": "SELECT p.part, p.at FROM pictures p JOIN recoveries r ON r.id = p.recovery"
    " WHERE r.account = $1 AND p.dead_at IS NULL ORDER BY p.id",
    "notices": "SELECT what, way, made_at FROM disputes WHERE account = $1 ORDER BY id",
    "erasures": "SELECT asked_at, due_at, ended_at, outcome FROM erasures WHERE account = $1 ORDER BY id",
}
_MOMENTS: Final = ("since", "until", "at")
_SIDES: Final = {"user": "you", "agent": "support"}


async def bundle(tx: Tx, tools: Tools, account: int) -> dict[str, Any] | None:
    """What is held about the account's person, ready for JSON; of an erased one only what the law wants kept.

    Returns:
        None where there is no such account.
    """
    row = await tx.one("SELECT created_at, erased_at FROM accounts WHERE id = $1", account)
    if row is None:
        return None
    made: dict[str, Any] = {"account": str(account), "made_at": iso(tools.clock.now())}
    if row["erased_at"] is not None:
        return {**made, "erased_at": iso(row["erased_at"]), "kept": await _records(tx, tools, account)}
    holder = await accounts.get(tx, tools, account)
    if holder is None:
        return None
    made["profile"] = _told({
        "email": holder.email, "phone": holder.phone, "phrase": holder.phrase, "created_at": row["created_at"],
        "email_at": holder.email_at, "phone_at": holder.phone_at, "authenticator_at": holder.totp_at,
        "password_at": holder.password_at, "trading_password_at": holder.trading_at,
    })  # fmt: skip
    for name, query in _PARTS.items():
        made[name] = [_told(dict(found)) for found in await tx.all(query, account)]
    made["tickets"] = await _tickets(tx, tools, account)
    return made


async def _tickets(tx: Tx, tools: Tools, account: int) -> list[dict[str, Any]]:
    rows = await tx.all(
        "SELECT id, number, reason, status, lang, opened_at, solved_at, closed_at, rating, comment, facts FROM tickets"
        " WHERE account = $1 ORDER BY id",
        account,
    )  # fmt: skip
    told = []
    for row in rows:
        ticket = dict(row)
        key, comment = ticket.pop("id"), ticket.pop("comment")
        ticket["facts"] = json.loads(tools.vault.open(ticket["facts"], f"tickets/facts/{key}"))
        ticket["comment"] = tools.vault.open(comment, f"tickets/comment/{key}") if comment else None
        said = []
        for message in await messages.of_tickets(tx, [key]):
            if message.side in _SIDES:
                versions = await messages.said(tx, tools, message.id)
                said += [{"by": _SIDES[message.side], "what": message.what, "at": iso(at), "text": text}
                         for at, text in versions]  # fmt: skip
        told.append({**_told(ticket), "messages": said})
    return told


async def _records(tx: Tx, tools: Tools, account: int) -> list[dict[str, Any]]:
    rows = await tx.all("SELECT id, what, record, until FROM kept_records WHERE account = $1 ORDER BY id", account)
    return [
        {
            "what": row["what"],
            "until": iso(row["until"]),
            "record": json.loads(tools.vault.open(row["record"], f"kept_records/record/{row['id']}")),
        }
        for row in rows
    ]


async def identity(tx: Tx, tools: Tools, account: int) -> list[tuple[str, dict[str, Any]]]:
    """How the account's recoveries were decided and the pictures that were shown for it, as records to be kept."""
    rows = await tx.all(
        "SELECT id, status, factors, reason, opened_at, changed_at FROM recoveries WHERE account = $1 AND round > 0"
        " ORDER BY id",
        account,
    )  # fmt: skip
    records: list[tuple[str, dict[str, Any]]] = []
    for row in rows:
        case = dict(row)
        key = case.pop("id")
        agents = await tx.all("SELECT agent FROM approvals WHERE recovery = $1 ORDER BY at", key)
        records.append(("identity", {**_told(case), "approved_by": [agent["agent"] for agent in agents]}))
        for picture in await tx.all(
            "SELECT id, part, file_key, content, at FROM pictures WHERE recovery = $1 AND dead_at IS NULL ORDER BY id",
            key,
        ):
            seal = tools.vault.file(picture["file_key"], picture["id"])
            content = seal.open_bytes(picture["content"], f"pictures/content/{picture['id']}")
            shown = {"part": picture["part"], "at": iso(picture["at"]), "jpeg": base64.b64encode(content).decode()}
            records.append(("picture", shown))
    return records


async def keep(tx: Tx, tools: Tools, account: int, until: int) -> None:
    """Keep what the law wants kept of the person, apart from everything else."""
    for what, record in await identity(tx, tools, account):
        await erasures.keep(tx, tools, account, what, record, until)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """The same with moments as ISO 8601."""
    return {
        name: iso(value) if value is not None and (name in _MOMENTS or name.endswith("_at")) else value
        for name, value in row.items()
    }
