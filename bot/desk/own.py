"""What a person sees of their own tickets, and how they come back to one: by its page, a button, or an answer to it."""

from __future__ import annotations

from typing import Final

from bot.clock import DAY, SECOND
from bot.context import Context
from bot.db import agents, asks, own_tickets, tickets
from bot.db.tickets import Ticket
from bot.desk import person, standing
from bot.domain import guard, hours, targets
from bot.incoming import Incoming
from bot.lists import TICKETS
from conversations import effects as ef
from conversations import events as ev
from conversations.events import Event

_LATELY: Final = 14 * DAY
"""How far back other people's waits tell something of today's."""
_LONGEST: Final = 3000
"""Characters of what was written where nobody listened, until it is known whether it is for the ticket."""
_PAGES: Final = ("handoff/of_live", "handoff/of_solved", "handoff/of_closed")


# --- what screens show ----------------------------------------------------------------------------------------


async def fill(context: Context) -> None:
    """What the screen shows of tickets, if it is one that does."""
    place, extra = context.snapshot.place, context.extra
    if place == "handoff/talk":
        ticket = await tickets.open_of(context.tx, context.tools, context.chat)
        await _expected(context)
        extra["asked"] = await _asked(context, ticket) if ticket is not None else None
    elif place == "handoff/tickets":
        await listed(context)
    elif place == "handoff/same" or place in _PAGES:
        ticket = await _named(context)
        extra["shown"] = await _row(context, ticket) if ticket is not None else None
        if ticket is not None and ticket.status in ("new", "open"):
            await _expected(context, answered=ticket.answered_at is not None)


async def listed(context: Context) -> None:
    """A page of the list."""
    count, _solved = await own_tickets.standing(context.tx, context.chat, context.account)
    pages = max(1, -(-count // TICKETS))
    wanted = str(context.snapshot.data.get("page", ""))
    page = int(wanted) if wanted.isascii() and wanted.isdecimal() and 1 <= int(wanted) <= pages else 1
    found = await own_tickets.numbers(
        context.tx, context.chat, context.account, skip=(page - 1) * TICKETS, most=TICKETS
    )
    known = [await tickets.by_number(context.tx, context.tools, number) for number in found]
    rows = [await _row(context, ticket) for ticket in known if ticket is not None]
    context.extra |= {"tickets": rows, "page": page, "pages": pages}


async def _row(context: Context, ticket: Ticket) -> dict[str, object]:
    return {
        "number": ticket.number, "reason": ticket.reason, "status": ticket.status, "opened_at": ticket.opened_at,
        "wake_at": ticket.wake_at, "solved_at": ticket.solved_at, "follows": ticket.follows,
        "until": (ticket.solved_at or 0) + context.policy.desk.reopen,
        "agent": await agents.name(context.tx, context.tools, ticket.assignee),
    }  # fmt: skip


async def _asked(context: Context, ticket: Ticket) -> dict[str, object] | None:
    ask = await asks.open_of(context.tx, context.tools, ticket.id)
    if ask is None:
        return None
    return {"item": ask.item, "words": ask.words, "name": await agents.name(context.tx, context.tools, ask.author)}


async def _expected(context: Context, *, answered: bool = False) -> None:
    """When somebody is there again, or how long an answer took others lately."""
    now, desk = context.tools.clock.now(), context.policy.desk
    if not hours.is_open(desk.hours, now):
        context.extra["opens"] = hours.opens(desk.hours, now)
        return
    times = [] if answered else await own_tickets.answer_times(context.tx, now - _LATELY)
    waited = targets.expected_wait(times)
    if waited is not None:
        context.extra["answer_in"] = waited // SECOND


# --- which ticket is meant ------------------------------------------------------------------------------------


async def _named(context: Context) -> Ticket | None:
    """The ticket of the flow's data, or where it names none the latest that was solved; None if it is not theirs."""
    tx, chat, account = context.tx, context.chat, context.account
    named = str(context.snapshot.data.get("ticket", ""))
    if named:
        number = int(named) if named.isascii() and named.isdecimal() and len(named) < 10 else 0
        number = number if await own_tickets.visible(tx, chat, account, number) else 0
    else:
        _count, number = await own_tickets.standing(tx, chat, account)
        latest = [] if number else await own_tickets.numbers(tx, chat, account, skip=0, most=1)
        number = number or next(iter(latest), 0)
    return await tickets.by_number(tx, context.tools, number) if number else None


async def look(context: Context, _wanted: ef.Effect, _cause: Event) -> Event:
    """How the ticket that is looked at stands."""
    ticket = await _named(context)
    if ticket is None:
        return ev.TicketSeen()
    return ev.TicketSeen("live" if ticket.live else ticket.status)


async def before(context: Context) -> Ticket | None:
    """The closed ticket that a new one is to go on from."""
    ticket = await _named(context)
    return ticket if ticket is not None and not ticket.live else None


# --- coming back ----------------------------------------------------------------------------------------------


async def reopen(context: Context, _wanted: ef.Effect, _cause: Event) -> Event:
    """A solved ticket is not solved after all; what the person wrote for it is passed on."""
    ticket = await _named(context)
    if ticket is None:
        return ev.Refused("gone")
    if not ticket.live:
        after = await standing.reopen(context.tx, context.tools, context.policy, ticket, "person")
        if after is None:
            busy = await tickets.open_of(context.tx, context.tools, context.chat)
            return ev.Refused("late" if busy is None else "busy")
        context.owe(after.posts)
    context.extra["ticket"] = ticket.number
    incoming = context.incoming
    if incoming is not None and incoming.kind in ("message", "edit"):
        await person.relay(context)
    else:
        await person.pass_on(context)
    return ev.TicketOpened(ticket.number)


async def tapped(context: Context, action: str, row: int) -> Event:
    """A button below a message of ours about a ticket, however old it is."""
    ticket = await tickets.get(context.tx, context.tools, row)
    if ticket is None or not await own_tickets.visible(context.tx, context.chat, context.account, ticket.number):
        return ev.StaleButton()
    if action == "answer" and ticket.live:
        return ev.ToTicket()
    return ev.NotSolved(ticket.number)


async def replied(context: Context, incoming: Incoming) -> Event | None:
    """The person answers a message of one of their tickets, wherever they are; None if they do not."""
    if incoming.reply_to is None:
        return None
    number = await own_tickets.of_message(context.tx, context.chat, context.account, incoming.reply_to)
    return ev.Replied(number) if number is not None else None


def unread(context: Context, incoming: Incoming, kind: str) -> ev.Unrecognised:
    """What nobody reads here, with its words where it may be about a ticket that was solved."""
    if kind != "text" or not context.conversation.facts.solved_lately:
        return ev.Unrecognised(kind)
    return ev.Unrecognised(kind, guard.incoming(incoming.text).text[:_LONGEST], incoming.message)
