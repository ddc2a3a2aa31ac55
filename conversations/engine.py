"""The machine that walks the conversations.

Rules of the file
    1. Pure: no clock, no I/O, no Telegram, no SQL. The same arguments always give the same step.
    2. The tables are the truth. ``Book.step`` only looks things up; a transition that is not in a table does not exist.
    3. A table that could leave somebody stranded is refused when it is made, not when it is met.

How it works
    A *flow* is a list of *states*; a state's screen is the template ``<flow>/<state>``. A state says which *buttons*
    it shows, what it *reads* (how free text, a contact or a picture becomes an event), where *Back* leads, and *within*
    how many seconds an answer is due. Its *rules* say, event by event, where the conversation goes next: first match
    wins, and the last rule for an event carries no guard. What holds in every state (cancel, help, a human, idleness)
    is one more list of rules, tried after the state's own. ``Book.step`` finds the rule and returns the *edge* taken,
    the next *snapshot* and the *effects* to carry out, as data.

    A snapshot is all that is remembered of a conversation between two events. It never holds a counter, a proof or a
    code: those are rows, so that neither Back nor a restart can reset them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from conversations import events as ev
from conversations.effects import RECOVER, SIGNUP, Channel, Effect
from conversations.events import Command, Event, Tapped
from conversations.facts import GUARDS, Facts, Value

HERE = "."
"""Target: stay, and show the screen again."""
QUIET = ""
"""Target: stay, and show nothing."""
RESUME = "<"
"""Target: go back to the conversation that was parked, or to the menu: without one, or without the session it needs."""

CALLBACK_LIMIT = 64
"""Bytes of ``callback_data`` (Bot API, InlineKeyboardButton)."""


class TableError(ValueError):
    """A flow's table is not sound; the message names the flow, the state and the fault."""


@dataclass(frozen=True, slots=True)
class Reads:
    """How a state turns free input into events; ``bot/resolve.py`` has one reader a kind."""

    kind: Literal["nothing", "message", "code", "country", "number", "form", "address"] = "nothing"
    channel: Channel = "email"
    purpose: str = ""
    outcomes: tuple[type[Event], ...] = ()


NOTHING = Reads()
MESSAGE = Reads("message", outcomes=(ev.MessageGiven,))
_NUMBER = (
    ev.NumberGiven,
    ev.NumberDoubtful,
    ev.NumberSeveral,
    ev.NumberBad,
    ev.CountryUnserved,
    ev.ContactForeign,
)
NUMBER = Reads("number", outcomes=_NUMBER)
ADDRESS = Reads("address", outcomes=(ev.AddressGiven, ev.AddressBad))
COUNTRY = Reads(
    "country",
    outcomes=(
        ev.CountryGiven,
        ev.CountryUnserved,
        ev.CountrySeveral,
        ev.CountryUnknown,
        ev.NumberGiven,
        ev.NumberDoubtful,
    ),
)


def code(channel: Channel, purpose: str) -> Reads:
    """Read a one-time code that came by ``channel`` for ``purpose``."""
    outcomes: tuple[type[Event], ...] = (ev.CodeRight, ev.CodeWrong, ev.CodeLocked, ev.CodeMalformed)
    if channel in ("sms", "email"):
        outcomes += (ev.CodeSpent, ev.CodeExpired, ev.CodeSuperseded, ev.CodeUndelivered)
        # Somebody who has no account yet waits for no other code.
        outcomes += () if purpose == SIGNUP else (ev.CodeElsewhere,)
    elif channel == "pair":
        # Asked together and answered as one: nothing tells which of the two was wrong.
        outcomes += (ev.CodeSpent, ev.CodeExpired, ev.CodeUndelivered)
    elif channel == "recovery":
        # It is good or it is not: nothing about it runs out, but the password that came before may.
        outcomes += (ev.CodeExpired,) if purpose == RECOVER else ()
    else:
        # The first code of a new key binds it: there is none before it.
        outcomes += (ev.CodeExpired,) if channel == "new_totp" else (ev.CodeExpired, ev.CodeReused)
    return Reads("code", channel, purpose, outcomes)


def form(*outcomes: type[Event]) -> Reads:
    """Wait for the outcome of a one-time form; free text is not read."""
    return Reads("form", outcomes=outcomes)


