"""One chat's trouble is its own: slow gateways, flood-waits and faults never delay another chat."""

from __future__ import annotations

import asyncio

import pytest

from bot.clock import SECOND
from bot.db import watch
from bot.scripts.stage import Stage

ANN, KWAME = 7001, 7002
GIVEN = {
    "account": {"email": "ann@example.com", "signed_in": True},
    "others": [{"email": "kwame@example.com", "signed_in": True, "user": KWAME}],
}


@pytest.fixture
async def stage():
    async with Stage(GIVEN) as made:
        yield made


async def acts(stage, person, *moves):
    """Let somebody say or tap things, a second each."""
    for name, what in moves:
        await stage.pace()
        await stage.driver.act(name, {"person": person, "text" if name == "say" else "label": what})
        await stage.settle()


async def to_the_number(stage, person):
    """Up to the SMS that binds a phone."""
    await acts(stage, person, ("say", "/start"), ("tap", "Account security"), ("tap", "Mobile phone"), ("tap", "Set"))
    await acts(stage, person, ("tap", "Email code"))
    letter = next(mail for mail in reversed(stage.world.state.emails) if "code" in mail.subject)
    code = next(word for word in letter.text.split() if word.isdigit() and len(word) == 6)
    await acts(stage, person, ("say", code), ("say", "uk"), ("say", f"07400 12345{person % 10}"))


def seen(stage, chat) -> list[str]:
    return [key for seen in stage.journal if seen.chat == chat for key in seen.keys]


async def test_a_gateway_that_takes_thirty_seconds_delays_nobody_else(stage):
    """Ann's SMS hangs at the gateway; Kwame signs on, asks, and is answered before the clock moves at all."""
    await to_the_number(stage, ANN)
    await acts(stage, KWAME, ("say", "/start"))
    await stage.driver.fault({"method": "sms", "kind": "slow", "delay_ms": 30_000})
    await acts(stage, ANN, ("tap", "Send code"))
    stage.journal.clear()
    began = stage.clock.now()

    for label in ("Account security", "Mobile phone", "Set", "Email code"):  # without a pause: the clock stands still
        await stage.driver.act("tap", {"person": KWAME, "label": label})
        await stage.settle()
    while_it_hangs = seen(stage, KWAME), [sms.text for sms in stage.world.state.sms], stage.clock.now()
    await stage.wait(30 * SECOND)

    assert (
        ["protection/overview", "protection/phone", "bind_phone/prove", "email/code", "bind_phone/prove_email"],
        [],
        began,
    ) == (sorted_by_path(while_it_hangs[0]), while_it_hangs[1], while_it_hangs[2])
    assert ["+447400123451"] == [sms.to for sms in stage.world.state.sms]


def sorted_by_path(keys):
    """The letter leaves beside the screens: its place among them is not fixed."""
    order = ["protection/overview", "protection/phone", "bind_phone/prove", "email/code", "bind_phone/prove_email"]
    return sorted(keys, key=order.index)


async def test_even_the_own_chat_goes_on_while_the_gateway_hangs(stage):
    """Waiting for a gateway is a state, not a blocked chat: Ann can go back and ask for a human meanwhile."""
    await to_the_number(stage, ANN)
    await stage.driver.fault({"method": "sms", "kind": "slow", "delay_ms": 30_000})
    await acts(stage, ANN, ("tap", "Send code"))
    stage.journal.clear()

    await acts(stage, ANN, ("tap", "Back"), ("tap", "Talk to a person"))

    assert ["bind_phone/confirm", "handoff/reason"] == seen(stage, ANN)
    assert [] == stage.world.state.sms


async def test_a_flood_wait_holds_up_its_own_chat_alone(stage):
    """Telegram asks Ann's chat to wait ten seconds; Kwame's next screen comes at once, Ann's after the wait."""
    await acts(stage, ANN, ("say", "/start"))
    await acts(stage, KWAME, ("say", "/start"))
    await stage.driver.fault({"method": "sendMessage", "kind": "error", "code": 429, "retry_after": 10, "chat": ANN})
    stage.journal.clear()

    await acts(stage, ANN, ("say", "/help"))
    await acts(stage, KWAME, ("say", "/help"))
    before = seen(stage, ANN), seen(stage, KWAME)
    await stage.wait(10 * SECOND)

    assert ([], ["help", "welcome/home"]) == before
    assert ["help", "welcome/home"] == seen(stage, ANN)


