"""Checks that too many wrong tries closed are opened again by two agents, once they know that it is the owner.

Opening gives nobody anything but new tries: what a code or a password protects is asked for as before. Short waits are
left to run out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import notices
from bot.db import accounts, limits, sessions, tries
from bot.db.tickets import Ticket
from bot.domain import emails

if TYPE_CHECKING:
    from bot.desk.group import Desk


async def give(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Ask for it, or be the second who does; the owner is told on every address.

    Whoever cannot even sign in has a ticket without an account: then both agents name the address.
    """
    tx, tools = desk.tx, desk.tools
    address = emails.canonical(rest) or ""
    named = await accounts.by_email(tx, tools, address) if ticket.account is None and address else None
    known = ticket.account if named is None else named[0]
    account = await accounts.get(tx, tools, known) if known is not None else None
    if account is None:
        await desk.reply(ticket, "tries_usage")
        return
    if desk.agent in (ticket.chat, *await sessions.chats_of(tx, account.id)):
        await desk.audit("new tries refused", ticket, outcome="refused", why="own case")
        await desk.reply(ticket, "own_case")
        return
    closed = await limits.closed(tx, tools, account.id, account.email)
    if not closed:
        await desk.reply(ticket, "nothing_closed")
        return
    first = await tries.second(tx, tools, account=account.id, agent=desk.agent, agents=desk.policy.agents)
    if first is None:
        await desk.audit("new tries asked", ticket)
        await desk.reply(ticket, "tries_asked", name=await desk.name())
        return
    for scope, key in closed:
        await limits.succeed(tx, tools, scope, key)
    await desk.audit("new tries given", ticket, first=f"agent:{first}", checks=len(closed))
    desk.posts += await notices.announce(
        tx, tools, desk.policy, "tries_given", account=account.id, chat=0, lang=ticket.lang
    )  # fmt: skip
    await desk.reply(ticket, "tries_given", name=await desk.name(), first=await desk.name(first))
