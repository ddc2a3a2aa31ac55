"""The one-time forms: where passwords are typed, so that they never go through the chat.

    GET  /f/<token>   the form; the first browser that opens it gets it
    POST /f/<token>   one of five tries; counted before anything is compared

A form is good for one person, one browser, ten minutes and one success. What comes of it enters the chat's inbox in the
transaction that uses the form up. Unknown, used and expired ones are one and the same page.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.accounts.base import Accounts
from bot.db import forms, inbox, limits, sessions
from bot.db.base import Db, Tx
from bot.db.forms import Form
from bot.domain import codes, emails, languages, passwords
from bot.domain.limits import FORM_TRIES_PER_PERSON
from bot.render import Renderer
from bot.settings import Settings
from bot.tools import Tools
from bot.web.guard import Guard, Unreadable

COOKIE = "form"
_DEAD = 404


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a submission: a fault to show in the form, or a page to show instead of it."""

    fault: str = ""
    page: str = ""
    wait: int = 0
    woken: int = 0


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
        username: str,
        wake: Callable[[int], None],
    ) -> None:
        self._db = db
        self._tools = tools
        self._accounts = accounts
        self._renderer = renderer
        self._guard = guard
        self._settings = settings
        self._username = username
        self._wake = wake
        self._kinds = {"signin": self._sign_in, "signup": self._sign_up}

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
            return await self._show(form, token, browser or codes.token())
        return await self._take(request, form, browser)

    async def _show(self, form: Form, token: str, browser: str) -> Response:
        if not await self._db.transact(lambda tx: forms.claim(tx, self._tools, form.id, browser)):
            return self._page("elsewhere", form.lang, 403)
        page = self._form(form, browser)
        page.set_cookie(
            COOKIE, browser, max_age=600, path=f"/f/{token}", httponly=True, samesite="strict",
            secure=self._settings.public_url.startswith("https://"),
        )  # fmt: skip
        return page

    async def _take(self, request: Request, form: Form, browser: str) -> Response:
        try:
            fields = await self._guard.form(request)
        except Unreadable as unreadable:
            return self._page("unreadable", form.lang, unreadable.status)
        known = browser and form.browser_hash is not None
        if not known or not await self._db.transact(lambda tx: forms.claim(tx, self._tools, form.id, browser)):
            return self._page("elsewhere", form.lang, 403)
        if not hmac.compare_digest(
            self._csrf(form, browser).encode(), fields.get("csrf", "").encode("utf-8", "replace")
        ):
            return self._page("elsewhere", form.lang, 403)
        verdict = await self._kinds[form.kind](form, fields)
        if verdict.woken:
            self._wake(verdict.woken)
        if verdict.page:
            return self._page(verdict.page, form.lang, 200 if verdict.page == "done" else 403, wait=verdict.wait)
        return self._form(form, browser, fault=verdict.fault, email=fields.get("email", "")[:254], status=422)

    # --- the two kinds --------------------------------------------------------------------------------------

    async def _sign_in(self, form: Form, fields: dict[str, str]) -> Verdict:
        email, password = emails.canonical(fields.get("email", "")), fields.get("password", "")
        if email is None or not password:
            return Verdict(fault="incomplete")

        async def count(tx: Tx) -> Verdict | None:
            if not await forms.try_once(tx, self._tools, form.id):
                return await self._refused(tx, form)
            wait = await limits.allow(tx, self._tools, FORM_TRIES_PER_PERSON, str(form.chat))
            wait = wait or await limits.begin(tx, self._tools, limits.PASSWORD, email)
            return await self._locked(tx, form, wait) if wait else None

        stopped = await self._db.transact(count)
        if stopped is not None:
            return stopped
        account = await self._accounts.check_password(email, password)

        async def settle(tx: Tx) -> Verdict:
            if account is None:
                last = form.tries + 1 >= forms.TRIES
                return await self._refused(tx, form) if last else Verdict(fault="wrong")
            await limits.succeed(tx, self._tools, limits.PASSWORD, email)
            if not await forms.use(tx, self._tools, form.id):
                return Verdict(page="gone")
            await sessions.add_login(tx, self._tools, chat=form.chat, account=account)
            return await self._entered(tx, form, "done", "PasswordAccepted")

        return await self._db.transact(settle)

    async def _sign_up(self, form: Form, fields: dict[str, str]) -> Verdict:
        email, password = emails.canonical(fields.get("email", "")), fields.get("password", "")
        if email is None or not password:
            return Verdict(fault="incomplete")
        weak = passwords.weakness(password, email)
        if weak:
            return Verdict(fault=weak)
        if passwords.normal(password) != passwords.normal(fields.get("again", "")):
            return Verdict(fault="different")

        async def count(tx: Tx) -> Verdict | None:
            if not await forms.try_once(tx, self._tools, form.id):
                return Verdict(page="gone")
            wait = await limits.allow(tx, self._tools, FORM_TRIES_PER_PERSON, str(form.chat))
            return await self._locked(tx, form, wait) if wait else None

        stopped = await self._db.transact(count)
        if stopped is not None:
            return stopped
        password_hash = await self._accounts.hash_password(password)

        async def settle(tx: Tx) -> Verdict:
            if not await forms.use(tx, self._tools, form.id):
                return Verdict(page="gone")
            await sessions.add_signup(tx, self._tools, chat=form.chat, email=email, password_hash=password_hash)
            return await self._entered(tx, form, "done", "SignUpGiven")

        return await self._db.transact(settle)

    async def _refused(self, tx: Tx, form: Form) -> Verdict:
        """The form's tries are used up: it dies, and the chat offers a new one."""
        await forms.use(tx, self._tools, form.id)
        return await self._entered(tx, form, "refused", "PasswordRefused")

    async def _locked(self, tx: Tx, form: Form, wait: int) -> Verdict:
        await forms.use(tx, self._tools, form.id)
        seconds = limits.seconds(wait)
        verdict = await self._entered(tx, form, "locked", "SignInLocked", wait=seconds)
        return Verdict(page=verdict.page, wait=seconds, woken=verdict.woken)

    async def _entered(self, tx: Tx, form: Form, page: str, event: str, **fields: object) -> Verdict:
        await inbox.event(
            tx, self._tools, source="form", key=f"{form.id}:{event}", lane=form.chat, name=event, **fields
        )
        return Verdict(page=page, woken=form.chat)

    # --- pages ----------------------------------------------------------------------------------------------

    def _csrf(self, form: Form, browser: str) -> str:
        return self._tools.vault.index("csrf", f"{form.id}:{browser}").hex()

    def _form(self, form: Form, browser: str, *, fault: str = "", email: str = "", status: int = 200) -> HTMLResponse:
        return self._page(
            form.kind, form.lang, status, name=form.name, csrf=self._csrf(form, browser), fault=fault, email=email,
            shortest=passwords.SHORTEST,
        )  # fmt: skip

    def _page(
        self, page: str, lang: str, status: int, *, headers: dict[str, str] | None = None, **params: Any
    ) -> HTMLResponse:
        text = self._renderer.page(page, lang, dir=languages.direction(lang), username=self._username, **params)
        return HTMLResponse(text, status, headers)

    def _lang(self, request: Request) -> str:
        return languages.choose(request.headers.get("accept-language", "").split(",")[0], self._renderer.languages)
