"""Short ways to where nobody should be: forged buttons, steps that nobody has walked to, forms; and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from guesses import EMAIL, NEW, WITH_APP
from town import ANN, Town

from bot import callback
from bot.clock import SECOND, parse_iso
from bot.db import conversations, totp
from bot.domain import totp as authenticator
from bot.scripts.stage import MORNING
from conversations.engine import Snapshot
from conversations.flows import BOOK

OLD = "+447400111222"
OWNER = {**WITH_APP, "phone": OLD, "trading": "seven green bottles", "codes": True}
"""Somebody who has everything, and is signed in."""


async def packed(made: Town, place: str, button: str, arg: str = "", person: int = ANN) -> str:
    """Callback data as the bot itself would make it for another step of the chat's present turn."""
    turn = (await made.db(lambda tx: conversations.load(tx, made.tools, person))).snapshot.turn
    return callback.pack(place, BOOK.flows[place.partition("/")[0]].version, turn, button, arg)


async def put(made: Town, place: str, person: int = ANN, **data: str) -> None:
    """Let the conversation stand at a step that nobody has walked to, with its screen below; from inside."""
    flow, _, state = place.partition("/")
    version = BOOK.flows[flow].version

    async def job(tx):
        there = (await conversations.load(tx, made.tools, person)).snapshot
        snapshot = Snapshot(flow, state, version, there.turn + 1, MappingProxyType(data))
        await conversations.save(tx, made.tools, person, snapshot, due_at=None, last_tap="", keyboard=False)

    await made.db(job)
    await made.say("/help", person)
    assert place == await made.place(person)


async def posted(made: Town, fields: Mapping[str, str], person: int = ANN, url: str = "") -> str:
    """The form, behind the newest address unless another is given, is opened and sent in; the page that answers."""
    url, session = url or made.screen(person).urls[-1], made.stage.browser(str(person))
    async with session.get(url) as answer:
        page = await answer.text()
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    async with session.post(url, data={"csrf": csrf, **fields}) as answer:
        said = await answer.text()
    await made.stage.settle()
    return said


async def act(made: Town, acts: Iterable[str]) -> None:
    """Ann's acts in words: ``say ...``, ``tap ...``, ``fill a=b&c=d``, and ``key`` for a code of the key that waits."""
    for each in acts:
        verb, _, rest = each.partition(" ")
        if verb == "say":
            await made.say(rest)
        elif verb == "tap":
            await made.tap(rest)
        elif verb == "fill":
            await posted(made, dict(pair.split("=") for pair in rest.split("&") if pair))
        else:
            key = await made.db(lambda tx: totp.pending_key(tx, made.tools, made.account()))
            step = authenticator.step_at(made.clock.now() + SECOND)
            await made.say(authenticator.code_at(key, step) if key else "123456")


async def untouched(made: Town, email: str = EMAIL) -> bool:
    """Whether nothing of the account was written, held or to be erased, and nothing was sent to the thief's number."""
    [row] = [row for row in await made.rows("accounts") if row["id"] == made.account(email)]
    since = [row[name] for name in ("email_at", "phone_at", "totp_at", "trading_at") if row[name] is not None]
    quiet = not (await made.rows("holds") or await made.rows("erasures") or made.texts(NEW))
    return quiet and all(at < parse_iso(MORNING) for at in since)
