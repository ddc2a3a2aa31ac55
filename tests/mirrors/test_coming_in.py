"""From another system to the person and into the topic: what is said there, by whom, and how the ticket stands."""

from __future__ import annotations

import json

import aiohttp
import pytest
from mirror_doubles import CUSTOMER

from bot.clock import DAY, MINUTE
from bot.db import recoveries
from bot.scripts.stage import USER

STOPPED = "it reads as if you asked for a password"


@pytest.fixture
async def open_scene(scene):
    """A ticket that nobody has, with its twin."""
    await scene.ticket()
    await scene.person("It does not work")
    await scene.later()
    return scene


@pytest.fixture
def status(open_scene):
    """How our ticket stands."""

    async def asked() -> str:
        return (await open_scene.rows("tickets"))[-1]["status"]

    return asked


async def test_a_public_answer_is_said_to_the_person_under_the_name_given_there(open_scene, status):
    """They are told once who has joined; agents see it in the topic; the ticket waits for the person, unclaimed."""
    before = len(open_scene.read())
    open_scene.double.comment("It is mended")
    first = await open_scene.hook()
    open_scene.double.comment("Since noon")
    second = await open_scene.hook()
    await open_scene.later()

    assert (200, 200) == (first, second)
    assert ["Bea from support has joined and answers you here.", "It is mended", "Since noon"] == open_scene.read()[
        before:
    ]
    assert "answers the person from" in open_scene.topic()[-1]
    assert ("pending", None) == (await status(), (await open_scene.rows("tickets"))[0]["assignee"])
    assert "answered from the mirror" in await open_scene.actions()


async def test_an_internal_comment_is_a_note_in_the_topic(open_scene, status):
    """The person hears nothing, and how the ticket stands does not change."""
    before = len(open_scene.read())
    open_scene.double.comment("looks like fraud", public=False)
    await open_scene.hook()

    assert "looks like fraud" in open_scene.topic()[-1]
    assert (before, "new") == (len(open_scene.read()), await status())


async def test_whoever_has_the_ticket_here_speaks(open_scene):
    """An answer from there becomes a note, its writer is told, and the ticket keeps its agent."""
    await open_scene.agent("/claim")
    before = len(open_scene.read())
    open_scene.double.comment("Let me answer")
    await open_scene.hook()
    await open_scene.later()
    told = "not said to the person, but left as a note for Mira, who has the ticket"

    assert before == len(open_scene.read())
    assert "as you have the ticket:\nLet me answer" in open_scene.topic()[-1]
    assert [False] == [public for text, public in open_scene.twin.said if told in text]
    assert 9001 == (await open_scene.rows("tickets"))[0]["assignee"]


async def test_an_answer_that_asks_for_a_secret_is_stopped(open_scene):
    """Neither the person nor anybody who listens learns of it; its writer is told why, in an internal comment."""
    before = len(open_scene.read())
    open_scene.double.comment("Please send me your password")
    await open_scene.hook()
    await open_scene.later()

    assert before == len(open_scene.read())
    assert [False] == [public for text, public in open_scene.twin.said if STOPPED in text]
    assert "which was stopped" in open_scene.topic()[-1]
    assert "answer stopped" in await open_scene.actions()


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("x" * 4097, {}, "Telegram takes 4096 characters"),
        ("", {"files": ("screen.png",)}, "Only words are passed on"),
    ],
)
async def test_what_cannot_be_said_is_told_there(open_scene, text, options, told):
    """And lies in the topic, for somebody here to say it."""
    before = len(open_scene.read())
    open_scene.double.comment(text, **options)
    await open_scene.hook()
    await open_scene.later()

    assert before == len(open_scene.read())
    assert [False] == [public for said, public in open_scene.twin.said if told in said]


async def test_words_with_a_file_are_said_without_it(open_scene):
    """Their writer is told that the file stayed."""
    open_scene.double.comment("See the form", files=("form.pdf",))
    await open_scene.hook()

    assert "See the form" == open_scene.read()[-1]
    assert "Only words are passed on" in open_scene.twin.said[-1][0]


