"""A script as data, and what can be wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the transcript: who or what, and what about it.

    Attributes:
        line: where it stands in ``file``.
        verb: its one key (``bot/scripts/verbs.py``).
        args: its fields, the short form spelled out.
    """

    file: Path
    line: int
    verb: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Script:
    """One conversation.

    Attributes:
        name: its title, unique in its file.
        line: where it begins.
        flow: the flow it is mostly about.
        given: who and what is there before the first step.
        ignore: keys that may arrive without being expected.
        expect: what must hold at the end.
        values: what the steps may refer to as ``{name}``.
    """

    name: str
    file: Path
    line: int
    flow: str
    given: Mapping[str, Any]
    steps: tuple[Step, ...]
    ignore: frozenset[str] = frozenset()
    expect: Mapping[str, Any] = field(default_factory=dict)
    expect_line: int = 0
    values: Mapping[str, str] = field(default_factory=dict)


class ScriptError(Exception):
    """A script that cannot be played; says where and what to write instead."""

    def __init__(self, file: Path, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line


class Difference(Exception):
    """What came is not what the script says; ``step`` is the first step that differs, None at the end."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.step: Step | None = None
