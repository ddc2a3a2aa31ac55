"""Changing the email address: a code to the old one, then a code to the new one.

user   (taps) Email
bot    Your address is a****@e****.com. To change it, I send a code there first.  [Send code]
user   (taps) Send code, 314159
bot    What is the new address?
user   ann@example.net
bot    A code is on its way to a****@e****.net.
user   271828
bot    Done: a****@e****.net is the address of your account now.
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import CHANGE_EMAIL, NEW_EMAIL, ChangeEmail, RevokeCodes, SendCode
from conversations.engine import ADDRESS, HERE, Button, Flow, Rule, State
from conversations.steps import IDLE, pending, sent_code, writing

_ADDRESS_GIVEN = Rule(
    ev.AddressGiven,
    "new",
    keep={"address": "address"},
    # A code that went to another address is worth nothing for this one.
    do=(RevokeCodes(NEW_EMAIL), SendCode("email", NEW_EMAIL)),
)

BIND_EMAIL_FLOW = Flow(
    "bind_email",
    2,
    (
        State(
            "prove",
            buttons=((Button("send", style="primary"),),),
            back="protection/overview",
            within=IDLE,
            rules=(Rule("send", "old", do=(SendCode("email", CHANGE_EMAIL),)),),
        ),
        sent_code("old", "email", CHANGE_EMAIL, right=Rule(ev.CodeRight, "address"), back="prove"),
        State(
            "address",
            reads=ADDRESS,
            back="protection/overview",
            within=IDLE,
            rules=(_ADDRESS_GIVEN, Rule(ev.AddressBad, HERE, say="bind_email/bad")),
        ),
        sent_code(
            "new",
            "email",
            NEW_EMAIL,
            right=Rule(ev.CodeRight, "changing", do=(ChangeEmail(),)),
            back="address",
            buttons=((Button("other_address"),),),
            rules=(
                Rule("other_address", "address", drop=("address",), do=(RevokeCodes(NEW_EMAIL),)),
                Rule(ev.CodeRefused, "prove", when="unproven", say="everywhere/unproven"),
            ),
        ),
        State(
            "changing",
            passing=True,
            rules=(
                Rule(ev.Done, "done"),
                *pending("protection/overview"),
                Rule(ev.Refused, "address", when="taken", say="bind_email/taken"),
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
