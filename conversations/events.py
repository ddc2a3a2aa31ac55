"""What can happen in a conversation.

Every event is a frozen dataclass; its docstring is its documentation. A person's raw input is turned into one of
these by ``bot/resolve.py`` before a flow sees it, and the outcome of an effect comes back as one of these too.
Fields of an event may be kept in the flow's data by a rule (``keep``) and are at hand in its notice.
"""

# ruff: noqa: PLC0414 - what is imported here under its own name is an event like all others, and is found here

from __future__ import annotations

from dataclasses import dataclass

from conversations.event import Event as Event
from conversations.ticket_events import STEPS as STEPS
from conversations.ticket_events import AgentWrote as AgentWrote
from conversations.ticket_events import NotSolved as NotSolved
from conversations.ticket_events import Replied as Replied
from conversations.ticket_events import SentTo as SentTo
from conversations.ticket_events import TicketClosed as TicketClosed
from conversations.ticket_events import TicketOpened as TicketOpened
from conversations.ticket_events import TicketSeen as TicketSeen
from conversations.ticket_events import ToTicket as ToTicket

# --- what a person does ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command(Event):
    """A slash command that works everywhere, such as ``/cancel``; ``name`` is without the slash."""

    name: str


@dataclass(frozen=True, slots=True)
class Tapped(Event):
    """A live button of the state was pressed, or its label was typed."""

    button: str
    arg: str = ""


@dataclass(frozen=True, slots=True)
class StaleButton(Event):
    """A button of an earlier screen, or of somebody else's, was pressed."""


@dataclass(frozen=True, slots=True)
class RepeatedTap(Event):
    """What led to the live screen arrived again: a double tap, or the next picture of an album."""


@dataclass(frozen=True, slots=True)
class Unrecognised(Event):
    """Something the state does not read; ``kind`` says what came, such as ``text``, ``photo`` or ``edit``.

    Where it may be about a solved ticket, ``words`` is what was written, without its secrets, and ``message`` where.
    """

    kind: str
    words: str = ""
    message: int = 0


@dataclass(frozen=True, slots=True)
class MessageGiven(Event):
    """A message of any kind for the person's open ticket; the effect that relays it knows which."""


# --- codes ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CodeRight(Event):
    """The code was right, and is consumed."""


@dataclass(frozen=True, slots=True)
class CodeWrong(Event):
    """The code was wrong; ``left`` tries remain for it."""

    left: int = 0


@dataclass(frozen=True, slots=True)
class CodeSpent(Event):
    """Wrong once too often: this code is dead, a new one may be asked for."""


@dataclass(frozen=True, slots=True)
class CodeLocked(Event):
    """Too many failures across codes; nothing is compared for another ``wait`` seconds (0: until a human helps)."""

    wait: int = 0


@dataclass(frozen=True, slots=True)
class CodeExpired(Event):
    """The code had run out, or there was none."""


@dataclass(frozen=True, slots=True)
class CodeSuperseded(Event):
    """An older code was typed although a newer one was sent."""


@dataclass(frozen=True, slots=True)
class CodeReused(Event):
    """An authenticator code that was accepted before; the next one has to be waited for. Not counted."""


@dataclass(frozen=True, slots=True)
class CodeElsewhere(Event):
    """The code belongs to another channel or another step than the one that waits for it."""


@dataclass(frozen=True, slots=True)
class CodeMalformed(Event):
    """What was typed cannot be a code; ``reason`` as ``bot.domain.digits`` names it. Not counted."""

    reason: str = "not_a_code"


@dataclass(frozen=True, slots=True)
class CodeSent(Event):
    """A new code was made and is on its way."""


@dataclass(frozen=True, slots=True)
class CodeRefused(Event):
    """No code was sent; ``wait`` in seconds.

    ``reason`` is ``cooldown``, ``limit``, ``locked``, ``gone``, ``unproven`` (the check before it has run out),
    ``same`` (the number is bound already), ``number`` (no SMS is ever paid to it) or ``stopped`` (none is sent there
    now).
    """

    reason: str = "limit"
    wait: int = 0


@dataclass(frozen=True, slots=True)
class CodeUndelivered(Event):
    """The gateway refused the message with the code, or could not be reached for too long."""

    channel: str = "sms"


# --- countries and numbers ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CountryGiven(Event):
    """A served country was chosen; ``region`` is ISO 3166-1 alpha-2."""

    region: str


@dataclass(frozen=True, slots=True)
class CountryUnserved(Event):
    """A country where no SMS can be delivered was chosen."""

    region: str


@dataclass(frozen=True, slots=True)
class CountrySeveral(Event):
    """The words fit several countries; ``found`` lists their regions, best first, separated by blanks."""

    found: str


@dataclass(frozen=True, slots=True)
class CountryUnknown(Event):
    """No country fits the words."""


@dataclass(frozen=True, slots=True)
class NumberGiven(Event):
    """A number that can be sent an SMS, in E.164."""

    number: str
    region: str


