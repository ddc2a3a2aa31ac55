"""What is proved by number: complaints about other bots, how peers compare, and cases from public bug reports."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot import docs
from bot.scripts.play import is_script

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
NAMES = {
    f"{path.relative_to(ROOT)}:{name}"
    for path in (ROOT / "tests" / "scripts").rglob("*.yaml")
    if is_script(path)
    for name in re.findall(r"^script: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
}
NOT_OURS = {35}
"""Complaints that cannot be made of ours: there is one bot and one database in an installation."""


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def numbered() -> set[int]:
    """The numbers with which scripts of complaints begin."""
    found = set()
    for name in NAMES:
        where, _, title = name.partition(".yaml:")
        if where.startswith("tests/scripts/complaints/"):
            begins = re.match(r"((?:\d\d )+)", title)
            assert begins, f"{name} does not begin with a number"
            found |= set(map(int, begins[1].split()))
    return found


def test_every_complaint_is_answered_once():
    """The table has each of the 68 once, in order, and none that there is not."""
    assert list(range(1, 69)) == [row["number"] for row in rows("complaints.jsonl")]
    assert set() == numbered() - set(range(1, 69))


def test_what_is_claimed_about_a_complaint_is_shown():
    """Each has a script of its number or names a test that exists."""
    bare = {
        row["number"] for row in rows("complaints.jsonl") if row["number"] not in numbered() and not row.get("also")
    }
    missing = [path for row in rows("complaints.jsonl") for path in row.get("also", ()) if not (ROOT / path).is_file()]

    assert NOT_OURS == bare
    assert [] == missing


def test_the_table_names_the_scripts_that_there_are():
    """The page in the repository is what the scripts say now."""
    assert docs.complaints() == (ROOT / "docs" / "complaints.md").read_text(encoding="utf-8")


def test_every_feature_is_compared_once_and_ours_is_shown():
    """The 18 that none of the peers has, in order; whatever the agents' scripts play is the proof of some row."""
    compared = rows("peers.jsonl")
    shown = {path for row in compared for path in row["shown"]}
    played = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "scripts" / "handoff").glob("*.yaml")}

    assert list(range(1, 19)) == [row["number"] for row in compared if "number" in row]
    assert len(compared) == len({row["feature"] for row in compared})
    assert set() == {path for path in shown if not (ROOT / path).is_file()}
    assert set() == played - shown
    assert {"yes", "partly"} >= {row.get("ours", "yes") for row in compared}
    assert set() == {row["feature"] for row in compared if row.get("ours") == "partly" and "but" not in row}


def test_of_a_peer_only_what_is_known_is_said():
    """Yes, partly, no, or nothing, of the twelve; with complaints that there are."""
    compared = rows("peers.jsonl")
    named = {name for row in compared for name in (*row.get("peers", ()), *row.get("complaints", ()))}
    told = {word for row in compared for word in (row.get("rest", "no"), *row.get("peers", {}).values())}
    numbers = {number for row in compared for found in row.get("complaints", {}).values() for number in found}

    assert 12 == len(docs.PEERS)
    assert set(docs.PEERS) == named
    assert {"yes", "partly", "no"} == told
    assert set() == numbers - set(range(1, 69))


def test_the_desks_page_has_the_comparison_and_links_to_what_there_is():
    """Each link leads to a file in the repository, and nothing is said to come later."""
    page = (ROOT / "docs" / "desk.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page)

    assert docs.peers() in page
    assert "not yet" not in page + docs.complaints()
    assert [] == [link for link in links if not (ROOT / "docs" / link).is_file()]


@pytest.mark.parametrize("case", [case["id"] for case in rows("chat.jsonl")])
def test_a_reported_case_is_played(case):
    """A case from a public bug report is named by the script, or the test, that plays it."""
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "runtime").glob("*.py")]

    assert any(case in name for name in NAMES) or any(f"({case})" in text for text in tests)
