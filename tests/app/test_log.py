"""Logs: one line each, in JSON where that is set, and nothing in them that somebody wrote or has."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest
import structlog
from starlette.applications import Starlette
from starlette.routing import Route

from bot import log
from bot.scripts.stage import Stage
from bot.server import Server
from bot.web import forms

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET = "481516 for ann@example.com"
EVIL = "one\ntwo\r\x1b[31m\u202e\u2028\x00\ud800 \x85end"


@pytest.fixture
def lines(monkeypatch):
    """Sets logging up in a style; what was logged then, line by line."""
    written = io.StringIO()
    root = logging.getLogger()
    level = root.level

    def configured(style: str = "json"):
        # Here, and not before the test: pytest puts its own in their place once the test itself begins.
        monkeypatch.setattr(sys, "stderr", written)
        monkeypatch.setattr(root, "handlers", [])
        for name in ("uvicorn", "uvicorn.error"):  # a server of another test may have set them up in its own way
            monkeypatch.setattr(logging.getLogger(name), "handlers", [])
            monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        log.configure(style)
        return lambda: written.getvalue().split("\n")[:-1]

    yield configured
    root.setLevel(level)
    structlog.reset_defaults()


def fails() -> None:
    raise ValueError(SECRET)


def caught() -> BaseException:
    try:
        try:
            fails()
        except ValueError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError as error:
        return error


def test_a_line_is_a_json_object(lines):
    """What happened, how bad it is, when, and the fields that were given; nothing below INFO."""
    said = lines()
    logger = structlog.get_logger("x")
    logger.debug("too fine")
    logger.warning("not sent", row=7, reason="blocked")
    [line] = said()

    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert {"event": "not sent", "level": "warning", "row": 7, "reason": "blocked"} == entry


def test_what_a_turn_is_about_is_bound_to_its_lines(lines):
    """Context that was bound stands in every line until it is taken away."""
    said = lines()
    with structlog.contextvars.bound_contextvars(lane=5):
        structlog.get_logger().info("a")
    structlog.get_logger().info("b")

    assert [5, None] == [json.loads(line).get("lane") for line in said()]


@pytest.mark.parametrize("style", ["json", "console"])
def test_an_exception_says_its_type_and_place_and_not_its_text(lines, style):
    """Neither its text nor that of its cause, however it is handed over."""
    said = lines(style)
    logger = structlog.get_logger()
    error = caught()
    logger.error("turn failed", exc_info=error)
    logger.error("turn failed", exc_info=(type(error), error, error.__traceback__))
    try:
        fails()
    except ValueError:
        logger.exception("turn failed")
    logging.getLogger("library").error("it failed", exc_info=error)

    assert 4 == len(said())
    assert 3 == sum("RuntimeError" in line for line in said())
    for line in said():
        assert "test_log.py" in line
        assert "481516" not in line
        assert "ann" not in line


def test_the_frames_are_few(lines):
    """The last eight: a line has an end however deep it was."""
    said = lines()

    def deep(left: int) -> None:
        if not left:
            fails()
        deep(left - 1)

    try:
        deep(50)
    except ValueError as error:
        structlog.get_logger().error("x", exc_info=error)

    at = json.loads(said()[0])["at"]
    assert 8 == len(at)
    assert at[-1].endswith(" fails")


@pytest.mark.parametrize("style", ["json", "console"])
def test_nobody_writes_a_line_of_their_own(lines, style):
    """Line ends, control characters, marks of direction and half characters are escapes, whoever logs them."""
    said = lines(style)
    structlog.get_logger().warning(f"event {EVIL}", field=EVIL)
    logging.getLogger("library").warning("said %s", EVIL)

    assert 2 == len(said())
    for line in said():
        assert line.isprintable()
        assert "one\\ntwo\\r" in line
        assert "end" in line


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize(
    "private",
    [
        f"https://api.telegram.org/bot{TOKEN}/sendMessage",
        "ann.lee+x@mail.example.com",
        "+447400123456",
        "+44 7400 123-456",
        "https://desk.example/f/" + "k" * 43,
        "http://127.0.0.1:8080/n/" + "k" * 43,
    ],
)
def test_what_looks_like_somebodys_is_blotted_out(lines, style, private):
    """In the event, in fields, within lists and mappings, and in what a library says."""
    said = lines(style)
    structlog.get_logger().warning(f"about {private}!", plain=private, many=[private], by={"name": {"x": (private,)}})
    logging.getLogger("library").warning("about %s!", private)

    assert 2 == len(said())
    for line in said():
        assert "[...]" in line
        for part in (TOKEN, "mail.example", "447400", "7400 123", "kkkk"):
            assert part not in line


@pytest.mark.parametrize("harmless", ["row 7 of 2026-01-05", "status 500 after 60.000 ms", "a@b", "+1", "10/f/short"])
def test_what_is_nobodys_stays(lines, harmless):
    """Times, numbers of rows and short words are what logs are for."""
    said = lines()
    structlog.get_logger().warning(harmless)

    assert harmless == json.loads(said()[0])["event"]


def test_what_cannot_be_written_as_json_is_written_all_the_same(lines):
    """An object, bytes, a number that is none: a line, and no failure in the place of one."""
    said = lines()
    structlog.get_logger().warning("x", thing=object(), raw=b"\xff", odd=float("nan"), half="\ud800")

    assert "x" == json.loads(said()[0])["event"]


def test_libraries_speak_in_lines_of_the_same_form(lines):
    """JSON where that is set; requests and their addresses are not told at all."""
    said = lines()
    logging.getLogger("asyncio").error("Task exception was never retrieved", exc_info=caught())
    for noisy in ("httpx", "telegram", "uvicorn.access", "aiohttp.access"):
        logging.getLogger(noisy).warning("GET %s", TOKEN)

    entry = json.loads(said()[0])
    assert ("error", "asyncio", "RuntimeError") == (entry["level"], entry["logger"], entry["error"])
    assert 1 == len(said())


async def test_the_web_server_quotes_no_exception(lines):
    """An endpoint that fails is told by the same rules: uvicorn's own log would print the text."""

    async def endpoint(_request):
        fails()

    server = Server(Starlette(routes=[Route("/", endpoint)]), "127.0.0.1", 0)
    said = lines()
    await server.start()
    async with Stage({}) as stage, stage.browser("x").get(f"http://127.0.0.1:{server.port}/") as answer:
        text = await answer.text()
    await server.stop()

    entry = json.loads(said()[0])
    assert (500, "Internal Server Error") == (answer.status, text)
    assert ("ValueError", "uvicorn.error") == (entry["error"], entry["logger"])
    assert "481516" not in "".join(said())


async def test_a_form_that_fails_says_nothing_of_what_was_typed(lines, monkeypatch):
    """From the browser to the log: neither the page nor the line holds the password or the address."""
    said = lines()

    async def breaks(_self, _form, fields):
        raise RuntimeError(str(fields))

    monkeypatch.setattr("bot.web.sign_forms.SignForms.sign_in", breaks)
    async with Stage({}) as stage:
        tools = stage.app.tools
        token = await stage.db(lambda tx: forms.forms.open_form(tx, tools, chat=7001, kind="signin", lang="en"))
        url, browser = f"http://127.0.0.1:{stage.driver.server.port}/f/{token}", stage.browser("x")
        async with browser.get(url) as page:
            csrf = (await page.text()).partition('name="csrf" value="')[2].partition('"')[0]
        fields = {"csrf": csrf, "email": "ann@example.com", "password": "correct horse"}
        async with browser.post(url, data=fields) as page:
            text = await page.text()

    assert 500 == page.status
    assert "RuntimeError" in "".join(said())
    for told in (text, *said()):
        assert "horse" not in told
        assert "ann@" not in told
        assert token not in told
