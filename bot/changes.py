"""What follows from a change of an account: the hold, what dies with it, and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot import notices, webhooks
from bot.context import Context
from bot.db import accounts, codes, disputes, holds, proofs, recoveries
from conversations import events as ev
from conversations.events import Event


async def hold(context: Context, account: int, cause: str) -> int:
    """Begin or prolong the hold; when it ends."""
    hold = await holds.start(
        context.tx, context.tools, account=account, chat=context.chat, lang=context.lang, cause=cause,
        length=context.policy.hold,
    )  # fmt: skip
    await tell_exchange(context, "hold.started", account, until=hold.until, cause=cause)
    return hold.until


async def tell_exchange(context: Context, name: str, account: int, **data: object) -> None:
    """Store a webhook for the exchange, where it wants any."""
    context.owe(await webhooks.put(context.tx, context.tools, context.policy, name, account, **data))


async def refused(context: Context, account: int, number: str, refusal: str) -> Event:
    """The number belongs to another account: that account is told, this person learns nothing of it."""
    owner = await accounts.phone_owner(context.tx, context.tools, number)
    if refusal == "taken" and owner is not None and owner != account:
        await announce(context, owner, "phone_tried")
    return ev.Refused(refusal)


async def changed(
    context: Context,
    account: int,
    what: str,
    *,
    params: Mapping[str, Any] | None = None,
    also: Iterable[notices.Way] = (),
) -> None:
    """A factor of the account is another one now: whatever was under way for it dies, and every address is told."""
    await codes.revoke(context.tx, subject=account)
    await proofs.void(context.tx, context.tools, account=account)
    context.woken |= set(await recoveries.void(context.tx, context.tools, account))
    await announce(context, account, what, params=params, also=also)
    token = await disputes.issue(
        context.tx, context.tools, account=account, what=what, way="telegram", chat=context.chat, lang=context.lang
    )
    context.extra["not_me"] = f"{context.policy.public_url}/n/{token}"


async def announce(
    context: Context,
    account: int,
    what: str,
    *,
    params: Mapping[str, Any] | None = None,
    also: Iterable[notices.Way] = (),
) -> None:
    """Store notices for every address on file (:func:`bot.notices.announce`)."""
    posts = await notices.announce(
        context.tx, context.tools, context.policy, what, account=account, chat=context.chat, lang=context.lang,
        params=params, also=also,
    )  # fmt: skip
    context.owe(posts)
