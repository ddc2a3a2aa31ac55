"""Methods that copy and forward messages."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.errors import bad_request
from bot.sandbox.messages import CAPTIONED
from bot.sandbox.methods import sending
from bot.sandbox.methods.access import find_message, readable_chat
from bot.sandbox.methods.table import CAPTION, MANNER, Method
from bot.sandbox.params import CAPTION_LIMIT
from bot.sandbox.shapes import origin_json

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat
    from bot.sandbox.messages import Message
    from bot.sandbox.params import Args
    from bot.sandbox.world import World

Json = dict[str, Any]

_CAPTION_FIELDS: Final = ("caption", "caption_entities", "show_caption_above_media")


def copy_message(world: World, args: Args) -> Json:
    """copyMessage: returns the new id only."""
    source = readable_chat(world, args, "from_chat_id")
    how = sending.manner(world, args)
    message = find_message(source, args.integer("message_id"))
    if message is None:
        raise bad_request("message to copy not found")
    if message.service:
        raise bad_request("the message can't be copied")
    _check_protected(source, message)
    content = message.content
    if "caption" in args.params and message.kind in CAPTIONED:
        content = _without_caption(content) | args.caption()
    elif len(content.get("caption", "")) > CAPTION_LIMIT and (how.reply_to or how.markup):
        raise bad_request("message caption is too long")  # it is copied as it is or not at all (telegram-bot-api#334)
    sending.check_rights(world, how.chat, message.kind)
    return {"message_id": sending.send(world, how, content).id}


def copy_messages(world: World, args: Args) -> list[Json]:
    """copyMessages: ids that cannot be copied are skipped; albums stay albums."""
    source = readable_chat(world, args, "from_chat_id")
    numbers = args.ids("message_ids")
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    how = sending.manner(world, args)
    found = [message for number in numbers if (message := find_message(source, number)) is not None]
    copyable = [message for message in found if not (message.service or message.protected or source.protected)]
    if not copyable:
        raise bad_request("messages can't be forwarded")
    albums: dict[str, str] = {}
    ids = []
    for message in copyable:
        content = _without_caption(message.content) if args.flag("remove_caption") else message.content
        album = albums.setdefault(message.album, world.state.new_id("album")) if message.album else ""
        sending.check_rights(world, how.chat, message.kind)
        ids.append({"message_id": sending.send(world, how, content, album=album).id})
    return ids


def forward_message(world: World, args: Args) -> Json:
    """forwardMessage: shows who wrote it."""
    source = readable_chat(world, args, "from_chat_id")
    how = sending.manner(world, args)
    message = find_message(source, args.integer("message_id"))
    if message is None:
        raise bad_request("message to forward not found")
    if message.service:
        raise bad_request("the message can't be forwarded")
    _check_protected(source, message)
    sending.check_rights(world, how.chat, message.kind)
    how = replace(how, markup=message.markup if message.inline and message.out else None)
    sent = sending.send(world, how, message.content, forward_origin=origin_json(world.state, message))
    return sending.answer(world, sent)


def _check_protected(source: Chat, message: Message) -> None:
    if source.protected or message.protected:
        raise bad_request("message has protected content and can't be forwarded")


def _without_caption(content: Json) -> Json:
    return {name: value for name, value in content.items() if name not in _CAPTION_FIELDS}


METHODS: Final = (
    Method(
        "copyMessage",
        "chat_id message_thread_id direct_messages_topic_id from_chat_id message_id video_start_timestamp"
        f" {CAPTION} show_caption_above_media {MANNER}",
        copy_message,
        posts=True,
        stores=True,
    ),
    Method(
        "copyMessages",
        "chat_id message_thread_id direct_messages_topic_id from_chat_id message_ids disable_notification"
        " protect_content remove_caption",
        copy_messages,
        posts=True,
        stores=True,
        many="message_ids",
    ),
    Method(
        "forwardMessage",
        "chat_id message_thread_id direct_messages_topic_id from_chat_id video_start_timestamp"
        " disable_notification protect_content message_effect_id suggested_post_parameters message_id",
        forward_message,
        posts=True,
        stores=True,
    ),
)
