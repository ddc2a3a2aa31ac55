"""Files for scripts to send in by a form: pictures as phones take them, and what people or attackers send instead."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from PIL import Image

_GPS: Final = 0x8825
_PLACE: Final = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}


@cache
def _photo(kind: str = "JPEG", size: tuple[int, int] = (640, 480)) -> bytes:
    """A picture with the place where it was taken in its metadata."""
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    exif = picture.getexif()
    exif[0x010F] = "Maker of phones"
    exif.get_ifd(_GPS).update(_PLACE)
    made = io.BytesIO()
    picture.save(made, kind, exif=exif)
    return made.getvalue()


@cache
def _pixels() -> bytes:
    """A small file that unpacks to 400 million pixels."""
    made = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(made, "PNG")
    return made.getvalue()


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("picture.jpg", _photo())
    return made.getvalue()


SAMPLES: Final[Mapping[str, Callable[[], bytes]]] = {
    "photo": _photo,
    "png": lambda: _photo("PNG"),
    "webp": lambda: _photo("WEBP"),
    "tiny": lambda: _photo(size=(300, 200)),
    "pixels": _pixels,
    "large": lambda: _photo() + bytes(10 * 1024 * 1024),
    "huge": lambda: bytes(100 * 1024 * 1024),
    "cut": lambda: _photo()[:2000],
    "html": lambda: b"<html><script>alert(1)</script></html>",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>',
    "text": lambda: b"I am a picture",
    "program": lambda: b"MZ" + bytes(4000),
    "zip": _zip,
    "empty": lambda: b"",
}
"""By the name that a script gives."""
