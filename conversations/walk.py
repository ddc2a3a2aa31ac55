"""Walks every conversation there can be, and checks what must hold in each.

The walk goes breadth first over *worlds*: where the conversation stands, the facts, and a *ledger* of what has really
been sent, accepted and proved. In every world it tries every event that can happen there; effects change the ledger the
way ``bot/apply.py`` changes the tables, except that nothing is refused: what must never be asked for must not be
reachable by the tables alone. A parked conversation comes back as it was, but for an opened or closed ticket, so the
walk goes on from it at once instead of carrying it along. What can no longer matter is forgotten (``ledger.plain``), or
the same conversation would be walked a hundred times.

    report = walk(BOOK)
    report.unreached    edges that no conversation can take
    report.stuck        live states that nothing leaves
    report.broken       invariants that some conversation breaks, each with the shortest way there
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from functools import cache, partial
from itertools import product
from typing import NamedTuple

from conversations import effects as ef
from conversations import events as ev
from conversations.engine import Book, Rule, Snapshot, State, Step
from conversations.events import Command, Event, Tapped
from conversations.facts import GUARDS, Facts
from conversations.ledger import LEDGERED, Ledger, World, applied, broken, comes_of, happened, later, plain, settled

NUMBERS = ("+447400123456", "+447400654321")
ADDRESSES = ("ann@example.net", "eve@example.net")
"""Two different ones are enough to mix one up with the other."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the walk found."""

    worlds: int
    unreached: tuple[str, ...]
    stuck: tuple[str, ...]
    broken: tuple[str, ...]


def walk(book: Book, *, until_broken: bool = False, within: Collection[str] = ()) -> Report:
    """Visit every world that can be reached and report what is wrong.

    Args:
        book: the flows to walk.
        until_broken: stop at the first invariant that is broken.
        within: flows that are not left; all unless given.
    """
    kept, steps = cache(partial(plain, book)), _Steps(book)
    first = kept(World(book.start.place, "", Facts(), Ledger()))
    came: dict[World, tuple[World, str] | None] = {first: None}
    taken: set[str] = set()
    left: set[str] = set()
    found: dict[str, str] = {}
    gone: dict[tuple[_Leads | None, Facts, Ledger], set[str]] = {}
    todo = deque([first])
    while todo and not (until_broken and found):
        world = todo.popleft()
        for passed in later(world):
            if passed not in came:
                came[passed] = (world, f"{world.place} time passes")
                todo.append(passed)
        said, moves = steps.there(world.place, world.target, world.facts)
        taken |= said
        for move in moves:
            if isinstance(move.event, ev.CodeRight) and not _right(world, book.places[world.place]):
                continue
            alike = (move.leads, world.facts, world.ledger)
            if alike in gone:
                taken.add(move.edge)
                places = gone[alike]
            else:
                places, sound = set(), True
                for reached, edge, faults in _outcomes(steps, world, move.event):
                    after = kept(reached)
                    taken.add(edge)
                    places.add(after.place)
                    for fault in faults:
                        found.setdefault(f"{fault} ({edge})", _way(came, world, edge))
                        sound = False
                    if after not in came and (not within or after.place.partition("/")[0] in within):
                        came[after] = (world, edge)
                        todo.append(after)
                if places and sound and move.leads is not None:
                    gone[alike] = places
            if places - {world.place}:
                left.add(world.place)
    live = {world.place for world in came}
    return Report(
        len(came),
        tuple(sorted(edges(book) - {_general(book, edge) for edge in taken})),
        tuple(sorted(live - left)),
        tuple(f"{fault}: {way}" for fault, way in sorted(found.items())),
    )


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


def events(book: Book, place: str, facts: Facts) -> Iterator[Event]:
    """Everything that can happen there: what the person can do, and what comes by itself."""
    state = book.places[place]
    if book.private(place) and not facts.signed_in:
        yield ev.SignedOut()
        return
    for rule in book.rules(place):
        if isinstance(rule.on, str):
            if rule.on.startswith("/"):
                yield Command(rule.on[1:])
            elif _shows(facts, state, rule.on):
                yield Tapped(rule.on, "1")
        elif isinstance(rule.on, type) and _possible(facts, state, rule.on):
            yield from _examples(rule.on)


