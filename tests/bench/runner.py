"""Processes and rounds: a stub and a bot for each contender, alive through the whole run, one measured at a time."""

from __future__ import annotations

import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.script import Step

_ROOT = Path(__file__).parents[2]
_SCRATCH = _ROOT / "var"
"""Where databases are put: on the disk that the product would use, not in a /tmp that may be memory."""
_PROC = Path("/proc")
_STOP = 15.0
"""Seconds a bot has to end after it was asked to."""
_LOG = "log"
_LOG_TAIL = 2000


class BenchFailed(Exception):
    """A round did not complete; the text says how far it came and how the bot's log ends."""


@dataclass(frozen=True, slots=True)
class Load:
    """A round's conversations.

    Attributes:
        name: as the table calls it; contenders are compared by it.
        people: how many conversations.
        latency: seconds a call takes at least.
        pace: seconds between their beginnings; 0: all at once.
    """

    name: str
    people: int
    latency: float = 0.0
    pace: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round showed: ``p50`` and ``p99`` in milliseconds, processor time in seconds, None where unknown."""

    seconds: float
    updates: int
    calls: int
    p50: float
    p99: float
    stub_cpu: float
    cpu: float | None

    @property
    def rate(self) -> float:
        """Updates a second."""
        return self.updates / self.seconds

    @property
    def cpu_each(self) -> float | None:
        """Milliseconds of processor time an update."""
        return None if self.cpu is None else self.cpu / self.updates * 1000


@dataclass
class Contender:
    """A bot under test.

    Attributes:
        name: as the table calls it.
        launch: how its process is started against the Bot API at an address, with a directory of its own.
        steps: the conversation, with this bot's callback data.
        loads: what it is measured with.
        rounds: the figures so far, by the load's name.
        peak: its largest resident memory in MB, once it has ended.
    """

    name: str
    launch: Callable[[str, Path], subprocess.Popen[bytes]]
    steps: tuple[Step, ...]
    loads: tuple[Load, ...]
    rounds: dict[str, list[Figures]] = field(default_factory=dict)
    peak: float | None = None

    def median(self, load: str, figure: Callable[[Figures], float | None]) -> float | None:
        """The median of a figure over the rounds with that load."""
        found = [value for round_ in self.rounds.get(load, ()) if (value := figure(round_)) is not None]
        return statistics.median(found) if found else None


class Running:
    """A contender with its stub; :meth:`stop` ends whatever :meth:`start` began."""

    def __init__(self, contender: Contender) -> None:
        self._contender = contender
        _SCRATCH.mkdir(exist_ok=True)
        self._scratch = tempfile.TemporaryDirectory(prefix="bench-", dir=_SCRATCH)
        self._place = Path(self._scratch.name)
        self._stub: subprocess.Popen[bytes] | None = None
        self._bot: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the stub, then the bot; returns once the bot asks for updates.

        Raises:
            BenchFailed: it does not.
        """
        self._stub = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.stub"], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        port = self._heard()["port"]
        self._bot = self._contender.launch(f"http://127.0.0.1:{port}", self._place)
        self._heard()

    def play(self, load: Load) -> Figures:
        """One round.

        Raises:
            BenchFailed: not every conversation came to its end.
        """
        before = self._cpu()
        self._tell({
            "steps": [asdict(step) for step in self._contender.steps],
            "people": load.people, "latency": load.latency, "pace": load.pace,
        })  # fmt: skip
        heard = self._heard()
        after = self._cpu()
        return Figures(cpu=None if before is None or after is None else after - before, **heard)

    def stop(self) -> None:
        """End both, and note how much memory the bot had at most."""
        if self._bot is not None:
            self._contender.peak = peak_megabytes(self._bot.pid)
            self._bot.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._bot.wait(_STOP)
        for process in (self._bot, self._stub):
            if process is not None:
                process.kill()
                process.communicate()
        self._scratch.cleanup()

    def _cpu(self) -> float | None:
        return None if self._bot is None else cpu_seconds(self._bot.pid)

    def _tell(self, order: dict[str, Any]) -> None:
        if self._stub is not None and self._stub.stdin is not None:
            self._stub.stdin.write(json.dumps(order).encode() + b"\n")
            self._stub.stdin.flush()

    def _heard(self) -> dict[str, Any]:
        """The stub's next line; it says one at a time, and none in vain while the bot is alive."""
        stream = None if self._stub is None else self._stub.stdout
        if stream is None:
            raise BenchFailed(f"{self._contender.name} was not started")
        while not select.select([stream], [], [], 1.0)[0]:
            if self._bot is not None and self._bot.poll() is not None:
                raise BenchFailed(f"{self._contender.name} has ended\n{self._log_tail()}")
        heard: dict[str, Any] = json.loads(stream.readline() or b'{"failure": "the stub has ended"}')
        failure = heard.pop("failure", "")
        if failure:
            raise BenchFailed(f"{self._contender.name}: {failure}\n{self._log_tail()}")
        return heard

    def _log_tail(self) -> str:
        log = self._place / _LOG
        return log.read_text(errors="replace")[-_LOG_TAIL:] if log.is_file() else ""


def spawn(command: list[str], place: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start a bot in ``place`` with nothing but ``environment``; what it prints goes to its log there."""
    with (place / _LOG).open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - this interpreter with arguments of contenders.py
            [sys.executable, *command],
            cwd=place,
            env={"PATH": os.defpath, "PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8", **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def flush_milliseconds() -> float:
    """What the disk takes for a flush, the median of some: the product pays one a commit."""
    taken = []
    _SCRATCH.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=_SCRATCH) as file:
        for _ in range(50):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def cpu_seconds(pid: int) -> float | None:
    """Processor time a process has used so far, its threads included; None where /proc does not tell (proc(5))."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float | None:
    """The most memory a process has had resident; None where /proc does not tell."""
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), None)
