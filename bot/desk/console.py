"""What agents look up: how the desk does, what was said, and how somebody is reached."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from bot.clock import DAY, HOUR
from bot.db import accounts, agents, limits, tickets
from bot.db.outbox import CLAIM, Post
from bot.db.tickets import Ticket
from bot.desk import record, topic
from bot.domain import desk_days
from bot.domain.limits import Limit

if TYPE_CHECKING:
    from bot.desk.group import Desk

REVEALS: Final = ("identify", "fraud", "law", "callback")
"""Why an agent may see a person's phone and address."""
_REVEALS: Final = Limit("reveal", ((HOUR, 5), (DAY, 15)))
"""How often an agent may, however good the reasons are: our own default."""


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
    """Everything that was said, every version of it, as the other side was shown it; secrets were masked before.

    What was said in tickets that went into this one is a part of it.
    """
    params = {
        "number": ticket.number, "status": ticket.status, "reason": ticket.reason, "opened_at": ticket.opened_at,
        "rows": await record.said(desk.tx, desk.tools, ticket), "company": desk.policy.company,
    }  # fmt: skip
    await desk.audit("transcript made", ticket)
    await desk.post(topic.post(desk.policy, ticket.id, "transcript", {"params": params}, priority=CLAIM))


async def reveal(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Phone and address in full, in private, for one of the reasons there are: counted, and always noted."""
    account = await accounts.get(desk.tx, desk.tools, ticket.account) if ticket.account is not None else None
    if rest.lower() not in REVEALS or account is None:
        key, why = ("reveal_usage", "no reason") if account is not None else ("no_account", "no account")
    elif ticket.assignee != desk.agent:
        key, why = "not_yours", "not theirs"
    elif await limits.allow(desk.tx, desk.tools, _REVEALS, str(desk.agent)):
        key, why = "reveal_limit", "too many"
    else:
        key, why = "", ""
    if account is None or key:
        await desk.audit("reveal refused", ticket, outcome="refused", why=why)
        await desk.reply(ticket, key, reasons=REVEALS, name=await desk.owner(ticket))
        return
    await desk.audit("contact revealed", ticket, why=rest.lower())
    body = {"key": "desk/revealed", "lang": "en", "ticket": ticket.id,
            "params": {"number": ticket.number, "email": account.email, "phone": account.phone}}  # fmt: skip
    await desk.post(Post("telegram", f"chat:{desk.agent}", desk.agent, "reveal", body, keys="desk/revealed"))
    await desk.reply(ticket, "reveal_sent", name=await desk.name(), why=rest.lower())
