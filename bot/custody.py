"""What the operator does with people's data from the command line, beside the running bot."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from bot import retention
from bot.clock import SECOND
from bot.db import accounts, audit, bundle, erasures
from bot.db.base import Tx
from bot.db.retention import lives
from bot.domain import emails, phones
from bot.settings import Settings
from bot.terminal import opened
from bot.tools import Tools

Show = Callable[[str], Any]
_PATIENCE: Final = 15
"""Seconds for which is waited until the running bot has erased somebody; it looks every five."""
_UNKNOWN: Final = "There is no such account here."
_AGAINST: Final = {
    "hold": "value still waits after a change of the phone",
    "frozen": "the account is frozen, and an agent still looks at it",
    "recovery": "a recovery is under way",
    "ticket": "a ticket of theirs is open",
}


async def _account(tx: Tx, tools: Tools, who: str) -> int | None:
    """The account that is meant by an id, an address or a number."""
    address = emails.canonical(who)
    if address is not None:
        known = await accounts.by_email(tx, tools, address)
        return known[0] if known else None
    if who.isascii() and who.isdigit() and await accounts.exists(tx, int(who)):
        return int(who)
    number = phones.read(who, "").e164
    return await accounts.phone_owner(tx, tools, number) if number else None


async def export(settings: Settings, who: str, show: Show) -> int:
    """Show what is held about somebody; 0 if there is such an account, else 1."""

    async def job(tx: Tx, tools: Tools) -> dict[str, Any] | None:
        account = await _account(tx, tools, who)
        if account is None:
            return None
        await audit.write(tx, tools, action="data exported", actor="operator", account=account)
        return await bundle.bundle(tx, tools, account)

    async with opened(settings) as (db, tools):
        made = await db.transact(lambda tx: job(tx, tools))
    show(json.dumps(made, ensure_ascii=False, indent=2) if made else _UNKNOWN)
    return 0 if made else 1


async def erase(settings: Settings, who: str, show: Show, *, yes: bool) -> int:
    """Ask the running bot to erase somebody, and wait for it a while; 0 once it is done."""
    async with opened(settings) as (db, tools):
        account = await db.transact(lambda tx: _account(tx, tools, who))
        if account is None:
            show(_UNKNOWN)
            return 1
        against = await db.transact(lambda tx: erasures.against(tx, tools, account))
        if against:
            show(f"Not now: {_AGAINST[against]}.")
            return 1
        kept = f"Proofs of identity are kept for {settings.keep_years} years." if settings.keep_years else ""
        show(f"Account {account}: everything is erased. {kept}".rstrip())
        if not yes:
            show("Nothing was done. Say so again with --yes.")
            return 1
        await db.transact(lambda tx: erasures.ask(tx, tools, account=account, chat=0, lang="en", due_at=0))
        for _ in range(_PATIENCE):
            outcome = await db.transact(lambda tx: erasures.outcome(tx, account))
            if outcome is not None:
                show(outcome)
                return 0 if outcome == "erased" else 1
            await tools.clock.sleep(SECOND)
    show("The bot does not run just now; it is done as soon as it starts.")
    return 1


async def overdue(settings: Settings, show: Show) -> int:
    """Show how much of each class has lived its time."""
    spans = lives(settings.identity_days, settings.ticket_days, settings.update_days)
    async with opened(settings) as (db, tools):
        for name, count in (await retention.over(db, tools, spans)).items():
            show(f"{count:>8}  {name}")
    return 0
