"""What agents do to topics by hand, and posts of a linked channel."""

from __future__ import annotations

from typing import Final

from bot.sandbox.acts.base import ActsBase
from bot.sandbox.chats import CHANNEL_FORWARDER, Chat, Topic
from bot.sandbox.errors import MissingError, RefusedError
from bot.sandbox.messages import Message
from bot.sandbox.methods.topics import ICON_COLORS, NAME_LIMIT

_CHANNEL: Final = -1_009_999_999_999


class DeskActs(ActsBase):
    """Acts on topics."""

    def topic_create(self, person: int, chat: int, name: str, *, icon_color: int = ICON_COLORS[0]) -> Topic:
        """Open a topic."""
        place = self._forum(person, chat)
        if icon_color not in ICON_COLORS:
            raise RefusedError(f"an icon's colour is one of: {', '.join(map(str, ICON_COLORS))}")
        return self._world.rooms.open_topic(place, person, name[:NAME_LIMIT], color=icon_color)

    def topic_rename(self, person: int, chat: int, thread: int, name: str) -> Topic:
        """Give a topic another name."""
        place = self._forum(person, chat)
        topic = self._topic(place, person, thread)
        self._world.rooms.edit_topic(place, topic, person, {"name": name[:NAME_LIMIT]})
        return topic

    def topic_close(self, person: int, chat: int, thread: int) -> Topic:
        """Close a topic."""
        return self._set_closed(person, chat, thread, closed=True)

    def topic_reopen(self, person: int, chat: int, thread: int) -> Topic:
        """Open a closed topic again."""
        return self._set_closed(person, chat, thread, closed=False)

    def topic_delete(self, person: int, chat: int, thread: int) -> Topic:
        """Delete a topic with its messages; nothing tells the bot."""
        place = self._forum(person, chat)
        topic = self._topic(place, person, thread)
        self._world.rooms.delete_topic(place, topic)
        return topic

    def channel_post(self, chat: int, text: str) -> Message:
        """A post of the channel linked to the group, which Telegram forwards into it."""
        world = self._world
        place = self._group(chat)
        channel = {"id": _CHANNEL, "type": "channel", "title": f"{place.title} news"}
        date, number = world.clock.now() // 1_000, world.state.count("channel post")
        message = world.post(
            place,
            CHANNEL_FORWARDER,
            {"text": text},
            sender_chat=channel,
            auto_forward=True,
            forward_origin={"type": "channel", "date": date, "chat": channel, "message_id": number},
        )
        world.notify(message)
        return message

    def _set_closed(self, person: int, chat: int, thread: int, *, closed: bool) -> Topic:
        place = self._forum(person, chat)
        topic = self._topic(place, person, thread)
        if topic.closed == closed:
            raise RefusedError(f'the topic "{topic.name}" is {"closed" if closed else "open"} already')
        self._world.rooms.close_topic(place, topic, person, closed=closed)
        return topic

    def _forum(self, person: int, chat: int) -> Chat:
        _, place = self._place(person, chat)
        if not place.is_forum:
            raise RefusedError(f"{place.title} has no topics")
        return place

    def _topic(self, place: Chat, person: int, thread: int) -> Topic:
        topic = place.topics.get(thread)
        if topic is None or topic.deleted:
            topics = [f"{topic.id} {topic.name}" for topic in place.topics.values() if not topic.deleted]
            raise MissingError(f"there is no topic {thread}; there are: {', '.join(topics) or 'none'}")
        member = place.member(person)
        if topic.creator != person and not (member.admin and member.may("can_manage_topics")):
            raise RefusedError(f"{person} may not manage topics in {place.title}; promote them")
        return topic
