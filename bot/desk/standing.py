"""How a ticket stands, and what its time brings: every change of status goes through here.

The moments are ``bot/domain/agenda.py``'s; this module writes the next one down, and does what one brings.
"""

from __future__ import annotations

from bot import webhooks
from bot.context import Policy
from bot.db import audit, inbox, outbox, recoveries, tickets
from bot.db.base import Tx
from bot.db.outbox import CLAIM, Post
from bot.db.tickets import Status, Ticket
from bot.desk import topic
from bot.domain import agenda
from bot.domain.agenda import Standing
from bot.domain.targets import Clock
from bot.outbox import After
from bot.tools import Tools


async def turn(
    tx: Tx, tools: Tools, policy: Policy, ticket: Ticket, status: Status, *, wake_at: int | None = None
) -> bool:
    """Let a live ticket stand otherwise; whether it did not already."""
    if not await tickets.turn(tx, ticket.id, status):
        return False
    await moved(tx, tools, policy, ticket.id, wake_at)
    return True


async def moved(tx: Tx, tools: Tools, policy: Policy, ticket: int, wake_at: int | None = None) -> None:
    """It stands otherwise since this moment: the clock runs or stands, and its time is planned anew."""
    await tickets.stands(tx, tools, ticket, wake_at)
    await plan(tx, tools, policy, ticket, forgotten=agenda.OF_A_STATUS)


async def plan(
    tx: Tx,
    tools: Tools,
    policy: Policy,
    ticket: int,
    *,
    told: frozenset[str] = frozenset(),
    forgotten: frozenset[str] = frozenset(),
) -> None:
    """Write down what the clock says, and when the ticket has to be looked at next.

    Args:
        tx: the open transaction.
        tools: clock, ids and vault.
        policy: how the desk works.
        ticket: its row id.
        told: what was said just now.
        forgotten: what may be said once more, as the ticket stands otherwise now.
    """
    found = await tickets.get(tx, tools, ticket)
    if found is None:
        return
    now, rules = tools.clock.now(), policy.desk
    clock = agenda.clock(rules, Clock(found.spent, found.running_since), found.status, now)
    standing = _standing(found, clock, frozenset(found.told.split()) - forgotten | told)
    ahead = agenda.moments(rules, standing)
    due_at = max(ahead[0][0], now + 1) if ahead else None
    await tickets.looked(
        tx, ticket, spent=clock.spent, running_since=clock.running_since, told=standing.told,
        first_result=agenda.first_result(rules, standing, now), result=agenda.result(rules, standing, now),
        due_at=due_at,
    )  # fmt: skip


def _standing(ticket: Ticket, clock: Clock, told: frozenset[str]) -> Standing:
    return Standing(
        ticket.status, ticket.status_at, ticket.opened_at, ticket.answered_at, ticket.priority, clock, ticket.wake_at,
        told,
    )  # fmt: skip


async def look(tx: Tx, tools: Tools, policy: Policy) -> tuple[int, After]:
    """Do what the time has brought; how many tickets were looked at, and what follows."""
    after, found = After(), await tickets.due(tx, tools)
    for ticket in found:
        clock = Clock(ticket.spent, ticket.running_since)
        ahead = agenda.moments(policy.desk, _standing(ticket, clock, frozenset(ticket.told.split())))
        brought = [what for at, what in ahead if at <= tools.clock.now()]
        if ticket.status == "pending" and brought and await recoveries.undecided(tx, ticket.id):
            await moved(tx, tools, policy, ticket.id)  # the case has times of its own; the wait begins anew
            continue
        for what in brought[-1:]:  # what was slept through is not told one after the other
            await _brought(tx, tools, policy, ticket, what, after)
        await plan(tx, tools, policy, ticket.id, told=frozenset(brought))
    return len(found), after


async def _brought(tx: Tx, tools: Tools, policy: Policy, ticket: Ticket, what: agenda.What, after: After) -> None:
    async def put(post: Post) -> None:
        after.posts.append(await outbox.put(tx, tools, post))

    async def say(key: str, **params: object) -> None:
        body: dict[str, object] = {"key": f"desk/{key}", "params": params}
        await put(topic.post(policy, ticket.id, "desk_text", body, priority=CLAIM))

    if what == "wake":
        await turn(tx, tools, policy, ticket, "open")
        await say("woken", agent=ticket.assignee)
        for post in topic.card(policy, ticket.id):
            await put(post)
    elif what == "warn":
        await say("asked_once_more")
        if ticket.chat:
            body: dict[str, object] = {
                "key": "handoff/still_there", "lang": ticket.lang,
                "params": {"ticket": ticket.number, "until": tools.clock.now() + policy.desk.last},
            }  # fmt: skip
            await put(Post("telegram", f"chat:{ticket.chat}", ticket.chat, "notice", body, keys="handoff/still_there"))
    elif what == "give_up":
        await _give_up(tx, tools, policy, ticket, after)
    elif what == "close":
        await tickets.close(tx, tools, ticket.id)
        await outbox.forget(tx, tools, ticket.id)
        after.posts += await webhooks.ticket(tx, tools, policy, "ticket.closed", ticket)
        await audit.write(tx, tools, action="ticket closed", actor="system", chat=ticket.chat, ticket=ticket.number)
    else:
        leads = sorted(policy.leads) if what.endswith("missed") else []
        await say("reminder", what=what, agent=ticket.assignee, leads=leads)


async def _give_up(tx: Tx, tools: Tools, policy: Policy, ticket: Ticket, after: After) -> None:
    """The person says nothing any more: done."""
    if not await tickets.solve(tx, tools, ticket.id, "system"):
        return
    await moved(tx, tools, policy, ticket.id)
    after.posts += await webhooks.ticket(tx, tools, policy, "ticket.solved", ticket, by="system")
    await audit.write(tx, tools, action="ticket solved", actor="system", chat=ticket.chat, ticket=ticket.number)
    if ticket.chat:
        await inbox.event(
            tx, tools, source="desk", key=f"solved:{ticket.id}:{tools.ids()}", lane=ticket.chat, name="TicketClosed",
            ticket=ticket.number,
        )  # fmt: skip
        after.woken.add(ticket.chat)
    for post in topic.solved(policy, ticket.id, "desk/solved_by_itself"):
        after.posts.append(await outbox.put(tx, tools, post))
