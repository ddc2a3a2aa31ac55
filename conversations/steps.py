"""Steps that several flows share: entering a one-time code, choosing a country, entering a number.

Each function returns states for the flow that asks; nothing here is a flow of its own. A flow says only what differs:
what the code is for and where the right one leads.
"""

from __future__ import annotations

from typing import Literal

from conversations import events as ev
from conversations.effects import SIGNUP, Effect, NewTotpKey, OpenForm, RevokeCodes, SendCode
from conversations.engine import COUNTRY, HERE, NUMBER, QUIET, Button, Rule, State, code

IDLE = 5 * 60
"""Seconds until an unanswered step of a guarded flow starts over (security.md, recommended defaults: idle 5 min)."""
CODE_WAIT = 10 * 60
"""Seconds a step waits for a sent code: its life (NIST SP 800-63B-4 section 3.1.3.2: at most 10 minutes)."""

FORM_LIFE = 10 * 60
"""Seconds a one-time form can be opened (design.md, Secrets never go through the chat)."""
FORM_BUTTONS = ((Button("form", url="form", style="primary"),), (Button("new_form"),))
"""The buttons of a step that waits for a form: the way to it, and another one."""

NUMBER_DATA = {"number": "number", "home": "region"}
"""What is kept of a number: itself, and the country it is from, which need not be the one that was chosen."""


def login_over(on: type[ev.Event] | str) -> Rule:
    """The password was given too long ago: it is asked for again."""
    return Rule(on, "signin/form", when="login_over", say="signin/expired", do=(OpenForm("signin"),))


def sent_code(
    name: str,
    channel: Literal["sms", "email"],
    purpose: str,
    *,
    right: Rule,
    back: str,
    rules: tuple[Rule, ...] = (),
    buttons: tuple[tuple[Button, ...], ...] = (),
    leave: tuple[Effect, ...] = (),
) -> State:
    """A step that waits for a code sent by SMS or email, with *Send again*.

    Args:
        name: the state's name.
        channel: how the code travels.
        purpose: what the code is for (``conversations/effects.py``).
        right: the rule for the right code.
        back: where Back leads, and where the conversation goes when no code can be sent.
        rules: further rules, tried first.
        buttons: further rows of buttons.
        leave: what is to be done on the way ``back``.
    """
    return State(
        name,
        reads=code(channel, purpose),
        buttons=((Button("resend"),), *buttons),
        back="" if leave else back,
        within=CODE_WAIT,
        rules=(
            *rules,
            *((Rule("back", back, do=leave),) if leave else ()),
            right,
            Rule("resend", HERE, say="code/again", do=(SendCode(channel, purpose),)),
            Rule(ev.CodeSent, QUIET),
            Rule(ev.CodeRefused, HERE, when="code_waiting", say="code/refused"),
            Rule(ev.CodeRefused, back, say="code/refused", do=leave),
            Rule(ev.CodeUndelivered, HERE, say="code/undelivered"),
            Rule(ev.CodeWrong, HERE, say="code/wrong"),
            Rule(ev.CodeSpent, HERE, say="code/spent"),
            Rule(ev.CodeLocked, "handoff/locked", keep={"wait": "wait"}, park=True),
            Rule(ev.CodeExpired, HERE, say="code/expired"),
            Rule(ev.CodeSuperseded, HERE, say="code/superseded"),
            Rule(ev.CodeMalformed, HERE, say="code/malformed"),
            *(() if purpose == SIGNUP else (Rule(ev.CodeElsewhere, HERE, say="code/elsewhere"),)),
        ),
    )


def app_code(name: str, purpose: str, *, right: Rule, back: str, rules: tuple[Rule, ...] = ()) -> State:
    """A step that waits for the code an authenticator app shows; the arguments are those of :func:`sent_code`."""
    return State(
        name,
        reads=code("totp", purpose),
        back=back,
        within=IDLE,
        rules=(*rules, right, *app_code_rules(), Rule(ev.CodeReused, HERE, say="code/app_reused")),
    )


