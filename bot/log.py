"""Logs: structured, without what people wrote.

An exception is logged with its type and where it happened, never with its text: the text may quote a message, and a
message may hold a code. That goes for what libraries log too. A line is one line, whatever stands in it, and what looks
like an address, a number or a bot's token is blotted out of whatever comes this far.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final, TextIO

import structlog

_PRIVATE: Final = re.compile(
    r"\d{5,}:[\w-]{30,}"  # a bot's token
    r"|[^\s@/:\"'<>]+@[^\s@/:\"'<>]+\.[^\s@/:\"'<>]+"  # an address
    r"|\+\d(?:[ ().-]?\d){6,14}"  # a number as people write it
    r"|(?<=/[fnp]/)[\w-]{20,}"  # the secret end of one of our own addresses
)
_BLOT: Final = "[...]"
_FRAMES: Final = 8


def told(error: BaseException) -> tuple[str, list[str]]:
    """An exception's type, and where it came from."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return type(error).__name__, [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def _frames(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace exception info by its type and frames."""
    found = entry.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()[1]
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        entry["error"], entry["at"] = told(error)
    return entry


def blotted(value: Any) -> Any:
    """The value without what looks like somebody's; texts within lists and mappings too."""
    if isinstance(value, str):
        return _PRIVATE.sub(_BLOT, value)
    if isinstance(value, Mapping):
        return {name: blotted(each) for name, each in value.items()}
    return [blotted(each) for each in value] if isinstance(value, list | tuple | set | frozenset) else value


def one_line(text: str) -> str:
    """The text with whatever does not print as an escape: line ends, control characters, marks of direction."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _blotted(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: blotted(value) for name, value in entry.items()}


def _escaped(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """For the console, which escapes nothing itself."""
    return {name: one_line(value) if isinstance(value, str) else value for name, value in entry.items()}


class Plain(logging.Formatter):
    """What libraries log, by the same rules: one line, no text of an exception."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry: dict[str, Any] = {"event": blotted(record.getMessage()), "level": record.levelname.lower()}
        entry["logger"] = record.name
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            entry["error"], entry["at"] = told(error)
        if self._json:
            return json.dumps(entry)
        rest = "".join(f" {name}={entry[name]}" for name in ("error", "at") if name in entry)
        return one_line(f"{record.levelname} {record.name} {entry['event']}{rest}")


def configure(style: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Set logging up: ``style`` is ``json`` or ``console``, ``stream`` where it goes, standard error unless given."""
    last: list[Any] = (
        [structlog.processors.JSONRenderer()]
        if style == "json"
        else [_escaped, structlog.dev.ConsoleRenderer(colors=False)]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _frames,
            _blotted,
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries log requests with their addresses, and a Bot API address holds the token.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Plain(style))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for noisy in ("httpx", "httpcore", "telegram", "uvicorn.access", "aiohttp.access", "python_multipart"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
