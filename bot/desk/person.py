"""The person's side of a ticket: opening it, coming to it, writing, and being done with it."""

from __future__ import annotations

from bot import webhooks
from bot.context import Context, Policy
from bot.db import accounts, audit, limits, messages, outbox, recovery_codes, tickets
from bot.db.accounts import Account
from bot.db.base import Tx
from bot.db.disputes import Dispute
from bot.db.outbox import CARD, CLAIM, Post
from bot.db.tickets import Ticket
from bot.desk import lobby, standing, topic
from bot.desk.speaking import ALBUM
from bot.domain import guard, masks
from bot.domain.guard import Guarded
from bot.domain.limits import RELAYS_PER_PERSON, TICKETS_PER_PERSON
from bot.incoming import Incoming
from bot.tools import Tools
from conversations import events as ev
from conversations.events import Event


async def open_ticket(context: Context, reason: str, *, urgent: bool = False) -> Ticket:
    """The person's open ticket, or a new one with all that an agent needs to decide."""
    known = await tickets.open_of(context.tx, context.tools, context.chat)
    if known is not None:
        if urgent and await tickets.urge(context.tx, known.id):
            if known.lobby and not await lobby.crowded(context.tx, context.tools, context.policy, urgent=True):
                context.owe(await lobby.leave(context.tx, context.tools, known))
            await context.post(topic.post(context.policy, known.id, "card", {}, priority=CARD))
            body: dict[str, object] = {"key": "desk/urged", "params": {"reason": reason}}
            await context.post(topic.post(context.policy, known.id, "desk_text", body, priority=CLAIM))
        return known
    again = None if urgent else await _once_more(context)
    if again is not None:
        return again
    parked = context.snapshot.parked
    ticket = await tickets.create(
        context.tx,
        context.tools,
        chat=context.chat,
        account=context.account,
        reason=reason,
        place=parked.place if parked else "",
        lang=context.lang,
        facts=await _facts(context),
        urgent=urgent,
        lobby=await lobby.crowded(context.tx, context.tools, context.policy, urgent=urgent),
    )
    context.extra["ticket"] = ticket.number
    await context.post(topic.post(context.policy, ticket.id, "card", {}, priority=CARD))
    context.owe(await webhooks.ticket(context.tx, context.tools, context.policy, "ticket.opened", ticket))
    await audit.write(
        context.tx, context.tools, action="ticket opened", actor="person", chat=context.chat,
        account=context.account, ticket=ticket.number, reason=ticket.reason,
    )  # fmt: skip
    return ticket


async def _once_more(context: Context) -> Ticket | None:
    """The last ticket, opened again, of somebody who opens many; None where a new one may be opened, or has to be."""
    tx, tools = context.tx, context.tools
    if not await limits.allow(tx, tools, TICKETS_PER_PERSON, str(context.chat)):
        return None
    last = await tickets.latest(tx, tools, context.chat)
    if last is None or last.account != context.account or not await tickets.reopen(tx, tools, last):
        return None
    await standing.moved(tx, tools, context.policy, last.id)
    context.extra["ticket"] = last.number
    await audit.write(tx, tools, action="ticket reopened", actor="person", chat=context.chat, ticket=last.number)
    context.owe(await webhooks.ticket(tx, tools, context.policy, "ticket.reopened", last))
    body: dict[str, object] = {"key": "desk/opened_again"}
    await context.post(topic.post(context.policy, last.id, "open_topic", {}, priority=CLAIM))
    await context.post(topic.post(context.policy, last.id, "desk_text", body, priority=CLAIM))
    for post in topic.card(context.policy, last.id):
        await context.post(post)
    return last


async def _facts(context: Context) -> dict[str, object]:
    account = await accounts.get(context.tx, context.tools, context.account) if context.account else None
    failures = await limits.failures(context.tx, context.tools, context.account) if context.account else 0
    return {
        "name": context.conversation.name,
        "user": context.chat,
        "signed_in": context.conversation.facts.signed_in,
        "account": masks.account(str(account.id)) if account else "",
        "email": masks.email(account.email) if account else "",
        "phone": masks.phone(account.phone) if account and account.phone else "",
        "held": await _held(context.tx, account),
        "attempts": failures,
        "earlier": await tickets.earlier(context.tx, context.chat),
    }


