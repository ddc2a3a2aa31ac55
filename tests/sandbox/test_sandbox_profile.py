from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox_play import ANN

from bot.sandbox import BOT_ID
from bot.sandbox.views import bot_view

if TYPE_CHECKING:
    from sandbox_play import Play


async def test_the_bot_says_who_it_is(play: Play) -> None:
    """GetMe has what PTB and other clients look at."""
    me = await play.ok("getMe")

    assert (me["id"], me["is_bot"], me["username"]) == (BOT_ID, True, "phonedesk_bot")
    assert me["can_read_all_group_messages"]


async def test_commands_are_kept_by_scope_and_language(play: Play) -> None:
    """Each scope and language has its own list; a deleted one is empty."""
    start, privacy = ({"command": name, "description": name} for name in ("start", "privacy"))
    chat = {"type": "chat", "chat_id": ANN}
    await play.ok("setMyCommands", commands=[start])
    await play.ok("setMyCommands", commands=[privacy], language_code="fr", scope=chat)

    assert await play.ok("getMyCommands") == [start]
    assert await play.ok("getMyCommands", language_code="fr", scope=chat) == [privacy]
    assert await play.ok("deleteMyCommands")
    assert await play.ok("getMyCommands") == []


@pytest.mark.parametrize(
    ("commands", "error"),
    [
        ("x", "can't parse commands JSON object"),
        ({}, "expected an Array of BotCommand"),
        (["start"], "can't parse BotCommand: expected an Object"),
        ([{"command": "", "description": "a"}], "command must be non-empty"),
        ([{"command": "a" * 33, "description": "a"}], "command length must not exceed 32"),
        ([{"command": "a", "description": " "}], "command description must be non-empty"),
        ([{"command": "a", "description": "a" * 257}], "command description length must not exceed 256"),
        ([{"command": "A", "description": "a"}], "BOT_COMMAND_INVALID"),
        ([{"command": "a", "description": "a"}] * 101, "BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_wrong_commands_are_refused(play: Play, commands: Any, error: str) -> None:
    """Each slip has its text."""
    assert await play.refusal("setMyCommands", commands=commands) == f"400 Bad Request: {error}"


async def test_scope_and_language_are_checked(play: Play) -> None:
    """A scope is one of Telegram's, a language two letters."""
    assert await play.refusal("getMyCommands", scope={"type": "moon"}) == (
        "400 Bad Request: can't parse BotCommandScope: unsupported type specified"
    )
    assert await play.refusal("getMyCommands", language_code="eng") == (
        "400 Bad Request: invalid language code specified"
    )


async def test_name_and_descriptions_show_in_the_profile(play: Play) -> None:
    """Set, shown, removed again; too long is refused."""
    await play.ok("setMyName", name="Desk")
    await play.ok("setMyDescription", description="We help")
    await play.ok("setMyShortDescription", short_description="Help", language_code="fr")
    view = bot_view(play.world)

    assert (view["name"], view["description"], view["short_description"]) == ("Desk", "We help", "")
    await play.ok("setMyName")
    assert bot_view(play.world)["name"] == "Phone desk"
    assert await play.refusal("setMyShortDescription", short_description="a" * 121) == (
        "400 Bad Request: short description is too long"
    )
