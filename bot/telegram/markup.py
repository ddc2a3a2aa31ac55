"""Telegram's HTML as text and entities, for what has to be cut: a tag that is cut in two is refused.

Only what our templates write is read: they are escaped, so that nothing else can stand in them.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, Final

from bot.domain import parts
from bot.domain.parts import units

_TYPES: Final = {
    "b": "bold", "i": "italic", "u": "underline", "s": "strikethrough", "code": "code", "pre": "pre", "a": "text_link",
    "blockquote": "blockquote", "tg-spoiler": "spoiler", "tg-time": "date_time",
}  # fmt: skip


def read(html: str) -> tuple[str, list[dict[str, Any]]]:
    """The text without its tags, and the formatting that they stand for.

    Raises:
        ValueError: a tag that Telegram has not, or that is not closed.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.open:
        raise ValueError(f"<{reader.open[-1][0]}> is not closed")
    return reader.text, sorted(reader.entities, key=lambda entity: (entity["offset"], -entity["length"]))


def messages_of(html: str) -> list[dict[str, Any]]:
    """The texts of the messages that it takes to say this, as ``sendMessage`` wants them."""
    if units(html) <= parts.TEXT:
        return [{"text": html, "parse_mode": "HTML"}]
    cut = parts.showing(parts.parts(*read(html)))
    return [{"text": part.text, "entities": list(part.entities)} for part in cut]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.entities: list[dict[str, Any]] = []
        self.open: list[tuple[str, int, dict[str, Any]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TYPES:
            raise ValueError(f"<{tag}> is no tag of a message")
        given = dict(attrs)
        entity: dict[str, Any] = {"type": _TYPES[tag]}
        if tag == "a":
            entity["url"] = given.get("href") or ""
        if tag == "tg-time":
            entity |= {"unix_time": int(given.get("unix") or 0), "date_time_format": given.get("format") or ""}
        if tag == "blockquote" and "expandable" in given:
            entity["type"] = "expandable_blockquote"
        self.open.append((tag, units(self.text), entity))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise ValueError(f"</{tag}> closes nothing")
        _tag, offset, entity = self.open.pop()
        if length := units(self.text) - offset:
            self.entities.append({**entity, "offset": offset, "length": length})

    def handle_data(self, data: str) -> None:
        self.text += data
