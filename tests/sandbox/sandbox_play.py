"""A world with two users, two agents and a forum, and short ways to call methods."""

from __future__ import annotations

from typing import Any

from bot.clock import ManualClock, parse_iso
from bot.sandbox import BOT_TOKEN, Answer, World

ANN, KWAME, MIRA, OMAR = 7001, 7002, 9001, 9002
FORUM = -1001000000001


class Play:
    """One world, with short ways to call methods."""

    def __init__(self) -> None:
        self.clock = ManualClock(parse_iso("2026-01-05T09:00:00Z"))
        self.world = World(self.clock, seed=1)
        acts = self.acts = self.world.acts
        acts.person(ANN, "Ann", last_name="Meyer", language_code="en", phone="+4915112345678")
        acts.person(KWAME, "Kwame", language_code="en")
        acts.person(MIRA, "Mira")
        acts.person(OMAR, "Omar")
        acts.group(FORUM, "Support desk", MIRA, forum=True, members=[OMAR])
        acts.start(ANN)
        self.world.take_updates()

    async def answer(self, method: str, /, **params: Any) -> Answer:
        return await self.world.call(BOT_TOKEN, method, params)

    async def ok(self, method: str, /, **params: Any) -> Any:
        answer = await self.answer(method, **params)
        assert answer.ok, answer.body
        return answer.result

    async def refusal(self, method: str, /, **params: Any) -> str:
        answer = await self.answer(method, **params)
        assert not answer.ok, answer.body
        assert answer.status == answer.body["error_code"]
        return f"{answer.status} {answer.body['description']}"

    def update(self) -> dict[str, Any]:
        [update] = self.world.take_updates()
        return update
