"""What was said and done in another ticket system, and what follows from it here.

    an internal comment                     a note in the topic
    a public one, nobody has the ticket     said to the person, under the name given there
    a public one, an agent has it           a note for that agent, and a word there
    a public one that asks for a secret     stopped, as an agent's own would be, and a word there
    solved, open, pending, on hold          so it stands here too, unless a recovery is undecided

Whoever speaks from there is an author with a negative number, which can neither claim nor tap anything here.
"""

from __future__ import annotations

from typing import Final

from bot.context import Policy
from bot.db import agents, audit, messages, mirrors, outbox, recoveries, tickets
from bot.db.base import Tx
from bot.db.mirrors import Mirror
from bot.db.outbox import CLAIM, Post
from bot.db.tickets import Status, Ticket
from bot.desk import standing, topic
from bot.domain import guard
from bot.mirrors import posts
from bot.mirrors.base import Said, Seen
from bot.outbox import After
from bot.tools import Tools

_LIMIT: Final = 4096
"""Characters of a message (Bot API, sendMessage)."""
_SHOWN: Final = 3000
"""Characters of a comment that stand in the topic; the other system has all of it."""
_BY: Final = "mirror"
_NOBODY: Final = -1
"""Whoever speaks without a number."""


async def take(tx: Tx, tools: Tools, policy: Policy, ticket: int, seen: Seen) -> After:
    """Let everything follow from how the twin stands, each comment once."""
    after = After()
    mirror, found = await mirrors.of(tx, ticket), await tickets.get(tx, tools, ticket)
    if mirror is None or found is None:
        return after
    if found.chat:
        await tx.lock(found.chat)
    taking = _Taking(tx, tools, policy, after, ticket)
    turned = seen.ours if seen.status != mirror.seen else None
    before = turned if turned != "solved" and not found.live else None  # opened again, and answered
    if before is not None:
        await taking.stand(before)
    for said in seen.said:
        if not said.mark and await mirrors.taken(tx, tools, ticket, said.id):
            await taking.said(said)
    if turned is not None and before is None:
        await taking.stand(turned)
    await taking.settle(mirror, seen)
    return after