async def _held(tx: Tx, account: Account | None) -> dict[str, int]:
    """The factors that the account has beside its phone, each since when."""
    if account is None:
        return {}
    since = {
        "email": account.email_at,
        "Google 2FA": account.totp_at,
        "trading password": account.trading_at,
        "recovery codes": await recovery_codes.since(tx, account.id),
    }
    return {name: at for name, at in since.items() if at is not None}


async def open_report(
    tx: Tx, tools: Tools, policy: Policy, dispute: Dispute, holder: Account | None
) -> tuple[Ticket, list[Post]]:
    """Open an urgent ticket for somebody who says that a change was not theirs; they come to it by a link."""
    ticket = await tickets.create(
        tx, tools, chat=0, account=dispute.account, reason="not_me", place="", lang=dispute.lang, urgent=True,
        lobby=await lobby.crowded(tx, tools, policy, urgent=True),
        facts={
            "account": masks.account(str(dispute.account)),
            "email": masks.email(holder.email) if holder else "",
            "phone": masks.phone(holder.phone) if holder and holder.phone else "",
            "held": await _held(tx, holder),
            "attempts": await limits.failures(tx, tools, dispute.account),
            "change": dispute.what,
            "way": dispute.way,
            "frozen": True,
        },
    )  # fmt: skip
    await audit.write(tx, tools, action="ticket opened", actor="person", account=dispute.account,
                      ticket=ticket.number, reason="not_me", way=dispute.way)  # fmt: skip
    told = await webhooks.ticket(tx, tools, policy, "ticket.opened", ticket)
    return ticket, [await outbox.put(tx, tools, topic.post(policy, ticket.id, "card", {}, priority=CARD)), *told]


async def join(context: Context, ticket_id: int) -> Event:
    """A person comes by a link to the ticket that their report opened."""
    ticket = await tickets.get(context.tx, context.tools, ticket_id)
    if ticket is None or not ticket.live:
        return ev.LinkBad()
    known = context.conversation.ticket
    if await tickets.join(context.tx, context.tools, ticket.id, context.chat):
        context.extra["ticket"] = ticket.number
        body: dict[str, object] = {"key": "desk/joined", "params": {"name": context.conversation.name}}
    elif known is not None:
        body = {"key": "desk/joined_elsewhere", "params": {"ticket": known}}
    else:
        return ev.LinkBad()
    await context.post(topic.post(context.policy, ticket.id, "desk_text", body, priority=CLAIM))
    return ev.LinkTicket()


async def relay(context: Context) -> None:
    """Pass the person's message on to the topic; an edited one is passed on again, as an answer to its first copy."""
    incoming, ticket = context.incoming, await tickets.open_of(context.tx, context.tools, context.chat)
    if incoming is None or ticket is None:
        return
    wait = await limits.allow(context.tx, context.tools, RELAYS_PER_PERSON, str(context.chat))
    if wait:
        await context.tell("notice", {"key": "handoff/slow_down"}, keys="handoff/slow_down", merge="slow_down")
        return
    answered = incoming.message if incoming.kind == "edit" else incoming.reply_to
    guarded = guard.incoming(incoming.text)
    row = await messages.message(
        context.tx, context.tools, ticket=ticket.id, side="user", author=context.chat, source=incoming.message,
        forum=0, what=incoming.what, album=incoming.album if incoming.kind == "message" else "", text=guarded.text,
    )  # fmt: skip
    if incoming.kind == "edit":
        await _post(context, ticket, "desk_text", {"key": "desk/edited", "about": answered})
    if guarded.kinds or await _identity_picture(context, incoming):
        await _withheld(context, ticket, row, guarded, answered)
    elif ticket.lobby:
        await _kept(context, ticket, row, guarded.text, answered)
    elif incoming.album and incoming.kind == "message":
        due = context.tools.clock.now() + ALBUM
        await _post(context, ticket, "relays", {"from": context.chat, "album": incoming.album}, due_at=due)
    else:
        body: dict[str, object] = {"from": context.chat, "message": incoming.message, "about": answered}
        await _post(context, ticket, "relay", body, ref=row)
    if ticket.lobby:
        context.owe([await outbox.listing(context.tx, context.tools)])  # it tells how much was written
    if ticket.status in ("pending", "hold") and await standing.turn(
        context.tx, context.tools, context.policy, ticket, "open"
    ):
        for post in topic.card(context.policy, ticket.id) if ticket.status == "hold" else ():
            await context.post(post)