def _shows(facts: Facts, state: State, button: str) -> bool:
    own = {b.id: b for row in state.buttons for b in row}
    if button in own:
        when = own[button].when
        return not when or GUARDS[when](facts, {}, Tapped(button))
    return button in ("back", "cancel", "help", "person")


_BY_ITSELF = frozenset(
    {
        ev.Idle, ev.Outdated, ev.Failed, ev.StaleButton, ev.RepeatedTap, ev.Unrecognised, ev.LinkGood, ev.LinkBad,
        ev.LinkTicket, ev.Written, ev.NotWritten, ev.CodeUndelivered, ev.PasswordRefused, ev.SignInLocked,
        ev.NotSolved, ev.Replied,
    }
)  # fmt: skip


_FROM_FORMS = (
    ev.PasswordAccepted,
    ev.SignUpGiven,
    ev.SecretGiven,
    ev.CodesShown,
    ev.DataTaken,
    ev.TradingShown,
    ev.IdentityGiven,
)
"""What a page that was left open may bring at any time."""


def _possible(facts: Facts, state: State, event: type[Event]) -> bool:
    """Whether the event can come, leaving aside outcomes of effects, and whether a right code can be known."""
    if event in (ev.TicketClosed, ev.AgentWrote, ev.SentTo, ev.ToTicket):
        return facts.ticket_open
    if event in (ev.RecoveryApproved, ev.PictureAgain, ev.RecoveryRejected):
        return facts.recovery == "review"
    if event is ev.RecoveryOver:
        return bool(facts.recovery)
    if event is ev.Idle:
        return bool(state.within)
    return event in _BY_ITSELF or event in state.reads.outcomes or event in _FROM_FORMS


def _right(world: World, state: State) -> bool:
    """Whether there is a code that would be right here."""
    facts, ledger, purpose = world.facts, world.ledger, state.reads.purpose
    if purpose == ef.SIGNIN and not facts.known:
        return False
    if purpose == ef.RECOVER and not (facts.known and facts.recovery == "checking"):
        return False
    return {
        "totp": facts.has_totp,
        "new_totp": ledger.key,
        "sms": purpose in ledger.sent,
        "email": purpose in ledger.sent,
        "recovery": facts.has_codes or purpose == ef.RECOVER,
        "pair": purpose in ledger.sent and facts.has_totp,
    }[state.reads.channel]


_REFUSALS = ("unproven", "taken", "already", "same", "limit", "more", "busy", "late", "gone")


def _examples(event: type[Event]) -> Iterator[Event]:
    if event in (ev.NumberGiven, ev.NumberDoubtful):
        for number in NUMBERS:
            yield ev.NumberGiven(number, "GB") if event is ev.NumberGiven else ev.NumberDoubtful(number, "GB", "x")
    elif event is ev.AddressGiven:
        yield from (ev.AddressGiven(address) for address in ADDRESSES)
    elif event is ev.CodeRefused:
        yield from (ev.CodeRefused("cooldown"), ev.CodeRefused("limit"), ev.CodeRefused("unproven"))
    elif event is ev.SentTo:
        yield from (ev.SentTo(step) for step in ev.STEPS)
    elif event is ev.TicketSeen:
        yield from (ev.TicketSeen(stands) for stands in ("live", "solved", "closed", "gone"))
    elif event is ev.Refused:
        yield from (ev.Refused(reason) for reason in _REFUSALS)
    else:
        yield event(**{f.name: "x" for f in fields(event) if f.default is f.default_factory})


_Leads = tuple[str, str, tuple[ef.Effect, ...]]
"""Where a step leads: the state, the new number or address, and what is to be carried out."""


class _Move(NamedTuple):
    """Something that can happen, and more than words.

    ``leads`` is where to, unless that is not all that becomes of it: from wherever the same thing leads to the same
    place, with the same facts and ledger, the same worlds are reached.
    """

    event: Event
    edge: str
    leads: _Leads | None


