"""Finds what Telegram recognises in plain text: commands, mentions, links, hashtags, phone numbers."""

from __future__ import annotations

import re
from typing import Any, Final

Json = dict[str, Any]

_DOMAINS = "com|org|net|io|me|dev|app|info|example|test|de|fr|uk|es|it|pt|ru|in|br|ng|gh|ke|eu|co"
_PATTERN: Final = re.compile(
    rf"""
      (?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{{1,64}}(?:@[A-Za-z0-9_]{{3,32}})?(?![\w/]))
    | (?P<email>(?<![\w.%+-])[\w.%+-]{{1,64}}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{{2,}})
    | (?P<url>(?:https?|tg|ton)://[^\s<>"«»]*[^\s<>"«».,:;!?)\]}}']
            | (?<![\w.@-])(?:[A-Za-z0-9-]+\.)+(?:{_DOMAINS})(?![\w.-]*\w)(?:/[^\s<>"]*[^\s<>".,:;!?)\]}}'])?)
    | (?P<mention>(?<![\w@])@[A-Za-z][A-Za-z0-9_]{{1,31}}(?!\w))
    | (?P<hashtag>(?<!\w)\#(?=\w*[^\W\d])\w{{1,255}})
    | (?P<cashtag>(?<!\w)\$[A-Z]{{3,8}}(?!\w))
    | (?P<phone_number>(?<![\w+])\+\d(?:[\s().-]?\d){{6,14}}(?!\w))
    """,
    re.VERBOSE,
)
_HINT: Final = re.compile(r"[/@#$+]|\w\.\w")
OPAQUE: Final = frozenset({"code", "pre", "text_link", "text_mention", "url", "email", "custom_emoji"})
"""Entities inside which nothing more is recognised."""


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, the unit of entity offsets."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def detect(text: str, entities: list[Json]) -> list[Json]:
    """The entities with those added that Telegram finds by itself, in order of offset."""
    if not _HINT.search(text):
        return entities
    found: list[Json] = []
    taken = [(item["offset"], item["offset"] + item["length"]) for item in entities if item["type"] in OPAQUE]
    for match in _PATTERN.finditer(text):
        offset = utf16_length(text[: match.start()])
        length = utf16_length(match.group())
        if any(offset < end and start < offset + length for start, end in taken):
            continue
        found.append({"type": match.lastgroup, "offset": offset, "length": length})
    if not found:
        return entities
    return sorted(entities + found, key=lambda item: (item["offset"], -item["length"]))
