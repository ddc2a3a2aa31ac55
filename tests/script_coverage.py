"""Which edges of the flows the scripts took: counted over all workers, and a run that leaves one out fails.

The hooks are those of ``tests/conftest.py``: a conftest further down is not loaded by the process that counts.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scripts.coverage import Coverage
from bot.scripts.drivers import DRIVERS
from bot.scripts.play import is_script
from bot.scripts.reader import read
from bot.scripts.script import Script
from conversations.flows import BOOK

HERE = Path(__file__).parent / "scripts"
PLAYED = pytest.StashKey[list[tuple[str, str, str, list[str]]]]()
"""Where each script stands, its name, its driver, and the edges it took; none where it did not go as written."""


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
        worker["scripts"] = session.config.stash.get(PLAYED, [])
        return
    coverage = _coverage(session.config)
    if coverage is not None and coverage.missing and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error) -> None:
    """Take over what a worker has seen."""
    node.config.stash.setdefault(PLAYED, []).extend(getattr(node, "workeroutput", {}).get("scripts", []))


def _coverage(config) -> Coverage | None:
    """What the scripts took; None unless every script ran on every driver."""
    played_ones = config.stash.get(PLAYED, [])
    files = sorted(path for path in HERE.rglob("*.yaml") if is_script(path))
    wanted = {(place_of(script), script.name, driver) for path in files for script in read(path) for driver in DRIVERS}
    if not played_ones or wanted != {(where, name, driver) for where, name, driver, _edges in played_ones}:
        return None
    coverage = Coverage(BOOK)
    for where, _name, _driver, edges in played_ones:
        coverage.add(edges, where)
    return coverage


def place_of(script: Script) -> str:
    """Where a script stands."""
    return f"{script.file.relative_to(HERE)}:{script.line}"
