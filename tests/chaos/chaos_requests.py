"""Requests to the forms, the pages and the API as browsers and attackers send them, without sockets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote, urlencode

from starlette.types import ASGIApp

from bot.local import API_TOKEN

Request = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]

METHODS = ("GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "X" * 30)
WORDS = (
    "", " ", "ann@example.com", "bob@example.com", "ANN@EXAMPLE.COM ", "a@b", "@", "x" * 300, "ü@ü.ü",
    "correct horse battery",
    "wrong horse", "tulips in march", "\0", "\ud800", "\u202e", "123456", "1e400", "null", "true", "[]", "%00",
    "%ff%fe",
    "<script>", "{{x}}", "../..", "\r\nX: y", "٣" * 20, "a" * 2000, "👩‍👩‍👧‍👦" * 20,
)  # fmt: skip
FIELDS = ("csrf", "email", "password", "again", "current", "phrase", "front", "back", "selfie", "kind", "account", "")
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
TYPES = (
    URLENCODED, URLENCODED, URLENCODED, MULTIPART, MULTIPART, MULTIPART, "multipart/form-data", "application/json", "",
    "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "b" * 300, "text/plain", 'x/y; z="', "é",
    "multipart/form-data; boundary=b; charset=utf-7", "multipart/form-data; boundary=b; charset=idna",
    "multipart/form-data; boundary=b; charset=undefined", "multipart/form-data; boundary=b; charset=unicode_escape",
    "multipart/form-data; boundary=b; charset=rot13", "multipart/form-data; boundary=b; charset=hex",
)  # fmt: skip
LANGUAGES = ("en", "de-AT,de;q=0.8", "ar", "xx", "", ",", ";q=", "zh-Hant-TW", "e" * 3000, "../en", "ü", "en\t")


class Requests:
    """Draws requests. ``tokens`` are good addresses of forms and pages, with the marks of their browsers."""

    def __init__(self, seed: int, account: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - no secret
        self.account = account
        self.forms: list[tuple[str, str, str]] = []
        self.pictures: list[bytes] = [b""]

    def make(self) -> Request:
        """A request, sound or with something wrong."""
        dice = self.dice
        path, browser, csrf = dice.choice(self.forms) if self.forms and dice.random() < 0.7 else ("", "", "")
        headers = {
            "host": "x", "content-type": dice.choice(TYPES), "accept-language": dice.choice(LANGUAGES),
            "x-forwarded-for": f"198.51.{dice.randrange(256)}.{dice.randrange(256)}",
        }  # fmt: skip
        if browser and dice.random() < 0.8:
            headers["cookie"] = dice.choice((f"form={browser}", f"form={browser}", f"form={browser}; form=x",
            "form", "=;=",
                                             "form=\xff", f'form="{browser}', "form=" + "x" * 5000))  # fmt: skip
        path = path or self._path()
        if path.startswith("/v1"):
            headers["authorization"] = dice.choice((f"Bearer {API_TOKEN}", f"bearer {API_TOKEN}", "Bearer", "",
            "Basic x",
                                                    f"Bearer {API_TOKEN}\xff", "Bearer \xff", API_TOKEN))  # fmt: skip
        body = self._body(headers["content-type"], csrf)
        if dice.random() < 0.1:
            body = self._broken(body)
        if dice.random() < 0.1:
            headers["content-length"] = dice.choice(("-1", "x", "0", "9" * 30))
        if dice.random() < 0.1:
            headers.pop(dice.choice(list(headers)))
        return {"method": dice.choice(METHODS), "path": path, "headers": headers, "body": body,
                "query": dice.choice(("", "", "", "a=b", "%ff", "x" * 3000))}  # fmt: skip

    def _path(self) -> str:
        dice = self.dice
        word = dice.choice((*WORDS, "A" * 43, str(self.account), "1", "-1", "9" * 40, "%2e%2e", "withdrawal"))
        return "/" + quote(dice.choice((
            f"f/{word}", f"n/{word}", f"p/{word}", "form.css", "healthz", "metrics", "v1/openapi.json", word,
            f"v1/accounts/{word}/links", f"v1/accounts/{self.account}/operations/{word}",
            f"v1/accounts/{word}/sessions",
            f"v1/accounts/{self.account}/operations/withdrawal", f"v1/accounts/{self.account}/links", f"mirror/{word}",
        )), safe="/%", errors="replace")  # fmt: skip

    def _body(self, kind: str, csrf: str) -> bytes:
        dice = self.dice
        fields = {name: dice.choice(WORDS) for name in dice.sample(FIELDS, dice.randrange(1, 7))}
        if dice.random() < 0.9:
            fields["csrf"] = csrf
        if not kind.startswith("multipart"):
            return urlencode(fields, errors="surrogatepass").encode()
        parts = []
        for name, value in fields.items():
            picture = dice.random() < 0.3 or name in ("front", "back", "selfie")
            content = self._broken(dice.choice(self.pictures)) if picture else value.encode("utf-8", "surrogatepass")
            head = f'form-data; name="{name}"' + (f'; filename="{dice.choice(WORDS)}"' if picture else "")
            head = dice.choice((head, head, head, head, "form-data", "", 'form-data; name="', head + "; x" * 50))
            parts.append(
                b"--b\r\nContent-Disposition: " + head.encode("utf-8", "replace") + b"\r\n\r\n" + content + b"\r\n"
            )
        return b"".join(parts) + b"--b--\r\n"

    def _broken(self, body: bytes) -> bytes:
        dice = self.dice
        cut = dice.randrange(len(body) + 1)
        return dice.choice((body, body[:cut], body[cut:], body[:cut] + b"\xff\0" + body[cut:], body[:cut] * 2,
        body[:cut]
                            + bytes(dice.randrange(256) for _ in range(9)) + body[cut + 9 :]))  # fmt: skip


async def ask(app: ASGIApp, request: Request) -> Answer:
    """Serve one request in this task; whatever the application raises is raised."""
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in request["headers"].items()]
    path: str = request["path"]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request["method"],
        "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": request["query"].encode(), "root_path": "",
        "headers": headers, "client": ("192.0.2.1", 5), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    body: bytes = request["body"]
    incoming = [{"type": "http.request", "body": part, "more_body": True} for part in (body[:9], body[9:])]
    incoming += [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return incoming.pop(0) if len(incoming) > 1 else incoming[0]

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    text = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return start["status"], _headers(start["headers"]), text


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
