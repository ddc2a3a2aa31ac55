"""The real flows: what holds in every state, and the shapes that are locked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.db import forms
from bot.domain import codes
from conversations import diagram, signin, steps, upgrades
from conversations import events as ev
from conversations.engine import Snapshot
from conversations.facts import Facts
from conversations.flows import BOOK

LOCK = Path(upgrades.__file__).with_name("flows.lock.json")
PLACES = sorted(place for place, state in BOOK.places.items() if not state.passing)


def step(place: str, event: ev.Event, **facts: bool):
    flow, _, state = place.partition("/")
    return BOOK.step(Snapshot(flow, state, BOOK.flows[flow].version), event, Facts(**facts))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("signed_in", [True, False])
def test_every_state_knows_the_way_out_and_the_way_to_a_human(place, signed_in):
    """Start leads to the menu that fits, a person is one word away, help stays, and nothing is lost on an odd event."""
    # Nobody is signed in while a new account is still being made for them.
    home = "welcome/home" if signed_in and place != "signin/writing" else "welcome/start"
    facts = {"signed_in": signed_in, "known": signed_in}

    assert step(place, ev.Command("start"), **facts).snapshot.place in (home, "welcome/home")
    assert step(place, ev.Command("person"), **facts).snapshot.place.startswith("handoff/")
    assert place == step(place, ev.Command("help"), **facts).snapshot.place
    for odd in (ev.StaleButton(), ev.RepeatedTap(), ev.Unrecognised("sticker"), ev.Failed(), ev.Command("privacy")):
        assert step(place, odd, **facts).snapshot.place in (place, "signin/form")


@pytest.mark.parametrize("place", [place for place in PLACES if BOOK.places[place].within])
def test_a_step_that_is_left_alone_ends_and_its_codes_die(place):
    """Idle leads to a menu and revokes whatever was sent."""
    out = step(place, ev.Idle())

    assert "welcome/start" == out.snapshot.place
    assert ["RevokeCodes"] == [type(effect).__name__ for effect in out.effects]


def test_the_times_of_the_tables_are_those_of_the_rows():
    """A step waits exactly as long as its code or its form is good."""
    assert codes.LIFE == steps.CODE_WAIT * 1000
    assert signin.FORM_LIFE == forms.FORM_LIFE


@pytest.mark.parametrize("name", sorted(BOOK.flows))
def test_no_shape_changes_under_a_version_that_is_locked(name):
    """A changed shape needs a new version, and an upgrade for those who are in the middle of it."""
    locked, flow = json.loads(LOCK.read_text(encoding="utf-8"))[name], BOOK.flows[name]

    assert locked.get(str(flow.version)) == upgrades.shape(flow), (
        f"{name}: its shape is not the locked one of version {flow.version}. Raise the version, write an upgrade from"
        " the older one in conversations/upgrades.py (or None, for a polite restart), and run: make docs"
    )
    assert [] == [old for old in locked if int(old) < flow.version and (name, int(old)) not in upgrades.UPGRADES]


def test_the_lock_keeps_what_it_has_and_takes_up_new_versions():
    """A tool that locks shapes cannot hide that one was changed."""
    now = {name: str(BOOK.flows[name].version) for name in ("welcome", "signin")}
    made = upgrades.lock(BOOK, {"welcome": {now["welcome"]: "other", "0": "older"}})

    assert {"0": "older", now["welcome"]: "other"} == made["welcome"]
    assert {now["signin"]: upgrades.shape(BOOK.flows["signin"])} == made["signin"]


def test_a_conversation_of_today_is_carried_as_it_is():
    """Nothing is copied or changed where nothing has to be."""
    snapshot = Snapshot("welcome", "start", BOOK.flows["welcome"].version)

    assert snapshot is upgrades.carry(BOOK, snapshot)


def test_an_older_conversation_is_carried_step_by_step_with_what_it_parked():
    """Upgrades are chained from version to version, also for the parked conversation."""
    older = Snapshot("welcome", "begin", -1, data={"x": 1})
    now = BOOK.flows["welcome"].version
    parked = Snapshot("handoff", "talk", BOOK.flows["handoff"].version, parked=older)
    chain = {
        ("welcome", -1): lambda s: Snapshot(s.flow, "begin2", 0, data=s.data),
        ("welcome", 0): lambda s: Snapshot(s.flow, "start", now, data=s.data),
    }

    carried = upgrades.carry(BOOK, parked, chain)

    assert ("welcome/start", now, {"x": 1}) == (carried.parked.place, carried.parked.version, carried.parked.data)


@pytest.mark.parametrize(
    "snapshot",
    [
        Snapshot("gone", "x", 1),
        Snapshot("welcome", "start", 0),
        Snapshot("welcome", "gone", 1),
        Snapshot("welcome", "x", 9),
    ],
)
def test_what_nothing_carries_over_is_restarted(snapshot):
    """An unknown flow, state or version is never an exception."""
    assert upgrades.carry(BOOK, snapshot, {("welcome", 0): None}) is None


@pytest.mark.parametrize("name", sorted(BOOK.flows))
def test_the_picture_of_a_flow_has_every_edge_that_leads_elsewhere(name):
    """Mermaid and table are made of the table itself."""
    flow = BOOK.flows[name]
    picture, rows = diagram.mermaid(BOOK, flow), diagram.table(BOOK, flow)

    assert picture.startswith(f"stateDiagram-v2\n    [*] --> {flow.first.name}")
    for state in flow.states:
        for rule in diagram.own_rules(BOOK, f"{name}/{state.name}"):
            assert f"| {state.name} | {rule.trigger} | {rule.when} |" in rows
            assert rule.to in ("", ".") or f"    {state.name} --> " in picture
