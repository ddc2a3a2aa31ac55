"""A Bot API on loopback that answers what a test tells it and keeps what it was asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "123456:test-token-of-nobody"


@dataclass
class Asked:
    """One request as it came."""

    path: str
    kind: str
    params: dict[str, str]
    files: dict[str, tuple[str | None, str | None, bytes]]
    peer: object


@dataclass
class Stand:
    """The server.

    ``answers`` are used up in order, the last one stays: status and JSON value, or raw bytes. None leaves until
    ``free`` is set; ``came`` can be acquired once for each request.
    """

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def __post_init__(self) -> None:
        self.free.set()

    def says(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)

    def grants(self, result: Any) -> None:
        self.says((200, {"ok": True, "result": result}))

    def refuses(self, status: int, description: str, **parameters: int) -> None:
        answer: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        self.says((status, answer | ({"parameters": parameters} if parameters else {})))

    async def handle(self, request: web.Request) -> web.Response:
        params: dict[str, str] = {}
        files: dict[str, tuple[str | None, str | None, bytes]] = {}
        if request.content_type == "application/json":
            params = await request.json()
        elif request.method == "POST":
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    files[name] = (value.filename, value.content_type, value.file.read())
                else:
                    params[name] = str(value)
        peer = request.transport.get_extra_info("peername") if request.transport else None
        self.asked.append(Asked(request.path, request.content_type, params, files, peer))
        self.came.release()
        await self.free.wait()
        status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, bytes):
            return web.Response(status=status, body=answer)
        return web.json_response(answer, status=status)
