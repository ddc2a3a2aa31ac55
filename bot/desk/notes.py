"""What agents put down on a ticket: words to find it by, and notes. Nothing of it reaches the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.db import tickets
from bot.db.tickets import Ticket
from bot.desk import speaking, topic
from bot.macros import MOST_TAGS, NAME

if TYPE_CHECKING:
    from bot.desk.group import Desk

MOST: Final = MOST_TAGS
"""Tags of a ticket, as many as a macro may set."""


def words(rest: str) -> list[str]:
    """Tags as agents write them: in any case, with # or commas, each once."""
    return list(dict.fromkeys(filter(None, (word.lstrip("#") for word in rest.lower().replace(",", " ").split()))))


async def tag(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Add words that the ticket is found by."""
    wanted, has = words(rest), ticket.tags.split()
    if not wanted or not all(NAME.fullmatch(word) for word in wanted):
        await desk.reply(ticket, "tag_usage", tags=has)
        return
    tags = list(dict.fromkeys([*has, *wanted]))
    if len(tags) > MOST:
        await desk.reply(ticket, "too_many_tags", most=MOST, tags=has)
        return
    await _tagged(desk, ticket, tags)


async def untag(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Take words away again."""
    unwanted, has = words(rest), ticket.tags.split()
    if not unwanted or not set(unwanted) & set(has):
        await desk.reply(ticket, "untag_usage", tags=has)
        return
    await _tagged(desk, ticket, [word for word in has if word not in unwanted])


async def _tagged(desk: Desk, ticket: Ticket, tags: list[str]) -> None:
    if tags != ticket.tags.split():
        await tickets.set_tags(desk.tx, ticket.id, tags)
        await desk.audit("ticket tagged", ticket, tags=" ".join(tags))
        await desk.show(ticket)
    await desk.reply(ticket, "tagged", tags=tags)


async def note(desk: Desk, ticket: Ticket, rest: str) -> None:
    """A note for the other agents, as with //; also one on a file, in its caption."""
    if not rest and desk.incoming.what == "text":
        await desk.reply(ticket, "note_usage")
        return
    await speaking.keep(desk, ticket)
    await desk.mark(ticket, topic.NOTED)
