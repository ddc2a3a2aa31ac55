"""A person's own tickets: which there are, how each stands, and what can be done about it.

user   (taps) My tickets
bot    1042 My phone number: we wait for you; 1007 Signing in: solved on 5 January  [1042] [1007]
user   (taps) 1007
bot    Ticket 1007, about signing in. Solved on 5 January; it can be opened again until 12 January.  [It is not solved]
user   (taps) It is not solved
bot    Ticket 1007 is open again. Write what is left.
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import CloseTicket, LookAtTicket, OpenTicket, ReopenTicket
from conversations.engine import HERE, RESUME, Button, Rule, State

LOOK = (LookAtTicket(),)
REOPEN = (ReopenTicket(),)
_MY_TICKET = Rule("my_ticket", "handoff/talk", park=True)

OWN_TICKETS = (
    State(
        "same",
        buttons=((Button("same", style="primary"),), (Button("something_new"),)),
        rules=(
            Rule("same", "reopening", do=REOPEN),
            Rule("something_new", "reason"),
            Rule("back", RESUME),
        ),
    ),
    State(
        "reopening",
        passing=True,
        rules=(
            Rule(ev.TicketOpened, "talk", say="handoff/open_again", drop=("words", "message")),
            Rule(ev.Refused, "talk", when="busy", say="handoff/other_open"),
            Rule(ev.Refused, "of_closed", when="late", say="handoff/too_late"),
            Rule(ev.Refused, "tickets", say="everywhere/stale"),
        ),
    ),
    State(
        "tickets",
        buttons=((Button("ticket", each="tickets"),), (Button("page", each="ticket_pages"),)),
        rules=(
            Rule("ticket", "looking", keep={"ticket": "arg"}, do=LOOK),
            Rule("page", HERE, keep={"page": "arg"}),
            Rule("back", RESUME),
        ),
    ),
    State(
        "looking",
        passing=True,
        rules=(
            Rule(ev.TicketSeen, "of_live", when="seen_live"),
            Rule(ev.TicketSeen, "of_solved", when="seen_solved"),
            Rule(ev.TicketSeen, "of_closed", when="seen_closed"),
            Rule(ev.TicketSeen, "tickets", say="everywhere/stale"),
        ),
    ),
    # Which page it is says how the ticket stood when it was looked at; what is done about it looks again.
    State(
        "of_live",
        buttons=((Button("add", style="primary"),), (Button("close_ticket", when="not_in_review"),)),
        back="tickets",
        rules=(
            Rule("add", "handoff/talk", when="ticket_open", park=True),
            Rule("add", "looking", do=LOOK),
            Rule("close_ticket", HERE, do=(CloseTicket(),)),
            Rule(ev.TicketClosed, "looking", say="handoff/closed", do=LOOK),
        ),
    ),
    State(
        "of_solved",
        buttons=(
            (Button("not_solved", when="no_ticket_open", style="primary"),),
            (Button("my_ticket", when="ticket_open"),),
        ),
        back="tickets",
        rules=(Rule("not_solved", "reopening", do=REOPEN), _MY_TICKET),
    ),
    State(
        "of_closed",
        buttons=(
            (Button("ask_again", when="no_ticket_open", style="primary"),),
            (Button("my_ticket", when="ticket_open"),),
        ),
        back="tickets",
        rules=(Rule("ask_again", "talk", do=(OpenTicket(again=True),)), _MY_TICKET),
    ),
)
