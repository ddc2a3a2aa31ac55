"""What agents look up: what waits, whose tickets there are, what was said, and how somebody is reached."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from bot.clock import DAY, HOUR
from bot.db import accounts, agents, audit, forums, limits, lobby, messages, tickets
from bot.db.outbox import CLAIM, Post
from bot.db.tickets import Ticket
from bot.desk import topic
from bot.domain import desk_days, emails, phones
from bot.domain.limits import Limit
from bot.domain.targets import PRIORITIES

if TYPE_CHECKING:
    from bot.desk.group import Desk

REVEALS: Final = ("identify", "fraud", "law", "callback")
"""Why an agent may see a person's phone and address."""
_REVEALS: Final = Limit("reveal", ((HOUR, 5), (DAY, 15)))
"""How often an agent may, however good the reasons are: our own default."""
_SHOWN: Final = 15
"""Tickets of one answer: a message has 4096 characters."""
NUMBER: Final = re.compile(r"#?([0-9]{4,9})", re.ASCII)
"""A ticket's number as an agent writes it."""


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
    number = NUMBER.fullmatch(rest)
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


async def stats(desk: Desk, _rest: str) -> None:
    """How the desk did in the last two weeks, as a picture, and its sums in words."""
    now = desk.tools.clock.now()
    shown = desk_days.days(await tickets.cases(desk.tx, now - desk_days.DAYS * DAY), now)
    live = await tickets.live(desk.tx, desk.tools)
    body = {
        "thread": desk.incoming.thread,
        "reply": desk.incoming.message,
        "days": [{**asdict(day), "day": day.day.isoformat()} for day in shown],
        "params": {
            "opened": sum(day.opened for day in shown), "solved": sum(day.solved for day in shown), "live": len(live),
            "unclaimed": sum(ticket.assignee is None for ticket in live), "days": len(shown),
        },
    }  # fmt: skip
    await desk.post(Post("telegram", f"chat:{desk.forum}", desk.forum, "stats", body, keys="desk/stats"))


async def transcript(desk: Desk, ticket: Ticket, _rest: str) -> None:
    """Everything that was said, every version of it, as the other side was shown it; secrets were masked before."""
    rows: list[dict[str, Any]] = []
    for message in await messages.of_ticket(desk.tx, ticket.id):
        author = ticket.facts.get("name") if message.side == "user" else await desk.name(message.author)
        said = await messages.said(desk.tx, desk.tools, message.id)
        rows.append({
            "side": message.side, "author": author or "", "status": message.status, "what": message.what,
            "said": [{"at": at, "text": text} for at, text in said],
        })  # fmt: skip
    params = {
        "number": ticket.number, "status": ticket.status, "reason": ticket.reason, "opened_at": ticket.opened_at,
        "rows": rows, "company": desk.policy.company,
    }  # fmt: skip
    await desk.audit("transcript made", ticket)
    await desk.post(topic.post(desk.policy, ticket.id, "transcript", {"params": params}, priority=CLAIM))


async def reveal(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Phone and address in full, in private, for one of the reasons there are: counted and noted."""
    account = await accounts.get(desk.tx, desk.tools, ticket.account) if ticket.account is not None else None
    if rest.lower() not in REVEALS or account is None:
        await desk.reply(ticket, "reveal_usage" if account is not None else "no_account", reasons=REVEALS)
        return
    if ticket.assignee != desk.agent:
        await desk.reply(ticket, "not_yours", name=await desk.owner(ticket))
        return
    if await limits.allow(desk.tx, desk.tools, _REVEALS, str(desk.agent)):
        await desk.audit("reveal refused", ticket)
        await desk.reply(ticket, "reveal_limit")
        return
    await desk.audit("contact revealed", ticket, why=rest.lower())
    body = {"key": "desk/revealed", "lang": "en", "ticket": ticket.id,
            "params": {"number": ticket.number, "email": account.email, "phone": account.phone}}  # fmt: skip
    await desk.post(Post("telegram", f"chat:{desk.agent}", desk.agent, "reveal", body, keys="desk/revealed"))
    await desk.reply(ticket, "reveal_sent", name=await desk.name(), why=rest.lower())


async def _listed(desk: Desk, what: str, found: list[Ticket]) -> None:
    rows: list[dict[str, Any]] = []
    lobby_at = await lobby.state(desk.tx)
    for ticket in found[:_SHOWN]:
        shown = {name: getattr(ticket, name) for name in _LISTED}
        agent = await agents.name(desk.tx, desk.tools, ticket.assignee)
        group = await forums.forum(desk.tx, lobby_at.forum if ticket.lobby else ticket.forum)
        place = (lobby_at.message or lobby_at.thread) if ticket.lobby else (ticket.thread or ticket.card)
        rows.append(
            {"ticket": shown, "agent": agent, "since": ticket.opened_at, "group": group.current, "place": place or 0}
        )
    more = max(0, len(found) - _SHOWN)
    await desk.say("queue", rows=rows, more=more, what=what)


_LISTED: Final = ("number", "status", "priority", "reason", "urgent", "lobby")
"""What of a ticket is listed; none of it is personal."""
