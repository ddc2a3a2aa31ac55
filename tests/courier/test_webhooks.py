"""Webhooks: signed, in order, tried again, and with nothing personal in them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from aiohttp import web

from bot.clock import DAY
from bot.courier.http import HttpWebhooks
from bot.courier.webhooks import WebhookCarrier
from bot.db.outbox import Post
from bot.errors import Unreachable

SECRET = "a-secret-of-twenty-four-characters"


@pytest.fixture
async def exchange():
    """The exchange's side: answers as it is told and keeps what it got."""
    got, answers = [], []

    async def take(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.text()))
        return web.Response(status=answers.pop(0) if answers else 204)

    app = web.Application()
    app.router.add_post("/events", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    opened = HttpWebhooks(f"http://127.0.0.1:{runner.addresses[0][1]}/events")
    opened.got, opened.answers = got, answers
    yield opened
    await opened.close()
    await runner.cleanup()


def event(**changes) -> Post:
    body = {"type": "hold.started", "at": 5, "account": "42", "data": {"until": 9}}
    return Post("webhook", "webhook:42", 0, "event", body, id=77, **changes)


async def test_an_event_is_signed_over_exactly_what_is_sent(exchange, tools, clock):
    """A receiver that follows Standard Webhooks can check it with the shared secret alone."""
    await WebhookCarrier(exchange, tools, SECRET).send(event())
    [(headers, body)] = exchange.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()

    assert f"v1,{base64.b64encode(digest).decode()}" == headers["webhook-signature"]
    assert ("77", str(clock.now() // 1000)) == (headers["webhook-id"], headers["webhook-timestamp"])
    assert {"id": "77", "type": "hold.started", "at": 5, "account": "42", "data": {"until": 9}} == json.loads(body)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410, 500, 503])
async def test_whatever_is_not_a_success_is_tried_again(exchange, tools, status):
    """A mistake on the other side must not lose an event."""
    exchange.answers.append(status)

    with pytest.raises(Unreachable):
        await WebhookCarrier(exchange, tools, SECRET).send(event())


def test_events_are_tried_for_three_days(exchange, tools):
    """Over a weekend."""
    assert 3 * DAY == WebhookCarrier(exchange, tools, SECRET).patience(event())
