"""What is proved by number: complaints about other bots, and cases from public bug reports."""

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


@pytest.mark.parametrize("case", [case["id"] for case in rows("chat.jsonl")])
def test_a_reported_case_is_played(case):
    """A case from a public bug report is named by the script, or the test, that plays it."""
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "runtime").glob("*.py")]

    assert any(case in name for name in NAMES) or any(f"({case})" in text for text in tests)
