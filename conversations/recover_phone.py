"""Getting a new phone bound when the old one is gone: *Phone unavailable?* after the password was accepted.

user   (taps) SMS verification, Phone unavailable?
bot    That can be solved. Have you a new number that can receive SMS?  [I have a new number] [I have no phone at all]
user   (taps) I have a new number
bot    First show me two things that are still yours.  [Email code] [Google 2FA] [Trading password]
user   (taps) Email code, 314159; (taps) Google 2FA, 081804
bot    Now three pictures: both sides of your document, and you with a note that says: Acme Exchange 4821 7390
form   front, back, selfie
bot    Thank you. A person looks at them; I tell you here as soon as there is an answer.
...    hours or days later
bot    Your recovery is approved. Bind your new number until tomorrow, 09:05.  [Bind my new number]
user   (taps) Bind my new number; uk, 07400 654321; (taps) Send code
user   271828
bot    Done: +44 ****21 protects your account now. Withdrawals and P2P selling are locked until tomorrow, 09:20.
"""

from __future__ import annotations

from dataclasses import replace

from conversations import events as ev
from conversations.effects import (
    RECOVER,
    RECOVER_PHONE,
    OpenForm,
    OpenRecovery,
    OpenTicket,
    RecoverPhone,
    RevokeCodes,
    SendCode,
    SettleRecovery,
    SubmitRecovery,
    WithdrawRecovery,
)
from conversations.engine import HERE, QUIET, RESUME, Button, Flow, Rule, State, form
from conversations.everywhere import CANCEL, menu
from conversations.steps import (
    FORM_BUTTONS,
    FORM_LIFE,
    app_code,
    login_over,
    number_entry,
    pending,
    recovery_code,
    sent_code,
    writing,
)

_FORGET = ("number", "home", "reason")
_SHOWN = Rule(ev.CodeRight, "settling", do=(SettleRecovery(),))
_LATE = (login_over(ev.CodeExpired), login_over("resend"))
_IDENTIFY = (OpenForm("identity"),)


def _nothing_held(button: str, reason: str) -> Rule:
    """A human at once, who is told what the person still holds."""
    return Rule(button, "handoff/talk", put={"reason": reason}, do=(OpenTicket(urgent=True),))


_GOES_ON = (
    Rule("home", "welcome/home", when="signed_in"),
    Rule("home", "welcome/start"),
    *menu("/cancel", "recover_phone/goes_on", RevokeCodes()),
    *menu(CANCEL, "recover_phone/goes_on", RevokeCodes()),
    *menu("withdraw", "recover_phone/withdrawn", WithdrawRecovery()),
)
"""The case goes on while the person is elsewhere, unless they say that they want it no longer."""
_WAITING = ((Button("withdraw"), Button("home")),)


def _pictures(name: str) -> State:
    """A step that waits for pictures: all three, or the one that is asked for again."""
    return State(
        name,
        root=True,
        reads=form(ev.IdentityGiven),
        buttons=(*FORM_BUTTONS, *_WAITING),
        rules=(
            Rule("new_form", HERE, do=_IDENTIFY),
            Rule(ev.IdentityGiven, "review", do=(SubmitRecovery(),)),
            *_GOES_ON,
        ),
    )


