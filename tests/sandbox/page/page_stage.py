"""The page open in Chromium on a world of its own."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import Browser, Page
from sandbox_play import Play

from bot.sandbox import World, make_app
from bot.sandbox.page import page_routes
from bot.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
BUTTONS = {
    "inline_keyboard": [
        [{"text": "Yes", "callback_data": "yes", "style": "success"}, {"text": "Site", "url": "https://example.org"}]
    ]
}


@contextlib.asynccontextmanager
async def serving(world: World) -> AsyncIterator[str]:
    server = Server(make_app(world, page_routes(world)), "127.0.0.1", 0)
    await server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        await world.close()
        world.touch()  # answers the page's long poll
        await server.stop()


class Stage:
    """A page open on a world; ``problems`` is whatever the browser complained about."""

    def __init__(self, play: Play, page: Page, url: str, problems: list[str]) -> None:
        self.play, self.page, self.url, self.problems = play, page, url, problems
        self.chat, self.desk, self.phone = (page.locator(f"#pane-{name}") for name in ("chat", "desk", "phone"))
        self.field = page.get_by_label("Message: chat with the bot")

    async def open(self) -> None:
        await self.page.goto(self.url)
        await self.page.wait_for_selector("body[data-ready]")

    async def update(self) -> dict[str, Any]:
        """The next update for the bot, waiting for the browser's request that causes it."""
        while not self.play.world.updates.pending:
            assert await self.play.world.changed(self.play.world.state.version, 8), "the page sent nothing"
        [update] = self.play.world.take_updates()
        return update


@contextlib.asynccontextmanager
async def staged(browser: Browser, play: Play, viewport: dict[str, int]) -> AsyncIterator[Stage]:
    context = await browser.new_context(viewport=viewport, timezone_id="Europe/Berlin", reduced_motion="reduce")  # type: ignore[arg-type]  # playwright's own mapping type
    context.set_default_timeout(8_000)
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    async with serving(play.world) as url:
        stage = Stage(play, page, url, problems)
        await stage.open()
        yield stage
        await context.close()
    assert problems == []
