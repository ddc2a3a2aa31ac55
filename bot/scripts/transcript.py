"""How a played script reads: who, what, and the buttons under it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.scripts.script import Script, Step
from bot.scripts.seen import Seen
from bot.scripts.texts import masked

WHO = 7
_MARK = "--> "
_BRIEF = 1
"""Rows of buttons in a brief transcript."""


@dataclass(slots=True)
class Line:
    """One line: who, and what."""

    who: str
    text: str
    wrong: bool = False
    buttons: tuple[tuple[str, ...], ...] = ()

    def brief(self) -> str:
        """Its first paragraph, in one line."""
        text = " ".join(self.text.partition("\n\n")[0].split())
        labels = [label for row in self.buttons[:_BRIEF] for label in row]
        return " ".join([text, *(f"[{label}]" for label in labels)])

    def full(self) -> str:
        """Everything, a line a row of buttons."""
        rows = (" ".join(f"[{label}]" for label in row) for row in self.buttons)
        return "\n".join([self.text, *rows])


@dataclass(slots=True)
class Transcript:
    """What happened so far."""

    script: Script
    lines: list[Line] = field(default_factory=list)

    def acted(self, who: str, text: str) -> None:
        """Somebody did something."""
        self.lines.append(Line(who, text))

    def page(self, text: str) -> None:
        """A page in a browser."""
        self.lines.append(Line("page", text))

    def seen(self, seen: Seen) -> None:
        """Something came out of the bot."""
        who, text = seen.queue, seen.text
        if seen.queue == "undelivered":
            who, text = "lost", f"{' '.join(seen.keys)}: {seen.reason}"
        elif seen.queue == "deletes":
            who, text = "bot", "(deletes that message)"
        elif seen.queue == "desk" and not text:
            text = f"({' '.join(seen.keys)})"
        elif seen.queue == "toast":
            who, text = "bot", f"(toast) {text}"
        elif seen.to:
            text = f"to {seen.to}: {text}"
        if seen.edited:
            text = f"(in place) {text}"
        self.lines.append(Line(who, text, buttons=seen.buttons))

    def wrong(self, step: Step | None, message: str) -> None:
        """The first difference."""
        where = f"line {step.line}" if step is not None else "at the end"
        self.lines.append(Line("", f"{where}: {message}", wrong=True))

    def text(self, *, shown: bool = False, brief: bool = False) -> str:
        """The transcript; numbers, addresses and codes masked unless they may be ``shown``; ``brief``: a line each."""
        parts = []
        for line in self.lines:
            whole = line.brief() if brief else line.full()
            body = whole if shown else masked(whole)
            first, *rest = body.split("\n")
            parts.append(f"{_MARK}{first}" if line.wrong else f"{line.who:<{WHO}}{first}")
            parts += [f"{'':<{WHO}}{more}".rstrip() for more in rest]
        return "\n".join(parts)
