"""The one-time forms: where passwords are typed, so that they never go through the chat.

    GET  /f/<token>   the form; the first browser that opens it gets it
    POST /f/<token>   one of five tries; counted before anything is compared

A form is good for one person, one browser, ten minutes and one success. What comes of it enters the chat's inbox in the
transaction that uses the form up. Unknown, used and expired ones are one and the same page.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.accounts.base import Accounts
from bot.clock import SECOND
from bot.context import Policy
from bot.db import forms
from bot.db.base import Db, Tx
from bot.db.forms import Form
from bot.db.outbox import Post
from bot.domain import codes, languages, passwords
from bot.domain.recovery import PARTS
from bot.errors import Undelivered
from bot.render import Renderer
from bot.settings import Settings
from bot.tools import Tools
from bot.web.account_forms import AccountForms
from bot.web.guard import Guard, Unreadable
from bot.web.identity_form import IdentityForms
from bot.web.sign_forms import SignForms
from bot.web.submission import Kind, Later, Verdict

_log = structlog.get_logger(__name__)
COOKIE = "form"
_GOOD = ("done", "codes_shown", "sent_in")
"""Pages that say that all is well."""
_DEAD = 404
_TOO_LARGE = 413
_UNAVAILABLE = "unavailable"
"""The fault of a submission that the account system could not be asked about."""
_FILE = "my-data.json"
"""What a person's data are called where they are saved."""
_PICTURES = "identity"
"""The kind of form that takes files."""


