"""What has really happened in a conversation that is walked, and what must hold of it.

The walk's own bookkeeping, written apart from ``bot/apply.py`` and from the tables: what was sent, accepted and proved,
and the rules of the business as invariants. ``walk.py`` goes through the worlds, this file says what each of them is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from conversations import effects as ef
from conversations import events as ev
from conversations.engine import Book
from conversations.events import Event
from conversations.facts import Facts


class Ledger(NamedTuple):
    """What has really happened.

    Attributes:
        sent: purposes for which a code is on its way.
        target: the new number or address that a code went to.
        accepted: purpose and target of the code that was accepted.
        proved: purposes for which a code was right that is enough for them.
        key: a new authenticator key was shown, and ``key_right`` its first code was accepted.
        password: email and password were accepted, and ``second`` says that the second check was just passed.
        verified: enough was shown for a recovery, and ``submitted`` that its pictures were laid before the agents.
    """

    sent: frozenset[str] = frozenset()
    target: str = ""
    accepted: str = ""
    proved: frozenset[str] = frozenset()
    key: bool = False
    key_right: bool = False
    password: bool = False
    second: bool = False
    verified: bool = False
    submitted: bool = False


class World(NamedTuple):
    """One conversation at one moment."""

    place: str
    target: str
    facts: Facts
    ledger: Ledger


def later(world: World) -> Iterator[World]:
    """The world after a while.

    What was proved runs out; so do an accepted password, a session, and the time to open a solved ticket again.
    """
    facts, ledger = world.facts, world.ledger
    if facts.solved_lately:
        yield world._replace(facts=facts._replace(solved_lately=False))
    if facts.proved:
        yield world._replace(facts=facts._replace(proved=False))
    if facts.known:
        # A recovery beyond its checks outlives the password that began it.
        left = _stranger(facts)
        if facts.recovery not in ("", "checking"):
            left = facts._replace(signed_in=False, known=False, proved=False, others=False)
        yield world._replace(facts=left, ledger=ledger._replace(password=False))


def _stranger(facts: Facts) -> Facts:
    """What is still known of a person when nobody is signed in any more."""
    return Facts(ticket_open=facts.ticket_open, has_tickets=facts.has_tickets, solved_lately=facts.solved_lately)


def plain(book: Book, world: World) -> World:
    """The world without what can no longer matter in it.

    A code or a key that is asked for anew when its step is entered matters only there; the code for a number is kept
    everywhere, since it must not count for another number.
    """
    ledger, flow = world.ledger, world.place.partition("/")[0]
    recovers = flow in ("recover_phone", "welcome")
    targets = {ef.CHANGE_PHONE if world.facts.has_phone else ef.BIND_PHONE}
    if flow == "bind_email":
        targets = {ef.NEW_EMAIL}
    elif recovers and world.facts.recovery == "approved":
        targets = {ef.RECOVER_PHONE}
    sent = ledger.sent & {*targets, book.places[world.place].reads.purpose}
    # What was proved for a change is asked for anew whenever its flow is entered.
    proved = ledger.proved & {ef.ENROL, *_PROVED_IN.get(flow, ()), *((ef.APPROVED,) if recovers else ())}
    plain = Ledger(
        sent=sent,
        target=ledger.target if sent & targets else "",
        accepted=ledger.accepted if ledger.accepted.partition(" ")[0] in targets else "",
        proved=proved,
        key=ledger.key and flow == "bind_totp",
        key_right=ledger.key_right and flow == "bind_totp",
        password=ledger.password and flow == "signin",
        second=ledger.second and flow == "signin",
        verified=ledger.verified and recovers,
        submitted=ledger.submitted and recovers,
    )
    kept = recovers and world.facts.recovery in _KEPT
    lately = world.facts.solved_lately and not world.facts.ticket_open
    facts = world.facts._replace(
        others=world.facts.others and flow == "change_phone",
        # That there are tickets is seen where one was solved lately; with one open neither matters.
        has_tickets=lately and flow == "welcome",
        solved_lately=lately and flow in _TICKETED,
        has_trading=world.facts.has_trading and flow in ("protection", "trading_password"),
        erasing=world.facts.erasing and flow in ("protection", "your_data"),
        has_codes=world.facts.has_codes and flow in ("protection", "bind_totp"),
        recovery=world.facts.recovery if flow == "recover_phone" or kept else "",
        shown=world.facts.shown if flow == "recover_phone" else "",
        can_show=world.facts.can_show if flow == "recover_phone" else "",
    )
    if flow == "recover_phone":
        # Of the account only what can be shown matters here.
        late = facts.recovery in _KEPT
        facts = facts._replace(
            has_phone=True, has_totp=facts.has_totp and not late, proved=False, ticket_open=False,
            known=facts.signed_in or (facts.known and not late),
        )  # fmt: skip
        plain = plain._replace(proved=plain.proved & {ef.APPROVED})
    return World(world.place, world.target if flow in _TARGETED else "", facts, plain)


_KEPT = ("identity", "review", "again", "approved")
"""How a recovery stands that goes on while its person is elsewhere."""
_TARGETED = ("bind_phone", "change_phone", "bind_email", "recover_phone")
"""Flows that keep a new number or address in their data."""
_TICKETED = ("welcome", "handoff")
"""Flows in which it matters which tickets there were."""
_PROVED_IN = {
    "change_phone": (ef.CHANGE,),
    "bind_email": (ef.CHANGE_EMAIL,),
    "trading_password": (ef.TRADING,),
    "your_data": (ef.DATA,),
    "bind_totp": (ef.REPLACE_TOTP, ef.KEEP_CODES),
}
"""What is proved anew whenever the flow is entered, and so matters in no other."""
_ENOUGH = {
    ef.ENROL: ("email", "sms", "totp"),
    ef.CHANGE: ("sms", "pair"),
    ef.TRADING: ("email", "sms", "totp"),
    ef.DATA: ("email", "sms", "totp"),
    ef.CHANGE_EMAIL: ("email",),
    ef.REPLACE_TOTP: ("totp", "recovery"),
    ef.KEEP_CODES: ("totp",),
}
"""How a check may be passed (mission, the rules of the business): said here once more, to be found broken."""


_WRITING = {
    "signin/writing": ef.CreateAccount(),
    "bind_phone/writing": ef.BindPhone(),
    "change_phone/writing": ef.ChangePhone(),
    "recover_phone/writing": ef.RecoverPhone(),
    "bind_email/writing": ef.ChangeEmail(),
    "trading_password/writing": ef.SetTradingPassword(),
}
"""What was asked for where an answer of the exchange's account system is waited for."""