def proof(purpose: str, *, right: Rule) -> tuple[State, ...]:
    """The check before a page of the account's security: by the authenticator, by email or by SMS, as the person likes.

    The arguments are those of :func:`sent_code`; the first state is ``prove``.
    """
    return (
        State(
            "prove",
            buttons=((Button("totp", when="has_totp"),), (Button("email"),), (Button("sms", when="has_phone"),)),
            back="protection/overview",
            within=IDLE,
            rules=(
                Rule("totp", "prove_totp"),
                Rule("email", "prove_email", do=(SendCode("email", purpose),)),
                Rule("sms", "prove_sms", do=(SendCode("sms", purpose),)),
            ),
        ),
        app_code("prove_totp", purpose, right=right, back="prove"),
        sent_code("prove_email", "email", purpose, right=right, back="prove"),
        sent_code("prove_sms", "sms", purpose, right=right, back="prove"),
    )


def pair_code(name: str, purpose: str, *, right: Rule, back: str) -> State:
    """A step that waits for the email code and the authenticator's code in one message.

    They are judged as one, and nothing says which was wrong (PSD2 RTS (EU) 2018/389 Art. 4(3)(a)). The arguments are
    those of :func:`sent_code`.
    """
    return State(
        name,
        reads=code("pair", purpose),
        buttons=((Button("resend"),),),
        back=back,
        within=CODE_WAIT,
        rules=(
            right,
            Rule("resend", HERE, say="code/again", do=(SendCode("email", purpose),)),
            Rule(ev.CodeSent, QUIET),
            Rule(ev.CodeRefused, HERE, when="code_waiting", say="code/refused"),
            Rule(ev.CodeRefused, back, say="code/refused"),
            Rule(ev.CodeUndelivered, HERE, say="code/undelivered"),
            Rule(ev.CodeWrong, HERE, say="code/pair_wrong"),
            Rule(ev.CodeSpent, HERE, say="code/spent"),
            Rule(ev.CodeLocked, "handoff/locked", keep={"wait": "wait"}, park=True),
            Rule(ev.CodeExpired, HERE, say="code/expired"),
            Rule(ev.CodeMalformed, HERE, say="code/malformed"),
        ),
    )


def recovery_code(name: str, purpose: str, *, right: Rule, back: str, rules: tuple[Rule, ...] = ()) -> State:
    """A step that waits for one of the recovery codes; the arguments are those of :func:`sent_code`."""
    return State(
        name,
        reads=code("recovery", purpose),
        back=back,
        within=CODE_WAIT,
        rules=(
            *rules,
            right,
            Rule(ev.CodeWrong, HERE, say="code/recovery_wrong"),
            Rule(ev.CodeLocked, "handoff/locked", keep={"wait": "wait"}, park=True),
            Rule(ev.CodeMalformed, HERE, say="code/recovery_malformed"),
        ),
    )


def app_code_rules() -> tuple[Rule, ...]:
    """What can be wrong with an authenticator's code, and what is said of it."""
    return (
        Rule(ev.CodeWrong, HERE, say="code/app_wrong"),
        Rule(ev.CodeExpired, HERE, say="code/app_expired"),
        Rule(ev.CodeLocked, "handoff/locked", keep={"wait": "wait"}, park=True),
        Rule(ev.CodeMalformed, HERE, say="code/malformed"),
    )


_OUT = ("home", "/start", "/cancel")


def writing(done: str, refused: str, *rules: Rule, home: str = "welcome/home", start: str = "", say: str = "") -> State:
    """A step that waits for the exchange's own account system, as long as it takes; it can be left meanwhile.

    Args:
        done: where the written change leads.
        refused: where one that was not written leads.
        rules: what else can happen meanwhile, or goes before.
        home: where the way out leads.
        start: where it leads for whoever is not signed in, if it depends on that.
        say: what is said of the written change, where it leads to a menu.
    """
    return State(
        "writing",
        root=True,
        buttons=((Button("home"),),),
        rules=(
            *rules,
            Rule(ev.Written, done, say=say),
            Rule(ev.NotWritten, refused, say="everywhere/not_written"),
            # What was asked for is under way: nothing may be said of its being dropped.
            *(Rule(way, home, when="signed_in") for way in _OUT if start),
            *(Rule(way, start or home) for way in _OUT),
        ),
    )


