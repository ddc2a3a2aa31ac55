"""Two accounts for the sandbox, so that a newcomer has somebody to sign in as.

ann@example.com     correct horse battery    no phone yet
kwame@example.com   correct horse battery    +233241234567 bound
"""

from __future__ import annotations

from bot.db import accounts
from bot.db.base import Db, Tx
from bot.domain import passwords
from bot.tools import Tools

PASSWORD = "correct horse battery"  # noqa: S105 - of accounts that exist in a sandbox only
_ACCOUNTS = (("ann@example.com", ""), ("kwame@example.com", "+233241234567"))


async def seed(db: Db, tools: Tools) -> None:
    """Make the accounts that are missing."""
    password_hash = await passwords.hashed(PASSWORD)

    async def job(tx: Tx) -> None:
        for email, phone in _ACCOUNTS:
            account = await accounts.create(tx, tools, email=email, password_hash=password_hash)
            if account is not None and phone:
                await accounts.set_phone(tx, tools, account, phone)

    await db.transact(job)
