"""The forms of signing in and signing up."""

from __future__ import annotations

from bot.accounts.base import Accounts
from bot.context import Policy
from bot.db import accounts, forms, limits, sessions
from bot.db.base import Db, Tx
from bot.db.forms import Form
from bot.domain import emails, passwords
from bot.domain.limits import FORM_TRIES_PER_PERSON
from bot.tools import Tools
from bot.web.submission import Submissions, Verdict


class SignForms(Submissions):
    """Takes what is sent in before anybody is signed in. ``adapter`` knows the passwords."""

    def __init__(self, db: Db, tools: Tools, policy: Policy, adapter: Accounts) -> None:
        super().__init__(db, tools, policy)
        self._adapter = adapter

    async def sign_in(self, form: Form, fields: dict[str, str]) -> Verdict:
        """Email and password; a second check follows in the chat."""
        email, password = emails.canonical(fields.get("email", "")), fields.get("password", "")
        if email is None or not password:
            return Verdict(fault="incomplete")

        async def count(tx: Tx) -> Verdict | None:
            if not await forms.try_once(tx, self._tools, form.id):
                return await self._refused(tx, form)
            wait = await limits.allow(tx, self._tools, FORM_TRIES_PER_PERSON, str(form.chat))
            wait = wait or await limits.begin(tx, self._tools, limits.PASSWORD, email)
            return await self._locked(tx, form, wait) if wait else None

        stopped = await self._db.transact(count)
        if stopped is not None:
            return stopped
        account = await self._adapter.check_password(email, password)

        async def settle(tx: Tx) -> Verdict:
            if account is None:
                known = await accounts.by_email(tx, self._tools, email)
                return await self._guessed(tx, form, limits.PASSWORD, email, known[0] if known else None, "wrong")
            await limits.succeed(tx, self._tools, limits.PASSWORD, email)
            if not await forms.use(tx, self._tools, form.id):
                return Verdict(page="gone")
            await sessions.add_login(tx, self._tools, chat=form.chat, account=account)
            return await self._entered(tx, form, "done", "PasswordAccepted")

        return await self._db.transact(settle)

    async def sign_up(self, form: Form, fields: dict[str, str]) -> Verdict:
        """Email and a new password, twice; a code to the address follows."""
        email, password = emails.canonical(fields.get("email", "")), fields.get("password", "")
        if email is None or not password:
            return Verdict(fault="incomplete")
        weak = passwords.weakness(password, email)
        if weak:
            return Verdict(fault=weak)
        if passwords.normal(password) != passwords.normal(fields.get("again", "")):
            return Verdict(fault="different")

        stopped = await self._db.transact(lambda tx: self._counted(tx, form))
        if stopped is not None:
            return stopped
        password_hash = await self._adapter.hash_password(password)

        async def settle(tx: Tx) -> Verdict:
            if not await forms.use(tx, self._tools, form.id):
                return Verdict(page="gone")
            await sessions.add_signup(tx, self._tools, chat=form.chat, email=email, password_hash=password_hash)
            return await self._entered(tx, form, "done", "SignUpGiven")

        return await self._db.transact(settle)