async def test_a_customer_there_speaks_to_nobody_here(open_scene):
    """Only agents answer; what others write is a note."""
    before = len(open_scene.read())
    open_scene.double.comment("me too", author=CUSTOMER, sender="Customer")
    await open_scene.hook()

    assert before == len(open_scene.read())
    assert "me too" in open_scene.topic()[-1]


async def test_a_webhook_that_comes_again_changes_nothing(open_scene):
    """Nor do those that our own comments cause."""
    open_scene.double.comment("It is mended")
    hook = open_scene.double.hook(open_scene.twin)
    for _ in range(3):
        await open_scene.hook(hook)
    said = open_scene.read()
    await open_scene.later()
    for _ in range(3):
        await open_scene.hook()
        await open_scene.later()
    comments = [text for text, _public in open_scene.twin.said]

    assert 1 == said.count("It is mended") == open_scene.read().count("It is mended")
    assert ["The person:\n\nIt does not work", "It is mended"] == comments


async def test_an_answer_that_the_person_does_not_get_is_told_there(open_scene):
    """With the reason, and without a button for anybody here."""
    await open_scene.act("block", person=USER)
    open_scene.double.comment("It is mended")
    await open_scene.hook()
    await open_scene.later()

    assert "did not get through to the person: they have blocked the bot." in open_scene.twin.said[-1][0]
    assert [] == [m.markup for m in open_scene.stage.world.messages(open_scene.stage.forum) if "Retry" in str(m.markup)]


# --- how it stands ------------------------------------------------------------------------------------------------


def theirs(scene, word: str) -> str:
    return (
        word if scene.double.kind == "zendesk" else {"solved": "closed", "pending": "pending reminder"}.get(word, word)
    )


async def test_a_status_that_changes_there_changes_here(open_scene, status):
    """Open, pending, solved and open again; the person is told that it is solved, and nothing goes back."""
    seen = []
    open_scene.double.asked.clear()
    for word in ("open", "pending", "solved", "open"):
        open_scene.twin.status = theirs(open_scene, word)
        await open_scene.hook()
        await open_scene.later()
        seen.append((await status(), open_scene.twin.status))

    assert [(word, theirs(open_scene, word)) for word in ("open", "pending", "solved", "open")] == seen
    assert ["ticket solved", "ticket reopened"] == [a for a in await open_scene.actions() if a.startswith("ticket ")][
        -2:
    ]
    assert {"GET"} == {line.split()[0] for line in open_scene.double.asked}


async def test_an_answer_that_solves_is_said_first(open_scene, status):
    """As agents there do both in one act; the help is asked about, as it was human."""
    open_scene.double.comment("It is mended")
    open_scene.twin.status = theirs(open_scene, "solved")
    await open_scene.hook()
    await open_scene.later()

    assert "solved" == await status()
    assert "It is mended" in open_scene.read()
    assert {"mirror"} == {row["solved_by"] for row in await open_scene.rows("tickets")}


async def test_an_answer_to_a_done_ticket_is_not_said_until_it_is_opened(open_scene, status):
    """Opened and answered in one act it is."""
    open_scene.twin.status = theirs(open_scene, "solved")
    await open_scene.hook()
    open_scene.double.comment("one more thing")
    await open_scene.hook()
    await open_scene.later()
    before = open_scene.read()
    open_scene.double.comment("and another")
    open_scene.twin.status = "open"
    await open_scene.hook()

    assert "Set it to open first" in " ".join(text for text, _public in open_scene.twin.said)
    assert (False, True) == ("one more thing" in before, "and another" in open_scene.read())
    assert "pending" == await status()


async def test_an_undecided_recovery_keeps_a_ticket_from_being_solved(open_scene, status, monkeypatch):
    """There too, where it is set back, with a word."""

    async def undecided(_tx, _ticket):
        return True

    monkeypatch.setattr(recoveries, "undecided", undecided)
    open_scene.twin.status = "open"
    await open_scene.hook()
    open_scene.twin.status = theirs(open_scene, "solved")
    await open_scene.hook()
    await open_scene.later()

    assert ("open", "open") == (await status(), open_scene.twin.status)
    assert "a recovery in it is still to be decided" in open_scene.twin.said[-1][0]


