"""Two accounts for the sandbox, so that a newcomer has somebody to sign in as.

ann@example.com     correct horse battery    no phone yet
kwame@example.com   correct horse battery    +233241234567 bound, trading password "trading horse battery"

They are a month old, so that what they hold counts as evidence in a recovery.
"""

from __future__ import annotations

from dataclasses import replace

from bot.clock import DAY, ManualClock
from bot.db import accounts
from bot.db.base import Db, Tx
from bot.domain import passwords
from bot.tools import Tools

PASSWORD = "correct horse battery"  # noqa: S105 - of accounts that exist in a sandbox only
TRADING = "trading horse battery"
_AGE = 30 * DAY
_ACCOUNTS = (("ann@example.com", "", ""), ("kwame@example.com", "+233241234567", TRADING))


async def seed(db: Db, tools: Tools) -> None:
    """Make the accounts that are missing."""
    hashes = {word: await passwords.hashed(word) for word in (PASSWORD, TRADING)}
    then = replace(tools, clock=ManualClock(tools.clock.now() - _AGE))

    async def job(tx: Tx) -> None:
        for email, phone, trading in _ACCOUNTS:
            account = await accounts.create(tx, then, email=email, password_hash=hashes[PASSWORD])
            if account is not None and phone:
                await accounts.set_phone(tx, then, account, phone)
            if account is not None and trading:
                await accounts.set_trading(tx, then, account, hashes[trading])

    await db.transact(job)
