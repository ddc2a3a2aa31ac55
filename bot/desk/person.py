"""The person's side of a ticket: opening it, coming to it, writing, and being done with it."""

from __future__ import annotations

from typing import Final

from bot import webhooks
from bot.context import Context, Policy
from bot.db import accounts, asks, audit, limits, merges, messages, outbox, own_tickets, recovery_codes, risks, tickets
from bot.db.accounts import Account
from bot.db.base import Tx
from bot.db.disputes import Dispute
from bot.db.outbox import CARD, CLAIM, Post
from bot.db.tickets import Ticket
from bot.desk import asking, lobby, standing, topic
from bot.desk.speaking import ALBUM
from bot.domain import chosen, guard, masks, parts
from bot.domain import risks as risk
from bot.domain.guard import Guarded
from bot.domain.limits import RELAYS_PER_PERSON, TICKETS_PER_PERSON, TOLD_TO_SLOW_DOWN
from bot.incoming import Incoming
from bot.tools import Tools
from conversations import events as ev
from conversations.events import Event

_BESIDE_A_WORD: Final = parts.TEXT - 256
"""The longest text below which there is room to say what was left out."""


async def open_ticket(context: Context, reason: str, *, urgent: bool = False, follows: Ticket | None = None) -> Ticket:
    """The person's open ticket, or a new one with all that an agent needs to decide; it may follow a closed one."""
    known = await tickets.open_of(context.tx, context.tools, context.chat)
    if known is not None:
        if urgent and await tickets.urge(context.tx, known.id):
            if known.lobby and not await lobby.crowded(context.tx, context.tools, context.policy, urgent=True):
                context.owe(await lobby.leave(context.tx, context.tools, known))
            await context.post(topic.post(context.policy, known.id, "card", {}, priority=CARD))
            body: dict[str, object] = {"key": "desk/urged", "params": {"reason": reason}}
            await context.post(topic.post(context.policy, known.id, "desk_text", body, priority=CLAIM))
        context.owe(await standing.stirred(context.tx, context.tools, context.policy, known))
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
        follows=follows.number if follows else None,
        lobby=await lobby.crowded(context.tx, context.tools, context.policy, urgent=urgent),
    )
    context.extra["ticket"] = ticket.number
    await context.post(topic.post(context.policy, ticket.id, "card", {}, priority=CARD))
    context.owe(await webhooks.ticket(context.tx, context.tools, context.policy, "ticket.opened", ticket))
    await audit.write(
        context.tx, context.tools, action="ticket opened", actor="person", chat=context.chat,
        account=context.account, ticket=ticket.number, reason=ticket.reason, follows=ticket.follows,
    )  # fmt: skip
    return ticket


async def _once_more(context: Context) -> Ticket | None:
    """The last ticket, opened again, of somebody who opens many; None where a new one may be opened, or has to be."""
    tx, tools = context.tx, context.tools
    if not await limits.allow(tx, tools, TICKETS_PER_PERSON, str(context.chat)):
        return None
    last = await tickets.latest(tx, tools, context.chat)
    if last is None or last.account != context.account:
        return None
    after = await standing.reopen(tx, tools, context.policy, last, "person", many=True)
    if after is None:
        return None
    context.extra["ticket"] = last.number
    context.owe(after.posts)
    return last