@dataclass(frozen=True, slots=True)
class Button:
    """A button; its label is the entry ``id`` in ``templates/buttons.toml``.

    Args:
        id: names the button; pressing it is ``Tapped(id)``.
        when: guard that must hold for the button to be shown.
        each: name of a list (``bot/render.py``); one button an entry, whose argument comes with the tap.
        url: name of the address that the button opens instead of being an event.
        style: ``primary``, ``success`` or ``danger`` (Bot API 9.4), or empty.
    """

    id: str
    when: str = ""
    each: str = ""
    url: str = ""
    style: Literal["", "primary", "success", "danger"] = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One edge out of a state.

    Args:
        on: an event class, an event to be equal to, ``"id"`` for a tapped button, or ``"/name"`` for a command.
        to: a state of the same flow, ``flow/state``, or ``HERE``, ``QUIET``, ``RESUME``.
        when: name of a guard in ``conversations/facts.py``; none on the last rule for an event.
        say: template of a notice shown above the next screen.
        keep: data to keep, as name -> field of the event.
        put: data to set.
        drop: data to forget.
        do: effects to carry out, in order; only the last may have outcomes.
        park: remember the present conversation so that ``RESUME`` can return to it.
    """

    on: type[Event] | Event | str
    to: str
    when: str = ""
    say: str = ""
    keep: Mapping[str, str] = field(default_factory=dict)
    put: Mapping[str, Value] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    do: tuple[Effect, ...] = ()
    park: bool = False

    @property
    def trigger(self) -> str:
        """The event part of the edge's name, such as ``CodeRight``, ``tap:send`` or ``/start``."""
        if isinstance(self.on, type):
            return self.on.__name__
        if isinstance(self.on, str):
            return self.on if self.on.startswith("/") else f"tap:{self.on}"
        return repr(self.on)

    def matches(self, event: Event) -> bool:
        """Whether the rule is about this event, guards aside."""
        if isinstance(self.on, type):
            return isinstance(event, self.on)
        if isinstance(self.on, str):
            if self.on.startswith("/"):
                return event == Command(self.on[1:])
            return isinstance(event, Tapped) and event.button == self.on
        return event == self.on


