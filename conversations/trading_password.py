"""The trading password: set, or changed, in the one-time form.

user   (taps) Set up trading password
bot    First prove that it is you.  [Google 2FA] [Email code] [SMS code]
user   (taps) Email code, 314159
bot    A password never goes into a chat. Open the form: it is yours alone, for ten minutes.  [Open the form]
form   the new password, twice; the present one first, where there is one
bot    Done: the trading password is set.
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import TRADING, OpenForm, SetTradingPassword
from conversations.engine import HERE, Button, Flow, Rule, State, form
from conversations.steps import FORM_BUTTONS, FORM_LIFE, pending, proof, writing

_PROVED = Rule(ev.CodeRight, "form", do=(OpenForm("trading"),))

TRADING_PASSWORD_FLOW = Flow(
    "trading_password",
    2,
    (
        *proof(TRADING, right=_PROVED),
        State(
            "form",
            reads=form(ev.SecretGiven, ev.PasswordRefused, ev.SignInLocked),
            buttons=FORM_BUTTONS,
            back="protection/overview",
            within=FORM_LIFE,
            rules=(
                Rule("new_form", HERE, do=(OpenForm("trading"),)),
                Rule(ev.SecretGiven, "saving", do=(SetTradingPassword(),)),
                Rule(ev.PasswordRefused, HERE, say="trading_password/wrong", do=(OpenForm("trading"),)),
                Rule(ev.SignInLocked, "handoff/locked", keep={"wait": "wait"}, park=True),
            ),
        ),
        State(
            "saving",
            passing=True,
            rules=(
                Rule(ev.Done, "done"),
                *pending("protection/overview"),
                Rule(ev.Refused, "prove", say="everywhere/unproven"),
            ),
        ),
        writing("done", "protection/overview"),
        State(
            "done",
            root=True,
            buttons=((Button("security", style="primary"),), (Button("not_me", url="not_me", style="danger"),)),
            rules=(Rule("security", "protection/overview"),),
        ),
    ),
    private=True,
)
