"""Quotes in answers: a part of the answered message, with what of its formatting a quote keeps.

A quote has to stand in the message word for word and formatted as it is there; where it stands more than once, the
place nearest to the given position counts (Bot API: ReplyParameters, TextQuote).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.detect import utf16_length

if TYPE_CHECKING:
    from bot.sandbox.messages import Message

Json = dict[str, Any]

LIMIT: Final = 1024
"""Characters of a quote."""
_KEPT: Final = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time"})


def quoted(message: Message, text: str, *, position: int = 0, entities: list[Json] | None = None) -> Json | None:
    """The Bot API's TextQuote, or None where the message has no such part.

    Args:
        message: the message that is answered.
        text: the part of it.
        position: where the part stands, about, in UTF-16 units.
        entities: how the quote is formatted; as the message is there, when left out.
    """
    shown = message.content.get("text") or message.content.get("caption") or ""
    formats = message.content.get("entities") or message.content.get("caption_entities") or []
    if not text or len(text) > LIMIT:
        return None
    starts = [utf16_length(shown[: found.start()]) for found in re.finditer(f"(?={re.escape(text)})", shown)]
    for start in sorted(starts, key=lambda each: abs(each - position)):
        there = _clipped(formats, start, utf16_length(text))
        if entities is None or _same(there, entities):
            made: Json = {"text": text, "position": start, "is_manual": True}
            return made | ({"entities": there} if there else {})
    return None


def _clipped(entities: list[Json], start: int, length: int) -> list[Json]:
    """The formatting of a part of a text, counted from the part's own beginning."""
    found = []
    for entity in entities:
        first = max(entity["offset"] - start, 0)
        last = min(entity["offset"] + entity["length"] - start, length)
        if entity["type"] in _KEPT and first < last:
            found.append({**entity, "offset": first, "length": last - first})
    return found


def _same(there: list[Json], given: list[Json]) -> bool:
    def marks(entities: list[Json]) -> set[tuple[Any, ...]]:
        return {
            (entity["type"], entity.get("custom_emoji_id"), entity["offset"], entity["length"])
            for entity in entities
            if entity["type"] in _KEPT
        }

    return marks(there) == marks(given)
