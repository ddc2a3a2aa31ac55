"""How a ticket stands: taken, given back, waiting, done, open again. A note changes nothing of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot import webhooks
from bot.clock import DAY
from bot.db import agents, freezes, recoveries, tickets
from bot.db.outbox import CLAIM
from bot.db.tickets import Status, Ticket
from bot.desk import lobby, standing, topic
from bot.domain import until
from bot.domain.targets import PRIORITIES

if TYPE_CHECKING:
    from bot.desk.group import Desk

_HOLD: Final = re.compile(r"((?P<count>[1-9][0-9]{0,2})(?P<unit>[mhdMHD])\s+)?(?P<reason>\S.*)", re.ASCII | re.DOTALL)
"""``/hold 2h the operator answers``: how long, and what is waited for."""
_SNOOZED: Final = 30 * DAY
"""For longer than this nothing is put out of sight."""
_LONGEST: Final = 200
"""Characters of a reason."""


async def claim(desk: Desk, ticket: Ticket, _rest: str) -> None:
    """Exactly one agent takes it; whoever comes second is told who was first."""
    if not ticket.live:
        await desk.toast("stale")
        if not ticket.lobby:  # of the lobby there is no topic to say it in
            await desk.over(ticket)
        return
    if not await tickets.claim(desk.tx, desk.tools, ticket.id, desk.agent):
        now = await tickets.get(desk.tx, desk.tools, ticket.id)
        owner = await desk.owner(now or ticket)
        yours = now is not None and now.assignee == desk.agent
        await desk.toast("yours" if yours else "taken", name=owner)
        if desk.incoming.kind == "message":
            await desk.reply(ticket, "yours_already" if yours else "taken_already", name=owner)
        return
    desk.posts += await lobby.leave(desk.tx, desk.tools, ticket)
    name = await desk.name()
    await desk.toast("yours", name=name)
    await desk.audit("ticket claimed", ticket)
    await desk.event("ticket.claimed", ticket, agent=str(desk.agent))
    await desk.reply(ticket, "claimed", name=name)
    await desk.tell(ticket, "handoff/agent_joined", name=name)
    await desk.show(ticket)


async def release(desk: Desk, ticket: Ticket, _rest: str) -> None:
    """Whoever has it gives it back; the next one claims it."""
    if not await tickets.hand_over(desk.tx, desk.tools, ticket.id, desk.agent, None):
        await desk.reply(ticket, "not_yours", name=await desk.owner(ticket))
        return
    await desk.audit("ticket released", ticket)
    await desk.reply(ticket, "released", name=await desk.name())
    await desk.show(ticket)


async def transfer(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Whoever has it hands it to a colleague, who is told so by name."""
    to = await agents.called(desk.tx, desk.tools, rest) if rest else None
    if to is None or to not in desk.policy.agents:
        await desk.reply(ticket, "no_such_agent", name=rest)
        return
    if not await tickets.hand_over(desk.tx, desk.tools, ticket.id, desk.agent, to):
        await desk.reply(ticket, "not_yours", name=await desk.owner(ticket))
        return
    name = await desk.name(to)
    await desk.audit("ticket transferred", ticket, to=f"agent:{to}")
    await desk.reply(ticket, "transferred", name=name, agent=to)
    await desk.tell(ticket, "handoff/agent_joined", name=name)
    await desk.show(ticket)


# --- waiting --------------------------------------------------------------------------------------------------


