"""What goes wrong between us and another system, and that nothing is lost, doubled or held up by it."""

from __future__ import annotations

import aiohttp
import pytest
from mirror_doubles import Fault

from bot.clock import DAY, HOUR, MINUTE
from bot.scripts.stage import USER

CREATE = r"POST /api/v\d/tickets(\.json)?$"
COMMENT = r"PUT /api/v2/tickets/\d+\.json|POST /api/v1/ticket_articles"
WORDS = [("The person:\n\nfirst", True), ("The person:\n\nsecond", True)]


@pytest.fixture
def said(scene):
    """Two messages, with a fault in the way; what is there in the end."""

    async def saying(*faults: Fault, kill: bool = False, wait: int = 2 * MINUTE) -> list[tuple[str, bool]]:
        scene.double.faults += faults
        await scene.ticket()
        await scene.person("first")
        await scene.later()
        if kill:
            await scene.stage.restart(kill=True)
        await scene.person("second")
        await scene.later(wait)
        return scene.double.one().said

    return saying


async def made_twice(double) -> int:
    """How many tickets there are after the same was asked for twice, as by a mirror that does not look."""
    base = double.settings["mirror_url"].partition("+")[2]
    if double.kind == "zendesk":
        path = "/api/v2/tickets.json"
        body = {"ticket": {"external_id": "1", "subject": "x", "status": "new", "priority": "low", "tags": [],
                           "comment": {"body": "x"}}}  # fmt: skip
    else:
        path = "/api/v1/tickets"
        body = {"title": "x", "group": "Users", "customer_id": "guess:a@b.invalid", "article": {"body": "x"}}
    async with aiohttp.ClientSession(headers={"Authorization": double.right}) as session:
        for _ in range(2):
            async with session.post(base + path, json=body) as answer:
                assert 201 == answer.status
    return len(double.tickets)


async def test_the_doubles_would_show_a_duplicate(double):
    """A ticket that is asked for twice without a key is there twice."""
    assert 2 == await made_twice(double)


@pytest.mark.parametrize("match", [CREATE, COMMENT])
@pytest.mark.parametrize("kind", ["lost", "cut", 500, 503, 409])
async def test_what_is_done_and_not_answered_is_done_once(said, match, kind):
    """Whether the request was carried out or not, and whatever it was."""
    assert WORDS == await said(Fault(match, kind))


@pytest.mark.parametrize("match", [CREATE, COMMENT])
@pytest.mark.parametrize("kind", ["lost", "cut"])
async def test_a_kill_between_request_and_answer_doubles_nothing(said, scene, match, kind):
    """The next process asks first what became of it."""
    assert WORDS == await said(Fault(match, kind), kill=True)
    assert 1 == len(scene.double.tickets)


async def test_a_lost_answer_to_a_comment_after_many_is_found(said, scene):
    """On whatever page it stands."""
    await said()
    for number in range(5):
        await scene.person(f"number {number}")
    await scene.later()
    scene.double.faults.append(Fault(COMMENT, "lost"))
    await scene.person("the last")
    await scene.later(MINUTE)
    texts = [text.rpartition("\n")[2] for text, _public in scene.double.one().said]

    assert ["first", "second", *(f"number {number}" for number in range(5)), "the last"] == texts


async def test_a_system_that_asks_to_wait_is_left_alone_as_long(said, scene):
    """By every ticket, and by what comes meanwhile."""
    scene.double.faults.append(Fault(CREATE, 429, retry_after="90"))
    await scene.ticket()
    await scene.later()
    await scene.person("first")
    await scene.later(MINUTE)
    early = list(scene.double.asked)
    await scene.later(MINUTE)

    assert 1 == len(early)
    assert WORDS[:1] == scene.double.one().said


async def test_telegram_goes_on_while_the_other_system_is_away(scene):
    """For an hour nothing is answered; then everything is there, in order."""
    scene.double.faults.append(Fault("", 500, times=10_000))
    await scene.ticket()
    await scene.person("first")
    await scene.later(HOUR)
    await scene.agent("/claim")
    await scene.agent("Hello Pat")
    there = dict(scene.double.tickets)
    scene.double.faults.clear()
    await scene.later(5 * MINUTE)

    assert ("Hello Pat", {}) == (scene.read()[-1], there)
    assert ["first", "Hello Pat"] == [text.rpartition("\n")[2] for text, public in scene.double.one().said if public]


