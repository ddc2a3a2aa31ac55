"""Forms and pages against other pages, other browsers and odd requests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.db import watch
from bot.local import API_TOKEN
from bot.server import Server
from bot.web import website
from bot.web.guard import HEADERS

ROOT = Path(__file__).parents[2]
ANN, PASSWORD = 7001, "correct horse battery"
TOKEN = "A" * 43
TYPES = ("multipart/form-data; boundary=x; charset=undefined", "application/x-www-form-urlencoded",
         "multipart/form-data; boundary=x", "multipart/form-data",
         "application/json", "text/plain", "", "x" * 200, "application/x-www-form-urlencoded, text/plain")  # fmt: skip


def paths(stage, token: str) -> list[tuple[str, str]]:
    """Every route of the product with something in the place of what varies, and each of its methods."""
    filled = {"token": token, "account": "1", "operation": "withdrawal"}
    return [
        (method, re.sub(r"\{(\w+)[^}]*\}", lambda part: filled[part[1]], route.path))
        for route in stage.app.routes()
        for method in sorted(route.methods)
    ]


@pytest.mark.parametrize("right", [True, False])
async def test_every_answer_of_every_route_keeps_others_out(stage, browsers, opened, right):
    """No script, no frame, no store, no sniffing: on good answers and refusals alike."""
    token = (await opened()).removeprefix("/f/") if right else TOKEN
    headers = {"Authorization": f"Bearer {API_TOKEN}"} if right else {}
    seen = set()
    for method, path in paths(stage, token):
        answer = await browsers().other(method, path, headers=headers)
        wanted = dict(HEADERS) | ({"Cache-Control": "public, max-age=3600"} if path == "/form.css" else {})
        assert wanted == {name: answer.headers.get(name) for name in HEADERS}, (method, path)
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]
        seen.add(answer.status)

    assert ({200, 403, 404} if right else {200, 401, 404}) <= seen


async def test_another_site_gets_nothing_across(browsers, opened):
    """No page of another origin may read or preflight anything here."""
    foreign = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    path = await opened()
    asked = [await browsers().other("OPTIONS", there, headers=foreign) for there in (path, "/v1/accounts/1/links")]
    read = await browsers().get(path, headers=foreign)

    assert [405, 405, 200] == [answer.status for answer in (*asked, read)]
    for answer in (*asked, read):
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]


async def test_a_mark_that_was_planted_in_a_browser_is_not_taken_up(stage, browsers, opened):
    """Session fixation: somebody who shares a mark with the victim's browser does not share the form."""
    path, victim, attacker = await opened(), browsers(), browsers()
    planted = {"Cookie": "form=planted-by-somebody"}

    page = await victim.get(path, headers=planted)
    theirs = await attacker.get(path, headers=planted)
    fields = {"csrf": page.csrf, "email": "ann@example.com", "password": PASSWORD}
    stolen = await attacker.post(path, fields, headers=planted)

    assert "planted" not in page.headers["Set-Cookie"]
    assert [200, 403, 403] == [page.status, theirs.status, stolen.status]
    assert "Ann" not in theirs.text
    assert 200 == (await victim.post(path, fields)).status


async def test_two_pages_of_one_form_in_one_browser_are_one_form(browsers, opened):
    """Opened anew by its owner, the form keeps its mark, and what was typed in the older tab still counts."""
    path, browser = await opened(), browsers()
    first = await browser.get(path)
    second = await browser.get(path)
    answer = await browser.post(path, {"csrf": first.csrf, "email": "ann@example.com", "password": PASSWORD})

    assert first.csrf == second.csrf
    assert 200 == answer.status


async def test_a_form_that_was_used_cannot_be_played_again(stage, browsers, opened):
    """The very same request later: nothing happens, even with everything right."""
    path, browser = await opened(), browsers()
    page = await browser.get(path)
    fields = {"csrf": page.csrf, "email": "ann@example.com", "password": PASSWORD}
    first = await browser.post(path, fields)
    cookie = {"Cookie": first.headers.get("Set-Cookie", "form=x")}
    again = [await browser.post(path, fields), await browsers().post(path, fields, headers=cookie)]
    rows = [row for row in await stage.db(lambda tx: watch.rows(tx, "inbox")) if row["source"] == "form"]

    assert 200 == first.status
    assert [404, 404] == [answer.status for answer in again]
    assert 1 == len(rows)