async def _kept(context: Context, ticket: Ticket, row: int, text: str, about: int | None) -> None:
    """It will be in the topic as it is now: a copy that is made later would show whatever the person makes of it."""
    incoming = context.incoming
    if incoming is None:
        return
    await messages.alone(context.tx, row)
    if incoming.what == "text":
        await _post(context, ticket, "masked", {"text": text, "kinds": [], "about": about}, ref=row)
    else:
        body: dict[str, object] = {"from": context.chat, "message": incoming.message, "caption": text}
        await _post(context, ticket, "relay", {**body, "about": about}, ref=row)


async def _post(context: Context, ticket: Ticket, kind: str, body: dict[str, object], *, ref: int | None = None,
                due_at: int = 0) -> None:  # fmt: skip
    await context.post(topic.post(context.policy, ticket.id, kind, body, ref=ref, due_at=due_at))


async def _identity_picture(context: Context, incoming: Incoming) -> bool:
    """Whether it is taken for a picture of the recovery under way: those go only into the form."""
    return incoming.what in ("photo", "document") and bool(context.conversation.facts.recovery)


async def _withheld(context: Context, ticket: Ticket, row: int, guarded: Guarded, about: int | None) -> None:
    """The agents see it without its secrets; the person is told, and it does not stay in the chat."""
    incoming = context.incoming
    if incoming is None:
        return
    picture = await _identity_picture(context, incoming)
    kinds = (*guarded.kinds, *(("picture",) if picture else ()))
    await messages.alone(context.tx, row)
    alone = picture or incoming.what == "text"
    if alone:
        masked: dict[str, object] = {"text": guarded.text, "kinds": list(kinds), "about": about}
        await _post(context, ticket, "masked", masked, ref=row)
    else:  # what it shows is copied, under words that were cleaned
        body: dict[str, object] = {"from": context.chat, "message": incoming.message, "about": about}
        await _post(context, ticket, "relay", {**body, "caption": guarded.text}, ref=row)
    await audit.write(context.tx, context.tools, action="secret masked", actor="person", chat=context.chat,
                      account=context.account, ticket=ticket.number, kinds=" ".join(kinds))  # fmt: skip
    # What is copied stands until it is; the rest goes now, even while the ticket waits in the lobby.
    lane = f"chat:{context.chat}" if alone else f"ticket:{ticket.id}"
    await context.post(Post("telegram", lane, context.chat, "delete", {"message": incoming.message}))
    key = "handoff/picture_masked" if kinds == ("picture",) else "handoff/masked"
    await context.tell("notice", {"key": key, "lang": context.lang, "params": {"kinds": list(kinds)}}, keys=key)


async def reacted(tx: Tx, tools: Tools, incoming: Incoming) -> list[Post]:
    """The person's reaction to an answer stands on the agent's message; with none, the mark that it arrived does."""
    ticket = await tickets.open_of(tx, tools, incoming.chat)
    known = await messages.received(tx, ticket.id, incoming.message) if ticket is not None else None
    if ticket is None or known is None or known.desk_message is None:
        return []
    mark = topic.mark(ticket.id, known.forum, known.desk_message, incoming.data or topic.PASSED)
    return [await outbox.put(tx, tools, mark)]


async def presence(tx: Tx, tools: Tools, policy: Policy, chat: int, *, blocked: bool) -> list[Post]:
    """The agents of an open ticket see that its person cannot be reached, or can be again."""
    ticket = await tickets.open_of(tx, tools, chat)
    if ticket is None:
        return []
    body: dict[str, object] = {"key": "desk/gone" if blocked else "desk/back"}
    return [await outbox.put(tx, tools, topic.post(policy, ticket.id, "desk_text", body, priority=CLAIM))]


async def close_by_person(context: Context) -> int:
    """Close the person's ticket on their wish; its number, or 0 if there was none."""
    ticket = await tickets.open_of(context.tx, context.tools, context.chat)
    if ticket is None or not await tickets.solve(context.tx, context.tools, ticket.id, "person"):
        return 0
    await standing.moved(context.tx, context.tools, context.policy, ticket.id)
    context.owe(await webhooks.ticket(context.tx, context.tools, context.policy, "ticket.solved", ticket, by="person"))
    for post in topic.solved(context.policy, ticket.id, "desk/closed_by_person"):
        await context.post(post)
    return ticket.number
