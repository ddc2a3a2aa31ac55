"""The product's own routes, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.accounts.base import Accounts
from bot.context import Policy
from bot.db.base import Db, Tx
from bot.db.outbox import Post
from bot.domain import languages
from bot.errors import DatabaseDown
from bot.mirrors import systems
from bot.render import Renderer
from bot.settings import Settings
from bot.tools import Tools
from bot.web.forms import Forms
from bot.web.guard import Guard, guarded
from bot.web.links import Links
from bot.web.mirrors import MirrorHooks
from bot.web.operations import Operations, contract
from bot.web.reports import Reports
from bot.web.views import Views
from bot.web.website import Website, problem

_HERE = ("127.0.0.1", "::1")
_STYLE = Path(__file__).parent / "form.css"


class _Account(IntegerConvertor):
    """The id of an account in an address: of thousands of digits Python makes no number, and raises."""

    regex = "[0-9]{1,40}"


register_url_convertor("account", _Account())


def make_routes(
    *,
    db: Db,
    tools: Tools,
    accounts: Accounts,
    renderer: Renderer,
    policy: Policy,
    wake: Callable[[int], None],
    send: Callable[[Iterable[Post]], None],
    username: str,
    settings: Settings,
    metrics: CollectorRegistry,
) -> list[BaseRoute]:
    """Forms, pages, the exchange's API, health and metrics, and the other ticket system's webhooks."""
    guard = Guard(tools.clock, settings.proxies)
    forms = Forms(db, tools, accounts, renderer, guard, settings, policy, username, wake, send)
    website = Website(guard, settings.api_token)
    links = Links(db, tools, accounts, website, username, wake)
    operations = Operations(db, tools, website, remote=policy.remote)
    reports = Reports(db, tools, policy, renderer, guard, username, wake, send)
    views = Views(db, tools, renderer, guard)

    def away(request: Request) -> Response:
        lang = languages.choose(request.headers.get("accept-language", "").split(",")[0], renderer.languages)
        text = renderer.page("away", lang, dir=languages.direction(lang), username=username)
        return HTMLResponse(text, 503)

    def off(_request: Request) -> Response:
        return problem(503, "the database does not answer")

    async def style(_request: Request) -> Response:
        return FileResponse(_STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})

    async def health(_request: Request) -> Response:
        async def job(tx: Tx) -> None:
            await tx.one("SELECT 1 AS one")

        try:
            await db.transact(job)
        except DatabaseDown:
            return JSONResponse({"database": "down"}, 503)
        return JSONResponse({"database": "up"})

    async def measured(request: Request) -> Response:
        # For a collector on this machine: a request that came by way of a proxy is not from here.
        host = request.client.host if request.client else ""
        if host not in _HERE or "x-forwarded-for" in request.headers:
            return Response(status_code=404)
        return Response(generate_latest(metrics), media_type=CONTENT_TYPE_LATEST)

    hooks: list[BaseRoute] = []
    mirror = systems.kind(settings)
    if mirror:
        taking = MirrorHooks(db, tools, guard, systems.KINDS[mirror], settings.mirror_secret, send)
        hooks.append(Route(f"/mirror/{mirror}", guarded(taking.take), methods=["POST"]))
    return [
        *hooks,
        Route("/f/{token:str}", guarded(forms.serve, away), methods=["GET", "HEAD", "POST"]),
        Route("/form.css", guarded(style), methods=["GET"]),
        Route("/v1/accounts/{account:account}/links", guarded(links.create, off), methods=["POST"]),
        Route("/v1/accounts/{account:account}/sessions", guarded(links.sign_out, off), methods=["DELETE"]),
        Route("/v1/accounts/{account:account}/operations/{operation:str}", guarded(operations.read), methods=["GET"]),
        Route("/v1/openapi.json", guarded(contract), methods=["GET"]),
        Route("/n/{token:str}", guarded(reports.serve, away), methods=["GET", "HEAD", "POST"]),
        Route("/p/{token:str}", guarded(views.serve, away), methods=["GET", "HEAD", "POST"]),
        Route("/healthz", guarded(health), methods=["GET"]),
        Route("/metrics", guarded(measured), methods=["GET"]),
    ]