class _Taking:
    """One look at the twin. The ticket is read anew for everything that may have changed it."""

    def __init__(self, tx: Tx, tools: Tools, policy: Policy, after: After, ticket: int) -> None:
        self._tx, self._tools, self._policy, self._after, self._id = tx, tools, policy, after, ticket
        self._refused = False

    # --- what was said ------------------------------------------------------------------------------------------

    async def said(self, said: Said) -> None:
        """An answer to the person, or a note for the agents here."""
        ticket, author = await self._ticket(), -abs(said.author) or _NOBODY
        await agents.seen(self._tx, self._tools, author, " ".join(said.name.split()) or self._policy.mirror)
        why, asks = self._kept(ticket, said)
        if not said.agent or not said.public or why:
            await self._note(said, author, why)
        else:
            await self._answer(ticket, said, author)
        if said.agent and said.public:
            if why:
                name = await agents.name(self._tx, self._tools, ticket.assignee)
                await self._word(why, asks=asks, name=name)
            elif said.files:
                await self._word("empty")
        if asks:
            await self._audit("answer stopped", ticket, author, asks=asks)

    def _kept(self, ticket: Ticket, said: Said) -> tuple[str, str]:
        """Why a public comment is not said to the person, and for what it asks; empty where it is said."""
        if not said.agent or not said.public:
            return "", ""
        asks = guard.outgoing(said.text)
        reasons = (
            (not said.text, "empty"),
            (not ticket.live, "over"),
            (not ticket.chat, "nobody"),
            (bool(asks), "asks"),
            (ticket.assignee is not None, "taken"),
            (len(said.text) > _LIMIT, "long"),
        )
        why = next((why for holds, why in reasons if holds), "")
        return why, asks if why == "asks" else ""

    async def _note(self, said: Said, author: int, why: str) -> None:
        await messages.message(
            self._tx, self._tools, ticket=self._id, side="note", author=author, source=None, forum=0, text=said.text
        )
        await self._tell("mirror_note", name=await self._name(author), text=said.text[:_SHOWN], files=said.files,
                         why=why)  # fmt: skip

    async def _answer(self, ticket: Ticket, said: Said, author: int) -> None:
        name = await self._name(author)
        if await messages.last_answer(self._tx, ticket.id) != author:
            body: dict[str, object] = {"key": "handoff/agent_joined", "lang": ticket.lang, "params": {"name": name}}
            await self._post(
                Post("telegram", f"chat:{ticket.chat}", ticket.chat, "notice", body, keys=str(body["key"]))
            )
        row = await messages.message(
            self._tx, self._tools, ticket=ticket.id, side="agent", author=author, source=None, forum=0, text=said.text
        )
        wrote: dict[str, object] = {"ticket": ticket.id, "message": None, "text": said.text}
        await self._post(
            Post("telegram", f"chat:{ticket.chat}", ticket.chat, "wrote", wrote, ref=row, keys="handoff/answer")
        )
        await self._tell("mirror_answer", name=name, text=said.text[:_SHOWN])
        await self._audit("answered from the mirror", ticket, author)
        await standing.turn(self._tx, self._tools, self._policy, ticket, "pending")

    # --- how it stands ------------------------------------------------------------------------------------------

    async def stand(self, status: Status) -> None:
        """It stands so there: here too, where that can be."""
        ticket = await self._ticket()
        if status == "solved":
            if ticket.live:
                await self._solve(ticket)
        elif ticket.live:
            if await standing.turn(self._tx, self._tools, self._policy, ticket, status):
                await self._turned(ticket, status)
        elif ticket.status == "closed":
            await self._refuse("closed")
        elif not self._follow(await standing.reopen(self._tx, self._tools, self._policy, ticket, _BY)):
            await self._refuse("other_open")
        else:
            if status != "open":
                await standing.turn(self._tx, self._tools, self._policy, await self._ticket(), status)
            await self._turned(ticket, status)

    async def _solve(self, ticket: Ticket) -> None:
        if await recoveries.undecided(self._tx, ticket.id):
            await self._refuse("undecided")
            return
        self._follow(await standing.solve(self._tx, self._tools, self._policy, ticket, _BY))

    def _follow(self, after: After | None) -> bool:
        """Let happen what follows; whether anything was done."""
        if after is not None:
            self._after.posts += after.posts
            self._after.woken |= after.woken
        return after is not None

    async def _turned(self, ticket: Ticket, status: Status) -> None:
        await self._tell("mirror_turned", status=status)
        for post in topic.card(self._policy, ticket.id):
            await self._post(post)

    async def _refuse(self, why: str) -> None:
        """It does not stand so here; they are told, and set back."""
        self._refused = True
        await self._word(why)

    async def settle(self, mirror: Mirror, seen: Seen) -> None:
        """Note how both stand; where they differ because of us, the twin follows with the next push."""
        ticket = await self._ticket()
        agreed = seen.ours is not None and seen.ours == ticket.status
        told = "" if self._refused else ticket.status if agreed else mirror.told
        await mirrors.stands(self._tx, ticket.id, seen=seen.status, told=told)
        if self._refused:
            await self._post(posts.push(ticket.id))

    # --- what these use -----------------------------------------------------------------------------------------

    async def _ticket(self) -> Ticket:
        found = await tickets.get(self._tx, self._tools, self._id)
        if found is None:
            raise LookupError("the ticket is gone")
        return found

    async def _name(self, author: int) -> str:
        return await agents.name(self._tx, self._tools, author)

    async def _tell(self, key: str, **params: object) -> None:
        body: dict[str, object] = {"key": f"desk/{key}", "params": {"system": self._policy.mirror, **params}}
        await self._post(topic.post(self._policy, self._id, "desk_text", body, priority=CLAIM))

    async def _word(self, key: str, **params: object) -> None:
        await self._post(posts.word(self._id, key, **params))

    async def _audit(self, action: str, ticket: Ticket, author: int | None, **detail: str) -> None:
        await audit.write(
            self._tx, self._tools, action=action, actor=_BY if author is None else f"agent:{author}", chat=ticket.chat,
            account=ticket.account, ticket=ticket.number, **detail,
        )  # fmt: skip

    async def _post(self, post: Post) -> None:
        self._after.posts.append(await outbox.put(self._tx, self._tools, post))
