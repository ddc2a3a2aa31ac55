"""Accounts kept in the product's own database."""

from __future__ import annotations

from bot.accounts.base import Password
from bot.db import accounts
from bot.db.base import Db, Tx
from bot.domain import passwords
from bot.tools import Tools

_LARGEST = 1 << 63


class LocalAccounts:
    """The adapter of :class:`bot.accounts.base.Accounts` for one's own tables."""

    def __init__(self, db: Db, tools: Tools) -> None:
        self._db = db
        self._tools = tools

    async def check_password(self, email: str, password: str) -> int | None:
        """Compare outside any transaction: argon2 takes a quarter of a second."""
        known = await self._db.transact(lambda tx: accounts.by_email(tx, self._tools, email))
        right = await passwords.matches(password, known[1] if known else None)
        return known[0] if known and right else None

    async def matches(self, account: int, which: Password, password: str) -> bool:
        """Compare likewise."""

        async def read(tx: Tx) -> str | None:
            login, trading = await accounts.password_hashes(tx, account)
            return login if which == "login" else trading

        known = await self._db.transact(read)
        return known is not None and await passwords.matches(password, known)

    async def know(self, account: int) -> bool:
        """Look it up."""
        if account >= _LARGEST:
            return False
        return await self._db.transact(lambda tx: accounts.get(tx, self._tools, account)) is not None

    async def hash_password(self, password: str) -> str:
        """The argon2id hash."""
        return await passwords.hashed(password)

    async def close(self) -> None:
        """Nothing to give up: the database is the application's."""
