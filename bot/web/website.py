"""What the exchange's own systems go through before their requests are served: the token and the limits."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.web.guard import Guard


class Website:
    """Lets requests with the right bearer token in. ``token``: what must be presented; empty: the API is off."""

    def __init__(self, guard: Guard, token: str) -> None:
        self._guard = guard
        self._token = token

    def refusal(self, request: Request) -> Response | None:
        """Why the request is not served; None when it is.

        Only a wrong token counts against its address, and too many shut out the right one too: an exchange asks as
        often as value leaves it, and nobody guesses faster for finding the right one at last.
        """
        if not self._token:
            return problem(404, "this API is off")
        wait = self._guard.due(request)
        if not wait:
            scheme, _, shown = request.headers.get("authorization", "").partition(" ")
            if hmac.compare_digest(shown.encode(), self._token.encode()) and scheme.lower() == "bearer":
                return None
            wait = self._guard.wait(request)
        if wait:
            return problem(429, "too many requests", {"Retry-After": str(wait)})
        return problem(401, "a valid bearer token is needed", {"WWW-Authenticate": "Bearer"})


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A refusal as RFC 9457 writes it."""
    return JSONResponse({"status": status, "detail": detail}, status, headers, "application/problem+json")
