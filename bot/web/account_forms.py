"""The forms of somebody who is signed in: the trading password, the phrase, and the recovery codes.

A form belongs to the account that was signed in to when it was opened; whoever signed out, or in to another one, since
then has an address that is no longer good.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from typing import Final

from bot import notices
from bot.accounts.base import Accounts
from bot.context import Policy
from bot.db import accounts, audit, bundle, forms, limits, proofs, recovery_codes, secrets, sessions
from bot.db.accounts import Account
from bot.db.base import Db, Tx
from bot.db.forms import Form
from bot.db.limits import TRADING
from bot.domain import passwords
from bot.domain.limits import LOGIN_COMPARISONS
from bot.domain.recovery_codes import written
from bot.tools import Tools
from bot.web.submission import Submissions, Verdict
from conversations.effects import DATA, KEEP_CODES

_GONE = Verdict(page="gone")
SHORTEST_PHRASE: Final = 3
LONGEST_PHRASE: Final = 32
"""Characters of a phrase: it stands in every SMS, whose length is paid for."""
_IN_ADDRESSES: Final = frozenset("./:@<>[]")
"""What could make an address, or the end of itself, out of a phrase."""


class AccountForms(Submissions):
    """Takes what is sent in by somebody who is signed in."""

    def __init__(self, db: Db, tools: Tools, policy: Policy, adapter: Accounts) -> None:
        super().__init__(db, tools, policy)
        self._adapter = adapter

    async def trading(self, form: Form, fields: dict[str, str]) -> Verdict:
        """The trading password: the present one where there is one, and the new one twice."""
        new, present = fields.get("password", ""), fields.get("current", "")
        if not new or (form.trading_at is not None and not present):
            return Verdict(fault="missing")
        fault = passwords.weakness(new, "")
        if fault:
            return Verdict(fault=fault)
        if passwords.normal(new) != passwords.normal(fields.get("again", "")):
            return Verdict(fault="different")

        async def count(tx: Tx) -> Verdict | tuple[Account, bool]:
            account = await self._account(tx, form)
            holder = await accounts.get(tx, self._tools, account) if account is not None else None
            if holder is None:
                return _GONE
            stopped = await self._counted(tx, form)
            if stopped is not None:
                return stopped
            known = holder.trading_at is not None
            wait = await limits.begin(tx, self._tools, TRADING, str(holder.id)) if known else 0
            return await self._locked(tx, form, wait) if wait else (holder, known)

        counted = await self._db.transact(count)
        if isinstance(counted, Verdict):
            return counted
        holder, known = counted
        account = holder.id
        if known and not await self._adapter.matches(account, "trading", present):
            return await self._db.transact(
                lambda tx: self._guessed(tx, form, TRADING, str(account), account, "current")
            )

        async def compare(tx: Tx) -> Verdict | None:
            if known:
                await limits.succeed(tx, self._tools, TRADING, str(account))
            # What is compared with the password of signing in is a guess at it; it closes this door, and not that one.
            wait = await limits.allow(tx, self._tools, LOGIN_COMPARISONS, str(account))
            return await self._locked(tx, form, wait) if wait else None

        stopped = await self._db.transact(compare)
        if stopped is not None:
            return stopped
        if await self._adapter.matches(account, "login", new):
            return Verdict(fault="login")
        password_hash = await self._adapter.hash_password(new)

        return await self._db.transact(lambda tx: self._given(tx, form, account, "trading", password_hash))

    async def phrase(self, form: Form, fields: dict[str, str]) -> Verdict:
        """The phrase that stands in every SMS and letter."""
        phrase = " ".join(unicodedata.normalize("NFC", fields.get("phrase", "")).split())
        if not SHORTEST_PHRASE <= len(phrase) <= LONGEST_PHRASE:
            return Verdict(fault="phrase_length")
        if _IN_ADDRESSES & set(phrase) or any(unicodedata.category(char)[0] == "C" for char in phrase):
            return Verdict(fault="phrase_signs")

        async def settle(tx: Tx) -> Verdict:
            account = await self._account(tx, form)
            if account is None:
                return _GONE
            stopped = await self._counted(tx, form)
            return stopped or await self._given(tx, form, account, "phrase", phrase)

        return await self._db.transact(settle)

    async def codes(self, form: Form, _fields: dict[str, str]) -> Verdict:
        """New recovery codes, shown on the page that answers and never again."""
        tools, policy = self._tools, self._policy

        async def settle(tx: Tx) -> Verdict:
            account = await self._account(tx, form)
            if account is None or not await proofs.fresh(
                tx, tools, account=account, chat=form.chat, purpose=KEEP_CODES
            ):
                return _GONE
            if not await forms.use(tx, tools, form.id):
                return _GONE
            await proofs.use(tx, tools, account=account, purpose=KEEP_CODES)
            fresh = await recovery_codes.issue(tx, tools, account)
            posts = await notices.announce(
                tx, tools, policy, "codes_made", account=account, chat=form.chat, lang=form.lang
            )
            verdict = await self._entered(tx, form, "codes_shown", "CodesShown")
            shown = tuple(written(code) for code in fresh)
            return Verdict(page=verdict.page, woken=verdict.woken, codes=shown, posts=tuple(posts))

        return await self._db.transact(settle)

    async def data(self, form: Form, _fields: dict[str, str]) -> Verdict:
        """Everything that is held about the person, as a file."""
        tools = self._tools

        async def settle(tx: Tx) -> Verdict:
            account = await self._account(tx, form)
            if account is None or not await proofs.fresh(tx, tools, account=account, chat=form.chat, purpose=DATA):
                return _GONE
            made = await bundle.bundle(tx, tools, account)
            if made is None or not await forms.use(tx, tools, form.id):
                return _GONE
            await audit.write(tx, tools, action="data exported", actor="person", chat=form.chat, account=account)
            verdict = await self._entered(tx, form, "done", "DataTaken")
            return replace(verdict, file=json.dumps(made, ensure_ascii=False, indent=2).encode())

        return await self._db.transact(settle)

    # --- parts ----------------------------------------------------------------------------------------------

    async def _account(self, tx: Tx, form: Form) -> int | None:
        """The account that the form was opened for, while its chat is still signed in to it."""
        account = await sessions.account_of(tx, form.chat)
        return account if account is not None and account == form.account else None

    async def _given(self, tx: Tx, form: Form, account: int, kind: secrets.Kind, value: str) -> Verdict:
        if not await forms.use(tx, self._tools, form.id):
            return _GONE
        await secrets.put(tx, self._tools, chat=form.chat, account=account, kind=kind, value=value)
        return await self._entered(tx, form, "done", "SecretGiven")