@pytest.mark.parametrize(("status", "reason"), [(401, "unauthorized"), (403, "forbidden")])
async def test_whoever_is_not_let_in_says_so_and_tries_again_at_the_next_start(scene, status, reason):
    """It is in the log and in the audit, the topic goes on, and what came from there meanwhile is heard."""
    await scene.ticket()
    await scene.later()
    scene.double.faults.append(Fault("", status, times=10_000))
    await scene.person("first")
    await scene.later()
    scene.double.comment("It is mended")
    await scene.hook()
    asked = len(scene.double.asked)
    await scene.later(HOUR)
    quiet = len(scene.double.asked) == asked
    scene.double.faults.clear()
    await scene.stage.restart(kill=False)
    await scene.later()
    rows = await scene.rows("audit")

    assert quiet
    assert [reason] * 2 == [row["detail"].partition('"reason":"')[2].partition('"')[0] for row in rows
                            if row["action"] == "mirror refused"]  # fmt: skip
    assert {"The person:\n\nfirst", "It is mended"} == {text for text, _public in scene.double.one().said}
    assert "It is mended" in scene.read()


async def test_a_comment_that_is_refused_is_left_out_and_noted(said, scene):
    """The rest goes on, and it is not tried for ever."""
    found = await said(Fault(COMMENT, 422))
    asked = len(scene.double.asked)
    await scene.later(HOUR)

    assert (WORDS[1:], True) == (found, asked == len(scene.double.asked))
    assert 1 == (await scene.actions()).count("mirror refused")


async def test_a_ticket_that_is_refused_is_tried_again_with_its_next_change(said, scene):
    """Whole, and once."""
    assert WORDS == await said(Fault(CREATE, 422))
    assert 1 == (await scene.actions()).count("mirror refused")


async def test_a_status_that_is_refused_is_noted_and_the_next_one_told(scene):
    """As where the operator has not switched that status on."""
    await scene.ticket()
    await scene.agent("/claim")
    await scene.later()
    change = r"PUT /api/v\d/tickets/\d+(\.json)?$"
    scene.double.faults.append(Fault(change, 422))
    await scene.agent("/hold 2h the operator looks")
    await scene.later()
    kept = scene.double.one().status
    await scene.agent("/solve")
    await scene.later()

    assert ("open", True) == (kept, scene.double.one().status in ("solved", "closed"))


async def test_a_twin_that_was_deleted_there_is_not_made_again(said, scene):
    """Somebody wanted that; here the ticket goes on."""
    await said()
    scene.double.tickets.clear()
    await scene.person("third")
    await scene.later()
    await scene.person("fourth")
    await scene.later()

    assert {} == scene.double.tickets
    assert 1 == (await scene.actions()).count("mirror refused")


async def test_a_ticket_that_is_opened_again_after_its_twin_was_closed_is_followed_up(said, scene):
    """A closed ticket of Zendesk takes nothing; what Zammad has closed is opened again."""
    await said()
    await scene.agent("/claim")
    await scene.agent("/solve")
    await scene.later()
    older = scene.double.one()
    older.status = "closed"
    await scene.agent("/reopen")
    await scene.agent("Is it back?")
    await scene.later()
    await scene.agent("Please tell me")
    await scene.later()
    spoken = [text.rpartition("\n")[2] for text, public in scene.twin.said if public]

    assert scene.twin.status.startswith("pending")
    if scene.double.kind == "zendesk":
        assert (older.id, "1001", ["Is it back?", "Please tell me"]) == (scene.twin.source, scene.twin.number, spoken)
    else:
        assert (older, ["first", "second", "Is it back?", "Please tell me"]) == (scene.twin, spoken)


async def test_notes_on_a_ticket_that_is_over_on_both_sides_open_nothing(said, scene):
    """A closed twin stays closed, and is not followed up."""
    await said()
    await scene.agent("/claim")
    await scene.agent("/solve")
    await scene.later()
    scene.double.one().status = "closed"
    await scene.agent("// for the record")
    await scene.later(8 * DAY)

    assert 1 == len(scene.double.tickets)
    assert "closed" == scene.double.one().status


async def test_a_foreign_ticket_with_our_number_is_not_taken_for_ours(said, scene):
    """Another integration may count like us."""
    foreign = scene.double
    foreign.faults.append(Fault("", "cut", times=100))
    await scene.ticket()
    await scene.later()
    foreign.faults.clear()
    await made_twice(foreign)
    for row in foreign.tickets.values():
        row.number, row.title = "1001", "phonedesk 1001 again"
    await scene.later(MINUTE)

    assert 3 == len(foreign.tickets)
    assert "phonedesk" in scene.twin.tags


async def test_what_a_person_reads_does_not_depend_on_the_mirror(said, scene):
    """With everything cut off, each of their screens is as without it."""
    scene.double.faults.append(Fault("", "cut", times=10_000))
    await scene.ticket()
    await scene.agent("/claim")
    await scene.agent("Hello")

    assert [USER] == [row["chat"] for row in await scene.rows("tickets")]
    assert "Hello" == scene.read()[-1]
