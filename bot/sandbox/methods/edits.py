"""Methods that edit, delete and pin messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.clock import HOUR
from bot.sandbox import markup
from bot.sandbox.errors import bad_request
from bot.sandbox.messages import CAPTIONED, MEDIA_KINDS
from bot.sandbox.methods import sending
from bot.sandbox.methods.access import find_message, may, writable_chat
from bot.sandbox.methods.media import INPUT_FIELDS, input_media, media_content
from bot.sandbox.methods.messages import link_preview
from bot.sandbox.methods.table import CAPTION, EDITED, Method

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat
    from bot.sandbox.messages import Message
    from bot.sandbox.params import Args
    from bot.sandbox.world import World

Json = dict[str, Any]

DELETE_WINDOW: Final = 48 * HOUR
"""How long a message can be deleted (Bot API: deleteMessage)."""
NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


def edit_text(world: World, args: Args) -> Json:
    """Run editMessageText."""
    content = args.message_text("MESSAGE_TOO_LONG") | link_preview(args)
    message = _editable(world, args)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    return _change(world, args, message, content)


def edit_caption(world: World, args: Args) -> Json:
    """editMessageCaption: an empty caption removes it."""
    caption = args.caption("MEDIA_CAPTION_TOO_LONG")
    message = _editable(world, args)
    if message.kind not in CAPTIONED:
        raise bad_request("there is no caption in the message to edit")
    rest = {name: value for name, value in message.content.items() if name not in {"caption", "caption_entities"}}
    return _change(world, args, message, rest | caption)


def edit_media(world: World, args: Args) -> Json:
    """Run editMessageMedia."""
    given = args.json("media", "can't parse input media JSON object")
    kind, fields = input_media(given, tuple(INPUT_FIELDS))
    message = _editable(world, args)
    if message.kind not in (*MEDIA_KINDS, "text"):
        raise bad_request("message can't be edited")
    return _change(world, args, message, media_content(world, kind, fields, "media", args))


def edit_markup(world: World, args: Args) -> Json:
    """editMessageReplyMarkup: without a keyboard the message loses its own."""
    message = _editable(world, args)
    return _change(world, args, message, message.content)


def _editable(world: World, args: Args) -> Message:
    if "chat_id" not in args and "message_id" not in args:
        raise bad_request("message identifier is not specified")
    chat = writable_chat(world, args)
    message = find_message(chat, args.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    keys = message.markup is not None and not message.inline
    if not message.out or message.service or message.forward_origin is not None or keys:
        raise bad_request("message can't be edited")
    return message


def _change(world: World, args: Args, message: Message, content: Json) -> Json:
    chat = world.state.chats[message.chat]
    keyboard = markup.parse(args.params.get("reply_markup"), private=chat.type == "private", inline_only=True)
    content = sending.resolve_mentions(world, content)
    if content == message.content and keyboard == message.markup:
        raise bad_request(NOT_MODIFIED)
    if content != message.content:
        message.edited = world.clock.now()
    message.content = content
    message.markup = keyboard
    message.version = world.touch()
    shown = sending.answer(world, message)
    shown.pop("reply_to_message", None)
    return shown


def delete_message(world: World, args: Args) -> bool:
    """Run deleteMessage."""
    if "chat_id" not in args:
        raise bad_request("chat identifier is not specified")
    if "message_id" not in args:
        raise bad_request("message identifier is not specified")
    chat = writable_chat(world, args)
    message = find_message(chat, args.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    if problem := _undeletable(world, chat, message):
        raise bad_request(problem)
    world.rooms.delete(message)
    return True


def delete_messages(world: World, args: Args) -> bool:
    """deleteMessages: ids that are not there are skipped."""
    chat = writable_chat(world, args)
    found = [find_message(chat, number) for number in args.ids("message_ids")]
    messages = [message for message in found if message is not None]
    for message in messages:
        if problem := _undeletable(world, chat, message):
            raise bad_request(problem)
    for message in messages:
        world.rooms.delete(message)
    return True


def _undeletable(world: World, chat: Chat, message: Message) -> str:
    old = world.clock.now() - message.date > DELETE_WINDOW
    if chat.type != "supergroup":
        allowed = chat.type == "private" or message.out or chat.member(world.bot.id).admin
        if not allowed:
            return "message can't be deleted"
        return "message can't be deleted for everyone" if old else ""
    if old or message.id == 1 or "forum_topic_created" in message.content:
        return "message can't be deleted"
    return "" if message.out or may(world, chat, "can_delete_messages") else "message can't be deleted"


def pin(world: World, args: Args) -> bool:
    """pinChatMessage: the bot gets the service message."""
    chat = writable_chat(world, args)
    message = find_message(chat, args.integer("message_id"))
    if message is None:
        raise bad_request("message to pin not found")
    if not may(world, chat, "can_pin_messages"):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    if message.service:
        raise bad_request("service messages can't be pinned")
    world.rooms.pin(message, world.bot.id)
    return True


def unpin(world: World, args: Args) -> bool:
    """unpinChatMessage: the newest pin when no message is named."""
    chat = writable_chat(world, args)
    if not may(world, chat, "can_pin_messages"):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    number = args.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if number not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(number)
    world.touch()
    return True


METHODS: Final = (
    Method(
        "editMessageText",
        f"{EDITED} text parse_mode entities link_preview_options",
        edit_text,
        posts=True,
    ),
    Method("editMessageCaption", f"{EDITED} {CAPTION} show_caption_above_media", edit_caption, posts=True),
    Method("editMessageMedia", f"{EDITED} media", edit_media, posts=True),
    Method("editMessageReplyMarkup", EDITED, edit_markup, posts=True),
    Method("deleteMessage", "chat_id message_id", delete_message),
    Method("deleteMessages", "chat_id message_ids", delete_messages),
    Method("pinChatMessage", "business_connection_id chat_id message_id disable_notification", pin, posts=True),
    Method("unpinChatMessage", "business_connection_id chat_id message_id", unpin),
)
