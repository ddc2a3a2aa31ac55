"""Passwords: hashed with argon2id, off the event loop, a few at a time.

Strength follows NIST SP 800-63B-4 section 3.1.1.2: a length floor, a list of what attackers try first, no rules of
composition, NFKC before hashing, and every character allowed. Unknown addresses cost as much as known ones, from the
first one on: a hash of nothing is verified for them.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

SHORTEST = 10
LONGEST = 1000
"""Characters; longer ones are refused, never cut."""
_AT_ONCE = 2
"""Each takes a quarter of a second of a core and 64 MB."""

_hasher = PasswordHasher()
_pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")


def nothing(hasher: PasswordHasher) -> str:
    """A hash that is nobody's password: it was made of none, and costs to compare with what every other one does."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}${'A' * 22}${'A' * 43}"


_NOTHING = nothing(_hasher)

_COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").split())
"""What attackers try first, in many languages; a password that is one of these and some digits is no better."""


def normal(password: str) -> str:
    """The password as it is hashed: NFKC, so that it is the same from every keyboard."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, email: str) -> str:
    """Why the password will not do: ``short``, ``long``, ``email``, ``repeated``, ``common``; "" if it will."""
    plain = normal(password).casefold()
    if len(plain) < SHORTEST:
        return "short"
    if len(plain) > LONGEST:
        return "long"
    name = email.partition("@")[0].casefold()
    if plain == email.casefold() or (len(name) >= 4 and name in plain and len(plain) - len(name) < SHORTEST - 2):
        return "email"
    if len(set(plain)) < 4 or _runs(plain):
        return "repeated"
    core = plain.strip("0123456789!@#$%^&*()_+-=.,?/ ")
    return "common" if core in _COMMON or plain in _COMMON or core in {word * 2 for word in _COMMON} else ""


def _runs(plain: str) -> bool:
    """Whether it only counts up or down, or repeats its own beginning."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    halves = any(plain == plain[:size] * (len(plain) // size) for size in range(1, 6) if len(plain) % size == 0)
    return steps in ({1}, {-1}) or halves or plain in "01234567890123456789"


async def hashed(password: str) -> str:
    """The argon2id hash of a password."""
    return await _off_loop(_hasher.hash, normal(password))


async def matches(password: str, known: str | None) -> bool:
    """Whether the password is the one hashed; with None it takes as long and is not."""
    right = await _off_loop(_verify, known or _NOTHING, normal(password)[:LONGEST])
    return right and known is not None


def _verify(known: str, password: str) -> bool:
    try:
        return _hasher.verify(known, password)
    except (VerificationError, InvalidHashError):
        return False


async def _off_loop(call: Callable[..., T], *args: str) -> T:
    return await asyncio.get_running_loop().run_in_executor(_pool, call, *args)
