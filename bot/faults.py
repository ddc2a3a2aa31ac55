"""What is wrong with settings that are each well formed: what a mirror needs, and what a live deployment needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from bot.settings import Settings

_TOKEN = re.compile(r"[0-9]{6,}:[A-Za-z0-9_-]{30,}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""What Telegram takes as a webhook's secret (Bot API, setWebhook)."""
SHORTEST_SECRET = 24
"""Characters of a signing secret: 144 bits in base64 (Standard Webhooks asks for 24 to 64 bytes)."""
_MIRRORS = ("zendesk", "zammad")
_ZENDESK = re.compile(r"[^\s/:]+@[^\s/:]+/token:\S+")
_LOCAL = ("127.0.0.1", "localhost", "::1")


def mirror(settings: Settings) -> list[str]:
    """What a mirror needs."""
    kind, _, address = settings.mirror_url.partition("+")
    url = urlsplit(address)
    plain = url.scheme == "http" and url.hostname in _LOCAL
    checks = (
        (
            kind in _MIRRORS and url.hostname and (url.scheme == "https" or plain),
            f"PHONEDESK_MIRROR_URL: write {' or '.join(f'{kind}+https://...' for kind in _MIRRORS)}",
        ),
        (settings.mirror_token, "PHONEDESK_MIRROR_TOKEN: the token of an agent there"),
        (
            kind != "zendesk" or not settings.mirror_token or _ZENDESK.fullmatch(settings.mirror_token),
            "PHONEDESK_MIRROR_TOKEN: for Zendesk agent@example.com/token:... with an API token",
        ),
        (
            len(settings.mirror_secret) >= SHORTEST_SECRET,
            f"PHONEDESK_MIRROR_SECRET: at least {SHORTEST_SECRET} characters, as its webhooks are signed with it",
        ),
        (kind != "zammad" or settings.mirror_group, "PHONEDESK_MIRROR_GROUP: the group that tickets go to"),
    )
    return [fault for fine, fault in checks if not fine]


def live(settings: Settings) -> list[str]:
    """What must be set before real people are served."""
    url = urlsplit(settings.public_url)
    local = urlsplit(settings.telegram_url).hostname in _LOCAL
    checks = (
        (_TOKEN.fullmatch(settings.telegram_token), "TELEGRAM_TOKEN: not a token as @BotFather gives it"),
        (
            not settings.webhook_secret or _SECRET.fullmatch(settings.webhook_secret),
            "PHONEDESK_WEBHOOK_SECRET: 1 to 256 characters of A-Z a-z 0-9 _ -",
        ),
        (
            local or (url.scheme == "https" and url.hostname and "." in url.hostname),
            "PHONEDESK_PUBLIC_URL: https://, on your own domain: passwords are entered there",
        ),
        (local or settings.sms_url, "PHONEDESK_SMS_URL: the address of your SMS gateway"),
        (local or settings.email_url, "PHONEDESK_EMAIL_URL: the address of your mail server"),
        (
            local or (settings.agents_group is not None and settings.agents_group < 0),
            "PHONEDESK_AGENTS_GROUP: the negative id of the agents' forum group",
        ),
        (local or settings.agents, "PHONEDESK_AGENTS: the Telegram ids of the support agents"),
    )
    return [fault for fine, fault in checks if not fine]
