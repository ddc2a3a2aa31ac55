"""What the page and the control API show of a world (``docs/sandbox.md``)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from bot.clock import iso
from bot.sandbox.chats import ANONYMOUS_ADMIN, CHANNEL_FORWARDER
from bot.sandbox.messages import MEDIA_KINDS
from bot.sandbox.methods.topics import icon_of
from bot.sandbox.shapes import chat_json, message_json, user_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bot.sandbox.chats import Chat, Person
    from bot.sandbox.messages import Message, Query
    from bot.sandbox.state import Email, Profile, Sms
    from bot.sandbox.world import World

Json = dict[str, Any]

NEWEST: Final = 300
"""Messages of each chat in a full state."""
_EXTRAS: Final = frozenset({ANONYMOUS_ADMIN, CHANNEL_FORWARDER})
"""Accounts that are Telegram's own and no people of the world."""


def state_view(world: World, people: Collection[int], since: int, epoch: str) -> Json:
    """``GET /sim/state``: everything, or what changed since a version of the same epoch."""
    state = world.state
    full = epoch != state.epoch or since <= 0 or since > state.version
    since = 0 if full else since
    if not full and since == state.version:
        return {**_head(world), "full": False, "changed": False}
    return {
        **_head(world),
        "full": full,
        "changed": True,
        "bot": bot_view(world),
        "settings": asdict(world.settings),
        "people": [person_view(person) for person in _people(world)],
        "chats": [chat_view(world, chat, since) for chat in _chats(world, people)],
        "toasts": list(_toasts(world, people, since)),
        "sms": [sms_view(sms) for sms in state.sms if sms.version > since],
        "emails": [sms_view(mail) for mail in state.emails if mail.version > since],
        "faults": [fault.to_json() for fault in world.faults.all()],
        "updates": updates_view(world),
        "calls": {"total": world.journal.total, "errors": world.journal.errors},
    }


def _head(world: World) -> Json:
    return {"epoch": world.state.epoch, "version": world.state.version, "clock": clock_view(world)}


def clock_view(world: World) -> Json:
    """The sandbox's time."""
    now = world.clock.now()
    return {"now": now, "iso": iso(now)}


def bot_view(world: World) -> Json:
    """The bot's profile as somebody without a language sees it."""
    profile: Profile = world.state.profile
    commands = next((items for scope, items in profile.commands.items() if '"default"' in scope), [])
    return {
        **world.bot.to_api(),
        "name": profile.names.get("", world.bot.first_name),
        "commands": commands,
        "description": profile.descriptions.get("", ""),
        "short_description": profile.short_descriptions.get("", ""),
    }


def person_view(person: Person) -> Json:
    """A person, as the sandbox's owner sees them."""
    return asdict(person)


def chat_view(world: World, chat: Chat, since: int = 0) -> Json:
    """A chat with those of its messages that changed since a version; the newest only when that is 0."""
    changed = [message for message in chat.messages.values() if message.version > since]
    typing = chat.typing
    return {
        **chat_json(world.state, chat),
        "title": chat.title or user_json(world.state, chat.id).get("first_name", ""),
        "is_forum": chat.is_forum,
        "members": [asdict(member) for member in chat.members.values()],
        "denied": chat.denied,
        "topics": [{**asdict(topic), "icon": icon_of(topic)} for topic in chat.topics.values()],
        "pinned": chat.pinned,
        "typing": asdict(typing) if typing and typing.until > world.clock.now() else None,
        "keyboard": _keyboard_view(chat),
        "migrated_to": chat.migrated_to,
        "messages": [message_view(world, message) for message in (changed if since else changed[-NEWEST:])],
    }


def _keyboard_view(chat: Chat) -> Json | None:
    if chat.keyboard is None:
        return None
    message = chat.messages[chat.keyboard.message_id]
    return {"message_id": message.id, "hidden": chat.keyboard.hidden, "markup": message.markup}


def message_view(world: World, message: Message) -> Json:
    """A message as the Bot API writes it, and what only the sandbox knows under ``sim``."""
    shown = message_json(world.state, message)
    shown["sim"] = {
        "version": message.version,
        "out": message.out,
        "deleted": message.deleted,
        "silent": message.silent,
        "edited": message.edited is not None,
        "markup": message.markup,
        "reactions": [{"user": user, "emoji": emoji} for user, emoji in message.reactions.items()],
        "file": _file_view(world, message),
    }
    return shown


def _file_view(world: World, message: Message) -> Json | None:
    kind = next((kind for kind in MEDIA_KINDS if kind in message.content), None)
    if kind is None:
        return None
    value = message.content[kind]
    file = world.files.get((value[-1] if kind == "photo" else value)["file_id"])
    if file is None:
        return None
    url = f"/sim/files/{file.id}"
    return {"kind": kind, "url": url, "name": file.name, "mime": file.mime, "size": file.size}


def toast_view(query: Query) -> Json:
    """The bot's answer to a press, as the person sees it."""
    return {
        "id": query.id,
        "person": query.person,
        "chat": query.chat,
        "message_id": query.message_id,
        "text": query.text,
        "alert": query.alert,
        "url": query.url or None,
        "at": query.at,
    }


def sms_view(message: Sms | Email) -> Json:
    """A text message or an email in the inbox."""
    shown = asdict(message)
    del shown["version"]
    return shown


def updates_view(world: World) -> Json:
    """How much waits for the bot, and where it is posted."""
    webhook = world.state.webhook
    return {
        "pending": len(world.updates.pending),
        "webhook": None if webhook is None else {**asdict(webhook), "secret": bool(webhook.secret)},
    }


def _people(world: World) -> Iterator[Person]:
    hidden = {*_EXTRAS, world.bot.id}
    return (person for person in world.state.people.values() if person.id not in hidden)


def _chats(world: World, people: Collection[int]) -> Iterator[Chat]:
    for chat in world.state.chats.values():
        members = {chat.id} if chat.type == "private" else chat.members.keys()
        if not people or not members.isdisjoint(people):
            yield chat


def _toasts(world: World, people: Collection[int], since: int) -> Iterator[Json]:
    for query in world.state.queries.values():
        shown = query.answered and (query.text or query.url)
        if shown and query.version > since and (not people or query.person in people):
            yield toast_view(query)
