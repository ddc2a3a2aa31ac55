"""Methods of forum topics (platform.md 2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.errors import bad_request
from bot.sandbox.methods.access import may, writable_chat
from bot.sandbox.methods.sending import may_manage
from bot.sandbox.methods.table import Method

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat, Topic
    from bot.sandbox.params import Args
    from bot.sandbox.world import World

Json = dict[str, Any]

ICON_COLORS: Final = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
"""Colours a topic's icon may have (Bot API: createForumTopic)."""
_EMOJI: Final = (
    "📰", "💡", "⚡️", "🗣", "❗️", "📝", "📆", "📁", "🔎", "📣", "🔥", "❓", "‼️", "🏁", "👀", "💻", "📱", "💼",
    "🪪", "✅",
)  # fmt: skip
ICONS: Final = {emoji: str(5_300_000_000_000_000_000 + place) for place, emoji in enumerate(_EMOJI)}
"""Emoji that every bot may give a topic as its icon, and their ids. Telegram can change its set at any time."""
NAME_LIMIT: Final = 128
"""Characters of a topic's name; Telegram cuts the rest without a word."""


def create(world: World, args: Args) -> Json:
    """Run createForumTopic."""
    chat = _forum(world, args)
    member = chat.member(world.bot.id)
    if not member.may("can_manage_topics", chat.denied):
        raise bad_request("not enough rights to create a topic")
    name = args.text("name").strip()[:NAME_LIMIT]
    if not name:
        raise bad_request("name must be non-empty")
    color = args.integer("icon_color") or ICON_COLORS[0]
    if color not in ICON_COLORS:
        raise bad_request("invalid icon color specified")
    room = world.settings.forum_topics
    if room and sum(not topic.deleted for topic in chat.topics.values()) >= room:
        raise bad_request("TOPICS_TOO_MUCH")
    topic = world.rooms.open_topic(chat, world.bot.id, name, color=color, emoji=_icon(args))
    return {"message_thread_id": topic.id, **topic.created()}


def edit(world: World, args: Args) -> bool:
    """editForumTopic: a name or an icon that is the same already is refused."""
    chat = _forum(world, args)
    topic = _topic(chat, args)
    if not may_manage(world, chat, topic.creator):
        raise bad_request("not enough rights to edit the topic")
    changes: Json = {}
    if args.text("name"):
        changes["name"] = args.text("name").strip()[:NAME_LIMIT]
        if not changes["name"]:
            raise bad_request("name must be non-empty")
    if "icon_custom_emoji_id" in args.params:
        changes["icon_custom_emoji_id"] = _icon(args)
    if not changes:
        return True
    changes = {name: value for name, value in changes.items() if getattr(topic, name) != value}
    if not changes:
        raise bad_request("TOPIC_NOT_MODIFIED")
    world.rooms.edit_topic(chat, topic, world.bot.id, changes)
    return True


def icons(world: World, _args: Args) -> list[Json]:
    """getForumTopicIconStickers: the stickers behind the emoji."""
    if not world.settings.topic_icons:
        return []
    return [
        {
            "file_id": f"CAACAg{number}", "file_unique_id": f"AgAD{number}", "type": "custom_emoji", "width": 100,
            "height": 100, "is_animated": False, "is_video": False, "emoji": emoji, "set_name": "Topics",
            "custom_emoji_id": number,
        }
        for emoji, number in ICONS.items()
    ]  # fmt: skip


def icon_of(topic: Topic) -> str:
    """The emoji of the topic's icon; empty where it has none."""
    return next((emoji for emoji, number in ICONS.items() if number == topic.icon_custom_emoji_id), "")


def _icon(args: Args) -> str:
    icon = args.text("icon_custom_emoji_id")
    if icon and icon not in ICONS.values():
        raise bad_request("DOCUMENT_INVALID")
    return icon


def close(world: World, args: Args) -> bool:
    """Run closeForumTopic."""
    return _open_or_close(world, args, closed=True)


def reopen(world: World, args: Args) -> bool:
    """Run reopenForumTopic."""
    return _open_or_close(world, args, closed=False)


def _open_or_close(world: World, args: Args, *, closed: bool) -> bool:
    chat = writable_chat(world, args)
    if chat.type == "private":
        raise bad_request("the chat is not a supergroup forum")
    _check_forum(chat)
    topic = _topic(chat, args)
    if not may_manage(world, chat, topic.creator):
        raise bad_request("not enough rights to close or open the topic")
    if topic.closed == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    world.rooms.close_topic(chat, topic, world.bot.id, closed=closed)
    return True


def delete(world: World, args: Args) -> bool:
    """deleteForumTopic: with all its messages."""
    chat = _forum(world, args)
    topic = _topic(chat, args)
    if not may(world, chat, "can_delete_messages"):
        raise bad_request("not enough rights to delete the topic")
    world.rooms.delete_topic(chat, topic)
    return True


def _forum(world: World, args: Args) -> Chat:
    chat = writable_chat(world, args)
    _check_forum(chat)
    return chat


def _check_forum(chat: Chat) -> None:
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")


def _topic(chat: Chat, args: Args) -> Topic:
    number = args.integer("message_thread_id")
    if number <= 0:
        raise bad_request("invalid forum topic identifier specified")
    topic = chat.topics.get(number)
    if topic is None or topic.deleted:
        raise bad_request("TOPIC_ID_INVALID")
    return topic


METHODS: Final = (
    Method("createForumTopic", "chat_id name icon_color icon_custom_emoji_id", create, posts=True),
    Method("editForumTopic", "chat_id message_thread_id name icon_custom_emoji_id", edit, posts=True),
    Method("closeForumTopic", "chat_id message_thread_id", close, posts=True),
    Method("reopenForumTopic", "chat_id message_thread_id", reopen, posts=True),
    Method("getForumTopicIconStickers", "", icons),
    Method("deleteForumTopic", "chat_id message_thread_id", delete),
)
