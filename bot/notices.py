"""Telling people what happened to their account, on every address that is on file.

Every notice of a change carries a way to say *This wasn't me* (NIST SP 800-63B-4 section 4.6): an address of its own
for each SMS, letter and chat, so that it is known from where the answer came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from bot import alarms
from bot.context import Policy
from bot.db import accounts, audit, conversations, disputes, limits, outbox, sessions, spending
from bot.db.base import Tx
from bot.db.outbox import Post
from bot.domain.limits import LOCK_NOTICES
from bot.tools import Tools

Way = tuple[Literal["sms", "email"], str]
"""A channel, and the number or address."""

_BY_SMS: Final = frozenset(
    {
        "phone_bound", "phone_tried", "phone_changed", "totp_bound", "totp_replaced", "email_changed", "trading_set",
        "codes_made", "account_frozen", "recovery_begun", "recovery_approved", "phone_recovered",
        "erasure_asked",
    }
)  # fmt: skip
"""What is told by SMS too; the rest would cost more than it tells."""
_UNDISPUTED: Final = frozenset({"phone_tried", "account_frozen", "hold_ended", "erasure_refused", "erased", "locked"})
"""What nobody can have done in the account's name."""
_ACTOR_SEES: Final = frozenset({"hold_ended", "erasure_refused", "erased"})
"""What the chat where it began is told as well, as it comes with the time; of everything else it has a screen."""


async def announce(
    tx: Tx,
    tools: Tools,
    policy: Policy,
    what: str,
    *,
    account: int,
    chat: int,
    lang: str,
    params: Mapping[str, Any] | None = None,
    also: Iterable[Way] = (),
) -> list[Post]:
    """Store a notice for every address on file, and an audit row.

    Args:
        tx: the open transaction.
        tools: clock, ids and vault.
        policy: the settings of a turn.
        what: what happened; templates ``sms/<what>``, ``email/<what>`` and ``notice/<what>``.
        account: whose it is.
        chat: where it was done.
        lang: the language of letters; chats are told in their own.
        params: what the texts need beside the masked phone and the moment.
        also: addresses that are no longer on file and must hear of it all the same.
    """
    holder = await accounts.get(tx, tools, account)
    if holder is None:
        return []
    await audit.write(tx, tools, action=what, actor="system", chat=chat or None, account=account)
    ways: list[Way] = [("email", holder.email)]
    ways += [("sms", holder.phone)] if holder.phone and what in _BY_SMS else []
    ways += also
    shared = {
        "phone": holder.phone, "email": holder.email, "phrase": holder.phrase, "at": tools.clock.now(),
        **(params or {}),
    }  # fmt: skip

    async def address(way: str, told: int, spoken: str) -> dict[str, str]:
        if what in _UNDISPUTED:
            return {}
        token = await disputes.issue(tx, tools, account=account, what=what, way=way, chat=told, lang=spoken)
        return {"not_me": f"{policy.public_url}/n/{token}"}

    posts: list[Post] = []
    for channel, to in ways:
        stop = await spending.letter(tx, tools, policy.sms, to) if channel == "sms" else None
        if stop is not None:
            await audit.write(
                tx, tools, action="sms left out", actor="system", account=account, what=what, why=stop.why
            )
            posts += await alarms.sms_stopped(tx, tools, policy, stop)
            continue
        values = {**shared, **await address(channel, 0, lang)}
        body = {"template": what, "to": to, "lang": lang, "params": values}
        post = Post(channel, f"{channel}:{chat}", chat, "letter", body, keys=f"{channel}/{what}")
        posts.append(await outbox.put(tx, tools, post))
    chats = set(await sessions.chats_of(tx, account))
    chats = chats | {chat} if what in _ACTOR_SEES else chats - {chat}
    for told in sorted(chats - {0}):
        spoken = await conversations.language(tx, told) or lang
        body = {
            "key": f"notice/{what}",
            "lang": spoken,
            "params": {**shared, **await address("telegram", told, spoken)},
        }
        post = Post("telegram", f"chat:{told}", told, "notice", body, keys=f"notice/{what}")
        posts.append(await outbox.put(tx, tools, post))
    return posts


async def locked(tx: Tx, tools: Tools, policy: Policy, *, account: int, chat: int, lang: str, wait: int) -> list[Post]:
    """Tell the owner of an account that so much was guessed at it that a check is closed; nothing after a short wait.

    Args:
        tx: the open transaction.
        tools: clock, ids and vault.
        policy: the settings of a turn.
        account: the one that was guessed at.
        chat: who guessed, and sees that already.
        lang: their language; the owner is told in their own where it is known.
        wait: milliseconds that the check is closed, or :data:`bot.db.limits.HUMAN`.
    """
    if not limits.closes(wait) or await limits.allow(tx, tools, LOCK_NOTICES, str(account)):
        return []
    lang = await language(tx, account, lang)
    return await announce(tx, tools, policy, "locked", account=account, chat=chat, lang=lang)


async def language(tx: Tx, account: int, otherwise: str) -> str:
    """The language of an account's owner, where they are signed in; else the one that is given."""
    for own in await sessions.chats_of(tx, account):
        otherwise = await conversations.language(tx, own) or otherwise
    return otherwise
