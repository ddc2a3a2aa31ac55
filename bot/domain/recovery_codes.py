"""Recovery codes: kept on paper for the day on which the authenticator is gone.

Each has 24 characters of a 32-character alphabet, 120 random bits: enough for a keyed hash without a slow one (OWASP
ASVS 6.5.2 asks for a password hash below 112 bits; NIST SP 800-63B-4 section 4.2.1.1 for 64 bits at least).
"""

from __future__ import annotations

import unicodedata
from typing import Final

COUNT: Final = 10
"""Codes in a set."""
LENGTH: Final = 24
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz023456789"
"""Without i, l, o and 1, which are taken for one another."""
_GROUP: Final = 4
_MAX_TEXT: Final = 200


def written(code: str) -> str:
    """The code as it is shown: in groups of four."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def read(text: str) -> str | None:
    """The code in what was typed, whatever its case and separators; None if it cannot be one."""
    plain = unicodedata.normalize("NFKC", text[:_MAX_TEXT]).lower()
    code = "".join(char for char in plain if not char.isspace() and unicodedata.category(char) not in ("Pd", "Cf"))
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
