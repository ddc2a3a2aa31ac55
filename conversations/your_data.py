"""A person's data: having them, and having them erased.

user   (taps) Account security, then Your data
bot    First prove that it is you.  [Google 2FA] [Email code] [SMS code]
user   (taps) Email code, 314159
bot    You can have everything that we hold about you, or have it erased.  [Get my data] [Erase my data]
user   (taps) Erase my data
bot    Everything goes, in three days. What the law wants kept is named.  [Erase my data]
user   (taps) Erase my data
bot    Your data will be erased on 1 December. Until then you can change your mind.  [Keep my data]
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import DATA, AskErasure, OpenForm, WithdrawErasure
from conversations.engine import HERE, Button, Flow, Rule, State, form
from conversations.steps import FORM_BUTTONS, FORM_LIFE, IDLE, proof

_PROVED = Rule(ev.CodeRight, "page")

YOUR_DATA_FLOW = Flow(
    "your_data",
    1,
    (
        *proof(DATA, right=_PROVED),
        State(
            "page",
            buttons=(
                (Button("get_data", style="primary"),),
                (Button("erase", when="not_erasing"), Button("keep_data", when="erasing")),
            ),
            back="protection/overview",
            within=IDLE,
            rules=(
                Rule("get_data", "form", do=(OpenForm("data"),)),
                Rule("erase", "sure"),
                Rule("keep_data", HERE, say="your_data/kept", do=(WithdrawErasure(),)),
            ),
        ),
        State(
            "form",
            reads=form(ev.DataTaken),
            buttons=FORM_BUTTONS,
            back="page",
            within=FORM_LIFE,
            rules=(
                Rule("new_form", HERE, do=(OpenForm("data"),)),
                Rule(ev.DataTaken, "page", say="your_data/taken"),
            ),
        ),
        State(
            "sure",
            buttons=((Button("erase", style="danger"),),),
            back="page",
            within=IDLE,
            rules=(Rule("erase", "asking", do=(AskErasure(),)),),
        ),
        State(
            "asking",
            passing=True,
            rules=(
                Rule(ev.Done, "asked"),
                Rule(ev.Refused, "prove", when="login_gone", say="everywhere/unproven"),
                Rule(ev.Refused, "page", say="your_data/refused"),
            ),
        ),
        State(
            "asked",
            root=True,
            buttons=((Button("keep_data", style="primary"),), (Button("security"),)),
            rules=(
                Rule("keep_data", "protection/overview", say="your_data/kept", do=(WithdrawErasure(),)),
                Rule("security", "protection/overview"),
            ),
        ),
    ),
    private=True,
)
