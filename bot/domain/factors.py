"""What has to be proved before something is changed: the rules of the business as one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from conversations.effects import CHANGE, CHANGE_EMAIL, DATA, ENROL, KEEP_CODES, RECOVER, REPLACE_TOTP, TRADING

_DIFFERENT: Final = (
    ("email", "totp"), ("email", "recovery"), ("email", "trading"), ("totp", "trading"), ("recovery", "trading"),
)  # fmt: skip
"""Pairs of different factors; a recovery code stands for the authenticator and is none beside it."""

ENOUGH: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    ENROL: (frozenset({"email"}), frozenset({"totp"}), frozenset({"sms"})),
    CHANGE: (frozenset({"sms"}), frozenset({"email", "totp"})),
    TRADING: (frozenset({"email"}), frozenset({"totp"}), frozenset({"sms"})),
    DATA: (frozenset({"email"}), frozenset({"totp"}), frozenset({"sms"})),
    CHANGE_EMAIL: (frozenset({"email"}),),
    REPLACE_TOTP: (frozenset({"totp"}), frozenset({"recovery"})),
    KEEP_CODES: (frozenset({"totp"}),),
    RECOVER: tuple(frozenset({one, other}) for one, other in _DIFFERENT),
}
"""By purpose: sets of factors, any one of which is enough.

Mission, the rules of the business: a change takes an SMS to the old phone, or email and Google 2FA together.
"""
PAIR: Final = ("email", "totp")
"""The factors that a pair of codes proves."""


def enough(purpose: str, proved: Iterable[str]) -> bool:
    """Whether what was proved for the purpose is enough for it."""
    factors = frozenset(proved)
    return any(wanted <= factors for wanted in ENOUGH[purpose])
