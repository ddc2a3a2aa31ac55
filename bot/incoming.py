"""What came from Telegram, in the product's own words.

``bot/telegram/updates.py`` makes one of these from a raw update; from here on nobody knows Telegram's JSON.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["message", "edit", "tap", "reaction", "member", "service", "other"]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who did it. ``anonymous`` is an administrator who hides behind the group; ``automatic`` a linked channel."""

    id: int
    name: str
    lang: str
    bot: bool = False
    anonymous: bool = False
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A shared contact; ``user`` is the Telegram user it belongs to, when Telegram says so."""

    number: str
    user: int | None


@dataclass(frozen=True, slots=True)
class Quote:
    """The part of a message that its answer quotes, and where it stands there, in UTF-16 units."""

    text: str
    position: int
    entities: tuple[dict[str, Any], ...] = ()

    @property
    def fields(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One update.

    Attributes:
        kind: what sort of update; ``service`` is a message that Telegram itself wrote into the chat.
        what: the content's kind: ``text``, ``photo``, ``contact``, ... or the service message's name.
        at: when Telegram says it was sent, epoch milliseconds.
        thread: the forum topic, when the message stands in one.
        topics: whether the group has topics.
        reply_to: the message that was explicitly answered, and ``quote`` what of it was quoted by hand.
        album: mark shared by the messages of one album.
        entities: how the text is formatted, in Telegram's own form, to be sent on with it.
        data: callback data of a pressed button, and ``query`` the id to answer it by; of a reaction its emoji.
        member: what became of the bot's own membership: ``blocked``, ``unblocked``, ``joined``, ``left``.
        moved_to: the supergroup's new id, when the group was upgraded; ``moved_from`` the old one, in the new group.
    """

    kind: Kind
    chat: int
    private: bool
    sender: Sender | None
    message: int = 0
    what: str = ""
    text: str = ""
    at: int = 0
    forwarded: bool = False
    contact: Contact | None = None
    thread: int | None = None
    topics: bool = False
    reply_to: int | None = None
    quote: Quote | None = None
    album: str = ""
    entities: tuple[dict[str, Any], ...] = ()
    query: str = ""
    data: str = ""
    member: str = ""
    moved_to: int | None = None
    moved_from: int | None = None