async def _facts(context: Context) -> dict[str, object]:
    account = await accounts.get(context.tx, context.tools, context.account) if context.account else None
    signs = await risks.signs(context.tx, context.tools, chat=context.chat, account=context.account)
    parked = context.snapshot.parked
    return {
        "name": context.conversation.name,
        "user": context.chat,
        "signed_in": context.conversation.facts.signed_in,
        "account": masks.account(str(account.id)) if account else "",
        "email": masks.email(account.email) if account else "",
        "phone": masks.phone(account.phone) if account and account.phone else "",
        "held": await _held(context.tx, account),
        "attempts": signs.wrong_codes,
        "risks": risk.found(signs, context.tools.clock.now()),
        "answers": chosen.answers(parked.flow, parked.state, parked.data) if parked else {},
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
    signs = await risks.signs(tx, tools, chat=0, account=dispute.account)
    ticket = await tickets.create(
        tx, tools, chat=0, account=dispute.account, reason="not_me", place="", lang=dispute.lang, urgent=True,
        lobby=await lobby.crowded(tx, tools, policy, urgent=True),
        facts={
            "account": masks.account(str(dispute.account)),
            "email": masks.email(holder.email) if holder else "",
            "phone": masks.phone(holder.phone) if holder and holder.phone else "",
            "held": await _held(tx, holder),
            "attempts": signs.wrong_codes,
            "risks": risk.found(signs, tools.clock.now()),
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
    reported = await tickets.get(context.tx, context.tools, ticket_id)
    ticket = reported and await merges.end(context.tx, context.tools, reported)
    if ticket is None or not ticket.live:
        return ev.LinkBad()
    known = context.conversation.ticket
    if known == ticket.number:  # what was reported went into the ticket that they have open
        return ev.LinkTicket()
    if await tickets.join(context.tx, context.tools, ticket.id, context.chat):
        context.extra["ticket"] = ticket.number
        body: dict[str, object] = {"key": "desk/joined", "params": {"name": context.conversation.name}}
    elif known is not None:
        await merges.came(context.tx, ticket.id, context.chat)
        body = {"key": "desk/joined_elsewhere", "params": {"ticket": known}}
    else:
        return ev.LinkBad()
    await context.post(topic.post(context.policy, ticket.id, "desk_text", body, priority=CLAIM))
    return ev.LinkTicket()


async def relay(context: Context) -> None:
    """Pass the person's message on to the topic; an edited one is passed on again, as an answer to its first copy.

    The screen may tell by ``passed`` that it was.
    """
    incoming, ticket = context.incoming, await tickets.open_of(context.tx, context.tools, context.chat)
    if incoming is None or ticket is None:
        return
    if await _too_much(context):
        return
    answered = incoming.message if incoming.kind == "edit" else incoming.reply_to
    ask = await asks.open_of(context.tx, context.tools, ticket.id) if incoming.kind == "message" else None
    if ask is not None and answered and answered != ask.user_message:
        ask = None  # it says what it is an answer to: something else
    about = ask.user_message if ask is not None else answered
    answering: dict[str, object] = {"about": about, "quote": _quote(incoming) if answered else None}
    number = await asking.masked(context, ask, incoming)
    guarded = Guarded(number) if number else guard.incoming(incoming.text)
    if incoming.kind == "edit":
        await _post(context, ticket, "desk_text", {"key": "desk/edited", "about": answered})
    picture = await _identity_picture(context, incoming)
    if guarded.kinds or picture:
        await _withheld(context, ticket, incoming, guarded, picture=picture, answering=answering)
        ask = None
    else:
        await _copied(context, ticket, incoming, guarded.text, answering, answer=ask is not None, masked=bool(number))
    if ask is not None:
        await asking.answered(context, ask, ticket, incoming, number)
    context.extra["passed"] = True
    await _goes_on(context, ticket)


async def _copied(
    context: Context, ticket: Ticket, incoming: Incoming, text: str, answering: dict[str, object], *, answer: bool,
    masked: bool,
) -> None:  # fmt: skip
    """Let the agents have the message itself, or where it is ``masked`` its text; ``answer``: to what was asked.

    In the lobby it is kept as it is now: a copy that is made later would show whatever the person makes of it.
    """
    whole = bool(incoming.album) and incoming.kind == "message" and not ticket.lobby
    row = await _stored(context, ticket, text, album=incoming.album if whole else "")
    body: dict[str, object] = {"from": context.chat, "message": incoming.message, **answering}
    if masked or (ticket.lobby and incoming.what == "text"):
        await _post(context, ticket, "masked", {"text": text, "kinds": [], **answering}, ref=row)
    elif ticket.lobby:
        await _post(context, ticket, "relay", {**body, "caption": text}, ref=row)
    elif incoming.album and incoming.kind == "message":
        if answer:  # an album cannot be a reply
            await _post(context, ticket, "desk_text", {"key": "desk/answers", "about": answering["about"]})
        due = context.tools.clock.now() + ALBUM
        await _post(context, ticket, "relays", {"from": context.chat, "album": incoming.album}, due_at=due)
    else:
        await _post(context, ticket, "relay", body, ref=row)


async def pass_on(context: Context) -> None:
    """What the person wrote before it was known to be for the ticket, if they did, once."""
    data, tx, tools = context.snapshot.data, context.tx, context.tools
    words, source = str(data.get("words", "")), int(data.get("message", 0))
    ticket = await tickets.open_of(tx, tools, context.chat)
    if ticket is None or not words or await own_tickets.of_message(tx, context.chat, context.account, source):
        return
    row = await messages.message(tx, tools, ticket=ticket.id, side="user", author=context.chat, source=source,
                                 forum=0, text=words)  # fmt: skip
    body: dict[str, object] = {"key": "desk/words", "text": words, "kinds": [], "reply": None}
    await _post(context, ticket, "masked", body, ref=row)
    context.extra["passed"] = True
    await _goes_on(context, ticket)


async def _goes_on(context: Context, ticket: Ticket) -> None:
    """The person has written: what waited for them, or for something else, is worked on."""
    context.owe(await standing.stirred(context.tx, context.tools, context.policy, ticket))
    if ticket.lobby:
        context.owe([await outbox.listing(context.tx, context.tools)])  # it tells how much was written
    if ticket.status in ("pending", "hold") and await standing.turn(
        context.tx, context.tools, context.policy, ticket, "open"
    ):
        for post in topic.card(context.policy, ticket.id) if ticket.status == "hold" else ():
            await context.post(post)


async def _too_much(context: Context) -> bool:
    """Whether they write more than a topic bears: said once, then nothing is passed on for the minute that it says."""
    tx, tools, chat = context.tx, context.tools, str(context.chat)
    if await limits.due(tx, tools, TOLD_TO_SLOW_DOWN, chat):
        return True
    if not await limits.allow(tx, tools, RELAYS_PER_PERSON, chat):
        return False
    await limits.allow(tx, tools, TOLD_TO_SLOW_DOWN, chat)
    await context.tell("notice", {"key": "handoff/slow_down", "lang": context.lang}, keys="handoff/slow_down")
    return True


async def _stored(context: Context, ticket: Ticket, text: str, *, album: str = "") -> int:
    """The row of the person's message, or of a part of it."""
    incoming = context.incoming
    return await messages.message(
        context.tx, context.tools, ticket=ticket.id, side="user", author=context.chat,
        source=incoming.message if incoming else 0, forum=0, what=incoming.what if incoming else "text", album=album,
        text=text,
    )  # fmt: skip


async def _post(context: Context, ticket: Ticket, kind: str, body: dict[str, object], *, ref: int | None = None,
                due_at: int = 0) -> None:  # fmt: skip
    await context.post(topic.post(context.policy, ticket.id, kind, body, ref=ref, due_at=due_at))


def _quote(incoming: Incoming) -> dict[str, object] | None:
    """What the person quotes, unless a secret stands in it."""
    quote = incoming.quote
    return quote.fields if quote is not None and not guard.incoming(quote.text).kinds else None


async def _identity_picture(context: Context, incoming: Incoming) -> bool:
    """Whether it is taken for a picture of the recovery under way: those go only into the form."""
    return incoming.what in ("photo", "document") and bool(context.conversation.facts.recovery)


async def _withheld(
    context: Context, ticket: Ticket, incoming: Incoming, guarded: Guarded, *, picture: bool,
    answering: dict[str, object],
) -> None:  # fmt: skip
    """The agents see it without its secrets; the person is told, and it does not stay in the chat."""
    kinds = (*guarded.kinds, *(("picture",) if picture else ()))
    copied = not picture and incoming.what != "text"
    cut = parts.showing(parts.parts(guarded.text, most=_BESIDE_A_WORD, first=parts.CAPTION if copied else None))
    texts = [part.text for part in cut] or [""]
    for place, text in enumerate(texts):
        row = await _stored(context, ticket, text)
        told = answering if place == 0 else {}
        if copied and place == 0:  # what it shows is copied, under words that were cleaned
            body: dict[str, object] = {"from": context.chat, "message": incoming.message, "caption": text, **told}
            await _post(context, ticket, "relay", body, ref=row)
        else:
            last = place == len(texts) - 1
            await _post(
                context, ticket, "masked", {"text": text, "kinds": list(kinds) if last else [], **told}, ref=row
            )
    await audit.write(context.tx, context.tools, action="secret masked", actor="person", chat=context.chat,
                      account=context.account, ticket=ticket.number, kinds=" ".join(kinds))  # fmt: skip
    # What is copied stands until it is; the rest goes now, even while the ticket waits in the lobby.
    lane = f"ticket:{ticket.id}" if copied else f"chat:{context.chat}"
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
    if ticket is None:
        return 0
    after = await standing.solve(context.tx, context.tools, context.policy, ticket, "person")
    if after is None:
        return 0
    context.owe(after.posts)
    return ticket.number
