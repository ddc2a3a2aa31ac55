"""Walks every conversation there can be, and checks what must hold in each.

The walk goes breadth first over *worlds*: where the conversation stands, the facts, and a *ledger* of what has really
been sent, accepted and proved. In every world it tries every event that can happen there; effects change the ledger the
way ``bot/apply.py`` changes the tables, except that nothing is refused: what must never be asked for must not be
reachable by the tables alone. A parked conversation comes back as it was, but for an opened or closed ticket, so the
walk goes on from it at once instead of carrying it along. What can no longer matter is forgotten (``_plain``), or the
same conversation would be walked a hundred times.

    report = walk(BOOK)
    report.unreached    edges that no conversation can take
    report.stuck        live states that nothing leaves
    report.broken       invariants that some conversation breaks, each with the shortest way there
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from itertools import product

from conversations import effects as ef
from conversations import events as ev
from conversations.engine import Book, Rule, Snapshot, State, Step
from conversations.events import Command, Event, Tapped
from conversations.facts import GUARDS, Facts

NUMBERS = ("+447400123456", "+447400654321")
ADDRESSES = ("ann@example.net", "eve@example.net")
"""Two different ones are enough to mix one up with the other."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What has really happened.

    Attributes:
        sent: purposes for which a code is on its way.
        target: the new number or address that a code went to.
        accepted: purpose and target of the code that was accepted.
        proved: purposes for which a code was right that is enough for them.
        key: a new authenticator key was shown, and ``key_right`` its first code was accepted.
        password: email and password were accepted, and ``second`` says that the second check was just passed.
    """

    sent: frozenset[str] = frozenset()
    target: str = ""
    accepted: str = ""
    proved: frozenset[str] = frozenset()
    key: bool = False
    key_right: bool = False
    password: bool = False
    second: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """One conversation at one moment."""

    place: str
    target: str
    facts: Facts
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Report:
    """What the walk found."""

    worlds: int
    unreached: tuple[str, ...]
    stuck: tuple[str, ...]
    broken: tuple[str, ...]


def walk(book: Book, *, until_broken: bool = False) -> Report:
    """Visit every world that can be reached and report what is wrong.

    Args:
        book: the flows to walk.
        until_broken: stop at the first invariant that is broken.
    """
    plain = cache(partial(_plain, book))
    first = plain(World(book.start.place, "", Facts(), Ledger()))
    came: dict[World, tuple[World, str] | None] = {first: None}
    taken: set[str] = set()
    left: set[str] = set()
    found: dict[str, str] = {}
    todo = deque([first])
    while todo and not (until_broken and found):
        world = todo.popleft()
        for later in _later(world):
            if later not in came:
                came[later] = (world, f"{world.place} time passes")
                todo.append(later)
        for event in events(book, world):
            for reached, edge, faults in _outcomes(book, world, event):
                after = plain(reached)
                taken.add(edge)
                if after.place != world.place:
                    left.add(world.place)
                for fault in faults:
                    found.setdefault(f"{fault} ({edge})", _way(came, world, edge))
                if after not in came:
                    came[after] = (world, edge)
                    todo.append(after)
    live = {world.place for world in came}
    return Report(
        len(came),
        tuple(sorted(edges(book) - {_general(book, edge) for edge in taken})),
        tuple(sorted(live - left)),
        tuple(f"{fault}: {way}" for fault, way in sorted(found.items())),
    )


def _later(world: World) -> Iterator[World]:
    """The world after a while: what was proved runs out, and so do an accepted password and a session."""
    facts, ledger = world.facts, world.ledger
    if facts.proved:
        yield replace(world, facts=replace(facts, proved=False))
    if facts.known:
        yield replace(world, facts=Facts(ticket_open=facts.ticket_open), ledger=replace(ledger, password=False))


def _plain(book: Book, world: World) -> World:
    """The world without what can no longer matter in it.

    A code or a key that is asked for anew when its step is entered matters only there; the code for a number is kept
    everywhere, since it must not count for another number.
    """
    ledger, flow = world.ledger, world.place.partition("/")[0]
    targets = {ef.NEW_EMAIL} if flow == "bind_email" else {ef.CHANGE_PHONE if world.facts.has_phone else ef.BIND_PHONE}
    sent = ledger.sent & {*targets, book.places[world.place].reads.purpose}
    # What was proved for a change is asked for anew whenever its flow is entered.
    proved = ledger.proved & {ef.ENROL, *_PROVED_IN.get(flow, ())}
    plain = Ledger(
        sent=sent,
        target=ledger.target if sent & targets else "",
        accepted=ledger.accepted if ledger.accepted.partition(" ")[0] in targets else "",
        proved=proved,
        key=ledger.key and flow == "bind_totp",
        key_right=ledger.key_right and flow == "bind_totp",
        password=ledger.password and flow == "signin",
        second=ledger.second and flow == "signin",
    )
    facts = replace(
        world.facts,
        others=world.facts.others and flow == "change_phone",
        has_trading=world.facts.has_trading and flow in ("protection", "trading_password"),
        has_codes=world.facts.has_codes and flow in ("protection", "bind_totp"),
    )
    return World(world.place, world.target if flow in _TARGETED else "", facts, plain)


_TARGETED = ("bind_phone", "change_phone", "bind_email")
"""Flows that keep a new number or address in their data."""
_PROVED_IN = {
    "change_phone": (ef.CHANGE,),
    "bind_email": (ef.CHANGE_EMAIL,),
    "trading_password": (ef.TRADING,),
    "bind_totp": (ef.REPLACE_TOTP, ef.KEEP_CODES),
}
"""What is proved anew whenever the flow is entered, and so matters in no other."""
_ENOUGH = {
    ef.ENROL: ("email", "sms", "totp"),
    ef.CHANGE: ("sms", "pair"),
    ef.TRADING: ("email", "sms", "totp"),
    ef.CHANGE_EMAIL: ("email",),
    ef.REPLACE_TOTP: ("totp", "recovery"),
    ef.KEEP_CODES: ("totp",),
}
"""How a check may be passed (mission, the rules of the business): said here once more, to be found broken."""


def edges(book: Book) -> set[str]:
    """Every edge of the book by name; a rule of everywhere counts once, as ``* <trigger> -> <target>``."""
    named = {book.edge(place, rule) for place in book.places for rule in own_rules(book, place)}
    return named | {book.edge("*", rule) for rule in book.everywhere}


def own_rules(book: Book, place: str) -> tuple[Rule, ...]:
    """The rules of a state without those of everywhere."""
    rules = book.rules(place)
    return rules[: len(rules) - len(book.everywhere)]


def _general(book: Book, edge: str) -> str:
    """The edge as :func:`edges` names it."""
    place, _, rest = edge.partition(" ")
    own = {book.edge(place, rule) for rule in own_rules(book, place)}
    return edge if edge in own else f"* {rest}"


def events(book: Book, world: World) -> Iterator[Event]:
    """Everything that can happen in a world: what the person can do, and what comes by itself."""
    state = book.places[world.place]
    if book.private(world.place) and not world.facts.signed_in:
        yield ev.SignedOut()
        return
    for rule in book.rules(world.place):
        if isinstance(rule.on, str):
            if rule.on.startswith("/"):
                yield Command(rule.on[1:])
            elif _shows(world, state, rule.on):
                yield Tapped(rule.on, "1")
        elif isinstance(rule.on, type) and _possible(world, state, rule.on):
            yield from _examples(rule.on)


def _shows(world: World, state: State, button: str) -> bool:
    own = {b.id: b for row in state.buttons for b in row}
    if button in own:
        when = own[button].when
        return not when or GUARDS[when](world.facts, {}, Tapped(button))
    return button in ("back", "cancel", "help", "person")


_BY_ITSELF = frozenset(
    {
        ev.Idle, ev.Outdated, ev.Failed, ev.StaleButton, ev.RepeatedTap, ev.Unrecognised, ev.LinkGood, ev.LinkBad,
        ev.LinkTicket, ev.CodeUndelivered, ev.PasswordRefused, ev.SignInLocked,
    }
)  # fmt: skip


_FROM_FORMS = (ev.PasswordAccepted, ev.SignUpGiven, ev.SecretGiven, ev.CodesShown)
"""What a page that was left open may bring at any time."""


def _possible(world: World, state: State, event: type[Event]) -> bool:
    """Whether the event can come in this world, leaving aside outcomes of effects."""
    ledger, reads = world.ledger, state.reads
    if event is ev.CodeRight:
        if reads.purpose == ef.SIGNIN and not world.facts.known:
            return False
        return {
            "totp": world.facts.has_totp,
            "new_totp": ledger.key,
            "sms": reads.purpose in ledger.sent,
            "email": reads.purpose in ledger.sent,
            "recovery": world.facts.has_codes,
            "pair": reads.purpose in ledger.sent and world.facts.has_totp,
        }[reads.channel]
    if event in (ev.TicketClosed, ev.AgentWrote):
        return world.facts.ticket_open
    if event is ev.Idle:
        return bool(state.within)
    return event in _BY_ITSELF or event in state.reads.outcomes or event in _FROM_FORMS


def _examples(event: type[Event]) -> Iterator[Event]:
    if event in (ev.NumberGiven, ev.NumberDoubtful):
        for number in NUMBERS:
            yield ev.NumberGiven(number, "GB") if event is ev.NumberGiven else ev.NumberDoubtful(number, "GB", "x")
    elif event is ev.AddressGiven:
        yield from (ev.AddressGiven(address) for address in ADDRESSES)
    elif event is ev.CodeRefused:
        yield from (ev.CodeRefused("cooldown"), ev.CodeRefused("limit"), ev.CodeRefused("unproven"))
    elif event is ev.Refused:
        yield from (ev.Refused(reason) for reason in ("unproven", "taken", "already", "same", "limit"))
    else:
        yield event(**{f.name: "x" for f in fields(event) if f.default is f.default_factory})


def _outcomes(book: Book, world: World, event: Event) -> Iterator[tuple[World, str, tuple[str, ...]]]:
    """Every world that the event can lead to, with the edges taken and the invariants broken on the way."""
    flow, _, state = world.place.partition("/")
    snapshot = Snapshot(flow, state, version=1, data={"number": world.target, "address": world.target})
    step = book.step(snapshot, event, world.facts)
    if not step.effects and step.snapshot.place == world.place and not isinstance(event, LEDGERED):
        yield world, step.edge, ()  # said and shown again, no more
        return
    if step.snapshot.parked is not None:
        resumed = replace(world.facts, ticket_open=not world.facts.ticket_open)
        yield replace(world, facts=resumed), step.edge, ()
    data = step.snapshot.data
    target = data.get("address" if step.snapshot.flow == "bind_email" else "number", "")
    after = replace(world, place=step.snapshot.place, target=str(target))
    for reached in _accounts(_happened(book, world, after, event), event):
        yield from _carried(book, reached, step)


def _accounts(world: World, event: Event) -> Iterator[World]:
    """The world for every kind of account that a password or a link may open."""
    opened = isinstance(event, ev.LinkGood) or (isinstance(event, ev.PasswordAccepted) and not world.facts.signed_in)
    if not opened:  # a password given in a late form changes nothing for whoever is signed in
        yield world
        return
    for has_phone, has_totp in product((False, True), repeat=2):
        yield replace(world, facts=replace(world.facts, has_phone=has_phone, has_totp=has_totp))


def _carried(book: Book, after: World, step: Step) -> Iterator[tuple[World, str, tuple[str, ...]]]:
    """Every world that the step's effects can lead to."""
    faults = tuple(fault for effect in step.effects for fault in broken(after, effect))
    branches: list[tuple[World, Event | None]] = [(after, None)]
    for effect in step.effects:
        branches = [(_applied(branch, effect), None) for branch, _ in branches]
        if effect.outcomes:
            branches = [
                (branch, outcome) for branch, _ in branches for kind in effect.outcomes for outcome in _examples(kind)
            ]
    for branch, outcome in branches:
        yield branch, step.edge, faults
        if outcome is not None:
            yield from _outcomes(book, _settled(branch, step.effects[-1], outcome), outcome)


