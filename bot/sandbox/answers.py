"""What a call is answered with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer without the HTTP. Its body shares objects with the world: read it, do not change it."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the call succeeded."""
        return self.status < 300

    @property
    def result(self) -> Any:
        """What a Bot API method returned; None when it was refused."""
        return self.body.get("result")
