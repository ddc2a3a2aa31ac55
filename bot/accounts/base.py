"""The port to the exchange's account system: who somebody is, and what of theirs is changed.

Reading goes by the product's own tables, which hold every account that has ever signed in; whoever adapts another
system keeps them up to date. Narrow on purpose: the caller counts a try before it asks, and learns nothing but yes or
no.
"""

from __future__ import annotations

from typing import Literal, Protocol

Password = Literal["login", "trading"]


class Accounts(Protocol):
    """The exchange's accounts; each method raises :class:`bot.errors.Undelivered` where they cannot be asked."""

    async def check_password(self, email: str, password: str) -> int | None:
        """The account whose address (canonical) and password these are; None, after the same time, for any other."""
        ...

    async def matches(self, account: int, which: Password, password: str) -> bool:
        """Whether the password is the account's; never where it has none of the kind."""
        ...

    async def know(self, account: int) -> bool:
        """Whether there is such an account; it is in our tables then."""
        ...

    async def hash_password(self, password: str) -> str:
        """What is kept of a new password."""
        ...

    async def close(self) -> None:
        """Give up what was opened for it."""
        ...
