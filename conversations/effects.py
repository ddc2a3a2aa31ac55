"""What a flow can ask for.

An effect is data: ``bot/apply.py`` carries it out inside the turn's transaction. ``outcomes`` lists the events that
may come back within the same turn; the state that a rule leads to must handle each of them. An effect without
outcomes always succeeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from conversations.events import CodeRefused, CodeSent, Done, Event, Refused, TicketClosed, TicketOpened

Channel = Literal["sms", "email", "totp", "new_totp"]

SIGNIN = "signin"
"""Purpose of a code that completes a sign-in."""
SIGNUP = "signup"
"""Purpose of the code that proves the address of a new account."""
ENROL = "enrol"
"""Purpose of the check before a protection is added: phone or authenticator."""
BIND_PHONE = "bind_phone"
"""Purpose of the code that proves a new phone number."""
BIND_TOTP = "bind_totp"
"""Purpose of the first code of a new authenticator."""

PURPOSES = (SIGNIN, SIGNUP, ENROL, BIND_PHONE, BIND_TOTP)


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be carried out; never used itself."""

    outcomes: ClassVar[tuple[type[Event], ...]] = ()


@dataclass(frozen=True, slots=True)
class SendCode(Effect):
    """Make a code for ``purpose`` and send it, unless a limit forbids.

    By SMS it goes to the number in the flow's data when the purpose is to prove that number, else to the number bound
    to the account; by email to the address of the account or of the sign-up. Any earlier code for the purpose dies.
    """

    channel: Literal["sms", "email"]
    purpose: str
    outcomes: ClassVar[tuple[type[Event], ...]] = (CodeSent, CodeRefused)


@dataclass(frozen=True, slots=True)
class RevokeCodes(Effect):
    """Kill the live codes of this chat; failures stay counted. An empty purpose means every purpose."""

    purpose: str = ""


@dataclass(frozen=True, slots=True)
class OpenForm(Effect):
    """Make a one-time form of ``kind`` for this person and this step; its address is shown by the screen."""

    kind: Literal["signin", "signup"]


@dataclass(frozen=True, slots=True)
class SignIn(Effect):
    """Begin a session for the account whose password (``password``) or deep link (``link``) was accepted.

    Asked for in the turn in which the right code or the link came, so that there is nothing left to refuse.
    """

    via: Literal["password", "link"]
    outcomes: ClassVar[tuple[type[Event], ...]] = (Done,)


@dataclass(frozen=True, slots=True)
class SignOut(Effect):
    """End the person's session."""


@dataclass(frozen=True, slots=True)
class CreateAccount(Effect):
    """Make the account of the proven sign-up and begin a session for it."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused)


@dataclass(frozen=True, slots=True)
class NewTotpKey(Effect):
    """Make a fresh authenticator key for the account; it counts only once its first code was right."""


@dataclass(frozen=True, slots=True)
class BindTotp(Effect):
    """Turn the new key into the account's authenticator; needs a proved factor and the key's accepted first code."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused)


@dataclass(frozen=True, slots=True)
class BindPhone(Effect):
    """Bind the number of the accepted code; needs a proved factor and exactly that code, and consumes both."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused)


@dataclass(frozen=True, slots=True)
class SetLanguage(Effect):
    """Speak to the person in the language whose code the tapped button carries."""


@dataclass(frozen=True, slots=True)
class OpenTicket(Effect):
    """Open the person's ticket, or find the one that is open."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (TicketOpened,)


@dataclass(frozen=True, slots=True)
class RelayMessage(Effect):
    """Pass the message that was just given on to the ticket's topic."""


@dataclass(frozen=True, slots=True)
class CloseTicket(Effect):
    """Close the person's ticket on their own wish."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (TicketClosed,)
