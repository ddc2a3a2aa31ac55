"""What agents look up: what waits, what is theirs, and which tickets somebody has. Nothing here changes anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from bot.db import accounts, agents, audit, tickets
from bot.db.tickets import Ticket
from bot.domain import emails, phones
from bot.domain.targets import PRIORITIES

if TYPE_CHECKING:
    from bot.desk.group import Desk

_SHOWN: Final = 15
"""Tickets of one answer: a message has 4096 characters."""
_NUMBER: Final = re.compile(r"#?([0-9]{4,9})", re.ASCII)


async def queue(desk: Desk, _rest: str) -> None:
    """What waits for the desk: by priority, what nobody has before what somebody has, the oldest first."""
    waiting = [ticket for ticket in await tickets.live(desk.tx, desk.tools) if ticket.status in ("new", "open")]
    waiting.sort(key=lambda t: (-PRIORITIES.index(t.priority), t.assignee is not None, t.opened_at))
    await _listed(desk, "queue", waiting)


async def mine(desk: Desk, _rest: str) -> None:
    """What the agent has, whoever is waited for."""
    own = [ticket for ticket in await tickets.live(desk.tx, desk.tools) if ticket.assignee == desk.agent]
    await _listed(desk, "mine", own)


async def search(desk: Desk, rest: str) -> None:
    """Tickets by number; or by a full phone number or address, which is looked up by its hash and never shown."""
    number = _NUMBER.fullmatch(rest)
    if number is not None:
        found = await tickets.by_number(desk.tx, desk.tools, int(number[1]))
        await _listed(desk, "search", [found] if found else [])
        return
    account = await _account(desk, rest)
    if account is None and not rest:
        await desk.say("search_usage")
        return
    await audit.write(
        desk.tx, desk.tools, action="account looked up", actor=f"agent:{desk.agent}", account=account,
        found=account is not None,
    )  # fmt: skip
    await _listed(desk, "search", await tickets.of_account(desk.tx, desk.tools, account) if account else [])


async def _account(desk: Desk, rest: str) -> int | None:
    address = emails.canonical(rest)
    if address is not None:
        known = await accounts.by_email(desk.tx, desk.tools, address)
        return known[0] if known else None
    number = phones.read(rest, "").e164
    return await accounts.phone_owner(desk.tx, desk.tools, number) if number else None


async def agents_here(desk: Desk, _rest: str) -> None:
    """Who is an agent, by the names that people are told."""
    live = await tickets.live(desk.tx, desk.tools)
    rows = []
    for agent in sorted(desk.policy.agents):
        name = await agents.name(desk.tx, desk.tools, agent)
        if name:
            rows.append({"name": name, "tickets": sum(ticket.assignee == agent for ticket in live)})
    await desk.say("agents", rows=rows)


async def _listed(desk: Desk, what: str, found: list[Ticket]) -> None:
    rows: list[dict[str, Any]] = []
    for ticket in found[:_SHOWN]:
        shown = {name: getattr(ticket, name) for name in _LISTED}
        agent = await agents.name(desk.tx, desk.tools, ticket.assignee)
        rows.append({"ticket": shown, "agent": agent, "since": ticket.opened_at})
    more = max(0, len(found) - _SHOWN)
    await desk.say("queue", rows=rows, more=more, what=what)


_LISTED: Final = ("number", "status", "priority", "reason", "thread", "card", "urgent")
"""What of a ticket is listed; none of it is personal."""