class _Steps:
    """The steps of a book, each taken once: many worlds differ only in what the tables do not look at."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.take = cache(self._take)
        self.there = cache(self._there)

    def _take(self, place: str, target: str, event: Event, facts: Facts) -> Step:
        flow, _, state = place.partition("/")
        snapshot = Snapshot(flow, state, version=1, data={"number": target, "address": target})
        return self.book.step(snapshot, event, facts)

    def _there(self, place: str, target: str, facts: Facts) -> tuple[frozenset[str], tuple[_Move, ...]]:
        """The edges by which something is only said there, and what does more."""
        said, moves = set(), []
        for event in events(self.book, place, facts):
            step = self.take(place, target, event, facts)
            if _only_says(step, place, event):
                said.add(step.edge)
            else:
                whole = type(event) not in LEDGERED and step.snapshot.parked is None
                leads = (step.snapshot.place, _target(step), step.effects) if whole else None
                moves.append(_Move(event, step.edge, leads))
        return frozenset(said), tuple(moves)


def _target(step: Step) -> str:
    """The new number or address that the step is about."""
    name = "address" if step.snapshot.flow == "bind_email" else "number"
    return str(step.snapshot.data.get(name, ""))


def _only_says(step: Step, place: str, event: Event) -> bool:
    return not step.effects and step.snapshot.place == place and type(event) not in LEDGERED


def _outcomes(steps: _Steps, world: World, event: Event) -> Iterator[tuple[World, str, tuple[str, ...]]]:
    """Every world that the event can lead to, with the edges taken and the invariants broken on the way."""
    step = steps.take(world.place, world.target, event, world.facts)
    if _only_says(step, world.place, event):
        yield world, step.edge, ()
        return
    if step.snapshot.parked is not None:
        resumed = world.facts._replace(ticket_open=not world.facts.ticket_open)
        yield world._replace(facts=resumed), step.edge, ()
    after = World(step.snapshot.place, _target(step), world.facts, world.ledger)
    for reached in _accounts(happened(steps.book, world, after, event), event):
        yield from _carried(steps, reached, step)


def _accounts(world: World, event: Event) -> Iterator[World]:
    """The world for every kind of account that a password or a link may open."""
    opened = isinstance(event, ev.LinkGood) or (isinstance(event, ev.PasswordAccepted) and not world.facts.signed_in)
    if not opened:  # a password given in a late form changes nothing for whoever is signed in
        yield world
        return
    for has_phone, has_totp in product((False, True), repeat=2):
        yield world._replace(facts=world.facts._replace(has_phone=has_phone, has_totp=has_totp))


def _carried(steps: _Steps, after: World, step: Step) -> Iterator[tuple[World, str, tuple[str, ...]]]:
    """Every world that the step's effects can lead to."""
    if not step.effects:
        yield after, step.edge, ()
        return
    faults = tuple(fault for effect in step.effects for fault in broken(after, effect))
    branches: list[tuple[World, Event | None]] = [(after, None)]
    for effect in step.effects:
        branches = [(applied(branch, effect), None) for branch, _ in branches]
        if effect.outcomes:
            branches = [
                (branch, outcome)
                for branch, _ in branches
                for kind in effect.outcomes
                for outcome in _examples(kind)
                if comes_of(branch, effect, outcome)
            ]
    seen: set[tuple[World, str]] = set()
    for branch, outcome in branches:
        yield branch, step.edge, faults
        if outcome is not None:
            reached = settled(branch, step.effects[-1], outcome)
            followed = steps.take(reached.place, reached.target, outcome, reached.facts)
            # Most refusals lead to the same place, whatever their reason.
            if type(outcome) in LEDGERED or (reached, followed.edge) not in seen:
                seen.add((reached, followed.edge))
                yield from _outcomes(steps, reached, outcome)


def _way(came: dict[World, tuple[World, str] | None], world: World, edge: str) -> str:
    """The shortest conversation that ends with ``edge``."""
    steps = [edge]
    step = came[world]
    while step is not None:
        world, taken = step
        steps.append(taken)
        step = came[world]
    return " | ".join(reversed(steps))
