"""``phonedesk doctor``: is everything in place, and if not, what mends it.

Each check is a line with a mark; a fault names its fix. Nothing is sent to anybody.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import aiohttp

from bot.accounts.http import Client
from bot.clock import SECOND, SystemClock
from bot.db import watch
from bot.db.connect import connect
from bot.db.migrate import pending
from bot.errors import DatabaseDown, Rejected, Undelivered
from bot.mirrors import systems
from bot.mirrors.base import System
from bot.settings import Settings
from bot.telegram.api import Api, Caller

_DRIFT = 10 * SECOND
"""How far the machine's clock may be off: codes of an authenticator live 30 seconds."""
_RIGHTS = {
    "can_manage_topics": "let it manage topics",
    "can_delete_messages": "let it delete messages",
    "can_pin_messages": "let it pin messages",
}


class Finding(NamedTuple):
    """One check: what was looked at, whether it is fine, and what was seen or what mends it."""

    what: str
    fine: bool
    word: str


async def examine(settings: Settings, show: Callable[[str], Any]) -> int:
    """Run every check and show each; 0 if all is fine, else 1."""
    faults = 0
    show(f"[bold]✓[/bold] settings: complete ({'sandbox' if settings.sandbox else 'Telegram'})")
    async for finding in _findings(settings):
        show(f"[bold]{'✓' if finding.fine else '✗'}[/bold] {finding.what}: {finding.word}")
        faults += not finding.fine
    return 1 if faults else 0


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield await _database(settings)
    yield _proxies(settings)
    if settings.accounts_url:
        yield await _accounts(settings)
    mirror = systems.opened(settings, SystemClock())
    if mirror is not None:
        yield await _mirror(mirror)
    if settings.sandbox:
        yield Finding("Telegram", fine=True, word="not asked: without TELEGRAM_TOKEN the sandbox is used")
        return
    yield await _clock(settings)
    api = Api(settings.telegram_token, base_url=settings.telegram_url)
    try:
        async for finding in telegram_findings(settings, api):
            yield finding
    finally:
        await api.close()


def _proxies(settings: Settings) -> Finding:
    """The web server speaks no TLS: where people come by https, something stands before it."""
    if settings.public_url.startswith("https:") and not settings.proxies:
        word = "people come by https, so by a proxy, and all count as one address: set PHONEDESK_PROXIES=1"
        return Finding("addresses", fine=False, word=word)
    count = settings.proxies
    return Finding("addresses", fine=True, word=f"as {count} trusted {'proxy' if count == 1 else 'proxies'} tell them"
                   if count else "as they connect")  # fmt: skip


async def _database(settings: Settings) -> Finding:
    try:
        db = await connect(settings.database)
    except DatabaseDown as down:
        return Finding("database", fine=False, word=f"{down}; check PHONEDESK_DATABASE and that it is reachable")
    try:
        missing = await pending(db)

        await db.transact(watch.writable)
    except DatabaseDown as down:
        return Finding("database", fine=False, word=f"cannot be written: {down}; check its rights and the free space")
    finally:
        await db.close()
    return Finding(
        "database",
        fine=True,
        word="writable" + (f"; {len(missing)} migration(s) run at the next start" if missing else ""),
    )


async def _accounts(settings: Settings) -> Finding:
    client = Client(settings.accounts_url, settings.accounts_token)
    try:
        await client.call("GET", "/accounts/1")
    except Undelivered as error:
        if not isinstance(error, Rejected) or error.code != "not_found":
            return Finding(
                "accounts", fine=False, word=f"{error}; check PHONEDESK_ACCOUNTS_URL and PHONEDESK_ACCOUNTS_TOKEN"
            )
    finally:
        await client.close()
    return Finding("accounts", fine=True, word="the account system answers")


async def _mirror(system: System) -> Finding:
    what = "mirror of tickets"
    try:
        known = await system.check()
    except Undelivered as error:
        return Finding(what, fine=False, word=f"{error}; check PHONEDESK_MIRROR_URL and PHONEDESK_MIRROR_TOKEN")
    finally:
        await system.close()
    if not known:
        return Finding(what, fine=False, word=f"{system.name} knows no agent by this PHONEDESK_MIRROR_TOKEN")
    return Finding(what, fine=True, word=f"{system.name} answers; we are {known} there")


