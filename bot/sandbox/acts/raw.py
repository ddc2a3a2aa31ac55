"""Updates by hand: any JSON object, and the newest one again."""

from __future__ import annotations

from typing import Any

from bot.sandbox.acts.base import ActsBase
from bot.sandbox.errors import RefusedError


class RawActs(ActsBase):
    """Acts that reach past people into the bot's queue."""

    def deliver(self, update: dict[str, Any]) -> int:
        """Queue any JSON object as an update; return its id."""
        return self._world.updates.push_raw(update, "raw")

    def again(self) -> int:
        """Deliver the newest update once more; return its id."""
        number = self._world.updates.again()
        if number is None:
            raise RefusedError("there was no update yet")
        return number