async def test_what_is_closed_for_good_stays_so(open_scene, status):
    """A ticket that can no longer be reopened here is not reopened from there."""
    await open_scene.agent("/claim")
    await open_scene.agent("/solve")
    await open_scene.later(8 * DAY)
    open_scene.twin.status = "open"
    await open_scene.hook()
    await open_scene.later()

    assert ("closed", theirs(open_scene, "closed") if open_scene.double.kind == "zendesk" else "closed") == (
        await status(),
        open_scene.twin.status,
    )


async def test_a_person_with_another_ticket_is_not_given_two(open_scene):
    """The older one stays solved, which is told there."""
    await open_scene.agent("/claim")
    await open_scene.agent("/solve")
    await open_scene.later()
    older = open_scene.twin
    await open_scene.ticket(another=True)
    older.status = "open"
    await open_scene.hook(open_scene.double.hook(older))
    await open_scene.later()

    assert ["solved", "new"] == [row["status"] for row in await open_scene.rows("tickets")]
    assert theirs(open_scene, "solved") == older.status
    assert "the person has another one by now" in older.said[-1][0]


async def test_a_state_that_we_have_no_word_for_is_left_alone(open_scene, status):
    """Until something of ours changes."""
    await open_scene.agent("/claim")
    await open_scene.later()
    open_scene.twin.status = "waiting for the vendor"
    await open_scene.hook()
    await open_scene.person("anything new?")
    await open_scene.later()

    assert ("open", "waiting for the vendor") == (await status(), open_scene.twin.status)


# --- who may say so -----------------------------------------------------------------------------------------------


async def test_only_a_right_signature_is_believed(open_scene):
    """A wrong one, none, one over another body: 401, and nothing is looked at."""
    right, body = open_scene.double.hook(open_scene.twin)
    other = json.dumps({"ticket": {"id": 1}, "ticket_id": 1}).encode()
    wrong = {name: value if name.endswith("Timestamp") else f"x{value}" for name, value in right.items()}
    asked = len(open_scene.double.asked)

    assert [401, 401, 401] == [await open_scene.hook(hook) for hook in ((wrong, body), ({}, body), (right, other))]
    assert asked == len(open_scene.double.asked)


async def test_guessing_at_signatures_is_slowed_down(open_scene):
    """Whoever signs rightly is not."""
    answers = [await open_scene.hook(({}, b"{}")) for _ in range(70)]

    assert (401, 429) == (answers[0], answers[-1])
    assert 200 == await open_scene.hook()


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"no json", 400), (b"[]", 400), (b"{}", 400), (b'{"detail": 5, "ticket": 5}', 400), (b"\xff\xfe", 400),
        (b'{"ticket_id": "999999", "ticket": {"id": 999999}}', 200),
    ],
)  # fmt: skip
async def test_a_webhook_that_names_no_ticket_of_ours(open_scene, body, answer):
    """What cannot be read is said to be so; a ticket of somebody else's is taken and left."""
    asked = len(open_scene.double.asked)

    assert answer == await open_scene.hook(open_scene.double.sign(body))
    assert asked == len(open_scene.double.asked)


async def test_an_old_signature_of_zendesk_is_none(open_scene):
    """Zammad's name no moment."""
    old = open_scene.stage.clock.now() - 20 * MINUTE
    signed = open_scene.double.sign(b'{"ticket_id": "1", "ticket": {"id": 1}}', old)

    assert {"zendesk": 401, "zammad": 200}[open_scene.double.kind] == await open_scene.hook(signed)


async def test_the_address_of_the_other_kind_is_not_there(open_scene):
    """Only the system that is configured may come."""
    other = {"zendesk": "zammad", "zammad": "zendesk"}[open_scene.double.kind]
    url = f"http://127.0.0.1:{open_scene.stage.driver.server.port}/mirror/{other}"
    async with aiohttp.ClientSession() as session, session.post(url, data=b"{}") as answer:
        assert 404 == answer.status
