"""Methods that send text, contacts, locations and chat actions, answer buttons and react."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.clock import SECOND
from bot.sandbox.chats import Typing
from bot.sandbox.errors import bad_request
from bot.sandbox.methods import sending
from bot.sandbox.methods.access import find_message, may, writable_chat
from bot.sandbox.methods.reactions import EMOJI
from bot.sandbox.methods.table import MANNER, TARGET, Method

if TYPE_CHECKING:
    from bot.sandbox.params import Args
    from bot.sandbox.world import World

Json = dict[str, Any]

QUERY_INVALID: Final = "query is too old and response timeout expired or query ID is invalid"
TOAST_LIMIT: Final = 200
TYPING_LIFE: Final = 5 * SECOND
ACTIONS: Final = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
        "cancel",
    }
)
_PREVIEW_FIELDS: Final = frozenset(
    {"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"}
)


def send_message(world: World, args: Args) -> Json:
    """Run sendMessage."""
    content = args.message_text() | link_preview(args)
    how = sending.manner(world, args)
    sending.check_rights(world, how.chat, "text")
    return sending.answer(world, sending.send(world, how, content))


def link_preview(args: Args) -> Json:
    """The content's part of ``link_preview_options``."""
    options = args.json("link_preview_options", "can't parse link preview options JSON object")
    if not options:
        return {}
    if not isinstance(options, dict):
        raise bad_request("object expected as link preview options")
    for name in options:
        if name not in _PREVIEW_FIELDS:
            raise bad_request(f'unknown link preview options field "{name}"')
    return {"link_preview_options": options}


def send_contact(world: World, args: Args) -> Json:
    """Run sendContact."""
    phone, first = args.text("phone_number"), args.text("first_name")
    if not phone:
        raise bad_request("phone number must be non-empty")
    if not first:
        raise bad_request("first name must be non-empty")
    contact: Json = {"phone_number": phone, "first_name": first}
    for name in ("last_name", "vcard"):
        if name in args:
            contact[name] = args.text(name)
    how = sending.manner(world, args)
    sending.check_rights(world, how.chat, "contact")
    return sending.answer(world, sending.send(world, how, {"contact": contact}))


def send_location(world: World, args: Args) -> Json:
    """Run sendLocation."""
    latitude, longitude = args.number("latitude"), args.number("longitude")
    if latitude is None or longitude is None:
        raise bad_request("latitude and longitude must be given")
    if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        raise bad_request("wrong latitude or longitude specified")
    location: Json = {"latitude": latitude, "longitude": longitude}
    accuracy = args.number("horizontal_accuracy")
    if accuracy is not None:
        location["horizontal_accuracy"] = accuracy
    for name in ("live_period", "heading", "proximity_alert_radius"):
        if args.integer(name):
            location[name] = args.integer(name)
    how = sending.manner(world, args)
    sending.check_rights(world, how.chat, "location")
    return sending.answer(world, sending.send(world, how, {"location": location}))


def send_chat_action(world: World, args: Args) -> bool:
    """sendChatAction: shown for five seconds or until the next message."""
    action = args.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = writable_chat(world, args)
    thread = args.integer("message_thread_id") or None
    if thread is not None and thread not in chat.topics:
        raise bad_request("message thread not found")
    chat.typing = None if action == "cancel" else Typing(action, thread, world.clock.now() + TYPING_LIFE)
    world.touch()
    return True


def answer_callback_query(world: World, args: Args) -> bool:
    """answerCallbackQuery: once, and while the query lives."""
    text = args.text("text")
    query = world.state.queries.get(args.text("callback_query_id"))
    if query is None or query.answered:
        raise bad_request(QUERY_INVALID)
    if world.clock.now() - query.at > world.settings.query_life_seconds * SECOND:
        raise bad_request(QUERY_INVALID)
    if len(text) > TOAST_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    url = args.text("url")
    if url and not url.startswith((f"https://t.me/{world.bot.username}?start=", "tg://")):
        raise bad_request("URL_INVALID")
    query.answered = True
    query.text, query.alert, query.url = text, args.flag("show_alert"), url
    query.version = world.touch()
    return True


def set_message_reaction(world: World, args: Args) -> bool:
    """setMessageReaction: at most one emoji of Telegram's list."""
    given = args.json("reaction", "can't parse reaction types JSON object")
    emoji = []
    for item in given if isinstance(given, list) else [given] if given else []:
        if not isinstance(item, dict) or item.get("type") not in ("emoji", "custom_emoji", "paid"):
            raise bad_request("can't parse ReactionType: invalid reaction type specified")
        emoji.append(str(item.get("emoji", "")))
    chat = writable_chat(world, args)
    message = find_message(chat, args.integer("message_id"))
    if message is None:
        raise bad_request("message to react not found")
    if len(emoji) > 1 or message.service or any(item not in EMOJI for item in emoji):
        raise bad_request("REACTION_INVALID")
    if not may(world, chat, "can_react_to_messages"):
        raise bad_request("not enough rights to send reactions to the message")
    if emoji:
        message.reactions[world.bot.id] = emoji
    else:
        message.reactions.pop(world.bot.id, None)
    message.version = world.touch()
    return True


METHODS: Final = (
    Method(
        "sendMessage",
        f"{TARGET} text parse_mode entities link_preview_options {MANNER}",
        send_message,
        posts=True,
        stores=True,
    ),
    Method(
        "sendContact",
        f"{TARGET} phone_number first_name last_name vcard {MANNER}",
        send_contact,
        posts=True,
        stores=True,
    ),
    Method(
        "sendLocation",
        f"{TARGET} latitude longitude horizontal_accuracy live_period heading proximity_alert_radius {MANNER}",
        send_location,
        posts=True,
        stores=True,
    ),
    Method("sendChatAction", "business_connection_id chat_id message_thread_id action", send_chat_action),
    Method("answerCallbackQuery", "callback_query_id text show_alert url cache_time", answer_callback_query),
    Method("setMessageReaction", "chat_id message_id reaction is_big", set_message_reaction),
)
