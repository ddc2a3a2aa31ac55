"""How one ticket stands, in a few lines: for whoever opens its topic in the middle of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clock import MINUTE
from bot.db.tickets import Ticket
from bot.desk import standing
from bot.domain import agenda, targets

if TYPE_CHECKING:
    from bot.desk.group import Desk


async def status(desk: Desk, ticket: Ticket, _rest: str) -> None:
    """Status, priority, who has it, tags, who is waited for, and what is left of both targets."""
    rules, now, at = desk.policy.desk, desk.tools.clock.now(), standing.stands(ticket)
    target = rules.targets[ticket.priority]
    used = targets.spent(targets.Clock(0, ticket.opened_at), now, rules.hours)
    spent = targets.spent(at.clock, now, rules.hours)
    first, result = agenda.first_result(rules, at, now), agenda.result(rules, at, now)
    await desk.reply(
        ticket, "status", agent=await desk.owner(ticket), tags=ticket.tags.split(), until=ticket.snooze_at,
        status=ticket.status, priority=ticket.priority, since=ticket.status_at, wakes=ticket.wake_at,
        waits=_waits(ticket), merged_into=ticket.merged_into, number=ticket.number,
        goals=[
            {"what": "First answer", "stands": first, "left": _length(target.first - used)},
            {"what": "Resolution", "stands": result, "left": _length(target.resolution - spent)},
        ],
        stopped=ticket.live and at.clock.running_since is None,
    )  # fmt: skip


def _waits(ticket: Ticket) -> str:
    """Who is waited for."""
    if not ticket.live:
        return ""
    if ticket.status == "hold":
        return "something else"
    if ticket.status == "pending":
        return "the person"
    return "the desk" if ticket.assignee is None else "the agent who has it"


def _length(ms: int) -> str:
    """Working time as ``1h 05m``, rounded down to the minute; "" where none is left."""
    hours, minutes = divmod(max(0, ms) // MINUTE, 60)
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m" if ms > 0 else ""
