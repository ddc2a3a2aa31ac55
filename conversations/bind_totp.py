"""Setting up an authenticator app (Google 2FA), replacing it, and the codes for the day on which it is gone.

user   (taps) Set up Google 2FA
bot    First prove that it is you.  [Email code] [SMS code]
user   (taps) Email code, 314159
bot    (picture) Scan this with your authenticator app, or type the key. Then send me the six digits it shows.
user   287082
bot    Done: from now on your authenticator protects the account.  [Recovery codes]
user   (taps) Recovery codes, 081804
bot    The codes are shown on a page, once.  [Open the form]
...
user   (taps) Google 2FA, Replace
bot    Prove it with the old one, or with a recovery code.  [Google 2FA] [Recovery code]
user   (taps) Recovery code, k7f2-9qxm-...
bot    (picture) Scan this with the new app.
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import (
    BIND_TOTP,
    ENROL,
    KEEP_CODES,
    REPLACE_TOTP,
    BindTotp,
    NewTotpKey,
    OpenForm,
    ReplaceTotp,
    SendCode,
)
from conversations.engine import HERE, Button, Flow, Rule, State, code, form
from conversations.steps import (
    CODE_WAIT,
    FORM_BUTTONS,
    FORM_LIFE,
    IDLE,
    app_code,
    app_code_rules,
    recovery_code,
    sent_code,
)

_PROVED = Rule(ev.CodeRight, "scan", do=(NewTotpKey(),))
_REPLACES = Rule(ev.CodeRight, "rescan", do=(NewTotpKey(),))

BIND_TOTP_FLOW = Flow(
    "bind_totp",
    3,
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
            rules=(Rule("unavailable", "recover_phone/unavailable", park=True),),
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
            buttons=(
                (Button("keep_codes", style="primary"),),
                (Button("set_phone", when="no_phone"),),
                (Button("home"),),
                (Button("not_me", url="not_me", style="danger"),),
            ),
            rules=(
                Rule("keep_codes", "keep_codes"),
                Rule("set_phone", "bind_phone/prove"),
                Rule("home", "welcome/home"),
            ),
        ),
        State(
            "replace",
            buttons=((Button("totp"),), (Button("recovery", when="has_codes"),)),
            back="protection/totp",
            within=IDLE,
            rules=(Rule("totp", "replace_totp"), Rule("recovery", "replace_recovery")),
        ),
        app_code("replace_totp", REPLACE_TOTP, right=_REPLACES, back="replace"),
        recovery_code("replace_recovery", REPLACE_TOTP, right=_REPLACES, back="replace"),
        State(
            "rescan",
            reads=code("new_totp", BIND_TOTP),
            picture="totp_key",
            buttons=((Button("new_key"),),),
            back="protection/totp",
            within=CODE_WAIT,
            rules=(
                Rule(ev.CodeRight, "replacing", do=(ReplaceTotp(),)),
                Rule("new_key", HERE, do=(NewTotpKey(),)),
                *app_code_rules(),
            ),
        ),
        State(
            "replacing",
            passing=True,
            rules=(
                Rule(ev.Done, "done"),
                Rule(ev.Refused, "replace", say="everywhere/unproven"),
            ),
        ),
        app_code(
            "keep_codes",
            KEEP_CODES,
            right=Rule(ev.CodeRight, "codes", do=(OpenForm("codes"),)),
            back="protection/totp",
        ),
        State(
            "codes",
            reads=form(ev.CodesShown),
            buttons=FORM_BUTTONS,
            back="protection/totp",
            within=FORM_LIFE,
            rules=(
                Rule("new_form", HERE, do=(OpenForm("codes"),)),
                Rule(ev.CodesShown, "protection/totp", say="bind_totp/codes_shown"),
            ),
        ),
    ),
    private=True,
)
