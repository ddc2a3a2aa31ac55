"""What a button carries: which screen it belongs to, and which of its buttons it is.

    bind_phone/country|1|2s|country|GB      flow/state | version | turn in base 36 | button | argument
    desk|close|1hge8x2c4q                   an agents' button: action and the ticket's row id in base 36
    desk|again|1hge8x2c4q|2.front.blurred   the same with what it is about
    desk|queue|0|urgent.fr.2                a page of a list, which is of no ticket
    rate|1hge8x2c4q|5                       how a person found the help
    own|reopen|1hge8x2c4q                   a person's button about a ticket of theirs, good however old it is

Whatever Telegram delivers is taken apart here and nowhere else. Anything that was not packed here is None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from conversations.engine import CALLBACK_LIMIT

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_SCREEN: Final = re.compile(
    r"(?P<place>[a-z_]{1,30}/[a-z_]{1,30})\|(?P<version>[0-9]{1,4})\|(?P<turn>[0-9a-z]{1,8})"
    r"\|(?P<button>[a-z_]{1,20})\|(?P<arg>[A-Za-z0-9_-]{0,12})"
)
_RATING: Final = re.compile(r"rate\|(?P<ticket>[0-9a-z]{1,13})\|(?P<stars>[1-5])")
_OWN: Final = re.compile(r"own\|(?P<action>answer|reopen)\|(?P<ticket>[0-9a-z]{1,13})")
_DESK: Final = re.compile(r"desk\|(?P<action>[a-z]{1,12})\|(?P<ticket>[0-9a-z]{1,13})(\|(?P<arg>[0-9a-z._-]{1,40}))?")


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of a screen: the screen's ``place``, ``version`` and ``turn``, the button's id and argument."""

    place: str
    version: int
    turn: int
    button: str
    arg: str = ""


@dataclass(frozen=True, slots=True)
class DeskPressed:
    """A button in a ticket's topic: what to do with the ticket whose row id this is."""

    action: str
    ticket: int
    arg: str = ""


def pack(place: str, version: int, turn: int, button: str, arg: str = "") -> str:
    """The callback data of a screen's button.

    Raises:
        ValueError: it does not fit into the 64 bytes that Telegram allows, or could not be taken apart again.
    """
    return _packed(f"{place}|{version}|{_base36(turn)}|{button}|{arg}", _SCREEN)


def unpack(data: str | None) -> Pressed | None:
    """The button behind callback data, or None for anything that :func:`pack` did not make. Never raises."""
    found = _SCREEN.fullmatch(data) if data else None
    if found is None:
        return None
    version, turn = int(found["version"]), int(found["turn"], 36)
    return Pressed(found["place"], version, turn, found["button"], found["arg"])


def pack_desk(action: str, ticket: int, arg: str | int = "") -> str:
    """The callback data of a card's button.

    Raises:
        ValueError: as for :func:`pack`.
    """
    what = _base36(arg) if isinstance(arg, int) else arg
    return _packed(f"desk|{action}|{_base36(ticket)}" + (f"|{what}" if what else ""), _DESK)


def unpack_desk(data: str | None) -> DeskPressed | None:
    """The card's button behind callback data, or None. Never raises."""
    found = _DESK.fullmatch(data) if data else None
    return DeskPressed(found["action"], int(found["ticket"], 36), found["arg"] or "") if found else None


def pack_rating(ticket: int, stars: int) -> str:
    """The callback data of a star.

    Raises:
        ValueError: as for :func:`pack`.
    """
    return _packed(f"rate|{_base36(ticket)}|{stars}", _RATING)


def unpack_rating(data: str | None) -> tuple[int, int] | None:
    """The ticket's row id and the stars behind callback data, or None. Never raises."""
    found = _RATING.fullmatch(data) if data else None
    return (int(found["ticket"], 36), int(found["stars"])) if found else None


def pack_own(action: str, ticket: int) -> str:
    """The callback data of a person's button about the ticket with this row id.

    Raises:
        ValueError: as for :func:`pack`.
    """
    return _packed(f"own|{action}|{_base36(ticket)}", _OWN)


def unpack_own(data: str | None) -> tuple[str, int] | None:
    """The action and the ticket's row id behind callback data, or None. Never raises."""
    found = _OWN.fullmatch(data) if data else None
    return (found["action"], int(found["ticket"], 36)) if found else None


def _packed(data: str, form: re.Pattern[str]) -> str:
    if not form.fullmatch(data) or len(data) > CALLBACK_LIMIT:
        raise ValueError(f"no callback data: {data!r}")
    return data


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError("callback data carries no negative numbers")
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits
