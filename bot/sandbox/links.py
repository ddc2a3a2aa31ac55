"""Links as Telegram takes them: in text, on buttons, as mentions of a user."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]


def link_entity(url: str) -> Json | None:
    """The part of a text_link or text_mention that the URL decides; None for a URL Telegram drops."""
    split = urlsplit(url.strip()) if url.isprintable() else None
    if split and split.scheme == "tg" and split.netloc == "user" and split.query.startswith("id="):
        digits = split.query[3:]
        return {"type": "text_mention", "user_id": int(digits)} if digits.isdigit() else None
    link = checked_link(url)
    return {"url": link} if link else None


def checked_link(url: str) -> str | None:
    """The URL as Telegram writes it, or None when it is none: an http host needs a dot."""
    url = url.strip()
    if not url or any(char.isspace() for char in url):
        return None
    if "://" not in url:
        url = f"http://{url}"
    try:
        split = urlsplit(url)
        host = split.hostname or ""
    except ValueError:
        return None
    if split.scheme.lower() in {"tg", "ton", "tonsite"}:
        return url
    if split.scheme.lower() not in {"http", "https"} or "." not in host.strip("."):
        return None
    return url if split.path or split.query or split.fragment else f"{url}/"
