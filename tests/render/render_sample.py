"""What screens are rendered with in these tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from conversations.flows import BOOK

HOSTILE = '<b>Ann</b> & Co <3 "\u202eevil\u2068'
NOW = 1_767_603_600_000
PLACES = sorted(place for place, state in BOOK.places.items() if not state.passing)
SAYS = sorted({rule.say for place in BOOK.places for rule in BOOK.rules(place) if rule.say})

DATA: dict[str, Any] = {
    "number": "+447400123456",
    "region": "GB",
    "reason": "other_country",
    "candidates": "+447400123456 +351912345678",
    "found": "CD CG",
    "page": "3",
    "wait": 300,
}
EVENT: dict[str, Any] = {
    "left": 3,
    "reason": "cooldown",
    "wait": 65,
    "region": "CI",
    "found": "CD CG KR KP VI VG MF SX",
    "number": "+447400123456",
    "ticket": 1042,
    "kind": "photo",
    "channel": "sms",
}
EXTRA: dict[str, Any] = {
    "company": "Acme Exchange",
    "name": HOSTILE,
    "email": "a****@e****.com",
    "phone": "+44 ****56",
    "form": "https://support.example/f/abcdefghijklmnopqrstuvwxyz0123456789",
    "ticket": 1042,
    "totp_key": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "code": {"to": "+44 ****56", "channel": "sms", "live": True},
    "hold": NOW,
    "frozen": NOW,
    "not_me": "https://support.example/n/abcdefghijklmnopqrstuvwxyz012345",
    "protection": {"email_at": NOW, "phone_at": NOW, "totp_at": NOW, "password_at": NOW},
}
_TICKET: dict[str, Any] = {
    "number": 1042, "reason": "phone", "status": "hold", "opened_at": NOW, "wake_at": NOW, "solved_at": NOW,
    "until": NOW, "follows": 1001, "agent": "Mira",
}  # fmt: skip
_OTHERS = (
    ("locked", "new"), ("recovery", "open"), ("no_phone", "pending"), ("not_me", "solved"), ("other", "closed"),
)  # fmt: skip
_TICKETS = [
    {**_TICKET, "reason": reason, "status": status, "number": at} for at, (reason, status) in enumerate(_OTHERS, 1001)
]
EXTRA |= {"passed": True, "shown": _TICKET, "tickets": [*_TICKETS, _TICKET], "page": 1, "pages": 2}
FACTS: dict[str, bool] = {
    "signed_in": True,
    "has_phone": False,
    "has_totp": False,
    "proved": True,
    "ticket_open": True,
}
SCREEN: dict[str, Any] = {"data": DATA, "event": EVENT, "facts": FACTS, "extra": EXTRA, "turn": 36**5, "version": 12}


def standings() -> Iterator[dict[str, bool]]:
    """Every combination of facts."""
    for values in product((False, True), repeat=len(FACTS)):
        yield dict(zip(FACTS, values, strict=True))
