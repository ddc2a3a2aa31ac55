"""How a played script reads: who, what, and the buttons under it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.scripts.script import Script, Step
from bot.scripts.seen import Seen
from bot.scripts.texts import masked

WHO = 7
_MARK = "--> "


@dataclass(slots=True)
class Line:
    """One line: who, and what."""

    who: str
    text: str
    wrong: bool = False


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
        for row in seen.buttons:
            text += "\n" + " ".join(f"[{label}]" for label in row)
        self.lines.append(Line(who, text))

    def wrong(self, step: Step | None, message: str) -> None:
        """The first difference."""
        where = f"line {step.line}" if step is not None else "at the end"
        self.lines.append(Line("", f"{where}: {message}", wrong=True))

    def text(self, *, shown: bool = False) -> str:
        """The transcript; numbers, addresses and codes masked unless they may be ``shown``."""
        parts = []
        for line in self.lines:
            body = line.text if shown else masked(line.text)
            first, *rest = body.split("\n")
            parts.append(f"{_MARK}{first}" if line.wrong else f"{line.who:<{WHO}}{first}")
            parts += [f"{'':<{WHO}}{more}".rstrip() for more in rest]
        return "\n".join(parts)
