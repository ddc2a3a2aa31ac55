"""The composition root: settings in, a running application out. The only place that chooses adapters.

Telegram -> intake -> inbox -> lanes -> turns -> outbox -> carriers -> Telegram, SMS, email
              forms, timers, courier and desk put events into the same inbox
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import structlog
from starlette.routing import BaseRoute

from bot.accounts.carrier import AccountsCarrier
from bot.accounts.http import HttpAccounts
from bot.accounts.local import LocalAccounts
from bot.anchor import keep
from bot.budget import Budget
from bot.busy import Busy
from bot.clock import DAY, HOUR, SECOND, Clock, SystemClock
from bot.context import Policy
from bot.courier.base import EmailGateway, SmsGateway
from bot.courier.carriers import EmailCarrier, SmsCarrier
from bot.courier.http import HttpGateway, HttpWebhooks
from bot.courier.sims import sims
from bot.courier.webhooks import WebhookCarrier
from bot.db import forums, inbox, keyring, mirrors
from bot.db.base import Db, Tx
from bot.db.connect import SQLITE, connect
from bot.db.ids import Ids, highest
from bot.db.migrate import migrate
from bot.db.outbox import LOBBY, Post
from bot.db.retention import lives
from bot.desk import digest
from bot.desk.group import menu
from bot.domain import hours, targets
from bot.domain.agenda import Rules
from bot.domain.spending import Allowance, parse_costs, parts
from bot.domain.vault import Vault
from bot.errors import DatabaseDown, Undelivered
from bot.lanes import Lanes
from bot.macros import Macros
from bot.mirrors import systems
from bot.mirrors.carrier import MirrorCarrier
from bot.outbox import Carrier, Outbox
from bot.render import Renderer
from bot.settings import Settings
from bot.telegram.api import Api, Caller
from bot.telegram.forums import Forums
from bot.telegram.intake import Intake, Polling, webhook_routes
from bot.telegram.lobby import LobbyList
from bot.telegram.sender import TelegramCarrier
from bot.telegram.topics import Topics
from bot.telegram.updates import ALLOWED, read
from bot.timers import Timers
from bot.tools import Tools
from bot.turn import Turns
from bot.web.routes import make_routes
from conversations.flows import BOOK

_log = structlog.get_logger(__name__)
_RETRY = 2 * SECOND
MACROS = Path(__file__).parent.parent / "templates" / "macros"
"""The canned answers that come with the product."""
_FOLLOW = SECOND
"""How often a process looks for what other workers have stored, and for the leader's place."""