@dataclass(frozen=True, slots=True)
class NumberDoubtful(Event):
    """A number read with a repair, or of another country: a yes is needed; ``reason`` names the repair."""

    number: str
    region: str
    reason: str


@dataclass(frozen=True, slots=True)
class NumberSeveral(Event):
    """The text can be read as several numbers; ``candidates`` in E.164, separated by blanks."""

    candidates: str


@dataclass(frozen=True, slots=True)
class NumberBad(Event):
    """No number can be taken from the text; ``reason`` as ``bot.domain.phones`` names it."""

    reason: str


@dataclass(frozen=True, slots=True)
class ContactForeign(Event):
    """A contact that is not the sender's own, not fresh, or forwarded: no proof, and not taken."""


# --- forms and accounts ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PasswordAccepted(Event):
    """Email and password of an account were right; a second check follows."""


@dataclass(frozen=True, slots=True)
class PasswordRefused(Event):
    """Email or password was not right, whichever."""


@dataclass(frozen=True, slots=True)
class SignInLocked(Event):
    """Too many tries; the form answers nothing for ``wait`` seconds."""

    wait: int = 0


@dataclass(frozen=True, slots=True)
class SignUpGiven(Event):
    """The sign-up form was filled in; a code goes to the address if it is free."""


@dataclass(frozen=True, slots=True)
class SecretGiven(Event):
    """The form for a trading password or a phrase was filled in; what was given waits to be written."""


@dataclass(frozen=True, slots=True)
class CodesShown(Event):
    """The page has shown new recovery codes; earlier ones no longer count."""


@dataclass(frozen=True, slots=True)
class DataTaken(Event):
    """The person has had their data from the form."""


@dataclass(frozen=True, slots=True)
class TradingShown(Event):
    """The trading password was right in the form of a recovery."""


@dataclass(frozen=True, slots=True)
class IdentityGiven(Event):
    """Every picture that the recovery asks for has come by the form."""


@dataclass(frozen=True, slots=True)
class AddressGiven(Event):
    """An email address, in its canonical form."""

    address: str


@dataclass(frozen=True, slots=True)
class AddressBad(Event):
    """No new address can be taken from the text; ``reason`` is ``no_address`` or ``same``."""

    reason: str = "no_address"


@dataclass(frozen=True, slots=True)
class LinkGood(Event):
    """A fresh deep link issued by the website was opened by this person."""


@dataclass(frozen=True, slots=True)
class LinkTicket(Event):
    """A link to a ticket that began on a page was opened: the person has joined it, or has another one open."""


@dataclass(frozen=True, slots=True)
class LinkBad(Event):
    """A deep link that is unknown, used or too old."""


@dataclass(frozen=True, slots=True)
class Done(Event):
    """The effect was carried out."""


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """The effect was not carried out.

    ``reason`` is ``unproven``, ``taken``, ``already``, ``same``, ``limit``, ``more`` (one more factor), ``gone``,
    ``busy`` (another change is under way, another ticket open) or ``late`` (the time for it is over).

    ``wait`` is how many seconds later it may be tried again, where that is known.
    """

    reason: str = "unproven"
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Pending(Event):
    """The account system has been asked and has not answered yet."""


@dataclass(frozen=True, slots=True)
class Written(Event):
    """The account system has carried the change out."""


@dataclass(frozen=True, slots=True)
class NotWritten(Event):
    """The account system has refused the change, or could not be reached for a day; ``reason`` says which.

    It is ``taken``, ``same``, ``refused`` or ``unreachable``.
    """

    reason: str = "refused"


# --- time, releases and recoveries ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Idle(Event):
    """The state's time (``within``) has run out."""


@dataclass(frozen=True, slots=True)
class Outdated(Event):
    """The conversation began in an older release whose shape nothing carries over."""


@dataclass(frozen=True, slots=True)
class SignedOut(Event):
    """The person's session was ended elsewhere while they stood in a state that needs one."""


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """Handling the person's message failed repeatedly; it was put aside."""


@dataclass(frozen=True, slots=True)
class RecoveryApproved(Event):
    """The agents have approved the recovery."""


@dataclass(frozen=True, slots=True)
class PictureAgain(Event):
    """An agent asks for one picture again; the case says which, and why."""


@dataclass(frozen=True, slots=True)
class RecoveryRejected(Event):
    """An agent has rejected the recovery: a ``reason`` of ``bot/domain/recovery.py``, or their own ``words``."""

    reason: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class RecoveryOver(Event):
    """The recovery ended without a decision: ``reason`` is ``expired`` or ``void``."""

    reason: str = "void"


REFUSALS = (
    CodeWrong, CodeSpent, CodeLocked, CodeExpired, CodeSuperseded, CodeReused, CodeElsewhere, CodeMalformed,
    CodeRefused, ContactForeign, PasswordRefused, SignInLocked, LinkBad, Refused, NotWritten, RecoveryRejected, Failed,
)  # fmt: skip
"""What did not succeed, as the audit tells it."""
EVENTS: dict[str, type[Event]] = {cls.__name__: cls for cls in Event.__subclasses__()}