LEDGERED = (ev.CodeRight, ev.PasswordAccepted, ev.LinkGood, ev.TicketClosed, ev.NumberGiven, ev.NumberDoubtful,
             ev.AddressGiven, ev.CodesShown)  # fmt: skip
"""Events that change more than where the conversation stands."""


def _happened(book: Book, before: World, after: World, event: Event) -> World:
    """The ledger after what the person did."""
    ledger, reads = after.ledger, book.places[before.place].reads
    if isinstance(event, ev.CodeRight):
        purpose = reads.purpose
        enough = {purpose} if reads.channel in _ENOUGH.get(purpose, ()) else set()
        ledger = replace(
            ledger,
            sent=ledger.sent - {purpose},
            proved=ledger.proved | enough,
            accepted=f"{purpose} {ledger.target}" if purpose in ef.FIRST_CHECK else ledger.accepted,
            key_right=ledger.key_right or purpose == ef.BIND_TOTP,
            second=ledger.second or purpose == ef.SIGNIN,
        )
    elif isinstance(event, ev.PasswordAccepted):
        ledger, after = replace(ledger, password=True), replace(after, facts=replace(after.facts, known=True))
    elif isinstance(event, ev.LinkGood):
        ledger = Ledger(password=True, second=True)  # it may be another account's
    elif isinstance(event, ev.CodesShown):
        after = replace(after, facts=replace(after.facts, has_codes=True))
    elif isinstance(event, ev.TicketClosed):
        return replace(after, facts=replace(after.facts, ticket_open=False))
    if book.places[after.place].root:
        # A sign-in begins with a new code; an old one is of no use to it.
        ledger = replace(ledger, sent=ledger.sent - {ef.SIGNIN, ef.SIGNUP})
    return replace(after, ledger=ledger, facts=_proved(after, ledger))