async def test_a_new_form_kills_the_one_before(browsers, opened):
    """A link that lies about from before is worth nothing once there is another."""
    old = await opened()
    browser = browsers()
    page = await browser.get(old)
    await opened()

    answer = await browser.post(old, {"csrf": page.csrf, "email": "ann@example.com", "password": PASSWORD})

    assert 404 == answer.status


@pytest.mark.parametrize(("url", "secure"), [("https://desk.example", True), ("http://127.0.0.1:1", False)])
async def test_the_mark_is_secure_where_the_forms_are(stage, opened, url, secure):
    """Over HTTPS the mark never goes over a plain line; on this machine, without HTTPS, the form works all the same."""
    stage.app.settings = stage.app.settings.model_copy(update={"public_url": url})
    server = Server(Starlette(routes=list(stage.app.routes())), "127.0.0.1", 0)
    await server.start()
    path = await opened()
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{server.port}{path}") as page,
    ):
        cookie = page.headers["Set-Cookie"]
    await server.stop()

    assert secure == ("; secure" in cookie.lower())
    assert f"Path={path}" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("kind", ["signin", "trading", "identity", "codes", "data"])
@pytest.mark.parametrize("content_type", TYPES)
async def test_a_body_of_any_type_is_answered(stage, browsers, opened, kind, content_type):
    """A page that says what is wrong, whatever the type says and the body holds; nothing enters a chat."""
    path, browser = await opened(kind), browsers()
    page = await browser.get(path)
    for body in (b"", b"\0\xff" * 50, b'{"csrf": 1}', b"--x\r\n\r\n", b"csrf=" + page.csrf.encode()[:10]):
        answer = await browser.other("POST", path, data=body, headers={"Content-Type": content_type})
        assert answer.status in {400, 403, 404, 415}, body

    assert not [row for row in await stage.db(lambda tx: watch.rows(tx, "inbox")) if row["source"] == "form"]


ODD = ("/f/..%2f..%2fetc%2fpasswd", "/f/%2e%2e/%2e%2e/.env", "/f/" + "%ff" * 40, "/f/%00", "/f/" + "a" * 8000,
       "/form.css/../../settings.py", "/form.css%00", "//f/x", "/p/%ED%A0%80", "/n/';DROP TABLE forms;--",
       "/v1/accounts/-1/links", "/v1/accounts/1e9/links", "/v1/accounts/1/operations/..%2f..",
       "/../.env", "/%")  # fmt: skip


@pytest.mark.parametrize("path", ODD)
async def test_a_path_leads_nowhere_but_to_its_route(stage, browsers, path):
    """Steps upwards, NUL, broken text and lengths: a refusal, and no file of ours."""
    browser = browsers()
    url = f"http://127.0.0.1:{stage.driver.server.port}"
    async with browser.session.request(
        "GET", aiohttp.client.URL(url + path, encoded=True), headers={"Authorization": f"Bearer {API_TOKEN}"}
    ) as answer:
        text = await answer.text(errors="replace")

    assert answer.status in {400, 404, 405}
    assert "import " not in text
    assert "PHONEDESK" not in text


# --- secrets are compared in one way ----------------------------------------------------------------------------

COMPARERS = {
    "bot/web/website.py": 1, "bot/web/forms.py": 1, "bot/db/forms.py": 1, "bot/telegram/intake.py": 1,
}  # fmt: skip
SECRET = re.compile(r"token|secret|csrf|signature|shown|browser_hash|digest", re.IGNORECASE)


@pytest.mark.parametrize("name", COMPARERS)
def test_a_secret_is_compared_in_constant_time_and_in_no_other_way(name):
    """One call of compare_digest where a secret is presented, and no comparison by ``==`` or ``in`` beside it."""
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    compared = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and not all(isinstance(op, ast.Is | ast.IsNot) for op in node.ops)
        and SECRET.search(ast.unparse(node))
    ]

    assert COMPARERS[name] == calls.count("hmac.compare_digest")
    assert [] == compared


@pytest.mark.parametrize("token", ["", "x", API_TOKEN[:-1], API_TOKEN[:-1] + "x", "x" + API_TOKEN[1:], API_TOKEN * 99])
async def test_a_wrong_token_is_compared_whole_and_once(browsers, monkeypatch, token):
    """Whatever is wrong about it, the same one comparison says so."""
    compared = []
    compare = website.hmac.compare_digest

    def noted(one, other):
        compared.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(website.hmac, "compare_digest", noted)
    answer = await browsers().get("/v1/accounts/1/operations/withdrawal", headers={"Authorization": f"Bearer {token}"})

    assert 401 == answer.status
    assert [(token.encode(), API_TOKEN.encode())] == compared
