"""The desk's days as a picture: one strip a figure, one bar a day."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bot.clock import HOUR, MINUTE
from bot.domain.desk_days import Day

_WIDTH, _STRIP, _MARGIN, _FOOT = 960, 150, 40, 34
_INK, _FAINT, _BACK = "#1c2733", "#8a97a5", "#ffffff"
_TITLE, _SMALL = ImageFont.load_default(22), ImageFont.load_default(16)


def _length(ms: float) -> str:
    return f"{ms / HOUR:.1f} h" if ms >= HOUR else f"{ms / MINUTE:.0f} min"


def _count(value: float) -> str:
    return f"{value:.0f}"


_STRIPS: Final[Sequence[tuple[str, str, Callable[[Day], float | None], Callable[[float], str]]]] = (
    ("Opened", "#2f80c8", lambda day: day.opened, _count),
    ("Solved", "#3aa36b", lambda day: day.solved, _count),
    ("First answer, median", "#d08a2e", lambda day: day.first, _length),
    ("Time of the desk until solved, median", "#8a63c9", lambda day: day.resolution, _length),
    ("Rating, mean of 5", "#c94f6d", lambda day: day.rating, lambda value: f"{value:.1f}"),
    ("Targets met", "#4d9aa8", lambda day: day.met, lambda value: f"{value:.0%}"),
)
"""What is shown: its name, colour, where it comes from, and how it is written."""


def days(shown: Sequence[Day]) -> bytes:
    """The picture as PNG."""
    image = Image.new("RGB", (_WIDTH, len(_STRIPS) * _STRIP + _FOOT), _BACK)
    draw = ImageDraw.Draw(image)
    step = (_WIDTH - 2 * _MARGIN) / len(shown)
    for row, (name, colour, value, written) in enumerate(_STRIPS):
        top, base = row * _STRIP + 10, (row + 1) * _STRIP - 6
        values = [value(day) for day in shown]
        most = max((number for number in values if number), default=0)
        draw.text((_MARGIN, top), name, _INK, _TITLE)
        draw.line((_MARGIN, base, _WIDTH - _MARGIN, base), _FAINT)
        for place, number in enumerate(values):
            left = _MARGIN + place * step
            if not number:
                continue
            height = (_STRIP - 70) * number / most
            draw.rectangle((left + 6, base - height, left + step - 6, base), colour)
            draw.text((left + step / 2, base - height - 4), written(number), _INK, _SMALL, anchor="mb")
    for place, day in enumerate(shown):
        middle = _MARGIN + (place + 0.5) * step
        draw.text((middle, len(_STRIPS) * _STRIP + 6), f"{day.day.day}.{day.day.month}.", _FAINT, _SMALL, anchor="mt")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
