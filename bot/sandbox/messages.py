"""A message as the sandbox keeps it.

``content`` holds the part that differs between kinds in the Bot API's own shape: ``{"text": ..., "entities": ...}``,
``{"photo": [...], "caption": ...}``, ``{"forum_topic_closed": {}}``. It is replaced, never changed in place, so that
updates and answers may share it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

MEDIA_KINDS: Final = (
    "animation",
    "photo",
    "document",
    "video",
    "audio",
    "voice",
    "video_note",
    "sticker",
)
CAPTIONED: Final = frozenset({"animation", "photo", "document", "video", "audio", "voice"})
"""Kinds that may carry a caption."""
PLAIN_KINDS: Final = ("text", "contact", "location")


@dataclass(slots=True)
class Message:
    """One message of one chat.

    ``sender`` is a person's id, or 0 for none. ``out`` means sent by the bot. ``reply_to`` is an explicit
    reply only; the implicit one inside a topic is made when the message is shown. ``date`` and ``edited`` are epoch
    milliseconds. ``version`` is the world's version at its last change.
    """

    id: int
    chat: int
    sender: int
    date: int
    content: Json
    out: bool = False
    service: bool = False
    thread: int | None = None
    reply_to: int | None = None
    quote: Json | None = None
    markup: Json | None = None
    forward_origin: Json | None = None
    auto_forward: bool = False
    sender_chat: Json | None = None
    album: str = ""
    effect: str = ""
    protected: bool = False
    silent: bool = False
    edited: int | None = None
    deleted: bool = False
    reactions: dict[int, list[str]] = field(default_factory=dict)
    version: int = 0

    @property
    def kind(self) -> str:
        """``text``, a media kind, ``contact``, ``location``, or ``service``."""
        for kind in (*PLAIN_KINDS, *MEDIA_KINDS):
            if kind in self.content:
                return kind
        return "service"

    @property
    def inline(self) -> list[list[Json]]:
        """The rows of its inline keyboard; empty without one."""
        rows: list[list[Json]] = (self.markup or {}).get("inline_keyboard", [])
        return rows

    def wipe(self) -> None:
        """Delete it: id, sender and date stay, what it said goes."""
        self.content = {}
        self.markup = None
        self.quote = None
        self.forward_origin = None
        self.reactions = {}
        self.deleted = True


@dataclass(slots=True)
class Query:
    """A press of an inline button; ``text``, ``alert`` and ``url`` are the bot's answer."""

    id: str
    person: int
    chat: int
    message_id: int
    data: str
    at: int
    answered: bool = False
    text: str = ""
    alert: bool = False
    url: str = ""
    version: int = 0
