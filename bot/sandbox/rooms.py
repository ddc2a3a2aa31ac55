"""What changes in a chat besides new messages: topics, members, pins, deletions. The bot and people share it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.sandbox.chats import Chat, Member, Topic
from bot.sandbox.shapes import member_change, member_json, message_json, user_json

if TYPE_CHECKING:
    from bot.sandbox.messages import Message
    from bot.sandbox.world import World

Json = dict[str, Any]


class Rooms:
    """Changes to chats, each with the service message and the update it causes."""

    def __init__(self, world: World) -> None:
        self._world = world

    # -- messages -------------------------------------------------------------------------------------------

    def delete(self, message: Message) -> None:
        """Delete a message for everyone; no update tells of it."""
        chat = self._world.state.chats[message.chat]
        if message.id in chat.pinned:
            chat.pinned.remove(message.id)
        if chat.keyboard is not None and chat.keyboard.message_id == message.id:
            chat.keyboard = None
        message.wipe()
        message.version = self._world.touch()

    def pin(self, message: Message, actor: int) -> None:
        """Pin a message on top of those that are pinned."""
        state = self._world.state
        chat = state.chats[message.chat]
        if message.id in chat.pinned:
            chat.pinned.remove(message.id)
        chat.pinned.append(message.id)
        shown = message_json(state, message, reply=False)
        self._world.service(chat, actor, {"pinned_message": shown}, message.thread)

    # -- topics ---------------------------------------------------------------------------------------------

    def open_topic(self, chat: Chat, actor: int, name: str, *, color: int, emoji: str = "") -> Topic:
        """Open a topic; its id is that of the service message."""
        topic = Topic(chat.next_id, name, color, actor, icon_custom_emoji_id=emoji)
        chat.topics[topic.id] = topic
        self._world.service(chat, actor, {"forum_topic_created": topic.created()}, topic.id)
        return topic

    def edit_topic(self, chat: Chat, topic: Topic, actor: int, changes: dict[str, str]) -> None:
        """Change a topic's ``name`` and ``icon_custom_emoji_id``."""
        for name, value in changes.items():
            setattr(topic, name, value)
        self._world.service(chat, actor, {"forum_topic_edited": dict(changes)}, topic.id)

    def close_topic(self, chat: Chat, topic: Topic, actor: int, *, closed: bool) -> None:
        """Close or reopen a topic."""
        topic.closed = closed
        kind = "forum_topic_closed" if closed else "forum_topic_reopened"
        self._world.service(chat, actor, {kind: {}}, topic.id)

    def delete_topic(self, chat: Chat, topic: Topic) -> None:
        """Delete a topic with its messages; no update tells of it."""
        topic.deleted = True
        for message in chat.messages.values():
            if message.thread == topic.id and not message.deleted:
                self.delete(message)
        self._world.touch()

    # -- members --------------------------------------------------------------------------------------------

    def change_member(
        self,
        chat: Chat,
        actor: int,
        user: int,
        status: str,
        *,
        rights: list[str] | None = None,
        title: str = "",
    ) -> None:
        """Give somebody a new standing, with the service message and the updates that follow.

        Args:
            chat: a group.
            actor: who does it.
            user: whose standing changes; the bot's own is told as ``my_chat_member``.
            status: the new status.
            rights: of an administrator.
            title: of an administrator.
        """
        world, state = self._world, self._world.state
        before = replace(chat.member(user))
        after = Member(user, status, list(rights or []), title)
        was_admin = chat.member(world.bot.id).admin
        chat.members[user] = after
        world.touch()
        shown = member_json(state, before), member_json(state, after)
        change = member_change(state, chat, actor, shown, world.clock.now())
        if user == world.bot.id:
            world.updates.push("my_chat_member", change, "my_chat_member")
        else:
            state.people[user].known = state.people[user].known or chat.member(world.bot.id).present
            if was_admin:
                world.updates.push("chat_member", change, "chat_member")
        if after.present and not before.present:
            self._meet(chat, user)
            world.service(chat, actor, {"new_chat_members": [user_json(state, user)]})
        elif before.present and not after.present:
            world.service(chat, actor, {"left_chat_member": user_json(state, user)})

    def _meet(self, chat: Chat, user: int) -> None:
        """Whoever is in a group with the bot is known to it."""
        world = self._world
        if not chat.member(world.bot.id).present:
            return
        met = [member.user for member in chat.present()] if user == world.bot.id else [user]
        for number in met:
            world.state.people[number].known = True

    def migrate(self, chat: Chat, actor: int, target: int) -> Chat:
        """Upgrade a basic group to a supergroup of the id ``target``."""
        world = self._world
        new = Chat(target, "supergroup", world.state.new_id("instance"), title=chat.title, next_id=2)
        new.members = {user: replace(member) for user, member in chat.members.items()}
        new.denied = list(chat.denied)
        world.state.chats[target] = new
        world.service(chat, actor, {"migrate_to_chat_id": target})
        chat.migrated_to = target
        world.service(new, actor, {"migrate_from_chat_id": chat.id})
        return new
