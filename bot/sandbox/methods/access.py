"""Who may be written to, and which message a call means: the checks that come first (platform.md 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.errors import ApiError, bad_request

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat
    from bot.sandbox.messages import Message
    from bot.sandbox.params import Args
    from bot.sandbox.world import World


def find_chat(world: World, args: Args, name: str = "chat_id") -> Chat:
    """The chat a call names, if the bot has ever met it.

    Raises:
        ApiError: none named, or unknown.
    """
    given = args.text(name).strip()
    if not given:
        empty = "chat_id is empty" if name == "chat_id" else f'parameter "{name}" is required'
        raise bad_request(empty)
    state = world.state
    if given.startswith("@"):
        wanted = given[1:].lower()
        chat = next((chat for chat in state.chats.values() if chat.username.lower() == wanted), None)
        if chat is None or chat.type == "private":
            raise bad_request("chat not found")
        return chat
    number = args.integer(name)
    if number > 0:
        person = state.people.get(number)
        if person is None or not (person.known or person.is_bot):
            raise bad_request("chat not found")
        return world.acts.private_chat(number)
    found = state.chats.get(number)
    if found is None or world.bot.id not in found.members:
        raise bad_request("chat not found")
    return found


def writable_chat(world: World, args: Args, name: str = "chat_id") -> Chat:
    """The chat a call names, if the bot may act in it.

    Raises:
        ApiError: 400 unknown or upgraded, 403 blocked, deactivated, never started, left or kicked.
    """
    chat = find_chat(world, args, name)
    if chat.type == "private":
        person = world.state.people[chat.id]
        if person.is_bot:
            raise ApiError(403, "the bot can't send messages to the bot")
        if person.deactivated:
            raise ApiError(403, "user is deactivated")
        if person.blocked:
            raise ApiError(403, "bot was blocked by the user")
        if not person.started:
            raise ApiError(403, "bot can't initiate conversation with a user")
        return chat
    if chat.migrated_to is not None:
        raise ApiError(400, "group chat was upgraded to a supergroup chat", migrate_to=chat.migrated_to)
    check_present(world, chat)
    return chat


def readable_chat(world: World, args: Args, name: str = "chat_id") -> Chat:
    """The chat a call names, if the bot may look at it: a blocked person's still, a group it left not."""
    chat = find_chat(world, args, name)
    if chat.type != "private" and chat.migrated_to is None:
        check_present(world, chat)
    return chat


def check_present(world: World, chat: Chat) -> None:
    """Refuse when the bot is not in the group."""
    member = chat.member(world.bot.id)
    if member.status == "kicked":
        raise ApiError(403, f"bot was kicked from the {chat.noun} chat")
    if not member.present:
        raise ApiError(403, f"bot is not a member of the {chat.noun} chat")


def find_message(chat: Chat, number: int) -> Message | None:
    """The message of this id, unless it is deleted."""
    message = chat.messages.get(number)
    return None if message is None or message.deleted else message


def may(world: World, chat: Chat, right: str) -> bool:
    """Whether the bot has a right in a group; in a private chat it has them all."""
    return chat.type == "private" or chat.member(world.bot.id).may(right, chat.denied)
