"""The person's side of a recovery: what its effects do. The agents' side is ``bot/desk/review.py``."""

from __future__ import annotations

from bot import changes, notices
from bot.context import Context
from bot.db import accounts, audit, codes, limits, pictures, proofs, recoveries
from bot.db.recoveries import Case
from bot.desk import person, review
from bot.domain import factors, recovery
from conversations import effects as ef
from conversations import events as ev
from conversations.effects import Effect
from conversations.events import Event


async def current(context: Context) -> Case | None:
    """The recovery that this chat has under way for the account of the conversation."""
    if context.account is None:
        return None
    return await recoveries.live(context.tx, context.tools, chat=context.chat, account=context.account)


async def approved(context: Context) -> Case | None:
    """The same, while the agents' approval of it is good."""
    case = await current(context)
    return case if case is not None and case.status == "approved" else None


async def begin(context: Context, _wanted: Effect, _cause: Event) -> Event:
    """Make a case, or go on with the one there is; only for whom the password, a session or that case vouches."""
    if context.account is None:
        return ev.Refused("unproven")
    wait = await recoveries.begin(
        context.tx, context.tools, chat=context.chat, account=context.account, lang=context.lang
    )
    return ev.Refused("limit", limits.seconds(wait)) if wait else ev.Done()


async def settle(context: Context, wanted: ef.SettleRecovery, _cause: Event) -> Event:
    """Use up what was shown, if it is enough: from here on the case itself is the proof."""
    case, tx, tools = await current(context), context.tx, context.tools
    if case is None or not context.conversation.facts.known:
        return ev.Refused("gone")
    shown = await proofs.shown(tx, tools, account=case.account, chat=context.chat, purpose=ef.RECOVER)
    shown &= await recoveries.evidence(tx, tools, case.account)
    alone = wanted.alone and shown == {"email"}
    if not alone and not factors.enough(ef.RECOVER, shown):
        return ev.Refused("more")
    if not await recoveries.verified(tx, tools, case, shown, context.policy.company):
        return ev.Refused("gone")
    await proofs.use(tx, tools, account=case.account, purpose=ef.RECOVER)
    context.owe(
        await notices.announce(
            tx, tools, context.policy, "recovery_begun", account=case.account, chat=context.chat, lang=context.lang
        )
    )
    return ev.Done()


async def submit(context: Context, _wanted: Effect, _cause: Event) -> None:
    """Lay the pictures before the agents, in the person's ticket."""
    case, tx, tools = await current(context), context.tx, context.tools
    if case is None or case.status not in ("identity", "again"):
        return
    if set(await pictures.parts(tx, case.id)) != set(recovery.PARTS):
        return
    ticket = await person.open_ticket(context, "recovery")
    if not await recoveries.submitted(tx, tools, case, ticket.id):
        return
    await audit.write(tx, tools, action="recovery submitted", actor="person", chat=context.chat, account=case.account,
                      ticket=ticket.number)  # fmt: skip
    laid = await recoveries.live(tx, tools, chat=context.chat, account=case.account)
    holder = await accounts.get(tx, tools, case.account)
    if laid is not None and holder is not None:
        await context.post(review.panel(context.policy, ticket, laid, holder))


async def withdraw(context: Context, _wanted: Effect, _cause: Event) -> None:
    """The person wants it no longer: the agents are told."""
    case = await current(context)
    if case is None or not await recoveries.withdraw(context.tx, context.tools, case):
        return
    if case.ticket is not None:
        await context.post(review.note(context.policy, case.ticket, "recovery_withdrawn"))


async def finish(context: Context, _wanted: Effect, _cause: Event) -> Event:
    """Consume the approval and the accepted code; number, hold, sessions and notices change in one transaction."""
    case, tx, tools = await approved(context), context.tx, context.tools
    if case is None:
        return ev.Refused("gone")
    account = case.account
    number = await codes.consume(tx, tools, subject=account, purpose=ef.RECOVER_PHONE, chat=context.chat)
    if number is None:
        return ev.Refused("gone")
    before = await accounts.get(tx, tools, account)
    old = before.phone if before and before.phone else ""
    return await changes.make(
        context, changes.Change("phone_recovered", account, context.chat, context.lang, number, old)
    )
