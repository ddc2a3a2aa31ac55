"""Who is measured: the product, the library as documented, and the library over the product's HTTP."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

from tests.bench.library import TOKEN
from tests.bench.runner import Contender, Load, spawn
from tests.bench.script import script

_KEY_SETTINGS = ("FIELD", "INDEX", "CODE", "AUDIT")


def contenders(*, quick: bool) -> tuple[Contender, ...]:
    """All of them, with smaller loads for a quick run."""
    people, slow, calm = (40, 4, 10) if quick else (100, 10, 30)
    ours, theirs = (
        (
            Load("all at once", people),
            Load("all at once, 50 ms a call", distant, latency=0.05),
            Load("ten a second begin", calm, pace=0.1),
        )
        for distant in (people, slow)
    )
    constants = script("^countries$", "^page:", "^back$", "^language$")
    packed = script(r"\|countries\|", r"\|page\|", r"\|back\|", r"\|language\|")
    return (
        Contender("phonedesk", start_product, packed, ours),
        Contender("python-telegram-bot", start_library, constants, theirs),
        Contender("python-telegram-bot, our HTTP", start_library_over_aiohttp, constants, theirs),
    )


def start_product(url: str, place: Path) -> subprocess.Popen[bytes]:
    """The product as an operator runs it, on a fresh SQLite file, with its own rate limits out of the way."""
    keys = {
        f"PHONEDESK_{name}_KEYS": "1:" + base64.b64encode(bytes(range(first, first + 32))).decode()
        for first, name in enumerate(_KEY_SETTINGS)
    }
    return spawn(
        ["-m", "bot", "run"],
        place,
        TELEGRAM_TOKEN=TOKEN,
        PHONEDESK_TELEGRAM_URL=url,
        PHONEDESK_DATABASE=f"sqlite:{place / 'bench.db'}",
        PHONEDESK_MESSAGES_PER_SECOND="1000",
        PHONEDESK_PORT="0",
        **keys,
    )


def start_library(url: str, place: Path) -> subprocess.Popen[bytes]:
    """The library as its documentation shows it."""
    return spawn(["-m", "tests.bench.library", url], place)


def start_library_over_aiohttp(url: str, place: Path) -> subprocess.Popen[bytes]:
    """The library with the product's transport in place of httpx."""
    return spawn(["-m", "tests.bench.library", url, "--aiohttp"], place)
