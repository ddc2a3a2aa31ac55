"""The two menus, and what can be looked up without an account.

user   /start
bot    Hello! I look after the phone number of your account.  [Sign in] [Create account] ...
user   (taps) Served countries
bot    SMS codes reach 221 countries and territories. Type a country to check it.
user   ivory
bot    🇨🇮 Côte d'Ivoire (+225): yes, SMS codes arrive there.
user   (taps) Back
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import OpenForm, OpenRecovery, SetLanguage, SignOut
from conversations.engine import COUNTRY, HERE, RESUME, Button, Flow, Rule, State

_LOOK_UP = (
    (Button("countries"), Button("language")),
    (Button("my_recovery", when="recovering"),),
    (Button("my_ticket", when="ticket_open"), Button("my_tickets", when="has_tickets")),
)
_LOOK_UP_RULES = (
    Rule("countries", "countries"),
    Rule("language", "language", park=True),
    Rule("my_recovery", "recover_phone/asked", do=(OpenRecovery(),)),
    Rule("my_ticket", "handoff/talk", park=True),
    Rule("my_tickets", "handoff/tickets", park=True),
    # What is written here may be about a ticket that was solved: it is asked about before anybody reads it.
    Rule(
        ev.Unrecognised,
        "handoff/same",
        when="left_over",
        keep={"words": "words", "message": "message"},
        park=True,
    ),
)

WELCOME = Flow(
    "welcome",
    4,
    (
        State(
            "start",
            root=True,
            buttons=((Button("signin", style="primary"),), (Button("signup"),), *_LOOK_UP),
            rules=(
                Rule("/start", "home", when="signed_in"),
                Rule("/start", HERE),
                Rule("signin", "signin/form", do=(OpenForm("signin"),)),
                Rule("signup", "signin/new", do=(OpenForm("signup"),)),
                # The account that was asked for is there, and this chat is signed in to it.
                Rule(ev.Written, "home", when="signed_in", say="signin/created"),
                Rule(ev.Written, HERE, say="everywhere/written"),
                *_LOOK_UP_RULES,
            ),
        ),
        State(
            "home",
            root=True,
            private=True,
            buttons=((Button("security", style="primary"),), *_LOOK_UP, (Button("signout"),)),
            rules=(
                Rule("/start", HERE),
                Rule("security", "protection/overview"),
                Rule("signout", "start", say="signin/signed_out", do=(SignOut(),)),
                *_LOOK_UP_RULES,
                Rule(ev.Done, HERE, say="signin/done"),
            ),
        ),
        State(
            "countries",
            reads=COUNTRY,
            buttons=((Button("country", each="countries"),), (Button("page", each="pages"),)),
            rules=(
                Rule("page", HERE, keep={"page": "arg"}),
                Rule("back", "home", when="signed_in"),
                Rule("back", "start"),
                Rule(ev.CountryGiven, HERE, say="country/served"),
                Rule(ev.CountryUnserved, HERE, say="country/unserved"),
                Rule(ev.CountrySeveral, HERE, say="country/several"),
                Rule(ev.CountryUnknown, HERE, say="country/unknown"),
                Rule(ev.NumberGiven, HERE, say="country/of_number"),
                Rule(ev.NumberDoubtful, HERE, say="country/of_number"),
            ),
        ),
        State(
            "language",
            buttons=((Button("set_language", each="languages"),),),
            rules=(
                Rule("/language", HERE),
                Rule("set_language", RESUME, say="everywhere/language", do=(SetLanguage(),)),
                Rule("back", RESUME),
            ),
        ),
    ),
)
