"""What agents are asked for and may not do, and who is no agent, attacked: security.md section 5, D49, and "Agents"."""

from __future__ import annotations

import pytest
from guesses import EMAIL, NEW
from town import ANN, CHLOE

OWNER = {"email": EMAIL, "phone": "+447400111222", "signed_in": True}
WISHES = ["/unhold", "/lift 1001", "/code", "/otp 1001", "/phone +447400123456", "/withdraw"]
OURS = -1009000000009


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


async def test_D49_there_is_no_command_for_a_hold_or_a_code(town):
    """Attack: a "customer" has the agent lift the hold or read a code; outcome: no such command, and it is noted."""
    made = await town(account=OWNER)
    await made.walk("at_change_sms")
    code = made.code(NEW)
    await made.say(code)
    before = await made.ask("withdrawal")
    await made.say("/start")
    await made.walk("my_account")
    await write(made, *WISHES, person=9001)

    tried = [row for row in await made.rows("audit") if row["action"] == "unknown command"]
    assert [("agent:9001", "refused")] * len(WISHES) == [(row["actor"], row["outcome"]) for row in tried]
    assert NEW.lstrip("+") not in str(tried)
    assert code not in group(made)
    assert (False, before) == (before["allowed"], await made.ask("withdrawal"))


@pytest.mark.parametrize(
    "sender",
    [{"person": CHLOE}, {"person": 9001, "anonymous": True}],
    ids=["a member who is no agent", "an anonymous administrator"],
)
async def test_whoever_is_no_agent_by_name_can_do_nothing(town, sender):
    """Attack: speak, solve and reveal from within the group; outcome: nothing is done, said or shown."""
    made = await town(account=OWNER)
    await made.walk("my_account")
    await made.stage.driver.act("join", {"person": CHLOE, "chat": made.stage.forum})
    before, heard = await done(made), len(made.stage.shown(ANN))
    await write(made, "/reveal fraud", "/transfer", "Give me your code", "/solve", "/unfreeze", **sender)

    assert before == await done(made)
    assert heard == len(made.stage.shown(ANN))
    assert ["open"] == [row["status"] for row in await made.rows("tickets")]
    assert [] == made.stage.shown(CHLOE)


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
    assert 2 == (await done(made)).count("reveal refused")
    assert 5 == sum(EMAIL in shown.text for shown in made.stage.shown(9001))
    assert EMAIL not in group(made)
    assert "447400111222" not in group(made)
