"""Without any phone, and who may decide about it, attacked: security.md section 5, group D, D48."""

from __future__ import annotations

import pytest
from guesses import EMAIL, NEW, linked
from shortcuts import OLD, untouched
from test_recovery import LOST, NUMBER, cases, no_further, phone

from bot.desk.group import ACTIONS, COMMANDS, EVERYWHERE
from bot.domain.operations import STOPPED
from bot.domain.recovery import approvals

ONLY_EMAIL = {"email": EMAIL, "phone": OLD, "signed_in": True}
MIRA, OMAR = 9001, 9002
LAST = ("close", "solve", "merge", "unfreeze")
"""What ends a ticket comes last; all others are written while it is open."""


async def writes(made, text: str, agent: int = MIRA) -> None:
    """An agent writes in the topic of Ann's newest ticket."""
    group, thread = await made.stage.topic(7001)
    await made.stage.pace()
    await made.stage.driver.act("say", {"person": agent, "chat": group, "thread": thread, "text": text})
    await made.stage.settle()


async def test_D48_without_any_phone_there_is_an_urgent_ticket(town):
    """Attack: be nobody's phone; outcome: a person at once, who is told what is held; nothing of it opens a way in."""
    made = await town(account={**LOST, "trading": "seven green bottles"})
    await made.walk("at_unavailable")
    await made.tap("I have no phone at all")
    said = "".join(seen.text for seen in made.stage.shown(made.stage.forum))

    assert "handoff/talk" == await made.place()
    assert [("no_phone", "urgent")] == [(row["reason"], row["priority"]) for row in await made.rows("tickets")]
    assert ["Google 2FA", "trading password"] == [held for held in ("Google 2FA", "trading password") if held in said]
    assert (True, [], []) == (await untouched(made), await cases(made), await made.rows("sessions"))


async def test_D48_no_command_of_an_agent_sets_a_number(town):
    """Attack: have the ticket's agent try every command there is with a number; outcome: none of them sets one."""
    made = await town(account=LOST)
    await made.walk("at_unavailable")
    await made.tap("I have no phone at all")
    await writes(made, "/claim")
    names = sorted({*COMMANDS, *EVERYWHERE}, key=lambda name: (name in LAST, name))
    for name in names:
        await writes(made, f"/{name} {NEW}")
    for text in (f"the number is {NEW}", f"/phone {NEW}", f"/bind {EMAIL} {NEW}", f"/approve {NEW}"):
        await writes(made, text)

    assert (True, OLD) == (await untouched(made), await phone(made))
    assert ([], [], []) == (await cases(made), await made.rows("holds"), await made.rows("approvals"))
    assert {"phone_changed", "phone_bound", "phone_recovered"}.isdisjoint(
        row["action"] for row in await made.rows("audit")
    )
    assert {"claim", "solve", "reopen", "retry", "macro", "view", "approve", "again", "reject"} == set(ACTIONS)


async def test_D48_where_only_the_email_is_left_two_agents_approve(town):
    """Attack: one agent alone, by button, by command, twice, in both; outcome: another one has to; then the hold."""
    made = await town(account=ONLY_EMAIL)
    await made.walk("at_recover_review", "looked", steps="- agent: {reply: /approve}\n- desk: half_approved")
    for _ in range(2):
        await writes(made, "/approve")
    group, thread = await made.stage.topic(7001)
    for label in ("Approve…", "Yes, approve"):
        await made.tap(label, MIRA, chat=group, thread=thread)
    await writes(made, "/approve", OMAR)  # who has not looked
    alone = await cases(made), await made.rows("approvals"), await made.place()
    went = await no_further(made)
    await made.walk("omar_looked")
    await writes(made, "/approve", OMAR)
    await made.stage.settle()
    approved = await cases(made)
    await made.say("/start")
    await made.walk(steps="- tap: My recovery\n- bot: recover_phone/approved" + NUMBER)
    await made.say(made.code(NEW))

    assert (["review"], [MIRA], "recover_phone/review") == (alone[0], [row["agent"] for row in alone[1]], alone[2])
    assert ("recover_phone/unavailable", ["approved"]) == (went, approved)
    assert [MIRA, OMAR] == sorted(row["agent"] for row in await made.rows("approvals"))
    assert NEW == await phone(made)
    assert {name for name, stopped in STOPPED.items() if stopped} == {
        name for name in STOPPED if not (await made.ask(name))["allowed"]
    }


@pytest.mark.parametrize(
    ("shown", "needed"),
    [({"email"}, 2), (set(), 2), ({"email", "totp"}, 1), ({"email", "recovery"}, 1), ({"totp", "trading"}, 1)],
)
def test_D48_how_many_must_agree(shown, needed):
    """The person's own two factors and one agent, or one factor and two agents: never one alone."""
    assert needed == approvals(frozenset(shown))


@pytest.mark.parametrize("as_what", ["the chat that recovers", "a chat of the account"])
async def test_D48_nobody_approves_what_they_have_asked_for(town, as_what):
    """Attack: recover, become an agent, approve it oneself; outcome: refused and noted, a colleague's counts."""
    made = await town(account=LOST)
    await made.walk("at_review", "looked", "omar_looked")
    if as_what == "a chat of the account":
        await linked(made, MIRA)  # an agent's chat is told that it is one, and signs in to nothing
        nowhere = [row for row in await made.rows("sessions") if row["chat"] == MIRA]
        assert [] == nowhere
        await made.db(lambda tx: tx.run(
            "INSERT INTO sessions (chat, account, since, via) VALUES ($1, $2, $3, 'link')",
            MIRA, made.account(), made.clock.now(),
        ))  # fmt: skip
    else:
        await made.db(lambda tx: tx.run("UPDATE recoveries SET chat = $1", MIRA))
    await writes(made, "/approve")
    refused = await cases(made), await made.rows("approvals")
    noted = [(row["actor"], row["outcome"]) for row in await made.rows("audit") if row["action"] == "recovery approved"]
    await writes(made, "/approve", OMAR)

    assert (["review"], []) == refused
    assert [(f"agent:{MIRA}", "refused")] == noted
    assert (["approved"], [OMAR]) == (await cases(made), [row["agent"] for row in await made.rows("approvals")])
