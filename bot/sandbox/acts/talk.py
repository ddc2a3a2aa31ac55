"""Talking: text, media, contacts, locations, edits, reactions, forwards."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from bot.clock import HOUR
from bot.sandbox.acts.base import ActsBase
from bot.sandbox.entities import formatted, is_blank
from bot.sandbox.errors import ApiError, MissingError, RefusedError
from bot.sandbox.files import PERSON_LIMIT, Upload, sample
from bot.sandbox.messages import CAPTIONED, MEDIA_KINDS, Message
from bot.sandbox.methods.reactions import EMOJI
from bot.sandbox.params import CAPTION_LIMIT, PREMIUM_CAPTION_LIMIT, TEXT_LIMIT
from bot.sandbox.shapes import chat_json, origin_json, reactions_json, user_json

Json = dict[str, Any]

EDIT_WINDOW: Final = 48 * HOUR
EDIT_SEEN: Final = 24 * HOUR
"""How long a person may edit; how old a message may be for the bot to hear of its edit (platform.md 2.7)."""
_PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class TalkActs(ActsBase):
    """Acts that put messages into a chat or change them."""

    def say(
        self,
        person: int,
        text: str,
        *,
        chat: int | None = None,
        thread: int | None = None,
        reply_to: int | None = None,
        quote: str = "",
        anonymous: bool = False,
        forwarded: bool = False,
    ) -> Message:
        """Write a text; ``quote`` is a part of the message that it answers."""
        return self._write(
            person,
            _texted("text", text, TEXT_LIMIT),
            chat=chat,
            thread=thread,
            reply_to=reply_to,
            quote=quote,
            anonymous=anonymous,
            forwarded=forwarded,
        )

    def start(self, person: int, payload: str = "") -> Message:
        """Open the bot by its link and press Start."""
        if payload and not _PAYLOAD.fullmatch(payload):
            raise RefusedError("a payload is 1 to 64 of A-Z, a-z, 0-9, _ and -")
        actor = self._person(person)
        if actor.blocked:
            self._world.acts.unblock(person)
        return self.say(person, f"/start {payload}".strip())

    def media(
        self,
        person: int,
        kind: str,
        *,
        data: str | None = None,
        name: str = "",
        mime: str = "",
        caption: str = "",
        size: int | None = None,
        spoiler: bool = False,
        chat: int | None = None,
        thread: int | None = None,
        reply_to: int | None = None,
        quote: str = "",
        anonymous: bool = False,
        forwarded: bool = False,
    ) -> Message:
        """Send a file: ``data`` is base64, a sample when left out; ``size`` declares another size in bytes."""
        upload = _upload(kind, data, name=name, mime=mime, size=size)
        content = self._media(person, kind, upload, caption)
        if spoiler:
            content["has_media_spoiler"] = True
        return self._write(
            person,
            content,
            chat=chat,
            thread=thread,
            reply_to=reply_to,
            quote=quote,
            anonymous=anonymous,
            forwarded=forwarded,
        )

    def album(
        self,
        person: int,
        items: list[dict[str, Any]],
        *,
        chat: int | None = None,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> list[Message]:
        """Send an album of 2 to 10 items, each ``{kind, data?, name?, mime?, caption?}``."""
        if not 2 <= len(items) <= 10:
            raise RefusedError("an album has 2 to 10 items")
        contents = []
        for item in items:
            unknown = item.keys() - {"kind", "data", "name", "mime", "caption"}
            if unknown:
                raise RefusedError(f"an album's item has no field {', '.join(sorted(unknown))}")
            kind = item.get("kind", "")
            upload = _upload(kind, item.get("data"), name=item.get("name", ""), mime=item.get("mime", ""))
            contents.append(self._media(person, kind, upload, item.get("caption", "")))
        album = self._world.state.new_id("album")
        return [
            self._write(person, content, chat=chat, thread=thread, reply_to=reply_to, album=album)
            for content in contents
        ]

    def contact(
        self,
        person: int,
        *,
        phone: str | None = None,
        own: bool = True,
        user_id: int | None = None,
        first_name: str = "",
        plus: bool = False,
        forwarded: bool = False,
        chat: int | None = None,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> Message:
        """Share a contact: their own number with their id, or another's card with ``user_id`` or without."""
        actor = self._person(person)
        number = phone or (actor.phone if own else "")
        if not number:
            raise RefusedError(f"{actor.name} has no phone number; name one" if own else "name a phone number")
        contact: Json = {"phone_number": ("+" if plus else "") + number.lstrip("+")}
        contact["first_name"] = first_name or (actor.first_name if own else "Somebody")
        if own and actor.last_name and not first_name:
            contact["last_name"] = actor.last_name
        if user := (actor.id if own else user_id):
            contact["user_id"] = user
        content = {"contact": contact}
        return self._write(person, content, chat=chat, thread=thread, reply_to=reply_to, forwarded=forwarded)

    def location(
        self,
        person: int,
        latitude: float,
        longitude: float,
        *,
        chat: int | None = None,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> Message:
        """Send a point on the map."""
        content = {"location": {"latitude": latitude, "longitude": longitude}}
        return self._write(person, content, chat=chat, thread=thread, reply_to=reply_to)

    def edit(self, person: int, message_id: int, text: str, *, chat: int | None = None) -> Message:
        """Change the text or the caption of an own message."""
        message = self._own(person, message_id, chat)
        world = self._world
        if world.clock.now() - message.date > EDIT_WINDOW:
            raise RefusedError("a message can be edited for 48 hours")
        if message.kind == "text":
            content = _texted("text", text, TEXT_LIMIT)
        elif message.kind in CAPTIONED:
            rest = {name: value for name, value in message.content.items() if "caption" not in name}
            content = rest | _texted("caption", text, self._longest(person))
        else:
            raise RefusedError(f"a {message.kind} cannot be edited")
        if content == message.content:
            raise RefusedError("the text is what it was")
        message.content = content
        message.edited = world.clock.now()
        message.version = world.touch()
        if world.clock.now() - message.date <= EDIT_SEEN:
            world.notify(message, "edited_message")
        return message

    def delete(self, person: int, message_id: int, *, chat: int | None = None) -> Message:
        """Delete an own message; in a private chat, or as an administrator, anybody's."""
        actor, place = self._place(person, chat)
        message = self._message(place, message_id)
        allowed = place.type == "private" or place.member(person).may("can_delete_messages")
        if message.sender != person and not allowed:
            raise RefusedError(f"{actor.name} may delete only their own messages")
        self._world.rooms.delete(message)
        return message

    def react(self, person: int, message_id: int, emoji: list[str], *, chat: int | None = None) -> Message:
        """React with emoji; an empty list takes the reaction back."""
        _, place = self._place(person, chat)
        message = self._message(place, message_id)
        if any(item not in EMOJI for item in emoji):
            raise RefusedError(f"a reaction is one of: {' '.join(sorted(EMOJI))}")
        world = self._world
        old = message.reactions.get(person, [])
        if emoji == old:
            raise RefusedError("the reaction is what it was")
        if emoji:
            message.reactions[person] = emoji
        else:
            del message.reactions[person]
        message.version = world.touch()
        if place.type == "private" or place.member(world.bot.id).admin:
            body = {
                "chat": chat_json(world.state, place),
                "message_id": message.id,
                "user": user_json(world.state, person),
                "date": world.clock.now() // 1_000,
                "old_reaction": reactions_json(old),
                "new_reaction": reactions_json(emoji),
            }
            world.updates.push("message_reaction", body, "message_reaction")
        return message

    def forward(
        self,
        person: int,
        message_id: int,
        *,
        from_chat: int | None = None,
        chat: int | None = None,
        thread: int | None = None,
    ) -> Message:
        """Forward a message of ``from_chat`` (their private chat with the bot when left out) to ``chat``."""
        _, source = self._place(person, from_chat)
        message = self._message(source, message_id)
        if message.protected or source.protected:
            raise RefusedError("the message is protected and cannot be forwarded")
        if message.service:
            raise RefusedError("a service message cannot be forwarded")
        origin = origin_json(self._world.state, message)
        return self._write(person, message.content, chat=chat, thread=thread, forward_origin=origin)

    def _own(self, person: int, message_id: int, chat: int | None) -> Message:
        actor, place = self._place(person, chat)
        message = self._message(place, message_id)
        if message.sender != person or message.service or message.forward_origin is not None:
            raise RefusedError(f"message {message_id} is not {actor.name}'s to edit")
        return message

    def _longest(self, person: int) -> int:
        """Characters of a caption of theirs."""
        return PREMIUM_CAPTION_LIMIT if self._person(person).premium else CAPTION_LIMIT

    def _media(self, person: int, kind: str, upload: Upload, caption: str) -> Json:
        try:
            content: Json = {kind: self._world.files.add(kind, upload, limit=PERSON_LIMIT)}
        except ApiError as error:
            raise RefusedError(f"Telegram takes no such {kind}: {error}") from None
        if kind == "animation":
            content["document"] = content["animation"]
        if caption:
            if kind not in CAPTIONED:
                raise RefusedError(f"a {kind} has no caption")
            content |= _texted("caption", caption, self._longest(person))
        return content


def _upload(kind: str, data: str | None, *, name: str = "", mime: str = "", size: int | None = None) -> Upload:
    """What a person sends: their base64 or a sample."""
    if kind not in MEDIA_KINDS:
        raise MissingError(f'there is no kind "{kind}"; the kinds are: {", ".join(MEDIA_KINDS)}')
    given = sample(kind)
    content = given.data
    if data is not None:
        try:
            content = base64.b64decode(data, validate=True)
        except binascii.Error:
            raise RefusedError("data must be base64") from None
    return Upload(name or given.name, content, mime, size)


def _texted(field: str, text: str, limit: int) -> Json:
    """The content's part of a text or a caption, as a person types it."""
    shown, entities = formatted(text, "", None)
    if is_blank(shown):
        raise RefusedError(f"the {field} is empty")
    if len(shown) > limit:
        raise RefusedError(f"a {field} has at most {limit} characters; Telegram's apps split longer ones")
    content: Json = {field: shown}
    if entities:
        content["entities" if field == "text" else "caption_entities"] = entities
    return content
