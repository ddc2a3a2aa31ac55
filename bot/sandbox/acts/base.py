"""What all acts share: finding people and places, and writing as somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.chats import ANONYMOUS_ADMIN, Chat, Person
from bot.sandbox.errors import MissingError, RefusedError
from bot.sandbox.quotes import quoted
from bot.sandbox.shapes import chat_json

if TYPE_CHECKING:
    from bot.sandbox.messages import Message
    from bot.sandbox.world import World

Json = dict[str, Any]


class ActsBase:
    """Acts of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def private_chat(self, person: int) -> Chat:
        """The person's private chat with the bot, made when it is not there yet."""
        state = self._world.state
        chat = state.chats.get(person)
        if chat is None:
            chat = state.chats[person] = Chat(person, "private", state.new_id("instance"))
        return chat

    def _person(self, number: int) -> Person:
        person = self._world.state.people.get(number)
        if person is None:
            known = ", ".join(f"{other.id} {other.name}" for other in self._world.state.people.values())
            raise MissingError(f"there is no person {number}; there are: {known}")
        if person.deactivated:
            raise RefusedError(f"the account of {person.name} is deleted")
        return person

    def _group(self, number: int) -> Chat:
        chat = self._world.state.chats.get(number)
        if chat is None or chat.type == "private":
            groups = [chat for chat in self._world.state.chats.values() if chat.type != "private"]
            known = ", ".join(f"{chat.id} {chat.title}" for chat in groups) or "none"
            raise MissingError(f"there is no group {number}; there are: {known}")
        if chat.migrated_to is not None:
            raise RefusedError(f"the group became the supergroup {chat.migrated_to}")
        return chat

    def _place(self, person: int, chat: int | None) -> tuple[Person, Chat]:
        """Who acts and where, when they are there and may speak to the bot."""
        actor = self._person(person)
        if chat is None or chat == person:
            if actor.blocked:
                raise RefusedError(f"{actor.name} has blocked the bot; unblock it first")
            return actor, self.private_chat(person)
        place = self._group(chat)
        if not place.member(person).present:
            raise RefusedError(f"{actor.name} is not in {place.title}; join first")
        return actor, place

    def _message(self, chat: Chat, number: int) -> Message:
        message = chat.messages.get(number)
        if message is None or message.deleted:
            there = [str(other.id) for other in chat.messages.values() if not other.deleted][-10:]
            raise MissingError(f"there is no message {number} in {chat.id}; the newest are: {', '.join(there)}")
        return message

    def _write(
        self,
        person: int,
        content: Json,
        *,
        chat: int | None = None,
        thread: int | None = None,
        reply_to: int | None = None,
        quote: str = "",
        anonymous: bool = False,
        forwarded: bool = False,
        **fields: Any,
    ) -> Message:
        """Put somebody's message into a chat and tell the bot."""
        world = self._world
        actor, place = self._place(person, chat)
        if reply_to is not None:
            answered = self._message(place, reply_to)
            thread = answered.thread if thread is None else thread
            fields["quote"] = quoted(answered, quote) if quote else None
        if quote and not fields.get("quote"):
            raise RefusedError(f"what is quoted must stand in the message that is answered: {quote}")
        self._check_speech(actor, place, thread)
        if place.type == "private":
            actor.known = actor.started = True
        if forwarded:
            date = world.clock.now() // 1_000
            hidden = {"type": "hidden_user", "date": date, "sender_user_name": "Somebody"}
            fields["forward_origin"] = hidden
        sender = actor.id
        if anonymous:
            if not place.member(person).admin:
                raise RefusedError(f"{actor.name} is no administrator and cannot write as the group")
            sender, fields["sender_chat"] = ANONYMOUS_ADMIN, chat_json(world.state, place)
        message = world.post(place, sender, content, thread=thread, reply_to=reply_to, **fields)
        world.notify(message)
        return message

    def _check_speech(self, actor: Person, place: Chat, thread: int | None) -> None:
        member = place.member(actor.id)
        if thread is not None:
            topic = place.topics.get(thread) if place.is_forum else None
            if topic is None or topic.deleted:
                topics = [f"{topic.id} {topic.name}" for topic in place.topics.values() if not topic.deleted]
                raise MissingError(f"there is no topic {thread}; there are: {', '.join(topics) or 'none'}")
            if topic.closed and not member.may("can_manage_topics", ("can_manage_topics",)):
                raise RefusedError(f'the topic "{topic.name}" is closed')
        if place.type != "private" and not member.may("can_send_messages", place.denied):
            raise RefusedError(f"{actor.name} may not write in {place.title}")
