"""Methods about the bot itself: getMe, its commands, its name and descriptions."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.errors import bad_request
from bot.sandbox.methods.table import Method

if TYPE_CHECKING:
    from bot.sandbox.params import Args
    from bot.sandbox.world import World

Json = dict[str, Any]

COMMANDS_LIMIT: Final = 100
_COMMAND: Final = re.compile(r"[a-z0-9_]+")
_LANGUAGE: Final = re.compile(r"([a-z]{2})?")
_SCOPES: Final = frozenset(
    {
        "default",
        "all_private_chats",
        "all_group_chats",
        "all_chat_administrators",
        "chat",
        "chat_administrators",
        "chat_member",
    }
)
_TEXTS: Final = {
    "name": ("names", "setMyName", 64),
    "description": ("descriptions", "setMyDescription", 512),
    "short_description": ("short_descriptions", "setMyShortDescription", 120),
}
"""Parameter: where it is kept, its method, and its limit in characters (Bot API: setMyName, ...)."""


def get_me(world: World, _args: Args) -> Json:
    """Run getMe."""
    return {
        **world.bot.to_api(),
        "can_join_groups": True,
        "can_read_all_group_messages": not world.settings.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }


def set_commands(world: World, args: Args) -> bool:
    """Run setMyCommands."""
    given = args.json("commands", "can't parse commands JSON object")
    if not isinstance(given, list):
        raise bad_request("expected an Array of BotCommand")
    if len(given) > COMMANDS_LIMIT:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    commands = [_command(item) for item in given]
    world.state.profile.commands[_scope(args)] = commands
    world.touch()
    return True


def _command(item: Any) -> Json:
    if not isinstance(item, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    command = str(item.get("command", "")).removeprefix("/")
    description = str(item.get("description", "")).strip()
    if not command:
        raise bad_request("command must be non-empty")
    if len(command) > 32:
        raise bad_request("command length must not exceed 32")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > 256:
        raise bad_request("command description length must not exceed 256")
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": command, "description": description}


def delete_commands(world: World, args: Args) -> bool:
    """Run deleteMyCommands."""
    world.state.profile.commands.pop(_scope(args), None)
    world.touch()
    return True


def get_commands(world: World, args: Args) -> list[Json]:
    """Run getMyCommands."""
    return world.state.profile.commands.get(_scope(args), [])


def _scope(args: Args) -> str:
    """A key for scope and language."""
    scope = args.json("scope", "can't parse BotCommandScope JSON object") or {"type": "default"}
    if not isinstance(scope, dict) or str(scope.get("type")) not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    return json.dumps([scope, _language(args)], sort_keys=True)


def _language(args: Args) -> str:
    language = args.text("language_code")
    if not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language


def set_text(parameter: str, world: World, args: Args) -> bool:
    """setMyName, setMyDescription, setMyShortDescription: an empty text removes it."""
    kept, _, limit = _TEXTS[parameter]
    text = args.text(parameter)
    if len(text) > limit:
        raise bad_request(f"{parameter.replace('_', ' ')} is too long")
    texts: dict[str, str] = getattr(world.state.profile, kept)
    if text:
        texts[_language(args)] = text
    else:
        texts.pop(_language(args), None)
    world.touch()
    return True


METHODS: Final = (
    Method("getMe", "", get_me),
    Method("setMyCommands", "commands scope language_code", set_commands),
    Method("deleteMyCommands", "scope language_code", delete_commands),
    Method("getMyCommands", "scope language_code", get_commands),
    *(
        Method(method, f"{parameter} language_code", partial(set_text, parameter))
        for parameter, (_, method, _) in _TEXTS.items()
    ),
)
