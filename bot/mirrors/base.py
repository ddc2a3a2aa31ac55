"""What another ticket system has to do for us, and what passes between it and us.

Its words for how a ticket stands stay in its adapter; everything else speaks ours.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, ClassVar, Final, Protocol

from bot.clock import Clock
from bot.db.tickets import Status
from bot.errors import Flooded, Rejected, Unreachable
from bot.http import Http, judge

TAG: Final = "phonedesk"
"""Every twin carries it, so that operators can build views and rules on it."""
_CODES: Final[Mapping[int, str]] = {
    400: "malformed", 401: "unauthorized", 403: "forbidden", 404: "not_found", 422: "unprocessable",
}  # fmt: skip
"""What refusals are called."""
_PASSING: Final = (408, 409, 425)
"""Statuses that say nothing of the request: too slow, or at the same time as another one."""
_AT_ONCE: Final = 4
"""Requests at the same time: a desk with many tickets must not use up what its agents' own tools may ask."""
_BLOCKS: Final = ("p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3")


@dataclass(frozen=True, slots=True)
class Stands:
    """How a twin is to stand; with None as its status, as it does. ``until``: when somebody looks again."""

    status: Status | None
    priority: str
    until: int


@dataclass(frozen=True, slots=True)
class Words:
    """A comment on its way there. ``mark`` is its name: it is never said twice."""

    mark: str
    text: str
    public: bool
    person: bool = False
    """Whether they are the person's own."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A twin that is to be made, new; ``before`` is the one that it follows."""

    number: int
    subject: str
    words: Words
    priority: str
    tags: tuple[str, ...]
    before: str = ""


@dataclass(frozen=True, slots=True)
class Twin:
    """A twin as it was found: their id, their word for how it stands, and the comment that was made with it."""

    id: str
    status: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as it stands there.

    Attributes:
        id: theirs.
        mark: ours, where we have said it.
        author: their number of who said it; ``name`` as it is written there.
        agent: whether who said it works there.
        files: whether something is attached.
    """

    id: str
    mark: str
    author: int
    name: str
    text: str
    public: bool
    agent: bool
    files: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A twin as it stands there. ``ours`` is its status in our words, None for what we have no word for."""

    status: str
    ours: Status | None
    said: tuple[Said, ...]


class System(Protocol):
    """Another ticket system. Calls raise as :meth:`Api.call`; ``unprocessable`` may mean that a twin is closed."""

    name: ClassVar[str]
    """As people call it."""

    def theirs(self, status: Status) -> str:
        """Their word for how a ticket stands."""
        ...

    def ours(self, status: str) -> Status | None:
        """Our word for theirs; None where we have none."""
        ...

    def final(self, status: str) -> bool:
        """Whether a twin that stands so can never be changed again."""
        ...

    async def find(self, number: int) -> Twin | None:
        """The twin of the ticket with our number, if there is one that can still be changed."""
        ...

    async def open(self, draft: Draft) -> Twin:
        """Make a twin."""
        ...

    async def say(self, twin: str, words: Words) -> str:
        """Add a comment; their id of it."""
        ...

    async def stand(self, twin: str, stands: Stands) -> str:
        """Let the twin stand so; their word for how it does."""
        ...

    async def tag(self, twin: str, tags: tuple[str, ...]) -> None:
        """Add tags; those that are there stay."""
        ...

    async def look(self, twin: str) -> Seen:
        """How the twin stands, and all that was said, the oldest first."""
        ...

    async def check(self) -> str:
        """Whom we are taken for; nothing is changed."""
        ...

    async def close(self) -> None:
        """Give up the connections."""
        ...


class Api(Http):
    """JSON over HTTP; a system that asks to wait is left alone by every ticket, and never asked much at once."""

    def __init__(self, url: str, headers: Mapping[str, str], clock: Clock) -> None:
        super().__init__(url.rstrip("/"), headers)
        self._clock = clock
        self._until = 0
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str = "",
        params: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        """One call; the JSON that was answered. ``key`` is an idempotency key.

        Raises:
            Rejected: ``unauthorized``, ``forbidden``, ``not_found``, ``unprocessable``, ``malformed`` or ``refused``.
            Flooded: try again later.
            Unreachable: no answer, or none that can be read; ``sent`` tells whether it may have been carried out.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Idempotency-Key": key} if key else None
        async with self._turns:
            left = self._until - self._clock.now()
            if left > 0:
                raise Flooded(left)
            answer = await self.ask(method, path, body=data, headers=headers, params=params)
        if answer.status in _PASSING:
            raise Unreachable(f"status {answer.status}", sent=True)
        try:
            judge(answer.status, answer.retry_after, code=_CODES.get(answer.status, "refused"), carried=True)
        except Flooded as flood:
            self._until = self._clock.now() + flood.wait
            raise
        try:
            return json.loads(answer.body) if answer.body else {}
        except ValueError as error:
            raise Unreachable("no JSON", sent=True) from error


def picked(found: Any, *names: str | int) -> Any:
    """What lies in an answer under these names, one in the other.

    Raises:
        Unreachable: it is not what the API says; nothing can be done with it.
    """
    for name in names:
        try:
            found = found[name]
        except (KeyError, IndexError, TypeError) as error:
            raise Unreachable(f"no {name} in the answer", sent=True) from error
    return found


def plain(markup: str) -> str:
    """The words of an HTML text, with its line ends."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return "\n".join(line for number, line in enumerate(lines) if line or (number and lines[number - 1])).strip()


class _Reader(HTMLParser):
    """Collects the words between tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style") and self._silent > 0
        if tag in _BLOCKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data.replace("\n", " "))


def of_the_words(refusal: Rejected) -> bool:
    """Whether a refusal is of what was said, rather than of us or of the twin."""
    return refusal.code in ("unprocessable", "malformed")
