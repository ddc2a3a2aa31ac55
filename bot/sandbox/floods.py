"""Flood control by Telegram's published figures (Bots FAQ: "My bot is hitting limits").

About one message a second in a private chat, 20 a minute in a group, 30 a second in all. The real limiter is not
public; ``documented`` lets a short burst through as the FAQ says, ``strict`` does not and counts every call that
names a group.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.clock import MINUTE, SECOND
from bot.sandbox.errors import flooded

if TYPE_CHECKING:
    from bot.clock import Clock


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``calls`` within ``window`` milliseconds."""

    calls: int
    window: int


@dataclass(frozen=True, slots=True)
class Mode:
    """The limits of one mode; ``every_call`` counts all calls that name a group, not only those that post."""

    overall: Limit
    private: tuple[Limit, ...]
    group: tuple[Limit, ...]
    every_call: bool = False


MODES: Final = {
    "documented": Mode(
        overall=Limit(30, SECOND),
        private=(Limit(5, 5 * SECOND), Limit(60, MINUTE)),
        group=(Limit(20, MINUTE),),
    ),
    "strict": Mode(
        overall=Limit(30, SECOND),
        private=(Limit(1, SECOND),),
        group=(Limit(1, SECOND), Limit(20, MINUTE)),
        every_call=True,
    ),
}


@dataclass(slots=True)
class _Window:
    """The moments of the calls that still count."""

    moments: deque[int] = field(default_factory=deque)

    def wait(self, limit: Limit, now: int, cost: int) -> int:
        """Milliseconds until ``cost`` more calls fit; 0 for now."""
        recent = [moment for moment in self.moments if moment > now - limit.window]
        # An album above the whole limit must fit some time: it waits for an empty window.
        over = len(recent) + min(cost, limit.calls) - limit.calls
        return recent[over - 1] + limit.window - now if over > 0 else 0

    def add(self, now: int, cost: int) -> None:
        while self.moments and self.moments[0] <= now - MINUTE:
            self.moments.popleft()
        self.moments.extend([now] * cost)


class Floods:
    """Counts calls and refuses those above the limit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._overall = _Window()
        self._chats: dict[int, _Window] = {}

    def check(self, name: str, chat: int | None, cost: int, *, posts: bool) -> None:
        """Refuse a call above a limit, and count one below.

        Args:
            name: the mode; ``off`` counts nothing.
            chat: the chat the call names; negative for groups.
            cost: how many messages it makes.
            posts: whether it sends, edits or opens something in the chat.

        Raises:
            ApiError: 429, with the seconds to wait rounded up.
        """
        mode = MODES.get(name)
        if mode is None or chat is None or not (posts or (mode.every_call and chat < 0)):
            return
        now = self._clock.now()
        window = self._chats.setdefault(chat, _Window())
        limits = mode.group if chat < 0 else mode.private
        waits = [window.wait(limit, now, cost) for limit in limits]
        waits.append(self._overall.wait(mode.overall, now, cost))
        if (wait := max(waits)) > 0:
            raise flooded(-(-wait // SECOND))
        window.add(now, cost)
        self._overall.add(now, cost)
