"""A running bot with several people, and the doors that an attacker has: chats, buttons, forms, the website's API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.db import conversations, watch
from bot.local import API_TOKEN
from bot.scripts.player import Player
from bot.scripts.reader import read
from bot.scripts.seen import Seen
from bot.scripts.stage import Stage
from bot.scripts.transcript import Transcript

ANN, KWAME, CHLOE = 7001, 7002, 7003
"""People of the sandbox; Ann is the one of the script's steps unless they say otherwise."""
STEPS = Path(__file__).parent.parent / "scripts" / "partials"
_CODE = re.compile(r"\b\d{6}\b")


class Town:
    """One bot on its sandbox, and what people do to it.

    What an attacker does goes through :meth:`say`, :meth:`tap`, :meth:`forged`, :meth:`deliver`, :meth:`ask` and
    ``stage.browser``; :meth:`walk` plays the steps of scripts, strictly, to get somebody to where the attack begins.
    """

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.tools, self.db, self.clock = stage.app.tools, stage.db, stage.clock
        self._file = folder / "steps.yaml"
        self._player: Player | None = None

    # --- what people do ---------------------------------------------------------------------------------------

    async def walk(self, *partials: str, steps: str = "", **values: str) -> dict[str, str]:
        """Play partial scripts by their names, then ``steps`` (YAML); what they saved, such as ``code``.

        Whatever came before and was not looked at is forgotten.
        """
        lines = [f"  - use: {STEPS / name}.yaml" for name in partials]
        lines += [f"  {line}" for line in steps.strip("\n").splitlines()]
        self._file.write_text("script: steps\nsteps:\n" + "\n".join(lines) + "\n", encoding="utf-8")
        [script] = read(self._file)
        if self._player is None:
            self._player = Player(script, self.stage, Transcript(script))
        player = self._player
        player.values |= values
        self.stage.journal.clear()
        player.queue.clear()
        for step in script.steps:
            await player._step(step)
        return player.values

    async def say(self, text: str, person: int = ANN) -> None:
        """Write a text."""
        await self.stage.pace()
        await self.stage.driver.act("say", {"person": person, "text": text})
        await self.stage.settle()

    async def tap(self, label: str, person: int = ANN, **more: Any) -> None:
        """Press the newest button with this label."""
        await self.stage.pace()
        await self.stage.driver.act("tap", {"person": person, "label": label, **more})
        await self.stage.settle()

    async def forged(self, data: str, person: int = ANN, **more: Any) -> None:
        """Send callback data of one's own making, as if it had been under the live screen."""
        fields = {"person": person, "data": data, "message_id": self.screen(person).message, "forged": True, **more}
        await self.stage.pace()
        await self.stage.driver.act("tap", fields)
        await self.stage.settle()

    async def deliver(self, update: Mapping[str, Any]) -> None:
        """Any update at all, as Telegram might send it."""
        await self.stage.driver.act("deliver", {"update": dict(update)})
        await self.stage.settle()

    async def wait(self, ms: int) -> None:
        """Let time pass; what falls due happens at its moment."""
        await self.stage.wait(ms)

    async def ask(self, operation: str, account: int | None = None) -> dict[str, Any]:
        """What the exchange is told when it asks whether the account, Ann's unless given, may do that now."""
        status, body = await self.website("GET", f"accounts/{account or self.account()}/operations/{operation}")
        assert 200 == status, body
        return body

    async def website(self, method: str, path: str, token: str = API_TOKEN) -> tuple[int, dict[str, Any]]:
        """A request to the API for the exchange's own systems."""
        url = f"http://127.0.0.1:{self.stage.driver.server.port}/v1/{path}"
        headers = {"Authorization": f"Bearer {token}"}
        async with self.stage.browser("website").request(method, url, headers=headers) as answer:
            return answer.status, json.loads(await answer.text() or "{}")

    # --- what there is to see ---------------------------------------------------------------------------------

    def account(self, email: str = "ann@example.com") -> int:
        """The id of an account."""
        return self.stage.accounts[email]

    def screen(self, person: int = ANN) -> Seen:
        """The bot's newest message in somebody's chat."""
        return self.stage.shown(person)[-1]

    def texts(self, number: str = "") -> list[str]:
        """The text messages that a number got, oldest first; all of them where none is named."""
        return [sms.text for sms in self.stage.world.inbox.sms_to(number)]

    def code(self, to: str) -> str:
        """The newest code that a number or an address got."""
        inbox = self.stage.world.inbox
        letters = [mail.text for mail in inbox.email_to(to)] if "@" in to else self.texts(to)
        return next(found[0] for text in reversed(letters) if (found := _CODE.search(text)))

    async def place(self, person: int = ANN) -> str:
        """Where somebody's conversation stands, as ``flow/state``."""
        found = await self.db(lambda tx: conversations.load(tx, self.tools, person))
        return found.snapshot.place if found and found.snapshot else ""

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, without what is sealed or hashed."""
        return await self.db(lambda tx: watch.rows(tx, table))
