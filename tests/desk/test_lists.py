"""Lists of tickets in the running bot: pages, the words that narrow them, and the menu that names the commands."""

from __future__ import annotations

import json
import re

import pytest

from bot import callback
from bot.db import tickets
from bot.desk import group, meant, queue
from bot.sandbox.demo import AGENTS, FORUM
from bot.scripts.stage import Stage

LANGUAGES = ("en", "fr")
COUNT = 32


@pytest.fixture
async def stage():
    """Thirty-two people wait."""
    async with Stage({}) as made:
        tools = made.app.tools
        for chat in range(8001, 8001 + COUNT):
            await made.db(
                lambda tx, chat=chat: tickets.create(
                    tx, tools, chat=chat, account=None, reason="other", place="", lang="en", facts={"name": "Ann"}
                )
            )
        yield made


async def act(stage, what, **fields):
    await stage.pace()
    await stage.driver.act(what, {"person": AGENTS[0], "chat": FORUM, **fields})
    await stage.settle()


def shown(stage):
    """The numbers in the newest message of the group, and its buttons."""
    message = stage.world.messages(FORUM)[-1]
    rows = (message.markup or {}).get("inline_keyboard", [])
    numbers = [int(number) for number in re.findall(r"^(\d{4}) ·", message.content["text"], re.MULTILINE)]
    return numbers, [button["text"] for row in rows for button in row]


async def test_a_long_list_is_leafed_through(stage):
    """Fifteen a page, by buttons that change the message, or by the page's number; beyond the last one is the last."""
    seen = []
    await act(stage, "say", text="/queue")
    seen.append(shown(stage))
    count = len(stage.world.messages(FORUM))
    for label in ("Next", "Next", "Previous", "Next"):
        await act(stage, "tap", label=label)
        seen.append(shown(stage))

    first, second, third = (list(range(*ends)) for ends in ((1001, 1016), (1016, 1031), (1031, 1033)))
    last, middle = (third, ["Previous"]), (second, ["Previous", "Next"])
    assert [(first, ["Next"]), middle, last, middle, last] == seen
    assert count == len(stage.world.messages(FORUM))
    for text in ("/queue 3", "/queue 99", "/queue unclaimed 3"):
        await act(stage, "say", text=text)
        assert third == shown(stage)[0]
    await act(stage, "say", text="/mine 2")
    assert ([], []) == shown(stage)


async def test_whoever_is_no_agent_leafs_through_nothing(stage):
    """The buttons of a list ask for the list of agents too."""
    stage.world.acts.person(7009, "Eve", language_code="en")
    stage.world.acts.join(person=7009, chat=FORUM)
    await act(stage, "say", text="/queue")
    before = shown(stage)
    await act(stage, "tap", person=7009, label="Next")

    assert before == shown(stage)
    assert ["toast/not_an_agent"] == [key for each in stage.journal if each.queue == "toast" for key in each.keys]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", ((), 1, "")),
        ("2", ((), 2, "")),
        ("0", ((), 1, "")),
        ("URGENT, fr urgent", (("urgent", "fr"), 1, "")),
        ("tag #vip 3", (("tag:vip",), 3, "")),
        ("tag", ((), 1, "tag")),
        ("tag ../x", ((), 1, "tag")),
        ("de", ((), 1, "de")),
        ("9999", ((), 1, "9999")),
        ("²", ((), 1, "²")),
    ],
)
def test_what_a_list_is_narrowed_by_is_taken_apart(rest, expected):
    """Words that are known, a tag, a page; and the first word that is none of them."""
    assert expected == tuple(queue.read(rest, LANGUAGES))


def test_the_longest_tag_fits_into_a_button_and_more_is_left_to_the_command():
    """A button that cannot hold the words is not shown."""
    wanted = queue.Wanted((f"tag:{'x' * 32}",), 1)
    [[button]] = queue._pages("queue", wanted, 1, 2)
    pressed = callback.unpack_desk(button["callback_data"])

    assert ("queue", 0, f"tag.{'x' * 32}.2") == (pressed.action, pressed.ticket, pressed.arg)
    assert [] == queue._pages("queue", queue.Wanted((*wanted.words, "urgent")), 1, 2)


# --- the menu ---------------------------------------------------------------------------------------------------


def test_the_menu_has_every_command_within_telegrams_limits():
    """At most a hundred commands, each of 1 to 32 letters, digits and _, told in 1 to 256 characters."""
    menu = group.menu()
    names = [command["command"] for command in menu]

    assert set(names) == {*group.COMMANDS, *group.EVERYWHERE}
    assert len(set(names)) == len(names) <= 100
    assert [] == [name for name in names if not re.fullmatch("[a-z0-9_]{1,32}", name)]
    assert [] == [command for command in menu if not 1 <= len(command["description"]) <= 256]


async def test_each_agent_has_the_menu_in_the_group_and_nobody_else_has():
    """It is sent when the bot starts, for each agent by themselves."""
    async with Stage({}) as stage:
        kept = {scope: told for scope, told in stage.world.state.profile.commands.items() if told}
        scopes = {tuple(sorted(json.loads(scope)[0].items())): told for scope, told in kept.items()}

    of_agents = [dict(scope) for scope in scopes if dict(scope)["type"] != "all_private_chats"]
    assert [{"type": "chat_member", "chat_id": FORUM, "user_id": agent} for agent in AGENTS] == of_agents
    assert all(group.menu() == told for scope, told in scopes.items() if dict(scope)["type"] == "chat_member")


def test_what_was_probably_meant_is_a_command():
    """Words of other desks and slips of the finger lead to one of ours; nonsense leads nowhere."""
    known = {*group.NAMES, *(" ".join(phrase) for phrase in group.PHRASES)}

    assert set() == set(meant.WORDS.values()) - known
    assert set() == set(meant.WORDS) & known
    assert ["solve all", "queue", "claim", "open", ""] == [
        meant.command(name, group.NAMES) for name in ("clear", "quee", "calim", "unhold", "nonsense")
    ]
