"""What an agent may have meant by a command that there is not: the words of other desks, and slips of the finger."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "clear": "solve all", "clearall": "solve all", "closeall": "solve all", "solveall": "solve all",
    "done": "solve", "end": "solve", "finish": "solve", "resolve": "solve",
    "assign": "transfer", "take": "claim", "unclaim": "release",
    "delete": "unsend", "undo": "unsend", "internal": "note", "template": "macro", "unhold": "open",
    "find": "search", "list": "queue", "tickets": "queue", "history": "transcript",
}  # fmt: skip
"""What it is called elsewhere, and what here."""
_ALIKE: Final = 0.75
"""How much of a mistyped name has to be right; two letters that have changed places cost a fifth of a word of five."""


def command(name: str, known: Iterable[str]) -> str:
    """The command, of those that are ``known`` or with a first word, that was probably meant; "" where none is near."""
    return WORDS.get(name) or next(iter(difflib.get_close_matches(name, known, 1, _ALIKE)), "")
