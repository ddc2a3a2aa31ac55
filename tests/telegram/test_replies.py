"""Answers that say less of what they answer, and long texts that a flood interrupts."""

from __future__ import annotations

from typing import Any

import pytest

from bot.db.outbox import Post
from bot.errors import Flooded, Rejected
from bot.render import Renderer
from bot.telegram import replies
from bot.telegram.desk_sender import Copies, DeskSender

QUOTE = {"text": "new", "position": 3, "entities": []}
WHOLE = {
    "message_id": 5, "allow_sending_without_reply": True, "quote": "new", "quote_position": 3, "quote_entities": [],
}  # fmt: skip
PLAIN = {"message_id": 5, "allow_sending_without_reply": True}


class Told:
    """A call that is refused as often as it is told to, and notes what it was given."""

    def __init__(self, *refusals: Exception | None) -> None:
        self.refusals = list(refusals)
        self.given: list[dict[str, Any]] = []

    async def __call__(self, given: dict[str, Any]) -> dict[str, int]:
        self.given.append(given)
        if self.refusals and (refusal := self.refusals.pop(0)):
            raise refusal
        return {"message_id": len(self.given)}


@pytest.mark.parametrize(
    ("refusals", "said"),
    [
        ([], [WHOLE]),
        (["quote_invalid"], [WHOLE, PLAIN]),
        (["too_long", "too_long"], [WHOLE, PLAIN, None]),
        (["quote_invalid", "reply_not_found"], [WHOLE, PLAIN, None]),
    ],
)
async def test_an_answer_arrives_whatever_is_left_of_what_it_answers(refusals, said):
    """With the quote, else as a plain reply, else as a message."""
    call = Told(*(Rejected(code) for code in refusals))

    await replies.answered(call, {"reply": 5, "quote": QUOTE}, {"text": "a"})

    assert said == [given.get("reply_parameters") for given in call.given]
    assert ["a"] * len(said) == [given["text"] for given in call.given]


@pytest.mark.parametrize("body", [{}, {"reply": None, "quote": QUOTE}])
async def test_what_answers_nothing_quotes_nothing(body):
    """A message without a copy on the other side cannot be answered."""
    call = Told()

    await replies.answered(call, body, {"text": "a"})

    assert [{"text": "a"}] == call.given


async def test_other_refusals_are_not_argued_with():
    """Somebody who has blocked the bot gets nothing, however little it answers."""
    call = Told(Rejected("blocked"))

    with pytest.raises(Rejected, match="blocked"):
        await replies.answered(call, {"reply": 5, "quote": QUOTE}, {})
    assert 1 == len(call.given)


class Topics:
    """The topics as far as a text needs them."""

    def __init__(self, call: Told) -> None:
        self.told = call
        self.forums = self
        self.rooms = 0

    async def call(self, _post: Post, _method: str, params: dict[str, Any]) -> dict[str, int]:
        return await self.told(params)

    async def resolve(self, _post: Post) -> None:
        pass

    async def room(self, _post: Post) -> None:
        self.rooms += 1


class Lobby:
    """The lobby's list, which is not written here."""

    async def show(self, _post: Post) -> None:
        raise AssertionError


def long_text() -> Post:
    text = "word " * 1800
    body = {
        "key": "desk/macro", "ticket": 1, "reply": 5, "keyboard": [[{"text": "Send", "callback_data": "x"}]],
        "params": {"text": text, "language": "en"},
    }  # fmt: skip
    return Post("telegram", "ticket:1", -1009, "desk_text", body, id=77)


async def test_a_flood_between_two_parts_repeats_none(renderer_en: Renderer):
    """Each part takes its place in the group's budget, the first answers, and the buttons stand below the last."""
    call = Told(None, Flooded(1_000))
    topics = Topics(call)
    sender = DeskSender(None, renderer_en, topics, Lobby(), Copies())  # type: ignore[arg-type] # a part of each is enough
    with pytest.raises(Flooded):
        await sender.kinds["desk_text"](long_text())
    first = await sender.kinds["desk_text"](long_text())

    assert 1 == first
    assert [5, None, None, None] == [given.get("reply_parameters", {}).get("message_id") for given in call.given]
    assert [False, False, False, True] == ["reply_markup" in given for given in call.given]
    assert call.given[1]["text"] == call.given[2]["text"] != call.given[3]["text"]
    assert 3 == topics.rooms


async def test_a_long_text_that_is_refused_begins_anew(renderer_en: Renderer):
    """What was sent of it is forgotten, so that a retry of the whole is one."""
    call = Told(None, Rejected("thread_not_found"))
    sender = DeskSender(None, renderer_en, Topics(call), Lobby(), Copies())  # type: ignore[arg-type] # as above
    with pytest.raises(Rejected):
        await sender.kinds["desk_text"](long_text())
    await sender.kinds["desk_text"](long_text())

    assert 5 == len(call.given)


@pytest.fixture
def renderer_en() -> Renderer:
    """A renderer; what it says is not looked at."""
    return Renderer()