@dataclass(frozen=True, slots=True)
class State:
    """One step of a flow. See the module's text; ``root`` states are menus: they offer neither Back nor Cancel."""

    name: str
    rules: tuple[Rule, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    reads: Reads = NOTHING
    back: str = ""
    within: int = 0
    root: bool = False
    contact: bool = False
    """Shows a reply keyboard with *share my number* instead of inline buttons."""
    picture: str = ""
    """Name of the picture that the screen carries (``bot/render.py``)."""
    passing: bool = False
    """Left again within the same turn, by the outcome of an effect: it has no screen."""
    private: bool = False
    """Needs a session: whoever has none any more gets ``SignedOut`` in place of whatever they did."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A named table of states.

    ``version`` rises with every change of shape (``flows.lock.json``). Every state of a ``private`` flow is private.
    """

    name: str
    version: int
    states: tuple[State, ...]
    private: bool = False

    @property
    def first(self) -> State:
        """The state in which the flow is entered when nothing else is said."""
        return self.states[0]

    def state(self, name: str) -> State:
        """The state of that name; ``KeyError`` if there is none."""
        for state in self.states:
            if state.name == name:
                return state
        raise KeyError(f"{self.name}/{name}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is remembered of a conversation between two events."""

    flow: str
    state: str
    version: int
    turn: int = 0
    data: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    parked: Snapshot | None = None

    @property
    def place(self) -> str:
        """``flow/state``."""
        return f"{self.flow}/{self.state}"


@dataclass(frozen=True, slots=True)
class Step:
    """What one event did: the edge taken, where the conversation stands now, and what is to be carried out."""

    edge: str
    snapshot: Snapshot
    effects: tuple[Effect, ...]
    say: str
    show: bool


class Book:
    """All flows and what holds in every state, checked together.

    Args:
        flows: the flows; the first one's first state is where everybody begins.
        everywhere: rules tried after a state's own.

    Raises:
        TableError: a table is not sound; every fault found is in the message.
    """

    def __init__(self, flows: Iterable[Flow], everywhere: tuple[Rule, ...]) -> None:
        self.flows = {flow.name: flow for flow in flows}
        self.everywhere = everywhere
        self._states = {f"{f.name}/{s.name}": s for f in self.flows.values() for s in f.states}
        self._rules = {place: self._all_rules(state) for place, state in self._states.items()}
        self._kinds: dict[tuple[str, object], tuple[Rule, ...]] = {}
        from conversations.checks import faults  # noqa: PLC0415 - the checks read the finished book

        found = faults(self)
        if found:
            raise TableError("\n".join(found))

    @property
    def start(self) -> Snapshot:
        """Where a conversation begins."""
        flow = next(iter(self.flows.values()))
        return Snapshot(flow.name, flow.first.name, flow.version)

    def menu(self, *, signed_in: bool) -> Snapshot:
        """The menu of the first flow that fits; where a conversation begins if there is but one."""
        flow = next(iter(self.flows.values()))
        fitting = (state.name for state in flow.states if state.root and state.private and signed_in)
        return replace(self.start, state=next(fitting, flow.first.name))

    @property
    def places(self) -> Mapping[str, State]:
        """Every state by ``flow/state``."""
        return self._states

    def private(self, place: str) -> bool:
        """Whether ``flow/state`` needs a session."""
        return self._states[place].private or self.flows[place.partition("/")[0]].private

    def rules(self, place: str) -> tuple[Rule, ...]:
        """The rules of ``flow/state`` in the order in which they are tried, those of everywhere included."""
        return self._rules[place]

    def _all_rules(self, state: State) -> tuple[Rule, ...]:
        back = (Rule("back", state.back),) if state.back else ()
        return (*state.rules, *back, *self.everywhere)

    def step(self, snapshot: Snapshot, event: Event, facts: Facts) -> Step:
        """Take the one edge that ``event`` opens from where the conversation stands.

        Raises:
            LookupError: no rule is about the event; the checks leave this to events nothing can raise.
        """
        for rule in self._about(snapshot.place, event):
            if rule.matches(event) and (not rule.when or GUARDS[rule.when](facts, snapshot.data, event)):
                return self._take(snapshot, event, rule, signed_in=facts.signed_in)
        raise LookupError(f"{snapshot.place} has no rule for {type(event).__name__}")

    def _about(self, place: str, event: Event) -> tuple[Rule, ...]:
        """The rules of a place that can be about such an event, in order."""
        kind: object = type(event)
        if isinstance(event, Tapped):
            kind = event.button
        elif isinstance(event, Command):
            kind = f"/{event.name}"
        found = self._kinds.get((place, kind))
        if found is None:
            found = tuple(rule for rule in self._rules[place] if rule.matches(event) or isinstance(rule.on, Event))
            self._kinds[place, kind] = found
        return found

    def edge(self, place: str, rule: Rule) -> str:
        """The stable name of an edge: where it starts, what opens it, where it leads."""
        guard = f"?{rule.when}" if rule.when else ""
        return f"{place} {rule.trigger}{guard} -> {rule.to or 'quiet'}"

    def _take(self, snapshot: Snapshot, event: Event, rule: Rule, *, signed_in: bool) -> Step:
        edge = self.edge(snapshot.place, rule)
        if rule.to == QUIET:
            return Step(edge, snapshot, rule.do, rule.say, show=False)
        turn = snapshot.turn + 1
        if rule.to == RESUME:
            parked = snapshot.parked
            if parked is None or (self.private(parked.place) and not signed_in):
                parked = self.menu(signed_in=signed_in)
            return Step(edge, replace(parked, turn=turn), rule.do, rule.say, show=True)
        fresh = {name: getattr(event, source) for name, source in rule.keep.items()} | dict(rule.put)
        place = self.landing(snapshot.place, rule.to)
        flow, _, state = place.partition("/")
        left = {} if flow != snapshot.flow else {k: v for k, v in snapshot.data.items() if k not in rule.drop}
        after = Snapshot(
            flow,
            state,
            self.flows[flow].version,
            turn,
            MappingProxyType(left | fresh),
            self._parked(snapshot, rule, place),
        )
        return Step(edge, after, rule.do, rule.say, show=True)

    def _parked(self, snapshot: Snapshot, rule: Rule, to: str) -> Snapshot | None:
        """What stays parked after the edge: menus forget it, and at most two conversations wait."""
        if self._states[to].root:
            return None
        if not rule.park or to == snapshot.place:
            return snapshot.parked
        deeper = snapshot.parked
        return replace(snapshot, parked=replace(deeper, parked=None) if deeper else None)

    @staticmethod
    def landing(place: str, to: str) -> str:
        """The ``flow/state`` that a rule's ``to`` means from ``place``."""
        if to in (HERE, QUIET):
            return place
        return to if "/" in to else f"{place.partition('/')[0]}/{to}"