LEDGERED = frozenset(
    {
        ev.CodeRight, ev.PasswordAccepted, ev.LinkGood, ev.TicketClosed, ev.NumberGiven, ev.NumberDoubtful,
        ev.AddressGiven, ev.CodesShown, ev.Written, ev.TradingShown, ev.IdentityGiven, ev.RecoveryApproved,
        ev.PictureAgain, ev.RecoveryRejected, ev.RecoveryOver,
    }
)  # fmt: skip
"""Events that change more than where the conversation stands."""
_SIGNING = frozenset({ef.SIGNIN, ef.SIGNUP})


def happened(book: Book, before: World, after: World, event: Event) -> World:
    """The ledger after what the person did."""
    if type(event) in LEDGERED:
        after = _entered(book, before, after, event)
    ledger = after.ledger
    if book.places[after.place].root and not _SIGNING.isdisjoint(ledger.sent):
        # A sign-in begins with a new code; an old one is of no use to it.
        ledger = ledger._replace(sent=ledger.sent - _SIGNING)
    return World(after.place, after.target, _proved(after, ledger), ledger)


def _entered(book: Book, before: World, after: World, event: Event) -> World:
    """The ledger after an event that is entered in it."""
    ledger, reads = after.ledger, book.places[before.place].reads
    if isinstance(event, ev.CodeRight):
        purpose = reads.purpose
        enough = {purpose} if reads.channel in _ENOUGH.get(purpose, ()) else set()
        ledger = ledger._replace(
            sent=ledger.sent - {purpose},
            proved=ledger.proved | enough,
            accepted=f"{purpose} {ledger.target}" if purpose in ef.FIRST_CHECK else ledger.accepted,
            key_right=ledger.key_right or purpose == ef.BIND_TOTP,
            second=ledger.second or purpose == ef.SIGNIN,
        )
        if purpose == ef.RECOVER:
            after = after._replace(facts=_shown(after.facts, reads.channel))
    elif isinstance(event, ev.TradingShown) and before.facts.recovery == "checking":
        after = after._replace(facts=_shown(after.facts, "trading"))
    elif isinstance(event, ev.RecoveryApproved):
        ledger = ledger._replace(proved=ledger.proved | ({ef.APPROVED} if ledger.submitted else set()))
        after = after._replace(facts=after.facts._replace(recovery="approved"))
    elif isinstance(event, ev.PictureAgain):
        after = after._replace(facts=after.facts._replace(recovery="again"))
    elif isinstance(event, ev.RecoveryRejected | ev.RecoveryOver):
        after = _closed(after._replace(ledger=ledger))
        ledger = after.ledger
    elif isinstance(event, ev.PasswordAccepted):
        ledger, after = ledger._replace(password=True), after._replace(facts=after.facts._replace(known=True))
    elif isinstance(event, ev.LinkGood):
        ledger = Ledger(password=True, second=True)  # it may be another account's
        after = after._replace(facts=after.facts._replace(recovery="", shown="", can_show=""))
    elif isinstance(event, ev.CodesShown):
        after = after._replace(facts=after.facts._replace(has_codes=True))
    elif isinstance(event, ev.Written) and before.place in _WRITING:
        return settled(after, _WRITING[before.place], ev.Done())
    elif isinstance(event, ev.TicketClosed):
        return after._replace(facts=after.facts._replace(ticket_open=False, has_tickets=True, solved_lately=True))
    return after._replace(ledger=ledger)


