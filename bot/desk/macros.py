"""An agent answers with a macro: shown first as the person will see it, then sent, with what else it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot import callback, keyboards, macros
from bot.db import messages, tickets
from bot.db.outbox import Post
from bot.db.tickets import Ticket
from bot.desk import lifecycle, standing
from bot.domain import languages, parts
from bot.domain.parts import Part
from bot.macros import Macro

if TYPE_CHECKING:
    from bot.desk.group import Desk

MACRO, REST = "macro", "rest"
"""Kinds of messages that an agent has not typed as they are: by a macro, and what a caption has no room for."""


def wrote(ticket: Ticket, row: int, chat: int, message: int, part: Part, *, more: bool = False) -> Post:
    """The post of an agent's words that stand in no message of theirs; ``message`` showed them in the topic.

    Args:
        ticket: its ticket.
        row: the row of the words.
        chat: the agents' group.
        message: see above.
        part: the words, or a part of them.
        more: whether another part follows.
    """
    body = {
        "ticket": ticket.id, "from": chat, "message": message, "text": part.text, "entities": list(part.entities),
        "more": more,
    }  # fmt: skip
    return Post("telegram", f"chat:{ticket.chat}", ticket.chat, "wrote", body, ref=row, keys="handoff/answer")


async def preview(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Show what the macro says to this person, and does; without a name, which macros there are."""
    if not rest:
        known = [{"name": macro.name, "title": macro.title} for macro in desk.policy.macros.all()]
        await desk.reply(ticket, "macros", macros=known, faults=desk.policy.macros.faults())
        return
    macro = desk.policy.macros.get(rest.lower())
    if macro is None:
        await desk.reply(ticket, "no_macro", name=rest)
        return
    text = await _filled(desk, ticket, macro)
    if text is None:
        return
    button = {"text": "Send", "callback_data": callback.pack_desk("macro", ticket.id, macro.name)}
    await desk.reply(
        ticket, "macro", keyboard=[[button]], text=text, language=macros.language_of(macro, ticket.lang),
        status=macro.status, priority=macro.priority, tags=list(macro.tags),
    )  # fmt: skip


async def send(desk: Desk, ticket: Ticket, arg: str) -> None:
    """Send it, and let the ticket stand as the macro says: one act."""
    macro = desk.policy.macros.get(arg)
    if macro is None or not ticket.live or not ticket.chat:
        await desk.toast("stale")
        return
    if ticket.assignee != desk.agent:
        await desk.toast("not_yours")
        return
    text = await _filled(desk, ticket, macro)
    if text is None:
        await desk.toast()
        return
    incoming = desk.incoming
    if macro.status != "solved":
        await desk.toast("sent")
    await desk.audit("macro sent", ticket, macro=macro.name)
    cut = parts.showing(parts.parts(text))
    for place, part in enumerate(cut, 1):
        row = await messages.message(
            desk.tx, desk.tools, ticket=ticket.id, side="agent", author=desk.agent, source=incoming.message,
            forum=desk.forum, what=MACRO, text=part.text,
        )  # fmt: skip
        await desk.post(wrote(ticket, row, incoming.chat, incoming.message, part, more=place < len(cut)))
    if macro.tags:
        await tickets.tag(desk.tx, ticket, macro.tags)
    if macro.priority:
        await tickets.prioritise(desk.tx, ticket.id, macro.priority)
    if macro.status == "solved":
        await lifecycle.solve(desk, ticket)
    else:
        await standing.turn(desk.tx, desk.tools, desk.policy, ticket, _STATUSES.get(macro.status, "pending"))
        await standing.plan(desk.tx, desk.tools, desk.policy, ticket.id)
        await desk.show(ticket)


_STATUSES: Final[dict[str, tickets.Status]] = {"open": "open", "hold": "hold"}
"""What a macro can let a ticket be; the person is waited for after any other answer."""


async def _filled(desk: Desk, ticket: Ticket, macro: Macro) -> str | None:
    """The text in the person's language; None where a fact is missing, which the agent is told."""
    facts = {name: str(ticket.facts.get(name) or "") for name in ("name", "phone", "email")}
    known = {
        **{name: languages.isolate(value) for name, value in facts.items() if value},
        "number": str(ticket.number),
        "company": desk.policy.company,
        "agent": await desk.name(),
        "reason": keyboards.labels(ticket.lang).get(f"reason:{ticket.reason}", ""),
    }
    try:
        return macros.fill(macro, ticket.lang, known)
    except macros.Missing as missing:
        await desk.reply(ticket, "macro_missing", name=macro.name, facts=list(missing.names))
        return None
