"""Collects the scripts: every YAML file here, each script once in process and once over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest
from leaks import inspected, listening
from script_coverage import PLAYED, place_of

from bot.scripts.drivers import DRIVERS
from bot.scripts.play import is_script
from bot.scripts.player import played
from bot.scripts.reader import read
from bot.scripts.script import Script


class Failed(Exception):
    """A script did not go as written."""


class ScriptItem(pytest.Item):
    """One script on one driver."""

    def __init__(self, *, script: Script, driver: str, **given) -> None:
        super().__init__(**given)
        self.script = script
        self.driver = driver

    def runtest(self) -> None:
        with listening() as heard:
            stored = self.driver == "inprocess"
            outcome = asyncio.run(
                played(self.script, self.driver, lambda player: inspected(player, heard, stored=stored))
            )
        edges = list(outcome.edges) if outcome.difference is None else []
        self.config.stash.setdefault(PLAYED, []).append((place_of(self.script), self.script.name, self.driver, edges))
        if outcome.difference is not None:
            raise Failed(outcome.transcript.text())

    def repr_failure(self, excinfo, style=None):  # noqa: ARG002 - pytest's signature
        if isinstance(excinfo.value, Failed):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, self.script.line - 1, self.name


class ScriptFile(pytest.File):
    """One YAML file."""

    def collect(self) -> Iterable[ScriptItem]:
        for script in read(self.path):
            for driver in DRIVERS:
                name = f"{script.name} [{driver}]"
                yield ScriptItem.from_parent(self, name=name, script=script, driver=driver)


def pytest_collect_file(file_path: Path, parent) -> ScriptFile | None:
    return ScriptFile.from_parent(parent, path=file_path) if is_script(file_path) else None