def pending(busy: str) -> tuple[Rule, Rule]:
    """The rules of a passing step for a change that the account system is asked for; ``busy``: one is under way."""
    return (
        Rule(ev.Pending, "writing"),
        Rule(ev.Refused, busy, when="busy", say="everywhere/busy"),
    )


_USE_TOTP = (
    Rule("use_totp", "bind_totp/scan", when="proved", do=(NewTotpKey(),)),
    Rule("use_totp", "bind_totp/prove"),
)


def number_entry(purpose: str, *, first: str, sent: str, signed_in: bool = True) -> tuple[State, ...]:
    """Country, number and their confirmation, up to the SMS that is paid for.

    Args:
        purpose: what the SMS code will be for.
        first: where Back leads from the choice of the country.
        sent: the state that waits for the SMS code.
        signed_in: whether the person can set up an authenticator instead, where their country is not served.
    """

    def given(**keep: str) -> tuple[Rule, Rule]:
        # A code that went to another number is worth nothing for this one.
        kept, revoked = NUMBER_DATA | keep, (RevokeCodes(purpose),)
        return (
            Rule(ev.NumberGiven, "confirm", keep=kept, drop=("reason",), do=revoked),
            Rule(ev.NumberDoubtful, "confirm", keep=kept | {"reason": "reason"}, do=revoked),
        )

    country_rules = (
        Rule(ev.CountryGiven, "number", keep={"region": "region"}),
        Rule(ev.CountryUnserved, "unserved", keep={"region": "region"}),
        *given(region="region"),
    )
    number_rules = (
        *given(),
        Rule(ev.NumberSeveral, "several", keep={"candidates": "candidates"}),
        Rule(ev.NumberBad, HERE, say="number/bad"),
        Rule(ev.CountryUnserved, "unserved", keep={"region": "region"}),
        Rule(ev.ContactForeign, HERE, say="number/foreign_contact"),
    )
    return (
        State(
            "country",
            reads=COUNTRY,
            buttons=((Button("country", each="countries"),), (Button("page", each="pages"),)),
            back=first,
            within=IDLE,
            rules=(
                *country_rules,
                Rule("page", HERE, keep={"page": "arg"}),
                Rule(ev.CountrySeveral, "which_country", keep={"found": "found"}),
                Rule(ev.CountryUnknown, HERE, say="country/unknown"),
            ),
        ),
        State(
            "which_country",
            reads=COUNTRY,
            buttons=((Button("country", each="found"),),),
            back="country",
            within=IDLE,
            rules=(
                *country_rules,
                Rule(ev.CountrySeveral, HERE, keep={"found": "found"}),
                Rule(ev.CountryUnknown, HERE, say="country/unknown"),
            ),
        ),
        State(
            "number",
            reads=NUMBER,
            buttons=((Button("share"),), (Button("other_country"),)),
            back="country",
            within=IDLE,
            rules=(*number_rules, Rule("share", "share"), Rule("other_country", "country")),
        ),
        State("share", reads=NUMBER, contact=True, back="number", within=IDLE, rules=number_rules),
        State(
            "several",
            reads=NUMBER,
            buttons=((Button("candidate", each="candidates"),),),
            back="number",
            within=IDLE,
            rules=number_rules,
        ),
        State(
            "confirm",
            reads=NUMBER,
            buttons=((Button("send", style="primary"),), (Button("other_number"),)),
            back="number",
            within=IDLE,
            rules=(
                *number_rules,
                Rule("send", sent, do=(SendCode("sms", purpose),)),
                Rule("other_number", "number", drop=("number", "home", "reason")),
            ),
        ),
        State(
            "unserved",
            buttons=(
                *(((Button("use_totp", when="no_totp", style="primary"),),) if signed_in else ()),
                (Button("other_country"),),
            ),
            back="country",
            within=IDLE,
            rules=(*(_USE_TOTP if signed_in else ()), Rule("other_country", "country")),
        ),
    )
