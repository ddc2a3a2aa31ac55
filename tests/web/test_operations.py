"""The holds API: what it answers, to whom, and that its contract is true."""

from __future__ import annotations

import json
import re

import pytest

from bot.db import freezes, holds
from bot.domain.operations import STOPPED
from bot.errors import DatabaseDown
from bot.local import API_TOKEN

RIGHT = {"Authorization": f"Bearer {API_TOKEN}"}


@pytest.fixture
def account(stage) -> int:
    return stage.accounts["ann@example.com"]


@pytest.fixture
def ask(browsers, account):
    """Asks for an operation of the account; status and body."""

    async def asking(operation="withdrawal", number=account, headers=RIGHT):
        page = await browsers().get(f"/v1/accounts/{number}/operations/{operation}", headers=headers)
        return page.status, json.loads(page.text)

    return asking


async def test_without_hold_and_freeze_everything_is_allowed(ask, account):
    """Every operation of the contract, and no reason."""
    for operation in STOPPED:
        assert (
            200,
            {"account": str(account), "operation": operation, "allowed": True, "reasons": [], "until": None},
        ) == await ask(operation)


async def test_a_hold_and_a_freeze_are_told_apart_and_together(stage, ask, account):
    """With both, the hold's end is told; the freeze has none."""
    tools = stage.app.tools

    async def both(tx):
        await freezes.freeze(tx, tools, account=account, cause="phone_changed")
        return await holds.start(tx, tools, account=account, chat=1, lang="en", cause="x", length=86_400_000)

    hold = await stage.db(both)
    _, body = await ask()

    assert (False, ["frozen", "hold"], hold.until) == (body["allowed"], body["reasons"], body["until"])
    assert (await ask("p2p_buy"))[1]["allowed"]


@pytest.mark.parametrize("number", [1, 2**63 - 1, 2**63, 10**30])
async def test_an_account_that_is_not_there_is_no_permission(ask, number):
    """404 with a reason, whatever the number."""
    assert (404, {"status": 404, "detail": "there is no such account"}) == await ask(number=number)


async def test_an_unknown_operation_is_no_permission(ask):
    """The known ones are named."""
    status, body = await ask("airdrop")

    assert (404, True) == (status, "withdrawal" in body["detail"])


async def test_without_the_token_nothing_is_told(ask):
    """Nor whether the account exists."""
    assert [(401, "a valid bearer token is needed")] * 2 == [
        (status, body["detail"]) for status, body in (await ask(headers={}), await ask(number=1, headers={}))
    ]


async def test_a_database_that_is_away_is_no_permission(stage, ask, monkeypatch):
    """503: the exchange takes it for a no."""

    async def down(_job):
        raise DatabaseDown("away")

    monkeypatch.setattr(stage.app.db, "transact", down)

    assert 503 == (await ask())[0]


async def test_the_contract_names_every_route_and_its_operations(stage, browsers):
    """The OpenAPI document is served without a token and fits the routes of the product."""
    contract = json.loads((await browsers().get("/v1/openapi.json")).text)
    routes = {
        re.sub(r":\w+\}", "}", route.path): {method.lower() for method in route.methods - {"HEAD"}}
        for route in stage.app.routes()
        if route.path.startswith("/v1/accounts")
    }
    operation = contract["paths"]["/v1/accounts/{account}/operations/{operation}"]["get"]["parameters"][1]

    assert routes == {path: set(methods) for path, methods in contract["paths"].items()}
    assert list(STOPPED) == operation["schema"]["enum"]
