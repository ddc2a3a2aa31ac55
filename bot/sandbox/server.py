"""The sandbox over HTTP: the Bot API, file downloads and the gateways. Thin; the world does the work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.control import control_routes
from bot.sandbox.errors import NoAnswer
from bot.sandbox.faults import GATEWAYS
from bot.sandbox.files import Upload

if TYPE_CHECKING:
    from bot.sandbox.answers import Answer
    from bot.sandbox.world import World

Json = dict[str, Any]

BODY_LIMIT: Final = 60 * 1024 * 1024
"""Bytes of a request's body: a file of 50 MB and what is around it."""
_FIELD_LIMIT: Final = 1024 * 1024


class _Endpoints:
    """Handlers of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def method(self, request: Request) -> Response:
        """Run a Bot API method."""
        if int(request.headers.get("content-length") or 0) > BODY_LIMIT:
            return _json({"ok": False, "error_code": 413, "description": "Request Entity Too Large"}, 413)
        try:
            params, files = await _read(request)
        except ValueError as error:
            text = f"Bad Request: {error}"
            return _json({"ok": False, "error_code": 400, "description": text}, 400)
        path = request.path_params
        try:
            answer = await self._world.call(path["token"], path["method"], params, files)
        except NoAnswer as silence:
            return await drop(request, silence)
        return said(answer)

    async def download(self, request: Request) -> Response:
        """Give the bytes of a file the bot asked for by getFile."""
        world = self._world
        file = world.files.by_path(request.path_params["path"])
        if request.path_params["token"] != world.state.token or file is None:
            return _json({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
        return Response(world.files.data(file), media_type=file.mime or "application/octet-stream")

    async def gateway(self, name: str, request: Request) -> Response:
        """Take an SMS or an email."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            body = json.loads(await request.body())
        except (ValueError, RecursionError):
            body = None
        take = self._world.sms if name == "sms" else self._world.email
        try:
            answer = await take(token if scheme.lower() == "bearer" else "", body)
        except NoAnswer as silence:
            return await drop(request, silence)
        return said(answer)

    async def missing(self, _request: Request) -> Response:
        """Answer a path that means nothing."""
        return _json({"ok": False, "error_code": 404, "description": "Not Found"}, 404)


async def _read(request: Request) -> tuple[Json, dict[str, Upload]]:
    """Parameters and files from query, form, multipart or JSON.

    Raises:
        ValueError: a JSON body that is no object.
    """
    params: Json = dict(request.query_params)
    files: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "POST":
        return params, files
    if kind == "application/json":
        try:
            body = json.loads(await request.body() or "{}")
        except RecursionError:
            raise ValueError("too deeply nested") from None
        if not isinstance(body, dict):
            raise ValueError("expected a JSON object")
        params |= {name: value for name, value in body.items() if value is not None}
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        async with request.form(max_part_size=_FIELD_LIMIT) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    data = await value.read()
                    files[name] = Upload(value.filename or name, data, value.content_type or "")
                else:
                    params[name] = value
    return params, files


async def drop(request: Request, silence: NoAnswer) -> Response:
    """Close the connection without an answer.

    Raises:
        NoAnswer: there is no connection to close, as under an in-memory client.
    """
    if silence.hold_ms:
        await _hang(request, silence.hold_ms)
    # ASGI has no word for this; uvicorn's receive() is a method of the cycle that owns the transport.
    cycle = getattr(request.receive, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise silence
    transport.abort()
    return Response(status_code=500)


async def _hang(request: Request, ms: int) -> None:
    """Say nothing for so long, or until the caller has had enough."""
    try:
        async with asyncio.timeout(ms / 1_000):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


def said(answer: Answer) -> Response:
    """The answer as HTTP has it."""
    return _json(answer.body, answer.status, answer.headers)


def _json(body: Json, status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(body, status, headers)


def routes(world: World) -> list[BaseRoute]:
    """The routes of a world: Bot API, files, gateways, control API."""
    ends = _Endpoints(world)
    return [
        Route("/bot{token}/{method}", ends.method, methods=["GET", "POST"]),
        Route("/file/bot{token}/{path:path}", ends.download, methods=["GET"]),
        *(Route(f"/gateway/{name}", partial(ends.gateway, name), methods=["POST"]) for name in GATEWAYS),
        *control_routes(world),
        Route("/bot{rest:path}", ends.missing, methods=["GET", "POST"]),
    ]


def make_app(world: World, page_routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The sandbox as an application.

    Args:
        world: what it shows.
        page_routes: the page's own routes, which come first.

    Its lifespan takes up deliveries to a webhook that an earlier run left, and closes the world.
    """

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        world.webhooks.wake()
        try:
            yield
        finally:
            await world.close()

    return Starlette(routes=[*page_routes, *routes(world)], lifespan=lifespan)
