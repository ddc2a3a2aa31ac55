"""The one-time forms, through the door of a browser."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from bot.clock import MINUTE
from bot.db import forms, watch
from bot.web.guard import HEADERS
from bot.web.sign_forms import SignForms

ANN = 7001
UNKNOWN = "/f/" + "A" * 43


async def inbox(stage) -> list[str]:
    rows = await stage.db(lambda tx: watch.rows(tx, "inbox"))
    return [row["source_key"].partition(":")[2] for row in rows if row["source"] == "form"]


async def test_the_right_password_goes_to_the_chat_once(stage, browsers, opened):
    """Sent twice, by an impatient finger, it is one event; the form is used up."""
    path, browser = await opened(), browsers()
    page = await browser.get(path)
    fields = {"csrf": page.csrf, "email": "ann@example.com", "password": "correct horse battery"}

    answers = await asyncio.gather(*(browser.post(path, fields) for _ in range(5)))

    assert ["PasswordAccepted"] == await inbox(stage)
    assert 1 == sum("goes on there" in answer.text for answer in answers)
    assert (await browser.get(path)).text == (await browsers().get(UNKNOWN)).text


@pytest.mark.parametrize("password", ["correct horse battery", "wrong horse battery"])
async def test_what_was_under_way_while_the_form_was_good_refuses_nothing(stage, opened, policy, password):
    """A submission that is looked at after another one was right: no word of too many tries follows to the chat."""
    token = (await opened()).rpartition("/")[2]
    app = stage.app
    form = await stage.db(lambda tx: forms.find(tx, app.tools, token))
    signs = SignForms(app.db, app.tools, policy, app.accounts)
    first = await signs.sign_in(form, {"email": "ann@example.com", "password": "correct horse battery"})
    late = await signs.sign_in(replace(form, tries=forms.TRIES - 1), {"email": "ann@example.com", "password": password})

    assert ("done", "gone") == (first.page, late.page)
    assert ["PasswordAccepted"] == await inbox(stage)


async def test_a_wrong_password_and_an_unknown_address_look_the_same(browsers, opened):
    """Same status, same words, same headers; only the address that was typed comes back."""
    pages = []
    for email in ("ann@example.com", "bob@example.com"):
        browser = browsers()
        page = await browser.sign_in(await opened(chat=7001), "wrong horse battery", email)
        text = re.sub(r'value="[^"]*"', "", page.text)
        pages.append((page.status, text, {k: v for k, v in page.headers.items() if k != "Date"}))

    assert pages[0] == pages[1]
    assert 422 == pages[0][0]


async def test_a_form_belongs_to_the_browser_that_opened_it_first(stage, browsers, opened):
    """Whoever is sent the address sees a neutral page and learns nothing, not even the name."""
    path, mine, theirs = await opened(), browsers(), browsers()
    page = await mine.get(path)

    forwarded = await theirs.get(path)
    stolen = await theirs.post(
        path, {"csrf": page.csrf, "email": "ann@example.com", "password": "correct horse battery"}
    )

    assert [403, 403] == [forwarded.status, stolen.status]
    assert "Ann" in page.text
    assert "Ann" not in forwarded.text + stolen.text
    assert [] == await inbox(stage)


@pytest.mark.parametrize("csrf", ["", "x", "ü" * 64, None])
async def test_a_post_without_the_forms_own_mark_does_nothing(stage, browsers, opened, csrf):
    """Another page cannot fill in the form for somebody."""
    path, browser = await opened(), browsers()
    await browser.get(path)
    fields = {"email": "ann@example.com", "password": "correct horse battery"} | (
        {} if csrf is None else {"csrf": csrf}
    )

    page = await browser.post(path, fields)

    assert 403 == page.status
    assert [] == await inbox(stage)
    assert [0] == [row["tries"] for row in await stage.db(lambda tx: watch.rows(tx, "forms"))]


async def test_a_mark_of_another_form_is_worth_nothing(stage, browsers, opened):
    """Marks are bound to the form and the browser."""
    browser = browsers()
    other = await browser.get(await opened(chat=7002))
    path = await opened()
    await browser.get(path)

    page = await browser.post(
        path, {"csrf": other.csrf, "email": "ann@example.com", "password": "correct horse battery"}
    )

    assert 403 == page.status
    assert [] == await inbox(stage)


async def test_unknown_used_and_expired_forms_are_one_page(stage, browsers, opened):
    """Nobody learns whether an address ever existed."""
    used, expired, browser = await opened(), None, browsers()
    await browser.sign_in(used)
    expired = await opened()
    await stage.driver.advance(10 * MINUTE)

    pages = [await browsers().get(path) for path in (used, expired, UNKNOWN, "/f/x", "/f/%00", "/f/" + "B" * 4000)]

    assert 1 == len({(page.status, page.text) for page in pages})


async def test_five_tries_use_a_form_up(stage, browsers, opened):
    """The sixth is a dead form, and the chat was told once."""
    path, browser = await opened(), browsers()
    for _ in range(5):
        last = await browser.sign_in(path, "wrong horse battery")
    after = await browser.get(path)

    assert "used up" in last.text
    assert (await browsers().get(UNKNOWN)).text == after.text
    assert ["PasswordRefused"] == await inbox(stage)


async def test_guesses_at_one_account_are_locked_however_many_forms_are_opened(stage, browsers, opened):
    """Ten wrong passwords from anywhere: the right one is not even looked at for half a minute."""
    for _ in range(2):
        path, browser = await opened(), browsers()
        for _ in range(5):
            await browser.sign_in(path, "wrong horse battery")
    page = await browsers().sign_in(await opened())

    assert "Please try again in about" in page.text
    assert ["PasswordRefused", "PasswordRefused", "SignInLocked"] == await inbox(stage)


async def test_every_page_keeps_others_out(browsers, opened):
    """No script, no frame, no cache, no referrer, no sniffing; the cookie is for this form alone."""
    page = await browsers().get(await opened())

    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert ("no-store", "no-referrer", "nosniff", "DENY") == tuple(
        page.headers[name] for name in ("Cache-Control", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options")
    )
    cookie = page.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/f/"))
    assert "<script" not in page.text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/healthz", 405), ("GET", f"{UNKNOWN}/", 404)]
)
async def test_where_there_is_nothing_the_headers_are_safe_too(stage, method, path, status):
    """What no route or no method answers can be framed, kept and sniffed as little as everything else."""
    address = f"http://127.0.0.1:{stage.driver.server.port}{path}"
    async with stage.browser("x").request(method, address, allow_redirects=False) as answer:
        kept = {name: answer.headers[name] for name in HEADERS}

    assert status == answer.status
    assert HEADERS == kept


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"json": {"email": "x"}}, 415),
        ({"data": b"a=1", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 415),
        ({"data": b"a=" + b"x" * 70_000, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 413),
        ({"data": b"\xff\xfe=1", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 400),
        (
            {
                "data": b"&".join(b"a%d=1" % n for n in range(99)),
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            },
            400,
        ),
    ],
)
async def test_bodies_that_no_form_sends_are_refused(stage, browsers, opened, options, status):
    """Wrong kinds, too large, not text, too many fields: a plain page, nothing counted, nothing stored."""
    path, browser = await opened(), browsers()
    await browser.get(path)

    page = await browser.other("POST", path, **options)

    assert status == page.status
    assert [] == await inbox(stage)


async def test_other_methods_open_nothing(stage, browsers, opened):
    """A preview that only looks does not take the form away from its owner."""
    path, browser = await opened(), browsers()

    assert [200, 405, 405] == [(await browser.other(m, path)).status for m in ("HEAD", "PUT", "DELETE")]
    assert [None] == [row.get("used_at") for row in await stage.db(lambda tx: watch.rows(tx, "forms"))]
    assert 200 == (await browsers().get(path)).status


async def test_what_was_typed_is_shown_as_text(browsers, opened):
    """Markup in an address stays text, and a password never comes back."""
    page = await browsers().sign_in(await opened(), "wrong <b>horse</b>", '"><b>x</b>@example.com')

    assert "<b>x</b>" not in page.text
    assert "horse" not in page.text


async def test_one_address_cannot_ask_without_end(browsers):
    """Sixty requests at once are served; then one a second, with the wait said."""
    browser = browsers()
    statuses = [(await browser.get(UNKNOWN)).status for _ in range(70)]
    last = await browser.get(UNKNOWN)

    assert 429 == last.status
    assert last.headers["Retry-After"].isdigit()
    assert 60 == sum(status != 429 for status in statuses)


async def test_a_new_password_is_judged_in_words(browsers, opened):
    """Too short, known to attackers, the address itself, two that differ: each has its sentence."""
    path, browser = await opened("signup"), browsers()
    page = await browser.get(path)

    async def told(password, again=None):
        fields = {"csrf": page.csrf, "email": "new@example.com", "password": password, "again": again or password}
        return (await browser.post(path, fields)).text

    assert "at least 10 characters" in await told("short")
    assert "first that attackers try" in await told("password2026")
    assert "too close to your email" in await told("new@example.com")
    assert "repeats itself" in await told("abababababab")
    assert "differ" in await told("tulips in march", "tulips in may")
