"""The stage of one script: sandbox, bot, clock, and the people and accounts that it is given."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
from argon2 import PasswordHasher

from bot.app import Application
from bot.clock import DAY, HOUR, MINUTE, SECOND, ManualClock, parse_iso
from bot.db import accounts, conversations, recovery_codes, sessions, totp, watch
from bot.db.base import Job, T, Tx
from bot.domain import emails, passwords
from bot.domain import totp as authenticator
from bot.sandbox import World, demo
from bot.sandbox.demo import AGENTS, FORUM
from bot.scripts import template
from bot.scripts.drivers import DATABASE, DRIVERS, Driver, script_settings
from bot.scripts.exchange import Exchange
from bot.scripts.script import Difference
from bot.scripts.seen import Seen, Watched, look
from bot.settings import Settings
from conversations.effects import BIND_TOTP

MORNING: Final = "2026-01-05T09:00Z"
"""When a script begins unless it says so: a Monday."""
SETTLED: Final = 30 * DAY
"""How long before the script accounts were made, so that what they hold counts as evidence."""
PACE: Final = SECOND
"""How long people take for whatever they do; it also lets a chat's message budget fill up again."""
HOPS: Final = 20
"""At most so many stops on the way through a ``wait``."""
STUCK: Final = 20.0
"""Seconds of real time after which a bot that still works on an update is taken for stuck."""
HELD: Final = 0.004
"""Seconds of real time after which it is looked whether the bot only waits for calls that the sandbox holds."""
NEXT_FORUM: Final = -1_001_000_000_002
"""A second forum of the agents."""
PLAIN: Final = -5_001
"""A basic group, which becomes a supergroup with another id."""
MEMORY: Final = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of one's own within it
"""Where scripts have their databases: in memory where the system has such a folder, as every commit waits for it."""
USER: Final = 7001
PASSWORD: Final = "correct horse battery"  # noqa: S105 - of accounts that exist in scripts only
_UNITS: Final = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
QUICK: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A hash says itself what its check costs: that of an account which only a script has need not keep anybody out."""
_hashes: dict[str, str] = {}


def duration(text: str) -> int:
    """Milliseconds of ``30s``, ``9m``, ``24h`` or ``2d``.

    Raises:
        ValueError: it is written otherwise.
    """
    match = re.fullmatch(r"(\d+)\s*([smhd])", text.strip())
    if match is None:
        raise ValueError(f'"{text}" is no time: write 30s, 9m, 24h or 2d')
    return int(match[1]) * _UNITS[match[2]]


class Stage:
    """Everything around one script. Use it as an asynchronous context manager.

    Args:
        given: the script's ``given``.
        driver: ``inprocess`` or ``http``.
        settings: what is set otherwise than for a script.
    """

    def __init__(
        self, given: Mapping[str, Any], driver: str = "inprocess", settings: Mapping[str, Any] | None = None
    ) -> None:
        self.given = given
        self.folder = ""
        """Where the database is, while the stage is entered."""
        self._set = dict(settings or {})
        self.clock = ManualClock(parse_iso(str(given.get("clock", MORNING))) - SETTLED)
        self.world = World(self.clock, seed=1)
        demo(self.world)
        self.driver: Driver = DRIVERS[driver](self.world)
        self.journal: list[Seen] = []
        self.user = int(given.get("user", {}).get("id", USER))
        self.groups = {"forum": FORUM}
        """The agents' groups as scripts call them."""
        self.exchange: Exchange | None = None
        self.keys: dict[str, str] = {}
        """Authenticator keys by the address of their account."""
        self.codes: dict[str, list[str]] = {}
        """Recovery codes likewise."""
        self.accounts: dict[str, int] = {}
        self._open = contextlib.AsyncExitStack()
        self._settings: Settings | None = None
        self._browsers: dict[str, aiohttp.ClientSession] = {}
        self._known = 0
        self.app: Application

    async def __aenter__(self) -> Self:
        self.folder = folder = self._open.enter_context(
            tempfile.TemporaryDirectory(prefix="phonedesk-script-", dir=MEMORY)
        )
        await template.lay(Path(folder) / DATABASE)
        more = {**self.given.get("settings", {}), **self._set}
        if "desk_hours" in self.given:
            more["desk_hours"] = self.given["desk_hours"]
        if "macros" in self.given:
            more["macros"] = str(self._macros(Path(folder)))
        group = self._group()
        if "second" in self.groups:
            more["agents_groups_next"] = (NEXT_FORUM,)
        self._settings = script_settings(Path(folder), agents_group=group, **more)
        if self.given.get("accounts") == "http":
            self.exchange = await Exchange.opened(Path(folder), self.world)
            self._open.push_async_callback(self.exchange.close)
            self._settings = self._settings.model_copy(update=self.exchange.settings)
        await self.driver.start()
        self._open.push_async_callback(self.driver.stop)
        self._open.push_async_callback(self.world.close)
        await self._build()
        self._open.push_async_callback(self._stop)
        await self._people(fresh=False)
        self.clock.advance(SETTLED)  # not by way of the driver: nobody is there to hear it
        await self._people(fresh=True)
        await self.app.start()
        await self.settle()
        if self.given.get("agents_group", True) in (False, "plain"):
            await self.wait(PACE * 3)  # the bot leaves the sandbox's forum, which is none of its own now
        self.journal.clear()
        return self

    def _group(self) -> int | None:
        """The agents' group: the sandbox's forum, with another one (``two``), a basic group (``plain``), or none."""
        kind = self.given.get("agents_group", True)
        if kind == "plain":
            self.world.acts.group(PLAIN, "Support desk", AGENTS[0], type="group", members=list(AGENTS[1:]))
            self.groups = {"forum": PLAIN}
        if kind == "two":
            self.world.acts.group(NEXT_FORUM, "Support desk 2", AGENTS[0], forum=True, members=list(AGENTS[1:]))
            self.groups["second"] = NEXT_FORUM
        return self.groups["forum"] if kind else None

    def _macros(self, folder: Path) -> Path:
        """A folder of the agents' macros, which are written as in their files: JSON is YAML."""
        made = folder / "macros"
        made.mkdir()
        for name, macro in self.given["macros"].items():
            (made / f"{name}.yaml").write_text(json.dumps(macro), "utf-8")
        return made

    async def __aexit__(self, *_: object) -> None:
        for browser in self._browsers.values():
            await browser.close()
        await self._open.aclose()

    async def _build(self) -> None:
        if self._settings is None:
            raise RuntimeError("the stage has not been entered")
        self.app = await self.driver.build(self._settings, self.clock)
        outbox = self.app.outbox
        outbox.carriers = {
            channel: Watched(carrier, self.world, self.journal) for channel, carrier in outbox.carriers.items()
        }

    async def _stop(self) -> None:
        await self.app.stop()

    async def restart(self, *, kill: bool) -> None:
        """Stop the bot, or kill it, and start it again a second later."""
        await (self.app.kill() if kill else self.app.stop())
        self.clock.advance(PACE)  # as above
        await self._build()
        await self.app.start()
        await self.settle()

    async def db(self, job: Job[T]) -> T:
        """Run a transaction on the bot's database."""
        return await self.app.db.transact(job)

    # --- time ------------------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Return once everything has happened that is due at this moment of the clock.

        Raises:
            Difference: the bot has not taken an update, or works without end.
        """
        try:
            async with asyncio.timeout(STUCK):
                while not await self._settled():
                    pass
        except TimeoutError:
            waiting = len(self.world.updates.pending)
            raise Difference(f"the bot is stuck; {waiting} updates wait for it") from None

    async def _settled(self) -> bool:
        """Whether nothing is under way but calls that the sandbox holds until the clock moves on."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.app.idle(), HELD)
        await asyncio.sleep(0)
        return not self.world.updates.pending and self.app.busy.count <= self.world.held

    async def pace(self) -> None:
        """A person's moment of thought."""
        await self.driver.advance(PACE)
        await self.settle()

    async def wait(self, ms: int) -> None:
        """Let time pass, stopping wherever something falls due, so that it happens at its own moment."""
        end, least = self.clock.now() + ms, ms // HOPS
        while (now := self.clock.now()) < end:
            due = [moment for moment in await self.db(watch.moments) if moment > now]
            sleeper = self.clock.next_due() or end
            stop = min([max(sleeper, now + least), *due, end])
            await self.driver.advance(max(1, stop - now))
            await self.settle()

    # --- who is there -------------------------------------------------------------------------------------------

    async def _people(self, *, fresh: bool) -> None:
        """The people, and the accounts that are old, or with ``fresh`` those that were made just now."""
        user = self.given.get("user", {})
        known = self.world.state.people.get(self.user)
        self.world.acts.person(
            self.user,
            user.get("name") or (known.first_name if known else "Pat"),
            language_code=user.get("lang") or "en",
            phone=user.get("phone") or (known.phone if known else ""),
        )
        main = self.given.get("account")
        wanted = [(main, self.user)] if main is not None else []
        wanted += [(other, int(other.get("user", 0))) for other in self.given.get("others") or ()]
        for account, person in wanted:
            if bool(account.get("fresh")) is fresh:
                await self._account(account, person)

    async def _account(self, wanted: Mapping[str, Any], person: int) -> None:
        email = emails.canonical(wanted.get("email", "ann@example.com")) or ""
        password = wanted.get("password", PASSWORD)
        trading = wanted.get("trading", "")
        for word in filter(None, (password, trading)):
            if word not in _hashes:
                _hashes[word] = QUICK.hash(passwords.normal(word))

        tools, db = self.app.tools, self.app.db
        if self.exchange is not None:
            tools, db = self.exchange.reference.tools, self.exchange.reference.db

        async def make(tx: Tx) -> int:
            account = await accounts.create(tx, tools, email=email, password_hash=_hashes[password])
            if account is None:
                raise Difference(f"there are two accounts with the address {email}")
            if wanted.get("phone"):
                await accounts.set_phone(tx, tools, account, wanted["phone"])
            if trading:
                await accounts.set_trading(tx, tools, account, _hashes[trading])
            return account

        self.accounts[email] = account = await db.transact(make)
        if wanted.get("known", True):
            await self.app.accounts.know(account)
            await self.db(lambda tx: self._factors(tx, wanted, email, person))

    async def _factors(self, tx: Tx, wanted: Mapping[str, Any], email: str, person: int) -> None:
        """What is phonedesk's own of an account, wherever the rest is kept."""
        tools, account = self.app.tools, self.accounts[email]
        if wanted.get("totp"):
            given = wanted["totp"]
            await totp.new_key(tx, tools, account, given if isinstance(given, str) else "")
            self.keys[email] = key = await totp.pending_key(tx, tools, account) or ""
            # The step before the present one, so that the present code is still good for something.
            code = authenticator.code_at(key, authenticator.step_at(self.clock.now()) - 1)
            await totp.verify(tx, tools, account, BIND_TOTP, code, pending=True)
            await totp.bind(tx, tools, account)
        if wanted.get("codes"):
            self.codes[email] = await recovery_codes.issue(tx, tools, account)
        if wanted.get("signed_in") and person:
            self.world.acts.private_chat(person)
            self.world.state.people[person].known = self.world.state.people[person].started = True
            name = self.world.state.people[person].first_name
            lang = self.world.state.people[person].language_code or "en"
            await conversations.meet(tx, tools, chat=person, name=name, lang=lang)
            await sessions.begin(tx, tools, chat=person, account=account, via="link")

    async def age(self, chat: int, version: int) -> None:
        """Let the stored conversation be of another version of its flow, as after a deploy."""

        async def job(tx: Tx) -> None:
            found = await conversations.load(tx, self.app.tools, chat)
            if found is None or found.snapshot is None:
                raise Difference(f"{chat} has no conversation yet")
            aged = replace(found.snapshot, version=version)
            await conversations.save(
                tx, self.app.tools, chat, aged, due_at=None, last_tap=found.last_tap, keyboard=found.keyboard
            )

        await self.db(job)

    # --- what there is to see -------------------------------------------------------------------------------------

    def shown(self, chat: int) -> list[Seen]:
        """The bot's messages in a private chat as they stand now, oldest first."""
        return [
            Seen("bot", chat, (), message=message.id, **look(message))
            for message in self.world.messages(chat)
            if message.out
        ]

    def keyboard(self, chat: int) -> bool:
        """Whether a reply keyboard stands in the chat: the last one shown has not been taken away."""
        last = [message.markup for message in self.world.messages(chat) if message.markup]
        kinds = [kind for markup in last for kind in markup if kind in ("keyboard", "remove_keyboard")]
        return kinds[-1:] == ["keyboard"]

    async def thread(self, chat: int) -> int | None:
        """The topic of the person's newest ticket."""
        return (await self.topic(chat))[1]

    async def topic(self, chat: int) -> tuple[int, int | None]:
        """The same, and the group that it is in."""
        found = [row for row in await self.db(lambda tx: watch.rows(tx, "tickets")) if row["chat"] == chat]
        if not found:
            return self.forum, None
        return self.now(found[-1]["forum"] or self.groups["forum"]), found[-1]["thread"]

    @property
    def forum(self) -> int:
        """The agents' group, the first where there are two, under the id it has now."""
        return self.now(self.groups["forum"])

    def now(self, group: int) -> int:
        """The id that a group has now."""
        place = self.world.state.chats.get(group)
        return place.migrated_to if place is not None and place.migrated_to else group

    def browser(self, name: str) -> aiohttp.ClientSession:
        """A browser with cookies of its own."""
        if name not in self._browsers:
            self._browsers[name] = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        return self._browsers[name]
