"""People, chats, their members and topics, and how the Bot API shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable


Json = dict[str, Any]

ANONYMOUS_ADMIN: Final = 1087968824
"""The user that stands in ``from`` when an administrator writes as the group (Bot API: GroupAnonymousBot)."""
CHANNEL_FORWARDER: Final = 777000
"""The user that forwards a linked channel's posts into its group (Bot API: Telegram)."""

ADMIN_RIGHTS: Final = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
    "can_manage_tags",
)
"""Rights of an administrator of a supergroup (Bot API: ChatMemberAdministrator)."""
USUAL_RIGHTS: Final = tuple(right for right in ADMIN_RIGHTS if right != "can_promote_members")
MEMBER_RIGHTS: Final = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
"""What a chat may let plain members do (Bot API: ChatPermissions)."""
DENIED_BY_DEFAULT: Final = ("can_change_info", "can_pin_messages", "can_manage_topics")
PRESENT: Final = frozenset({"creator", "administrator", "member", "restricted"})


@dataclass(slots=True)
class Person:
    """A Telegram account: a person, the bot itself, or another bot.

    ``started`` means they opened the private chat with the bot; ``known`` that the bot has met them anywhere.
    """

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    phone: str = ""
    is_bot: bool = False
    known: bool = False
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    premium: bool = False

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    def to_api(self) -> Json:
        """The Bot API's User."""
        user: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        for key in ("last_name", "username", "language_code"):
            value = getattr(self, key)
            if value:
                user[key] = value
        if self.premium:
            user["is_premium"] = True
        return user


@dataclass(slots=True)
class Member:
    """Somebody's standing in a group; ``rights`` count for administrators only."""

    user: int
    status: str = "member"
    rights: list[str] = field(default_factory=list)
    title: str = ""

    @property
    def present(self) -> bool:
        """Whether they are in the chat."""
        return self.status in PRESENT

    @property
    def admin(self) -> bool:
        """Whether they are the owner or an administrator."""
        return self.status in {"creator", "administrator"}

    def may(self, right: str, denied: Iterable[str] = ()) -> bool:
        """Whether they have the right; ``denied`` is what the chat denies its plain members."""
        if self.status == "creator":
            return True
        if self.status == "administrator":
            return right in self.rights or (right in MEMBER_RIGHTS and right not in ADMIN_RIGHTS)
        return self.present and right in MEMBER_RIGHTS and right not in denied

    def to_api(self, user: Json) -> Json:
        """The Bot API's ChatMember of this status."""
        member: Json = {"user": user, "status": self.status}
        if self.status == "creator":
            member["is_anonymous"] = False
        elif self.status == "administrator":
            member |= {"can_be_edited": False, "is_anonymous": False}
            member |= {right: right in self.rights for right in ADMIN_RIGHTS}
        elif self.status == "kicked":
            member["until_date"] = 0
        if self.title and self.admin:
            member["custom_title"] = self.title
        return member


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is the message id of the service message that opened it."""

    id: int
    name: str
    icon_color: int
    creator: int
    icon_custom_emoji_id: str = ""
    closed: bool = False
    deleted: bool = False

    def created(self) -> Json:
        """The Bot API's ForumTopicCreated."""
        made: Json = {"name": self.name, "icon_color": self.icon_color}
        if self.icon_custom_emoji_id:
            made["icon_custom_emoji_id"] = self.icon_custom_emoji_id
        return made


@dataclass(slots=True)
class Typing:
    """A chat action that shows until a moment (Bot API: five seconds or the next message)."""

    action: str
    thread: int | None
    until: int


@dataclass(slots=True)
class Keyboard:
    """The reply keyboard under a private chat's input field; ``hidden`` once a one-time one was used."""

    message_id: int
    hidden: bool = False


@dataclass(slots=True)
class Chat:
    """A private chat with the bot, a basic group or a supergroup."""

    id: int
    type: str
    instance: str
    title: str = ""
    username: str = ""
    is_forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    denied: list[str] = field(default_factory=lambda: list(DENIED_BY_DEFAULT))
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    next_id: int = 1
    migrated_to: int | None = None
    protected: bool = False
    typing: Typing | None = None
    keyboard: Keyboard | None = None

    @property
    def noun(self) -> str:
        """The chat's kind as refusals name it."""
        return "supergroup" if self.type == "supergroup" else "group"

    def member(self, user: int) -> Member:
        """Their standing; somebody never seen here has left."""
        return self.members.get(user) or Member(user, "left")

    def present(self) -> list[Member]:
        """Everybody who is in the chat, in order of joining."""
        return [member for member in self.members.values() if member.present]

    def to_api(self, person: Person | None = None) -> Json:
        """The Bot API's Chat; a private chat shows its ``person``."""
        chat: Json = {"id": self.id, "type": self.type}
        if person is not None:
            for key in ("username", "first_name", "last_name"):
                value = getattr(person, key)
                if value:
                    chat[key] = value
            return chat
        chat["title"] = self.title
        if self.username:
            chat["username"] = self.username
        if self.is_forum:
            chat["is_forum"] = True
        return chat
