"""What a ticket says over there: plain English texts of ``templates/mirror``.

Nothing personal is in them but what people wrote, and that is looked through for secrets once more.
"""

from __future__ import annotations

from bot.context import Policy
from bot.db import agents, mirrors
from bot.db.base import Tx
from bot.db.mirrors import Mirror
from bot.db.outbox import Post
from bot.db.tickets import Ticket
from bot.domain import guard
from bot.mirrors.base import Draft, Stands, Words
from bot.render import Renderer
from bot.tools import Tools


class Speaker:
    """Writes comments."""

    def __init__(self, tools: Tools, policy: Policy, renderer: Renderer) -> None:
        self._tools = tools
        self._policy = policy
        self._renderer = renderer

    def draft(self, ticket: Ticket, mirror: Mirror) -> Draft:
        """A twin as it begins: masked facts for the agents there; how it stands follows with what was said."""
        words = Words(f"twin:{ticket.id}:{mirror.tries}", self._text("opened", ticket=ticket), public=False)
        return Draft(
            number=ticket.number,
            subject=self._text("subject", ticket=ticket),
            words=words,
            priority=ticket.priority,
            tags=tuple(ticket.tags.split()),
            before=mirror.before,
        )

    def stands(self, ticket: Ticket, *, turned: bool) -> Stands:
        """How it is to stand; whoever waits is looked at again when we would."""
        until = ticket.wake_at or self._tools.clock.now() + self._policy.desk.pending
        return Stands(ticket.status if turned else None, ticket.priority, until)

    async def owed(self, tx: Tx, ticket: int) -> list[Words]:
        """What was said and taken back here, and not yet told there, in order."""
        words = [
            Words(
                f"text:{text.id}",
                self._text(
                    "said", side=text.side, name=await self._name(tx, text.author, text.side), what=text.what,
                    text=guard.incoming(text.text).text, again=text.again,
                ),
                public=text.side != "note",
                person=text.side == "user",
            )
            for text in await mirrors.unsaid(tx, self._tools, ticket)
        ]  # fmt: skip
        for row, status, author in await mirrors.undone(tx, ticket):
            name = await self._name(tx, author, "agent")
            words.append(Words(f"{status}:{row}", self._text("undone", status=status, name=name), public=False))
        return words

    async def hands(self, tx: Tx, ticket: Ticket, mirror: Mirror) -> Words:
        """Who has the ticket now."""
        name = await agents.name(tx, self._tools, ticket.assignee)
        mark = f"hands:{ticket.id}:{mirror.tries}:{mirror.hands}"
        return Words(mark, self._text("hands", name=name), public=False)

    def word(self, post: Post) -> Words:
        """What only the agents there are told."""
        text = self._text("word", key=post.body["key"], **post.body["params"])
        return Words(f"word:{post.id}", text, public=False)

    async def _name(self, tx: Tx, author: int, side: str) -> str:
        return "" if side == "user" else await agents.name(tx, self._tools, author)

    def _text(self, template: str, **params: object) -> str:
        return self._renderer.mirror(template, **params)
