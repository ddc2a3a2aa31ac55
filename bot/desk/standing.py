"""How a ticket stands, and what its time brings: every change of status goes through here.

Whoever solves or reopens it, an agent, the person or the time: what follows is the same.

The moments are ``bot/domain/agenda.py``'s; this module writes the next one down, and does what one brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot import webhooks
from bot.context import Policy
from bot.db import agents, asks, audit, inbox, merges, outbox, ratings, recoveries, tickets
from bot.db.asks import Ask
from bot.db.base import Tx
from bot.db.outbox import CARD, CLAIM, Post
from bot.db.tickets import Status, Ticket
from bot.desk import lobby, questions, topic
from bot.domain import agenda
from bot.domain.agenda import Standing
from bot.domain.targets import Clock
from bot.outbox import After
from bot.tools import Tools

_SOLVED: Final = {
    "agent": "desk/solved_by_agent",
    "mirror": "desk/solved_by_agent",
    "person": "desk/closed_by_person",
    "system": "desk/solved_by_itself",
}
"""What the topic is told, by who solved the ticket."""


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
    ask = await asks.open_of(tx, tools, ticket)
    standing = _standing(found, clock, frozenset(found.told.split()) - forgotten | told, ask)
    ahead = agenda.moments(rules, standing)
    due_at = max(ahead[0][0], now + 1) if ahead else None
    await tickets.looked(
        tx, ticket, spent=clock.spent, running_since=clock.running_since, told=standing.told,
        first_result=agenda.first_result(rules, standing, now), result=agenda.result(rules, standing, now),
        due_at=due_at,
    )  # fmt: skip


def stands(ticket: Ticket, ask: Ask | None = None) -> Standing:
    """How a ticket stands, as far as time is concerned; ``ask`` is what the person was asked for."""
    return _standing(ticket, Clock(ticket.spent, ticket.running_since), frozenset(ticket.told.split()), ask)


def _standing(ticket: Ticket, clock: Clock, told: frozenset[str], ask: Ask | None) -> Standing:
    return Standing(
        ticket.status, ticket.status_at, ticket.opened_at, ticket.answered_at, ticket.priority, clock, ticket.wake_at,
        told, ask.at if ask is not None else None, ticket.snooze_at, merged=ticket.merged_into is not None,
    )  # fmt: skip


async def snooze(tx: Tx, tools: Tools, policy: Policy, ticket: Ticket, until: int | None) -> bool:
    """Keep a live ticket out of the queue until then, or with None no longer; whether that is new."""
    if not await tickets.snooze(tx, ticket.id, until):
        return False
    await plan(tx, tools, policy, ticket.id, forgotten=frozenset({"unsnooze"}))
    return True


async def stirred(tx: Tx, tools: Tools, policy: Policy, ticket: Ticket) -> list[Post]:
    """The person does something: a snoozed ticket is looked at again, and whoever has it is told."""
    if ticket.snooze_at is None or not await snooze(tx, tools, policy, ticket, None):
        return []
    posts = _unsnoozed(policy, ticket, wrote=True)
    return [await outbox.put(tx, tools, post) for post in posts]


def _unsnoozed(policy: Policy, ticket: Ticket, *, wrote: bool) -> list[Post]:
    params = {"agent": ticket.assignee, "wrote": wrote}
    told = topic.post(policy, ticket.id, "desk_text", {"key": "desk/unsnoozed", "params": params}, priority=CLAIM)
    return [told, topic.post(policy, ticket.id, "card", {}, priority=CARD)]


async def solve(
    tx: Tx, tools: Tools, policy: Policy, ticket: Ticket, by: str, *, by_hand: bool = False, quiet: bool = False
) -> After | None:
    """The ticket is done; what follows, or None where it was done before.

    Args:
        tx: the open transaction.
        tools: clock, ids and vault.
        policy: how the desk works.
        ticket: which one.
        by: ``agent:ID``, ``person``, ``mirror`` or ``system``.
        by_hand: whether its topic was closed by hand already.
        quiet: whether the topic only shows it, after all that is more urgent; where many are solved at once.
    """
    if not await tickets.solve(tx, tools, ticket.id, by):
        return None
    after, who = After(), by.partition(":")[0]
    await asks.end(tx, tools, ticket.id)
    await moved(tx, tools, policy, ticket.id)
    await audit.write(tx, tools, action="ticket solved", actor=by, chat=ticket.chat, account=ticket.account,
                      ticket=ticket.number)  # fmt: skip
    if ticket.chat and who != "person":
        helped = who in ("agent", "mirror") and ticket.answered_at is not None
        await inbox.event(
            tx, tools, source="desk", key=f"solved:{ticket.id}:{tools.ids()}", lane=ticket.chat, name="TicketClosed",
            ticket=ticket.number, ask=helped and await ratings.unasked(tx, ticket.id),
            until=tools.clock.now() + policy.desk.reopen,
        )  # fmt: skip
        after.woken.add(ticket.chat)
    after.posts += await webhooks.ticket(tx, tools, policy, "ticket.solved", ticket, by=who)
    for post in topic.over(policy, ticket.id, "" if quiet else _SOLVED[who], by_hand=by_hand):
        after.posts.append(await outbox.put(tx, tools, post))
    return after


async def reopen(tx: Tx, tools: Tools, policy: Policy, ticket: Ticket, by: str, *, many: bool = False) -> After | None:
    """A solved ticket is not done after all; what follows, or None where it cannot be opened again.

    It cannot where it is closed, or where its person has another one open. ``by`` as for :func:`solve`; ``many``:
    the person wanted a new one, and has opened many.
    """
    if not await tickets.reopen(tx, tools, ticket):
        return None
    after = After()
    await moved(tx, tools, policy, ticket.id)
    await audit.write(tx, tools, action="ticket reopened", actor=by, chat=ticket.chat, account=ticket.account,
                      ticket=ticket.number)  # fmt: skip
    after.posts += await webhooks.ticket(tx, tools, policy, "ticket.reopened", ticket)
    posts = [topic.post(policy, ticket.id, "open_topic", {}, priority=CLAIM)]
    if by == "person":
        told: dict[str, object] = {"key": "desk/opened_again", "params": {"many": many, "agent": ticket.assignee}}
        posts.append(topic.post(policy, ticket.id, "desk_text", told, priority=CLAIM))
    for post in (*posts, *topic.card(policy, ticket.id)):
        after.posts.append(await outbox.put(tx, tools, post))
    return after


async def merge(
    tx: Tx, tools: Tools, policy: Policy, ticket: Ticket, into: Ticket, by: str, said: Sequence[Post] = ()
) -> After | None:
    """The ticket goes into another one of its person; what follows, or None where it was closed before.

    The other one is worked on where the person waits in this one: a solved one is opened again, for nobody has two.
    ``said`` is what both topics are told first; ``by`` as for :func:`solve`.
    """
    if not await merges.merge(tx, tools, ticket, into):
        return None
    after = After()
    for each in (ticket, into):  # what was held for either is in its topic before it is said where it went
        after.posts += await lobby.leave(tx, tools, each)
    after.posts += [await outbox.put(tx, tools, post) for post in said]
    await moved(tx, tools, policy, ticket.id)
    await recoveries.go_on(tx, ticket.id, into.id)
    waits = ticket.status in ("new", "open")
    now = await tickets.get(tx, tools, into.id) or into
    if now.status == "solved":
        opened = await reopen(tx, tools, policy, now, by)
        after.posts += opened.posts if opened is not None else []
    elif (now.status == "pending" and waits) or (now.status == "new" and now.assignee is not None):
        await turn(tx, tools, policy, now, "open")
    await plan(tx, tools, policy, into.id)
    if waits:
        after.posts += await stirred(tx, tools, policy, now)
    await audit.write(tx, tools, action="ticket merged", actor=by, chat=now.chat, account=now.account,
                      ticket=ticket.number, into=into.number)  # fmt: skip
    after.posts += await webhooks.ticket(tx, tools, policy, "ticket.merged", ticket, into=into.number)
    for post in (*topic.over(policy, ticket.id), *topic.card(policy, into.id)):
        after.posts.append(await outbox.put(tx, tools, post))
    if now.chat:
        body: dict[str, object] = {
            "key": "handoff/merged", "lang": now.lang, "params": {"ticket": ticket.number, "into": into.number},
        }  # fmt: skip
        told = Post("telegram", f"chat:{now.chat}", now.chat, "notice", body, keys="handoff/merged")
        after.posts.append(await outbox.put(tx, tools, told))
    return after


async def look(tx: Tx, tools: Tools, policy: Policy) -> tuple[int, After]:
    """Do what the time has brought; how many tickets were looked at, and what follows."""
    after, found = After(), await tickets.due(tx, tools)
    for ticket in found:
        ahead = agenda.moments(policy.desk, stands(ticket, await asks.open_of(tx, tools, ticket.id)))
        brought = [what for at, what in ahead if at <= tools.clock.now()]
        if ticket.status == "pending" and brought and await recoveries.undecided(tx, ticket.id):
            await moved(tx, tools, policy, ticket.id)  # the case has times of its own; the wait begins anew
            continue
        for what in brought:
            if what in agenda.DEEDS or what == brought[-1]:  # what was slept through is not told one after the other
                await _brought(tx, tools, policy, ticket, what, after)
        if any(what.endswith("missed") for what in brought):
            await tickets.missed(tx, tools, ticket.id)
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
    elif what == "remind":
        ask = await asks.open_of(tx, tools, ticket.id)
        if ask is not None and ticket.chat:
            name = await agents.name(tx, tools, ask.author)
            await put(questions.post(ticket, ask, name, policy.forum or topic.NO_FORUM, again=True))
    elif what == "unsnooze":
        await tickets.snooze(tx, ticket.id, None)
        for post in _unsnoozed(policy, ticket, wrote=False):
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
        given_up = await solve(tx, tools, policy, ticket, "system")
        if given_up is not None:
            after.posts += given_up.posts
            after.woken |= given_up.woken
    elif what == "close":
        await tickets.close(tx, tools, ticket.id)
        await outbox.forget(tx, tools, ticket.id)
        after.posts += await webhooks.ticket(tx, tools, policy, "ticket.closed", ticket)
        await audit.write(tx, tools, action="ticket closed", actor="system", chat=ticket.chat, ticket=ticket.number)
    else:
        leads = sorted(policy.leads) if what.endswith("missed") else []
        await say("reminder", what=what, agent=ticket.assignee, leads=leads)
