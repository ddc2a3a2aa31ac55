from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from page_stage import BUTTONS, Stage
from playwright.async_api import expect
from sandbox_play import ANN, KWAME, Play


async def test_a_conversation_shows_as_it_happens(stage: Stage) -> None:
    """A message of the bot arrives by the feed, with its formatting, its buttons and the sandbox's time."""
    await stage.play.ok(
        "sendMessage", chat_id=ANN, parse_mode="HTML", text="<b>Hello</b> <code>12</code>", reply_markup=BUTTONS
    )
    last = stage.chat.locator(".message").last

    await expect(last.locator("strong")).to_have_text("Hello")
    await expect(last.locator("time")).to_have_text("10:00")
    await expect(last.get_by_role("button", name="Yes")).to_have_class(re.compile("success"))
    await expect(last.get_by_role("link", name="Site")).to_have_attribute("href", "https://example.org/")
    assert await stage.chat.locator(".message").count() == 2


async def test_a_tap_reaches_the_bot_and_its_answer_comes_back(stage: Stage) -> None:
    """A button press becomes a callback query; a toast and an alert show what the bot answers."""
    await stage.play.ok("sendMessage", chat_id=ANN, text="Sure?", reply_markup=BUTTONS)
    await stage.chat.get_by_role("button", name="Yes").click()
    query = (await stage.update())["callback_query"]
    await stage.play.ok("answerCallbackQuery", callback_query_id=query["id"], text="Fine")

    assert (query["from"]["id"], query["data"]) == (ANN, "yes")
    await expect(stage.chat.locator(".notice")).to_have_text("Fine")

    await stage.chat.get_by_role("button", name="Yes").click()
    query = (await stage.update())["callback_query"]
    await stage.play.ok("answerCallbackQuery", callback_query_id=query["id"], text="Too late", show_alert=True)

    await expect(stage.page.get_by_role("dialog")).to_contain_text("Too late")


async def test_typing_sends_edits_replies_and_reacts(stage: Stage) -> None:
    """What a person does to messages reaches the bot as Telegram sends it."""
    await stage.field.fill("helo")
    await stage.field.press("Enter")
    assert (await stage.update())["message"]["text"] == "helo"
    await expect(stage.field).to_have_value("")

    await stage.field.press("ArrowUp")
    await stage.field.fill("hello")
    await stage.field.press("Enter")
    assert (await stage.update())["edited_message"]["text"] == "hello"
    mine = stage.chat.locator(".message").last
    await expect(mine).to_contain_text("edited")

    await mine.get_by_label("What to do with this message").click()
    await stage.page.get_by_role("menuitem", name="Reply").click()
    await stage.page.keyboard.type("again")
    await stage.page.keyboard.press("Enter")
    assert (await stage.update())["message"]["reply_to_message"]["text"] == "hello"
    await expect(stage.chat.locator(".message")).to_have_count(3)

    await mine.get_by_label("What to do with this message").click()
    await stage.page.get_by_label("React with 👍").click()
    await expect(mine.locator(".reaction.own")).to_have_text("👍")
    assert stage.play.world.messages(ANN)[-1].reactions == {ANN: ["👍"]}


async def test_a_refused_message_goes_back_into_the_field(stage: Stage) -> None:
    """What the sandbox refuses is explained, and nothing typed is lost."""
    stage.play.acts.block(ANN)
    stage.play.acts.unblock(ANN)
    stage.play.world.take_updates()
    await stage.page.route("**/sim/acts/say", lambda route: route.fulfill(status=400, json={"error": "not now"}))
    await stage.field.fill("precious")
    await stage.field.press("Enter")

    await expect(stage.chat.get_by_role("alert")).to_have_text("not now")
    await expect(stage.field).to_have_value("precious")
    stage.problems.clear()  # the browser logs the 400


async def test_two_people_talk_apart(stage: Stage) -> None:
    """Each person has a chat of their own, a draft of their own, and a badge for what came meanwhile."""
    await stage.field.fill("a draft of Ann")
    await stage.chat.get_by_role("button", name="Kwame").click()
    await stage.chat.get_by_role("button", name="Start", exact=True).click()
    assert (await stage.update())["message"]["from"]["id"] == KWAME
    await expect(stage.field).to_have_value("")

    await stage.play.ok("sendMessage", chat_id=ANN, text="Are you there?")
    ann = stage.chat.get_by_role("button", name="Ann Meyer, 1 unread")
    await ann.click()
    await expect(stage.field).to_have_value("a draft of Ann")
    await expect(stage.chat.locator(".message").last).to_contain_text("Are you there?")


async def test_a_new_person_is_made_and_starts_by_a_link(stage: Stage) -> None:
    """The dialog makes a person, who opens a deep link of the website."""
    await stage.page.get_by_role("button", name="New person").click()
    await stage.page.get_by_label("First name").fill("Zoë")
    await stage.page.get_by_label("Phone number").fill("+49 170 1234567")
    await stage.page.get_by_role("button", name="Create").click()
    await expect(stage.chat.locator(".card")).to_contain_text("Three things to try")
    await stage.chat.get_by_role("button", name="Open a link").click()
    await stage.page.get_by_role("textbox", name="Open a link").fill("https://t.me/phonedesk_bot?start=bind_7")
    await stage.page.keyboard.press("Enter")
    message = (await stage.update())["message"]

    assert (message["text"], message["from"]["first_name"]) == ("/start bind_7", "Zoë")
    assert stage.play.world.state.people[message["from"]["id"]].phone == "+491701234567"


