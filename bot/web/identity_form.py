"""The forms of a recovery: the trading password as a factor, and the identity pictures."""

from __future__ import annotations

from collections.abc import Mapping

from bot import uploads
from bot.accounts.base import Accounts
from bot.context import Policy
from bot.db import accounts, forms, limits, pictures, proofs, recoveries
from bot.db.base import Db, Tx
from bot.db.forms import Form
from bot.db.limits import TRADING
from bot.db.recoveries import Case
from bot.domain import recovery
from bot.tools import Tools
from bot.web.submission import Submissions, Verdict
from conversations.effects import RECOVER

_GONE = Verdict(page="gone")


class IdentityForms(Submissions):
    """Takes what is sent in by somebody who need not be signed in, for the recovery of their chat."""

    def __init__(self, db: Db, tools: Tools, policy: Policy, adapter: Accounts) -> None:
        super().__init__(db, tools, policy)
        self._adapter = adapter

    async def show_trading(self, form: Form, fields: dict[str, str]) -> Verdict:
        """The trading password, as one of the two factors."""
        given = fields.get("current", "")
        if not given:
            return Verdict(fault="missing")

        async def count(tx: Tx) -> Verdict | Case:
            case = await self.case(tx, form)
            holder = await accounts.get(tx, self._tools, case.account) if case else None
            if case is None or case.status != "checking" or holder is None or holder.trading_at is None:
                return _GONE
            stopped = await self._counted(tx, form)
            if stopped is not None:
                return stopped
            wait = await limits.begin(tx, self._tools, TRADING, str(case.account))
            return await self._locked(tx, form, wait) if wait else case

        case = await self._db.transact(count)
        if isinstance(case, Verdict):
            return case
        if not await self._adapter.matches(case.account, "trading", given):
            key = str(case.account)
            return await self._db.transact(lambda tx: self._guessed(tx, form, TRADING, key, case.account, "current"))

        async def settle(tx: Tx) -> Verdict:
            await limits.succeed(tx, self._tools, TRADING, str(case.account))
            if not await forms.use(tx, self._tools, form.id):
                return _GONE
            await proofs.add(tx, self._tools, account=case.account, chat=form.chat, purpose=RECOVER, factor="trading")
            return await self._entered(tx, form, "done", "TradingShown")

        return await self._db.transact(settle)

    async def identity(self, form: Form, files: Mapping[str, bytes]) -> Verdict:
        """Some or all of the pictures; what is good is kept, and the form goes on until none is missing."""
        stopped = await self._db.transact(lambda tx: self._counted(tx, form))
        if stopped is not None:
            return stopped
        clean: dict[recovery.Part, bytes] = {}
        fault = ""
        for part in recovery.PARTS:
            if files.get(part):
                try:
                    clean[part] = await uploads.cleaned(files[part])
                except uploads.BadPicture as bad:
                    fault = f"picture_{bad.reason}"

        async def settle(tx: Tx) -> Verdict:
            case = await self.case(tx, form)
            if case is None:
                return _GONE
            for part, content in clean.items():
                if part in await self.wanted(tx, case) and not await pictures.add(
                    tx, self._tools, case.id, part, content
                ):
                    return Verdict(fault="picture_many")
            if await self.wanted(tx, case):
                return Verdict(fault=fault or "picture_missing")
            if not await forms.use(tx, self._tools, form.id):
                return _GONE
            return await self._entered(tx, form, "sent_in", "IdentityGiven")

        return await self._db.transact(settle)

    async def case(self, tx: Tx, form: Form) -> Case | None:
        """The case that the form belongs to, while it waits for something."""
        if form.account is None:
            return None
        case = await recoveries.live(tx, self._tools, chat=form.chat, account=form.account)
        return case if case is not None and case.status in ("checking", "identity", "again") else None

    async def wanted(self, tx: Tx, case: Case) -> list[str]:
        """The pictures that are still missing."""
        if case.status == "checking":
            return list(recovery.PARTS)
        there = await pictures.parts(tx, case.id)
        return [part for part in recovery.PARTS if part not in there]