async def test_a_turn_that_fails_is_undone_counted_and_put_aside_while_the_others_go_on(stage):
    """A poisonous update is tried three times, then its chat is told; a neighbour in the same batch notices nothing."""
    await acts(stage, ANN, ("say", "/start"))
    stage.journal.clear()

    poison = {"message": {"message_id": 900, "chat": {"id": ANN, "type": "private"}}}
    await stage.driver.act("deliver", {"update": poison})
    await stage.driver.act("say", {"person": KWAME, "text": "/start"})
    await stage.driver.act("say", {"person": ANN, "text": "/help"})
    await stage.settle()
    await stage.wait(5 * SECOND)

    assert ["help", "welcome/home", "everywhere/failed", "welcome/home"] == seen(stage, ANN)
    assert ["welcome/home"] == seen(stage, KWAME)
    aside = [row for row in await stage.db(lambda tx: watch.rows(tx, "inbox")) if row["aside_at"]]
    assert [3] == [row["tries"] for row in aside]


async def test_a_server_error_is_tried_again_with_growing_pauses(stage):
    """A message that Telegram could not take goes out once it can, and only once."""
    await acts(stage, ANN, ("say", "/start"))
    await stage.driver.fault({"method": "sendMessage", "kind": "error", "code": 502, "chat": ANN, "times": 3})
    stage.journal.clear()

    await acts(stage, ANN, ("say", "/help"))
    lengths = []
    for _ in range(3):
        lengths.append(len(seen(stage, ANN)))
        await stage.wait(4 * SECOND)

    assert 0 == lengths[0]
    assert ["help", "welcome/home"] == seen(stage, ANN)
    tries = [
        row["tries"] for row in await stage.db(lambda tx: watch.rows(tx, "outbox")) if row["keys"].startswith("help")
    ]
    assert [3] == tries


async def test_an_answer_that_was_lost_costs_at_most_one_repeat(stage):
    """The message was stored and the answer never came: it is sent once more, and that is counted."""
    await acts(stage, ANN, ("say", "/start"))
    await stage.driver.fault({"method": "sendMessage", "kind": "timeout_after", "chat": ANN})

    await acts(stage, ANN, ("say", "/help"))
    await stage.wait(3 * SECOND)

    assert 1 == sum(group.extra for group in stage.world.journal.duplicates())
    assert 1 == stage.app.outbox.repeats


async def test_a_burst_is_let_through_and_then_a_message_a_second(stage):
    """Twelve at once, then one a second: the chat never gets ahead of what Telegram bears."""
    for _ in range(20):
        await stage.driver.act("say", {"person": ANN, "text": "/help"})
    await stage.settle()
    at_once = len(seen(stage, ANN)) // 2
    await stage.wait(3 * SECOND)
    later = len(seen(stage, ANN)) // 2

    assert 12 == at_once
    assert 3 == later - at_once


async def test_what_is_sent_is_counted_for_the_operator(stage):
    """The figures tell turns and sends, and name nobody."""
    await acts(stage, ANN, ("say", "/start"), ("tap", "Account security"))
    registry = stage.app.tools.metrics.registry

    assert 2 <= registry.get_sample_value("phonedesk_turns_total", {"outcome": "done"})
    assert 2 <= registry.get_sample_value("phonedesk_sends_total", {"channel": "telegram", "outcome": "sent"})
    assert 0 == registry.get_sample_value("phonedesk_outbox_waiting")


async def test_what_is_sent_while_the_table_is_read_does_not_go_out_again(stage):
    """A leader reads the outbox for what other workers have stored; a message that leaves meanwhile is no new one."""
    await acts(stage, ANN, ("say", "/start"))
    await stage.driver.fault({"method": "sendMessage", "kind": "slow", "delay_ms": 5_000, "chat": ANN})
    await acts(stage, ANN, ("say", "/help"))
    outbox, real, gate = stage.app.outbox, stage.app.outbox._db, asyncio.Event()

    class Slow:
        async def transact(self, job):
            posts = await real.transact(job)
            await gate.wait()
            return posts

    outbox._db = Slow()
    reading = asyncio.create_task(outbox.load())
    await asyncio.sleep(0)
    outbox._db = real
    await stage.wait(5 * SECOND)
    gate.set()
    await reading
    await stage.wait(5 * SECOND)

    assert 1 == sum(keys == "help" for keys in seen(stage, ANN))
    assert [] == stage.world.journal.duplicates()
