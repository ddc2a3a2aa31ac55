"""Everything about a sandbox that survives a restart, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox import ids
from bot.sandbox.chats import Chat, Person
from bot.sandbox.files import File
from bot.sandbox.messages import Message, Query

Json = dict[str, Any]


@dataclass(slots=True)
class Settings:
    """How strict this world is; ``docs/sandbox.md`` explains each."""

    flood: Literal["off", "documented", "strict"] = "off"
    query_life_seconds: int = 15
    privacy: bool = False
    local_webhooks: bool = True
    paced_polling: bool = False
    deleted_topic: Literal["thread", "topic"] = "thread"
    topic_icons: bool = True
    forum_topics: int = 0


@dataclass(slots=True)
class QueuedUpdate:
    """An update that waits: its JSON text, when it is forgotten, and its webhook lane."""

    id: int
    raw: str
    expires: int
    lane: str


@dataclass(slots=True)
class Webhook:
    """Where updates are posted to."""

    url: str
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""
    last_error_at: int | None = None
    last_error: str = ""


@dataclass(slots=True)
class Sms:
    """A text message that reached the gateway; ``repeats`` counts the same id coming again."""

    seq: int
    id: str
    to: str
    text: str
    sender: str
    at: int
    repeats: int = 0
    version: int = 0


@dataclass(slots=True)
class Email:
    """An email that reached the gateway; ``repeats`` counts the same id coming again."""

    seq: int
    id: str
    to: str
    subject: str
    text: str
    html: str
    at: int
    repeats: int = 0
    version: int = 0


@dataclass(slots=True)
class Profile:
    """What the bot says about itself, by language code; commands by scope and language."""

    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[str, list[Json]] = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """The world as data. ``now`` is the clock at the last save, below which it must not fall again."""

    seed: int
    epoch: str
    bot: Person
    token: str
    next_update_id: int
    next_private_id: int = 1
    version: int = 0
    now: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    people: dict[int, Person] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    updates: list[QueuedUpdate] = field(default_factory=list)
    newest_update: QueuedUpdate | None = None
    allowed_updates: list[str] | None = None
    webhook: Webhook | None = None
    profile: Profile = field(default_factory=Profile)
    sms: list[Sms] = field(default_factory=list)
    emails: list[Email] = field(default_factory=list)

    def count(self, name: str) -> int:
        """The next number of a sequence, from 1."""
        self.counts[name] = value = self.counts.get(name, 0) + 1
        return value

    def begin_epoch(self, now: int) -> None:
        """Name a new epoch, in which no version of an earlier one means anything."""
        self.epoch = ids.number(self.seed, f"epoch {self.count('epoch')}", now)

    def new_id(self, name: str) -> str:
        """A new long identifier of a kind: of a callback query, an album, a chat instance."""
        return ids.number(self.seed, name, self.count(name))


__all__ = [
    "Chat",
    "Email",
    "File",
    "Message",
    "Person",
    "Profile",
    "Query",
    "QueuedUpdate",
    "Settings",
    "Sms",
    "State",
    "Webhook",
]
