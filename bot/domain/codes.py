"""One-time secrets: the only place that draws them, and what holds for a code.

Numbers from NIST SP 800-63B-4 section 3.1.3.2 (at least six digits from an approved generator, at most ten minutes,
used once) and PSD2 RTS (EU) 2018/389 Art. 4(3)(b) (at most five failures).
"""

from __future__ import annotations

import secrets

import pyotp

from bot.clock import MINUTE
from bot.domain import recovery_codes
from bot.domain.digits import CODE_LENGTH

LIFE = 10 * MINUTE
"""How long a sent code is good."""
TRIES = 5
"""How often one code may be guessed at."""
_TOKEN_BYTES = 32
_PAYLOAD_BYTES = 24
"""192 bits, 32 characters of A-Z a-z 0-9 _ -: Telegram takes up to 64 in a deep link."""


def code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}}"


def token() -> str:
    """A random token for a one-time form's address, a browser or a request: 256 bits in A-Z a-z 0-9 _ -."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def payload() -> str:
    """A random payload for a deep link."""
    return secrets.token_urlsafe(_PAYLOAD_BYTES)


def note() -> str:
    """Eight random digits in two groups, to be written by hand and held into a picture."""
    return f"{secrets.randbelow(10**4):04} {secrets.randbelow(10**4):04}"


def recovery_code() -> str:
    """A random recovery code, without separators."""
    return "".join(secrets.choice(recovery_codes.ALPHABET) for _ in range(recovery_codes.LENGTH))


def pseudonym() -> int:
    """A random number under which somebody stands in the audit; it follows from nothing, and nothing from it."""
    return secrets.randbits(62)


def totp_key() -> str:
    """A random authenticator key in base32: 160 bits (RFC 4226 section 4, R6)."""
    return pyotp.random_base32()
