"""Whether time tells who has an account: answers to wrong passwords, for addresses that have one and that have none.

Everything but the network's own wire is in it: the request over HTTP on loopback, the form, the database, argon2 at its
full cost. The two kinds take turns, so that whatever the machine does besides falls on both. A difference is worth
something to an attacker only where it is larger than what chance makes of so many samples: two standard errors of the
difference of two medians stand beside it.
"""

from __future__ import annotations

import asyncio
import math
import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from bot.clock import DAY
from bot.db import accounts, forms
from bot.domain import passwords
from bot.scripts.stage import Stage

SAMPLES = 200
"""Of each kind (security.md, F58)."""
_KNOWN, _CHAT = 20, 7001
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of the answers, in the order in which they were asked for."""

    known: Sequence[float]
    unknown: Sequence[float]


def measure(samples: int = SAMPLES) -> Times:
    """Ask."""
    return asyncio.run(_measure(samples))


async def _measure(samples: int) -> Times:
    times: dict[bool, list[float]] = {True: [], False: []}
    async with Stage({}) as stage, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await stage.driver.act("say", {"person": _CHAT, "text": "/start"})
        await stage.settle()
        hashed = await passwords.hashed("correct horse battery")
        for n in range(_KNOWN):
            await stage.db(
                lambda tx, n=n: accounts.create(
                    tx, stage.app.tools, email=f"known{n:04}@example.com", password_hash=hashed
                )
            )
        for n in range(samples):
            for known in (True, False) if n % 2 else (False, True):
                email = f"known{n % _KNOWN:04}@example.com" if known else f"other{n % _KNOWN:04}@example.com"
                times[known].append(await _asked(stage, session, email))
    return Times(times[True], times[False])


async def _asked(stage: Stage, session: aiohttp.ClientSession, email: str) -> float:
    """How long one wrong password takes."""
    stage.clock.advance(DAY // 20)  # neither the address nor the person comes to a limit
    await stage.settle()
    tools = stage.app.tools
    token = await stage.db(lambda tx: forms.open_form(tx, tools, chat=_CHAT, kind="signin", lang="en"))
    url = f"http://127.0.0.1:{stage.driver.server.port}/f/{token}"
    async with session.get(url) as page:
        csrf = _CSRF.search(await page.text())
    fields = {"csrf": csrf[1] if csrf else "", "email": email, "password": "wrong horse battery"}
    begun = time.perf_counter()
    async with session.post(url, data=fields) as page:
        await page.read()
        if page.status != 422:
            raise RuntimeError(f"a wrong password was answered with {page.status}")
    return (time.perf_counter() - begun) * 1000


def told(times: Times) -> str:
    """The figures in words."""
    known, unknown = statistics.median(times.known), statistics.median(times.unknown)
    chance = 2 * math.hypot(_error(times.known), _error(times.unknown))
    return (
        f"A wrong password, {len(times.known)} times each: median {known:.2f} ms for an address with an account,"
        f" {unknown:.2f} ms for one without.\n"
        f"Difference {abs(known - unknown):.2f} ms; chance alone makes up to {chance:.2f} ms of it."
    )


def _error(values: Sequence[float]) -> float:
    """The standard error of the median, from how wide the middle half of the samples is."""
    first, _, third = statistics.quantiles(values, n=4)
    return 1.2533 * (third - first) / 1.349 / math.sqrt(len(values))
