"""The page on which one person plays everybody: its shell, its scripts and styles, and the emails it frames.

The shell is drawn here with the whole state inside, so that the first paint waits for nothing; from then on the page
lives by the control API (``docs/sandbox.md``) alone. Nothing may run on it but its own files: the policy forbids
inline scripts, other origins and, where the browser knows trusted types, any parsing of text into HTML.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.clock import ManualClock
from bot.sandbox.views import state_view

if TYPE_CHECKING:
    from bot.sandbox.world import World

STATIC: Final = Path(__file__).parent / "static"
_TEMPLATES: Final = Path(__file__).parents[2] / "templates" / "sandbox"
_SAFE: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_PAGE_POLICY: Final = "; ".join(
    rule
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_MAIL_POLICY: Final = "; ".join(
    rule
    for rule in (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    )
)
"""An email is somebody else's HTML: it may look as it likes, and do nothing but open a link in another tab."""
_MAIL_HEAD: Final = '<!doctype html><meta charset="utf-8"><base target="_blank">'
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".ogg": "audio/ogg"}
"""Named here because the machine's own table of types may say otherwise, and a module of another type does not run."""


class _Page:
    """Endpoints of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        loader = FileSystemLoader(_TEMPLATES)
        self._jinja = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        self._names = frozenset(path.name for path in STATIC.iterdir() if path.is_file())

    async def shell(self, _request: Request) -> Response:
        """The page."""
        world = self._world
        html = self._jinja.get_template("page.html.j2").render(
            boot={"state": state_view(world, (), 0, ""), "ticks": not isinstance(world.clock, ManualClock)},
            bot=world.bot,
            modules=sorted(name for name in self._names if name.endswith(".js")),
            styles=sorted(name for name in self._names if name.endswith(".css")),
        )
        headers = {**_SAFE, "Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "no-store"}
        # A person's name may hold half a surrogate pair, which UTF-8 cannot carry.
        return HTMLResponse(html.encode(errors="replace"), headers=headers)

    async def asset(self, request: Request) -> Response:
        """A script, a style sheet, a picture or a sound of the page."""
        name = request.path_params["name"]
        if name not in self._names:
            return PlainTextResponse("Not found", 404, headers=_SAFE)
        data = (STATIC / name).read_bytes()
        tag = f'"{hashlib.blake2b(data, digest_size=12).hexdigest()}"'
        headers = {**_SAFE, "ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(data, media_type=kind, headers=headers)

    async def mail(self, request: Request) -> Response:
        """An email's HTML, for the frame that shows it."""
        seq = request.path_params["seq"]
        found = next((mail for mail in self._world.state.emails if mail.seq == seq and mail.html), None)
        if found is None:
            return PlainTextResponse("There is no such email with HTML", 404, headers=_SAFE)
        headers = {**_SAFE, "Content-Security-Policy": _MAIL_POLICY, "Cache-Control": "no-store"}
        return HTMLResponse((_MAIL_HEAD + found.html).encode(errors="replace"), headers=headers)


def page_routes(world: World) -> list[Route]:
    """The page's routes, to be handed to ``make_app``.

    Args:
        world: what the page shows; its control API must be served from the same origin.
    """
    page = _Page(world)
    return [
        Route("/", page.shell, methods=["GET"]),
        Route("/sandbox/mail/{seq:int}", page.mail, methods=["GET"]),
        Route("/sandbox/{name}", page.asset, methods=["GET"]),
    ]