class Application:
    """The running product. Make it with :meth:`build`."""

    def __init__(
        self,
        settings: Settings,
        tools: Tools,
        db: Db,
        telegram: Caller,
        gateways: tuple[SmsGateway, EmailGateway],
        me: dict[str, object],
    ) -> None:
        self.settings = settings
        self.tools = tools
        self.db = db
        self.busy = Busy()
        self.username = str(me.get("username", ""))
        self._telegram = telegram
        self._webhooks = HttpWebhooks(settings.events_url)
        self.accounts = _accounts(settings, db, tools, self._wake)
        mirror = systems.opened(settings, tools.clock)
        self._sims = sims(settings.sim_check, settings.sim_token)
        beside = (adapter for adapter in (mirror, self._sims) if adapter is not None)
        self._closed = (*gateways, self._webhooks, self.accounts, *beside)
        renderer = _renderer(settings.company)
        policy = Policy(
            company=settings.company,
            languages=renderer.languages,
            forum=settings.agents_group,
            further=settings.groups[1:],
            topics=(settings.topics_an_hour, settings.topics_a_day),
            agents=frozenset(settings.agents),
            public_url=settings.public_url.rstrip("/"),
            bot_id=int(str(me["id"])),
            username=self.username,
            hold=settings.hold_hours * HOUR,
            hold_first_bind=settings.hold_first_bind,
            webhooks=bool(settings.events_url),
            remote=bool(settings.accounts_url),
            mirror=mirror.name if mirror else "",
            sms=_allowance(settings),
            guess_alarm=settings.guess_alarm,
            macros=Macros(Path(settings.macros) if settings.macros else MACROS),
            leads=frozenset(settings.leads),
            lives=lives(settings.identity_days, settings.ticket_days, settings.update_days),
            keep_years=settings.keep_years,
            digest=settings.desk_digest,
            desk=Rules(
                hours.parse(settings.desk_hours),
                targets.parse_targets(settings.desk_targets),
                settings.pending_days * DAY,
                DAY,
                settings.reopen_days * DAY,
            ),
        )
        budget = Budget(tools.clock, self.busy, settings.messages_per_second)
        turns = Turns(tools, policy, BOOK, renderer, read)
        groups = Forums(telegram, db, tools, budget, renderer, policy.forums, self._send)
        topics, lobby = Topics(telegram, groups, db, tools, renderer), LobbyList(groups, db, tools, renderer)
        carriers: dict[str, Carrier] = {
            "telegram": TelegramCarrier(telegram, renderer, tools, topics, lobby),
            "sms": SmsCarrier(gateways[0], renderer, tools, self._sims, settings.sim_hours),
            "email": EmailCarrier(gateways[1], renderer, tools),
            "webhook": WebhookCarrier(self._webhooks, tools, settings.events_secret),
        }
        if isinstance(self.accounts, HttpAccounts):
            carriers["accounts"] = AccountsCarrier(self.accounts.client, tools, policy)
        if mirror is not None:
            carriers["mirror"] = MirrorCarrier(mirror, db, tools, policy, renderer, self._send, self._wake)

        async def payer(tx: Tx, post: Post) -> int:
            return await (lobby if post.lane == LOBBY else topics).payer(tx, post)

        self.outbox = Outbox(db, tools, budget, self.busy, carriers, self._wake, payer)
        self.lanes = Lanes(db, turns, tools, self.busy, self._send)
        self.timers = Timers(db, tools, policy, self.busy, self.lanes.wake, self._send)
        self.intake = Intake(db, tools, self.lanes.wake)
        self.polling = Polling(telegram, self.intake, tools, self.busy)
        tools.metrics.waiting.set_function(self.outbox.waiting)
        tools.metrics.oldest.set_function(self.outbox.oldest)
        self._renderer = renderer
        self._policy = policy
        self._leading = False
        self._follower: asyncio.Task[None] | None = None
        self._anchoring: asyncio.Task[None] | None = None

    @classmethod
    async def build(
        cls,
        settings: Settings,
        *,
        clock: Clock | None = None,
        telegram: Caller | None = None,
        sms: SmsGateway | None = None,
        email: EmailGateway | None = None,
    ) -> Application:
        """Open the database, bring it up to date, meet Telegram, and put everything together.

        Args:
            settings: checked settings (:func:`bot.settings.load`).
            clock: the machine's clock unless given.
            telegram: how the Bot API is called; HTTP unless given.
            sms: the SMS gateway; the one of the settings unless given.
            email: the email gateway; the one of the settings unless given.

        Raises:
            DatabaseDown: the database cannot be opened.
            DatabaseBusy: another process runs on this SQLite file.
            KeysUnfit: it needs other keys, or another process does not know these yet.
        """
        clock = clock or SystemClock()
        tools = Tools(clock, Ids(clock, settings.worker), Vault(settings.keys))
        db = await connect(settings.database)
        try:
            if settings.database.startswith(SQLITE):
                await db.lead()  # before anything is changed under another process that runs on this file
            await migrate(db, clock)
            await keyring.enter(db, tools, settings.worker)
        except Exception:
            await db.close()
            raise
        tools.ids.after(await db.transact(highest))
        await db.transact(lambda tx: forums.adopt(tx, settings.groups))
        telegram = telegram or Api(settings.telegram_token, base_url=settings.telegram_url)
        gateways = (
            sms or HttpGateway(settings.sms_url, settings.sms_token),
            email or _email_gateway(settings),
        )
        return cls(settings, tools, db, telegram, gateways, await _me(telegram, clock))

    def routes(self) -> Sequence[BaseRoute]:
        """What the web server serves: forms, the API for the website, health, metrics, and the webhook."""
        routes: list[BaseRoute] = make_routes(
            db=self.db,
            tools=self.tools,
            accounts=self.accounts,
            renderer=self._renderer,
            policy=self._policy,
            wake=self.lanes.wake,
            send=self._send,
            username=self.username,
            settings=self.settings,
            metrics=self.tools.metrics.registry,
        )
        if self.settings.webhook_secret:
            routes += webhook_routes(self.intake, self.settings.webhook_secret)
        return routes

    async def start(self) -> None:
        """Take up what an earlier process left, then begin to receive.

        Raises:
            DatabaseBusy: another process runs on this SQLite file.
        """
        self._leading = await self.db.lead()
        if self._leading:
            await self._take_over()
        for lane in await self.db.transact(inbox.waiting):
            self.lanes.wake(lane)
        if not self.settings.database.startswith(SQLITE):
            self._follower = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Stop receiving, let turns under way end, and close everything; what is left waits in the tables."""
        for task in filter(None, (self._follower, self._anchoring)):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self.polling.stop()
        await self.timers.stop()
        await self.lanes.stop()
        await self.outbox.stop()
        for adapter in self._closed:
            await adapter.close()
        await self._telegram.close()
        with contextlib.suppress(DatabaseDown):
            await self.db.transact(partial(keyring.leave, worker=self.settings.worker))
        await self.db.close()

    async def kill(self) -> None:
        """Drop everything without finishing anything, as when the process is killed; for tests."""
        self.lanes.kill()
        self.outbox.kill()
        await self.stop()

    async def idle(self) -> None:
        """Return once nothing is left that is due at the present moment of the clock."""
        await self.busy.wait()

    # --- leading and following ------------------------------------------------------------------------------

    async def _take_over(self) -> None:
        await self.db.transact(mirrors.again)
        await self.outbox.load()
        await self._introduce()
        await self.db.transact(lambda tx: digest.plan(tx, self.tools, self._policy))
        self.timers.start()
        if self.settings.audit_anchor:
            path = Path(self.settings.audit_anchor)
            self._anchoring = asyncio.create_task(keep(self.db, self.tools.vault, self.tools.clock, path))
        if not self.settings.webhook_secret:
            self.polling.start()

    async def _follow(self) -> None:
        """With several workers: take the lead when it is free; the leader sends what the others have stored."""
        while True:
            await self.tools.clock.sleep(_FOLLOW)
            try:
                if self._leading:
                    await self.outbox.load()
                elif await self.db.lead():
                    self._leading = True
                    await self._take_over()
                for lane in await self.db.transact(inbox.waiting):
                    self.lanes.wake(lane)
            except DatabaseDown as down:
                _log.error("database down", error=str(down))

    async def _introduce(self) -> None:
        """Tell Telegram where updates go, and which commands there are; a failure is logged, never fatal."""
        url = f"{self.settings.public_url.rstrip('/')}/telegram/webhook"
        secret = self.settings.webhook_secret
        calls: list[tuple[str, dict[str, object]]] = (
            [("setWebhook", {"url": url, "secret_token": secret, "allowed_updates": list(ALLOWED)})]
            if secret
            else [("deleteWebhook", {})]
        )
        for lang in self._renderer.languages:
            commands = {"commands": self._renderer.commands(lang)}
            code = {"language_code": lang[:2]} if lang != self._renderer.languages[0] else {}
            calls.append(("setMyCommands", {**commands, **code, "scope": {"type": "all_private_chats"}}))
        for forum in await self.db.transact(lambda tx: forums.known(tx, self._policy.forums)):
            calls.append(("deleteMyCommands", {"scope": {"type": "chat", "chat_id": forum.current}}))
            for agent in sorted(self.settings.agents):  # whoever else is in the group has no use for them
                scope = {"type": "chat_member", "chat_id": forum.current, "user_id": agent}
                calls.append(("setMyCommands", {"commands": menu(), "scope": scope}))
        for method, params in calls:
            try:
                await self._telegram.call(method, params)
            except Undelivered as error:
                _log.error("introduction failed", method=method, error=str(error))

    def _send(self, posts: Iterable[Post]) -> None:
        if self._leading:
            self.outbox.feed(posts)

    def _wake(self, lane: int) -> None:
        self.lanes.wake(lane)


@functools.cache
def _renderer(company: str) -> Renderer:
    """The renderer keeps nothing of what it rendered, and takes a while to compile: one serves every application."""
    return Renderer(company=company)


def _accounts(settings: Settings, db: Db, tools: Tools, wake: Callable[[int], None]) -> LocalAccounts | HttpAccounts:
    if settings.accounts_url:
        return HttpAccounts(db, tools, settings.accounts_url, settings.accounts_token, wake)
    return LocalAccounts(db, tools)


def _allowance(settings: Settings) -> Allowance:
    price, prices = parse_costs(settings.sms_costs)
    return Allowance(
        price, prices, parts(settings.sms_day_cost), per_day=settings.sms_day_count,
        per_country=settings.sms_country_count,
    )  # fmt: skip


def _email_gateway(settings: Settings) -> EmailGateway:
    if settings.email_url.startswith(("smtp://", "smtps://")):
        from bot.courier.smtp import SmtpGateway  # noqa: PLC0415 - its client is memory that other gateways do not need

        return SmtpGateway(settings.email_url, settings.email_from)
    return HttpGateway(settings.email_url, settings.email_token)


async def _me(telegram: Caller, clock: Clock) -> dict[str, object]:
    """The bot's own name and id; tried until Telegram answers, so that an outage does not stop a start."""
    while True:
        try:
            me: dict[str, object] = await telegram.call("getMe", {})
        except Undelivered as error:
            _log.error("Telegram does not answer", error=str(error))
            await clock.sleep(_RETRY)
        else:
            return me
