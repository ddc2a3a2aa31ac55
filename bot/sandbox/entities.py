"""Formatted text: ``parse_mode`` or explicit entities, then cleaning and trimming.

The rules are TDLib's (``platform.md`` 2.6). Offsets of entities are UTF-16 code units.
"""

from __future__ import annotations

import re
from typing import Any, Final

from bot.sandbox.detect import detect, utf16_length
from bot.sandbox.errors import bad_request
from bot.sandbox.links import link_entity
from bot.sandbox.tags import SPACE, TAGS, parse_html

Json = dict[str, Any]

ENTITY_TYPES: Final = frozenset(TAGS.values()) | {
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "expandable_blockquote",
    "text_mention",
}
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x20]")
_DROPPED: Final = re.compile("[\r\u2028-\u202e]")
_INVISIBLE: Final = frozenset("\u200b\u200c\u200d\u2060\u2800\u3164\ufeff\u00ad\u180e\u2061\u2062\u2063")
_RAW_LIMIT: Final = 32_768


def formatted(text: str, mode: str, given: list[Json] | None) -> tuple[str, list[Json]]:
    """The text as it will be shown, and its entities.

    Args:
        text: raw text of a call.
        mode: ``parse_mode``, empty for none.
        given: explicit entities, which count only without a ``parse_mode``.

    Raises:
        ApiError: unknown mode, broken markup, or a raw text of more than 32,768 bytes.
    """
    if len(text) > _RAW_LIMIT // 4 and len(text.encode("utf-8", "surrogatepass")) > _RAW_LIMIT:
        raise bad_request("text is too long")
    mode = mode.lower()
    if mode == "html":
        text, entities = parse_html(text)
    elif mode in {"markdown", "markdownv2"}:
        raise bad_request(f"parse_mode {mode} is not simulated; use HTML")
    elif mode and mode != "none":
        raise bad_request("unsupported parse_mode")
    else:
        entities = given_entities(text, given or [])
    text, entities = tidy(text, entities)
    return text, detect(text, entities)


def given_entities(text: str, given: list[Json]) -> list[Json]:
    """Explicit entities, checked and in order.

    Raises:
        ApiError: an entity that is no object, of no known type, or beyond the text.
    """
    entities = []
    end = utf16_length(text)
    for item in given:
        if not isinstance(item, dict):
            raise bad_request("can't parse MessageEntity: expected an Object")
        if str(item.get("type")) not in ENTITY_TYPES:
            raise bad_request("can't parse MessageEntity: unsupported type specified")
        offset, length = item.get("offset"), item.get("length")
        if not isinstance(offset, int) or not isinstance(length, int):
            raise bad_request("can't parse MessageEntity: offset and length must be numbers")
        if length <= 0 or offset < 0:
            continue
        if offset + length > end:
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}"
            )
        entity = dict(item)
        if entity["type"] == "text_link":
            link = link_entity(str(entity.get("url", "")))
            if link is None:
                continue
            entity |= link
        entities.append(entity)
    return sorted(entities, key=lambda item: (item["offset"], -item["length"]))


def tidy(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """The text without control characters, leading and trailing space, and its entities to match."""
    if _DROPPED.search(text):
        text, entities = _drop(text, entities)
    text = _CONTROL.sub(" ", text)
    limit = entities[0]["offset"] if entities else len(text)
    lead = 0
    while lead < min(limit, len(text)) and text[lead] in " \n":
        lead += 1
    text = text[lead:].rstrip(SPACE)
    if not entities:
        return text, entities
    end = utf16_length(text)
    kept = []
    for item in entities:
        offset = item["offset"] - lead
        length = min(item["length"], end - offset)
        if length > 0:
            kept.append({**item, "offset": offset, "length": length})
    return text, kept


def _drop(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without the characters that Telegram throws away, each of them one UTF-16 unit."""
    gone = [utf16_length(text[: match.start()]) for match in _DROPPED.finditer(text)]
    moved = []
    for item in entities:
        start, end = item["offset"], item["offset"] + item["length"]
        before = sum(at < start for at in gone)
        inside = sum(start <= at < end for at in gone)
        if item["length"] > inside:
            moved.append({**item, "offset": start - before, "length": item["length"] - inside})
    return _DROPPED.sub("", text), moved


def is_blank(text: str) -> bool:
    """Whether nothing of it would show."""
    return all(char.isspace() or char in _INVISIBLE for char in text)
