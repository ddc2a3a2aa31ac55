"""The Bot API as the product calls it: a method's name and parameters in, Telegram's result as plain JSON out.

The sender needs a message id or a refusal, not a parsed object, so a call takes the library's shortest way: its
parameters, its transport, its errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from telegram import Bot, InputFile
from telegram.error import InvalidToken, TelegramError

from bot.errors import Rejected, Unreachable
from bot.telegram.refusals import translate
from bot.telegram.request import AiohttpRequest

TELEGRAM = "https://api.telegram.org"
_DOWNLOAD_TIMEOUT = 60.0
"""Seconds of silence during a download; files have at most 20 MB (Bot API, getFile)."""


File = bytes | tuple[str, bytes]
"""What is uploaded: the content, or its name and the content."""


class Caller(Protocol):
    """Whatever takes Bot API calls."""

    async def call(
        self,
        method: str,
        params: Mapping[str, Any],
        files: Mapping[str, File] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - a silence on the wire, not a deadline for the coroutine
    ) -> Any:
        """Call ``method``; see :meth:`Api.call`."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class _Bot(Bot):
    """The library's client with its raw call made public: ``do_api_request`` warns about every method it knows."""

    async def raw(self, method: str, params: dict[str, Any], silence: Any) -> Any:
        return await self._do_post(method, params, read_timeout=silence)


class Api:
    """The Bot API over HTTP.

    Args:
        token: the bot's token.
        base_url: address of a local Bot API server or a stand-in; Telegram's own unless given.
        pool_size: connections at most, and so calls at a time; long polls have one of their own.
    """

    def __init__(self, token: str, base_url: str | None = None, pool_size: int = 64) -> None:
        base = (base_url or TELEGRAM).rstrip("/")
        self._requests = (AiohttpRequest(pool_size=pool_size), AiohttpRequest(pool_size=1))
        self._bot = _Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )

    async def call(
        self,
        method: str,
        params: Mapping[str, Any],
        files: Mapping[str, File] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as in Caller
    ) -> Any:
        """Call ``method`` and return Telegram's ``result``.

        Args:
            method: as Telegram writes it, such as ``sendMessage``.
            params: plain JSON values; those that are None are left out.
            files: contents to upload, with a name where people see it, by the parameter's name (``photo``).
            timeout: seconds of silence to bear instead of the default; a long poll's own wait included.

        Raises:
            Rejected: refused for good.
            Flooded: Telegram asks to wait.
            Unreachable: no answer, or none that can be read.
        """
        given = {name: value for name, value in params.items() if value is not None}
        for name, content in (files or {}).items():
            filename, data = content if isinstance(content, tuple) else (None, content)
            given[name] = InputFile(data, filename=filename, attach=False)
        try:
            return await self._bot.raw(method, given, AiohttpRequest.DEFAULT_NONE if timeout is None else timeout)
        except TelegramError as error:
            raise translate(error) from error
        except KeyError as error:
            raise Unreachable("an answer without a result", sent=True) from error

    async def file(self, file_path: str) -> bytes:
        """The content of a file; ``file_path`` is from getFile.

        Raises:
            Rejected: ``file_gone``: Telegram no longer has it under that path (it holds for an hour at least).
            Flooded: Telegram asks to wait.
            Unreachable: no answer.
        """
        address = f"{self._bot.base_file_url}/{quote(file_path)}"
        try:
            return await self._bot.request.retrieve(address, read_timeout=_DOWNLOAD_TIMEOUT)
        except InvalidToken as error:
            raise Rejected("file_gone", "no such file") from error
        except TelegramError as error:
            raise translate(error) from error

    async def close(self) -> None:
        """Close the connections; calls under way fail, later ones are refused."""
        for request in self._requests:
            await request.shutdown()