def _shown(facts: Facts, factor: str) -> Facts:
    """One more factor is shown for the recovery; the authenticator can be shown in one way."""
    gone = {"totp", "recovery"} if factor in ("totp", "recovery") else {factor}
    can_show = " ".join(sorted(set(facts.can_show.split()) - gone))
    return facts._replace(shown=" ".join(sorted({*facts.shown.split(), factor})), can_show=can_show)


def _closed(world: World) -> World:
    """The recovery is over."""
    ledger = world.ledger._replace(proved=world.ledger.proved - {ef.APPROVED}, verified=False, submitted=False)
    return world._replace(ledger=ledger, facts=world.facts._replace(recovery="", shown="", can_show=""))


def _proved(world: World, ledger: Ledger) -> Facts:
    proved = ef.ENROL in ledger.proved and world.facts.signed_in
    return world.facts if world.facts.proved is proved else world.facts._replace(proved=proved)


def broken(world: World, effect: ef.Effect) -> Iterator[str]:
    """Invariants that asking for ``effect`` in this world would break."""
    ledger, name = world.ledger, type(effect).__name__
    if effect.needs and effect.needs not in ledger.proved:
        yield f"{name} is asked for although not enough was proved for it"
    if effect.writes:
        if not world.target or ledger.accepted != f"{effect.writes} {world.target}":
            yield f"{name} is asked for without an accepted code for exactly that place"
        if effect.writes in ef.NEW_NUMBER and world.facts.has_phone and not effect.holds:
            yield f"{name} puts a number in the place of another and begins no hold"
    if isinstance(effect, ef.BindTotp | ef.ReplaceTotp) and not ledger.key_right:
        yield "an authenticator is bound without a right first code"
    elif isinstance(effect, ef.SignIn) and not (ledger.password and ledger.second):
        yield "somebody is signed in without password and second check"
    elif isinstance(effect, ef.SubmitRecovery) and world.facts.recovery in ("identity", "again"):
        if not ledger.verified:
            yield "pictures are laid before the agents although not enough was shown"
    elif isinstance(effect, ef.SendCode) and effect.purpose in {*_ENOUGH, *ef.FIRST_CHECK}:
        if not world.facts.signed_in and effect.purpose != ef.RECOVER_PHONE:
            yield f"a code for {effect.purpose} is sent to somebody who is not signed in"
        check = ef.FIRST_CHECK.get(effect.purpose)
        if check and check not in ledger.proved:
            yield f"a code for {effect.purpose} is sent before enough was proved"


def applied(world: World, effect: ef.Effect) -> World:
    """The world after an effect that always succeeds."""
    ledger, facts = world.ledger, world.facts
    if isinstance(effect, ef.RevokeCodes):
        ledger = ledger._replace(sent=frozenset() if not effect.purpose else ledger.sent - {effect.purpose})
    elif isinstance(effect, ef.NewTotpKey):
        ledger = ledger._replace(key=True, key_right=False)
    elif isinstance(effect, ef.WithdrawErasure):
        facts = facts._replace(erasing=False)
    elif isinstance(effect, ef.EndOtherSessions):
        facts = facts._replace(others=False)
    elif isinstance(effect, ef.SubmitRecovery) and facts.recovery in ("identity", "again"):
        ledger, facts = ledger._replace(submitted=True), facts._replace(recovery="review")
    elif isinstance(effect, ef.WithdrawRecovery):
        return _closed(world)
    elif isinstance(effect, ef.SignOut):
        ledger, facts = Ledger(), _stranger(facts)
    return World(world.place, world.target, facts, ledger)


