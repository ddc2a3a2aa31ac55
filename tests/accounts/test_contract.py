"""``phonedesk accounts check``: the reference keeps the contract, and whoever breaks it is found out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.accounts import check as checking
from bot.accounts.check import check
from bot.local import ACCOUNTS_TOKEN

CONTRACT = json.loads((Path(checking.__file__).parent / "openapi.json").read_text(encoding="utf-8"))


async def tried(url: str, token: str = ACCOUNTS_TOKEN) -> tuple[int, list[str]]:
    lines: list[str] = []
    return await check(url, token, lines.append), lines


async def test_the_reference_keeps_the_contract(serve):
    """Every attempt is fine, and a second run on the same accounts is too."""
    url = await serve()
    first, second = await tried(url), await tried(url)

    assert (0, 0) == (first[0], second[0]), first[1] + second[1]
    assert all("✓" in line for line in first[1])


def test_the_contract_names_every_path_of_the_reference(reference):
    """Neither knows a path or a method that the other does not."""
    served = {(method, route.path) for route in reference.routes() for method in route.methods - {"HEAD"}}
    told = {(method.upper(), path) for path, methods in CONTRACT["paths"].items() for method in methods}
    changes = {pair for pair in told if pair[0] == "PUT"}
    plain = {(method, re.sub(r"\{account\}", "{account:int}", path)) for method, path in told - changes}

    assert {"phone", "email", "trading-password"} == {path.rpartition("/")[2] for _method, path in changes}
    assert served == plain | {("PUT", "/accounts/{account:int}/{what:str}")}


class Spoilt:
    """Changes requests or answers on their way."""

    def __init__(self, app, request=lambda _scope: None, answer=lambda _scope, body: body) -> None:
        self.app, self.request, self.answer = app, request, answer

    async def __call__(self, scope, receive, send):
        self.request(scope)
        start = {}

        async def sending(message):
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body = json.dumps(self.answer(scope, json.loads(message["body"]))).encode()
            start["headers"] = [
                (name, str(len(body)).encode() if name == b"content-length" else value)
                for name, value in start["headers"]
            ]
            await send(start)
            await send({**message, "body": body})

        await self.app(scope, receive, sending)


def without_keys(app):
    """An implementation that does not look at the key: every request is a new one."""
    count = iter(range(10**6))

    def fresh(scope):
        scope["headers"] = [
            (name, f"{next(count)}".encode() if name == b"idempotency-key" else value)
            for name, value in scope["headers"]
        ]

    return Spoilt(app, request=fresh)


def open_to_all(app):
    """One that lets anybody in."""

    def opened(scope):
        right = f"Bearer {ACCOUNTS_TOKEN}".encode()
        scope["headers"] = [(n, right if n == b"authorization" else v) for n, v in scope["headers"]]

    return Spoilt(app, request=opened)


def always_right(app):
    """One that takes any password."""
    return Spoilt(app, answer=lambda _scope, body: {**body, **({"right": True} if "right" in body else {})})


def without_versions(app):
    """One whose versions stand still."""
    return Spoilt(app, answer=lambda _scope, body: {**body, **({"version": 0} if "version" in body else {})})


def without_reasons(app):
    """One that refuses without saying why."""
    return Spoilt(app, answer=lambda _scope, body: {name: body[name] for name in body if name != "reason"})


def written_otherwise(app):
    """One whose ids are texts."""
    return Spoilt(app, answer=lambda _scope, body: {**body, **({"id": str(body["id"])} if "id" in body else {})})


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (without_keys, "✗[/bold] the same key makes no second one"),
        (open_to_all, "✗[/bold] a wrong token is refused"),
        (always_right, "✗[/bold] checking passwords"),
        (without_versions, "✗[/bold] a first phone"),
        (without_reasons, "✗[/bold] an address is taken once"),
        (written_otherwise, "✗[/bold] an account is made"),
    ],
)
async def test_whoever_breaks_the_contract_is_found_out(serve, broken, line):
    """The first attempt that fails names it, and the exit code is 1."""
    code, lines = await tried(await serve(broken))

    assert (1, True) == (code, line in lines[-1]), lines[-1]


async def test_nobody_there_is_a_fault_too():
    """Not a traceback: one line."""
    code, lines = await tried("http://127.0.0.1:9")

    assert (1, 1) == (code, len(lines))
