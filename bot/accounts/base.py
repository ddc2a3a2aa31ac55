"""What the product needs of the exchange's account system beyond its own tables: passwords.

Narrow on purpose: the caller counts the try before it asks, and learns nothing but yes or no.
"""

from __future__ import annotations

from typing import Protocol


class Accounts(Protocol):
    """The exchange's accounts."""

    async def check_password(self, email: str, password: str) -> int | None:
        """The account whose address (canonical) and password these are; None, after the same time, for any other."""
        ...

    async def hash_password(self, password: str) -> str:
        """What is kept of a new account's password."""
        ...
