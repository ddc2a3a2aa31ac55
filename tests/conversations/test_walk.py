"""The exhaustive walk: nothing unreachable, nobody stuck, no invariant broken; and it does find what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conversations import effects as ef
from conversations import events as ev
from conversations.engine import Book, Rule
from conversations.flows import BOOK
from conversations.walk import walk


def mutant(place: str, change) -> Book:
    """The book with one state's rules changed."""
    flow_name, _, state_name = place.partition("/")
    flows = []
    for flow in BOOK.flows.values():
        states = tuple(
            replace(state, rules=change(state.rules)) if (flow.name, state.name) == (flow_name, state_name) else state
            for state in flow.states
        )
        flows.append(replace(flow, states=states))
    return Book(flows, BOOK.everywhere)


def test_the_flows_are_sound():
    """Every edge can be taken, every state can be left, and nothing is bound, paid for or opened without proof."""
    report = walk(BOOK)

    assert () == report.unreached
    assert () == report.stuck
    assert () == report.broken
    assert 5_000 < report.worlds


def without_effects(kind):
    return lambda rules: tuple(replace(r, do=tuple(e for e in r.do if not isinstance(e, kind))) for r in rules)


def wrong_code(**change):
    """A wrong code is taken for a right one."""
    return lambda rules: tuple(replace(r, **change) if r.on is ev.CodeWrong else r for r in rules)


def without_proof(rules):
    """The check before a change is skipped."""
    return (Rule("sms", "country", when="has_totp"), *rules)


@pytest.mark.parametrize(
    ("place", "change", "fault"),
    [
        ("bind_phone/prove_totp", wrong_code(to="country"), "a code for bind_phone is sent before enough was proved"),
        (
            "bind_phone/sms",
            wrong_code(to="activate"),
            "BindPhone is asked for without an accepted code for exactly that place",
        ),
        (
            "bind_phone/number",
            without_effects(ef.RevokeCodes),
            "BindPhone is asked for without an accepted code for exactly",
        ),
        ("change_phone/prove", without_proof, "a code for change_phone is sent before enough was proved"),
        (
            "change_phone/prove_pair",
            wrong_code(to="country"),
            "a code for change_phone is sent before enough was proved",
        ),
        (
            "change_phone/sms",
            wrong_code(to="changing", do=(ef.ChangePhone(),)),
            "ChangePhone is asked for without an accepted code for exactly that place",
        ),
        (
            "protection/phone",
            lambda rules: (Rule("change_phone", "bind_phone/prove", when="has_totp"), *rules),
            "BindPhone puts a number in the place of another and begins no hold",
        ),
        (
            "recover_phone/review",
            lambda rules: (Rule("home", "country", when="signed_in"), *rules),
            "a code for recover_phone is sent before enough was proved",
        ),
        (
            "recover_phone/sms",
            wrong_code(to="recovering", do=(ef.RecoverPhone(),)),
            "RecoverPhone is asked for without an accepted code for exactly that place",
        ),
        ("bind_email/old", wrong_code(to="address"), "a code for new_email is sent before enough was proved"),
        (
            "bind_email/new",
            wrong_code(to="changing", do=(ef.ChangeEmail(),)),
            "ChangeEmail is asked for without an accepted code for exactly that place",
        ),
        (
            "bind_totp/replace_recovery",
            lambda rules: tuple(replace(r, to="rescan") if r.on is ev.CodeWrong else r for r in rules),
            "ReplaceTotp is asked for although not enough was proved for it",
        ),
        (
            "trading_password/prove",
            lambda rules: (Rule("email", "form", when="has_totp"), *rules),
            "SetTradingPassword is asked for although not enough was proved for it",
        ),
        (
            "signin/totp",
            wrong_code(to="entering", do=(ef.SignIn("password"),)),
            "somebody is signed in without password and second check",
        ),
        (
            "bind_totp/scan",
            wrong_code(to="binding", do=(ef.BindTotp(),)),
            "an authenticator is bound without a right first code",
        ),
    ],
)
def test_the_walk_finds_a_broken_rule(place, change, fault):
    """A table in which somebody gets past a check is reported, with the shortest way there."""
    near = {"welcome", "signin", "protection", place.partition("/")[0], "bind_phone"}
    broken = walk(mutant(place, change), until_broken=True, within=near).broken

    assert any(found.startswith(fault) for found in broken), broken[:2]
