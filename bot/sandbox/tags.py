"""Telegram's HTML: plain text and entities out of tags (TDLib, MessageEntity.cpp, as ``platform.md`` 2.6 records it).

Offsets in error texts are UTF-8 bytes of the input; offsets of entities are UTF-16 code units of the output.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.detect import utf16_length
from bot.sandbox.errors import bad_request
from bot.sandbox.links import link_entity

Json = dict[str, Any]

TAGS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_ATTRIBUTES: Final = {
    ("a", "href"): "",
    ("code", "class"): "language-",
    ("span", "class"): "tg-",
    ("tg-emoji", "emoji-id"): "",
    ("tg-time", "unix"): "",
}
"""The attribute that matters for each tag, and the prefix its value must have."""
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE: Final = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]+)|#(?P<dec>[0-9]+)|(?P<name>[a-zA-Z]+));?")
SPACE: Final = " \t\r\n\v\0"
_MARKUP: Final = re.compile("[<&]")


@dataclass(slots=True)
class _Open:
    """A start tag that waits for its end tag."""

    tag: str
    argument: str
    offset: int
    part: int
    format: str = ""


def _refuse(text: str) -> Exception:
    return bad_request(f"can't parse entities: {text}")


def parse_html(text: str) -> tuple[str, list[Json]]:
    """Plain text and entities of Telegram's HTML.

    Raises:
        ApiError: with Telegram's text and byte offset.
    """
    if not _MARKUP.search(text):
        return text, []
    return _HtmlParser(text).parse()


class _HtmlParser:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._parts: list[str] = []
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Json] = []

    def parse(self) -> tuple[str, list[Json]]:
        text = self._text
        while match := _MARKUP.search(text, self._at):
            self._emit(text[self._at : match.start()])
            self._at = match.start()
            if match.group() == "&":
                self._emit(self._reference() or "&")
            elif self._peek(1) == "/":
                self._end_tag()
            else:
                self._start_tag()
        self._emit(text[self._at :])
        if self._open:
            raise _refuse(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        plain = "".join(self._parts)
        if any("\ud800" <= char <= "\udfff" for char in plain):
            raise _refuse(
                "Text contains invalid Unicode characters after decoding HTML entities,"
                " check for unmatched surrogate code units"
            )
        self._entities.sort(key=lambda item: (item["offset"], -item["length"]))
        return plain, self._entities

    def _emit(self, piece: str) -> None:
        if piece:
            self._parts.append(piece)
            self._offset += utf16_length(piece)

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._text[at] if at < len(self._text) else "\0"

    def _byte(self, at: int) -> int:
        return len(self._text[:at].encode("utf-8", "surrogatepass"))

    def _skip(self, stop: str) -> str:
        """Move to the next character of ``stop``, or the end; return what was passed."""
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in stop:
            self._at += 1
        return self._text[start : self._at]

    def _spaces(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in SPACE:
            self._at += 1

    def _reference(self) -> str:
        """Decode the character reference here and move past it; past the ``&`` alone when it is none."""
        match = _REFERENCE.match(self._text, self._at)
        char = _decode(match) if match else ""
        self._at = match.end() if match and char else self._at + 1
        return char

    def _start_tag(self) -> None:
        begin = self._at
        self._at += 1
        tag = self._skip(SPACE + ">").lower()
        if self._peek() == "\0":
            raise _refuse(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if tag not in TAGS:
            raise _refuse(f'Unsupported start tag "{tag}" at byte offset {self._byte(begin)}')
        opened = _Open(tag, "", self._offset, len(self._parts))
        while self._peek() != ">":
            self._spaces()
            if self._peek() == ">":
                break
            self._attribute(opened, begin)
        self._at += 1
        if tag == "span" and opened.argument != "spoiler":
            raise _refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}')
        self._open.append(opened)

    def _attribute(self, opened: _Open, begin: int) -> None:
        unclosed = f'Unclosed start tag "{opened.tag}" at byte offset {self._byte(begin)}'
        if self._peek() == "\0":
            raise _refuse(unclosed)
        name = self._skip(SPACE + "=>/\"'").lower()
        if not name:
            raise _refuse(f'Empty attribute name in the tag "{opened.tag}" at byte offset {self._byte(begin)}')
        self._spaces()
        if self._peek() != "=":
            if self._peek() == "\0":
                raise _refuse(unclosed)
            value = ""
        else:
            self._at += 1
            self._spaces()
            if self._peek() == "\0":
                raise _refuse(unclosed)
            value = self._value()
            if self._peek() == "\0":
                raise _refuse(f"Unclosed start tag at byte offset {self._byte(begin)}")
        prefix = _ATTRIBUTES.get((opened.tag, name))
        if prefix is not None and value.startswith(prefix):
            opened.argument = value[len(prefix) :]
        elif opened.tag == "blockquote" and name == "expandable":
            opened.argument = "expandable"
        elif opened.tag == "tg-time" and name == "format":
            opened.format = value

    def _value(self) -> str:
        quote = self._peek()
        if quote not in "\"'":
            start = self._at
            while (char := self._peek()).isascii() and (char.isalnum() or char in ".-"):
                self._at += 1
            if self._peek() not in SPACE + ">":
                raise _refuse(f"Unexpected end of name token at byte offset {self._byte(start)}")
            return self._text[start : self._at].lower()
        self._at += 1
        parts = []
        while self._peek() not in (quote, "\0"):
            parts.append(self._skip(quote + "&"))
            if self._peek() == "&":
                parts.append(self._reference() or "&")
        if self._peek() == quote:
            self._at += 1
        return "".join(parts)

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise _refuse(f"Unexpected end tag at byte offset {self._byte(begin)}")
        self._at += 2
        tag = self._skip(SPACE + ">").lower()
        self._spaces()
        if self._peek() != ">":
            raise _refuse(f"Unclosed end tag at byte offset {self._byte(begin)}")
        self._at += 1
        opened = self._open.pop()
        if tag and tag != opened.tag:
            raise _refuse(
                f'Unmatched end tag at byte offset {self._byte(begin)}, expected "</{opened.tag}>", found "</{tag}>"'
            )
        if self._offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Json = {
            "type": TAGS[opened.tag],
            "offset": opened.offset,
            "length": self._offset - opened.offset,
        }
        match entity["type"]:
            case "text_link":
                link = link_entity(opened.argument or "".join(self._parts[opened.part :]))
                if link is None:
                    return
                entity |= link
            case "custom_emoji":
                if not opened.argument.isdigit():
                    raise _refuse("Invalid custom emoji identifier specified")
                entity["custom_emoji_id"] = opened.argument
            case "date_time":
                if not opened.argument.lstrip("-").isdigit():
                    return
                entity["unix_time"] = int(opened.argument)
                if opened.format:
                    entity["date_time_format"] = opened.format
            case "blockquote" if opened.argument:
                entity["type"] = "expandable_blockquote"
            case "code" if opened.argument and self._open and self._open[-1].tag == "pre":
                # <pre><code class="language-x"> is one entity; the outer end tag finds it by its extent.
                entity["language"] = opened.argument
            case "pre":
                inner = self._entities[-1] if self._entities else {}
                if inner.get("language") and inner["type"] == "code" and _same_place(inner, entity):
                    inner["type"] = "pre"
                    return
        if self._entities and "language" in self._entities[-1] and self._entities[-1]["type"] == "code":
            del self._entities[-1]["language"]
        self._entities.append(entity)


def _same_place(one: Json, other: Json) -> bool:
    return (one["offset"], one["length"]) == (other["offset"], other["length"])


def _decode(match: re.Match[str]) -> str:
    if match["name"]:
        return _NAMED.get(match["name"], "")
    code = int(match["hex"], 16) if match["hex"] else int(match["dec"])
    return chr(code) if 0 < code < 0x10FFFF else ""
