"""The look-up of known weaknesses fails for a weakness, and for nothing else."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "advisories.py"


@pytest.fixture(scope="module")
def ask():
    spec = importlib.util.spec_from_file_location("advisories", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ask


def saying(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.stdout.write({text!r}); sys.exit({code})"]


def test_a_known_weakness_fails_the_check(ask):
    """With the package, the advisory, and what mends it."""
    flaw = {"id": "CVE-1", "fix_versions": ["2.1"]}
    said = {"dependencies": [{"name": "a", "version": "2.0", "vulns": [flaw]}, {"name": "b", "skip_reason": "x"}]}

    assert (1, "a 2.0: CVE-1, mended in 2.1") == ask(saying(json.dumps(said), 1))


def test_none_is_said_with_how_many_were_looked_at(ask):
    """So that an empty answer does not pass for a clean one."""
    said = {"dependencies": [{"name": "a", "version": "2.0", "vulns": []}]}

    assert (0, "advisories: none for 1 packages") == ask(saying(json.dumps(said)))


@pytest.mark.parametrize("command", [saying("", 1), saying("no route to host", 1), ["/nowhere/at/all"], saying("[]")])
def test_where_nobody_can_be_asked_it_is_said_and_is_no_fault(ask, command):
    """Not installed, offline, or another answer than it should be."""
    code, word = ask(command)

    assert (0, True) == (code, word.startswith("advisories: not looked up"))
