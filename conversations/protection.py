"""The protections of an account: what is set, and the way to each.

user   (taps) Account security
bot    Email  a****@e****.com ✓ · Google 2FA  not set · Mobile phone  not set ...
user   (taps) Mobile phone
bot    No phone is bound yet.  [Set]
...    or, once one is:  [Change]
"""

from __future__ import annotations

from conversations.change_phone import ASK
from conversations.engine import Button, Flow, Rule, State
from conversations.everywhere import CANCEL

PROTECTION = Flow(
    "protection",
    2,
    (
        State(
            "overview",
            back="welcome/home",
            buttons=((Button("phone"),), (Button("set_totp", when="no_totp"),)),
            rules=(
                Rule("phone", "phone"),
                Rule("set_totp", "bind_totp/prove"),
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
    ),
    private=True,
)
