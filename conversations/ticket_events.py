"""What can happen to a person's ticket; these are events like all others (``conversations/events.py``)."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.event import Event

STEPS = ("security", "phone", "change", "totp", "recovery", "signin", "menu", "resume")
"""Where an agent can send a person."""


@dataclass(frozen=True, slots=True)
class TicketOpened(Event):
    """The ticket exists; ``ticket`` is its number."""

    ticket: int = 0


@dataclass(frozen=True, slots=True)
class TicketSeen(Event):
    """A ticket of the person's was looked up; it ``stands`` as ``live``, ``solved`` or ``closed``, or is ``gone``."""

    stands: str = "gone"


@dataclass(frozen=True, slots=True)
class NotSolved(Event):
    """The person says, below a message of ours, that what they had asked in this ``ticket`` is not solved."""

    ticket: int = 0


@dataclass(frozen=True, slots=True)
class Replied(Event):
    """A message of any kind that answers one of this ``ticket``, written where the bot does not listen for it."""

    ticket: int = 0


@dataclass(frozen=True, slots=True)
class ToTicket(Event):
    """The person wants to answer what they were asked in their open ticket."""


@dataclass(frozen=True, slots=True)
class AgentWrote(Event):
    """An agent's message for the person was passed on."""

    ticket: int = 0


@dataclass(frozen=True, slots=True)
class SentTo(Event):
    """An agent sends the person to a step, where the bot goes on with them; the ticket stays open.

    ``step`` is one of :data:`STEPS`; ``resume`` is where the person was before they came to the ticket.
    """

    step: str


@dataclass(frozen=True, slots=True)
class TicketClosed(Event):
    """An agent, or the person, closed the ticket; with ``ask`` the person is asked how the help was.

    It can be opened again ``until`` that moment (epoch milliseconds).
    """

    ticket: int = 0
    ask: bool = False
    until: int = 0
