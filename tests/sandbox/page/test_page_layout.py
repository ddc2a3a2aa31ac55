from __future__ import annotations

import re

from page_stage import BUTTONS, Stage
from playwright.async_api import expect
from sandbox_play import ANN, FORUM, MIRA

from bot.sandbox import GATEWAY_TOKEN

SIDEWAYS = """document.documentElement.scrollWidth > innerWidth
    || [...document.querySelectorAll('.log-scroll, .topics, .inbox, .drawer-body')]
        .some(node => node.scrollWidth > node.clientWidth)"""
NAMELESS = """[...document.querySelectorAll('button, a[href], input, select, textarea')]
    .filter(node => node.getClientRects().length)
    .filter(node => !(node.getAttribute('aria-label') || node.title || node.textContent.trim()
        || node.labels?.[0]?.textContent.trim()))
    .map(node => node.outerHTML)"""


async def test_nothing_hostile_executes(stage: Stage) -> None:
    """Names, texts, buttons, topics, SMS and emails that hold markup or script addresses stay text."""
    evil = "<img src=x onerror=alert(1)>"
    acts = stage.play.acts
    acts.person(7666, evil, last_name=evil)
    acts.start(7666)
    acts.say(7666, evil)
    acts.media(7666, "document", name=evil, data="aGVsbG8=")
    acts.topic_create(MIRA, FORUM, evil)
    link = {"type": "text_link", "offset": 0, "length": 4, "url": "javascript:alert(1)"}
    await stage.play.answer("sendMessage", chat_id=7666, text="link", entities=[link])
    await stage.play.ok(
        "sendMessage",
        chat_id=7666,
        text=evil,
        reply_markup={"inline_keyboard": [[{"text": evil, "callback_data": "x"}]]},
    )
    await stage.play.world.sms(GATEWAY_TOKEN, {"id": "a", "to": "+1", "text": evil, "sender": evil})
    mail = {
        "id": "b",
        "to": "a@example.org",
        "subject": evil,
        "text": evil,
        "html": f"{evil}<script>parent.alert(1)</script>",
    }
    assert (await stage.play.world.email(GATEWAY_TOKEN, mail)).ok
    await stage.open()
    await stage.chat.get_by_role("button", name=evil).first.click()
    await stage.phone.get_by_role("button", name="Email").click()
    await stage.page.get_by_role("button", name="Show as designed").click()
    await expect(stage.page.frame_locator("iframe").locator("img")).to_have_count(1)

    await expect(stage.chat.locator(".message").last).to_contain_text(evil)
    assert await stage.page.locator("img[src='x'], a[href^='javascript']").count() == 0
    assert [line for line in stage.problems if "alert" in line] == []
    stage.problems.clear()  # the browser says that the email's script and picture were blocked


async def test_the_newest_message_stays_in_view(stage: Stage) -> None:
    """The chat follows new messages at its end, and stays put when the reader has scrolled up."""
    for number in range(30):
        await stage.play.ok("sendMessage", chat_id=ANN, text=f"Line {number}")
    await expect(stage.chat.get_by_text("Line 29")).to_be_in_viewport()
    await stage.chat.locator(".log-scroll").evaluate("node => node.scrollTo(0, 0)")
    await expect(stage.chat.get_by_role("button", name="To the newest message")).to_be_visible()
    await stage.play.ok("sendMessage", chat_id=ANN, text="One more")
    await expect(stage.chat.get_by_role("button", name="To the newest message")).to_have_text("1")
    await expect(stage.chat.locator(".message").first).to_be_in_viewport()
    await stage.chat.get_by_role("button", name="To the newest message").click()
    await expect(stage.chat.get_by_text("One more")).to_be_in_viewport()


async def test_a_phones_screen_has_tabs_and_no_sideways_scroll(small: Stage) -> None:
    """At 390 pixels one pane shows at a time, badges tell of the others, and nothing overflows."""
    play = small.play
    play.acts.person(7005, "محمد" * 6, last_name="W" * 60)
    play.acts.say(7005, "Donaudampfschifffahrt" * 12)
    for number in range(30):
        play.acts.topic_create(MIRA, FORUM, f"{number} " + "unbroken" * 15)
    await play.ok(
        "sendMessage",
        chat_id=7005,
        text="x" * 300,
        reply_markup={"inline_keyboard": [[{"text": "y" * 60, "callback_data": "y"}] * 2]},
    )
    await play.world.sms(GATEWAY_TOKEN, {"id": "a", "to": "+4915112345678", "text": "z" * 300, "sender": "desk"})
    tabs = small.page.get_by_role("navigation", name="Panes")
    await expect(tabs.get_by_role("button", name="Phone").locator(".badge")).to_have_text("1")

    await small.chat.get_by_role("button", name=re.compile("WWW")).click()
    assert not await small.page.evaluate(SIDEWAYS)
    for name, pane in (("Desk", small.desk), ("Phone", small.phone)):
        await tabs.get_by_role("button", name=name).click()
        await expect(pane).to_be_visible()
        await expect(small.chat).to_be_hidden()
        assert not await small.page.evaluate(SIDEWAYS)
    await expect(tabs.get_by_role("button", name="Phone").locator(".badge")).to_be_hidden()
    await small.page.get_by_role("button", name="Controls").click()
    assert not await small.page.evaluate(SIDEWAYS)


async def test_a_code_on_the_phones_screen_leads_back_to_the_chat(small: Stage) -> None:
    """On a small screen a tapped code turns to the chat, with the code in its field."""
    await small.play.world.sms(
        GATEWAY_TOKEN, {"id": "a", "to": "+4915112345678", "text": "Code 482913", "sender": "desk"}
    )
    await small.page.get_by_role("navigation", name="Panes").get_by_role("button", name="Phone").click()
    await small.phone.locator(".code").click()

    await expect(small.field).to_be_visible()
    await expect(small.field).to_have_value("482913")


async def test_every_control_has_a_name(stage: Stage) -> None:
    """Each button, link and field that shows has an accessible name."""
    await stage.play.ok("sendMessage", chat_id=ANN, text="Sure?", reply_markup=BUTTONS)
    await expect(stage.chat.get_by_role("button", name="Yes")).to_be_visible()
    await stage.page.get_by_role("button", name="Controls").click()

    assert await stage.page.evaluate(NAMELESS) == []
