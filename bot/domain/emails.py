"""Email addresses: one spelling for look-up, and a check that is kind rather than complete.

RFC 5321 limits the length (254 octets, 64 before the at sign). Whether an address exists is shown by the code that
arrives there and by nothing else.
"""

from __future__ import annotations

import re
import unicodedata

_SHAPE = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@(?:[^\s@<>\"(),:;\\\[\].]{1,63}\.)+[^\s@<>\"(),:;\\\[\].]{2,63}")
_LONGEST = 254


def canonical(text: str) -> str | None:
    """The address in lower case and NFC, without surrounding blanks; None if it cannot be one."""
    address = unicodedata.normalize("NFC", text).strip().casefold()
    if len(address.encode("utf-8", "replace")) > _LONGEST or not _SHAPE.fullmatch(address):
        return None
    return address if address.isprintable() else None
