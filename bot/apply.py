"""From what a flow asks for to rows: one function an effect.

Everything happens in the turn's transaction. An effect that needs a proof takes it by a conditional update here, so
that a flow that were entered half way would be refused all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot import alarms, changes, notices, recovery, rights
from bot.changes import CREATED
from bot.context import Context
from bot.db import (
    accounts,
    codes,
    conversations,
    forms,
    limits,
    proofs,
    recovery_codes,
    secrets,
    sessions,
    totp,
)
from bot.db.outbox import Post
from bot.desk import own, person
from bot.domain.limits import CHANGES_PER_ACCOUNT
from conversations import effects as ef
from conversations import events as ev
from conversations.effects import Effect
from conversations.events import Event

_OF_RECOVERIES = ("show_trading", "identity")
"""Forms of somebody who need not be signed in."""


async def effect(context: Context, wanted: Effect, cause: Event) -> Event | None:
    """Carry out one effect; the event that came of it, if it is of a kind that has outcomes."""
    return await HANDLERS[type(wanted)](context, wanted, cause)


async def _send_code(context: Context, wanted: ef.SendCode, _cause: Event) -> Event:
    subject = context.subject(wanted.purpose)
    if subject is None:
        return ev.CodeRefused("gone")
    to = await destination(context, wanted.channel, wanted.purpose)
    if not to:
        return ev.CodeRefused("gone")
    unfit = await _unfit(context, wanted.purpose, to)
    if unfit:
        return ev.CodeRefused(unfit)
    # An address that has an account gets a letter saying so, and a code that nobody can know.
    taken = wanted.purpose == ef.SIGNUP and await accounts.by_email(context.tx, context.tools, to) is not None
    holder = await accounts.get(context.tx, context.tools, context.account) if context.account else None
    phrase = holder.phrase if holder else ""
    issued = await codes.issue(
        context.tx,
        context.tools,
        subject=subject,
        purpose=wanted.purpose,
        channel=wanted.channel,
        chat=context.chat,
        account=context.account,
        destination=to,
        decoy=taken,
        allowance=context.policy.sms,
    )
    if isinstance(issued, codes.Refusal):
        if issued.stop is not None:
            context.owe(await alarms.sms_stopped(context.tx, context.tools, context.policy, issued.stop))
        return ev.CodeRefused(issued.reason, issued.wait_s)
    await context.post(
        Post(
            wanted.channel,
            f"{wanted.channel}:{context.chat}",
            context.chat,
            "code",
            {
                "template": "taken" if taken else "code",
                "to": to,
                "lang": context.lang,
                "params": {} if taken else {"code": issued.code, "purpose": wanted.purpose, "phrase": phrase},
            },
            keys=f"{wanted.channel}/{'taken' if taken else 'code'}",
            ref=issued.id,
        )
    )
    return ev.CodeSent()


async def _unfit(context: Context, purpose: str, to: str) -> str:
    """Why no code goes to a place that is not the account's yet; empty if nothing speaks against it."""
    check = ef.FIRST_CHECK.get(purpose)
    if check is None or context.account is None:
        return ""
    if check == ef.APPROVED:
        proved = await recovery.approved(context) is not None
    else:
        proved = await _proved(context, context.account, check)
    if not proved or (purpose == ef.BIND_PHONE and context.conversation.facts.has_phone):
        return "unproven"
    if purpose not in ef.NEW_NUMBER:
        return ""
    owner = await accounts.phone_owner(context.tx, context.tools, to)
    return "same" if owner == context.account else ""


async def destination(context: Context, channel: str, purpose: str) -> str:
    """Where a code for ``purpose`` goes by ``channel``; empty if there is no such place."""
    if purpose == ef.SIGNUP:
        signup = await sessions.signup_pending(context.tx, context.tools, context.chat)
        return signup.email if signup else ""
    if purpose in ef.NEW_NUMBER:
        return str(context.snapshot.data.get("number", ""))
    if purpose == ef.NEW_EMAIL:
        return str(context.snapshot.data.get("address", ""))
    account = await accounts.get(context.tx, context.tools, context.account) if context.account else None
    if account is None:
        return ""
    return account.email if channel == "email" else account.phone or ""


async def _revoke_codes(context: Context, wanted: ef.RevokeCodes, _cause: Event) -> None:
    for subject in filter(None, (context.account, context.conversation.signup)):
        await codes.revoke(context.tx, subject=subject, purpose=wanted.purpose, chat=context.chat)


async def _open_form(context: Context, wanted: ef.OpenForm, _cause: Event) -> None:
    account = context.account if wanted.kind in _OF_RECOVERIES else _signed_in(context)
    token = await forms.open_form(
        context.tx, context.tools, chat=context.chat, kind=wanted.kind, lang=context.lang, account=account
    )
    context.extra["form"] = f"{context.policy.public_url}/f/{token}"


