"""Faults that a test or the page asks for: refusals, lost answers, delays, doubles."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from bot.sandbox.answers import Answer
from bot.sandbox.errors import NoAnswer, RefusedError

if TYPE_CHECKING:
    from bot.sandbox.world import World

Json = dict[str, Any]
Kind = Literal["error", "timeout_before", "timeout_after", "reset", "slow", "down", "rejected", "duplicate"]

GATEWAYS: Final = ("sms", "email")
SERVICES: Final = (*GATEWAYS, "accounts")
"""What is asked over HTTP beside Telegram."""
_SERVICE_KINDS: Final = {"error", "timeout_before", "timeout_after", "reset", "slow", "down", "rejected"}
_KINDS: Final = {"update": {"duplicate"}, **dict.fromkeys(SERVICES, _SERVICE_KINDS)}
_METHOD_KINDS: Final = {"error", "timeout_before", "timeout_after", "reset", "slow"}
_TEXTS: Final = {
    400: "Bad Request: the sandbox was told to refuse",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Args:
        method: a Bot API method, ``*``, ``sms``, ``email``, ``accounts``, or ``update``.
        kind: what happens; ``docs/sandbox.md`` explains each.
        code: HTTP status of an ``error``.
        description: its text; a usual one for the code when empty.
        retry_after: seconds, for 429.
        chat: only calls with this ``chat_id``.
        to: only messages to this phone number or address (gateways).
        times: how often; 0 until cleared.
        delay_ms: of ``slow``, on the sandbox's clock.
        hold_ms: how long a connection without an answer hangs, in real time.
        id: given by the sandbox.
    """

    method: str
    kind: Kind
    code: int = 500
    description: str = ""
    retry_after: int | None = None
    chat: int | None = None
    to: str = ""
    times: int = 1
    delay_ms: int = 0
    hold_ms: int = 0
    id: int = 0

    def to_json(self) -> Json:
        """Its view."""
        return asdict(self)

    def error_body(self) -> Json:
        """The Bot API answer of an ``error``."""
        wait = self.retry_after or 1
        flood = f"Too Many Requests: retry after {wait}"
        text = self.description or (flood if self.code == 429 else _TEXTS.get(self.code, "error"))
        body: Json = {"ok": False, "error_code": self.code, "description": text}
        if self.code == 429:
            body["parameters"] = {"retry_after": wait}
        return body


class Faults:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._count = 0

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force and return it with its id.

        Raises:
            RefusedError: a kind that its method cannot have.
        """
        kinds = _KINDS.get(fault.method, _METHOD_KINDS)
        if fault.kind not in kinds:
            raise RefusedError(f"{fault.method} cannot fail by {fault.kind}; it can by: {', '.join(sorted(kinds))}")
        self._count += 1
        fault = replace(fault, id=self._count)
        self._faults.append(fault)
        return fault

    def take(self, method: str, *, chat: int | None = None, to: str = "") -> Fault | None:
        """The first fault that fits; it counts as used."""
        if not self._faults:
            return None
        for index, fault in enumerate(self._faults):
            if not _fits(fault, method, chat, to):
                continue
            if fault.times == 1:
                del self._faults[index]
            elif fault.times > 1:
                self._faults[index] = replace(fault, times=fault.times - 1)
            return fault
        return None

    def all(self) -> list[Fault]:
        """Those in force."""
        return list(self._faults)

    def clear(self, fault_id: int | None = None) -> int:
        """Clear one or all; return how many there were."""
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if fault_id is not None and fault.id != fault_id]
        return before - len(self._faults)


def _fits(fault: Fault, method: str, chat: int | None, to: str) -> bool:
    if fault.method == "*":
        if method in {"getUpdates", "update", *SERVICES}:
            return False
    elif fault.method.lower() != method.lower():
        return False
    return fault.chat in (None, chat) and fault.to in ("", to)


async def spoiled(world: World, fault: Fault) -> Answer | None:
    """What a service answers under a fault; None where it still does its work.

    Raises:
        NoAnswer: nothing is done and nothing answered.
    """
    match fault.kind:
        case "slow":
            await world.hold(fault.delay_ms)
        case "down":
            return Answer(503, {"error": fault.description or "the gateway is down"})
        case "rejected":
            return Answer(422, {"error": fault.description or "rejected"})
        case "error":
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
            return Answer(fault.code, {"error": fault.description or "error"}, headers)
        case "timeout_before" | "reset":
            raise NoAnswer(stored=False, hold_ms=fault.hold_ms)
        case _:
            pass
    return None