class Forms:
    """Serves the forms. ``wake`` tells a chat's lane that something waits for it."""

    def __init__(
        self,
        db: Db,
        tools: Tools,
        accounts: Accounts,
        renderer: Renderer,
        guard: Guard,
        settings: Settings,
        policy: Policy,
        username: str,
        wake: Callable[[int], None],
        send: Callable[[Iterable[Post]], None],
    ) -> None:
        self._db = db
        self._tools = tools
        self._renderer = renderer
        self._guard = guard
        self._settings = settings
        self._username = username
        self._wake = wake
        self._send = send
        self._identity = IdentityForms(db, tools, policy, accounts)
        signing = SignForms(db, tools, policy, accounts)
        account = AccountForms(db, tools, policy, accounts)
        self._kinds: Mapping[str, Kind] = {
            "signin": signing.sign_in,
            "signup": signing.sign_up,
            "trading": account.trading,
            "phrase": account.phrase,
            "codes": account.codes,
            "data": account.data,
            "show_trading": self._identity.show_trading,
        }

    async def serve(self, request: Request) -> Response:
        """GET shows the form, POST takes it."""
        wait = self._guard.wait(request)
        if wait:
            return self._page("wait", self._lang(request), 429, wait=wait, headers={"Retry-After": str(wait)})
        token = request.path_params["token"]
        form = await self._db.transact(lambda tx: forms.find(tx, self._tools, token))
        if form is None or form.used_at is not None or form.expires_at <= self._tools.clock.now():
            return self._page("gone", form.lang if form else self._lang(request), _DEAD)
        if request.method == "HEAD":
            return Response(status_code=200)
        browser = request.cookies.get(COOKIE, "")
        if request.method == "GET":
            # Nobody brings a mark along: one that was planted in a browser would open the form for whoever planted it.
            return await self._show(form, token, browser if form.browser_hash is not None else codes.token())
        return await self._take(request, form, browser)

    async def _show(self, form: Form, token: str, browser: str) -> Response:
        if not await self._db.transact(lambda tx: forms.claim(tx, self._tools, form.id, browser)):
            return self._page("elsewhere", form.lang, 403)
        page = await self._form(form, browser)
        left = (form.expires_at - self._tools.clock.now()) // SECOND
        page.set_cookie(
            COOKIE, browser, max_age=left, path=f"/f/{token}", httponly=True, samesite="strict",
            secure=self._settings.public_url.startswith("https://"),
        )  # fmt: skip
        return page

    async def _take(self, request: Request, form: Form, browser: str) -> Response:
        known = browser and form.browser_hash is not None
        if not known or not await self._db.transact(lambda tx: forms.claim(tx, self._tools, form.id, browser)):
            return self._page("elsewhere", form.lang, 403)
        files: Mapping[str, bytes] = {}
        try:
            if form.kind == _PICTURES:
                fields, files = await self._guard.upload(request, PARTS, form.id)
            else:
                fields = await self._guard.form(request)
        except Unreadable as unreadable:
            if form.kind == _PICTURES and unreadable.status == _TOO_LARGE:
                return await self._form(form, browser, fault="picture_large", status=_TOO_LARGE)
            return self._page("unreadable", form.lang, unreadable.status)
        if not self._csrf_right(form, browser, fields.get("csrf", "")):
            return self._page("elsewhere", form.lang, 403)
        try:
            if form.kind == _PICTURES:
                verdict = await self._identity.identity(form, files)
            else:
                verdict = await self._kinds[form.kind](form, fields)
        except Undelivered as error:
            _log.error("accounts cannot be asked", error=str(error))
            verdict = Verdict(fault=_UNAVAILABLE)
        self._send(verdict.posts)
        if verdict.woken:
            self._wake(verdict.woken)
        response = await self._answered(form, browser, verdict, fields.get("email", "")[:254])
        if verdict.later is not None:
            response.background = BackgroundTask(self._follow, verdict.later)
        return response

    async def _follow(self, later: Later) -> None:
        self._send(await self._db.transact(later))

    async def _answered(self, form: Form, browser: str, verdict: Verdict, email: str) -> Response:
        if verdict.file:
            attached = {"Content-Disposition": f'attachment; filename="{_FILE}"'}
            return Response(verdict.file, headers=attached, media_type="application/json")
        if verdict.page:
            status = 200 if verdict.page in _GOOD else 403
            return self._page(verdict.page, form.lang, status, wait=verdict.wait, codes=verdict.codes)
        status = 503 if verdict.fault == _UNAVAILABLE else 422
        return await self._form(form, browser, fault=verdict.fault, email=email, status=status)

    # --- pages ----------------------------------------------------------------------------------------------

    def _csrf(self, form: Form, browser: str) -> str:
        return self._tools.vault.index("csrf", f"{form.id}:{browser}").hex()

    def _csrf_right(self, form: Form, browser: str, given: str) -> bool:
        known = self._tools.vault.indexes("csrf", f"{form.id}:{browser}")
        return any(hmac.compare_digest(each.hex().encode(), given.encode("utf-8", "replace")) for each in known)

    async def _form(
        self, form: Form, browser: str, *, fault: str = "", email: str = "", status: int = 200
    ) -> HTMLResponse:
        asked: dict[str, Any] = {}
        if form.kind == _PICTURES:
            asked = await self._db.transact(lambda tx: self._asked(tx, form))
            if not asked:
                return self._page("gone", form.lang, _DEAD)
        return self._page(
            form.kind, form.lang, status, name=form.name, csrf=self._csrf(form, browser), fault=fault, email=email,
            shortest=passwords.SHORTEST, known=form.trading_at is not None, **asked,
        )  # fmt: skip

    async def _asked(self, tx: Tx, form: Form) -> dict[str, Any]:
        """The pictures that the case still lacks, and what the note has to say."""
        case = await self._identity.case(tx, form)
        return {"parts": await self._identity.wanted(tx, case), "phrase": case.phrase} if case else {}

    def _page(
        self, page: str, lang: str, status: int, *, headers: dict[str, str] | None = None, **params: Any
    ) -> HTMLResponse:
        text = self._renderer.page(page, lang, dir=languages.direction(lang), username=self._username, **params)
        return HTMLResponse(text, status, headers)

    def _lang(self, request: Request) -> str:
        return languages.choose(request.headers.get("accept-language", "").split(",")[0], self._renderer.languages)
