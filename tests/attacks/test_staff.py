"""What agents are asked for and may not do, and who is no agent, attacked: security.md section 5, D49, and "Agents"."""

from __future__ import annotations

import json

import pytest
import typer
from guesses import EMAIL, NEW
from town import ANN, CHLOE

from bot.__main__ import cli as program
from bot.db import limits, sessions

OWNER = {"email": EMAIL, "phone": "+447400111222", "signed_in": True}
WISHES = [
    "/unhold", "/lift 1001", "/code", "/otp 1001", "/phone +447400123456", "/withdraw", "/liftHold ann@example.com",
    "/readcode", "/sms 1001", "/totp", "/password", "/unlock", "/setphone +447400123456", "/bind", "/shorten 1h",
]  # fmt: skip
"""What a "customer" may want an agent to do, and an agent may try."""
OURS = -1009000000009
BOT, NAMESAKE, LEAD = 9103, 9104, 9105
COMMANDS_OF_AGENTS = [
    "/claim", "/reveal fraud", "/transfer Omar", "/solve", "/unfreeze", "/approve", "/search 11", "/queue",
]  # fmt: skip


async def write(made, *texts: str, **sender) -> None:
    """Messages in the ticket's topic, by whoever sends them."""
    for text in texts:
        await made.stage.pace()
        await made.stage.driver.act("say", {"chat": made.stage.forum, "thread": 3, "text": text, **sender})
        await made.stage.settle()


async def done(made) -> list[str]:
    return [row["action"] for row in await made.rows("audit")]


def group(made) -> str:
    """All that stands in the agents' group."""
    return "".join(str(message.content) for message in made.stage.world.messages(made.stage.forum))


@pytest.mark.parametrize("where", ["topic", "General"])
async def test_D49_there_is_no_command_for_a_hold_or_a_code(town, where):
    """Attack: a "customer" has the agent lift the hold or read a code; outcome: no such command, and it is noted."""
    made = await town(account=OWNER)
    await made.walk("at_change_sms")
    code = made.code(NEW)
    await made.say(code)
    before = await made.ask("withdrawal")
    await made.say("/start")
    await made.walk("my_account")
    await write(made, *WISHES, person=9001, **({} if where == "topic" else {"thread": None}))

    tried = [row for row in await made.rows("audit") if row["action"] == "unknown command"]
    assert [("agent:9001", "refused")] * len(WISHES) == [(row["actor"], row["outcome"]) for row in tried]
    assert [wish[1:].split()[0].lower() for wish in WISHES] == [json.loads(row["detail"])["command"] for row in tried]
    assert NEW.lstrip("+") not in str(tried)
    assert code not in group(made)
    assert (False, before) == (before["allowed"], await made.ask("withdrawal"))


@pytest.mark.parametrize(
    ("who", "own", "given"),
    [([9001], 0, 0), ([9001, 9001], 0, 0), ([9001, 9002], 0, 1), ([9002, 9001], 9001, 0), ([9001, 9002], 9001, 0)],
)
async def test_D49_new_tries_take_two_agents_neither_of_whom_is_the_owner(town, who, own, given):
    """Attack: have one agent open a check that guesses closed; outcome: it takes two, none for oneself."""
    made = await town(account=OWNER)
    await made.walk("my_account")
    account, check = made.account(), f"{made.account()}:change_phone"
    if own:  # who had signed in before they became an agent
        await made.db(lambda tx: sessions.begin(tx, made.tools, chat=own, account=account, via="link"))
    await made.db(lambda tx: limits.recount(tx, made.tools, [(limits.TOTP, check)] * 20))
    for agent in who:
        await write(made, "/tries", person=agent)

    assert given == (await made.db(lambda tx: limits.waiting(tx, made.tools, limits.TOTP, check)) == 0)
    assert given == (await done(made)).count("new tries given")


async def test_D49_a_code_that_is_on_its_way_is_in_nothing_an_agent_sees(town):
    """Attack: read the live code from card, status, transcript, search or reveal; outcome: it is in none of them."""
    made = await town(account=OWNER)
    await made.say("/start")
    await made.walk("at_change_sms")
    code = made.code(NEW)
    await made.tap("Talk to a person")
    await made.tap("My account")
    await made.say(f"the code is {code}, please do it for me")
    files = len(made.stage.world.messages(made.stage.forum))
    await write(
        made, "/claim", "/status", "/transcript", f"/search {code}", "/reveal code", "/reveal callback", person=9001
    )
    seen = group(made) + "".join(seen.text for seen in made.stage.shown(9001))

    assert files < len(made.stage.world.messages(made.stage.forum))
    assert "[code]" in seen
    assert code not in seen.replace(f"/search {code}", "").replace(f"'text': '{code}", "")
    assert ["no reason"] == [
        json.loads(row["detail"])["why"] for row in await made.rows("audit") if row["action"] == "reveal refused"
    ]


