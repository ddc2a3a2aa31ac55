"""Methods that look at chats and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.chats import MEMBER_RIGHTS, Member
from bot.sandbox.errors import bad_request
from bot.sandbox.methods.access import find_message, readable_chat, writable_chat
from bot.sandbox.methods.table import Method
from bot.sandbox.shapes import chat_json, member_json, message_json

if TYPE_CHECKING:
    from bot.sandbox.params import Args
    from bot.sandbox.world import World

Json = dict[str, Any]

_GIFTS: Final = {
    "unlimited_gifts": True,
    "limited_gifts": True,
    "unique_gifts": True,
    "premium_subscription": True,
    "gifts_from_channels": True,
}


def get_chat(world: World, args: Args) -> Json:
    """Run getChat."""
    chat = readable_chat(world, args)
    full = chat_json(world.state, chat)
    full |= {"accent_color_id": abs(chat.id) % 7, "max_reaction_count": 11, "accepted_gift_types": dict(_GIFTS)}
    if chat.username:
        full["active_usernames"] = [chat.username]
    if chat.type != "private":
        full["permissions"] = {right: right not in chat.denied for right in MEMBER_RIGHTS}
        if chat.type == "supergroup":
            full["has_visible_history"] = True
    if chat.protected:
        full["has_protected_content"] = True
    pinned = find_message(chat, chat.pinned[-1]) if chat.pinned else None
    if pinned is not None:
        full["pinned_message"] = message_json(world.state, pinned, reply=False)
    return full


def get_chat_member(world: World, args: Args) -> Json:
    """getChatMember: who is known but not there has left."""
    user = args.integer("user_id")
    if user <= 0:
        raise bad_request("invalid user_id specified")
    chat = readable_chat(world, args)
    person = world.state.people.get(user)
    if chat.type == "private":
        if user not in {chat.id, world.bot.id}:
            raise bad_request("member not found")
        return member_json(world.state, Member(user))
    if person is None or not (person.known or person.is_bot or user in chat.members):
        raise bad_request("member not found")
    return member_json(world.state, chat.member(user))


def get_administrators(world: World, args: Args) -> list[Json]:
    """getChatAdministrators: other bots only when asked for."""
    chat = readable_chat(world, args)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    bots = args.flag("return_bots")
    return [
        member_json(world.state, member)
        for member in chat.present()
        if member.admin and (bots or member.user == world.bot.id or not world.state.people[member.user].is_bot)
    ]


def get_member_count(world: World, args: Args) -> int:
    """Run getChatMemberCount."""
    chat = readable_chat(world, args)
    return 2 if chat.type == "private" else len(chat.present())


def leave(world: World, args: Args) -> bool:
    """Run leaveChat."""
    chat = writable_chat(world, args)
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    world.rooms.change_member(chat, world.bot.id, world.bot.id, "left")
    return True


METHODS: Final = (
    Method("getChat", "chat_id", get_chat),
    Method("getChatMember", "chat_id user_id", get_chat_member),
    Method("getChatAdministrators", "chat_id return_bots", get_administrators),
    Method("getChatMemberCount", "chat_id", get_member_count),
    Method("leaveChat", "chat_id", leave),
)
