"""What makes a table sound. Run once for every book when it is made, that is, at import.

A fault is a sentence that names the place; ``faults`` lists all of them, so that an author mends them in one go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conversations.events import Event, Idle
from conversations.facts import GUARDS

if TYPE_CHECKING:
    from conversations.engine import Book, Rule, State

_TURN_DIGITS = 8
"""Room for the turn number in base 36: 2.8e12 turns."""
_ARG_LIMIT = 12
"""The longest argument a listed button may carry: a region, a locale, a page or an index."""


def faults(book: Book) -> list[str]:
    """Everything that is wrong with the book's tables; empty when it is sound."""
    found = [
        fault
        for place, state in book.places.items()
        for check in (_targets, _guards, _lasts, _outcomes, _buttons, _time)
        for fault in check(book, place, state)
    ]
    return found + list(_unreachable(book))


def _targets(book: Book, place: str, state: State) -> Iterator[str]:
    from conversations.engine import QUIET, RESUME  # noqa: PLC0415 - the engine calls us while it is being made

    for rule in book.rules(place):
        if rule.to in (QUIET, RESUME):
            continue
        if book.landing(place, rule.to) not in book.places:
            yield f"{place}: {rule.trigger} leads to {rule.to}, which does not exist"
    if state.back == state.name:
        yield f"{place}: Back leads to itself"


def _guards(book: Book, place: str, state: State) -> Iterator[str]:
    named = [rule.when for rule in book.rules(place)] + [b.when for row in state.buttons for b in row]
    for name in named:
        if name and name not in GUARDS:
            yield f"{place}: guard {name} does not exist"
    for rule in book.rules(place):
        for effect in rule.do[:-1]:
            if effect.outcomes:
                yield f"{place}: {rule.trigger} has an effect with outcomes before its last one"


def _lasts(book: Book, place: str, _state: State) -> Iterator[str]:
    last: dict[str, Rule] = {}
    for rule in book.rules(place):
        earlier = last.get(rule.trigger)
        if earlier and not earlier.when:
            if rule not in book.everywhere:
                yield f"{place}: a rule for {rule.trigger} follows one without a guard and is never taken"
            continue
        last[rule.trigger] = rule
    for trigger, rule in last.items():
        if rule.when:
            yield f"{place}: the last rule for {trigger} has a guard ({rule.when})"


def _handles(book: Book, place: str, event: type[Event]) -> bool:
    return any(rule.on is event or (isinstance(rule.on, event)) for rule in book.rules(place))


def _outcomes(book: Book, place: str, state: State) -> Iterator[str]:
    for event in state.reads.outcomes:
        if not _handles(book, place, event):
            yield f"{place}: reads {event.__name__} and has no rule for it"
    for rule in book.rules(place):
        for effect in rule.do:
            for event in effect.outcomes:
                for target in _landing(book, place, rule):
                    if not _handles(book, target, event):
                        asked = f"{rule.trigger} asks for {type(effect).__name__}"
                        yield f"{place}: {asked}; {target} has no rule for {event.__name__}"


def _landing(book: Book, place: str, rule: Rule) -> tuple[str, ...]:
    target = book.landing(place, rule.to)
    return (target,) if target in book.places else ()


def _buttons(book: Book, place: str, state: State) -> Iterator[str]:
    ids = [button.id for row in state.buttons for button in row if not button.url]
    if len(ids) != len(set(ids)):
        yield f"{place}: a button stands twice"
    for button in (b for row in state.buttons for b in row):
        handled = button.url or any(rule.on == button.id for rule in book.rules(place))
        if not handled and not (button.each and state.reads.kind in ("country", "number")):
            yield f"{place}: button {button.id} has no rule"
        longest = len(f"{place}|{book.flows[place.partition('/')[0]].version}|{button.id}||".encode())
        if longest + _TURN_DIGITS + (_ARG_LIMIT if button.each else 0) > 64:
            yield f"{place}: button {button.id} does not fit into callback_data"
    if not state.root and not state.contact and not state.back and not _leaves(book, place):
        yield f"{place}: nothing leads out"


def _leaves(book: Book, place: str) -> bool:
    return any(target != place for rule in book.rules(place) for target in _landing(book, place, rule))


def _time(book: Book, place: str, state: State) -> Iterator[str]:
    if state.within and not _handles(book, place, Idle):
        yield f"{place}: has a time limit and no rule for Idle"


def _unreachable(book: Book) -> Iterator[str]:
    first = book.start.place
    seen, todo = {first}, [first]
    while todo:
        place = todo.pop()
        for rule in book.rules(place):
            for target in _landing(book, place, rule):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
    yield from (f"{place}: cannot be reached" for place in book.places if place not in seen)
