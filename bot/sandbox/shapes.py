"""How the world's things look in the Bot API's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat, Member
    from bot.sandbox.messages import Message, Query
    from bot.sandbox.state import State

Json = dict[str, Any]


def user_json(state: State, user: int) -> Json:
    """The Bot API's User of somebody, even of an account that only has an id."""
    person = state.people.get(user)
    return person.to_api() if person else {"id": user, "is_bot": False, "first_name": ""}


def chat_json(state: State, chat: Chat) -> Json:
    """The Bot API's Chat."""
    return chat.to_api(state.people.get(chat.id) if chat.type == "private" else None)


def member_json(state: State, member: Member) -> Json:
    """The Bot API's ChatMember."""
    return member.to_api(user_json(state, member.user))


def message_json(state: State, message: Message, *, reply: bool = True) -> Json:
    """The Bot API's Message.

    Args:
        state: the world it is in.
        message: any message that is not deleted.
        reply: whether ``reply_to_message`` is shown; Telegram shows one level only.
    """
    chat = state.chats[message.chat]
    shown: Json = {"message_id": message.id}
    if message.sender:
        shown["from"] = user_json(state, message.sender)
    if message.sender_chat is not None:
        shown["sender_chat"] = message.sender_chat
    shown["date"] = message.date // 1_000
    shown["chat"] = chat_json(state, chat)
    if message.thread is not None:
        shown["message_thread_id"] = message.thread
        if chat.is_forum:
            shown["is_topic_message"] = True
    if message.forward_origin is not None:
        shown["forward_origin"] = message.forward_origin
    if message.auto_forward:
        shown["is_automatic_forward"] = True
    if reply:
        # Inside a topic every message answers the service message that opened it (platform.md 2.5).
        target = chat.messages.get(message.reply_to or message.thread or 0)
        if target is not None and target is not message and not target.deleted:
            shown["reply_to_message"] = message_json(state, target, reply=False)
            if message.quote is not None and message.reply_to:
                shown["quote"] = message.quote
    if message.edited is not None:
        shown["edit_date"] = message.edited // 1_000
    if message.protected:
        shown["has_protected_content"] = True
    if message.album:
        shown["media_group_id"] = message.album
    if message.effect:
        shown["effect_id"] = message.effect
    shown |= message.content
    if message.inline:
        shown["reply_markup"] = message.markup
    return shown


def query_json(state: State, query: Query) -> Json:
    """The Bot API's CallbackQuery."""
    chat = state.chats[query.chat]
    message = chat.messages.get(query.message_id)
    if message is None or message.deleted:
        shown: Json = {"chat": chat_json(state, chat), "message_id": query.message_id, "date": 0}
    else:
        shown = message_json(state, message)
    return {
        "id": query.id,
        "from": user_json(state, query.person),
        "message": shown,
        "chat_instance": chat.instance,
        "data": query.data,
    }


def member_change(state: State, chat: Chat, actor: int, change: tuple[Json, Json], now: int) -> Json:
    """The Bot API's ChatMemberUpdated; ``change`` is the standing before and after."""
    return {
        "chat": chat_json(state, chat),
        "from": user_json(state, actor),
        "date": now // 1_000,
        "old_chat_member": change[0],
        "new_chat_member": change[1],
    }


def origin_json(state: State, message: Message) -> Json:
    """The Bot API's MessageOrigin of a forwarded message: the first author, however often it is forwarded."""
    if message.forward_origin is not None:
        return message.forward_origin
    date = message.date // 1_000
    if message.sender_chat is not None:
        return {"type": "chat", "date": date, "sender_chat": message.sender_chat}
    return {"type": "user", "date": date, "sender_user": user_json(state, message.sender)}


def reactions_json(emoji: list[str]) -> list[Json]:
    """A list of the Bot API's ReactionTypeEmoji."""
    return [{"type": "emoji", "emoji": item} for item in emoji]
