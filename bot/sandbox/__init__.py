"""Stand-ins for everything outside: a Telegram, its people, an SMS and an email gateway (``docs/sandbox.md``)."""

from __future__ import annotations

from bot.sandbox.answers import Answer
from bot.sandbox.demo import demo
from bot.sandbox.errors import ApiError, NoAnswer, RefusedError, SandboxError
from bot.sandbox.faults import Fault
from bot.sandbox.files import Upload
from bot.sandbox.server import make_app, routes
from bot.sandbox.store import Saver, load, save
from bot.sandbox.world import BOT_ID, BOT_TOKEN, GATEWAY_TOKEN, World

__all__ = [
    "BOT_ID",
    "BOT_TOKEN",
    "GATEWAY_TOKEN",
    "Answer",
    "ApiError",
    "Fault",
    "NoAnswer",
    "RefusedError",
    "SandboxError",
    "Saver",
    "Upload",
    "World",
    "demo",
    "load",
    "make_app",
    "routes",
    "save",
]
