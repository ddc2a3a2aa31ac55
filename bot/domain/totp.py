"""Authenticator codes: RFC 6238 with SHA-1, 30 seconds, six digits, and one step of tolerance either way.

A step is the number of 30-second periods since 1970. Which step a code belongs to matters more than the code: a step
is accepted once, and never one before it (RFC 6238 section 5.2).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

import pyotp

from bot.clock import SECOND

STEP = 30 * SECOND
WINDOW = 1
"""Steps of tolerance either way for a clock that is off."""
STALE = 40
"""How many steps back a code is recognised as an old one, only to say so."""


def step_at(now: int) -> int:
    """The step of a moment in epoch milliseconds."""
    return now // STEP


def code_at(key: str, step: int) -> str:
    """The code of a step."""
    return pyotp.TOTP(key).generate_otp(step)


def matching(key: str, code: str, steps: Iterable[int]) -> int | None:
    """The latest of ``steps`` whose code this is, compared in constant time; None if there is none."""
    found = None
    for step in steps:
        if step >= 0 and hmac.compare_digest(code_at(key, step).encode(), code.encode()):
            found = step
    return found


def window(now: int) -> range:
    """The steps whose codes are taken at a moment."""
    step = step_at(now)
    return range(step - WINDOW, step + WINDOW + 1)


def stale(now: int) -> range:
    """The steps whose codes were good a while ago."""
    step = step_at(now)
    return range(step - STALE, step - WINDOW)