async def _clock(settings: Settings) -> Finding:
    try:
        async with aiohttp.ClientSession() as session, session.head(settings.telegram_url) as answer:
            theirs = int(parsedate_to_datetime(answer.headers["Date"]).timestamp() * 1000)
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
        return Finding("clock", fine=True, word="not compared: Telegram names no time")
    drift = abs(theirs - SystemClock().now())
    if drift > _DRIFT:
        return Finding(
            "clock", fine=False, word=f"off by {drift // SECOND} s; switch on NTP: authenticator codes depend on it"
        )
    return Finding("clock", fine=True, word="right")


async def telegram_findings(settings: Settings, api: Caller) -> AsyncIterator[Finding]:
    """What Telegram says of the bot, its webhook and the agents' group."""
    try:
        me = await api.call("getMe", {})
        hook = await api.call("getWebhookInfo", {})
    except Undelivered as error:
        yield Finding(
            "Telegram", fine=False, word=f"{error}; check TELEGRAM_TOKEN and the way to {settings.telegram_url}"
        )
        return
    yield Finding("Telegram", fine=True, word=f"answers as @{me.get('username')}")
    yield _webhook(settings, hook)
    if settings.agents_group is None:
        yield Finding("agents' group", fine=False, word="PHONEDESK_AGENTS_GROUP is not set: nobody sees tickets")
        return
    for group in settings.groups:
        async for finding in _of_group(settings, api, group, me["id"]):
            further = "" if group == settings.agents_group else f" of {group}"
            yield finding._replace(what=f"{finding.what}{further}")


async def _of_group(settings: Settings, api: Caller, group: int, me: int) -> AsyncIterator[Finding]:
    """Whether one of the agents' groups is as it has to be."""
    try:
        chat = await api.call("getChat", {"chat_id": group})
        member = await api.call("getChatMember", {"chat_id": group, "user_id": me})
    except Undelivered as error:
        name = "PHONEDESK_AGENTS_GROUP" if group == settings.agents_group else "PHONEDESK_AGENTS_GROUPS_NEXT"
        yield Finding("agents' group", fine=False, word=f"{error}; add the bot to it and check {name}")
        return
    yield Finding(
        "topics", fine=bool(chat.get("is_forum")),
        word="on" if chat.get("is_forum") else "off; switch on Topics in the group's settings",
    )  # fmt: skip
    if member.get("status") != "administrator":
        yield Finding("rights", fine=False, word="the bot is no administrator; make it one")
        return
    missing = [fix for right, fix in _RIGHTS.items() if not member.get(right)]
    yield Finding("rights", fine=not missing, word="; ".join(missing) if missing else "topics, deleting, pinning")
    absent = [agent for agent in settings.agents if not await _is_member(api, group, agent)]
    told = f"not in the group: {', '.join(map(str, absent))}; add them, or take them off PHONEDESK_AGENTS"
    yield Finding("agents", fine=not absent, word=told if absent else f"{len(settings.agents)} in the group")


async def _is_member(api: Caller, group: int, person: int) -> bool:
    try:
        member = await api.call("getChatMember", {"chat_id": group, "user_id": person})
    except Undelivered:
        return False
    return member.get("status") not in ("left", "kicked")


def _webhook(settings: Settings, hook: dict[str, Any]) -> Finding:
    url = str(hook.get("url", ""))
    if settings.webhook_secret:
        own = f"{settings.public_url.rstrip('/')}/telegram/webhook"
        error = str(hook.get("last_error_message", ""))
        if url and url != own:
            return Finding("webhook", fine=False, word="points elsewhere: does another copy run with this token?")
        return Finding("webhook", fine=not error, word=error or "set at the next start" if not url else "set")
    if url:
        return Finding(
            "webhook", fine=False, word="one is set: does another copy run with this token? a start removes it"
        )
    return Finding("webhook", fine=True, word="none, as polling needs")