async def _sign_in(context: Context, wanted: ef.SignIn, _cause: Event) -> Event:
    use = sessions.use_login if wanted.via == "password" else sessions.use_link
    account = await use(context.tx, context.tools, chat=context.chat)
    if account is None:  # the right code or the link came in this very turn: there is nothing left to refuse
        raise LookupError("nobody to sign in")
    await sessions.begin(context.tx, context.tools, chat=context.chat, account=account, via=wanted.via)
    await _announce(context, account, "signed_in")
    return ev.Done()


async def _sign_out(context: Context, _wanted: Effect, _cause: Event) -> None:
    if context.account is not None:
        await codes.revoke(context.tx, subject=context.account, chat=context.chat)
    await sessions.end(context.tx, context.tools, context.chat)


async def _create_account(context: Context, _wanted: Effect, _cause: Event) -> Event:
    subject = context.conversation.signup
    proved = subject and await codes.consume(
        context.tx, context.tools, subject=subject, purpose=ef.SIGNUP, chat=context.chat
    )
    signup = await sessions.use_signup(context.tx, context.tools, chat=context.chat) if proved else None
    if signup is None or signup.email != proved:
        return ev.Refused("unproven")
    if context.policy.remote:
        body = {"email": signup.email, "password_hash": signup.password_hash}
        await context.post(Post("accounts", f"accounts:{signup.id}", context.chat, CREATED, body))
        return ev.Pending()
    account = await accounts.create(context.tx, context.tools, email=signup.email, password_hash=signup.password_hash)
    if account is None:
        return ev.Refused("taken")
    await sessions.begin(context.tx, context.tools, chat=context.chat, account=account, via="signup")
    return ev.Done()


async def _new_totp_key(context: Context, _wanted: Effect, _cause: Event) -> None:
    account = _signed_in(context)
    if account is None:
        return
    if not context.conversation.facts.has_totp or await _proved(context, account, ef.REPLACE_TOTP):
        await totp.new_key(context.tx, context.tools, account)


async def _proved(context: Context, account: int, purpose: str) -> bool:
    return await proofs.fresh(context.tx, context.tools, account=account, chat=context.chat, purpose=purpose)


async def _bind_totp(context: Context, wanted: Effect, _cause: Event) -> Event:
    account, replace = _signed_in(context), isinstance(wanted, ef.ReplaceTotp)
    if account is None or not await _proved(context, account, wanted.needs):
        return ev.Refused("unproven")
    refusal = await totp.bind(context.tx, context.tools, account, replace=replace)
    if refusal:
        return ev.Refused(refusal)
    await proofs.use(context.tx, context.tools, account=account, purpose=wanted.needs)
    # Recovery codes stand for the authenticator that they were made with.
    await recovery_codes.void(context.tx, context.tools, account)
    what = "totp_replaced" if replace else "totp_bound"
    after = await changes.settle(
        context.tx, context.tools, context.policy, what, account=account, chat=context.chat, lang=context.lang
    )
    context.owe(after.posts)
    context.woken |= after.woken
    return ev.Done()


async def _set_trading_password(context: Context, _wanted: Effect, _cause: Event) -> Event:
    account, tx, tools = _signed_in(context), context.tx, context.tools
    if account is None or not await _proved(context, account, ef.TRADING):
        return ev.Refused("unproven")
    given = await secrets.take(tx, tools, chat=context.chat, account=account, kind="trading")
    if given is None:
        return ev.Refused("unproven")
    return await changes.make(context, _change(context, "trading_set", account, given))


async def _set_phrase(context: Context, _wanted: Effect, _cause: Event) -> None:
    account, tx, tools = _signed_in(context), context.tx, context.tools
    given = account and await secrets.take(tx, tools, chat=context.chat, account=account, kind="phrase")
    if account is not None and given:
        await accounts.set_phrase(tx, tools, account, given)
        await _announce(context, account, "phrase_set")


async def _change_email(context: Context, _wanted: Effect, _cause: Event) -> Event:
    """Consume the check and the accepted code; the address comes from the code's row and nowhere else."""
    account, tx, tools = _signed_in(context), context.tx, context.tools
    if account is None or not await _proved(context, account, ef.CHANGE_EMAIL):
        return ev.Refused("unproven")
    address = await codes.consume(tx, tools, subject=account, purpose=ef.NEW_EMAIL, chat=context.chat)
    before = await accounts.get(tx, tools, account)
    if address is None or before is None:
        return ev.Refused("unproven")
    return await changes.make(context, _change(context, "email_changed", account, address, before.email))


async def _bind_phone(context: Context, _wanted: Effect, _cause: Event) -> Event:
    """Consume the proved factor and the accepted code; the number comes from the code's row and nowhere else."""
    account = _signed_in(context)
    if account is None or context.conversation.facts.has_phone:
        return ev.Refused("already" if account else "unproven")
    if not await _proved(context, account, ef.ENROL):
        return ev.Refused("unproven")
    number = await codes.consume(context.tx, context.tools, subject=account, purpose=ef.BIND_PHONE, chat=context.chat)
    if number is None:
        return ev.Refused("unproven")
    return await changes.make(context, _change(context, "phone_bound", account, number))


