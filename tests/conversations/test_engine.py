"""The machine that steps through the tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conversations import events as ev
from conversations.engine import HERE, QUIET, RESUME, Book, Button, Flow, Rule, Snapshot, State, TableError
from conversations.facts import Facts

MENU = State("menu", root=True, buttons=((Button("go"),),), rules=(Rule("go", "trip/one", park=True),))
ONE = State(
    "one",
    buttons=((Button("next"), Button("again"), Button("hush")),),
    rules=(
        Rule("next", "two", when="signed_in", put={"how": "in"}),
        Rule("next", "two", keep={"arg": "arg"}, drop=("old",), say="trip/said"),
        Rule("again", HERE),
        Rule("hush", QUIET, say="trip/hushed"),
    ),
)
TWO = State("two", buttons=((Button("home"),),), rules=(Rule("home", RESUME),), back="one")


def book(*states: State, everywhere: tuple[Rule, ...] = (Rule("/start", "top/menu"),)) -> Book:
    return Book((Flow("top", 1, (MENU,)), Flow("trip", 3, states or (ONE, TWO))), everywhere)


def at(state: str, **data) -> Snapshot:
    return Snapshot("trip", state, 3, turn=5, data=data)


def test_the_first_rule_that_matches_wins_and_a_guard_must_hold():
    """A guarded rule is passed over when its guard fails, for the next rule about the event."""
    out = book().step(at("one"), ev.Tapped("next", "x"), Facts())
    signed_in = book().step(at("one"), ev.Tapped("next", "x"), Facts(signed_in=True))

    assert ("trip/one tap:next -> two", {"arg": "x"}) == (out.edge, dict(out.snapshot.data))
    assert ("trip/one tap:next?signed_in -> two", {"how": "in"}) == (signed_in.edge, dict(signed_in.snapshot.data))


def test_a_step_changes_nothing_that_it_was_given():
    """The same arguments always give the same step, and the snapshot that was given stays as it was."""
    given = at("one", old="o", kept="k")

    first, second = (book().step(given, ev.Tapped("next", "x"), Facts()) for _ in range(2))

    assert first == second
    assert {"old": "o", "kept": "k"} == given.data
    assert {"kept": "k", "arg": "x"} == dict(first.snapshot.data)


def test_here_shows_the_screen_again_and_quiet_shows_nothing():
    """Both stay where they are; only the one that shows something counts a turn, which makes older buttons stale."""
    here = book().step(at("one"), ev.Tapped("again"), Facts())
    quiet = book().step(at("one"), ev.Tapped("hush"), Facts())

    assert ("trip/one", 6, True) == (here.snapshot.place, here.snapshot.turn, here.show)
    assert ("trip/one", 5, False, "trip/hushed") == (quiet.snapshot.place, quiet.snapshot.turn, quiet.show, quiet.say)


def test_another_flow_begins_without_the_data_of_this_one():
    """What a flow keeps is its own; the version is the new flow's."""
    step = book().step(Snapshot("top", "menu", 1, data={"x": "y"}), ev.Tapped("go"), Facts())

    assert (3, {}) == (step.snapshot.version, dict(step.snapshot.data))


def test_what_was_parked_comes_back_as_it_was():
    """RESUME returns to the parked conversation with its data; menus forget what was parked."""
    menu = Snapshot("top", "menu", 1, data={"page": 2})
    trip = book().step(menu, ev.Tapped("go"), Facts()).snapshot
    two = book().step(trip, ev.Tapped("next"), Facts()).snapshot

    back = book().step(two, ev.Tapped("home"), Facts()).snapshot
    away = book().step(two, ev.Command("start"), Facts()).snapshot

    assert menu == trip.parked == two.parked
    assert ("top/menu", {"page": 2}, None) == (back.place, dict(back.data), back.parked)
    assert away.parked is None


def test_what_needs_a_session_is_not_resumed_without_one():
    """The menu that fits takes its place: that of whoever is signed in is the first flow's private one."""
    flow = Flow(
        "top",
        1,
        (
            State("start", root=True, rules=(Rule("go", "away"),), buttons=((Button("go"),),)),
            State("home", root=True, private=True, rules=(Rule("go", "away"),), buttons=((Button("go"),),)),
            State("away", rules=(Rule("home", RESUME), Rule("in", "home")), buttons=((Button("home"), Button("in")),)),
        ),
    )
    book = Book((flow,), ())
    away = Snapshot("top", "away", 1, parked=Snapshot("top", "home", 1, data={"page": 2}))

    def resumed(snapshot, *, signed_in):
        return book.step(snapshot, ev.Tapped("home"), Facts(signed_in=signed_in)).snapshot

    assert ("top/home", 2) == (resumed(away, signed_in=True).place, resumed(away, signed_in=True).data["page"])
    assert "top/start" == resumed(away, signed_in=False).place
    assert "top/home" == resumed(replace(away, parked=None), signed_in=True).place


def test_resume_with_nothing_parked_leads_to_the_beginning():
    """Nobody is stranded by a conversation that has nowhere to return to."""
    assert "top/menu" == book().step(at("two"), ev.Tapped("home"), Facts()).snapshot.place


def test_back_is_an_edge():
    """Back leads where the table says, not where the person came from."""
    assert "trip/one" == book().step(at("two"), ev.Tapped("back"), Facts()).snapshot.place


def test_an_event_without_a_rule_is_an_error():
    """The tables leave no such event to real people; the machine says so rather than guess."""
    with pytest.raises(LookupError, match="trip/two has no rule for Idle"):
        book().step(at("two"), ev.Idle(), Facts())


@pytest.mark.parametrize(
    ("states", "fault"),
    [
        (
            (State("one", rules=(Rule("/start", "nowhere"),)),),
            "trip/one: /start leads to nowhere",
        ),
        ((ONE, TWO, State("island", rules=(Rule("/start", "one"),))), "trip/island: cannot be reached"),
        ((State("one", rules=(Rule("/start", HERE, when="wise"),)),), "trip/one: guard wise does not exist"),
        ((State("one", buttons=((Button("dumb"),),), rules=(Rule("/start", "top/menu"),)),), "button dumb has no rule"),
        (
            (State("one", buttons=((Button("x" * 60),),), rules=(Rule("x" * 60, "top/menu"),)),),
            "does not fit into callback_data",
        ),
        ((State("one", within=60, rules=(Rule("/start", "top/menu"),)),), "has a time limit and no rule for Idle"),
        ((State("one", back="one", rules=(Rule("/start", "top/menu"),)),), "trip/one: Back leads to itself"),
    ],
)
def test_an_unsound_table_is_refused_when_it_is_made(states, fault):
    """The message names the flow, the state and the fault."""
    with pytest.raises(TableError) as caught:
        book(*states)

    assert fault in str(caught.value)


def test_all_faults_are_told_at_once():
    """An author mends them in one go."""
    with pytest.raises(TableError) as caught:
        book(State("one", back="one", within=1, buttons=((Button("a"), Button("b")),)))

    assert 4 <= len(str(caught.value).splitlines())
