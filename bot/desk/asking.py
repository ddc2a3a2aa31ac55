"""An agent asks a person for one thing, and the answer comes back as the answer to just that.

agent   /ask operator            -> the question in the person's language, with a button; the ticket waits
person  (at the ticket) o2       -> the agent sees it as a reply to the /ask
person  words, for a picture     -> passed on all the same; told once that a picture would help more
time    a day                    -> the person is reminded of the question
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.context import Context
from bot.db import accounts, asks, messages
from bot.db.asks import Ask
from bot.db.tickets import Ticket
from bot.desk import questions, standing
from bot.desk.questions import ASK, FREE, ITEMS
from bot.domain import guard, masks, phones
from bot.incoming import Incoming

if TYPE_CHECKING:
    from bot.desk.group import Desk

_PICTURES = ("photo", "document", "video", "animation")
_LONGEST = 1000
"""Characters of a question in the agent's own words."""


async def ask(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Ask for an item of the table, or with the agent's own words."""
    words = "" if rest.lower() in ITEMS else rest[:_LONGEST]
    if not rest:
        await desk.reply(ticket, "ask_usage", items={name: item.what for name, item in ITEMS.items()})
    elif not ticket.live:
        await desk.over(ticket)
    elif ticket.assignee != desk.agent:
        await desk.reply(ticket, "not_yours", name=await desk.owner(ticket))
    elif not ticket.chat:
        await desk.reply(ticket, "nobody_yet")
    elif forbidden := guard.outgoing(words):
        await desk.audit("answer stopped", ticket, asks=forbidden)
        await desk.reply(ticket, "stopped", asks=forbidden)
    else:
        await _ask(desk, ticket, FREE if words else rest.lower(), words)


async def _ask(desk: Desk, ticket: Ticket, item: str, words: str) -> None:
    row = await messages.message(
        desk.tx, desk.tools, ticket=ticket.id, side="agent", author=desk.agent, source=desk.incoming.message,
        forum=desk.forum, what=ASK, text=words or f"Asked: {ITEMS[item].what}",
    )  # fmt: skip
    await asks.put(desk.tx, desk.tools, ticket=ticket.id, message=row, item=item, words=words)
    await send(desk, ticket, row)
    await desk.audit("person asked", ticket, item=item)
    await standing.turn(desk.tx, desk.tools, desk.policy, ticket, "pending")
    await standing.plan(desk.tx, desk.tools, desk.policy, ticket.id, forgotten=frozenset({"remind"}))


async def send(desk: Desk, ticket: Ticket, message: int) -> None:
    """Send the question that was asked by this message, for the first time or once more."""
    asked = await asks.of_message(desk.tx, desk.tools, message)
    if asked is not None:
        await desk.post(questions.post(ticket, asked, await desk.name(asked.author), desk.incoming.chat))


# --- the answer -----------------------------------------------------------------------------------------------


async def answered(context: Context, ask: Ask, ticket: Ticket, incoming: Incoming, number: str) -> None:
    """Something that the person was asked for has come, or something else in its place: then they are told once.

    ``number`` is what :func:`masked` has made of it.
    """
    wants = ITEMS[ask.item].wants if ask.item in ITEMS else ""
    fits = {"picture": incoming.what in _PICTURES, "number": bool(number), "words": bool(incoming.text.strip())}
    if fits.get(wants, True) or ask.hinted:
        await asks.end(context.tx, context.tools, ticket.id)
        return
    await asks.hinted(context.tx, context.tools, ask.id)
    key = "handoff/hint"
    await context.tell("notice", {"key": key, "lang": context.lang, "params": {"wants": wants}}, keys=key)


async def masked(context: Context, ask: Ask | None, incoming: Incoming) -> str:
    """A number that was asked for as an agent may see it, and whether it is the account's; "" if it is none."""
    if ask is None or ask.item != "number" or incoming.what != "text":
        return ""
    account = await accounts.get(context.tx, context.tools, context.account) if context.account else None
    bound = account.phone if account else None
    read = next((found for region in ("", _region(bound)) if (found := phones.read(incoming.text, region).e164)), None)
    if read is None:
        return ""
    same = "" if bound is None else " · the account's number" if read == bound else " · not the account's number"
    return f"{masks.phone(read)}{same}"


def _region(number: str | None) -> str:
    return (phones.read(number, "").region or "") if number else ""
