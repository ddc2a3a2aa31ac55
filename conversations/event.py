"""What every event is; they are in ``conversations/events.py``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; never used itself."""
