"""Setting up an authenticator app (Google 2FA).

user   (taps) Set up Google 2FA
bot    First prove that it is you.  [Email code] [SMS code]
user   (taps) Email code, 314159
bot    (picture) Scan this with your authenticator app, or type the key. Then send me the six digits it shows.
user   287082
bot    Done: from now on your authenticator protects the account.
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import BIND_TOTP, ENROL, BindTotp, NewTotpKey, SendCode
from conversations.engine import HERE, Button, Flow, Rule, State, code
from conversations.steps import CODE_WAIT, IDLE, app_code_rules, sent_code

_PROVED = Rule(ev.CodeRight, "scan", do=(NewTotpKey(),))

BIND_TOTP_FLOW = Flow(
    "bind_totp",
    1,
    (
        State(
            "prove",
            buttons=((Button("email"),), (Button("sms", when="has_phone"),)),
            back="protection/overview",
            within=IDLE,
            rules=(
                Rule("email", "prove_email", do=(SendCode("email", ENROL),)),
                Rule("sms", "prove_sms", do=(SendCode("sms", ENROL),)),
            ),
        ),
        sent_code("prove_email", "email", ENROL, right=_PROVED, back="prove"),
        sent_code(
            "prove_sms",
            "sms",
            ENROL,
            right=_PROVED,
            back="prove",
            buttons=((Button("unavailable"),),),
            rules=(Rule("unavailable", "handoff/unavailable", park=True),),
        ),
        State(
            "scan",
            reads=code("new_totp", BIND_TOTP),
            picture="totp_key",
            buttons=((Button("new_key", when="no_totp"),),),
            back="protection/overview",
            within=CODE_WAIT,
            rules=(
                Rule(ev.CodeRight, "binding", do=(BindTotp(),)),
                Rule("new_key", HERE, do=(NewTotpKey(),)),
                *app_code_rules(),
            ),
        ),
        State(
            "binding",
            passing=True,
            rules=(
                Rule(ev.Done, "done"),
                Rule(ev.Refused, "protection/overview", say="bind_totp/refused"),
            ),
        ),
        State(
            "done",
            root=True,
            buttons=((Button("set_phone", when="no_phone"),), (Button("home"),)),
            rules=(Rule("set_phone", "bind_phone/prove"), Rule("home", "welcome/home")),
        ),
    ),
    private=True,
)
