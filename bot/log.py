"""Logs: structured, without what people wrote.

An exception is logged with its type and where it happened, never with its text: the text may quote a message, and a
message may hold a code.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog


def _frames(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace exception info by its type and frames."""
    found = entry.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()[1]
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-8:]
        entry["error"] = type(error).__name__
        entry["at"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return entry


def configure(style: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Set logging up: ``style`` is ``json`` or ``console``, ``stream`` where it goes, standard error unless given."""
    last: Any = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _frames,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries log requests with their addresses, and a Bot API address holds the token.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s")
    for noisy in ("httpx", "httpcore", "telegram", "uvicorn.access", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