async def test_the_reply_keyboard_shares_the_number_after_a_question(stage: Stage) -> None:
    """A contact button asks before it shares; a text button says its text; a one-time keyboard goes away."""
    keyboard = [[{"text": "Share", "request_contact": True}], [{"text": "Back"}]]
    await stage.play.ok(
        "sendMessage", chat_id=ANN, text="Your number?", reply_markup={"keyboard": keyboard, "one_time_keyboard": True}
    )
    await stage.chat.get_by_role("button", name="Share").click()
    await stage.page.get_by_role("dialog").get_by_role("button", name="Share").click()
    contact = (await stage.update())["message"]["contact"]

    assert (contact["user_id"], contact["phone_number"].lstrip("+")) == (ANN, "4915112345678")
    await expect(stage.chat.get_by_role("button", name="Back")).to_have_count(0)

    await stage.chat.get_by_label(re.compile("Show or hide")).click()
    await stage.chat.get_by_role("button", name="Back").click()
    assert (await stage.update())["message"]["text"] == "Back"


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ("Sample photo", "photo"),
        ("Hidden photo", "photo"),
        ("Sample file", "document"),
        ("File of 25 MB", "document"),
        ("Voice message", "voice"),
        ("Sticker", "sticker"),
        ("My phone number", "contact"),
        ("Location", "location"),
    ],
)
async def test_the_attach_menu_sends(stage: Stage, entry: str, kind: str) -> None:
    """Each entry sends a message of its kind, and the chat draws it."""
    await stage.chat.get_by_role("button", name="Attach").click()
    await stage.page.get_by_role("menuitem", name=entry).click()

    assert kind in (await stage.update())["message"]
    await expect(stage.chat.locator(".message")).to_have_count(2)


async def test_an_album_is_one_bubble(stage: Stage) -> None:
    """Three pictures of an album share a bubble; a click shows one large."""
    await stage.chat.get_by_role("button", name="Attach").click()
    await stage.page.get_by_role("menuitem", name="Album").click()
    await expect(stage.chat.locator(".album .photo")).to_have_count(3)
    await stage.chat.locator(".album .photo").first.click()

    await expect(stage.page.get_by_role("dialog", name="Photo")).to_be_visible()
    assert await stage.chat.locator(".message").count() == 2


async def test_the_bot_is_blocked_and_unblocked(stage: Stage) -> None:
    """Blocking closes the message field and tells the bot; unblocking opens it again."""
    await stage.chat.get_by_label("More about this chat").click()
    await stage.page.get_by_role("menuitem", name="Block the bot").click()
    assert (await stage.update())["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    await expect(stage.field).to_be_hidden()
    await stage.chat.get_by_role("button", name="Unblock").click()
    assert (await stage.update())["my_chat_member"]["new_chat_member"]["status"] == "member"
    await expect(stage.field).to_be_visible()


def gone(play: Play) -> int:
    return play.acts.say(ANN, "a secret").id


def edited(play: Play) -> int:
    message = play.acts.say(ANN, "before")
    return play.acts.edit(ANN, message.id, "a secret").id


@pytest.mark.parametrize("make", [gone, edited])
async def test_a_deleted_message_vanishes(stage: Stage, make: Callable[[Play], int]) -> None:
    """A message the bot deletes leaves the chat at once."""
    number = make(stage.play)
    await expect(stage.chat.get_by_text("a secret")).to_be_visible()
    await stage.play.ok("deleteMessage", chat_id=ANN, message_id=number)

    await expect(stage.chat.get_by_text("a secret")).to_have_count(0)


async def test_the_bot_is_seen_typing(stage: Stage) -> None:
    """A chat action shows in the head of the chat until the message comes."""
    await stage.play.ok("sendChatAction", chat_id=ANN, action="typing")
    await expect(stage.chat.locator(".head .typing")).to_contain_text("typing")
    await stage.play.ok("sendMessage", chat_id=ANN, text="Here")
    await expect(stage.chat.locator(".head .typing")).to_have_count(0)


async def test_formatting_is_drawn_and_spoilers_open(stage: Stage) -> None:
    """Dates show in the viewer's zone, spoilers open by keyboard, quotations unfold, a link to the bot starts it."""
    text = (
        '<tg-time unix="1767693600" format="t">then</tg-time> <tg-spoiler>hidden</tg-spoiler> '
        '<a href="https://t.me/phonedesk_bot?start=stop_1">stop</a>'
        f"<blockquote expandable>{'long ' * 90}</blockquote>"
    )
    await stage.play.ok("sendMessage", chat_id=ANN, text=text, parse_mode="HTML")
    last = stage.chat.locator(".message").last
    await expect(last.locator(".moment")).to_contain_text("11:00")
    spoiler = last.get_by_role("button", name="Hidden text. Show it")
    await spoiler.press("Enter")
    await expect(last.locator(".spoiler-open")).to_have_text("hidden")
    await last.get_by_role("button", name="Show more").click()
    await expect(last.get_by_role("button", name="Show less")).to_be_visible()
    await last.get_by_role("link", name="stop").click()

    assert (await stage.update())["message"]["text"] == "/start stop_1"
