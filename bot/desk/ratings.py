"""How a person found the help: asked once, after a human has answered and solved the ticket; a word may follow."""

from __future__ import annotations

from typing import Final

from bot import callback
from bot.context import Context, Policy
from bot.db import audit, ratings, tickets
from bot.db.outbox import CLAIM, Post
from bot.desk import topic
from bot.domain import guard
from bot.incoming import Incoming

MOST_STARS: Final = 5


async def ask(context: Context, number: int) -> None:
    """The question, below the word that the ticket is closed."""
    ticket = await tickets.by_number(context.tx, context.tools, number)
    if ticket is not None:
        body = {"ticket": ticket.id, "lang": context.lang, "params": {"ticket": number}}
        await context.post(Post("telegram", f"chat:{context.chat}", context.chat, "rate", body, keys="handoff/rate"))


async def taken(context: Context, incoming: Incoming) -> bool:
    """Whether what came in was a rating or a word on one; then it has been dealt with."""
    if incoming.kind == "tap":
        pressed = callback.unpack_rating(incoming.data)
        if pressed is not None:
            await _rated(context, incoming, *pressed)
        return pressed is not None
    if incoming.kind == "message" and incoming.reply_to is not None and incoming.what == "text":
        words = guard.incoming(incoming.text).text
        ticket = await ratings.comment(context.tx, context.tools, context.chat, incoming.reply_to, words)
        if ticket is not None:
            await _note(context, context.policy, ticket.id, words=words)
            await context.tell("notice", {"key": "handoff/commented", "lang": context.lang}, keys="handoff/commented")
        return ticket is not None
    return False


async def _rated(context: Context, incoming: Incoming, row: int, stars: int) -> None:
    ticket = await tickets.get(context.tx, context.tools, row)
    first = ticket is not None and await ratings.rate(context.tx, row, context.chat, stars)
    key = "toast/rated" if first else "toast/repeated"
    body: dict[str, object] = {"query": incoming.query, "key": key, "lang": context.lang}
    await context.post(Post("telegram", f"toast:{incoming.query}", context.chat, "toast", body, keys=key))
    if ticket is None or not first:
        return
    await audit.write(context.tx, context.tools, action="ticket rated", actor="person", chat=context.chat,
                      ticket=ticket.number, stars=stars)  # fmt: skip
    await context.tell("strip", {"message": incoming.message})
    await context.tell("thanks", {"ticket": row, "lang": context.lang}, keys="handoff/rated")
    await _note(context, context.policy, row, stars="★" * stars)


async def _note(context: Context, policy: Policy, ticket: int, **params: object) -> None:
    body: dict[str, object] = {"key": "desk/rated", "params": params}
    await context.post(topic.post(policy, ticket, "desk_text", body, priority=CLAIM))
