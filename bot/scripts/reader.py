"""From YAML to scripts. Everything is checked before anything is played, and every fault names its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.scripts.script import Script, ScriptError, Step
from bot.scripts.texts import filled
from bot.scripts.verbs import ANY, BLOCKS, EXPECT, GIVEN, GIVEN_PARTS, PARTIAL, TEXT, TOP, VERBS, kind_of
from bot.scripts.yaml12 import Lined, documents

_DEEP = 10
"""How deep partials may use one another."""
_MOST_TIMES = 1000
"""How often steps may be repeated."""


def read(file: Path) -> list[Script]:
    """The scripts of a file; one with ``each`` becomes one for each of its rows.

    Raises:
        ScriptError: something in it is not right.
    """
    scripts = [
        _Reader(file, values).script(document)
        for document in documents(file)
        for values in _Reader(file).rows(document)
    ]
    seen: dict[str, int] = {}
    for script in scripts:
        if script.name in seen:
            raise ScriptError(
                file, script.line, f'"{script.name}" is already the name of the script in line {seen[script.name]}'
            )
        seen[script.name] = script.line
    return scripts


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one document of one file; ``values`` of a row of its table may stand in the path of what it uses."""

    file: Path
    values: Mapping[str, str] = field(default_factory=dict)

    def rows(self, document: Lined) -> list[dict[str, str]]:
        """The rows of the document's table; a single empty one where it has none."""
        rows = document.get("each", [{}])
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise ScriptError(self.file, document.at["each"], "each is a list of rows, each a mapping of values")
        return [{name: str(value) for name, value in row.items()} for row in rows]

    def script(self, document: Lined) -> Script:
        """The script, played with this row's values."""
        if "partial" in document:
            raise ScriptError(self.file, document.line, "steps to be used by others cannot be played alone")
        self._known(document, TOP, "a script")
        for need in ("script", "steps"):
            if need not in document:
                raise ScriptError(self.file, document.line, f'a script needs "{need}"')
        given = self._given(document)
        expect = document.get("expect") or Lined()
        if not isinstance(expect, Lined):
            raise ScriptError(self.file, document.at["expect"], "expect is a mapping of what must hold at the end")
        self._known(expect, EXPECT, "expect")
        told = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return Script(
            name=f"{document['script']} [{told}]" if told else document["script"],
            file=self.file,
            line=document.line,
            flow=document.get("flow") or self.file.parent.name,
            given=given,
            steps=self._steps(document, 0),
            ignore=frozenset(_list(document.get("ignore") or ())),
            expect=expect,
            expect_line=document.at.get("expect", document.line),
            values=self.values,
        )

    def _given(self, document: Lined) -> Mapping[str, Any]:
        given = document.get("given") or Lined()
        if not isinstance(given, Lined):
            raise ScriptError(self.file, document.at["given"], "given is a mapping")
        self._known(given, GIVEN, "given")
        for part, fields in GIVEN_PARTS.items():
            if isinstance(given.get(part), Lined):
                self._known(given[part], fields, part)
        return given

    # --- steps ---------------------------------------------------------------------------------------------

    def _steps(self, document: Lined, depth: int) -> tuple[Step, ...]:
        raw = document.get("steps")
        if not isinstance(raw, list) or not raw:
            raise ScriptError(self.file, document.at.get("steps", document.line), "steps is a list, one key a step")
        made: list[Step] = []
        for item in raw:
            if not isinstance(item, Lined) or len(item) != 1:
                line = item.line if isinstance(item, Lined) else document.at["steps"]
                raise ScriptError(self.file, line, "a step has one key: who or what it is about")
            [(verb, value)] = item.items()
            if verb == "use":
                made += self._used(value, item.line, depth)
            elif verb == "repeat":
                made += self._repeated(value, item.line, depth)
            else:
                made.append(self._step(verb, value, item.line))
        return tuple(made)

    def _step(self, verb: str, value: Any, line: int) -> Step:
        kind = VERBS.get(verb)
        if kind is None:
            raise ScriptError(self.file, line, _unknown(verb, {*VERBS, *BLOCKS}, "step"))
        if isinstance(value, Lined):
            args = value
        elif value is None or (value is True and not kind.short):
            args = Lined()
        elif not kind.short:
            raise ScriptError(self.file, line, f"{verb} takes fields: {', '.join(kind.fields) or 'none'}")
        else:
            args = Lined({kind.short: value})
        args.line, args.at = line, getattr(args, "at", {})
        if not kind.open:
            self._known(args, kind.fields, verb)
        for need in kind.needs:
            if need not in args:
                raise ScriptError(self.file, line, f'{verb} needs "{need}"')
        return Step(self.file, line, verb, args)

    def _used(self, value: Any, line: int, depth: int) -> tuple[Step, ...]:
        if depth >= _DEEP:
            raise ScriptError(self.file, line, "partials use one another too deeply")
        path = (self.file.parent / str(filled(str(value), self.values, lambda _name: None))).resolve()
        if not path.is_file():
            there = ", ".join(sorted(str(found.name) for found in path.parent.glob("*.yaml"))) or "none"
            raise ScriptError(self.file, line, f"there is no {value}; in that folder: {there}")
        [document] = documents(path)
        reader = _Reader(path, self.values)
        reader._known(document, PARTIAL, "a partial")
        return reader._steps(document, depth + 1)

    def _repeated(self, value: Any, line: int, depth: int) -> tuple[Step, ...]:
        if not isinstance(value, Lined):
            raise ScriptError(self.file, line, "repeat takes times and steps")
        self._known(value, BLOCKS["repeat"], "repeat")
        times = value.get("times")
        if not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
            raise ScriptError(self.file, line, f"times is a number from 1 to {_MOST_TIMES}")
        return self._steps(value, depth) * times

    # --- words ---------------------------------------------------------------------------------------------

    def _known(self, given: Lined, fields: Mapping[str, str], where: str) -> None:
        for name, value in given.items():
            line = given.at.get(name, given.line)
            if name not in fields:
                raise ScriptError(self.file, line, _unknown(name, fields, f"key of {where}"))
            wanted = fields[name]
            if wanted == TEXT and kind_of(value) != ANY and not isinstance(value, bool):
                given[name] = str(value)
            elif wanted not in (ANY, kind_of(value)) and not (isinstance(value, str) and "{" in value):
                raise ScriptError(self.file, line, f"{name} must be {wanted}")


def _unknown(word: str, known: Iterable[str], kind: str) -> str:
    """That there is no such word, and which was probably meant."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, 1)
    return f'there is no {kind} "{word}"; ' + (
        f'did you mean "{close[0]}"?' if close else f"there are: {', '.join(words)}"
    )


def _list(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]
