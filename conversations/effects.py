"""What a flow can ask for.

An effect is data: ``bot/apply.py`` carries it out inside the turn's transaction. ``outcomes`` lists the events that
may come back within the same turn; the state that a rule leads to must handle each of them. An effect without
outcomes always succeeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from conversations.events import (
    CodeRefused,
    CodeSent,
    Done,
    Event,
    Pending,
    Refused,
    TicketClosed,
    TicketOpened,
    TicketSeen,
)

Channel = Literal["sms", "email", "totp", "new_totp", "pair", "recovery"]
"""How a code comes; ``pair`` is an email code and an authenticator code, asked together and answered as one, and
``recovery`` one of the codes that were kept for the day on which the authenticator is gone."""

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

CHANGE = "change"
"""Purpose of the check before the phone is changed."""
CHANGE_PHONE = "change_phone"
"""Purpose of the code that proves the number that takes the place of another."""

TRADING = "trading"
"""Purpose of the check before the trading password is set or changed."""
CHANGE_EMAIL = "change_email"
"""Purpose of the code to the old address before the address is changed."""
NEW_EMAIL = "new_email"
"""Purpose of the code that proves the new address."""
REPLACE_TOTP = "replace_totp"
"""Purpose of the check before an authenticator is replaced: the old one, or a recovery code."""
KEEP_CODES = "keep_codes"
"""Purpose of the check before new recovery codes are shown."""
DATA = "data"
"""Purpose of the check before a person is given their data, or has them erased."""
RECOVER = "recover"
"""Purpose of the checks before identity pictures are taken, where the phone is gone."""
APPROVED = "approved"
"""Stands for the agents' approval of a recovery: no code can prove it."""
RECOVER_PHONE = "recover_phone"
"""Purpose of the code that proves the number which an approved recovery brings."""

PURPOSES = (
    SIGNIN, SIGNUP, ENROL, BIND_PHONE, BIND_TOTP, CHANGE, CHANGE_PHONE, TRADING, CHANGE_EMAIL, NEW_EMAIL, REPLACE_TOTP,
    KEEP_CODES, DATA, RECOVER, RECOVER_PHONE,
)  # fmt: skip

NEW_NUMBER = {BIND_PHONE: ENROL, CHANGE_PHONE: CHANGE, RECOVER_PHONE: APPROVED}
"""Purposes of the codes that go to a number which is not the account's yet, each with the check that comes first."""
FIRST_CHECK = {**NEW_NUMBER, NEW_EMAIL: CHANGE_EMAIL}
"""The same for every place that is not the account's yet."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be carried out; never used itself.

    ``needs`` is the purpose for which enough must have been proved, ``writes`` the purpose of the accepted code whose
    destination it writes to the account, and ``holds`` says that it begins the hold in the same transaction.
    """

    outcomes: ClassVar[tuple[type[Event], ...]] = ()
    needs: ClassVar[str] = ""
    writes: ClassVar[str] = ""
    holds: ClassVar[bool] = False


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

    kind: Literal["signin", "signup", "trading", "phrase", "codes", "data", "show_trading", "identity"]


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

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused, Pending)


@dataclass(frozen=True, slots=True)
class NewTotpKey(Effect):
    """Make a fresh authenticator key for the account; it counts only once its first code was right.

    Where an authenticator is bound, only for somebody who has proved that they may replace it.
    """


@dataclass(frozen=True, slots=True)
class BindTotp(Effect):
    """Turn the new key into the account's authenticator; needs a proved factor and the key's accepted first code."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused)
    needs: ClassVar[str] = ENROL


@dataclass(frozen=True, slots=True)
class ReplaceTotp(Effect):
    """Put the new key in the place of the bound one; needs the old one or a recovery code, and its first code."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused)
    needs: ClassVar[str] = REPLACE_TOTP


@dataclass(frozen=True, slots=True)
class SetTradingPassword(Effect):
    """Write the trading password that was given in the form; needs a proved factor, and consumes both."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused, Pending)
    needs: ClassVar[str] = TRADING


@dataclass(frozen=True, slots=True)
class SetPhrase(Effect):
    """Write the anti-phishing phrase that was given in the form a moment ago."""


@dataclass(frozen=True, slots=True)
class ChangeEmail(Effect):
    """Put the address of the accepted code in the place of the bound one; needs a code to the old address."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused, Pending)
    needs: ClassVar[str] = CHANGE_EMAIL
    writes: ClassVar[str] = NEW_EMAIL


