from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.domain import phones

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "cases" / "phones.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_reported_phone_entry_is_read_as_expected(case):
    """A phone entry from a public bug report leads to one of its acceptable outcomes."""
    given, expect = case["input"], case["expect"]
    reading = phones.read(given["text"], given["country"], channel=given["channel"])
    assert reading.action in expect["ok"]
    if reading.action in {"accept", "confirm"}:
        assert expect["e164"] == reading.e164
        assert reading.region in expect.get("region_any", [expect.get("region")])
    if reading.action == "ask":
        assert expect["candidates"] == list(reading.candidates)
    if reading.action == "reject" and expect["action"] == "reject":
        assert expect["reason"] == reading.reason
