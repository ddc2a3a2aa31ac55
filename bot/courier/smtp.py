"""Email by SMTP (RFC 5321), with STARTTLS or implicit TLS."""

from __future__ import annotations

from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.courier.base import Email
from bot.errors import Rejected, Unreachable

_TIMEOUT = 30


class SmtpGateway:
    """Sends letters through the server that ``url`` names: ``smtp://`` (STARTTLS where offered) or ``smtps://``."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._sender = sender
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if parts.scheme == "smtps" else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._tls = parts.scheme == "smtps"

    async def send(self, email: Email) -> None:
        """Hand the letter over; raises as :class:`bot.courier.base.EmailGateway` says."""
        letter = EmailMessage()
        letter["From"] = self._sender
        letter["To"] = email.to
        letter["Subject"] = email.subject
        letter["Message-ID"] = f"<{email.id}@{self._sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        letter.set_content(email.text)
        try:
            await aiosmtplib.send(
                letter, hostname=self._host, port=self._port, username=self._user, password=self._password,
                use_tls=self._tls, timeout=_TIMEOUT,
            )  # fmt: skip
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise Rejected("refused", "the address was refused") from error
        except aiosmtplib.SMTPResponseException as error:
            if error.code >= 500:
                raise Rejected("refused", f"status {error.code}") from error
            raise Unreachable(f"status {error.code}", sent=False) from error
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPConnectTimeoutError) as error:
            raise Unreachable(type(error).__name__, sent=False) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise Unreachable(type(error).__name__, sent=True) from error

    async def close(self) -> None:
        """Nothing is kept open."""
