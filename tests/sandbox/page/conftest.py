from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from page_stage import CHROMIUM, FLAGS, PHONE, WIDE, Stage, staged
from playwright.async_api import Browser, async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sandbox_play import Play


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"the page is tested in Chromium, and there is no {CHROMIUM}")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        await launched.close()


@pytest.fixture
async def stage(browser: Browser, play: Play) -> AsyncIterator[Stage]:
    async with staged(browser, play, WIDE) as made:
        yield made


@pytest.fixture
async def small(browser: Browser, play: Play) -> AsyncIterator[Stage]:
    async with staged(browser, play, PHONE) as made:
        yield made
