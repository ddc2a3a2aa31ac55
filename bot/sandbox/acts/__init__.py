"""What people do: every method is an act of ``docs/sandbox.md``, and the control API calls it by name."""

from __future__ import annotations

from bot.sandbox.acts.desk import DeskActs
from bot.sandbox.acts.people import PeopleActs
from bot.sandbox.acts.press import Press, PressActs
from bot.sandbox.acts.raw import RawActs
from bot.sandbox.acts.rooms import RoomActs
from bot.sandbox.acts.talk import TalkActs


class Acts(PeopleActs, TalkActs, PressActs, RoomActs, DeskActs, RawActs):
    """All acts of one world."""


__all__ = ["Acts", "Press"]
