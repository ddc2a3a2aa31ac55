from __future__ import annotations

import re

from page_stage import Stage
from playwright.async_api import expect
from sandbox_play import ANN, FORUM, MIRA, OMAR

from bot.sandbox import GATEWAY_TOKEN


async def test_the_desk_shows_a_topic_and_sends_an_agents_message(stage: Stage) -> None:
    """A new topic appears, an agent answers in it, by name or without, and closes it."""
    topic = await stage.play.ok("createForumTopic", chat_id=FORUM, name="#7 Ann Meyer")
    thread = topic["message_thread_id"]
    await stage.play.ok("sendMessage", chat_id=FORUM, message_thread_id=thread, text="She lost her phone.")
    stage.play.world.take_updates()
    row = stage.desk.get_by_role("button", name=re.compile("#7 Ann Meyer"))
    await expect(row.locator(".badge")).to_have_text("2")
    await row.click()
    await expect(stage.desk.locator(".message").last).to_contain_text("She lost her phone.")
    await expect(row.locator(".badge")).to_be_hidden()

    field = stage.page.get_by_label("Message: topic")
    await field.fill("I take it")
    await field.press("Enter")
    message = (await stage.update())["message"]
    assert (MIRA, FORUM, thread) == (message["from"]["id"], message["chat"]["id"], message["message_thread_id"])

    await stage.desk.get_by_role("button", name="Anonymous").click()
    await field.fill("From the desk")
    await field.press("Enter")
    assert (await stage.update())["message"]["sender_chat"]["id"] == FORUM
    await expect(stage.desk.locator(".message").last).to_contain_text("anonymous admin")

    await stage.desk.get_by_label("More about this topic").click()
    await stage.page.get_by_role("menuitem", name="Close the topic").click()
    assert "forum_topic_closed" in (await stage.update())["message"]
    await expect(stage.desk.locator(".state.closed")).to_be_visible()


async def test_another_agent_takes_over(stage: Stage) -> None:
    """The agent switcher decides who speaks; a plain member cannot hide."""
    await stage.desk.get_by_role("button", name="Omar").click()
    await expect(stage.desk.get_by_role("button", name="Anonymous")).to_be_hidden()
    await stage.page.get_by_label("Message: topic").fill("Hello")
    await stage.page.keyboard.press("Enter")

    assert (await stage.update())["message"]["from"]["id"] == OMAR


async def test_faults_and_limits_are_switched_in_plain_words(stage: Stage) -> None:
    """A switch adds a fault, the list clears it, the journal shows what was refused in red."""
    faults = stage.play.world.faults
    await stage.page.get_by_role("button", name="Controls").click()
    await stage.page.get_by_role("switch", name=re.compile("SMS gateway: Down")).click()
    await expect(stage.page.locator("#faults-count")).to_have_text("1")
    assert [(fault.method, fault.kind, fault.times) for fault in faults.all()] == [("sms", "down", 0)]

    await stage.page.get_by_role("button", name="Clear: SMS gateway: down").click()
    await expect(stage.page.locator("#faults-count")).to_be_hidden()
    assert faults.all() == []

    await stage.page.get_by_role("radio", name=re.compile("Strict")).check()
    await stage.page.get_by_role("switch", name=re.compile("Too many requests")).click()
    await expect(stage.page.locator("#faults-count")).to_have_text("1")
    assert stage.play.world.settings.flood == "strict"

    assert "429" in await stage.play.refusal("sendMessage", chat_id=ANN, text="Hello")
    await stage.page.get_by_role("button", name="Journal").click()
    await expect(stage.page.locator(".call.bad").first).to_contain_text("retry after 30")


async def test_the_clock_moves(stage: Stage) -> None:
    """The buttons move the sandbox's clock, and the page shows the new time."""
    start = stage.play.clock.now()
    await stage.page.get_by_role("button", name="Move the clock ten minutes ahead").click()
    await expect(stage.page.locator("#clock-now")).to_contain_text("10:10")
    await stage.page.get_by_role("button", name="Move the clock a day ahead").click()
    await expect(stage.page.locator("#clock-now")).to_contain_text("6 Jan, 10:10")

    assert stage.play.clock.now() - start == (600 + 86_400) * 1_000


async def test_a_reset_empties_the_page(stage: Stage) -> None:
    """After a reset everything known is forgotten and the demo world shows."""
    await stage.play.ok("sendMessage", chat_id=ANN, text="Old news")
    await expect(stage.chat.get_by_text("Old news")).to_be_visible()
    await stage.page.get_by_role("button", name="Controls").click()
    await stage.page.get_by_role("button", name="Start over").click()
    await stage.page.get_by_role("dialog").get_by_role("button", name="Start over").click()

    await expect(stage.chat.get_by_role("button", name="Chloé")).to_be_visible()
    await expect(stage.chat.get_by_text("Old news")).to_have_count(0)


async def test_a_code_is_copied_from_the_sms_and_the_email(stage: Stage) -> None:
    """A tap on a code puts its digits into the message field."""
    await stage.play.world.sms(
        GATEWAY_TOKEN, {"id": "a", "to": "+4915112345678", "text": "Code 482 913, not 2026-01-05", "sender": "desk"}
    )
    await stage.phone.locator(".code").click()
    await expect(stage.field).to_have_value("482913")

    mail = {"id": "b", "to": "ann@example.org", "subject": "Code", "text": "739204 is your code"}
    await stage.play.world.email(GATEWAY_TOKEN, mail)
    await expect(stage.phone.locator(".phone-tab .badge").last).to_have_text("1")
    await stage.phone.get_by_role("button", name="Email").click()
    await stage.phone.locator(".mail .code").click()
    await expect(stage.field).to_have_value("739204")
