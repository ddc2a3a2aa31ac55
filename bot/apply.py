"""From what a flow asks for to rows: one function an effect.

Everything happens in the turn's transaction. An effect that needs a proof takes it by a conditional update here, so
that a flow that were entered half way would be refused all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot import desk
from bot.context import Context
from bot.db import accounts, audit, codes, conversations, forms, proofs, sessions, totp
from bot.db.outbox import Post
from conversations import effects as ef
from conversations import events as ev
from conversations.effects import Effect
from conversations.events import Event


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
    # An address that has an account gets a letter saying so, and a code that nobody can know.
    taken = wanted.purpose == ef.SIGNUP and await accounts.by_email(context.tx, context.tools, to) is not None
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
    )
    if isinstance(issued, codes.Refusal):
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
                "params": {} if taken else {"code": issued.code, "purpose": wanted.purpose},
            },
            keys=f"{wanted.channel}/{'taken' if taken else 'code'}",
            ref=issued.id,
        )
    )
    return ev.CodeSent()


async def destination(context: Context, channel: str, purpose: str) -> str:
    """Where a code for ``purpose`` goes by ``channel``; empty if there is no such place."""
    if purpose == ef.SIGNUP:
        signup = await sessions.signup_pending(context.tx, context.tools, context.chat)
        return signup.email if signup else ""
    if purpose == ef.BIND_PHONE:
        return str(context.snapshot.data.get("number", ""))
    account = await accounts.get(context.tx, context.tools, context.account) if context.account else None
    if account is None:
        return ""
    return account.email if channel == "email" else account.phone or ""


async def _revoke_codes(context: Context, wanted: ef.RevokeCodes, _cause: Event) -> None:
    for subject in filter(None, (context.account, context.conversation.signup)):
        await codes.revoke(context.tx, subject=subject, purpose=wanted.purpose, chat=context.chat)


async def _open_form(context: Context, wanted: ef.OpenForm, _cause: Event) -> None:
    token = await forms.open_form(context.tx, context.tools, chat=context.chat, kind=wanted.kind, lang=context.lang)
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
    account = await accounts.create(context.tx, context.tools, email=signup.email, password_hash=signup.password_hash)
    if account is None:
        return ev.Refused("taken")
    await sessions.begin(context.tx, context.tools, chat=context.chat, account=account, via="signup")
    return ev.Done()


async def _new_totp_key(context: Context, _wanted: Effect, _cause: Event) -> None:
    if context.account is not None and not context.conversation.facts.has_totp:
        await totp.new_key(context.tx, context.tools, context.account)


async def _bind_totp(context: Context, _wanted: Effect, _cause: Event) -> Event:
    account = _signed_in(context)
    if account is None:
        return ev.Refused("unproven")
    if not await proofs.fresh(context.tx, context.tools, account=account, chat=context.chat, purpose=ef.ENROL):
        return ev.Refused("unproven")
    refusal = await totp.bind(context.tx, context.tools, account)
    if refusal:
        return ev.Refused(refusal)
    await proofs.use(context.tx, context.tools, account=account, purpose=ef.ENROL)
    await _announce(context, account, "totp_bound")
    return ev.Done()


async def _bind_phone(context: Context, _wanted: Effect, _cause: Event) -> Event:
    """Consume the proved factor and the accepted code; the number comes from the code's row and nowhere else."""
    account = _signed_in(context)
    if account is None or context.conversation.facts.has_phone:
        return ev.Refused("already" if account else "unproven")
    if not await proofs.fresh(context.tx, context.tools, account=account, chat=context.chat, purpose=ef.ENROL):
        return ev.Refused("unproven")
    number = await codes.consume(context.tx, context.tools, subject=account, purpose=ef.BIND_PHONE, chat=context.chat)
    if number is None:
        return ev.Refused("unproven")
    refusal = await accounts.set_phone(context.tx, context.tools, account, number)
    if refusal:
        return await _refused(context, account, number, refusal)
    await proofs.use(context.tx, context.tools, account=account, purpose=ef.ENROL)
    await _announce(context, account, "phone_bound")
    return ev.Done()


async def _refused(context: Context, account: int, number: str, refusal: str) -> Event:
    """The number belongs to another account: that account is told, this person learns nothing of it."""
    owner = await accounts.phone_owner(context.tx, context.tools, number)
    if refusal == "taken" and owner is not None and owner != account:
        await _announce(context, owner, "phone_tried")
    return ev.Refused(refusal)


def _signed_in(context: Context) -> int | None:
    return context.account if context.conversation.facts.signed_in else None


async def _announce(context: Context, account: int, what: str) -> None:
    """Tell every address on file what happened (NIST SP 800-63B-4 section 4.6)."""
    holder = await accounts.get(context.tx, context.tools, account)
    if holder is None:
        return
    await audit.write(context.tx, context.tools, action=what, actor="system", chat=context.chat, account=account)
    chats = await sessions.chats_of(context.tx, account)
    lang = context.lang
    ways: list[tuple[Any, int, str]] = [("email", context.chat, holder.email)]
    if holder.phone and what != "signed_in":
        ways.append(("sms", context.chat, holder.phone))
    params = {"phone": holder.phone, "at": context.tools.clock.now()}
    for channel, chat, to in ways:
        body = {"template": what, "to": to, "lang": lang, "params": params}
        await context.post(Post(channel, f"{channel}:{chat}", chat, "letter", body, keys=f"{channel}/{what}"))
    for chat in chats:
        if chat != context.chat:
            body = {"key": f"notice/{what}", "lang": lang, "params": params}
            await context.post(Post("telegram", f"chat:{chat}", chat, "notice", body, keys=f"notice/{what}"))


async def _set_language(context: Context, _wanted: Effect, cause: Event) -> None:
    if isinstance(cause, ev.Tapped) and cause.arg in context.policy.languages:
        await conversations.set_language(context.tx, context.chat, cause.arg)
        context.lang = cause.arg


async def _open_ticket(context: Context, _wanted: Effect, _cause: Event) -> Event:
    return ev.TicketOpened(await desk.open_ticket(context))


async def _relay_message(context: Context, _wanted: Effect, _cause: Event) -> None:
    await desk.relay(context)


async def _close_ticket(context: Context, _wanted: Effect, _cause: Event) -> Event:
    return ev.TicketClosed(await desk.close_by_person(context))


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
    ef.BindPhone: _bind_phone,
    ef.SetLanguage: _set_language,
    ef.OpenTicket: _open_ticket,
    ef.RelayMessage: _relay_message,
    ef.CloseTicket: _close_ticket,
}
