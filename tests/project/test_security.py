"""The attacks: each is in the table once, is tried, and the page says what the table and the tests say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import docs

ROOT = Path(__file__).parents[2]
FAMILIES = {"A": range(1, 16), "B": range(16, 27), "C": range(27, 39), "D": range(39, 51), "E": range(51, 58),
            "F": range(58, 63)}  # fmt: skip
ATTACKS = [f"{family}{number:02}" for family, numbers in FAMILIES.items() for number in numbers]


def test_the_table_has_every_attack_once():
    """All 62, in order."""
    assert ATTACKS == list(docs.table())


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_is_tried(attack):
    """By a test that its id selects, and with an outcome in words."""
    row = docs.table()[attack]

    assert docs.tries()[attack]
    assert {"attack", "outcome"} <= set(row) <= {"attack", "outcome", "no_door"}


def test_no_test_tries_what_is_no_attack():
    """A mistyped id would select nothing."""
    assert set() == set(docs.tries()) - set(ATTACKS)


def test_the_page_names_the_tests_that_there_are():
    """It is written anew by make docs, and says what is there now."""
    made = docs.pages()[Path("docs/security.md")]

    assert made == (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
