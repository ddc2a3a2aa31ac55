"""A person's rights to their data: to have them, and to have them erased.

An erasure is asked for, told on every address on file, and done some days later, so that whoever got into an account
cannot wipe their traces before its owner has read of it. What speaks against one stops it on both days.
"""

from __future__ import annotations

from typing import Final

from bot import notices, webhooks
from bot.clock import DAY
from bot.context import Context, Policy
from bot.db import accounts, audit, bundle, erasures, outbox, proofs, sessions
from bot.db.base import Tx
from bot.db.erasures import Erasure
from bot.db.outbox import ICON
from bot.desk import topic
from bot.outbox import After
from bot.tools import Tools
from conversations import events as ev
from conversations.effects import DATA, Effect
from conversations.events import Event

WAIT: Final = 3 * DAY
"""Between the wish and the deed: three times the hold, which is the time in which a theft is noticed."""
_YEAR: Final = 365 * DAY


async def ask(context: Context, _wanted: Effect, _cause: Event) -> Event:
    """Note the wish of a person who has proved who they are, and tell every address of it."""
    tx, tools, account = context.tx, context.tools, context.account
    if account is None or not await proofs.fresh(tx, tools, account=account, chat=context.chat, purpose=DATA):
        return ev.Refused("unproven")
    against = await _against(tx, tools, account)
    if against:
        return ev.Refused(against)
    due_at = tools.clock.now() + WAIT
    await proofs.use(tx, tools, account=account, purpose=DATA)
    if await erasures.ask(tx, tools, account=account, chat=context.chat, lang=context.lang, due_at=due_at):
        context.owe(await notices.announce(
            tx, tools, context.policy, "erasure_asked", account=account, chat=context.chat, lang=context.lang,
            params={"due_at": due_at},
        ))  # fmt: skip
    return ev.Done()


async def _against(tx: Tx, tools: Tools, account: int) -> str:
    """What speaks against an erasure now; "" if nothing does."""
    busy = await outbox.busy(tx, f"accounts:{account}")
    return "busy" if busy else await erasures.against(tx, tools, account)


async def withdraw(context: Context, _wanted: Effect, _cause: Event) -> None:
    """The person has changed their mind."""
    if context.account is not None and await erasures.end(context.tx, context.tools, context.account, "withdrawn"):
        await audit.write(context.tx, context.tools, action="erasure withdrawn", actor="person", chat=context.chat,
                          account=context.account)  # fmt: skip


async def carry_out(tx: Tx, tools: Tools, policy: Policy) -> tuple[int, After]:
    """Erase whoever's day has come; how many wishes were looked at, and what follows."""
    after, found = After(), await erasures.due(tx, tools)
    for wish in found:
        chats = await _chats(tx, wish)
        for lane in chats:  # no turn of theirs is under way meanwhile
            await tx.lock(lane)
        await tx.lock(wish.account)
        against = await _against(tx, tools, wish.account)
        if not await erasures.end(tx, tools, wish.account, "refused" if against else "erased"):
            continue
        if against:
            after.posts += await notices.announce(
                tx, tools, policy, "erasure_refused", account=wish.account, chat=wish.chat, lang=wish.lang,
                params={"against": against},
            )  # fmt: skip
        else:
            await _erase(tx, tools, policy, wish, chats, after)
    return len(found), after


async def _chats(tx: Tx, wish: Erasure) -> list[int]:
    """The chats of the person: those signed in to the account, and where the wish came from, unless it is another's."""
    asked_in = {wish.chat} if await sessions.account_of(tx, wish.chat) in (None, wish.account) else set()
    return sorted({*await sessions.chats_of(tx, wish.account), *asked_in} - {0})


async def _erase(tx: Tx, tools: Tools, policy: Policy, wish: Erasure, chats: list[int], after: After) -> None:
    account = wish.account
    if policy.keep_years:
        await bundle.keep(tx, tools, account, tools.clock.now() + policy.keep_years * _YEAR)
    kept = [{"what": each.what, "until": each.until} for each in await erasures.kept(tx, account)]
    # The last letter is written while there still is an address.
    after.posts += await notices.announce(
        tx, tools, policy, "erased", account=account, chat=wish.chat, lang=wish.lang,
        params={"kept": kept, "remote": policy.remote},
    )  # fmt: skip
    after.posts += await webhooks.put(tx, tools, policy, "person.erased", account)
    for ticket in await erasures.forget(tx, tools, account, chats):
        post = topic.post(policy, ticket, "delete_topic", {}, priority=ICON)
        after.posts.append(await outbox.put(tx, tools, post))
    await accounts.shred(tx, tools, account)
    await audit.forget(tx, account=account)
    for chat in chats:
        await audit.forget(tx, chat=chat)
