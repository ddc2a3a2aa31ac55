"""``phonedesk play``: scripts as transcripts to be read aloud."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot import log
from bot.scripts.player import Outcome, played
from bot.scripts.reader import read
from bot.scripts.script import ScriptError
from bot.scripts.transcript import WHO

_STYLES = {"user": "bold cyan", "bot": "green", "agent": "bold magenta", "desk": "magenta", "time": "dim"}


def play(files: Iterable[Path], driver: str = "inprocess", console: Console | None = None) -> int:
    """Play the scripts and print each; 0 when all went as written, 1 at the first difference, 2 for a bad script.

    Args:
        files: scripts, or folders of them.
        driver: ``inprocess`` or ``http``.
        console: where to print.
    """
    out = console or Console(highlight=False, soft_wrap=True)
    log.configure("console", "CRITICAL")
    try:
        scripts = [script for file in _spread(files) for script in read(file)]
    except ScriptError as error:
        out.print(str(error), style="red", markup=False)
        return 2
    for script in scripts:
        outcome = asyncio.run(played(script, driver))
        _print(outcome, out)
        if outcome.difference is not None:
            return 1
    return 0


def _spread(files: Iterable[Path]) -> Iterable[Path]:
    for file in files:
        yield from sorted(path for path in file.rglob("*.yaml") if is_script(path)) if file.is_dir() else [file]


def is_script(path: Path) -> bool:
    """Whether a file holds scripts, not steps for others."""
    return path.suffix == ".yaml" and path.parent.name != "partials"


def _print(outcome: Outcome, out: Console) -> None:
    script = outcome.script
    out.print(Text(f"\n{script.name}", "bold"), Text(f"({script.file}:{script.line})", "dim"))
    for line in outcome.transcript.text(shown=outcome.difference is None).split("\n"):
        who = line[:WHO].strip()
        out.print(Text(line, "bold red" if line.startswith("-->") else _STYLES.get(who, "")))
