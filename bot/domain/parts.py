"""Texts that are longer than a message, in parts: nothing is lost, and what was bold stays bold.

Lengths and the offsets of entities are UTF-16 units, as the Bot API counts offsets. Telegram counts a message's length
in characters, of which there are never more: what fits here fits there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

TEXT: Final = 4096
CAPTION: Final = 1024
"""The longest text of a message, and the longest caption that a bot can write (Bot API, sendMessage, sendPhoto)."""

_WHOLE: Final = frozenset({"date_time", "custom_emoji", "text_mention", "url", "email", "phone_number"})
"""Formatting of something that means nothing in halves."""
_LONE: Final = 0xFFFF
"""The last character that is one unit."""
_JOINER: Final = "\u200d"
_FLAG_LETTERS: Final = range(0x1F1E6, 0x1F200)
_CLING: Final = (*range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080))
"""Skin tones and the letters of flags of regions: part of the emoji before them."""
_MARKS: Final = frozenset({"Mn", "Mc", "Me"})
_LONGEST_EMOJI: Final = 64
"""Characters; whatever claims to be one sign and is longer is cut all the same."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text, with its formatting counted from its own beginning."""

    text: str
    entities: tuple[dict[str, Any], ...] = ()


def units(text: str) -> int:
    """The text's length in UTF-16 units."""
    return len(text) if text.isascii() else len(text) + sum(ord(sign) > _LONE for sign in text)


def parts(
    text: str, entities: Iterable[Mapping[str, Any]] = (), *, most: int = TEXT, first: int | None = None
) -> list[Part]:
    """The text in parts: cut at line ends or blanks where there are any, never within a sign; one part at least.

    Args:
        text: any text; the parts joined are the text again.
        entities: its formatting, in Telegram's own form; what goes over a cut goes on behind it.
        most: the longest part, 2 or more.
        first: the longest first part where that differs, as a caption's does.
    """
    made: list[Part] = []
    formats = [dict(entity) for entity in entities]
    begin = offset = 0
    while begin < len(text) or not made:
        end = _end(text, begin, first if first is not None and not made else most)
        length = units(text[begin:end])
        while starts := [e["offset"] for e in formats if _goes_through(e, offset, offset + length)]:
            length = min(starts) - offset
            end = _reach(text, begin, length)
        made.append(Part(text[begin:end], tuple(_within(formats, offset, length))))
        begin, offset = end, offset + length
    return made


def showing(made: Iterable[Part]) -> list[Part]:
    """Those in which there is something to be seen: Telegram takes no message of blanks."""
    return [part for part in made if not part.text.isspace()]


def _goes_through(entity: Mapping[str, Any], offset: int, cut: int) -> bool:
    """Whether a cut there halves something that is one thing, and need not."""
    start = entity["offset"]
    return entity["type"] in _WHOLE and offset < start < cut < start + entity["length"]


def _within(entities: Iterable[dict[str, Any]], offset: int, length: int) -> Iterable[dict[str, Any]]:
    for entity in entities:
        start = max(entity["offset"] - offset, 0)
        stop = min(entity["offset"] + entity["length"] - offset, length)
        if start < stop:
            yield {**entity, "offset": start, "length": stop - start}


def _end(text: str, begin: int, most: int) -> int:
    """Where the part that begins there ends."""
    end = _reach(text, begin, most)
    if end >= len(text):
        return len(text)
    blank = max(text.rfind("\n", begin, end), text.rfind(" ", begin, end)) + 1
    if blank > begin:
        return blank
    cut = end
    while cut > begin and end - cut < _LONGEST_EMOJI and _one_sign(text, cut):
        cut -= 1
    return cut if cut > begin and not _one_sign(text, cut) else end


def _reach(text: str, begin: int, most: int) -> int:
    """The end of the longest part that fits; one character at least."""
    taken, end = 0, begin
    while end < len(text):
        taken += 1 + (ord(text[end]) > _LONE)
        if taken > most:
            break
        end += 1
    return max(end, begin + 1)


def _one_sign(text: str, cut: int) -> bool:
    """Whether a cut there would go through what people see as one sign."""
    before, after = text[cut - 1], text[cut]
    if _JOINER in (before, after) or ord(after) in _CLING or unicodedata.category(after) in _MARKS:
        return True
    if ord(after) not in _FLAG_LETTERS:
        return (before, after) == ("\r", "\n")
    letters = 0
    while letters < cut and ord(text[cut - 1 - letters]) in _FLAG_LETTERS:
        letters += 1
    return letters % 2 == 1