async def _ask_change(context: Context, _wanted: Effect, _cause: Event) -> Event:
    account = _signed_in(context)
    if account is None:
        return ev.Refused("unproven")
    wait = await limits.due(context.tx, context.tools, CHANGES_PER_ACCOUNT, str(account))
    return ev.Refused("limit", limits.seconds(wait)) if wait else ev.Done()


async def _change_phone(context: Context, _wanted: Effect, _cause: Event) -> Event:
    """Consume what was proved and the accepted code; number, hold and notices are written in one transaction."""
    account, tx, tools = _signed_in(context), context.tx, context.tools
    if account is None or not await proofs.fresh(tx, tools, account=account, chat=context.chat, purpose=ef.CHANGE):
        return ev.Refused("unproven")
    number = await codes.consume(tx, tools, subject=account, purpose=ef.CHANGE_PHONE, chat=context.chat)
    if number is None:
        return ev.Refused("unproven")
    await tx.lock(account)  # of two changes at once the second sees what the first has counted
    wait = await limits.due(tx, tools, CHANGES_PER_ACCOUNT, str(account))
    if wait:
        return ev.Refused("limit", limits.seconds(wait))
    before = await accounts.get(tx, tools, account)
    old = before.phone if before and before.phone else ""
    return await changes.make(context, _change(context, "phone_changed", account, number, old))


def _change(context: Context, kind: changes.Kind, account: int, value: str, before: str = "") -> changes.Change:
    return changes.Change(kind, account, context.chat, context.lang, value, before)


async def _end_other_sessions(context: Context, _wanted: Effect, _cause: Event) -> None:
    account = _signed_in(context)
    if account is not None:
        await sessions.end_others(context.tx, context.tools, account, chat=context.chat)


async def _announce(context: Context, account: int, what: str) -> None:
    context.owe(
        await notices.announce(
            context.tx, context.tools, context.policy, what, account=account, chat=context.chat, lang=context.lang
        )
    )


def _signed_in(context: Context) -> int | None:
    return context.account if context.conversation.facts.signed_in else None


async def _set_language(context: Context, _wanted: Effect, cause: Event) -> None:
    if isinstance(cause, ev.Tapped) and cause.arg in context.policy.languages:
        await conversations.set_language(context.tx, context.chat, cause.arg)
        context.lang = cause.arg


async def _open_ticket(context: Context, wanted: ef.OpenTicket, _cause: Event) -> Event:
    reason, before = str(context.snapshot.data.get("reason", "other")), None
    if wanted.again:
        before = await own.before(context)
        reason = before.reason if before is not None else "other"
    ticket = await person.open_ticket(context, reason, urgent=wanted.urgent, follows=before)
    await person.pass_on(context)
    return ev.TicketOpened(ticket.number)


async def _relay_message(context: Context, _wanted: Effect, _cause: Event) -> None:
    await person.relay(context)


async def _close_ticket(context: Context, _wanted: Effect, _cause: Event) -> Event:
    number = await person.close_by_person(context)
    until = context.tools.clock.now() + context.policy.desk.reopen
    return ev.TicketClosed(number, until=until if number else 0)


Handler = Callable[[Context, Any, Event], Awaitable[Event | None]]

HANDLERS: dict[type[Effect], Handler] = {
    ef.SendCode: _send_code,
    ef.RevokeCodes: _revoke_codes,
    ef.OpenForm: _open_form,
    ef.SignIn: _sign_in,
    ef.SignOut: _sign_out,
    ef.CreateAccount: _create_account,
    ef.NewTotpKey: _new_totp_key,
    ef.BindTotp: _bind_totp,
    ef.ReplaceTotp: _bind_totp,
    ef.SetTradingPassword: _set_trading_password,
    ef.SetPhrase: _set_phrase,
    ef.ChangeEmail: _change_email,
    ef.BindPhone: _bind_phone,
    ef.AskChange: _ask_change,
    ef.ChangePhone: _change_phone,
    ef.OpenRecovery: recovery.begin,
    ef.SettleRecovery: recovery.settle,
    ef.SubmitRecovery: recovery.submit,
    ef.WithdrawRecovery: recovery.withdraw,
    ef.RecoverPhone: recovery.finish,
    ef.AskErasure: rights.ask,
    ef.WithdrawErasure: rights.withdraw,
    ef.EndOtherSessions: _end_other_sessions,
    ef.SetLanguage: _set_language,
    ef.OpenTicket: _open_ticket,
    ef.ReopenTicket: own.reopen,
    ef.LookAtTicket: own.look,
    ef.RelayMessage: _relay_message,
    ef.CloseTicket: _close_ticket,
}
