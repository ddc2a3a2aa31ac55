"""What the commands have in common: how they speak, and how what stops them is told."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

import typer
from rich.console import Console

from bot.clock import SystemClock
from bot.db.base import Db
from bot.db.connect import connect
from bot.db.ids import Ids, highest
from bot.db.migrate import pending
from bot.domain.vault import Vault
from bot.errors import AnchorLost, DatabaseBusy, DatabaseDown, KeysUnfit, PortTaken, SettingsError
from bot.settings import Settings, load, sandbox_wanted
from bot.tools import Tools

out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)


def load_settings() -> Settings:
    """The settings of the environment; where no token is set, those of the sandbox fill in what is missing.

    Raises:
        SettingsError: at least one is missing or wrong.
    """
    if not sandbox_wanted():
        return load()
    from bot import local  # noqa: PLC0415 - a live bot has no use for the sandbox, nor its memory

    return local.sandbox_settings()


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Db, Tools]]:
    """The database of the settings, as the bot has left it: a command never brings it up to date under a running one.

    Raises:
        KeysUnfit: no bot has worked with it yet.
    """
    clock = SystemClock()
    tools = Tools(clock, Ids(clock, settings.worker), Vault(settings.keys))
    db = await connect(settings.database)
    try:
        if await pending(db):
            raise KeysUnfit("the database is not up to date: start the bot once")
        tools.ids.after(await db.transact(highest))
        yield db, tools
    finally:
        await db.close()


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what stops a command into one message and exit code 1."""
    try:
        yield
    except (SettingsError, KeysUnfit, AnchorLost, DatabaseBusy, DatabaseDown, PortTaken) as error:
        err.print(str(error), soft_wrap=True, markup=False)
        raise typer.Exit(1) from None
