"""Signing in: the password in the one-time form, then a second check. Also a new account, and signing out.

user   (taps) Sign in
bot    Your password never goes into a chat. Open the form: it is yours alone, for ten minutes.  [Open the form]
form   ann@example.com, her password
bot    One more check. How?  [Google 2FA] [Email code] [SMS verification]
user   (taps) Email code
bot    A code is on its way to a****@e****.com.
user   481516
bot    Welcome back. What can I do for you?
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import SIGNIN, SIGNUP, CreateAccount, OpenForm, SendCode, SignIn
from conversations.engine import HERE, Button, Flow, Rule, State, form
from conversations.steps import FORM_BUTTONS, FORM_LIFE, app_code, login_over, sent_code, writing

_RIGHT = Rule(ev.CodeRight, "entering", do=(SignIn("password"),))

_LATE = (login_over(ev.CodeExpired), login_over("resend"))

SIGNIN_FLOW = Flow(
    "signin",
    4,
    (
        State(
            "form",
            reads=form(ev.PasswordAccepted, ev.PasswordRefused, ev.SignInLocked),
            buttons=FORM_BUTTONS,
            back="welcome/start",
            within=FORM_LIFE,
            rules=(
                Rule("new_form", HERE, do=(OpenForm("signin"),)),
                Rule(ev.PasswordAccepted, "second"),
                Rule(ev.PasswordRefused, HERE, say="signin/refused", do=(OpenForm("signin"),)),
                Rule(ev.SignInLocked, "handoff/locked", keep={"wait": "wait"}, park=True),
            ),
        ),
        State(
            "second",
            buttons=(
                (Button("totp", when="has_totp"),),
                (Button("email"),),
                (Button("sms", when="has_phone"),),
            ),
            back="welcome/start",
            within=FORM_LIFE,
            rules=(
                # The other buttons are gone with the account that they were about: a tap on them is a stale one.
                login_over("email"),
                login_over(ev.StaleButton),
                Rule("totp", "totp"),
                Rule("email", "email", do=(SendCode("email", SIGNIN),)),
                Rule("sms", "sms", do=(SendCode("sms", SIGNIN),)),
            ),
        ),
        app_code("totp", SIGNIN, right=_RIGHT, back="second", rules=(login_over(ev.CodeExpired),)),
        sent_code("email", "email", SIGNIN, right=_RIGHT, back="second", rules=_LATE),
        sent_code(
            "sms",
            "sms",
            SIGNIN,
            right=_RIGHT,
            back="second",
            buttons=((Button("unavailable"),),),
            rules=(*_LATE, Rule("unavailable", "recover_phone/unavailable", park=True)),
        ),
        State(
            "entering",
            passing=True,
            rules=(Rule(ev.Done, "welcome/home", say="signin/done"),),
        ),
        State(
            "new",
            reads=form(ev.SignUpGiven, ev.SignInLocked),
            buttons=FORM_BUTTONS,
            back="welcome/start",
            within=FORM_LIFE,
            rules=(
                Rule("new_form", HERE, do=(OpenForm("signup"),)),
                Rule(ev.SignUpGiven, "new_email", do=(SendCode("email", SIGNUP),)),
                Rule(ev.SignInLocked, "handoff/locked", keep={"wait": "wait"}, park=True),
            ),
        ),
        sent_code(
            "new_email",
            "email",
            SIGNUP,
            right=Rule(ev.CodeRight, "creating", do=(CreateAccount(),)),
            back="new",
            leave=(OpenForm("signup"),),
        ),
        State(
            "creating",
            passing=True,
            rules=(
                Rule(ev.Done, "welcome/home", say="signin/created"),
                Rule(ev.Pending, "writing"),
                # The code was right, so the address is theirs: they may hear what became of it.
                Rule(ev.Refused, "welcome/start", say="signin/taken"),
            ),
        ),
        writing("welcome/home", "welcome/start", home="welcome/start", say="signin/created"),
    ),
)
