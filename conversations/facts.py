"""What a guard may look at.

``Facts`` are read from the database at the start of a turn and never change within it. ``GUARDS`` names every
condition that a rule or a button may carry; a guard sees the facts, the snapshot's data and the event, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from conversations.events import CodeRefused, Event, Refused, SentTo, TicketSeen, Unrecognised

Value = str | int
Data = Mapping[str, Value]


class Facts(NamedTuple):
    """The person's standing at the start of the turn.

    ``signed_in`` is a live session. The facts of the account are those of the signed-in one or, between the password
    and the second check, of the one whose password was accepted; ``known`` says that there is one. ``proved`` says
    that a factor of this account was proved for adding a protection so lately that nobody need prove it again: within
    the idle limit (5 minutes, security.md, recommended defaults). ``others`` says that the account is signed in to from
    other chats too; ``has_trading``, ``has_codes`` and ``has_phrase`` that it has a trading password, unused recovery
    codes and an anti-phishing phrase.
    ``erasing`` says that the account's data are going to be erased.
    ``recovery`` is how the recovery of the account stands that this chat has under way (``bot/domain/recovery.py``);
    ``shown`` names the factors shown for it, ``can_show`` those that still can be, separated by blanks.
    ``has_tickets`` says that there are tickets which the person may look at, ``solved_lately`` that one of them can be
    opened again.
    """

    signed_in: bool = False
    known: bool = False
    has_phone: bool = False
    has_totp: bool = False
    proved: bool = False
    ticket_open: bool = False
    others: bool = False
    has_trading: bool = False
    has_codes: bool = False
    has_phrase: bool = False
    erasing: bool = False
    recovery: str = ""
    shown: str = ""
    can_show: str = ""
    has_tickets: bool = False
    solved_lately: bool = False


Guard = Callable[[Facts, Data, Event], bool]


def _refused(reason: str) -> Guard:
    return lambda _facts, _data, event: isinstance(event, Refused) and event.reason == reason


def _stands(*status: str) -> Guard:
    return lambda facts, _data, _event: facts.recovery in status


def _can_show(factor: str) -> Guard:
    return lambda facts, _data, _event: factor in facts.can_show.split()


_CASE = ("identity", "again", "review", "approved")
"""How a recovery stands that can be gone on with."""
_NOT_LEFT_OVER = ("command", "edit", "forward", "contact")
"""What nobody writes about a ticket that was solved."""


def _seen(stands: str) -> Guard:
    return lambda _facts, _data, event: isinstance(event, TicketSeen) and event.stands == stands


def _sent_to(*steps: str, when: Callable[[Facts], bool]) -> Guard:
    return lambda facts, _data, event: isinstance(event, SentTo) and event.step in steps and when(facts)


GUARDS: dict[str, Guard] = {
    "signed_in": lambda facts, _data, _event: facts.signed_in,
    "login_over": lambda facts, _data, _event: not facts.known,
    "has_phone": lambda facts, _data, _event: facts.has_phone,
    "no_phone": lambda facts, _data, _event: not facts.has_phone,
    "has_totp": lambda facts, _data, _event: facts.has_totp,
    "no_totp": lambda facts, _data, _event: not facts.has_totp,
    "proved": lambda facts, _data, _event: facts.proved,
    "ticket_open": lambda facts, _data, _event: facts.ticket_open,
    "code_waiting": lambda _facts, _data, event: isinstance(event, CodeRefused) and event.reason == "cooldown",
    "unproven": lambda _facts, _data, event: isinstance(event, CodeRefused) and event.reason == "unproven",
    "others": lambda facts, _data, _event: facts.others,
    "has_trading": lambda facts, _data, _event: facts.has_trading,
    "no_trading": lambda facts, _data, _event: not facts.has_trading,
    "erasing": lambda facts, _data, _event: facts.erasing,
    "not_erasing": lambda facts, _data, _event: not facts.erasing,
    "has_codes": lambda facts, _data, _event: facts.has_codes,
    "may_enter_number": lambda facts, _data, _event: facts.proved and not facts.has_phone,
    "signed_out": lambda facts, _data, _event: not facts.signed_in,
    "taken": _refused("taken"),
    "already": _refused("already"),
    "limit": _refused("limit"),
    "busy": _refused("busy"),
    "more": _refused("more"),
    "login_gone": _refused("unproven"),
    "late": _refused("late"),
    "recovering": _stands(*_CASE),
    "to_identify": _stands("identity"),
    "picture_again": _stands("again"),
    "in_review": _stands("review"),
    "not_in_review": lambda facts, _data, _event: facts.recovery != "review",
    "approved": _stands("approved"),
    "to_resume": _sent_to("resume", when=lambda _facts: True),
    "to_security": _sent_to("security", when=lambda facts: facts.signed_in),
    "to_change": _sent_to("change", when=lambda facts: facts.signed_in and facts.has_phone),
    "to_phone": _sent_to("phone", "change", when=lambda facts: facts.signed_in),
    "to_totp": _sent_to("totp", when=lambda facts: facts.signed_in and not facts.has_totp),
    "to_own_totp": _sent_to("totp", when=lambda facts: facts.signed_in),
    "to_case": _sent_to("recovery", when=lambda facts: facts.recovery in _CASE),
    "to_recovery": _sent_to("recovery", when=lambda facts: facts.signed_in and facts.has_phone),
    "to_signin": _sent_to(
        "signin", "security", "phone", "change", "totp", "recovery", when=lambda facts: not facts.signed_in
    ),
    "has_tickets": lambda facts, _data, _event: facts.has_tickets,
    "solved_lately": lambda facts, _data, _event: facts.solved_lately and not facts.ticket_open,
    "no_ticket_open": lambda facts, _data, _event: not facts.ticket_open,
    "left_over": lambda facts, _data, event: (
        facts.solved_lately
        and not facts.ticket_open
        and isinstance(event, Unrecognised)
        and event.kind not in _NOT_LEFT_OVER
    ),
    "seen_live": _seen("live"),
    "seen_solved": _seen("solved"),
    "seen_closed": _seen("closed"),
    "can_show_email": _can_show("email"),
    "can_show_totp": _can_show("totp"),
    "can_show_recovery": _can_show("recovery"),
    "can_show_trading": _can_show("trading"),
    "only_email": lambda facts, _data, _event: facts.shown == "email",
}
