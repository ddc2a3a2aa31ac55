"""The Bot API's methods: one table of names, parameters and handlers."""

from __future__ import annotations

from typing import Final

from bot.sandbox.methods import bot as profile
from bot.sandbox.methods import chat, edits, forwards, media, messages, topics, updates
from bot.sandbox.methods.table import Method

_GROUPS: Final = (messages, media, forwards, edits, topics, chat, updates, profile)

METHODS: Final[dict[str, Method]] = {method.name.lower(): method for group in _GROUPS for method in group.METHODS}
"""Every method by its lower-case name."""

__all__ = ["METHODS", "Method"]
