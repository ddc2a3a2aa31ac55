"""Checks that too many wrong tries closed are opened again by two agents, once they know that it is the owner.

Opening gives nobody anything but new tries: what a code or a password protects is asked for as before. Short waits are
left to run out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import notices
from bot.db import accounts, limits, sessions, tries
from bot.db.accounts import Account
from bot.db.tickets import Ticket
from bot.domain import emails, masks

if TYPE_CHECKING:
    from bot.desk.group import Desk


async def give(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Ask for it, or be the second who does; the owner is told on every address.

    Whoever cannot even sign in has a ticket without an account: then both agents name the address.
    """
    tx, tools = desk.tx, desk.tools
    account = await _meant(desk, ticket, rest)
    if account is None:
        await desk.reply(ticket, "tries_usage")
        return
    await tx.lock(account.id)
    if await sessions.concerns(tx, desk.agent, chat=ticket.chat, account=account.id):
        await desk.audit("new tries refused", ticket, outcome="refused", account=account.id, why="own case")
        await desk.reply(ticket, "own_case")
        return
    closed = await limits.closed(tx, tools, account.id, account.email)
    if not closed:
        await desk.reply(ticket, "nothing_closed")
        return
    first = await tries.second(
        tx, tools, account=account.id, ticket=ticket.id, agent=desk.agent, agents=desk.policy.agents
    )
    whose = masks.email(account.email)
    if first is None:
        await desk.audit("new tries asked", ticket, account=account.id)
        await desk.reply(ticket, "tries_asked", name=await desk.name(), account=whose)
        return
    for scope, key in closed:
        await limits.succeed(tx, tools, scope, key)
    await desk.audit("new tries given", ticket, account=account.id, first=f"agent:{first}", checks=len(closed))
    desk.posts += await notices.announce(
        tx, tools, desk.policy, "tries_given", account=account.id, chat=0,
        lang=await notices.language(tx, account.id, ticket.lang),
    )  # fmt: skip
    await desk.reply(ticket, "tries_given", name=await desk.name(), first=await desk.name(first), account=whose)


async def _meant(desk: Desk, ticket: Ticket, rest: str) -> Account | None:
    """The account of the ticket, or the one that is named; None where the two differ or none is known."""
    address = emails.canonical(rest) if rest else None
    named = await accounts.by_email(desk.tx, desk.tools, address) if address else None
    known = ticket.account if not rest else named[0] if named else None
    if known is None or ticket.account not in (None, known):
        return None
    return await accounts.get(desk.tx, desk.tools, known)
