"""The outbox's carrier for the mirror: brings twins up to date, and takes what was said there.

Before anything is made over there its name is written down (``mirror_comments``), and after the answer the id that it
got. Where a name stands without an id, nobody knows how that try ended: then the other system is asked first whether it
has it. So a kill, a lost answer and a repeated webhook cost a question, never a second ticket or a second comment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, TypeVar

import structlog

from bot.clock import DAY
from bot.context import Policy
from bot.db import audit, mirrors, tickets
from bot.db.base import Db, Tx
from bot.db.mirrors import Mirror
from bot.db.outbox import Post
from bot.db.tickets import Ticket
from bot.desk import mirrored
from bot.errors import Flooded, Rejected, Unreachable
from bot.mirrors.base import System, Twin, Words, of_the_words
from bot.mirrors.words import HANDS, Speaker
from bot.outbox import After
from bot.render import Renderer
from bot.tools import Tools

T = TypeVar("T")
_log = structlog.get_logger(__name__)
_PATIENCE: Final = 3 * DAY
"""How long a twin is tried: over a weekend. Afterwards the next change of its ticket tries again."""
_HINTS: Final[Mapping[str, str]] = {
    "unauthorized": "check PHONEDESK_MIRROR_TOKEN; what was refused is tried again at the next start",
    "forbidden": "the agent of PHONEDESK_MIRROR_TOKEN may not do that; give it the rights and start again",
    "not_found": "it was deleted there, or PHONEDESK_MIRROR_URL is another system's",
    "unprocessable": "a rule or a required field there refuses it",
    "unreachable": "it did not answer for three days",
}


class _Closed(Exception):
    """The twin can never be changed again."""


class MirrorCarrier:
    """The carrier of the channel ``mirror``. ``send`` takes posts that came of it, ``wake`` lanes with an event."""

    def __init__(
        self,
        system: System,
        db: Db,
        tools: Tools,
        policy: Policy,
        renderer: Renderer,
        send: Callable[[Iterable[Post]], None],
        wake: Callable[[int], None],
    ) -> None:
        self._system = system
        self._db = db
        self._tools = tools
        self._policy = policy
        self._speaker = Speaker(tools, policy, renderer)
        self._send = send
        self._wake = wake
        self._kinds: Mapping[str, Callable[[Post, Ticket, Mirror], Awaitable[None]]] = {
            "push": self._push, "pull": self._pull, "word": self._word,
        }  # fmt: skip

    def costs(self, _post: Post) -> bool:
        """Nothing of Telegram's budget."""
        return False

    def patience(self, _post: Post) -> int:
        """Three days."""
        return _PATIENCE

    async def send(self, post: Post) -> None:
        """Do what the post asks for, with a twin that can be changed. Raises as :meth:`bot.mirrors.base.Api.call`."""
        for _ in range(2):
            ticket, mirror = await self._read(post.body["ticket"])
            if ticket is None or mirror is None or mirror.gone:
                return
            try:
                if not mirror.twin:
                    mirror = await self._made(ticket, mirror)
                await self._kinds[post.kind](post, ticket, mirror)
            except _Closed:
                if not ticket.live:
                    return
                await self._db.transact(lambda tx: mirrors.ended(tx, ticket.id))  # noqa: B023 - awaited at once
            except Rejected as refusal:
                if refusal.code != "not_found" or not mirror.twin:
                    raise
                await self._lost(ticket)
                return
            else:
                return

    async def sent(self, _tx: Tx, _post: Post, _answer: int | None, _after: After) -> None:
        """Nothing follows: each step was written down when it was answered."""

    async def refused(self, tx: Tx, post: Post, reason: str, _after: After) -> None:
        """Write down that the twin is not up to date; the next change, or the next start, tries again."""
        found = await tickets.get(tx, self._tools, post.body["ticket"])
        if found is not None:
            await mirrors.refused(tx, found.id, reason)
            await self._note(tx, found, post.kind, reason)

    async def _read(self, ticket: int) -> tuple[Ticket | None, Mirror | None]:
        async def job(tx: Tx) -> tuple[Ticket | None, Mirror | None]:
            found = await tickets.get(tx, self._tools, ticket)
            return found, await mirrors.begin(tx, ticket) if found is not None else None

        return await self._db.transact(job)

    # --- kinds of posts -----------------------------------------------------------------------------------------

    async def _push(self, post: Post, ticket: Ticket, mirror: Mirror) -> None:
        """Say what was not said yet, in order; then how the ticket stands."""
        if mirror.refused:  # what came from there meanwhile was not heard
            await self._pull(post, ticket, mirror)
        ticket, mirror, owed = await self._db.transact(lambda tx: self._owed(tx, ticket, mirror))
        for words in owed:
            await self._say(ticket, mirror.twin, words)
            if words.mark.startswith(HANDS):
                await self._db.transact(lambda tx: mirrors.handed(tx, ticket.id, ticket.assignee))
        current, known = await self._db.transact(lambda tx: self._fresh(tx, ticket, mirror))
        if known.tags != current.tags:
            await self._system.tag(mirror.twin, tuple(current.tags.split()))
            await self._db.transact(lambda tx: mirrors.tagged(tx, current.id, current.tags))
        await self._stand(current, known)
        await self._db.transact(lambda tx: mirrors.refused(tx, current.id, ""))

    async def _fresh(self, tx: Tx, ticket: Ticket, mirror: Mirror) -> tuple[Ticket, Mirror]:
        """How both stand by now."""
        found, known = await tickets.get(tx, self._tools, ticket.id), await mirrors.of(tx, ticket.id)
        return found or ticket, known or mirror

    async def _owed(self, tx: Tx, ticket: Ticket, mirror: Mirror) -> tuple[Ticket, Mirror, list[Words]]:
        """How both stand by now, and what the twin lacks of what was said."""
        found, known = await self._fresh(tx, ticket, mirror)
        return found, known, await self._speaker.owed(tx, found, known)

    async def _pull(self, _post: Post, ticket: Ticket, mirror: Mirror) -> None:
        """Look at the twin, and let follow what is new, in one transaction."""
        seen = await self._system.look(mirror.twin)
        after = await self._db.transact(
            lambda tx: mirrored.take(tx, self._tools, self._policy, ticket.id, seen)
        )  # fmt: skip
        self._send(after.posts)
        for lane in after.woken:
            self._wake(lane)

    async def _word(self, post: Post, ticket: Ticket, mirror: Mirror) -> None:
        await self._say(ticket, mirror.twin, self._speaker.word(post))

    # --- one step each ------------------------------------------------------------------------------------------

    async def _made(self, ticket: Ticket, mirror: Mirror) -> Mirror:
        """The ticket with a twin: the one that an earlier try has made, or a new one."""
        draft = self._speaker.draft(ticket, mirror)

        async def found() -> Twin | None:
            return await self._system.find(ticket.number)

        async def job(tx: Tx, twin: Twin) -> None:
            made = bool(twin.comment)  # of one that was found it is not known with which tags it was made
            await mirrors.found(
                tx, ticket.id, twin=twin.id, seen=twin.status, told="new",
                priority=ticket.priority if made else "", tags=ticket.tags if made else "",
            )  # fmt: skip
            await mirrors.sent(tx, draft.words.mark, twin.comment or "-")

        await self._once(ticket, draft.words.mark, found, lambda: self._system.open(draft), job)
        _ticket, made = await self._read(ticket.id)
        return made or mirror

    async def _say(self, ticket: Ticket, twin: str, words: Words) -> None:
        """Say it once; what is refused for what it says is noted, and the rest goes on."""

        async def found() -> str | None:
            seen = await self._system.look(twin)
            return next((said.id for said in seen.said if said.mark == words.mark), None)

        async def job(tx: Tx, comment: str) -> None:
            await mirrors.sent(tx, words.mark, comment)

        async def skipped(tx: Tx) -> None:
            await mirrors.trying(tx, self._tools, ticket.id, words.mark)
            await mirrors.sent(tx, words.mark, "")
            await self._note(tx, ticket, words.mark.partition(":")[0], "unprocessable")

        try:
            await self._once(ticket, words.mark, found, lambda: self._system.say(twin, words), job)
        except Rejected as refusal:
            await self._open(twin, refusal)
            await self._db.transact(skipped)

    async def _stand(self, ticket: Ticket, mirror: Mirror) -> None:
        """Tell how it stands, unless it stands so there already; theirs is left alone until ours changes."""
        seen = mirror.seen
        # Nothing becomes new: it was made so.
        same = ticket.status in ("new", mirror.told, self._system.ours(seen))
        turned = not same and self._system.theirs(ticket.status) != seen
        if not turned and ticket.priority == mirror.priority:
            return

        async def refused(tx: Tx) -> None:
            await self._note(tx, ticket, "status", "unprocessable")

        try:
            seen = await self._system.stand(mirror.twin, self._speaker.stands(ticket, turned=turned))
        except Rejected as refusal:
            await self._open(mirror.twin, refusal)
            await self._db.transact(refused)

        async def job(tx: Tx) -> None:
            await mirrors.stands(tx, ticket.id, seen=seen, told=ticket.status)
            await mirrors.prioritised(tx, ticket.id, ticket.priority)

        await self._db.transact(job)

    async def _once(
        self,
        ticket: Ticket,
        mark: str,
        find: Callable[[], Awaitable[T | None]],
        make: Callable[[], Awaitable[T]],
        record: Callable[[Tx, T], Awaitable[None]],
    ) -> None:
        """Make something there once: its name is written down first, and it is looked for where a try was cut off."""
        progress = await self._db.transact(lambda tx: mirrors.trying(tx, self._tools, ticket.id, mark))
        if progress == "done":
            return
        made = await find() if progress == "trying" else None
        if made is None:
            try:
                made = await make()
            except (Rejected, Flooded):
                await self._db.transact(lambda tx: mirrors.unbegun(tx, mark))
                raise
            except Unreachable as error:
                if not error.sent:
                    await self._db.transact(lambda tx: mirrors.unbegun(tx, mark))
                raise
        answer: T = made
        await self._db.transact(lambda tx: record(tx, answer))

    async def _open(self, twin: str, refusal: Rejected) -> None:
        """Return where the refusal is of what was said; raise where the twin is closed, gone, or we are not let in."""
        if not of_the_words(refusal):
            raise refusal
        if self._system.final((await self._system.look(twin)).status):
            raise _Closed

    async def _lost(self, ticket: Ticket) -> None:
        async def job(tx: Tx) -> None:
            await mirrors.lost(tx, ticket.id)
            await self._note(tx, ticket, "twin", "not_found")

        await self._db.transact(job)

    async def _note(self, tx: Tx, ticket: Ticket, what: str, reason: str) -> None:
        """Say in the log and the audit what the other system does not have, and what mends it."""
        _log.error("not mirrored", ticket=ticket.number, what=what, reason=reason, hint=_HINTS.get(reason, ""))
        await audit.write(
            tx, self._tools, action="mirror refused", actor="system", chat=ticket.chat, account=ticket.account,
            ticket=ticket.number, what=what, reason=reason,
        )  # fmt: skip
