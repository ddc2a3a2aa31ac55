"""The hand-over between shifts: what is open and who has it, what presses, and what has happened since the last one.

/digest shows it at any time; at the end of each day's work it comes by itself, if there is anything to tell. It counts
from the last one that came by itself, so that whoever asks for it takes nothing from the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from bot.clock import DAY, MINUTE
from bot.context import Policy
from bot.db import agents, digests, outbox, tickets
from bot.db.base import Tx
from bot.db.outbox import CARD, Post
from bot.db.tickets import Ticket
from bot.desk import queue, standing
from bot.domain import agenda, hours
from bot.domain.targets import percentile
from bot.tools import Tools

if TYPE_CHECKING:
    from bot.desk.group import Desk

_LISTED: Final = 8
"""Tickets of each list; /queue shows the rest."""
_HALF: Final = 0.5
_MISSED: Final = ("first_missed", "resolution_missed")


async def digest(desk: Desk, _rest: str) -> None:
    """The hand-over, asked for."""
    await desk.say("digest", **await _told(desk.tx, desk.tools, desk.policy))


async def plan(tx: Tx, tools: Tools, policy: Policy) -> None:
    """Write down when it comes by itself, if it does; the opening hours may be others than they were."""
    if policy.forum is not None:
        due_at = hours.shift_ends(policy.desk.hours, tools.clock.now()) if policy.digest else None
        await digests.plan(tx, tools, policy.forum, due_at)


async def post(tx: Tx, tools: Tools, policy: Policy) -> list[Post]:
    """The work of a day has ended: the hand-over, if there is anything to tell."""
    if policy.forum is None:
        return []
    told = await _told(tx, tools, policy)
    following = hours.shift_ends(policy.desk.hours, tools.clock.now())
    if not await digests.take(tx, tools, policy.forum, following):
        return []
    if not (told["live"] or any(told["since"].values())):
        return []
    body = {"key": "desk/digest", "lang": "en", "params": told, "thread": None, "reply": None}
    lane = f"chat:{policy.forum}"
    note = Post("telegram", lane, policy.forum, "desk_note", body, priority=CARD, keys="desk/digest")
    return [await outbox.put(tx, tools, note)]


async def _told(tx: Tx, tools: Tools, policy: Policy) -> dict[str, Any]:
    now = tools.clock.now()
    live = await tickets.live(tx, tools)
    since = (await digests.last(tx, policy.forum or 0)) or now - DAY
    counts = await digests.counts(tx, since)
    until = hours.shift_ends(policy.desk.hours, now)

    async def listed(found: Iterable[Ticket]) -> dict[str, Any]:
        fitting = list(found)
        return {"rows": await queue.rows(tx, tools, policy, fitting[:_LISTED]), "more": max(0, len(fitting) - _LISTED)}

    late = {ticket.id for ticket in live if queue.overdue(tools, policy, ticket)}
    has = Counter(ticket.assignee for ticket in live)
    return {
        "live": len(live),
        "statuses": {status: n for status in tickets.LIVE if (n := sum(t.status == status for t in live))},
        "snoozed": sum(ticket.snooze_at is not None for ticket in live),
        "agents": [{"name": await agents.name(tx, tools, agent), "tickets": n} for agent, n in has.most_common()],
        "urgent": await listed(ticket for ticket in live if ticket.urgent),
        "overdue": await listed(ticket for ticket in live if ticket.id in late),
        "soon": await listed(t for t in live if t.id not in late and _due(policy, t, until)),
        "hold": await listed(ticket for ticket in live if ticket.status == "hold"),
        "until": until,
        "begun": since,
        "since": {
            "opened": counts.opened, "solved": counts.solved, "reopened": counts.reopened, "missed": counts.missed,
        },
        "first": -(-percentile(counts.waits, _HALF) // MINUTE) if counts.waits else None,
    }  # fmt: skip


def _due(policy: Policy, ticket: Ticket, until: int) -> bool:
    """Whether a target of the ticket runs out by then."""
    ahead = agenda.moments(policy.desk, standing.stands(ticket))
    return any(what in _MISSED and at <= until for at, what in ahead)
