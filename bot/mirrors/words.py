"""What a ticket says over there: plain English texts of ``templates/mirror``.

Nothing personal is in them but what people wrote, and that is looked through for secrets once more.
"""

from __future__ import annotations

from bot.context import Policy
from bot.db import agents, mirrors
from bot.db.base import Tx
from bot.db.mirrors import Mirror, Unsaid
from bot.db.outbox import Post
from bot.db.tickets import Ticket
from bot.domain import guard
from bot.mirrors.base import Draft, Stands, Words
from bot.render import Renderer
from bot.tools import Tools

HANDS = "hands"
"""Begins the mark of a comment that tells who has the ticket."""


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

    async def owed(self, tx: Tx, ticket: Ticket, mirror: Mirror) -> list[Words]:
        """What was said and done here, and not yet told there, in order."""
        texts = await mirrors.unsaid(tx, self._tools, ticket.id)
        words = [await self._said(tx, text) for text in texts]
        if ticket.assignee != mirror.assignee:
            since = self._tools.clock.now() if ticket.claimed_at is None else ticket.claimed_at
            words.insert(sum(text.at < since for text in texts), await self._hands(tx, ticket, mirror))
        for row, status, author in await mirrors.undone(tx, ticket.id):
            name = await agents.name(tx, self._tools, author)
            words.append(Words(f"{status}:{row}", self._text("undone", status=status, name=name), public=False))
        return words

    async def _said(self, tx: Tx, text: Unsaid) -> Words:
        person = text.side == "user"
        written = self._text(
            "said", side=text.side, name="" if person else await agents.name(tx, self._tools, text.author),
            what=text.what, text=guard.incoming(text.text).text, again=text.again,
        )  # fmt: skip
        return Words(f"text:{text.id}", written, public=text.side != "note", person=person)

    async def _hands(self, tx: Tx, ticket: Ticket, mirror: Mirror) -> Words:
        name = await agents.name(tx, self._tools, ticket.assignee)
        mark = f"{HANDS}:{ticket.id}:{mirror.tries}:{mirror.hands}"
        return Words(mark, self._text("hands", name=name), public=False)

    def word(self, post: Post) -> Words:
        """What only the agents there are told."""
        text = self._text("word", key=post.body["key"], **post.body["params"])
        return Words(f"word:{post.id}", text, public=False)

    def _text(self, template: str, **params: object) -> str:
        return self._renderer.mirror(template, **params)
