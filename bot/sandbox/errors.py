"""What can go wrong in the sandbox.

::

    SandboxError
    ├── ApiError       Telegram's refusal of a call: becomes an answer with its code and text
    ├── NoAnswer       a fault ate the answer: over HTTP the connection drops
    └── RefusedError   a person tried what cannot be done; the text says what can
        └── MissingError   who or what was named is not there
"""

from __future__ import annotations


class SandboxError(Exception):
    """Any error of the sandbox."""


class ApiError(SandboxError):
    """A call is refused with Telegram's code and text.

    Args:
        code: HTTP status, also ``error_code`` of the answer.
        text: what follows the prefix of that code ("Bad Request: " for 400), exactly as Telegram writes it.
        retry_after: seconds, for 429.
        migrate_to: the supergroup's id, when the group was upgraded.
    """

    def __init__(self, code: int, text: str, *, retry_after: int | None = None, migrate_to: int | None = None) -> None:
        super().__init__(PREFIXES.get(code, "") + text)
        self.code = code
        self.retry_after = retry_after
        self.migrate_to = migrate_to

    def body(self) -> dict[str, object]:
        """The answer's JSON object."""
        body: dict[str, object] = {"ok": False, "error_code": self.code, "description": str(self)}
        parameters = {"retry_after": self.retry_after, "migrate_to_chat_id": self.migrate_to}
        given = {name: value for name, value in parameters.items() if value is not None}
        if given:
            body["parameters"] = given
        return body


class NoAnswer(SandboxError):
    """The call gets no answer.

    Args:
        stored: whether the call took effect all the same.
        hold_ms: how long the connection hangs before it closes, in real milliseconds.
    """

    def __init__(self, *, stored: bool, hold_ms: int = 0) -> None:
        super().__init__("stored, but not answered" if stored else "neither stored nor answered")
        self.stored = stored
        self.hold_ms = hold_ms


class RefusedError(SandboxError):
    """A person tried what cannot be done; the text names what would have worked."""

    status = 409


class MissingError(RefusedError):
    """Who or what was named is not there; the text names what is."""

    status = 404


PREFIXES = {
    400: "Bad Request: ",
    401: "Unauthorized: ",
    403: "Forbidden: ",
    404: "Not Found: ",
    409: "Conflict: ",
    429: "Too Many Requests: ",
    500: "Internal Server Error: ",
}


def bad_request(text: str) -> ApiError:
    """The commonest refusal."""
    return ApiError(400, text)


def flooded(seconds: int) -> ApiError:
    """Flood control: wait ``seconds``."""
    return ApiError(429, f"retry after {seconds}", retry_after=seconds)
