"""SMS and email gateways: what is sent, and what each answer means."""

from __future__ import annotations

import asyncio
import json
from email import message_from_bytes, policy

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP

from bot.clock import DAY, MINUTE, SECOND
from bot.courier.base import Email, Sms
from bot.courier.carriers import EmailCarrier, SmsCarrier
from bot.courier.http import HttpGateway
from bot.courier.smtp import SmtpGateway
from bot.db.outbox import Post
from bot.errors import Flooded, Rejected, Unreachable
from bot.render import Renderer

TOKEN = "a-secret-token"
SMS = Sms("42", "+447400123456", "271828 is your code")
LETTER = Email("43", "ann@example.com", "Grüße", "Ein Code: 271828\n…")


@pytest.fixture
async def gateway():
    """A gateway that answers as it is told and keeps what it got."""
    got, answers = [], []

    async def take(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.json()))
        status, headers = answers.pop(0) if answers else (202, {})
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_post("/send", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    opened = HttpGateway(f"http://127.0.0.1:{port}/send", TOKEN)
    opened.got, opened.answers = got, answers
    yield opened
    await opened.close()
    await runner.cleanup()


async def test_a_message_is_one_post_with_its_id_as_key(gateway):
    """JSON with id, to and text; the id again as Idempotency-Key; the token as bearer."""
    await gateway.send(SMS)
    [(headers, body)] = gateway.got

    assert {"id": "42", "to": "+447400123456", "text": "271828 is your code"} == body
    assert ("42", f"Bearer {TOKEN}") == (headers["Idempotency-Key"], headers["Authorization"])


@pytest.mark.parametrize(
    ("status", "headers", "error", "detail"),
    [
        (400, {}, Rejected, "refused"),
        (401, {}, Rejected, "refused"),
        (422, {}, Rejected, "refused"),
        (429, {"Retry-After": "7"}, Flooded, 7 * SECOND),
        (429, {}, Flooded, 5 * SECOND),
        (429, {"Retry-After": "soon"}, Flooded, 5 * SECOND),
        (500, {}, Unreachable, False),
        (503, {}, Unreachable, False),
    ],
)
async def test_each_status_means_one_thing(gateway, status, headers, error, detail):
    """Refused for good, wait, or try again; no text of an error holds the token, the number or the code."""
    gateway.answers.append((status, headers))

    with pytest.raises(error) as caught:
        await gateway.send(SMS)

    found = getattr(caught.value, {Rejected: "code", Flooded: "wait", Unreachable: "sent"}[error])
    assert detail == found
    assert not any(secret in str(caught.value) for secret in (TOKEN, SMS.to, "271828"))


async def test_a_dead_gateway_was_certainly_not_reached():
    """No connection: nothing can have been sent."""
    gateway = HttpGateway("http://127.0.0.1:9/send", TOKEN)
    with pytest.raises(Unreachable) as caught:
        await gateway.send(SMS)
    await gateway.close()

    assert caught.value.sent is False


class Mailbox:
    """A mail server that keeps letters, or refuses."""

    def __init__(self) -> None:
        self.letters, self.reply = [], "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.reply.startswith("250"):
            self.letters.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return self.reply


@pytest.fixture
async def mailbox():
    """The server, and a gateway to it."""
    handler = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield handler, SmtpGateway(f"smtp://127.0.0.1:{port}", "support@acme.example")
    server.close()
    await server.wait_closed()


async def test_a_letter_arrives_as_it_was_written(mailbox):
    """Subject and text with any letter, an id that stays the same, and no invitation to auto-responders."""
    box, gateway = mailbox
    await gateway.send(LETTER)
    [(envelope, letter)] = box.letters

    assert (["ann@example.com"], "support@acme.example") == (envelope.rcpt_tos, envelope.mail_from)
    assert ("Grüße", "Ein Code: 271828\n…") == (letter["Subject"], letter.get_content().strip().replace("\r\n", "\n"))
    assert ("<43@acme.example>", "auto-generated") == (letter["Message-ID"], letter["Auto-Submitted"])


@pytest.mark.parametrize(("reply", "error"), [("554 no", Rejected), ("451 later", Unreachable)])
async def test_a_mail_server_refuses_for_good_or_for_now(mailbox, reply, error):
    """5xx is final, 4xx is tried again."""
    box, gateway = mailbox
    box.reply = reply

    with pytest.raises(error):
        await gateway.send(LETTER)


@pytest.mark.parametrize("field", ["to", "subject"])
async def test_nothing_smuggles_a_header_in(mailbox, field):
    """A line break in an address or a subject sends nothing."""
    box, gateway = mailbox
    values = {"id": "1", "to": "ann@example.com", "subject": "s", "text": "t"} | {field: "x\r\nBcc: eve@example.com"}

    with pytest.raises((ValueError, Rejected, Unreachable)):
        await gateway.send(Email(**values))
    assert [] == box.letters


class Kept:
    """A gateway that keeps what it was handed."""

    def __init__(self) -> None:
        self.sent = []

    async def send(self, message) -> None:
        self.sent.append(message)


async def test_texts_are_made_when_they_leave_in_the_persons_language(tools):
    """The row's number is the id, whatever the language; codes are tried two minutes, letters a day."""
    sms, email, renderer = Kept(), Kept(), Renderer()
    carriers = SmsCarrier(sms, renderer, tools), EmailCarrier(email, renderer, tools)
    body = {"template": "code", "to": "+4915112345678", "lang": "de", "params": {"code": "271828", "purpose": "signin"}}
    posts = [Post("sms", "a", 1, "code", body, id=7), Post("email", "a", 1, "code", body | {"to": "a@b.de"}, id=8)]
    for carrier, post in zip(carriers, posts, strict=True):
        await carrier.send(post)

    assert ("7", "+4915112345678") == (sms.sent[0].id, sms.sent[0].to)
    assert "271828" in sms.sent[0].text
    assert "271828" in email.sent[0].text
    assert "Code" in email.sent[0].subject
    assert [2 * MINUTE, DAY] == [
        carriers[0].patience(posts[0]),
        carriers[0].patience(Post("sms", "a", 1, "notice", {})),
    ]
    assert json.dumps(body)  # a body is plain JSON
