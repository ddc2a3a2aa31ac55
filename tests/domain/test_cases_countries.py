from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.domain import countries, languages

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "cases" / "countries.jsonl").read_text(encoding="utf-8").splitlines()
]
SEARCHES = [case for case in CASES if "queries" in case["input"]]
LOCALES = [case for case in CASES if "language_code" in case["input"]]


@pytest.mark.parametrize("case", SEARCHES, ids=[case["id"] for case in SEARCHES])
def test_reported_country_search_finds_the_place(case):
    """A country search from a public bug report finds what its reporter looked for, in the order expected."""
    expect = case["expect"]
    found = [[match.region for match in countries.search(query)] for query in case["input"]["queries"]]
    if "first" in expect:
        assert {expect["first"]} == {regions[0] for regions in found}
    if "first_each" in expect:
        assert expect["first_each"] == [regions[0] for regions in found]
    for regions in found:
        assert set(expect.get("contains", ())) <= set(regions)
    assert set(expect.get("contains_last", ())) <= set(found[-1])
    if "dial_code" in expect:
        assert {expect["dial_code"]} == {countries.dial_code(regions[0]) for regions in found}


@pytest.mark.parametrize("case", LOCALES, ids=[case["id"] for case in LOCALES])
def test_reported_language_code_gets_its_catalogue(case):
    """A language code from a public bug report gets the catalogue its reporter expected."""
    given = case["input"]
    chosen = languages.choose(given["language_code"], given["catalogues"], given.get("default", "en"))
    assert case["expect"]["locale"] == chosen
