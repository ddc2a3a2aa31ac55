"""Collects the scripts: every YAML file here, each script once in process and once over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot import log
from bot.scripts.coverage import Coverage
from bot.scripts.drivers import DRIVERS
from bot.scripts.play import is_script
from bot.scripts.player import played
from bot.scripts.reader import read
from bot.scripts.script import Script
from conversations.flows import BOOK

HERE = Path(__file__).parent
_PLAYED = pytest.StashKey[list[tuple[str, str, str, list[str]]]]()
"""Where each script stands, its name, its driver, and the edges it took; none where it did not go as written."""


class Failed(Exception):
    """A script did not go as written."""


class ScriptItem(pytest.Item):
    """One script on one driver."""

    def __init__(self, *, script: Script, driver: str, **given) -> None:
        super().__init__(**given)
        self.script = script
        self.driver = driver

    def runtest(self) -> None:
        log.configure("console", "CRITICAL")
        outcome = asyncio.run(played(self.script, self.driver))
        edges = list(outcome.edges) if outcome.difference is None else []
        self.config.stash.setdefault(_PLAYED, []).append((_where(self.script), self.script.name, self.driver, edges))
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


def pytest_terminal_summary(terminalreporter, config) -> None:
    """The edges of every flow that the scripts took."""
    if coverage := _coverage(config):
        terminalreporter.section("edges taken by scripts")
        for line in coverage.table():
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus) -> None:
    """An edge that no script takes fails the run, once all scripts have run; a worker hands on what it has seen."""
    worker = getattr(session.config, "workeroutput", None)
    if worker is not None:
        worker["scripts"] = session.config.stash.get(_PLAYED, [])
        return
    coverage = _coverage(session.config)
    if coverage is not None and coverage.missing and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error) -> None:
    """Take over what a worker has seen."""
    node.config.stash.setdefault(_PLAYED, []).extend(getattr(node, "workeroutput", {}).get("scripts", []))


def _coverage(config) -> Coverage | None:
    """What the scripts took; None unless every script ran on every driver."""
    played_ones = config.stash.get(_PLAYED, [])
    files = sorted(path for path in HERE.rglob("*.yaml") if is_script(path))
    wanted = {(_where(script), script.name, driver) for path in files for script in read(path) for driver in DRIVERS}
    if not played_ones or wanted != {(where, name, driver) for where, name, driver, _edges in played_ones}:
        return None
    coverage = Coverage(BOOK)
    for where, _name, _driver, edges in played_ones:
        coverage.add(edges, where)
    return coverage


def _where(script: Script) -> str:
    return f"{script.file.relative_to(HERE)}:{script.line}"
