"""Texts in scripts: variables in braces, patterns between slashes, and what must not be shown in a report."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from string import ascii_lowercase
from typing import Any

from bot.domain import masks

_NAME = re.compile(r"\{([a-z_]+(?:[+-]\d+)?)\}")
_LONG = "long-"
"""Begins the name of a text of so many characters."""
_PHONE = re.compile(r"\+\d{7,15}")
_CODE = re.compile(r"(?<![\d+])\d{6}(?!\d)")
_LINK = re.compile(r"https?://[^/\s]+(/[fnp]/)[\w-]+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def filled(value: Any, values: Mapping[str, str], special: Callable[[str], str | None]) -> Any:
    """``value`` with every ``{name}`` replaced, however deep.

    Args:
        value: as YAML gives it.
        values: what the names stand for.
        special: tried first; gives what changes with the clock.

    Raises:
        LookupError: a name stands for nothing.
    """
    if isinstance(value, str):
        return _NAME.sub(lambda found: _value(found[1], values, special), value)
    if isinstance(value, dict):
        return {name: filled(item, values, special) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, values, special) for item in value]
    return value


def _value(name: str, values: Mapping[str, str], special: Callable[[str], str | None]) -> str:
    made = long_text(int(name.removeprefix(_LONG))) if name.startswith(_LONG) else special(name)
    if made is not None:
        return made
    if name not in values:
        raise LookupError(f"nothing was saved as {{{name}}}; saved: {', '.join(sorted(values)) or 'nothing'}")
    return values[name]


def long_text(length: int) -> str:
    """A text of exactly so many characters, in which no word comes twice, so that what is missing shows."""
    words = " ".join("".join(letters) for letters in itertools.product(ascii_lowercase, repeat=3))
    return (words[: length - 1] + "." if length else "").replace(" .", "..")


def agrees(wanted: str, text: str) -> bool:
    """Whether ``/a pattern/`` is found in the text, or anything else stands in it word for word."""
    if len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):
        return re.search(wanted[1:-1], text, re.DOTALL) is not None
    return wanted in text


def captured(pattern: str, text: str) -> str | None:
    """What the pattern finds: its first group, or all of it."""
    found = re.search(pattern, text)
    return None if found is None else found[1] if found.groups() else found[0]


def masked(text: str) -> str:
    """The text as a report may show it: numbers, addresses, codes and one-time links masked."""
    text = _LINK.sub(r"\1...", text)
    text = _PHONE.sub(lambda found: masks.phone(found[0]), text)
    text = _EMAIL.sub(lambda found: masks.email(found[0]), text)
    return _CODE.sub("******", text)
