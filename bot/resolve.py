"""From what came in to what happened: one reader a kind of input.

A reader turns free text, a contact or a tap into an event of ``conversations/events.py``. The readers of codes count
an attempt before they compare anything, in this turn's transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot import callback, notices
from bot.clock import MINUTE, SECOND
from bot.context import Context
from bot.db import accounts, codes, limits, pairs, proofs, recovery_codes, sessions, totp
from bot.desk import own, person
from bot.domain import countries, digits, emails, factors, phones
from bot.domain import recovery_codes as recovery
from bot.incoming import Incoming
from bot.render import Renderer
from conversations import events as ev
from conversations.engine import State
from conversations.events import Event
from conversations.facts import GUARDS

COMMANDS = frozenset({"start", "cancel", "help", "person", "tickets", "privacy", "language"})
_FRESH = 10 * MINUTE
"""A shared contact counts this long after it was sent."""
_SHOWN = 8
"""The most countries offered for words that fit several."""


async def event(context: Context, incoming: Incoming, renderer: Renderer) -> Event:
    """What ``incoming`` means in the state in which the conversation stands."""
    state = context.book.places[context.snapshot.place]
    if incoming.kind == "tap":
        return await _tap(context, incoming, state)
    if incoming.kind == "edit":
        return await _edit(context, incoming, state)
    command = _command(incoming)
    if command is not None:
        return await _commanded(context, *command)
    if state.reads.kind == "message":
        return ev.MessageGiven()
    replied = await own.replied(context, incoming)
    if replied is not None:
        return replied
    if incoming.album:  # several messages to Telegram, one to the person: answered once
        if incoming.album == context.conversation.last_tap:
            await READERS[state.reads.kind](context, incoming, state)  # what must not stay in the chat is taken out
            return ev.RepeatedTap()
        context.last_tap = incoming.album
    if incoming.what == "text" and not incoming.forwarded:
        if any(button.each == "tickets" for row in state.buttons for button in row):
            await own.listed(context)
        tapped = _typed_label(context, incoming, renderer)
        if tapped is not None:
            return await _pressed(context, state, tapped)
    return await READERS[state.reads.kind](context, incoming, state)


# --- commands and taps ----------------------------------------------------------------------------------------


def _command(incoming: Incoming) -> tuple[str, str] | None:
    if incoming.what != "text" or not incoming.text.startswith("/") or incoming.forwarded:
        return None
    head, _, rest = incoming.text[1:].partition(" ")
    return head.partition("@")[0].lower(), rest.strip()


async def _commanded(context: Context, name: str, rest: str) -> Event:
    if name == "start" and rest:
        link = await sessions.open_link(context.tx, context.tools, chat=context.chat, payload=rest)
        if link is None:
            return ev.LinkBad()
        return ev.LinkGood() if link.ticket is None else await person.join(context, link.ticket)
    return ev.Command(name) if name in COMMANDS else ev.Unrecognised("command")


async def _tap(context: Context, incoming: Incoming, state: State) -> Event:
    if incoming.sender is None or incoming.sender.id != context.chat:
        return ev.StaleButton()
    if incoming.data and incoming.data == context.conversation.last_tap:
        return ev.RepeatedTap()
    own_tap = callback.unpack_own(incoming.data)
    if own_tap is not None:
        context.last_tap = incoming.data
        return await own.tapped(context, *own_tap)
    pressed = callback.unpack(incoming.data)
    live = context.snapshot
    if pressed is None or (pressed.place, pressed.version, pressed.turn) != (live.place, live.version, live.turn):
        return ev.StaleButton()
    if not _shown(context, state, pressed.button):
        return ev.StaleButton()
    context.last_tap = incoming.data
    return await _pressed(context, state, ev.Tapped(pressed.button, pressed.arg))


def _shown(context: Context, state: State, button: str) -> bool:
    """Whether the button is among those of the state; a button whose guard fails is not there."""
    own = {b.id: b for row in state.buttons for b in row}
    if button not in own:
        return any(rule.on == button for rule in context.book.rules(context.snapshot.place))
    when = own[button].when
    return not when or GUARDS[when](context.conversation.facts, context.snapshot.data, ev.Tapped(button))


def _typed_label(context: Context, incoming: Incoming, renderer: Renderer) -> ev.Tapped | None:
    found = renderer.match_label(
        incoming.text,
        context.snapshot.place,
        lang=context.lang,
        data=context.snapshot.data,
        facts=context.conversation.facts,
        extra=context.extra,
    )
    return ev.Tapped(*found) if found else None


async def _pressed(context: Context, state: State, tapped: ev.Tapped) -> Event:
    """A tap on an entry of a list is the answer the list was about."""
    if tapped.button == "country" and state.reads.kind == "country":
        return _country(tapped.arg)
    if tapped.button == "candidate" and state.reads.kind == "number":
        offered = str(context.snapshot.data.get("candidates", "")).split()
        if tapped.arg.isascii() and tapped.arg.isdigit() and int(tapped.arg) < len(offered):
            chosen = offered[int(tapped.arg)]  # judged as it is: read again, a landline would be asked about again
            unfit = phones.sendable(chosen)
            return ev.NumberBad(unfit) if unfit else await _not_own(context, _number(context, chosen, "typed"))
        return ev.StaleButton()
    return tapped


async def _edit(context: Context, incoming: Incoming, state: State) -> Event:
    """An edit is read where a slip of the pen was likely, or a password; a code is never taken from one."""
    if state.reads.kind == "message":
        return ev.MessageGiven()
    if (
        state.reads.kind in ("country", "number", "address", "form")
        and incoming.what == "text"
        and not _command(incoming)
    ):
        return await READERS[state.reads.kind](context, incoming, state)
    return ev.Unrecognised("edit")


# --- readers --------------------------------------------------------------------------------------------------


async def _nothing(context: Context, incoming: Incoming, _state: State) -> Event:
    return own.unread(context, incoming, "forward" if incoming.forwarded else incoming.what)


async def _form(context: Context, incoming: Incoming, state: State) -> Event:
    """A text while a form waits may be the password that belongs into it, a picture the one of a document.

    Neither stays in the chat.
    """
    if ev.IdentityGiven in state.reads.outcomes:
        if incoming.what not in ("photo", "document"):
            return await _nothing(context, incoming, state)
        await context.tell("delete", {"message": incoming.message})
        return ev.Unrecognised("picture")
    if incoming.what != "text" or incoming.forwarded:
        return await _nothing(context, incoming, state)
    await context.tell("delete", {"message": incoming.message})
    return ev.Unrecognised("secret")


def _holds_code(state: State, text: str) -> bool:
    """Whether the text holds a code of any step, or one of the kind that this step waits for."""
    if state.reads.channel == "recovery" and recovery.read(text) is not None:
        return True
    return bool(digits.code(text).code or (state.reads.channel == "pair" and digits.pair(text).codes))


async def _read_code(context: Context, incoming: Incoming, state: State) -> Event:
    if _holds_code(state, incoming.text):
        # It may be a code that somebody else still waits for: it does not stay in the chat.
        await context.tell("delete", {"message": incoming.message})
    if incoming.what != "text" or incoming.forwarded:
        return await _nothing(context, incoming, state)
    reads = state.reads
    subject = context.subject(reads.purpose)
    if subject is None:
        return ev.CodeExpired()
    if reads.channel == "pair":
        verdict = await pairs.verify(
            context.tx,
            context.tools,
            account=subject,
            purpose=reads.purpose,
            typed=incoming.text,
            counted=context.counted,
        )
    elif reads.channel == "recovery":
        verdict = await recovery_codes.verify(
            context.tx,
            context.tools,
            account=subject,
            purpose=reads.purpose,
            typed=incoming.text,
            counted=context.counted,
        )
    elif reads.channel in ("totp", "new_totp"):
        verdict = await totp.verify(
            context.tx,
            context.tools,
            subject,
            reads.purpose,
            incoming.text,
            pending=reads.channel == "new_totp",
            counted=context.counted,
        )
    else:
        verdict = await codes.verify(
            context.tx,
            context.tools,
            subject=subject,
            purpose=reads.purpose,
            channel=reads.channel,
            typed=incoming.text,
            counted=context.counted,
        )
    if isinstance(verdict, ev.CodeLocked) and context.account is not None:
        wait = verdict.wait * SECOND or limits.HUMAN
        context.owe(
            await notices.locked(
                context.tx, context.tools, context.policy,
                account=context.account, chat=context.chat, lang=context.lang, wait=wait,
            )
        )  # fmt: skip
    if verdict == ev.CodeRight() and reads.purpose in factors.ENOUGH:
        for factor in factors.PAIR if reads.channel == "pair" else (reads.channel,):
            await proofs.add(
                context.tx, context.tools, account=subject, chat=context.chat, purpose=reads.purpose, factor=factor
            )
    return verdict


async def _read_address(context: Context, incoming: Incoming, _state: State) -> Event:
    if incoming.what != "text":
        return ev.Unrecognised(incoming.what)
    address = emails.canonical(incoming.text)
    if address is None:
        return ev.AddressBad("no_address")
    holder = await accounts.get(context.tx, context.tools, context.account) if context.account else None
    return ev.AddressBad("same") if holder and holder.email == address else ev.AddressGiven(address)


async def _read_country(context: Context, incoming: Incoming, _state: State) -> Event:
    if incoming.what != "text":
        return ev.Unrecognised(incoming.what)
    # Who already knows the number may send it at once: with its country code it needs no country.
    if "+" in incoming.text or incoming.text.strip().startswith("00"):
        number = phones.read(incoming.text, str(context.snapshot.data.get("region", "")))
        if number.action in ("accept", "confirm"):
            return _number(context, incoming.text, "typed")
    found = countries.search(incoming.text, context.lang)
    if len(found) == 1 or (found and found[0].exact):
        return _country(found[0].region)
    if found:
        return ev.CountrySeveral(" ".join(match.region for match in found[:_SHOWN]))
    return ev.CountryUnknown()


async def _read_number(context: Context, incoming: Incoming, _state: State) -> Event:
    if incoming.contact is not None:
        own = incoming.sender is not None and incoming.contact.user == incoming.sender.id
        fresh = incoming.at >= context.tools.clock.now() - _FRESH
        if not own or not fresh or incoming.forwarded or incoming.kind == "edit":
            return ev.ContactForeign()
        return await _not_own(context, _number(context, incoming.contact.number, "contact"))
    if incoming.what != "text":
        return ev.Unrecognised(incoming.what)
    return await _not_own(context, _number(context, incoming.text, "typed"))


async def _not_own(context: Context, read: Event) -> Event:
    """The number that is bound already is no new one, however it was written: said before an SMS is paid for."""
    if not isinstance(read, ev.NumberGiven | ev.NumberDoubtful) or context.account is None:
        return read
    owner = await accounts.phone_owner(context.tx, context.tools, read.number)
    return ev.NumberBad("same") if owner == context.account else read


def _country(region: str) -> Event:
    if region not in countries.territories():
        return ev.CountryUnknown()
    return ev.CountryGiven(region) if region in countries.served() else ev.CountryUnserved(region)


def _number(context: Context, text: str, channel: phones.Channel) -> Event:
    region = str(context.snapshot.data.get("region", ""))
    reading = phones.read(text, region, channel=channel)
    if reading.action == "ask":
        return ev.NumberSeveral(" ".join(reading.candidates))
    if reading.action == "reject" or reading.e164 is None:
        return ev.NumberBad(reading.reason)
    unfit = phones.sendable(reading.e164)
    if unfit:
        return ev.NumberBad(unfit)
    home = reading.region or region
    if home in countries.territories() and home not in countries.served():
        return ev.CountryUnserved(home)
    if reading.action == "confirm":
        return ev.NumberDoubtful(reading.e164, home, reading.reason)
    return ev.NumberGiven(reading.e164, home)


Reader = Callable[[Context, Incoming, State], Awaitable[Event]]

READERS: Mapping[str, Reader] = {
    "nothing": _nothing,
    "form": _form,
    "message": _nothing,
    "code": _read_code,
    "country": _read_country,
    "address": _read_address,
    "number": _read_number,
}
