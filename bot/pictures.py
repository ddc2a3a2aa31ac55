"""The pictures that screens carry."""

from __future__ import annotations

import io
from typing import Final
from urllib.parse import quote, urlencode

import segno

_SCALE: Final = 8
"""Pixels a module: some 400 pixels in all, which Telegram shows without shrinking."""
_BORDER: Final = 8
"""Modules of white around the code, twice what ISO/IEC 18004 asks: in dark mode the chat's background is black."""


def totp_uri(key: str, *, account: str, issuer: str) -> str:
    """The address that an authenticator app reads (Key Uri Format: ``otpauth://totp/Issuer:account?secret=...``).

    Args:
        key: the secret in base32 without padding.
        account: what the app shows beside the code.
        issuer: the company, shown above it.
    """
    label = quote(f"{issuer.replace(':', ' ')}:{account}", safe=":@")
    return f"otpauth://totp/{label}?{urlencode({'secret': key, 'issuer': issuer}, quote_via=quote)}"


def totp_key(uri: str) -> bytes:
    """A PNG of the QR code for ``uri``, dark on white whatever the chat's colours are."""
    picture = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        picture, kind="png", scale=_SCALE, border=_BORDER, dark="black", light="white"
    )
    return picture.getvalue()
