"""Pictures that people send in: made new from their pixels, and marked with whoever looks at them.

What is kept is a JPEG that we have encoded ourselves, so that neither what a camera wrote beside the pixels (place,
device, owner) nor anything that only calls itself a picture gets any further (OWASP ASVS 5.2.1 to 5.2.6, 5.4.3).
"""

from __future__ import annotations

import asyncio
import io
import threading
import unicodedata
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_PIXELS: Final = 25_000_000
"""Size of one picture (security.md, recommended defaults)."""
_SHORTEST_SIDE: Final = 400
"""Pixels: below this nobody can read a document."""
_LONGEST_SIDE: Final = 2400
_QUALITY: Final = 85
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MARK_SIZE: Final = 28
_MARK_ANGLE: Final = 30
_MARK_INK: Final = (255, 255, 255, 150)
_MARK_EDGE: Final = (0, 0, 0, 150)
_one = threading.Lock()
"""One picture at a time is unpacked: 25 million pixels are a hundred megabytes."""


class BadPicture(Exception):
    """Not taken: ``reason`` is ``large``, ``pixels``, ``small`` or ``format``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def cleaned(content: bytes) -> bytes:
    """The picture as a JPEG of our own: turned upright, at most 2400 pixels a side, without any metadata.

    Raises:
        BadPicture: too large, too small, or no picture at all.
    """
    if len(content) > MOST_BYTES:
        raise BadPicture("large")
    return await asyncio.to_thread(_cleaned, content)


def _cleaned(content: bytes) -> bytes:
    try:
        with _one, Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            _sized(*image.size)
            image.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))  # a JPEG need not be unpacked in full to be made smaller
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except BadPicture:
        raise
    except Image.DecompressionBombError as error:
        raise BadPicture("pixels") from error
    except Exception as error:  # whatever a broken file makes the decoder raise
        raise BadPicture("format") from error
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return _jpeg(Image.frombytes("RGB", upright.size, upright.tobytes()))


def _sized(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise BadPicture("pixels")
    if min(width, height) < _SHORTEST_SIDE:
        raise BadPicture("small")


async def marked(content: bytes, mark: str) -> bytes:
    """The picture with ``mark`` written across all of it."""
    return await asyncio.to_thread(_marked, content, mark)


def _marked(content: bytes, mark: str) -> bytes:
    with _one, Image.open(io.BytesIO(content)) as image:
        picture = image.convert("RGBA")
    side = int(max(picture.size) * 1.5)
    line = _line(_plain(mark), 2 * side)
    layer = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    for row, top in enumerate(range(0, side, _MARK_SIZE * 4)):
        layer.paste(line, (-(row % 2) * side // 3, top))
    turned = layer.rotate(_MARK_ANGLE)
    left, up = (side - picture.width) // 2, (side - picture.height) // 2
    picture.alpha_composite(turned.crop((left, up, left + picture.width, up + picture.height)))
    return _jpeg(picture.convert("RGB"))


def _line(mark: str, length: int) -> Image.Image:
    """The mark again and again in one line: drawn once, as drawing letters is what takes time."""
    font = ImageFont.load_default(_MARK_SIZE)
    once = f"{mark}     "
    text = once * (length // (int(font.getlength(once)) or 1) + 1)
    line = Image.new("RGBA", (length, _MARK_SIZE * 2), (0, 0, 0, 0))
    ImageDraw.Draw(line).text((0, 0), text, _MARK_INK, font, stroke_width=1, stroke_fill=_MARK_EDGE)
    return line


def _plain(text: str) -> str:
    """The text in the letters that the built-in font has."""
    folded = unicodedata.normalize("NFKD", text)
    return " ".join(folded.encode("latin-1", "ignore").decode("latin-1").split())


def _jpeg(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=_QUALITY, optimize=True)
    return made.getvalue()
