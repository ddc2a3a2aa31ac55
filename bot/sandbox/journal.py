"""The journal of calls: what the bot asked, when, and what it was told."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

CAPACITY: Final = 100_000
"""Calls kept; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call and its outcome.

    ``ok`` is None when the caller got no answer; ``stored`` tells whether the call made a message all the same.
    """

    seq: int
    at: int
    method: str
    params: Json
    ok: bool | None
    error_code: int | None = None
    description: str = ""
    stored: bool = False

    def to_json(self) -> Json:
        """Its view."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Stored messages with the same method and parameters, by the numbers of their calls."""

    method: str
    params: Json
    seqs: tuple[int, ...]

    @property
    def extra(self) -> int:
        """How many there are beyond the first."""
        return len(self.seqs) - 1

    def to_json(self) -> Json:
        """Its view."""
        return {"method": self.method, "params": self.params, "seqs": list(self.seqs)}


class Journal:
    """Calls in order, newest last."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=CAPACITY)
        self.total = 0
        self.errors = 0

    def add(
        self,
        *,
        at: int,
        method: str,
        params: Json,
        ok: bool | None,
        error_code: int | None = None,
        description: str = "",
        stored: bool = False,
    ) -> None:
        """Write one call down."""
        self.total += 1
        if ok is False:
            self.errors += 1
        self.calls.append(
            Call(
                seq=self.total,
                at=at,
                method=method,
                params=params,
                ok=ok,
                error_code=error_code,
                description=description,
                stored=stored,
            )
        )

    def after(self, seq: int, *, method: str = "", errors: bool = False) -> Iterator[Call]:
        """Calls above ``seq``, by method and, when asked, only refused or unanswered ones."""
        for call in self.calls:
            if call.seq > seq and method in ("", call.method) and not (errors and call.ok):
                yield call

    def duplicates(self) -> list[Duplicate]:
        """Groups of stored messages that are the same in method and parameters."""
        groups: dict[str, list[Call]] = {}
        for call in self.calls:
            if call.stored:
                key = call.method + json.dumps(call.params, sort_keys=True, default=str)
                groups.setdefault(key, []).append(call)
        return [
            Duplicate(calls[0].method, calls[0].params, tuple(call.seq for call in calls))
            for calls in groups.values()
            if len(calls) > 1
        ]