def _proved(world: World, ledger: Ledger) -> Facts:
    return replace(world.facts, proved=ef.ENROL in ledger.proved and world.facts.signed_in)


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
    elif isinstance(effect, ef.SendCode) and effect.purpose in {*_ENOUGH, *ef.FIRST_CHECK}:
        if not world.facts.signed_in:
            yield f"a code for {effect.purpose} is sent to somebody who is not signed in"
        check = ef.FIRST_CHECK.get(effect.purpose)
        if check and check not in ledger.proved:
            yield f"a code for {effect.purpose} is sent before enough was proved"


def _applied(world: World, effect: ef.Effect) -> World:
    """The world after an effect that always succeeds."""
    ledger, facts = world.ledger, world.facts
    if isinstance(effect, ef.RevokeCodes):
        ledger = replace(ledger, sent=frozenset() if not effect.purpose else ledger.sent - {effect.purpose})
    elif isinstance(effect, ef.NewTotpKey):
        ledger = replace(ledger, key=True, key_right=False)
    elif isinstance(effect, ef.EndOtherSessions):
        facts = replace(facts, others=False)
    elif isinstance(effect, ef.SignOut):
        ledger, facts = Ledger(), Facts(ticket_open=facts.ticket_open)
    return replace(world, ledger=ledger, facts=facts)