async def hold(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Something else is waited for; nobody has to guess what."""
    found = _HOLD.fullmatch(rest)
    reason = " ".join(found["reason"].split()) if found else ""
    if found is None or len(reason) > _LONGEST:
        await desk.reply(ticket, "hold_usage", most=_LONGEST if found else 0)
        return
    wake_at = (
        desk.tools.clock.now() + int(found["count"]) * until.UNITS[found["unit"].lower()] if found["unit"] else None
    )
    await _turn(desk, ticket, "hold", wake_at=wake_at, reason=reason, until=wake_at)


async def pending(desk: Desk, ticket: Ticket, _rest: str) -> None:
    """The person is waited for."""
    await _turn(desk, ticket, "pending")


async def work(desk: Desk, ticket: Ticket, _rest: str) -> None:
    """It is worked on."""
    await _turn(desk, ticket, "open")


async def _turn(desk: Desk, ticket: Ticket, status: Status, *, wake_at: int | None = None, **params: object) -> None:
    if ticket.assignee is None or not ticket.live:
        await (desk.reply(ticket, "claim_first") if ticket.live else desk.over(ticket))
        return
    if await standing.turn(desk.tx, desk.tools, desk.policy, ticket, status, wake_at=wake_at):
        await desk.audit(f"ticket {status}", ticket)
    await desk.reply(ticket, "turned", status=status, name=await desk.name(), **params)
    await desk.show(ticket)


async def snooze(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Out of the queue for a while, or until the person writes; the clock goes on, and no reason is needed."""
    now = desk.tools.clock.now()
    moment = None if rest.lower() == "off" else until.read(rest, desk.policy.desk.hours, now)
    if not ticket.live:
        await desk.over(ticket)
    elif (moment is None and rest.lower() != "off") or (moment is not None and moment > now + _SNOOZED):
        await desk.reply(ticket, "snooze_usage", until=ticket.snooze_at)
    elif not await standing.snooze(desk.tx, desk.tools, desk.policy, ticket, moment):
        await desk.reply(ticket, "not_snoozed")
    else:
        await desk.audit("ticket snoozed" if moment else "snooze ended", ticket)
        await desk.reply(ticket, "snoozed", until=moment)
        await desk.show(ticket)


async def prioritise(desk: Desk, ticket: Ticket, rest: str) -> None:
    """How soon it is to be worked on."""
    wanted = rest.lower()
    if wanted not in PRIORITIES:
        await desk.reply(ticket, "priority_usage", priorities=PRIORITIES)
        return
    await tickets.prioritise(desk.tx, ticket.id, wanted)
    await standing.plan(desk.tx, desk.tools, desk.policy, ticket.id)
    await desk.audit("ticket prioritised", ticket, priority=wanted)
    await desk.reply(ticket, "prioritised", priority=wanted, name=await desk.name())
    await desk.show(ticket)


# --- done, and not done after all -----------------------------------------------------------------------------


async def solve(desk: Desk, ticket: Ticket, _rest: str = "", *, by_hand: bool = False) -> None:
    """It is done, unless a recovery in it is still to be decided; the person is told."""
    if ticket.live and await recoveries.undecided(desk.tx, ticket.id):
        if by_hand:
            await desk.post(topic.post(desk.policy, ticket.id, "open_topic", {}, priority=CLAIM))
        await desk.toast()
        await desk.reply(ticket, "undecided")
        return
    after = await standing.solve(desk.tx, desk.tools, desk.policy, ticket, f"agent:{desk.agent}", by_hand=by_hand)
    if after is None:
        await desk.toast("stale")
        if desk.incoming.kind == "message":
            await desk.over(ticket)
        return
    await desk.toast("solved")
    desk.follow(after)


async def reopen(desk: Desk, ticket: Ticket, _rest: str = "") -> None:
    """It is not done after all, unless the person has another one open."""
    if ticket.live:
        await desk.toast("stale")
        return
    after = await standing.reopen(desk.tx, desk.tools, desk.policy, ticket, f"agent:{desk.agent}")
    if after is None:
        await desk.toast()
        await (desk.over(ticket) if ticket.status == "closed" else desk.reply(ticket, "other_open"))
        return
    await desk.toast("reopened")
    desk.follow(after)


async def unfreeze(desk: Desk, ticket: Ticket, _rest: str) -> None:
    """Lift a freeze that somebody's report began. The hold stays as it is: agents have no power over it.

    Not while another report about the account waits: whoever took it over can report something too, and take it back.
    """
    account = ticket.account
    by = f"agent:{desk.agent}"
    reports = await tickets.reports(desk.tx, desk.tools, account) if account is not None else []
    others = [await topic.link(desk.tx, report) for report in reports if report.id != ticket.id]
    if others:
        await desk.audit("unfreeze refused", ticket, outcome="refused")
        await desk.reply(ticket, "other_reports", tickets=others)
        return
    if account is None or not await freezes.lift(desk.tx, desk.tools, account=account, by=by):
        await desk.reply(ticket, "not_frozen")
        return
    await desk.audit("account unfrozen", ticket)
    desk.posts += await webhooks.put(desk.tx, desk.tools, desk.policy, "account.unfrozen", account)
    await desk.reply(ticket, "unfrozen")
