"""Where an agent sees an identity picture: once, marked with their name, and noted.

    GET  /p/<token>   whose picture it is, and one button
    POST /p/<token>   the picture; the address is used up with it

Opening the page shows nothing, since programs that look at messages open addresses too.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot import uploads
from bot.clock import iso
from bot.db import audit, pictures
from bot.db.base import Db, Tx
from bot.db.pictures import View
from bot.domain import languages
from bot.render import Renderer
from bot.tools import Tools
from bot.web.guard import Guard


class Views:
    """Serves the pictures."""

    def __init__(self, db: Db, tools: Tools, renderer: Renderer, guard: Guard) -> None:
        self._db = db
        self._tools = tools
        self._renderer = renderer
        self._guard = guard

    async def serve(self, request: Request) -> Response:
        """GET asks, POST shows."""
        wait = self._guard.wait(request)
        if wait:
            return self._page("wait", 429, wait=wait)
        token = request.path_params["token"]
        view = await self._db.transact(lambda tx: pictures.find_view(tx, self._tools, token))
        if view is None or not view.open:
            return self._page("view_gone", 404)
        if request.method != "POST":
            return self._page("view", part=view.part, name=view.name)
        content = await self._db.transact(lambda tx: self._open(tx, view))
        if content is None:
            return self._page("view_gone", 404)
        mark = f"{view.name} {view.agent} {iso(self._tools.clock.now())}"
        return Response(await uploads.marked(content, mark), media_type="image/jpeg")

    async def _open(self, tx: Tx, view: View) -> bytes | None:
        content = await pictures.open_view(tx, self._tools, view)
        if content is not None:
            await audit.write(tx, self._tools, action="picture seen", actor=f"agent:{view.agent}",
                              ticket=view.ticket, part=view.part, recovery=view.recovery)  # fmt: skip
        return content

    def _page(self, page: str, status: int = 200, **params: Any) -> HTMLResponse:
        lang = languages.DEFAULT
        text = self._renderer.page(page, lang, dir=languages.direction(lang), username="", **params)
        return HTMLResponse(text, status)
