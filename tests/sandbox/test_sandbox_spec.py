from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.methods import METHODS
from bot.sandbox.methods.reactions import EMOJI
from bot.sandbox.updates import KINDS

SPEC = Path("/work/shared/bot-api-spec-10.0.json")


@pytest.fixture(scope="module")
def spec() -> Any:
    if not SPEC.exists():
        pytest.skip("the machine-readable Bot API is not here")
    return json.loads(SPEC.read_text())


@pytest.mark.parametrize("name", sorted(method.name for method in METHODS.values()))
def test_a_method_has_exactly_the_parameters_of_the_bot_api(spec: Any, name: str) -> None:
    """Names and parameters are those of Bot API 10.0, no more and no fewer."""
    fields = {field["name"] for field in spec["methods"][name].get("fields", [])}

    assert fields == METHODS[name.lower()].names


def test_update_kinds_are_those_of_the_bot_api(spec: Any) -> None:
    """Every kind of update can be allowed or not."""
    fields = {field["name"] for field in spec["types"]["Update"]["fields"]} - {"update_id"}

    assert fields == set(KINDS)


def test_reactions_are_those_of_the_bot_api(spec: Any) -> None:
    """The emoji of reactions are the documented ones."""
    [text] = [
        field["description"]
        for field in spec["types"]["ReactionTypeEmoji"]["fields"]
        if "one of" in field["description"]
    ]

    assert set(text.split('"')[1::2]) == EMOJI