def test_D49_nor_does_the_command_line_know_of_any():
    """Attack: bribe the operator's staff; outcome: no command ends a hold, reads a code or sets a phone."""
    words = {"hold", "unhold", "lift", "unlock", "code", "otp", "phone", "bind", "withdraw", "approve", "recover"}
    names = every(typer.main.get_command(program))

    assert {"run", "audit", "person"} <= names
    assert set() == words & names


def every(command) -> set[str]:
    """The names of all commands below one."""
    below = getattr(command, "commands", {})
    return {*below, *(inner for each in below.values() for inner in every(each))}


@pytest.mark.parametrize(
    "sender",
    [{"person": CHLOE}, {"person": 9001, "anonymous": True}, {"person": BOT}, {"person": NAMESAKE}, {"person": LEAD}],
    ids=["a member", "an anonymous administrator", "another bot", "an agent's namesake", "a lead who is no agent"],
)
async def test_whoever_is_no_agent_by_id_can_do_nothing(town, sender):
    """Attack: speak, solve and reveal from within the group; outcome: nothing is done, said or shown."""
    made = await town(account=OWNER, settings={"leads": (LEAD,)})
    await made.walk("my_account")
    acts = made.stage.world.acts
    acts.person(BOT, "Otherbot", is_bot=True)
    acts.person(NAMESAKE, "Mira")
    acts.person(LEAD, "Lena")
    for person in (CHLOE, BOT, NAMESAKE, LEAD):
        acts.join(person, made.stage.forum)
    before, heard = await done(made), len(made.stage.shown(ANN))
    await write(made, *COMMANDS_OF_AGENTS, "Give me your code", **sender)
    if not sender.get("anonymous"):  # who taps as themselves
        await made.tap("Solve", sender["person"], chat=made.stage.forum)

    assert before == await done(made)
    assert heard == len(made.stage.shown(ANN))
    assert [("open", 9001)] == [(row["status"], row["assignee"]) for row in await made.rows("tickets")]
    assert [] == [seen for seen in made.stage.shown(sender["person"]) if sender["person"] != 9001]
    assert [9001] == [row["id"] for row in await made.rows("agents")]


async def test_an_agent_is_one_in_the_group_and_has_no_account_in_private(town):
    """Attack: an agent uses the bot as a person, by menu or by link; outcome: a word that they are an agent."""
    made = await town(account={**OWNER, "signed_in": False})
    _, body = await made.website("POST", f"accounts/{made.account()}/links")
    for payload in ("", body["payload"]):
        await made.stage.pace()
        await made.stage.driver.act("start", {"person": 9001, "payload": payload})
        await made.stage.settle()
    await made.say("/reveal fraud", 9001)

    assert ([], []) == (await made.rows("sessions"), await made.rows("tickets"))
    assert {"agent" in seen.text for seen in made.stage.shown(9001)} == {True}


async def test_leads_may_what_agents_may_not(town):
    """Attack: an agent clears the desk; outcome: where there are leads only these may, and they are asked first."""
    made = await town(account=OWNER, settings={"leads": (9002,)})
    await made.walk("my_account")
    await write(made, "/solve all open", person=9001)
    left = [row["status"] for row in await made.rows("tickets")], await made.rows("bulk_asks")
    await write(made, "/solve all open", person=9002)

    assert (["open"], []) == left
    assert [9002] == [row["agent"] for row in await made.rows("bulk_asks")]


async def test_another_group_that_adds_the_bot_is_left_at_once(town):
    """Attack: take the bot into a group of one's own; outcome: it leaves, and nothing of it is a ticket."""
    made = await town(account=OWNER)
    adds = {"chat": OURS, "title": "Ours", "owner": CHLOE, "type": "supergroup", "bot": "left"}
    await made.stage.driver.act("group", adds)
    await made.stage.driver.act("add_bot", {"person": CHLOE, "chat": OURS})
    await made.stage.settle()
    await made.wait(5_000)

    left = [call.params["chat_id"] for call in made.stage.world.journal.calls if call.method == "leaveChat"]
    assert [str(OURS)] == [str(chat) for chat in left]
    assert [] == await made.rows("tickets")


async def test_contacts_are_masked_and_shown_for_a_reason_so_often_to_one_agent(town):
    """Attack: reveal without a reason, and again and again; outcome: a reason, in private, five an hour, audited."""
    made = await town(account=OWNER)
    await made.walk("my_account")
    await write(made, "/reveal", person=9001)
    without = await done(made)
    await write(made, *["/reveal fraud"] * 7, person=9001)

    assert "contact revealed" not in without
    assert 5 == (await done(made)).count("contact revealed")
    assert 3 == (await done(made)).count("reveal refused")
    assert 5 == sum(EMAIL in shown.text for shown in made.stage.shown(9001))
    assert EMAIL not in group(made)
    assert "447400111222" not in group(made)
