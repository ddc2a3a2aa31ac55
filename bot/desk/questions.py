"""What an agent can ask a person for with one word, and the question as it is sent."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from bot.db.asks import Ask
from bot.db.outbox import Post
from bot.db.tickets import Ticket

ASK: Final = "ask"
"""The kind of a message by which an agent has asked for something."""
FREE: Final = "free"
"""The item that is none of the table: the agent's own words."""


class Item(NamedTuple):
    """Something that can be asked for; the question itself is in ``templates/handoff/asked.j2``."""

    what: str
    """For agents."""
    wants: Literal["words", "picture", "number"]


ITEMS: Final = {
    "operator": Item("which operator the number is with", "words"),
    "country": Item("which country the number is from", "words"),
    "date": Item("since when", "words"),
    "device": Item("which device", "words"),
    "screenshot": Item("a picture of the screen", "picture"),
    "number": Item("the phone number of the account, which you see masked", "number"),
}


def post(ticket: Ticket, ask: Ask, name: str, chat: int, *, again: bool = False) -> Post:
    """The question to the person; ``again`` reminds them of it. ``chat`` is where the agent has written it."""
    body: dict[str, object] = {
        "ticket": ticket.id, "from": chat, "message": ask.desk_message, "lang": ticket.lang,
        "params": {"item": ask.item, "words": ask.words, "name": name, "ticket": ticket.number, "again": again},
    }  # fmt: skip
    return Post("telegram", f"chat:{ticket.chat}", ticket.chat, ASK, body, ref=None if again else ask.message,
                keys="handoff/asked")  # fmt: skip
