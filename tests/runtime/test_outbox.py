"""What leaves, in which order, how often it is tried, and what is on record afterwards."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from itertools import pairwise

import pytest

from bot.budget import Budget
from bot.busy import Busy
from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.db import outbox, watch
from bot.db.outbox import Post
from bot.errors import DatabaseDown, Flooded, Rejected, Unreachable
from bot.outbox import GONE, Outbox


class Carrier:
    """Notes each try as name and milliseconds since the beginning; ``answers`` by name are used up, then all goes well.

    An answer is a message id, an error to raise, or a gate: the send hangs until it opens.
    """

    def __init__(self, clock) -> None:
        self.clock = clock
        self.began = clock.now()
        self.tried: list[tuple[str, int]] = []
        self.answers: dict[str, list] = defaultdict(list)
        self.came: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.refusals: list[tuple[str, str]] = []
        self.follow: dict[str, Post] = {}

    def costs(self, post) -> bool:
        return post.kind == "screen"

    def patience(self, post) -> int:
        return 0 if post.kind == "toast" else DAY

    async def send(self, post):
        name = post.body["name"]
        self.tried.append((name, self.clock.now() - self.began))
        self.came[name].set()
        answer = self.answers[name].pop(0) if self.answers[name] else 100 + len(self.tried)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            return None
        return answer

    async def sent(self, tx, post, _answer, after) -> None:
        follow = self.follow.pop(post.keys, None)
        if follow is not None:
            after.posts.append(await outbox.put(tx, self.tools, follow))

    async def refused(self, _tx, post, reason, after) -> None:
        self.refusals.append((post.keys, reason))
        after.woken.add(post.chat)


class Flaky:
    """The database, away as often as it is told."""

    def __init__(self, db) -> None:
        self.db, self.away = db, 0

    async def transact(self, job):
        if self.away:
            self.away -= 1
            raise DatabaseDown("away")
        return await self.db.transact(job)


class Play:
    def __init__(self, db, tools) -> None:
        self.tools, self.clock, self.db = tools, tools.clock, Flaky(db)
        self.carrier = Carrier(self.clock)
        self.carrier.tools = tools
        self.woken: list[int] = []
        self.start()

    def start(self) -> None:
        self.busy = Busy()
        budget = Budget(self.clock, self.busy, 1000)
        self.outbox = Outbox(self.db, self.tools, budget, self.busy, {"telegram": self.carrier}, self.woken.append)

    async def give(self, *posts) -> None:
        """Commit the posts together, then hand them over, as a turn does."""

        async def job(tx):
            return [await outbox.put(tx, self.tools, post) for post in posts]

        self.outbox.feed(await self.db.db.transact(job))

    async def now(self) -> None:
        for _ in range(8):
            await asyncio.sleep(0)
        await self.busy.wait()

    async def all(self) -> list[tuple[str, int]]:
        """Let time pass from one sleeper to the next until nothing waits any more."""
        await self.now()
        while self.outbox.waiting() and (due := self.clock.next_due()) is not None:
            self.clock.advance(due - self.clock.now())
            await self.now()
        return self.carrier.tried

    async def rows(self) -> dict[str, dict]:
        return {row["keys"]: row for row in await self.db.db.transact(lambda tx: watch.rows(tx, "outbox"))}


@pytest.fixture
async def play(lite, tools):
    made = Play(lite, tools)
    yield made
    await made.outbox.stop()


def post(name, chat=1, kind="note", **more) -> Post:
    return Post("telegram", f"chat:{chat}", chat, kind, {"name": name}, keys=name, **more)


async def test_a_chat_goes_in_order_and_does_not_wait_for_another(play):
    """While one send hangs, the same chat's next waits and another chat's leaves."""
    gate = asyncio.Event()
    play.carrier.answers["a1"] = [gate]
    await play.give(post("a1"), post("a2"), post("b1", chat=2))
    await asyncio.wait_for(play.carrier.came["b1"].wait(), 5)
    before = [name for name, _ in play.carrier.tried]
    gate.set()
    await play.now()

    assert ["a1", "b1"] == before
    assert ["a1", "b1", "a2"] == [name for name, _ in play.carrier.tried]


async def test_what_was_sent_is_on_record_and_its_content_is_gone(play, lite):
    """The answer's id stays; the sealed body does not."""
    play.carrier.answers["a"] = [4711]
    await play.give(post("a"))
    await play.now()
    row = (await play.rows())["a"]
    body = await lite.transact(lambda tx: tx.one("SELECT body FROM outbox"))

    assert ("sent", 4711, 0) == (row["status"], row["answer"], row["tries"])
    assert {"body": None} == body
    assert 0 == play.outbox.waiting()


