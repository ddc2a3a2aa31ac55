"""The outbox's carriers for SMS and email: render, hand over, and report what could not be delivered."""

from __future__ import annotations

from bot.clock import MINUTE
from bot.courier import sims
from bot.courier.base import Email, EmailGateway, Sms, SmsGateway
from bot.courier.sims import Sims
from bot.db import inbox
from bot.db.base import Tx
from bot.db.outbox import Post
from bot.errors import Rejected
from bot.outbox import PATIENCE, After
from bot.render import Renderer
from bot.tools import Tools

CODE_PATIENCE = 2 * MINUTE
"""How long a code is tried before the person is told; it lives ten minutes, and they wait for it."""


class _Courier:
    """What both carriers share."""

    def __init__(self, renderer: Renderer, tools: Tools) -> None:
        self._renderer = renderer
        self._tools = tools

    def costs(self, _post: Post) -> bool:
        """Nothing of Telegram's budget."""
        return False

    def patience(self, post: Post) -> int:
        """Two minutes for a code, a day for a letter."""
        return CODE_PATIENCE if post.kind == "code" else PATIENCE

    async def sent(self, _tx: Tx, _post: Post, _answer: int | None, _after: After) -> None:
        """Nothing follows."""

    async def refused(self, tx: Tx, post: Post, _reason: str, after: After) -> None:
        """Tell the conversation that its code will not arrive."""
        if post.kind == "code":
            await inbox.event(
                tx, self._tools, source="courier", key=str(post.id), lane=post.chat, name="CodeUndelivered",
                channel=post.channel,
            )  # fmt: skip
            after.woken.add(post.chat)


class SmsCarrier(_Courier):
    """The carrier of the channel ``sms``.

    ``known``: who knows when SIMs were changed, and ``least`` how many hours ago that must be for a code to count.
    """

    def __init__(
        self, gateway: SmsGateway, renderer: Renderer, tools: Tools, known: Sims | None = None, least: float = 0
    ) -> None:
        super().__init__(renderer, tools)
        self._gateway = gateway
        self._sims = known
        self._least = least

    async def send(self, post: Post) -> None:
        """Hand the text to the gateway.

        Raises:
            Rejected: besides what the gateway raises, a code that would prove nothing, as the SIM was just changed.
        """
        body = post.body
        purpose = body["params"].get("purpose", "")
        if self._sims is not None and post.kind == "code" and sims.asked_about(purpose):
            age = await self._sims.sim_change_age(body["to"])
            if not sims.trusted(age, purpose, self._least):
                raise Rejected("sim_changed" if age is not None else "sim_unknown")
        text = self._renderer.sms(body["template"], body["lang"], **body["params"])
        await self._gateway.send(Sms(str(post.id), body["to"], text))


class EmailCarrier(_Courier):
    """The carrier of the channel ``email``."""

    def __init__(self, gateway: EmailGateway, renderer: Renderer, tools: Tools) -> None:
        super().__init__(renderer, tools)
        self._gateway = gateway

    async def send(self, post: Post) -> None:
        """Hand the letter to the gateway."""
        body = post.body
        subject, text = self._renderer.email(body["template"], body["lang"], **body["params"])
        await self._gateway.send(Email(str(post.id), body["to"], subject, text))
