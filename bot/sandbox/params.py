"""Reads a call's parameters the way Telegram does: leniently where it is lenient, to the letter where it is not.

Values come as text from HTTP and as Python objects from an in-process caller; both read the same.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.entities import formatted, is_blank
from bot.sandbox.errors import bad_request

if TYPE_CHECKING:
    from bot.sandbox.files import Upload

Json = dict[str, Any]

_INTEGER: Final = re.compile(r"\s*(-?\d{1,19})")
TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
"""Code points of a message's text and of a caption, after parsing (Bot API: sendMessage, sendPhoto)."""
PREMIUM_CAPTION_LIMIT: Final = 4096
"""Code points of a caption that somebody with Telegram Premium writes."""


class Args:
    """The parameters and files of one call."""

    def __init__(self, params: dict[str, Any], files: dict[str, Upload] | None = None) -> None:
        self.params = params
        self.files = files or {}

    def __contains__(self, name: str) -> bool:
        return self.params.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        """A text parameter."""
        value = self.params.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0, low: int = -(2**63), high: int = 2**63 - 1) -> int:
        """A whole number, clamped to its range; what is no number counts as 0."""
        value = self.params.get(name)
        if value is None or value == "":
            return default
        if not isinstance(value, int):
            match = _INTEGER.match(str(value))
            value = int(match[1]) if match else 0
        return max(low, min(high, int(value)))

    def number(self, name: str) -> float | None:
        """A decimal number, or None when it is missing or none."""
        try:
            return float(self.params[name])
        except (KeyError, TypeError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        """A truth value: ``true``, ``yes`` and ``1`` are true."""
        value = self.params.get(name)
        return value is True or str(value).lower() in {"true", "yes", "1"}

    def json(self, name: str, refusal: str) -> Any:
        """A JSON parameter, or None when it is missing.

        Raises:
            ApiError: ``refusal``, when the text is no JSON.
        """
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise bad_request(refusal) from None

    def formatted(self, name: str, entities: str, mode: str = "parse_mode") -> tuple[str, list[Json]]:
        """A formatted text and its entities, before any limit."""
        given = self.json(entities, "can't parse entities JSON object")
        if given is not None and not isinstance(given, list):
            raise bad_request("expected an Array of MessageEntity")
        return formatted(self.text(name), self.text(mode), given)

    def message_text(self, too_long: str = "message is too long") -> Json:
        """The content of a text message.

        Raises:
            ApiError: empty or too long, or broken markup.
        """
        if not self.text("text"):
            raise bad_request("message text is empty")
        text, entities = self.formatted("text", "entities")
        if is_blank(text):
            raise bad_request("text must be non-empty")
        if len(text) > TEXT_LIMIT:
            raise bad_request(too_long)
        content: Json = {"text": text}
        if entities:
            content["entities"] = entities
        return content

    def caption(self, too_long: str = "message caption is too long") -> Json:
        """The caption's part of a media message's content; empty without a caption.

        Raises:
            ApiError: too long, or broken markup.
        """
        text, entities = self.formatted("caption", "caption_entities")
        if is_blank(text):
            return {}
        if len(text) > CAPTION_LIMIT:
            raise bad_request(too_long)
        content: Json = {"caption": text}
        if entities:
            content["caption_entities"] = entities
        if self.flag("show_caption_above_media"):
            content["show_caption_above_media"] = True
        return content

    def ids(self, name: str) -> list[int]:
        """A list of message ids, as copyMessages and deleteMessages take it.

        Raises:
            ApiError: no list of 1 to 100 numbers.
        """
        value = self.json(name, "can't parse message identifiers JSON object")
        if value is None:
            raise bad_request("message identifiers are not specified")
        if not isinstance(value, list):
            raise bad_request("expected an Array of message identifiers")
        if len(value) > 100:
            raise bad_request("too many message identifiers specified")
        if not value:
            raise bad_request("message identifiers are not specified")
        return [Args({"id": item}).integer("id") for item in value]