async def test_what_cannot_be_reached_is_tried_again_with_growing_pauses(play):
    """Up to a minute between tries; then it leaves, once, and what stood behind it follows at once."""
    play.carrier.answers["a"] = [Unreachable("down", sent=False)] * 9
    await play.give(post("a"), post("b"))
    tried = await play.all()

    moments = [at // SECOND for name, at in tried if name == "a"]
    assert [1, 2, 4, 8, 15, 30, 60, 60, 60] == [later - sooner for sooner, later in pairwise(moments)]
    assert ("b", tried[-2][1]) == tried[-1]
    assert 9 == (await play.rows())["a"]["tries"]
    assert 0 == play.outbox.repeats


async def test_after_a_day_the_unreachable_is_given_up(play):
    """A restart in between does not begin the day anew; what came behind it goes on."""
    play.carrier.answers["a"] = [Unreachable("down", sent=False)] * 5000
    await play.give(post("a"), post("b"))
    await play.now()
    play.clock.advance(DAY - HOUR)
    await play.now()
    await play.outbox.stop()
    play.start()
    await play.outbox.load()
    tried = await play.all()

    rows = await play.rows()
    assert ("failed", "unreachable", "sent") == (rows["a"]["status"], rows["a"]["error"], rows["b"]["status"])
    assert DAY < tried[-1][1] <= DAY + 2 * MINUTE
    assert [("a", "unreachable")] == play.carrier.refusals


async def test_what_has_no_patience_is_tried_once(play):
    """A toast that could not be shown at once is not shown later."""
    play.carrier.answers["t"] = [Unreachable("down", sent=False)]
    await play.give(post("t", kind="toast"))

    assert [("t", 0)] == await play.all()
    assert "unreachable" == (await play.rows())["t"]["error"]


async def test_an_answer_that_never_came_is_a_repeat_and_is_counted(play):
    """Only a send that may have arrived counts as one that the person may see twice."""
    play.carrier.answers["a"] = [Unreachable("no answer", sent=True), Unreachable("refused", sent=False)]
    await play.give(post("a"))
    await play.all()

    assert 3 == len(play.carrier.tried)
    assert 1 == play.outbox.repeats
    assert 1 == play.tools.metrics.registry.get_sample_value("phonedesk_repeats_total")


@pytest.mark.parametrize(("kind", "others"), [("screen", 9), ("note", 0)], ids=["a message", "what costs nothing"])
async def test_who_is_told_to_wait_waits_exactly_so_long(play, kind, others):
    """A message's flood-wait holds for its whole chat; that of a free call for itself; other chats never notice."""
    play.carrier.answers["a"] = [Flooded(9 * SECOND)]
    away = Post("telegram", "desk", 1, "screen", {"name": "same chat"}, keys="same chat")
    await play.give(post("a", kind=kind))
    await play.now()
    await play.give(away, post("b", chat=2, kind="screen"))
    tried = dict(await play.all())

    assert {"a": 9 * SECOND, "same chat": others * SECOND, "b": 0} == tried


@pytest.mark.parametrize("code", ["bad_request", "too_long", "not_enough_rights"])
async def test_a_refusal_is_recorded_with_its_reason_and_the_rest_goes_on(play, code):
    """What Telegram will never take is not tried again and holds nothing up."""
    play.carrier.answers["a"] = [Rejected(code, "Bad Request: whatever it says")]
    await play.give(post("a"), post("b"))
    await play.now()

    rows = await play.rows()
    assert [("a", 0), ("b", 0)] == play.carrier.tried
    assert ("failed", code) == (rows["a"]["status"], rows["a"]["error"])
    assert "sent" == rows["b"]["status"]
    assert ([("a", code)], [1]) == (play.carrier.refusals, play.woken)
    labels = {"channel": "telegram", "reason": code}
    assert 1 == play.tools.metrics.registry.get_sample_value("phonedesk_refusals_total", labels)


@pytest.mark.parametrize("code", sorted(GONE))
async def test_who_is_gone_gets_nothing_more_and_everything_is_accounted_for(play, code):
    """One refusal answers for all that waits in the lane; none of it is tried, all of it is on record."""
    play.carrier.answers["a"] = [Rejected(code)]
    await play.give(post("a"), post("b"), post("c"), post("d", chat=2))
    await play.now()

    rows = await play.rows()
    assert {"a", "d"} == {name for name, _ in play.carrier.tried}
    assert {"a": code, "b": code, "c": code, "d": None} == {name: row["error"] for name, row in rows.items()}
    assert 0 == play.outbox.waiting()


async def test_a_fault_of_our_own_costs_that_message_and_no_other(play):
    """A template that breaks is recorded as a fault, without what it said."""
    play.carrier.answers["a"] = [KeyError("+447400123456")]
    await play.give(post("a"), post("b"))
    await play.now()

    rows = await play.rows()
    assert ("failed", "fault", "sent") == (rows["a"]["status"], rows["a"]["error"], rows["b"]["status"])


async def test_a_database_that_is_away_while_a_message_is_made_costs_nothing(play):
    """It is no fault of the message: it is tried again."""
    play.carrier.answers["a"] = [DatabaseDown("away")]
    await play.give(post("a"))

    assert [("a", 0), ("a", SECOND)] == await play.all()
    assert [] == play.carrier.refusals


async def test_of_what_replaces_one_another_only_the_last_leaves(play):
    """Three cards that wait are one; one that is under way is not taken back."""
    gate = asyncio.Event()
    play.carrier.answers["card 1"] = [gate]
    await play.give(post("card 1", merge="card"))
    await asyncio.wait_for(play.carrier.came["card 1"].wait(), 5)
    await play.give(post("card 2", merge="card"))
    await play.give(post("other", merge="other"), post("card 3", merge="card"))
    gate.set()
    await play.now()

    assert ["card 1", "other", "card 3"] == [name for name, _ in play.carrier.tried]
    assert "dropped" == (await play.rows())["card 2"]["status"]


async def test_what_is_due_later_leaves_then(play):
    """A post may be stored for a moment to come, and survives a restart until then."""
    await play.give(post("a", due_at=play.clock.now() + 3 * SECOND))
    await play.now()
    await play.outbox.stop()
    play.start()
    await play.outbox.load()

    assert [("a", 3 * SECOND)] == await play.all()


async def test_what_follows_from_an_answer_leaves_too(play):
    """A post that is stored with the answer is sent, without anybody feeding it."""
    play.carrier.follow["a"] = post("then")
    await play.give(post("a"))
    await play.now()

    assert ["a", "then"] == [name for name, _ in play.carrier.tried]


async def test_an_answer_is_recorded_however_long_the_database_is_away(play):
    """It is not sent again because it could not be written down."""
    play.db.away = 3
    await play.give(post("a"))
    await play.now()
    for _ in range(3):
        play.clock.advance(SECOND)
        await play.now()

    assert [("a", 0)] == play.carrier.tried
    assert "sent" == (await play.rows())["a"]["status"]


async def test_a_kill_costs_at_most_one_repeat_a_chat(play):
    """What hung in the air is sent once more by the next life, what stood behind it once, what had left never."""
    play.carrier.answers["b"] = [asyncio.Event()]
    await play.give(post("a"), post("b"), post("c"))
    await asyncio.wait_for(play.carrier.came["b"].wait(), 5)
    await play.outbox.stop()
    play.start()
    await play.outbox.load()
    await play.now()

    assert ["a", "b", "b", "c"] == [name for name, _ in play.carrier.tried]
    assert ["sent"] * 3 == [row["status"] for row in (await play.rows()).values()]


async def test_the_operator_sees_how_much_waits_and_for_how_long(play):
    """Both figures fall back to nothing once all has left."""
    play.carrier.answers["a"] = [Flooded(30 * SECOND)]
    await play.give(post("a"), post("b"))
    await play.now()
    play.clock.advance(12 * SECOND)
    while_waiting = play.outbox.waiting(), play.outbox.oldest()
    await play.all()

    assert (2, 12.0) == while_waiting
    assert (0, 0.0) == (play.outbox.waiting(), play.outbox.oldest())