@dataclass(frozen=True, slots=True)
class BindPhone(Effect):
    """Bind the number of the accepted code; needs a proved factor and exactly that code, and consumes both.

    The hold is for a number that takes the place of another: the first one begins it only where a setting says so.
    """

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused, Pending)
    needs: ClassVar[str] = ENROL
    writes: ClassVar[str] = BIND_PHONE


@dataclass(frozen=True, slots=True)
class AskChange(Effect):
    """Look whether the phone may be changed today: at most once a day and three times in thirty days."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused)


@dataclass(frozen=True, slots=True)
class ChangePhone(Effect):
    """Put the number of the accepted code in the place of the bound one, and begin the hold.

    Needs what was proved for the change and exactly that code, and consumes both.
    """

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused, Pending)
    needs: ClassVar[str] = CHANGE
    writes: ClassVar[str] = CHANGE_PHONE
    holds: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class OpenRecovery(Effect):
    """Begin a recovery of the account whose password was accepted, or go on with the one this chat has under way.

    A new one is counted: three a day, five in thirty days.
    """

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused)


@dataclass(frozen=True, slots=True)
class SettleRecovery(Effect):
    """Look whether enough factors were shown to go on to the pictures, and use them up if so.

    Two are enough. ``alone`` asks to go on with the email code only: then two agents have to approve.
    """

    alone: bool = False
    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused)


@dataclass(frozen=True, slots=True)
class SubmitRecovery(Effect):
    """Lay the pictures that are all there before the agents; needs enough shown factors, used up by the case."""


@dataclass(frozen=True, slots=True)
class WithdrawRecovery(Effect):
    """End the recovery on the person's own wish."""


@dataclass(frozen=True, slots=True)
class RecoverPhone(Effect):
    """Put the number of the accepted code in the place of the lost one, begin the hold, and end the other sessions.

    Needs the agents' approval, not older than a day, and exactly that code, and consumes both.
    """

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused, Pending)
    needs: ClassVar[str] = APPROVED
    writes: ClassVar[str] = RECOVER_PHONE
    holds: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class EndOtherSessions(Effect):
    """Sign the account out in every other chat."""


@dataclass(frozen=True, slots=True)
class AskErasure(Effect):
    """Note that the account's data are to be erased in some days; needs a proved factor, and uses it up.

    Refused while value waits, while something is under way, or while an agent has a case of the account.
    """

    outcomes: ClassVar[tuple[type[Event], ...]] = (Done, Refused)
    needs: ClassVar[str] = DATA


@dataclass(frozen=True, slots=True)
class WithdrawErasure(Effect):
    """The account's data are not to be erased after all."""


@dataclass(frozen=True, slots=True)
class SetLanguage(Effect):
    """Speak to the person in the language whose code the tapped button carries."""


@dataclass(frozen=True, slots=True)
class OpenTicket(Effect):
    """Open the person's ticket, or find the one that is open; an ``urgent`` one says which factors they still hold.

    With ``again`` it is about what the closed one of the flow's data was about, and says so.
    """

    urgent: bool = False
    again: bool = False
    outcomes: ClassVar[tuple[type[Event], ...]] = (TicketOpened,)


@dataclass(frozen=True, slots=True)
class ReopenTicket(Effect):
    """Open the solved ticket of the flow's data again, or the latest; what was written for it is passed on."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (TicketOpened, Refused)


@dataclass(frozen=True, slots=True)
class LookAtTicket(Effect):
    """See how the ticket of the flow's data stands, if it is the person's to see."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (TicketSeen,)


@dataclass(frozen=True, slots=True)
class RelayMessage(Effect):
    """Pass the message that was just given on to the ticket's topic."""


@dataclass(frozen=True, slots=True)
class CloseTicket(Effect):
    """Close the person's ticket on their own wish."""

    outcomes: ClassVar[tuple[type[Event], ...]] = (TicketClosed,)
