"""What no log, metric, database page or ticket may hold, and where it was found all the same.

Every script is looked through as it ends (``tests/scripts/conftest.py``): what the bot logged at the finest level,
its metrics, what the bot wrote in the agents' group, and where it is played in process the bytes of its database with
the pages that were freed; over HTTP the same is stored.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path

from prometheus_client import generate_latest

from bot import log
from bot.scripts.player import Player
from bot.scripts.stage import PASSWORD, Stage

_CODE = re.compile(r"(?<![\d+])\d{6}(?!\d)")
_LINK = re.compile(r"https?://\S+/([\w-]{20,})")
_ALONE = rb"(?<![0-9A-Za-z])%b(?![0-9A-Za-z])"
"""A secret that is not a part of something longer, such as six digits of a moment."""
_PHONE = re.compile(r"\+?\d{8,15}")


@contextlib.contextmanager
def listening() -> Iterator[StringIO]:
    """Everything that is logged meanwhile, at the finest level, as operators have it."""
    heard = StringIO()
    log.configure("json", "DEBUG", heard)
    libraries = logging.StreamHandler(heard)
    libraries.setFormatter(log.Plain("json"))
    logging.getLogger().addHandler(libraries)
    try:
        yield heard
    finally:
        logging.getLogger().removeHandler(libraries)
        log.configure("console", "CRITICAL")


def secrets(stage: Stage, values: Mapping[str, str] | None = None) -> dict[str, set[str]]:
    """What is secret of this stage, by kind; ``values`` are those that a script has saved."""
    texts = [sms.text for sms in stage.world.state.sms]
    letters = [mail.text for mail in stage.world.state.emails]
    given = stage.given
    accounts = [each for each in (given.get("account"), *(given.get("others") or ())) if each]
    numbers = {str(each["phone"]) for each in accounts if each.get("phone")} | {sms.to for sms in stage.world.state.sms}
    addresses = {str(each["email"]) for each in accounts} | {mail.to for mail in stage.world.state.emails}
    passwords = {PASSWORD} | {
        str(each[name]) for each in accounts for name in ("password", "trading") if each.get(name)
    }
    saved = [value for name, value in (values or {}).items() if name in ("payload", "link", "token")]
    return {
        "code": {code for text in (*texts, *letters) for code in _CODE.findall(text)},
        "recovery code": {code for codes in stage.codes.values() for code in codes},
        "authenticator key": set(stage.keys.values()),
        "link": {token for text in (*texts, *letters) for token in _LINK.findall(text)} | set(saved),
        "password": passwords,
        "number": {number.lstrip("+") for number in numbers if _PHONE.fullmatch(number)},
        "address": addresses,
    }


def found(secret: Mapping[str, set[str]], where: str, text: bytes, kinds: tuple[str, ...] = ()) -> list[str]:
    """Which of the secrets, all or those of some kinds, stand in the text: what and where, without saying it."""
    return [
        f"a {kind} in {where}"
        for kind, values in secret.items()
        if not kinds or kind in kinds
        for value in values
        if value and value.encode() in text and re.search(_ALONE % re.escape(value.encode()), text)
    ]


def pages(folder: Path) -> dict[str, bytes]:
    """The bytes of the database's files, with the pages that were freed."""
    return {file.name: file.read_bytes() for file in sorted(folder.glob("phonedesk.db*"))}


async def leaks(stage: Stage, heard: str, values: Mapping[str, str] | None = None, *, stored: bool = True) -> list[str]:
    """What leaked on this stage, by kind and place; ``heard`` is what was logged, ``stored``: the database too."""
    secret = secrets(stage, values)
    told = found(secret, "the log", heard.encode())
    told += found(secret, "the metrics", generate_latest(stage.app.tools.metrics.registry))
    for name, page in (pages(Path(stage.folder)) if stored else {}).items():
        told += found(secret, f"the database ({name})", page)
    for forum in stage.groups.values():
        said = "\n".join(str(message.content) for message in stage.world.messages(forum) if message.out)
        told += found(
            secret,
            "the agents' group",
            said.encode(),
            ("code", "recovery code", "authenticator key", "link", "password"),
        )
    return sorted(set(told))


async def inspected(player: Player, heard: StringIO, *, stored: bool = True) -> None:
    """Let a script fail at whose end something has leaked."""
    told = await leaks(player.stage, heard.getvalue(), player.values, stored=stored)
    if told:
        sys.stderr.write(heard.getvalue()[-2000:])
        raise AssertionError("; ".join(told))
