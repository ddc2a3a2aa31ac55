"""Binding a phone to an account that has none.

user   (taps) Set
bot    First prove that it is you.  [Google 2FA] [Email code]
user   (taps) Email code, 314159
bot    Which country is your number from?
user   uk
bot    Your number in 🇬🇧 United Kingdom (+44)?
user   07400 123456
bot    I read +44 ****56. Send a code there?  [Send code]
user   (taps) Send code
sms    271828 is your code to bind this phone ...
user   271828
bot    The number is yours. Bind it?  [Activate]
user   (taps) Activate
bot    Done: +44 ****56 now protects your account.
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import BIND_PHONE, ENROL, BindPhone, RevokeCodes, SendCode
from conversations.engine import Button, Flow, Rule, State
from conversations.steps import IDLE, app_code, number_entry, pending, sent_code, writing

_PROVED = Rule(ev.CodeRight, "country")

BIND_PHONE_FLOW = Flow(
    "bind_phone",
    3,
    (
        State(
            "prove",
            buttons=((Button("totp", when="has_totp"),), (Button("email"),)),
            back="protection/phone",
            within=IDLE,
            rules=(Rule("totp", "prove_totp"), Rule("email", "prove_email", do=(SendCode("email", ENROL),))),
        ),
        app_code("prove_totp", ENROL, right=_PROVED, back="prove"),
        sent_code("prove_email", "email", ENROL, right=_PROVED, back="prove"),
        *number_entry(BIND_PHONE, first="protection/phone", sent="sms"),
        sent_code(
            "sms",
            "sms",
            BIND_PHONE,
            right=Rule(ev.CodeRight, "activate"),
            back="confirm",
            buttons=((Button("other_number"),),),
            rules=(
                Rule("other_number", "number", drop=("number", "home", "reason"), do=(RevokeCodes(BIND_PHONE),)),
                Rule(ev.CodeRefused, "prove", when="unproven", say="everywhere/unproven"),
            ),
        ),
        State(
            "activate",
            buttons=((Button("activate", style="success"),),),
            back="number",
            within=IDLE,
            rules=(Rule("activate", "binding", do=(BindPhone(),)),),
        ),
        State(
            "binding",
            passing=True,
            rules=(
                Rule(ev.Done, "done"),
                *pending("protection/phone"),
                Rule(ev.Refused, "number", when="taken", say="bind_phone/taken", drop=("number", "home", "reason")),
                Rule(ev.Refused, "protection/phone", when="already", say="bind_phone/already"),
                Rule(ev.Refused, "prove", say="everywhere/unproven"),
            ),
        ),
        writing("done", "protection/phone"),
        State(
            "done",
            root=True,
            buttons=(
                (Button("set_totp", when="no_totp"),),
                (Button("home"),),
                (Button("not_me", url="not_me", style="danger"),),
            ),
            rules=(Rule("set_totp", "bind_totp/prove"), Rule("home", "welcome/home")),
        ),
    ),
    private=True,
)
