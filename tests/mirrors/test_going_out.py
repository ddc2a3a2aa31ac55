"""From the sandbox's chat into another system: the ticket, what is said in it, and how it stands."""

from __future__ import annotations

import json

import pytest

from bot.clock import DAY, HOUR
from bot.local import new_keys
from bot.mirrors import systems
from bot.scripts.stage import USER
from bot.settings import fixed

OMAR = 9002
STATES = {
    "zendesk": {"open": "open", "pending": "pending", "hold": "hold", "solved": "solved", "closed": "closed"},
    "zammad": {"open": "open", "pending": "pending reminder", "hold": "pending reminder", "solved": "closed",
               "closed": "closed"},
}  # fmt: skip


@pytest.fixture(params=["inprocess", "http"])
def driver(request) -> str:
    """Each way of reaching the sandbox."""
    return request.param


async def test_a_ticket_and_what_is_said_in_it_stand_there_in_order(scene):
    """The person's words and answers are public, notes are not, and who has the ticket is told where it happened."""
    await scene.ticket()
    await scene.person("It does not work")
    await scene.later()
    await scene.agent("/claim")
    await scene.agent("Hello Pat")
    await scene.agent("// a strange case")
    await scene.agent("I know it", OMAR)
    await scene.later()
    twin = scene.double.one()

    assert ("Something else", "1001") == (
        twin.title.removesuffix(" · phonedesk 1001"),
        twin.number or twin.title.rpartition(" ")[2],
    )
    assert [
        ("The person:\n\nIt does not work", True),
        ("Mira has the ticket in Telegram, and speaks to the person. Public comments here become notes there.", False),
        ("Mira:\n\nHello Pat", True),
        ("Note by Mira:\n\n// a strange case", False),
        ("Note by Omar:\n\nI know it", False),
    ] == twin.said
    assert STATES[scene.double.kind]["pending"] == twin.status


async def test_how_a_ticket_stands_is_told_in_their_words(scene):
    """Each status, until it is closed for good; a ticket on hold says until when."""
    await scene.ticket()
    seen = []
    for step in ("/claim", "Hello", "/hold 2h the operator looks", "/open", "/solve"):
        await scene.agent(step)
        await scene.later()
        seen.append((scene.double.one().status, bool(scene.double.one().pending)))
    await scene.later(8 * DAY)
    states, zammad = STATES[scene.double.kind], scene.double.kind == "zammad"

    assert [
        (states["open"], False), (states["pending"], zammad), (states["hold"], zammad), (states["open"], zammad),
        (states["solved"], zammad),
    ] == seen  # fmt: skip
    assert states["closed"] == scene.double.one().status


async def test_priority_and_tags_follow_and_theirs_stay(scene):
    """What agents there have tagged is not lost."""
    await scene.ticket()
    await scene.later()
    scene.twin.tags.append("vip")
    await scene.agent("/claim")
    await scene.agent("/priority urgent")
    ticket = (await scene.rows("tickets"))[0]["id"]

    async def tagged(tx):
        await tx.run("UPDATE tickets SET tags = 'operator', unmirrored = 1 WHERE id = $1", ticket)

    await scene.stage.db(tagged)
    await scene.later()

    assert {"zendesk": "urgent", "zammad": "3 high"}[scene.double.kind] == scene.twin.priority
    assert ["phonedesk", "vip", "operator"] == scene.twin.tags


async def test_nothing_personal_leaves_but_what_people_write(scene):
    """Neither address nor name nor secrets, in no request."""
    await scene.ticket()
    await scene.person("my code is 271828 and my card 4111 1111 1111 1111")
    await scene.later()
    said = json.dumps([scene.twin.title, [comment.text for comment in scene.twin.comments]])

    assert [] == [word for word in ("ann@", "Pat", str(USER), "271828", "4111 1111") if word in said]
    assert "a****@e****.com" in said


async def test_changes_and_what_is_taken_back_are_told(scene):
    """An edit is a new comment; the person no longer has what was taken back."""
    await scene.ticket()
    await scene.agent("/claim")
    await scene.agent("Helo")
    forum = scene.stage.forum
    mine = [m.id for m in scene.stage.world.messages(forum) if m.sender == 9001][-1]
    await scene.act("edit", person=9001, chat=forum, message_id=mine, text="Hello")
    thread = await scene.stage.thread(USER)
    await scene.act("say", person=9001, chat=forum, thread=thread, text="/unsend", reply_to=mine)
    await scene.later()

    assert [
        ("Mira:\n\nHelo", True), ("Mira, changed:\n\nHello", True),
        ("Mira has taken an answer back; the person does not have it any more.", False),
    ] == scene.twin.said[1:]  # fmt: skip


async def test_an_answer_that_did_not_get_through_is_told(scene):
    """Agents there must not take it for said."""
    await scene.ticket()
    await scene.agent("/claim")
    await scene.act("block", person=USER)
    await scene.agent("Hello?")
    await scene.later()

    assert ("An answer of Mira did not get through to the person.", False) == scene.twin.said[-1]


async def test_what_is_no_text_is_named(scene):
    """Files stay in Telegram."""
    await scene.ticket()
    await scene.act("media", person=USER, kind="photo", caption="look")
    await scene.act("media", person=USER, kind="voice")
    await scene.later()

    assert [("The person:\n\n[photo]\nlook", True), ("The person:\n\n[voice]", True)] == scene.twin.said


async def test_what_was_over_before_there_was_a_mirror_stays_here(scene):
    """A mirror that is switched on takes what is alive, with all that was said in it."""
    await scene.ticket()
    await scene.person("first")
    await scene.later()
    scene.double.forget()
    ticket = (await scene.rows("tickets"))[0]["id"]

    async def forget(tx):
        await tx.run("DELETE FROM mirror_comments")
        await tx.run("DELETE FROM mirrors")
        await tx.run("UPDATE tickets SET unmirrored = 1 WHERE id = $1", ticket)

    await scene.stage.db(forget)
    await scene.later()
    again = scene.double.one().said
    await scene.agent("/claim")
    await scene.agent("/solve")
    await scene.later(8 * DAY)
    scene.double.forget()
    await scene.stage.db(forget)
    await scene.later(HOUR)

    assert [("The person:\n\nfirst", True)] == again
    assert {} == scene.double.tickets


def test_without_a_mirror_there_is_no_other_system():
    """The setting is empty unless somebody sets it."""
    assert ("", None) == (systems.kind(fixed(new_keys())), systems.opened(fixed(new_keys()), None))
