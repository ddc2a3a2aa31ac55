from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import httpx
import pytest
from sandbox_play import ANN, Play

from bot.sandbox import GATEWAY_TOKEN, make_app
from bot.sandbox.page import STATIC, page_routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def page(play: Play) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(play.world, page_routes(play.world)))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.test") as client:
        yield client


async def test_the_shell_carries_the_state_and_nothing_that_could_run(play: Play, page: httpx.AsyncClient) -> None:
    """The state is in the page at once; whatever a person is called, it stays data."""
    play.acts.person(7099, "</script><img src=x onerror=alert(1)>", last_name="\ud800")
    answer = await page.get("/")
    boot = re.search(r'<script type="application/json" id="boot">(.*?)</script>', answer.text, re.DOTALL)

    assert answer.status_code == 200
    assert boot is not None
    assert ANN in {person["id"] for person in json.loads(boot[1])["state"]["people"]}
    assert "<img src=x" not in answer.text
    assert not re.search(r"<[^>]+\s(on\w+|style)=", answer.text)
    assert "<noscript>" in answer.text


async def test_the_policy_allows_the_pages_own_files_only(page: httpx.AsyncClient) -> None:
    """No inline script or style, no other origin, no framing, and no HTML from text."""
    policy = (await page.get("/")).headers["content-security-policy"]

    assert "unsafe" not in policy
    for rule in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "require-trusted-types-for 'script'" in policy


async def test_every_file_is_served_with_its_type_and_fetched_once(page: httpx.AsyncClient) -> None:
    """Each static file answers with a fixed type and a tag, and 304 to whoever has it."""
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".ogg": "audio/ogg"}
    for path in STATIC.iterdir():
        answer = await page.get(f"/sandbox/{path.name}")
        again = await page.get(f"/sandbox/{path.name}", headers={"If-None-Match": answer.headers["etag"]})

        assert kinds[path.suffix] == answer.headers["content-type"].partition(";")[0]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert again.status_code == 304


@pytest.mark.parametrize("name", ["page.py", "..%2Fpage.py", "..%2F..%2Fsettings.py", ".", "%2Fetc%2Fpasswd"])
async def test_no_other_file_is_served(page: httpx.AsyncClient, name: str) -> None:
    """A name that is no static file is not found, however it is written."""
    assert (await page.get(f"/sandbox/{name}")).status_code == 404


def test_scripts_never_turn_text_into_html() -> None:
    """No script uses a way of the DOM that parses text, or code from text."""
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\(|new Function")
    for path in STATIC.glob("*.js"):
        assert forbidden.search(path.read_text(encoding="utf-8")) is None, path.name


async def test_an_emails_html_is_framed_without_rights(play: Play, page: httpx.AsyncClient) -> None:
    """The frame of an email runs nothing and loads nothing; an email without HTML has none."""
    for number, html in enumerate(("<p>Hello</p><script>alert(1)</script>", ""), 1):
        body = {"id": f"e{number}", "to": "ann@example.org", "subject": "Hello", "text": "Hello", "html": html}
        assert (await play.world.email(GATEWAY_TOKEN, body)).ok
    answer = await page.get("/sandbox/mail/1")

    assert answer.text.endswith("<p>Hello</p><script>alert(1)</script>")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "allow-scripts" not in answer.headers["content-security-policy"]
    assert (await page.get("/sandbox/mail/2")).status_code == 404
    assert (await page.get("/sandbox/mail/9")).status_code == 404
