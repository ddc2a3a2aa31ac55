"""From Telegram's updates to the product's own :class:`bot.incoming.Incoming`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from telegram import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    Message,
    MessageReactionUpdated,
    ReactionTypeEmoji,
    TextQuote,
    Update,
    User,
)

from bot.incoming import Contact, Incoming, Quote, Sender
from bot.telegram.checked import checked

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member", "message_reaction")
"""The kinds of update we ask Telegram for."""

_ANONYMOUS_ADMIN = 1087968824
"""GroupAnonymousBot: the sender of an administrator who hides behind the group (tdlib/telegram-bot-api#667)."""

_CONTENTS = (
    "text", "photo", "document", "video", "voice", "audio", "video_note", "animation", "sticker",
    "contact", "location", "venue", "poll", "dice", "story", "game",
)  # fmt: skip
"""Contents in the order in which a message is asked for them; an animation carries a document too."""

_SERVICE = (
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "new_chat_members", "left_chat_member",
    "new_chat_title", "new_chat_photo", "group_chat_created", "supergroup_chat_created",
    "general_forum_topic_hidden", "general_forum_topic_unhidden", "message_auto_delete_timer_changed",
    "video_chat_started", "video_chat_ended", "web_app_data", "users_shared", "chat_shared",
    "write_access_allowed", "chat_background_set", "boost_added",
)  # fmt: skip

_UNREAD = frozenset({"entities", "caption_entities", "reply_markup", "link_preview_options"})
"""Of a message: what is not parsed because it is not used."""
_OF_TAPPED = ("message_id", "date", "chat", "message_thread_id", "is_topic_message")
"""Of the message with the tapped button: all that is used."""


def lane_of(raw: Mapping[str, Any]) -> int | None:
    """The chat whose turn an update is, read without parsing the rest; None if it names none."""
    for kind in ALLOWED:
        part = raw.get(kind)
        if not isinstance(part, Mapping):
            continue
        holder = part.get("message") if kind == "callback_query" else part
        chat = holder.get("chat") if isinstance(holder, Mapping) else None
        if chat is None and kind == "callback_query":
            chat = part.get("from")
        lane = chat.get("id") if isinstance(chat, Mapping) else None
        if isinstance(lane, int) and not isinstance(lane, bool) and abs(lane) < 1 << 52:
            return lane
    return None


def read(raw: Mapping[str, Any]) -> Incoming | None:
    """The update in our own words; None for a kind that we have no use for.

    Raises:
        Exception: the update cannot be parsed; the caller puts it aside.
    """
    incoming = _incoming(raw)
    return None if incoming is None else checked(incoming)


def _incoming(raw: Mapping[str, Any]) -> Incoming | None:
    update = Update.de_json({kind: _needed(kind, part) for kind, part in raw.items()}, None)
    if update.callback_query is not None:
        return _tap(update.callback_query)
    if update.my_chat_member is not None:
        return _member(update.my_chat_member)
    if update.message_reaction is not None:
        return _reaction(update.message_reaction)
    if update.edited_message is not None:
        return replace(_message(update.edited_message, edited=True), entities=_entities(raw["edited_message"]))
    if update.message is not None:
        return _message(update.message, edited=False)
    return None


def _entities(message: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """The formatting of an edited message as Telegram gave it: it goes to the copy as it is."""
    found = message.get("entities") or message.get("caption_entities") or ()
    return tuple(entity for entity in found if isinstance(entity, dict))


def _needed(kind: str, part: Any) -> Any:
    """The part without what nobody looks at: a keyboard makes most of what parsing a tap costs."""
    if not isinstance(part, dict):
        return part
    if kind != "callback_query":
        return {name: value for name, value in part.items() if name not in _UNREAD}
    message = part.get("message")
    if not isinstance(message, dict):
        return part
    return {**part, "message": {name: message[name] for name in _OF_TAPPED if name in message}}


def _sender(user: User | None, *, anonymous: bool = False, automatic: bool = False) -> Sender | None:
    if user is None:
        return None
    return Sender(
        id=user.id,
        name=user.full_name,
        lang=user.language_code or "",
        bot=user.is_bot,
        anonymous=anonymous or user.id == _ANONYMOUS_ADMIN,
        automatic=automatic,
    )


def _message(message: Message, *, edited: bool) -> Incoming:
    service = next((name for name in _SERVICE if getattr(message, name, None)), "")
    what = service or _content(message)
    thread = message.message_thread_id if message.is_topic_message else None
    answered = message.reply_to_message
    contact = message.contact
    return Incoming(
        kind="service" if service else "edit" if edited else "message",
        chat=message.chat.id,
        private=message.chat.type == Chat.PRIVATE,
        sender=_sender(
            message.from_user,
            anonymous=message.sender_chat is not None and message.sender_chat.id == message.chat.id,
            automatic=bool(message.is_automatic_forward),
        ),
        message=message.message_id,
        what=what,
        text=message.text or message.caption or "",
        at=int(message.date.timestamp() * 1000),
        forwarded=message.forward_origin is not None,
        contact=Contact(contact.phone_number, contact.user_id) if contact else None,
        thread=thread,
        topics=bool(message.chat.is_forum),
        # Within a topic every message that answers nothing "answers" the one that made the topic.
        reply_to=answered.message_id if answered and answered.message_id != thread else None,
        quote=_quote(message.quote),
        album=message.media_group_id or "",
        moved_to=message.migrate_to_chat_id,
        moved_from=message.migrate_from_chat_id,
    )


def _quote(quote: TextQuote | None) -> Quote | None:
    """What whoever wrote has quoted; what Telegram quotes by itself is nobody's choice."""
    if quote is None or not quote.is_manual:
        return None
    return Quote(quote.text, quote.position, tuple(entity.to_dict() for entity in quote.entities or ()))


def _content(message: Message) -> str:
    if message.animation:
        return "animation"
    return next((name for name in _CONTENTS if getattr(message, name, None)), "unknown")


def _tap(query: CallbackQuery) -> Incoming | None:
    message = query.message
    if message is None:
        return None
    return Incoming(
        kind="tap",
        chat=message.chat.id,
        private=message.chat.type == Chat.PRIVATE,
        sender=_sender(query.from_user),
        message=message.message_id,
        what="button" if message.is_accessible else "gone",
        thread=message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None,
        query=query.id,
        data=query.data or "",
    )


def _reaction(change: MessageReactionUpdated) -> Incoming:
    """What somebody's reaction to a message is now; only plain emoji can be passed on by a bot."""
    emoji = next((kind.emoji for kind in change.new_reaction if isinstance(kind, ReactionTypeEmoji)), "")
    return Incoming(
        kind="reaction",
        chat=change.chat.id,
        private=change.chat.type == Chat.PRIVATE,
        sender=_sender(change.user),
        message=change.message_id,
        what="reaction",
        data=emoji,
    )


def _member(change: ChatMemberUpdated) -> Incoming:
    private = change.chat.type == Chat.PRIVATE
    out = change.new_chat_member.status in ("kicked", "left")
    return Incoming(
        kind="member",
        chat=change.chat.id,
        private=private,
        sender=_sender(change.from_user),
        at=int(change.date.timestamp() * 1000),
        member=("blocked" if out else "unblocked") if private else ("left" if out else "joined"),
    )
