from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import callback
from bot.callback import DeskPressed, Pressed
from conversations.flows import BOOK

_BUTTONS = sorted(
    {(place, button.id) for place, state in BOOK.places.items() for row in state.buttons for button in row}
)


@given(st.sampled_from(_BUTTONS), st.integers(0, 36**8 - 1), st.from_regex(r"[A-Za-z0-9_-]{0,12}", fullmatch=True))
def test_what_is_packed_is_unpacked(button: tuple[str, str], turn: int, arg: str) -> None:
    """A button's data, at its longest, fits into 64 bytes and comes back whole."""
    data = callback.pack(button[0], 1, turn, button[1], arg)

    assert len(data.encode()) <= 64
    assert Pressed(button[0], 1, turn, button[1], arg) == callback.unpack(data)


@given(st.integers(0, 2**63 - 1))
def test_a_desk_button_is_unpacked(ticket: int) -> None:
    """An agents' button carries its action and any row id."""
    assert DeskPressed("close", ticket) == callback.unpack_desk(callback.pack_desk("close", ticket))


@given(st.sampled_from(["answer", "reopen"]), st.integers(0, 2**63 - 1))
def test_a_button_about_ones_own_ticket_is_unpacked(action: str, ticket: int) -> None:
    """It carries what is wanted and any row id, and is no button of another kind."""
    data = callback.pack_own(action, ticket)

    assert (action, ticket) == callback.unpack_own(data)
    assert (None, None, None) == (callback.unpack(data), callback.unpack_desk(data), callback.unpack_rating(data))


@given(st.none() | st.text(max_size=80))
def test_garbage_is_nothing(data: str | None) -> None:
    """Whatever arrives, unpacking never raises, and garbage is no button."""
    assert callback.unpack(data) is None
    assert callback.unpack_desk(data) is None
    assert callback.unpack_own(data) is None


@pytest.mark.parametrize(
    "data",
    [
        "welcome/start|1|0|signin|\n",
        "welcome/start|\u0661|0|signin|",
        "welcome/start|1|0|signin|a|b",
        "welcome/start|1|0|signin|" + "x" * 13,
        "../start|1|0|signin|",
        "welcome|1|0|signin|",
        "desk|close|Z",
        "own|reopen|Z",
        "own|solve|1",
    ],
)
def test_near_misses_are_nothing(data: str) -> None:
    """Data that only looks like ours is refused: no other alphabet, no extra part, no line end."""
    assert callback.unpack(data) is None
    assert callback.unpack_desk(data) is None
    assert callback.unpack_own(data) is None


@pytest.mark.parametrize("arg", ["a b", "x" * 13, "é"])
def test_what_could_not_come_back_is_not_packed(arg: str) -> None:
    """An argument that unpacking would refuse is a fault of the table, found when it is packed."""
    with pytest.raises(ValueError, match="no callback data"):
        callback.pack("welcome/start", 1, 0, "signin", arg)


def test_negative_numbers_are_not_packed() -> None:
    """There are no negative turns or rows."""
    with pytest.raises(ValueError, match="negative"):
        callback.pack_desk("close", -1)
