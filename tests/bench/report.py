"""The figures as a table."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version

from tests.bench.runner import Contender, Figures, flush_milliseconds

_COLUMNS = ("updates/s", "min-max", "ratio", "p50 ms", "p99 ms", "CPU ms/update", "calls/update", "peak MB")
_REFERENCE = "python-telegram-bot"

Cells = tuple[str, ...]


def table(entered: Sequence[Contender]) -> str:
    """One line a load and contender; the ratio is the rate over that of python-telegram-bot as documented."""
    lines: list[Cells] = []
    for load in dict.fromkeys(load.name for contender in entered for load in contender.loads):
        reference = next((_rate(one, load) for one in entered if one.name == _REFERENCE), None)
        lines.append((load, *_COLUMNS))
        lines += [_line(contender, load, reference) for contender in entered]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS) + 1)]
    return "\n".join([*(_aligned(line, widths) for line in lines), "", *_notes(entered)])


def _aligned(line: Cells, widths: Sequence[int]) -> str:
    head = line[0].ljust(widths[0])
    cells = "  ".join([head, *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))])
    return f"\n{cells}" if line[1:] == _COLUMNS else cells


def _rate(contender: Contender, load: str) -> float | None:
    return contender.median(load, lambda round_: round_.rate)


def _line(contender: Contender, load: str, reference: float | None) -> Cells:
    rate = _rate(contender, load)
    rates = [round_.rate for round_ in contender.rounds.get(load, ())]
    return (
        f"  {contender.name}",
        _number(rate, 0),
        f"{min(rates):.0f}-{max(rates):.0f}" if rates else "-",
        _number(rate / reference if rate and reference else None, 1),
        _number(contender.median(load, lambda round_: round_.p50), 1),
        _number(contender.median(load, lambda round_: round_.p99), 1),
        _number(contender.median(load, lambda round_: round_.cpu_each), 2),
        _number(contender.median(load, _calls), 2),
        _number(contender.peak, 0),
    )


def _calls(round_: Figures) -> float:
    return round_.calls / round_.updates


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _notes(entered: Sequence[Contender]) -> list[str]:
    busy = max(
        (round_.stub_cpu / round_.seconds for one in entered for rounds in one.rounds.values() for round_ in rounds),
        default=0.0,
    )
    people = "; ".join(f"{one.name} " + ", ".join(str(load.people) for load in one.loads) for one in entered)
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return [
        "Six steps, six screens, four answered taps, and once the buttons of an old screen taken away, on every side.",
        f"Persons a round: {people}.",
        f"The stub was busy for {busy:.0%} of a core at most. A flush to disk takes {flush_milliseconds():.2f} ms.",
        f"{machine}, python-telegram-bot {version('python-telegram-bot')}.",
        "What is measured, and what is not equal: the docstring of tests/bench/__main__.py.",
    ]
