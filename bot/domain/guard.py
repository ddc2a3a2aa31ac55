"""What passes between a person and a human agent: secrets are hidden on the way in, requests on the way out.

A person in trouble pastes everything: cards, codes, passwords, seed phrases. An agent needs none of it, so the agent
never sees it. An agent who asks for one is mistaken or a thief, so the person never sees that. Nothing here knows who
they are; both functions look at one text, take time in proportion to its length, and never raise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.domain import guard_asks, guard_codes, guard_keys
from bot.domain.guard_view import MASKED, Kind, Span, View
from bot.domain.guard_words import OPAQUE

__all__ = ["KINDS", "MASKED", "Guarded", "Kind", "incoming", "outgoing"]

KINDS: Final = tuple(MASKED)
"""The kinds of secrets that :func:`incoming` knows."""
_PASSES: Final = 4
"""A hidden word may free its neighbour from an excuse; more than two passes have not been seen."""


_FINDERS: Final[tuple[tuple[Kind, Callable[[View], Iterator[Span]]], ...]] = (
    ("key", guard_keys.pems),
    ("seed", guard_keys.seeds),
    ("key", guard_keys.keys),
    ("card", guard_keys.cards),
    ("recovery", guard_keys.recoveries),
    ("password", guard_codes.passwords),
    ("code", guard_codes.codes),
)
"""In this order: what one has hidden the next does not see."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A text as an agent may see it.

    Attributes:
        text: the text with a mask in place of every secret; all else as it was.
        kinds: what was hidden, each kind once, in order of first appearance.
    """

    text: str
    kinds: tuple[Kind, ...] = ()


def incoming(text: str) -> Guarded:
    """What a person wrote, with the secrets in it replaced by masks.

    Args:
        text: the message, in any script, with whatever marks a keyboard leaves in it.
    """
    view = View(text)
    found: list[tuple[int, int, Kind, str]] = []
    for _ in range(_PASSES):
        before = len(found)
        for kind, finder in _FINDERS:
            for span in list(finder(view)):
                start, end = view.whole(*span)
                if OPAQUE in view.plain[start:end]:
                    continue
                digits = "".join(re.findall("[0-9]", view.plain[start:end]))
                found.append((view.at[start], view.at[end - 1] + 1, kind, digits[-4:]))
                view.hide(start, end)
        if len(found) == before:
            break
    found.sort()
    parts, place = [], 0
    for start, stop, kind, last in found:
        parts += [text[place:start], MASKED[kind].format(last=last)]
        place = stop
        while place < len(text) and re.match("[\u0300-\u036f\u20e3\ufe0f]", text[place]):
            place += 1  # accents and keycaps of the last character
    return Guarded("".join([*parts, text[place:]]), tuple(dict.fromkeys(kind for _, _, kind, _ in found)))


def outgoing(text: str) -> str:
    """What an agent's text asks a person for and must not: ``code``, ``password``, ``seed``, ``remote``; "" if fine.

    Args:
        text: what the agent is about to send. Warnings ("never tell anybody your code") and what leads to the
            bot's forms are fine. A doubtful request is stopped: rewording costs a minute, a stolen account more.
    """
    return guard_asks.asked(text)
