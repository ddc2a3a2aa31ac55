from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from bot.sandbox import BOT_TOKEN, GATEWAY_TOKEN
from bot.sandbox.acts import Acts
from bot.sandbox.control import ACTS
from bot.sandbox.faults import Fault, Kind
from bot.sandbox.state import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
VALUES = {"supergroup", "administrator", "can_send_messages"}
ROWS = {
    name: row
    for row in re.findall(r"^\| `.* \|$", PAGE, re.MULTILINE)
    for name in re.findall(r"`(\w+)`", row.split("|")[1])
}


@pytest.mark.parametrize("name", ACTS)
def test_every_act_is_documented_with_its_fields(name: str) -> None:
    """The page names each act, and each field of it."""
    parameters = list(inspect.signature(getattr(Acts, name)).parameters)[1:]
    row = ROWS[name].split("|")[2]
    common = {"person", "chat", "thread"}

    for parameter in parameters:
        assert parameter in common or f"`{parameter}" in row, (name, parameter)
    for documented in re.findall(r"`(\w+)\??`", row):
        assert documented in {*parameters, *common, *VALUES}, (name, documented)


def test_every_setting_and_fault_is_documented() -> None:
    """Each setting with its default, each kind and field of a fault."""
    for field in fields(Settings):
        default = f'"{field.default}"' if isinstance(field.default, str) else str(field.default).lower()
        assert f"`{default}`" in ROWS[field.name] or f"| {default} |" in ROWS[field.name], field.name
    for kind in get_args(Kind):
        assert kind in ROWS
    for field in fields(Fault):
        assert f"`{field.name}" in PAGE or field.name == "id"


def test_the_tokens_are_documented() -> None:
    """What a reader copies is what works."""
    assert f"`{BOT_TOKEN}`" in PAGE
    assert f"`{GATEWAY_TOKEN}`" in PAGE
