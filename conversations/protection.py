"""The protections of an account: what is set, how good that is, and the way to each.

user   (taps) Account security
bot    Email a****@e****.com ✓ · Google 2FA not set · Mobile phone not set · Trading password not set · Login password ✓
       Weak: ... Two good combinations: ...
user   (taps) Mobile phone
bot    No phone is bound yet.  [Set]
...    or, once one is:  [Change]
user   (taps) Your phrase, and writes it in the form
bot    Done: "blue heron" stands in every email and SMS of ours.
"""

from __future__ import annotations

from conversations import events as ev
from conversations.change_phone import ASK
from conversations.effects import OpenForm, SetPhrase
from conversations.engine import HERE, Button, Flow, Rule, State, form
from conversations.everywhere import CANCEL
from conversations.steps import FORM_BUTTONS, FORM_LIFE

PROTECTION = Flow(
    "protection",
    3,
    (
        State(
            "overview",
            back="welcome/home",
            buttons=(
                (Button("set_totp", when="no_totp"), Button("totp", when="has_totp")),
                (Button("phone"),),
                (Button("set_trading", when="no_trading"), Button("trading", when="has_trading")),
                (Button("email"), Button("phrase")),
                (Button("your_data"),),
            ),
            rules=(
                Rule("set_totp", "bind_totp/prove"),
                Rule("totp", "totp"),
                Rule("phone", "phone"),
                Rule("set_trading", "trading_password/prove"),
                Rule("trading", "trading_password/prove"),
                Rule("email", "bind_email/prove"),
                Rule("phrase", "phrase", do=(OpenForm("phrase"),)),
                Rule("your_data", "your_data/prove"),
                Rule(CANCEL, "welcome/home"),
            ),
        ),
        State(
            "phone",
            back="overview",
            buttons=(
                (Button("set_phone", when="no_phone", style="primary"),),
                (Button("change_phone", when="has_phone", style="primary"),),
            ),
            rules=(
                Rule("set_phone", "bind_phone/country", when="may_enter_number"),
                Rule("set_phone", "bind_phone/prove"),
                Rule("change_phone", "change_phone/asked", do=(ASK,)),
                Rule(CANCEL, "welcome/home"),
            ),
        ),
        State(
            "totp",
            back="overview",
            buttons=((Button("replace_totp"),), (Button("keep_codes"),)),
            rules=(
                Rule("replace_totp", "bind_totp/replace"),
                Rule("keep_codes", "bind_totp/keep_codes"),
                Rule(CANCEL, "welcome/home"),
            ),
        ),
        State(
            "phrase",
            reads=form(ev.SecretGiven),
            buttons=FORM_BUTTONS,
            back="overview",
            within=FORM_LIFE,
            rules=(
                Rule("new_form", HERE, do=(OpenForm("phrase"),)),
                Rule(ev.SecretGiven, "overview", say="protection/phrase_set", do=(SetPhrase(),)),
            ),
        ),
    ),
    private=True,
)
