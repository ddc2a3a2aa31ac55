"""How long ago the SIM of a number was changed: asked before a code goes to a phone that is to prove something.

Whoever has had a number moved to a SIM of their own gets its codes. The deployment knows somebody who can tell: its
carrier, or an aggregator with a SIM-swap API. Two ways to ask: an HTTP endpoint, or a Python function.

    POST {"number": "+447400123456"}   ->   {"hours": 12.5}, or {"hours": null} where nobody knows

A phone that is only being bound is not asked about: a new SIM is how people come to a new number.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import math
from collections.abc import Callable
from typing import Any, Final, Protocol

import aiohttp
import structlog

from bot.errors import SettingsError
from conversations.effects import NEW_NUMBER, SIGNIN

_log = structlog.get_logger(__name__)
_TIMEOUT: Final = 5
"""Seconds; the person waits for their code."""


class Sims(Protocol):
    """Somebody who may know when SIMs were changed."""

    async def sim_change_age(self, number: str) -> float | None:
        """Hours since the SIM of the number was changed; None where that is not known. Never raises."""
        ...

    async def close(self) -> None:
        """Give up connections."""
        ...


def trusted(age: float | None, purpose: str, least: float) -> bool:
    """Whether an SMS to the bound phone proves anything for the purpose.

    A SIM that was changed less than ``least`` hours ago proves nothing. Where nobody knows, a sign-in goes on, which
    has a password before it; whatever changes the account does not (security.md: recent, or unknown and high risk).
    """
    return purpose == SIGNIN if age is None else age >= least


def asked_about(purpose: str) -> bool:
    """Whether the SMS for the purpose goes to the phone that the account has, and proves something by it."""
    return purpose not in NEW_NUMBER


class HttpSims:
    """Asks an HTTP endpoint; whatever is no proper answer counts as unknown."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: aiohttp.ClientSession | None = None

    async def sim_change_age(self, number: str) -> float | None:
        """See :class:`Sims`."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
            self._session = aiohttp.ClientSession(timeout=timeout, headers=self._headers)
        try:
            async with self._session.post(self._url, json={"number": number}, allow_redirects=False) as answer:
                body = await answer.json(content_type=None) if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            _log.warning("SIM age not told", error=type(error).__name__)
            return None
        return _hours(body.get("hours") if isinstance(body, dict) else None)

    async def close(self) -> None:
        """Give up the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


class EntrySims:
    """Asks a Python function of the deployment's, plain or asynchronous; one that raises does not know."""

    def __init__(self, function: Callable[[str], Any]) -> None:
        self._function = function

    async def sim_change_age(self, number: str) -> float | None:
        """See :class:`Sims`."""
        try:
            async with asyncio.timeout(_TIMEOUT):
                if inspect.iscoroutinefunction(self._function):
                    return _hours(await self._function(number))
                return _hours(await asyncio.to_thread(self._function, number))
        except Exception as error:  # noqa: BLE001 - a fault of theirs must not become a code that was not judged
            _log.error("SIM age not told", error=type(error).__name__)
            return None

    async def close(self) -> None:
        """Nothing is kept open."""


def sims(check: str, token: str = "") -> Sims | None:
    """Whoever the setting names: ``https://...`` or ``package.module:function``; None where it names nobody.

    Raises:
        SettingsError: there is no such function.
    """
    if not check:
        return None
    if check.startswith(("http://", "https://")):
        return HttpSims(check, token)
    module, _, name = check.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError([f"PHONEDESK_SIM_CHECK: {check}: {error}"]) from error
    if not callable(function):
        raise SettingsError([f"PHONEDESK_SIM_CHECK: {check} is no function"])
    return EntrySims(function)


def _hours(told: object) -> float | None:
    """The hours as told; None for anything that is no length of time."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not math.isfinite(told) or told < 0:
        return None
    return float(told)
