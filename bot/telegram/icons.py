"""A topic's icon says how its ticket stands, where Telegram has an emoji for that among those it lets bots use.

Which those are is Telegram's own list, which it may change; it is asked for once. An icon can be seen in the list of
topics whatever the length of the name, and a new one does not rename the topic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog

from bot.db.tickets import Status
from bot.errors import Rejected, Undelivered
from bot.telegram.api import Caller

_log = structlog.get_logger(__name__)
_WANTED: Final[Mapping[Status, tuple[str, ...]]] = {
    "new": ("🆕", "❗", "‼"),
    "open": ("💬", "🗣"),
    "pending": ("💬", "🗣"),
    "hold": ("⏸", "📆"),
    "solved": ("✅", "🏁"),
    "closed": ("🔒", "📁"),
}
"""Emoji by status, the best first."""
_AS_EMOJI: Final = "\ufe0f"
"""Telegram writes some emoji with it, and some without."""


class Icons:
    """The icons that there are, by status."""

    def __init__(self, api: Caller) -> None:
        self._api = api
        self._known: Mapping[str, str] | None = None

    async def of(self, status: Status) -> str | None:
        """The id of the icon for a ticket that stands so, "" where there is none for it, None where there are none."""
        if self._known is None:
            try:
                stickers = await self._api.call("getForumTopicIconStickers", {})
            except Rejected as refusal:
                _log.warning("no icons for topics", reason=refusal.code)
                stickers = []
            except Undelivered as error:
                _log.info("icons not known yet", error=type(error).__name__)
                return None
            self._known = {
                str(sticker.get("emoji", "")).replace(_AS_EMOJI, ""): str(sticker["custom_emoji_id"])
                for sticker in stickers
                if sticker.get("custom_emoji_id")
            }
        if not self._known:
            return None
        return next((self._known[emoji] for emoji in _WANTED[status] if emoji in self._known), "")

    def none(self) -> None:
        """One was refused: the names of topics say how tickets stand from now on."""
        self._known = {}
