"""Changes of an account: what is written, what follows from it, and who is told.

Where the accounts are our own, everything happens in the turn's transaction. Where they are the exchange's, the same is
asked for by way of the outbox (``bot/accounts/carrier.py``), and what follows happens when the answer is there; only
the hold begins at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot import notices, webhooks
from bot.context import Context, Policy
from bot.db import accounts, disputes, holds, limits, outbox, recoveries, sessions, underway
from bot.db.base import Tx
from bot.db.outbox import Post
from bot.desk import review
from bot.domain.limits import CHANGES_PER_ACCOUNT
from bot.outbox import After
from bot.tools import Tools
from conversations import events as ev
from conversations.events import Event

Kind = Literal["phone_bound", "phone_changed", "phone_recovered", "email_changed", "trading_set"]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an account.

    Attributes:
        chat: where it was made; ``lang`` is spoken there.
        value: the new number or address, or the hash of the new trading password.
        before: the number or address whose place it takes, which is told of it too.
    """

    kind: Kind
    account: int
    chat: int
    lang: str
    value: str = field(repr=False)
    before: str = field(default="", repr=False)


CREATED: Final = "created"
"""The kind of post that asks the exchange's account system for a new account; the others are the kinds of changes."""
_HELD: Final = ("phone_changed", "phone_recovered")
"""After these value waits for a day; they are counted among the changes of the phone too."""
_WAYS: Final[Mapping[str, Literal["sms", "email"]]] = {
    "phone_changed": "sms", "phone_recovered": "sms", "email_changed": "email",
}  # fmt: skip
"""How whoever had the place before is told."""
_EVENTS: Final[Mapping[str, str]] = {
    "phone_bound": "phone.bound", "phone_changed": "phone.changed", "phone_recovered": "phone.changed",
}  # fmt: skip


async def make(context: Context, change: Change) -> Event:
    """Write the change and let everything follow. The caller has consumed what proves that it may be made."""
    tx, tools = context.tx, context.tools
    if context.policy.remote:
        return await _ask(context, change)
    refusal = await write(tx, tools, change)
    if refusal:
        context.owe(await refused(tx, tools, context.policy, change, refusal))
        return ev.Refused(refusal)
    after = await follow(tx, tools, context.policy, change)
    context.owe(after.posts)
    context.woken |= after.woken
    return ev.Done()


async def _ask(context: Context, change: Change) -> Event:
    """Ask the exchange's account system for it. The hold does not wait for the answer, which may be long in coming."""
    tx, tools, lane = context.tx, context.tools, f"accounts:{change.account}"
    await tx.lock(change.account)  # of two at once the second sees that the first is under way
    if await outbox.busy(tx, lane):
        return ev.Refused("busy")
    if _held(context.policy, change):
        _until, told = await _hold(tx, tools, context.policy, change)
        context.owe(told)
    body = {name: getattr(change, name) for name in ("account", "lang", "value", "before")}
    await context.post(Post("accounts", lane, change.chat, change.kind, body))
    return ev.Pending()


async def write(tx: Tx, tools: Tools, change: Change) -> str:
    """Write it to our own tables: "" if done, else why not."""
    return await WRITERS[change.kind](tx, tools, change.account, change.value)


async def _recovered(tx: Tx, tools: Tools, account: int, number: str) -> str:
    holder = await accounts.get(tx, tools, account)
    writer = accounts.replace_phone if holder and holder.phone else accounts.set_phone
    return await writer(tx, tools, account, number)


async def _trading(tx: Tx, tools: Tools, account: int, password_hash: str) -> str:
    await accounts.set_trading(tx, tools, account, password_hash)
    return ""


WRITERS: Final[Mapping[str, Callable[[Tx, Tools, int, str], Awaitable[str]]]] = {
    "phone_bound": accounts.set_phone,
    "phone_changed": accounts.replace_phone,
    "phone_recovered": _recovered,
    "email_changed": accounts.replace_email,
    "trading_set": _trading,
}
"""How each kind of change is written to our own tables: "" if done, else why not."""


async def follow(tx: Tx, tools: Tools, policy: Policy, change: Change, *, late: bool = False) -> After:
    """What follows from a change that was written, in the transaction that writes it; ``late``: after an answer."""
    after, account = After(), change.account
    params: dict[str, Any] = {}
    if change.kind in _HELD:
        await limits.allow(tx, tools, CHANGES_PER_ACCOUNT, str(account))
    if change.kind == "phone_recovered":
        ticket = await recoveries.finish(tx, tools, chat=change.chat, account=account, late=late)
        after.posts += [await review.stored(tx, tools, policy, ticket, "recovery_done")] if ticket is not None else []
        await sessions.end_others(tx, tools, account, chat=change.chat)
    if _held(policy, change):
        params["until"], posts = await _hold(tx, tools, policy, change)
        after.posts += posts
    if change.kind in _EVENTS:
        after.posts += await webhooks.put(tx, tools, policy, _EVENTS[change.kind], account)
    way = _WAYS.get(change.kind)
    also: list[notices.Way] = [(way, change.before)] if way and change.before else []
    rest = await settle(
        tx, tools, policy, change.kind, account=account, chat=change.chat, lang=change.lang, params=params, also=also
    )
    return After(after.posts + rest.posts, after.woken | rest.woken)


def _held(policy: Policy, change: Change) -> bool:
    """Whether value waits after it."""
    return change.kind in _HELD or (change.kind == "phone_bound" and policy.hold_first_bind)


async def _hold(tx: Tx, tools: Tools, policy: Policy, change: Change) -> tuple[int, list[Post]]:
    """Begin or prolong the hold; when it ends, and what is to be sent."""
    begun = await holds.start(
        tx, tools, account=change.account, chat=change.chat, lang=change.lang, cause=change.kind, length=policy.hold
    )
    told = await webhooks.put(tx, tools, policy, "hold.started", change.account, until=begun.until, cause=change.kind)
    return begun.until, told


async def refused(tx: Tx, tools: Tools, policy: Policy, change: Change, refusal: str) -> list[Post]:
    """A number belongs to another account: that account is told, this person learns nothing of it."""
    owner = await accounts.phone_owner(tx, tools, change.value) if change.kind in _EVENTS else None
    if refusal != "taken" or owner is None or owner == change.account:
        return []
    return await notices.announce(tx, tools, policy, "phone_tried", account=owner, chat=change.chat, lang=change.lang)


async def settle(
    tx: Tx,
    tools: Tools,
    policy: Policy,
    what: str,
    *,
    account: int,
    chat: int,
    lang: str,
    params: Mapping[str, Any] | None = None,
    also: Iterable[notices.Way] = (),
) -> After:
    """A factor of the account is another one now: whatever was under way for it dies, and every address is told."""
    woken = set(await underway.drop(tx, tools, account))
    posts = await notices.announce(
        tx, tools, policy, what, account=account, chat=chat, lang=lang, params=params, also=also
    )
    await disputes.issue(tx, tools, account=account, what=what, way="telegram", chat=chat, lang=lang)
    return After(posts, woken)
