"""YAML as people expect it: ``yes``, ``07400`` and ``2026-01-05`` stay texts, keys come once, and lines are known.

PyYAML follows YAML 1.1, in which ``tap: Yes`` is a boolean and ``user: 0123`` an octal number. Here only ``true``,
``false``, an empty value and whole numbers without a leading zero are more than a text (YAML 1.2.2, section 10.3).
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from bot.scripts.script import ScriptError


class Lined(dict[str, Any]):
    """A mapping that knows its line, and that of each of its keys."""

    line: int = 0
    at: dict[str, int]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # ten times as fast where there is libyaml
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^(?:0|-?[1-9][0-9]*)$"), list("-0123456789"))


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lined:
    made = Lined()
    made.line, made.at = node.start_mark.line + 1, {}
    for key_node, value_node in node.value:
        key: Hashable = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a text", key_node.start_mark)
        if key in made:
            raise yaml.constructor.ConstructorError(None, None, f'"{key}" is written twice', key_node.start_mark)
        made[key] = loader.construct_object(value_node, deep=True)
        made.at[key] = key_node.start_mark.line + 1
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def documents(file: Path) -> list[Lined]:
    """Every document of the file.

    Raises:
        ScriptError: it is no YAML, or a document is no mapping.
    """
    try:
        found = list(yaml.load_all(file.read_text(encoding="utf-8"), _Loader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScriptError(file, line, error.problem or "this is no YAML") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScriptError(file, 1, f"this is no YAML: {error}") from None
    for document in found:
        if not isinstance(document, Lined):
            raise ScriptError(file, 1, "a script is a mapping that begins with script:")
    return found
