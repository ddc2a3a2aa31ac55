"""A human takes over: the person's side of a ticket.

user   (taps) Talk to a person
bot    What is it about?  [My phone number] [A code that does not arrive] [Signing in] [Something else]
user   (taps) A code that does not arrive
bot    Ticket 1042 is open. Write what happened; pictures, files and voice messages reach the agent too.
user   I have waited for an hour
agent  Which operator are you with?
bot    Which operator are you with?
user   (taps) Back to where I was
"""

from __future__ import annotations

from conversations import events as ev
from conversations.effects import CloseTicket, OpenTicket, RelayMessage
from conversations.engine import HERE, MESSAGE, QUIET, RESUME, Button, Flow, Rule, State
from conversations.everywhere import PERSON, menu
from conversations.own_tickets import OWN_TICKETS, REOPEN


def _open(reason: str) -> tuple[Rule, Rule]:
    """A person is asked for where it is known already what it is about."""
    return (
        Rule(PERSON, "talk", put={"reason": reason}, do=(OpenTicket(),)),
        Rule("/person", "talk", put={"reason": reason}, do=(OpenTicket(),)),
    )


HANDOFF = Flow(
    "handoff",
    3,
    (
        State(
            "reason",
            buttons=((Button("reason", each="reasons"),),),
            rules=(
                Rule("reason", "talk", keep={"reason": "arg"}, do=(OpenTicket(),)),
                Rule("back", RESUME),
                # Whoever is asked this has said that it is something new.
                Rule(PERSON, HERE),
                Rule("/person", HERE),
            ),
        ),
        State(
            "locked",
            buttons=((Button(PERSON, style="primary"),), (Button("home"),)),
            rules=(*_open("locked"), *menu("home")),
        ),
        State(
            "talk",
            reads=MESSAGE,
            buttons=((Button("resume"),), (Button("close_ticket", when="not_in_review"),)),
            rules=(
                Rule(ev.TicketOpened, QUIET),
                Rule(ev.MessageGiven, QUIET, when="ticket_open", do=(RelayMessage(),)),
                # It was solved while they were looking elsewhere.
                Rule(ev.MessageGiven, "reopening", when="solved_lately", do=REOPEN),
                Rule(ev.MessageGiven, "reason", say="handoff/over"),
                Rule(ev.AgentWrote, QUIET),
                *menu(ev.TicketClosed, "handoff/closed"),
                Rule("close_ticket", HERE, do=(CloseTicket(),)),
                Rule("resume", RESUME),
                Rule("/cancel", RESUME),
                Rule(ev.SentTo, RESUME, when="to_resume", say="handoff/resumed"),
            ),
        ),
        *OWN_TICKETS,
    ),
)
