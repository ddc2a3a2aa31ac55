"""The border: what has been read from an update is of the types that it claims, and its texts are texts.

The library takes whatever stands in the JSON. A name that is a number, or half a character that no text can hold, would
otherwise travel on and fail in the middle of a turn, for every message of that person.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

_NOTHING: Final = re.compile("[\0\ud800-\udfff]")
"""Halves of a character, and NUL, which PostgreSQL keeps in no text."""
_LOST: Final = "\ufffd"
"""What stands in a text for a character that was lost."""
_LARGEST: Final = 1 << 53
"""Beyond every id and moment of Telegram's."""


def checked(value: T) -> T:
    """A copy of a dataclass with clean texts.

    Raises:
        ValueError: a field is not what it is declared to be.
    """
    kind: type = type(value)
    found = {name: getattr(value, name) for name in _hints(kind)}
    clean = {name: _clean(found[name], hint, name) for name, hint in _hints(kind).items()}
    changed = {name: each for name, each in clean.items() if each is not found[name]}
    return replace(value, **changed) if changed else value  # type: ignore[type-var]  # a dataclass, as told above


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _clean(value: Any, hint: Any, name: str) -> Any:
    if isinstance(hint, UnionType):
        if value is None and NoneType in get_args(hint):
            return None
        hint = next(each for each in get_args(hint) if each is not NoneType)
    if is_dataclass(hint) and isinstance(value, hint):  # type: ignore[arg-type]  # a class, as all hints here
        return checked(value)
    if hint is int and type(value) is int and abs(value) < _LARGEST:
        return value
    if hint is bool and type(value) is bool:
        return value
    if (hint is str or get_origin(hint) is Literal) and isinstance(value, str):
        return _whole(value)
    if get_origin(hint) is tuple and isinstance(value, tuple):
        return _whole(value)
    raise ValueError(f"{name} is no such thing")


def _whole(value: Any) -> Any:
    """JSON with whatever is no character replaced; a text in which nothing is, as it was."""
    if isinstance(value, str):
        return _NOTHING.sub(_LOST, value) if _NOTHING.search(value) else value
    if isinstance(value, dict):
        return {_whole(name): _whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return tuple(_whole(each) for each in value) if isinstance(value, tuple) and value else value
