"""A stage with one account, and browsers that open its forms."""

from __future__ import annotations

import re
from dataclasses import dataclass

import aiohttp
import pytest

from bot.db import forms
from bot.scripts.stage import Stage

ANN = 7001
PASSWORD = "correct horse battery"


@pytest.fixture
async def stage():
    async with Stage({"account": {"email": "ann@example.com"}}) as made:
        await made.pace()
        await made.driver.act("say", {"person": ANN, "text": "/start"})
        await made.settle()
        yield made


@dataclass
class Page:
    """What a browser got."""

    status: int
    text: str
    headers: object

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.text)
        return found[1] if found else ""


class Browser:
    """Keeps its cookies, follows no redirect."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session, self.base = session, base

    async def get(self, path: str, **options) -> Page:
        return await self._page(self.session.get(self.base + path, allow_redirects=False, **options))

    async def post(self, path: str, data=None, **options) -> Page:
        return await self._page(self.session.post(self.base + path, data=data, allow_redirects=False, **options))

    async def other(self, method: str, path: str, **options) -> Page:
        return await self._page(self.session.request(method, self.base + path, **options))

    async def sign_in(self, path: str, password: str = PASSWORD, email: str = "ann@example.com") -> Page:
        page = await self.get(path)
        return await self.post(path, {"csrf": page.csrf, "email": email, "password": password})

    @staticmethod
    async def _page(asked) -> Page:
        async with asked as answer:
            return Page(answer.status, await answer.text(), answer.headers)


@pytest.fixture
async def browsers(stage):
    """Makes browsers, each with cookies of its own."""
    sessions = []

    def browser() -> Browser:
        sessions.append(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        return Browser(sessions[-1], f"http://127.0.0.1:{stage.driver.server.port}")

    yield browser
    for session in sessions:
        await session.close()


@pytest.fixture
def opened(stage):
    """Opens a one-time form for a person; its path."""

    async def opening(kind="signin", chat=ANN) -> str:
        tools = stage.app.tools
        return "/f/" + await stage.db(lambda tx: forms.open_form(tx, tools, chat=chat, kind=kind, lang="en"))

    return opening
