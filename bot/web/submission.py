"""What becomes of a form that is sent in: the parts that every kind shares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot import notices
from bot.context import Policy
from bot.db import forms, inbox, limits
from bot.db.base import Db, Tx
from bot.db.forms import Form
from bot.db.outbox import Post
from bot.domain.limits import FORM_TRIES_PER_PERSON
from bot.tools import Tools

Later = Callable[[Tx], Awaitable[list[Post]]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a submission: a fault to show in the form, or a page to show, or a file, instead of it."""

    fault: str = ""
    page: str = ""
    wait: int = 0
    woken: int = 0
    file: bytes = field(default=b"", repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)
    posts: tuple[Post, ...] = field(default=(), repr=False)
    later: Later | None = field(default=None, repr=False)
    """What is done once the answer has left: how long that takes tells nobody whether there is an account."""


Kind = Callable[[Form, dict[str, str]], Awaitable[Verdict]]
"""Takes a submission of one kind of form."""


class Submissions:
    """The base of what takes submissions."""

    def __init__(self, db: Db, tools: Tools, policy: Policy) -> None:
        self._db = db
        self._tools = tools
        self._policy = policy

    async def _counted(self, tx: Tx, form: Form) -> Verdict | None:
        """Count a try of the form and of its person, before anything is compared; None to go on."""
        if not await forms.try_once(tx, self._tools, form.id):
            return Verdict(page="gone")
        wait = await limits.allow(tx, self._tools, FORM_TRIES_PER_PERSON, str(form.chat))
        return await self._locked(tx, form, wait) if wait else None

    async def _guessed(self, tx: Tx, form: Form, scope: str, key: str, account: int | None, fault: str) -> Verdict:
        """The guess was wrong: with the last try the form dies, and of many the account's owner is told."""
        verdict = await self._refused(tx, form) if form.tries + 1 >= forms.TRIES else Verdict(fault=fault)
        wait = await limits.waiting(tx, self._tools, scope, key)
        if account is None:
            return verdict

        async def tell(tx: Tx) -> list[Post]:
            return await notices.locked(
                tx, self._tools, self._policy, account=account, chat=form.chat, lang=form.lang, wait=wait
            )

        return replace(verdict, later=tell)

    async def _refused(self, tx: Tx, form: Form) -> Verdict:
        """The form's tries are used up: it dies, and the chat offers a new one, unless it was good just now."""
        if not await forms.use(tx, self._tools, form.id):
            return Verdict(page="gone")
        return await self._entered(tx, form, "refused", "PasswordRefused")

    async def _locked(self, tx: Tx, form: Form, wait: int) -> Verdict:
        """Nothing is checked for a while: the form dies, and the chat says so, unless it was good just now."""
        if not await forms.use(tx, self._tools, form.id):
            return Verdict(page="gone")
        seconds = limits.seconds(wait)
        verdict = await self._entered(tx, form, "locked", "SignInLocked", wait=seconds)
        return Verdict(page=verdict.page, wait=seconds, woken=verdict.woken)

    async def _entered(self, tx: Tx, form: Form, page: str, event: str, **fields: object) -> Verdict:
        await inbox.event(
            tx, self._tools, source="form", key=f"{form.id}:{event}", lane=form.chat, name=event, **fields
        )
        return Verdict(page=page, woken=form.chat)
