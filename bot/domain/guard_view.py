"""A text as secrets are looked for in it: folded, with the place of every character in the original."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from typing import Final, Literal

from bot.domain import guard_words as words
from bot.domain.guard_words import OPAQUE

Kind = Literal["card", "code", "password", "seed", "key", "recovery"]
Span = tuple[int, int]

MASKED: Final[dict[Kind, str]] = {
    "card": "[card ····{last}]",
    "code": "[code]",
    "password": "[password]",
    "seed": "[seed phrase]",
    "key": "[key]",
    "recovery": "[recovery code]",
}
"""What stands in place of a secret; a card keeps its last four digits, as receipts do (PCI DSS 4.0.1, 3.4.1)."""
KINDS: Final = tuple(MASKED)
"""The kinds of secrets that :func:`incoming` knows."""

_MASK: Final = re.compile("|".join(re.escape(mask).replace(r"\{last\}", "[0-9]{4}") for mask in MASKED.values()))


class View:
    """The text folded character by character, with the place in the original of each; hidden parts are opaque."""

    def __init__(self, text: str) -> None:
        self.at: list[int] = []
        chars: list[str] = []
        masks = {match.start(): match.end() for match in _MASK.finditer(text)}
        end = 0
        for place, char in enumerate(text):
            if place < end:
                continue
            end = masks.get(place, 0)
            for each in OPAQUE if end else words.plain(char):
                chars.append(each)
                self.at.append(place)
        self.plain = "".join(chars)
        self.low = words.lower(self.plain)

    def whole(self, start: int, end: int) -> Span:
        """The span, widened to whole characters of the original."""
        at = self.at
        while start and at[start - 1] == at[start]:
            start -= 1
        while end < len(at) and at[end] == at[end - 1]:
            end += 1
        return start, end

    def hide(self, start: int, end: int) -> None:
        """Make the span opaque."""
        self.plain = self.plain[:start] + OPAQUE * (end - start) + self.plain[end:]
        self.low = self.low[:start] + OPAQUE * (end - start) + self.low[end:]


# Sentences: what is "near" is in the same one.

_STOP: Final = re.compile(r"[.!?\u061f\u3002]+(?=\s|$)|(?<!:)\n[ \t]*\n")


def _sentence(low: str) -> Callable[[int], Span]:
    """A function that gives the sentence in which a place is."""
    stops = [match.start() for match in _STOP.finditer(low)]

    def around(place: int) -> Span:
        after = bisect_left(stops, place)
        return (stops[after - 1] if after else 0), (stops[after] if after < len(stops) else len(low))

    return around


class Near:
    """Where words of a pattern are, and whether one is in the sentence of a place."""

    def __init__(self, low: str, pattern: re.Pattern[str]) -> None:
        self.starts = [match.start() for match in pattern.finditer(low)]
        self._around = _sentence(low)

    def __call__(self, place: int) -> bool:
        """Whether there is one in the sentence of the place."""
        start, end = self._around(place)
        return bisect_left(self.starts, end) > bisect_left(self.starts, start)

    def last(self, place: int) -> int:
        """The last one before the place in its sentence, else the first one after it, negative; far off if none."""
        start, end = self._around(place)
        index = bisect_left(self.starts, place)
        if index and self.starts[index - 1] >= start:
            return self.starts[index - 1]
        return -self.starts[index] if index < len(self.starts) and self.starts[index] < end else -(10**9)
