"""Changing the phone of an account while its owner can still prove themselves.

user   (taps) Change
bot    First prove that it is you.  [SMS to the old phone] [Email code and Google 2FA]
user   (taps) SMS to the old phone, 314159
bot    Which country is your new number from?
user   uk, 07400 654321
bot    I read +44 ****21. Send a code there?  [Send code]
user   (taps) Send code
sms    271828 is your code to take this phone for ...
user   271828
bot    Done: +44 ****21 protects your account now. Withdrawals and P2P selling are locked until tomorrow, 09:05.
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import (
    CHANGE,
    CHANGE_PHONE,
    AskChange,
    ChangePhone,
    EndOtherSessions,
    RevokeCodes,
    SendCode,
)
from conversations.engine import HERE, Button, Flow, Rule, State
from conversations.steps import IDLE, number_entry, pair_code, pending, sent_code, writing

ASK = AskChange()
"""What leads into the flow carries this effect: ``change_phone/asked`` goes on with what comes of it."""
_PROVED = Rule(ev.CodeRight, "country")
_FORGET = ("number", "home", "reason")

CHANGE_PHONE_FLOW = Flow(
    "change_phone",
    3,
    (
        State(
            "asked",
            passing=True,
            rules=(
                Rule(ev.Done, "prove"),
                Rule(ev.Refused, "protection/phone", say="change_phone/limit"),
            ),
        ),
        State(
            "prove",
            buttons=((Button("sms"),), (Button("pair", when="has_totp"),), (Button("unavailable"),)),
            back="protection/phone",
            within=IDLE,
            rules=(
                Rule("sms", "prove_sms", do=(SendCode("sms", CHANGE),)),
                Rule("pair", "prove_pair", do=(SendCode("email", CHANGE),)),
                Rule("unavailable", "recover_phone/unavailable", park=True),
            ),
        ),
        sent_code("prove_sms", "sms", CHANGE, right=_PROVED, back="prove"),
        pair_code("prove_pair", CHANGE, right=_PROVED, back="prove"),
        *number_entry(CHANGE_PHONE, first="protection/phone", sent="sms"),
        sent_code(
            "sms",
            "sms",
            CHANGE_PHONE,
            right=Rule(ev.CodeRight, "changing", do=(ChangePhone(),)),
            back="confirm",
            buttons=((Button("other_number"),),),
            rules=(
                Rule("other_number", "number", drop=_FORGET, do=(RevokeCodes(CHANGE_PHONE),)),
                Rule(ev.CodeRefused, "prove", when="unproven", say="everywhere/unproven"),
            ),
        ),
        State(
            "changing",
            passing=True,
            rules=(
                Rule(ev.Done, "done"),
                *pending("protection/phone"),
                Rule(ev.Refused, "number", when="taken", say="bind_phone/taken", drop=_FORGET),
                Rule(ev.Refused, "prove", say="everywhere/unproven"),
            ),
        ),
        writing("done", "protection/phone"),
        State(
            "done",
            root=True,
            buttons=(
                (Button("home", style="primary"),),
                (Button("end_others", when="others"),),
                (Button("set_totp", when="no_totp"),),
                (Button("not_me", url="not_me", style="danger"),),
            ),
            rules=(
                Rule("home", "welcome/home"),
                Rule("end_others", HERE, say="change_phone/others_ended", do=(EndOtherSessions(),)),
                Rule("set_totp", "bind_totp/prove"),
            ),
        ),
    ),
    private=True,
)