def _settled(world: World, effect: ef.Effect, outcome: Event) -> World:
    """The world after an effect whose outcome this is."""
    # What was just accepted is consumed with the effect, whatever comes of it.
    ledger, facts = replace(world.ledger, second=False, key_right=False), world.facts
    waiting = isinstance(outcome, ev.CodeRefused) and outcome.reason == "cooldown"
    if isinstance(effect, ef.SendCode) and (waiting or isinstance(outcome, ev.CodeSent)):
        # A cooldown says that a live code for exactly this destination is on its way already.
        target = world.target if effect.purpose in ef.FIRST_CHECK else ledger.target
        accepted = "" if effect.purpose in ef.FIRST_CHECK else ledger.accepted
        ledger = replace(ledger, sent=ledger.sent | {effect.purpose}, target=target, accepted=accepted)
    elif isinstance(outcome, ev.TicketOpened):
        facts = replace(facts, ticket_open=True)
    elif isinstance(outcome, ev.Done):
        if isinstance(effect, ef.SignIn | ef.CreateAccount):
            facts, ledger = replace(facts, signed_in=True, known=True), replace(ledger, password=False)
        elif isinstance(effect, ef.BindPhone):
            facts = replace(facts, has_phone=True, proved=False)
            ledger = Ledger(password=ledger.password)
        elif isinstance(effect, ef.ChangePhone):
            facts = replace(facts, proved=False, others=True)
            ledger = Ledger(password=ledger.password)
        elif isinstance(effect, ef.BindTotp | ef.ReplaceTotp):
            facts = replace(facts, has_totp=True, proved=False, has_codes=False)
            ledger = Ledger(password=ledger.password)
        elif isinstance(effect, ef.SetTradingPassword | ef.ChangeEmail):
            facts = replace(
                facts, proved=False, has_trading=facts.has_trading or isinstance(effect, ef.SetTradingPassword)
            )
            ledger = Ledger(password=ledger.password)
    return replace(world, ledger=ledger, facts=facts)


def _way(came: dict[World, tuple[World, str] | None], world: World, edge: str) -> str:
    """The shortest conversation that ends with ``edge``."""
    steps = [edge]
    step = came[world]
    while step is not None:
        world, taken = step
        steps.append(taken)
        step = came[world]
    return " | ".join(reversed(steps))
