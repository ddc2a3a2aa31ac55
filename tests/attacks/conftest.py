"""Towns to attack; see ``town.py`` for what can be done in one."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from town import Town

from bot.scripts.stage import Stage

Build = Callable[..., Awaitable[Town]]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Build]:
    """Makes towns, each from what a script may be given."""
    async with contextlib.AsyncExitStack() as opened:

        async def build(driver: str = "inprocess", **given: Any) -> Town:
            return Town(await opened.enter_async_context(Stage(given, driver)), tmp_path)

        yield build
