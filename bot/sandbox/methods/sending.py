"""What all sending methods share: where the message goes, what it answers, how it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox import markup
from bot.sandbox.chats import Chat, Keyboard
from bot.sandbox.entities import formatted
from bot.sandbox.errors import bad_request
from bot.sandbox.methods.access import find_message, may, writable_chat
from bot.sandbox.params import Args
from bot.sandbox.quotes import quoted
from bot.sandbox.shapes import message_json

if TYPE_CHECKING:
    from bot.sandbox.messages import Message
    from bot.sandbox.world import World

Json = dict[str, Any]

RIGHTS: Final = {
    "text": ("can_send_messages", "text messages"),
    "contact": ("can_send_messages", "contacts"),
    "location": ("can_send_messages", "locations"),
    "photo": ("can_send_photos", "photos"),
    "document": ("can_send_documents", "documents"),
    "video": ("can_send_videos", "videos"),
    "audio": ("can_send_audios", "music"),
    "voice": ("can_send_voice_notes", "voice notes"),
    "video_note": ("can_send_video_notes", "video notes"),
    "animation": ("can_send_other_messages", "animations"),
    "sticker": ("can_send_other_messages", "stickers"),
}
"""The right each kind of content needs in a group, and its name in the refusal."""
_REPLY_FIELDS: Final = frozenset(
    {
        "message_id",
        "chat_id",
        "allow_sending_without_reply",
        "quote",
        "quote_parse_mode",
        "quote_entities",
        "quote_position",
    }
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How and where messages of one call are sent."""

    chat: Chat
    thread: int | None
    reply_to: int | None
    quote: Json | None
    markup: Json | None
    silent: bool
    protected: bool
    effect: str


def manner(world: World, args: Args) -> Manner:
    """Read and check everything about a send but its content.

    Raises:
        ApiError: no such chat, reply target or topic; a broken keyboard.
    """
    chat = writable_chat(world, args)
    private = chat.type == "private"
    keyboard = markup.parse(args.params.get("reply_markup"), private=private)
    target, quote = _reply(chat, args)
    thread = _thread(world, chat, args, target)
    effect = args.text("message_effect_id")
    if effect and not private:
        raise bad_request("message effects can be used only in private chats")
    return Manner(
        chat=chat,
        thread=thread,
        reply_to=target.id if target else None,
        quote=quote,
        markup=keyboard,
        silent=args.flag("disable_notification"),
        protected=args.flag("protect_content"),
        effect=effect,
    )


def check_rights(world: World, chat: Chat, kind: str) -> None:
    """Refuse a kind of content that the bot may not send in this group."""
    right, noun = RIGHTS[kind]
    if chat.type != "private" and not may(world, chat, right):
        raise bad_request(f"not enough rights to send {noun} to the chat")


def send(world: World, how: Manner, content: Json, **fields: Any) -> Message:
    """Put the bot's message into the chat; in a private chat its reply keyboard takes effect."""
    chat = how.chat
    message = world.post(
        chat,
        world.bot.id,
        resolve_mentions(world, content),
        thread=how.thread,
        reply_to=how.reply_to,
        quote=how.quote,
        markup=how.markup,
        silent=how.silent,
        protected=how.protected,
        effect=how.effect,
        **fields,
    )
    chat.typing = None
    if how.markup is not None and not message.inline:
        if "keyboard" in how.markup:
            chat.keyboard = Keyboard(message.id)
        elif "remove_keyboard" in how.markup:
            chat.keyboard = None
    return message


def answer(world: World, message: Message) -> Json:
    """The Message a method returns."""
    return message_json(world.state, message)


def resolve_mentions(world: World, content: Json) -> Json:
    """Content whose mentions by user id show the user; a stranger's mention is dropped, as Telegram does."""
    for key in ("entities", "caption_entities"):
        items = content.get(key)
        if not items or not any("user_id" in item for item in items):
            continue
        kept = []
        for item in items:
            number = item.get("user_id")
            person = world.state.people.get(number) if number is not None else None
            if number is None:
                kept.append(item)
            elif person is not None and person.known:
                plain = {name: value for name, value in item.items() if name != "user_id"}
                kept.append(plain | {"user": person.to_api()})
        content = {**content, key: kept}
        if not kept:
            del content[key]
    return content


def _reply(chat: Chat, args: Args) -> tuple[Message | None, Json | None]:
    given = args.json("reply_parameters", "can't parse reply parameters JSON object")
    if not given:
        return None, None
    if not isinstance(given, dict):
        raise bad_request("object expected as reply parameters")
    for name in given:
        if name not in _REPLY_FIELDS:
            raise bad_request(f'unknown reply parameters field "{name}"')
    fields = Args(given)
    if "chat_id" in fields and fields.integer("chat_id") != chat.id:
        raise bad_request("replies to other chats are not simulated")
    target = find_message(chat, fields.integer("message_id"))
    if target is None:
        if fields.flag("allow_sending_without_reply"):
            return None, None
        raise bad_request("message to be replied not found")
    if "quote" not in fields:
        return target, None
    text, entities = formatted(fields.text("quote"), fields.text("quote_parse_mode"), given.get("quote_entities"))
    quote = quoted(target, text, position=fields.integer("quote_position"), entities=entities)
    if quote is None:
        raise bad_request("QUOTE_TEXT_INVALID")
    return target, quote


def _thread(world: World, chat: Chat, args: Args, target: Message | None) -> int | None:
    thread = args.integer("message_thread_id")
    if not thread:
        thread = (target.thread or 0) if target is not None and chat.is_forum else 0
    elif target is not None and target.thread != thread:
        raise bad_request("message to be replied not found")
    if not thread:
        return None
    topic = chat.topics.get(thread) if chat.is_forum else None
    if topic is None:
        raise bad_request("message thread not found")
    if topic.deleted:
        gone = world.settings.deleted_topic == "topic"
        raise bad_request("TOPIC_DELETED" if gone else "message thread not found")
    if topic.closed and not may_manage(world, chat, topic.creator):
        raise bad_request("TOPIC_CLOSED")
    return thread


def may_manage(world: World, chat: Chat, creator: int) -> bool:
    """Whether the bot may change a topic: by right, or because it made it."""
    member = chat.member(world.bot.id)
    return creator == world.bot.id or (member.admin and member.may("can_manage_topics"))
