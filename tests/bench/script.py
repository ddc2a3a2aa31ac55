"""The conversation that every competitor has with every virtual person: six steps, six screens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Step:
    """What a person does: type a text, or tap the first button whose callback data matches a pattern."""

    kind: Literal["text", "tap"]
    value: str


def script(countries: str, page: str, back: str, language: str) -> tuple[Step, ...]:
    """The conversation; the patterns find the four buttons in a competitor's callback data."""
    return (
        Step("text", "/start"),
        Step("tap", countries),
        Step("text", "Ivory Coast"),
        Step("tap", page),
        Step("tap", back),
        Step("tap", language),
    )