_REASONS = {ef.AskChange: ("limit",), ef.OpenRecovery: ("unproven", "limit"), ef.SettleRecovery: ("more", "gone")}
"""Why an effect is refused that many worlds lead to; any other may be refused for any reason."""


def comes_of(world: World, effect: ef.Effect, outcome: Event) -> bool:
    """Whether the outcome can come of the effect in this world; most can come of most."""
    done = isinstance(outcome, ev.Done)
    if isinstance(outcome, ev.Refused) and outcome.reason not in _REASONS.get(type(effect), (outcome.reason,)):
        return False
    if isinstance(effect, ef.OpenRecovery):
        return not done or world.facts.known or world.facts.recovery in _KEPT
    if isinstance(effect, ef.SettleRecovery):
        shown = set(world.facts.shown.split())
        alone = effect.alone and shown == {"email"}
        return not done or alone or (world.facts.known and len(shown) > 1)
    if isinstance(outcome, ev.TicketSeen):
        facts = world.facts
        return {"live": facts.ticket_open, "solved": facts.solved_lately}.get(outcome.stands, True)
    if isinstance(effect, ef.ReopenTicket):
        refused = {"busy": world.facts.ticket_open, "late": not world.facts.ticket_open, "gone": True}
        return refused.get(outcome.reason, False) if isinstance(outcome, ev.Refused) else world.facts.solved_lately
    return True


def settled(world: World, effect: ef.Effect, outcome: Event) -> World:
    """The world after an effect whose outcome this is."""
    # What was just accepted is consumed with the effect, whatever comes of it.
    ledger, facts = world.ledger._replace(second=False, key_right=False), world.facts
    waiting = isinstance(outcome, ev.CodeRefused) and outcome.reason == "cooldown"
    if isinstance(effect, ef.SendCode) and (waiting or isinstance(outcome, ev.CodeSent)):
        # A cooldown says that a live code for exactly this destination is on its way already.
        target = world.target if effect.purpose in ef.FIRST_CHECK else ledger.target
        accepted = "" if effect.purpose in ef.FIRST_CHECK else ledger.accepted
        ledger = ledger._replace(sent=ledger.sent | {effect.purpose}, target=target, accepted=accepted)
    elif isinstance(outcome, ev.TicketOpened):
        facts = facts._replace(ticket_open=True, has_tickets=True, solved_lately=False)
    elif isinstance(outcome, ev.Done):
        if isinstance(effect, ef.SignIn | ef.CreateAccount):
            facts, ledger = facts._replace(signed_in=True, known=True), ledger._replace(password=False)
        elif isinstance(effect, ef.OpenRecovery) and not facts.recovery:
            authenticator = "recovery totp" if facts.has_totp else ""
            facts = facts._replace(recovery="checking", can_show=f"email {authenticator} trading")
        elif isinstance(effect, ef.SettleRecovery):
            ledger = ledger._replace(verified=True)
            facts = facts._replace(recovery="identity", shown="", can_show="")
        elif isinstance(effect, ef.RecoverPhone):
            over = _closed(world._replace(ledger=Ledger(password=ledger.password)))
            return over._replace(facts=over.facts._replace(has_phone=True, proved=False))
        elif isinstance(effect, ef.AskErasure):
            facts, ledger = facts._replace(erasing=True), ledger._replace(proved=ledger.proved - {ef.DATA})
        elif isinstance(effect, ef.BindPhone):
            facts = facts._replace(has_phone=True, proved=False)
            ledger = Ledger(password=ledger.password)
        elif isinstance(effect, ef.ChangePhone):
            facts = facts._replace(proved=False, others=True)
            ledger = Ledger(password=ledger.password)
        elif isinstance(effect, ef.BindTotp | ef.ReplaceTotp):
            facts = facts._replace(has_totp=True, proved=False, has_codes=False)
            ledger = Ledger(password=ledger.password)
        elif isinstance(effect, ef.SetTradingPassword | ef.ChangeEmail):
            facts = facts._replace(
                proved=False, has_trading=facts.has_trading or isinstance(effect, ef.SetTradingPassword)
            )
            ledger = Ledger(password=ledger.password)
    return World(world.place, world.target, facts, ledger)
