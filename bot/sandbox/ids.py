"""Identifiers that look like Telegram's and depend only on a seed and a counter."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b

FILE_PREFIXES = {
    "photo": "AgACAgIAAxkB",
    "document": "BQACAgIAAxkB",
    "video": "BAACAgIAAxkB",
    "audio": "CQACAgIAAxkB",
    "voice": "AwACAgIAAxkB",
    "animation": "CgACAgIAAxkB",
    "sticker": "CAACAgIAAxkB",
    "video_note": "DQACAgIAAxkB",
}


def digest(seed: int, name: str, count: int, size: int = 8) -> bytes:
    """``size`` bytes that are the same for the same seed, name and count."""
    return blake2b(f"{seed}:{name}:{count}".encode(), digest_size=size).digest()


def number(seed: int, name: str, count: int) -> str:
    """A long decimal identifier, as of callback queries and chat instances."""
    return str(10**18 + int.from_bytes(digest(seed, name, count)) % (8 * 10**18))


def file_ids(seed: int, kind: str, count: int) -> tuple[str, str]:
    """``file_id`` and ``file_unique_id`` of a new file of this kind."""
    body = urlsafe_b64encode(digest(seed, "file", count, 33)).decode()
    unique = urlsafe_b64encode(digest(seed, "unique", count, 9)).decode()
    return FILE_PREFIXES[kind] + body, "AQAD" + unique