_STATES = (
    State(
        "unavailable",
        buttons=((Button("new_number", style="primary"),), (Button("no_phone"),)),
        rules=(
            Rule("new_number", "asked", do=(OpenRecovery(),)),
            _nothing_held("no_phone", "no_phone"),
            Rule("back", RESUME),
        ),
    ),
    State(
        "asked",
        passing=True,
        rules=(
            Rule(ev.Done, "approved", when="approved"),
            Rule(ev.Done, "review", when="in_review"),
            Rule(ev.Done, "again", when="picture_again", do=_IDENTIFY),
            Rule(ev.Done, "identity", when="to_identify", do=_IDENTIFY),
            Rule(ev.Done, "verify"),
            Rule(ev.Refused, "unavailable", when="limit", say="recover_phone/limit"),
            Rule(ev.Refused, "signin/form", say="signin/expired", do=(OpenForm("signin"),)),
        ),
    ),
    State(
        "verify",
        buttons=(
            (Button("email", when="can_show_email"),),
            (Button("totp", when="can_show_totp"),),
            (Button("recovery", when="can_show_recovery"),),
            (Button("trading", when="can_show_trading"),),
            (Button("only_email", when="only_email"),),
            (Button("nothing_left"),),
        ),
        back="unavailable",
        within=FORM_LIFE,
        rules=(
            # The other buttons are gone with the account that they were about: a tap on them is a stale one.
            login_over(ev.StaleButton),
            Rule("email", "verify_email", do=(SendCode("email", RECOVER),)),
            Rule("totp", "verify_totp"),
            Rule("recovery", "verify_recovery"),
            Rule("trading", "verify_trading", do=(OpenForm("show_trading"),)),
            Rule("only_email", "settling", do=(SettleRecovery(alone=True),)),
            _nothing_held("nothing_left", "nothing_left"),
        ),
    ),
    sent_code("verify_email", "email", RECOVER, right=_SHOWN, back="verify", rules=_LATE),
    app_code("verify_totp", RECOVER, right=_SHOWN, back="verify", rules=(login_over(ev.CodeExpired),)),
    recovery_code(
        "verify_recovery",
        RECOVER,
        right=_SHOWN,
        back="verify",
        rules=(replace(login_over(ev.CodeExpired), when=""),),  # nothing else about such a code runs out
    ),
    State(
        "verify_trading",
        reads=form(ev.TradingShown, ev.PasswordRefused, ev.SignInLocked),
        buttons=FORM_BUTTONS,
        back="verify",
        within=FORM_LIFE,
        rules=(
            login_over("new_form"),
            Rule("new_form", HERE, do=(OpenForm("show_trading"),)),
            Rule(ev.TradingShown, "settling", do=(SettleRecovery(),)),
            Rule(ev.PasswordRefused, HERE, say="trading_password/wrong", do=(OpenForm("show_trading"),)),
            Rule(ev.SignInLocked, "handoff/locked", keep={"wait": "wait"}, park=True),
        ),
    ),
    State(
        "settling",
        passing=True,
        rules=(
            Rule(ev.Done, "identity", do=_IDENTIFY),
            Rule(ev.Refused, "verify", when="more"),
            Rule(ev.Refused, "unavailable", say="everywhere/unproven"),
        ),
    ),
    _pictures("identity"),
    State(
        "review",
        root=True,
        buttons=_WAITING,
        rules=(
            Rule(ev.RecoveryApproved, "approved"),
            Rule(ev.PictureAgain, "again", do=_IDENTIFY),
            Rule(ev.RecoveryRejected, "ended", keep={"reason": "reason", "words": "words"}),
            *_GOES_ON,
        ),
    ),
    _pictures("again"),
    State(
        "ended",
        root=True,
        buttons=((Button("try_again"),), (Button("home"),)),
        rules=(Rule("try_again", "unavailable"), *menu("home")),
    ),
    State(
        "approved",
        root=True,
        buttons=((Button("bind_new", style="primary"),), *_WAITING),
        rules=(Rule("bind_new", "country"), *_GOES_ON),
    ),
    *number_entry(RECOVER_PHONE, first="approved", sent="sms", signed_in=False),
    sent_code(
        "sms",
        "sms",
        RECOVER_PHONE,
        right=Rule(ev.CodeRight, "recovering", do=(RecoverPhone(),)),
        back="confirm",
        buttons=((Button("other_number"),),),
        rules=(
            Rule("other_number", "number", drop=_FORGET, do=(RevokeCodes(RECOVER_PHONE),)),
            Rule(ev.CodeRefused, "unavailable", when="unproven", say="recover_phone/over"),
        ),
    ),
    State(
        "recovering",
        passing=True,
        rules=(
            Rule(ev.Done, "done"),
            *pending("approved"),
            Rule(ev.Refused, "number", when="taken", say="bind_phone/taken", drop=_FORGET),
            Rule(ev.Refused, "unavailable", say="recover_phone/over"),
        ),
    ),
    # The approval was used in time; that it runs out while the answer is awaited is nothing to the person.
    writing(
        "done",
        "unavailable",
        Rule(ev.RecoveryOver, QUIET),
        Rule(ev.NotWritten, "approved", when="approved", say="everywhere/not_written"),
        start="welcome/start",
    ),
    State(
        "done",
        root=True,
        buttons=(
            (Button("signin", when="signed_out", style="primary"),),
            (Button("home", when="signed_in", style="primary"),),
            (Button("not_me", url="not_me", style="danger"),),
        ),
        rules=(Rule("signin", "signin/form", do=(OpenForm("signin"),)), Rule("home", "welcome/home")),
    ),
)
_OVER = Rule(ev.RecoveryOver, "ended", keep={"reason": "reason"}, do=(RevokeCodes(),))
_CLOSED = ("unavailable", "ended", "done", "writing")
"""Where no case is under way, or its end changes nothing any more."""

RECOVER_PHONE_FLOW = Flow(
    "recover_phone",
    3,
    tuple(
        state if state.passing or state.name in _CLOSED else replace(state, rules=(*state.rules, _OVER))
        for state in _STATES
    ),
)
