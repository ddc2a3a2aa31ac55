"""A bot that is sent anything, what is wrong with how it took it, and the honest business of its people."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import structlog
from chaos_fuzz import PEOPLE
from chaos_requests import ask
from starlette.applications import Starlette

from bot.clock import DAY, MINUTE, SECOND
from bot.db.base import Tx
from bot.local import API_TOKEN
from bot.log import told
from bot.sandbox.demo import AGENTS, FORUM
from bot.scripts.drivers import ActRefused
from bot.scripts.script import Difference
from bot.scripts.stage import Stage
from bot.telegram.intake import webhook_routes
from bot.telegram.updates import read

SECRET = "hush"
TURN = "turn failed"
QUARTERS = 40
"""Of an hour, within which all that is left must have gone out."""
CODE = re.compile(r"\b\d{6}\b")


@dataclass
class Errors:
    """What the bot logs as an error."""

    events: list[dict] = field(default_factory=list)

    def __call__(self, _logger, method, entry):
        if method in ("error", "critical"):
            self.events.append(dict(entry))
        raise structlog.DropEvent


class Town:
    """A bot, its webhook, and what is wrong with how it took something."""

    def __init__(self, stage: Stage, errors: Errors) -> None:
        self.stage, self.errors = stage, errors
        self.hook = Starlette(routes=webhook_routes(stage.app.intake, SECRET))
        self.looked = 0

    async def take(self, bodies: list[bytes]) -> None:
        """Post updates, and let everything happen that follows."""
        for body in bodies:
            status, _, _ = await ask(self.hook, {
                "method": "POST", "path": "/telegram/webhook", "query": "", "body": body,
                "headers": {"x-telegram-bot-api-secret-token": SECRET},
            })  # fmt: skip
            if status != 200:
                raise AssertionError(f"the webhook answered {status}")
        await self.stage.settle()
        await self.stage.driver.advance(3 * SECOND)
        await self.stage.settle()
        self.stage.journal.clear()

    async def wrong(self) -> list[str]:
        """Faults since the last time: turns that failed over what can be read, and messages that could not be made."""
        rows = await self.stage.db(lambda tx: tx.all(
            "SELECT id, payload, error FROM inbox WHERE aside_at IS NOT NULL AND id > $1 ORDER BY id", self.looked
        ))  # fmt: skip
        where = {event["row"]: told(event["exc_info"])[1] for event in self.errors.events if event["event"] == TURN}
        found = []
        for row in rows:
            self.looked = max(self.looked, row["id"])
            if row["error"] == "unreadable":  # it never had a turn
                continue
            payload = json.loads(self.stage.app.tools.vault.open_bytes(row["payload"], f"inbox/payload/{row['id']}"))
            if "update" not in payload or readable(payload["update"]):
                found.append(f"{row['error']} at {where.get(row['id'])} over {payload}")
        found += [
            f"{event['event']}: {event.get('kind')} {event.get('exc_info')}"
            for event in self.errors.events
            if event["event"] != TURN
        ]
        self.errors.events.clear()
        return found

    async def left(self) -> list[str]:
        """What still waits once nothing gets less any more: a group takes but twenty messages a minute."""
        left: list[str] = []
        for _ in range(QUARTERS):
            await self.stage.wait(15 * MINUTE)
            self.stage.journal.clear()
            before, left = left, await self.stage.db(self._waiting)
            if not left or left == before:
                break
        return left

    async def _waiting(self, tx: Tx) -> list[str]:
        rows = await tx.all("SELECT id, lane, source FROM inbox WHERE done_at IS NULL AND aside_at IS NULL")
        posts = await tx.all(
            "SELECT id, lane, kind, tries FROM outbox WHERE status = 'waiting' AND due_at <= $1", self.stage.clock.now()
        )
        return [str(dict(row)) for row in (*rows, *posts)]


def readable(update: object) -> bool:
    """Whether it is an update at all: what cannot be read is rightly put aside."""
    try:
        read(update)  # type: ignore[arg-type]  # whatever it is
    except Exception:  # noqa: BLE001 - whatever the library makes of it
        return False
    return True


# --- everybody's honest business ----------------------------------------------------------------------------------


async def business(stage: Stage, person: int) -> None:
    """Somebody signs in by a link to an account of their own, binds a phone, and talks to an agent."""
    email, number = f"p{person}@example.org", f"+4915112{person}00"

    async def say(text: str) -> None:
        await stage.pace()
        await stage.driver.act("say", {"person": person, "text": text})
        await stage.settle()

    async def tap(*labels: str) -> None:
        for label in labels:
            await stage.pace()
            await stage.driver.act("tap", {"person": person, "label": label})
            await stage.settle()

    await stage._account({"email": email}, 0)
    url = f"http://127.0.0.1:{stage.driver.server.port}/v1/accounts/{stage.accounts[email]}/links"
    async with stage.browser("site").post(url, headers={"Authorization": f"Bearer {API_TOKEN}"}) as answer:
        payload = json.loads(await answer.text())["payload"]
    await say("/cancel")
    await say("/language")
    await tap("English")
    await stage.driver.act("start", {"person": person, "payload": payload})
    await stage.settle()
    await say("/start")
    await tap("Account security", "Mobile phone", "Set", "Email code")
    await say(CODE.search(stage.world.inbox.email_to(email)[-1].text)[0])
    await say("Germany")
    await say(number)
    await tap("Send code")
    await say(CODE.search(stage.world.inbox.sms_to(number)[-1].text)[0])
    await tap("Activate")
    bound = await stage.db(lambda tx: tx.one("SELECT phone_at FROM accounts WHERE id = $1", stage.accounts[email]))
    assert bound["phone_at"] is not None, stage.shown(person)[-1]
    await tap("Talk to a person")
    for label in ("No, something new", "Something else"):  # neither is asked where a ticket is open still
        if any(label in row for row in stage.shown(person)[-1].buttons):
            await tap(label)
    await say(f"I am {person}")
    thread = await stage.thread(person)
    assert any(f"I am {person}" in seen.text for seen in stage.shown(FORUM)), "the agents did not get it"
    # Whoever has the ticket by now gives it back; of the others that is no business.
    for agent, words in ((AGENTS[1], "/release"), (AGENTS[0], "/claim"), (AGENTS[0], f"Hello {person}")):
        await stage.driver.act("say", {"person": agent, "chat": FORUM, "thread": thread, "text": words})
        await stage.settle()
    assert any(f"Hello {person}" in seen.text for seen in stage.shown(person)), "the answer did not come"


async def everybody(stage: Stage) -> list[str]:
    """Who cannot go about their business, a day later so that no limit is in their way."""
    await stage.wait(DAY)
    for person in PEOPLE:
        try:
            await business(stage, person)
        except (AssertionError, ActRefused, Difference, IndexError) as fault:
            seen = [(message.text, message.buttons) for message in stage.shown(person)[-3:]]
            return [f"{person} is stuck: {fault!r}", f"they see {seen}"]
    return []
