"""Every column that holds something sealed or hashed, so that no rotation forgets one.

A test compares the tables here with the schema: a new column of bytes has to be in one of them.

SEALED    under a field key: sealed anew by a rotation
OWN       under a key of the account or the picture, which is itself sealed in the row: that one is sealed anew
HASHED    under an index key: recomputed where the value is sealed beside it, carried where the limiter is asked for
          it (bot/db/limits.py), and else found under the old key until it no longer matters
OTHER     everything else, and why
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.clock import DAY
from bot.db.base import Row
from bot.domain.limits import HUMAN_AT
from bot.domain.vault import Vault

Renew = Callable[[Vault, Row], tuple[str, str] | None]
"""The kind and the value that a hash is of, from the opened row; None where there is nothing to look up."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column sealed under a field key at the place ``table/column/row``; ``row`` is the column that names the row."""

    table: str
    column: str
    row: str = "id"


@dataclass(frozen=True, slots=True)
class Hashed:
    """A column hashed under an index key.

    Attributes:
        matters: which of its rows can still be looked up at the moment ``$1``, as a condition.
        why: why that takes care of itself, or what a rotation does about it.
        columns: what :attr:`renew` needs of the row.
        renew: what the hash is of; without it a rotation leaves the column alone.
    """

    table: str
    column: str
    matters: str
    why: str
    columns: tuple[str, ...] = ()
    renew: Renew | None = None


def _email(vault: Vault, row: Row) -> tuple[str, str]:
    if not row["person_key"]:  # destroyed: nothing of the account can be opened any more
        return "email", f"none:{row['id']}"
    email = vault.person(row["person_key"], row["id"]).open(row["email"], f"accounts/email/{row['id']}")
    return "email", email or f"none:{row['id']}"


def _phone(vault: Vault, row: Row) -> tuple[str, str] | None:
    if row["phone"] is None:
        return None
    return "phone", vault.person(row["person_key"], row["id"]).open(row["phone"], f"accounts/phone/{row['id']}")


def _dispute(vault: Vault, row: Row) -> tuple[str, str] | None:
    return ("dispute", vault.open(row["token"], f"disputes/token/{row['id']}")) if row["token"] is not None else None


def _phone_end(vault: Vault, row: Row) -> tuple[str, str] | None:
    facts = json.loads(vault.open(row["facts"], f"tickets/facts/{row['id']}"))
    return "phone_end", str(facts.get("phone") or "")[-2:]


SEALED: Final = (
    Sealed("accounts", "person_key"),
    Sealed("agents", "display"),
    Sealed("agents", "name"),
    Sealed("asks", "words"),
    Sealed("codes", "destination"),
    Sealed("conversations", "snapshot", "chat"),
    Sealed("disputes", "token"),
    Sealed("forms", "token"),
    Sealed("inbox", "payload"),
    Sealed("kept_records", "record"),
    Sealed("outbox", "body"),
    Sealed("people", "name", "chat"),
    Sealed("picture_views", "name"),
    Sealed("pictures", "file_key"),
    Sealed("recoveries", "phrase"),
    Sealed("recoveries", "words"),
    Sealed("secrets", "value"),
    Sealed("signups", "email"),
    Sealed("ticket_texts", "text"),
    Sealed("tickets", "comment"),
    Sealed("tickets", "facts"),
)
OWN: Final = frozenset({
    ("accounts", "email"), ("accounts", "phone"), ("accounts", "totp"), ("accounts", "new_totp"),
    ("accounts", "phrase"), ("pictures", "content"),
})  # fmt: skip
HASHED: Final = (
    Hashed("accounts", "email_hash", "1 = 1", "recomputed", ("person_key", "email"), _email),
    Hashed("accounts", "phone_hash", "phone_hash IS NOT NULL", "recomputed", ("person_key", "phone"), _phone),
    Hashed("answers", "request", f"at + {DAY} > $1", "a request is repeated within minutes"),
    Hashed("codes", "destination_hash", "status = 'live' AND expires_at > $1", "a code lives ten minutes"),
    Hashed("codes", "prefix_hash", f"made_at + {DAY} > $1", "counted for a day, under either key"),
    Hashed("disputes", "token_hash", "used_at IS NULL AND expires_at > $1", "recomputed", ("token",), _dispute),
    Hashed("forms", "browser_hash", "used_at IS NULL AND expires_at > $1", "a form lives half an hour"),
    Hashed("forms", "token_hash", "used_at IS NULL AND expires_at > $1", "a form lives half an hour"),
    Hashed("hits", "key", f"at + {DAY} > $1", "carried; what is counted over longer than a day is an account's"),
    Hashed("links", "payload_hash", "opened_at IS NULL AND expires_at > $1", "a link lives a day"),
    Hashed("locks", "key", f"until > $1 OR failures >= {HUMAN_AT}", "carried; an account's always"),
    Hashed("picture_views", "token_hash", "used_at IS NULL AND expires_at > $1", "an address lives ten minutes"),
    Hashed("recovery_codes", "code_hash", "used_at IS NULL AND dead_at IS NULL", "the account's own key hashes them"),
    Hashed("signups", "email_hash", "1 = 0", "nobody looks it up"),
    Hashed("tickets", "phone_end", "phone_end IS NOT NULL", "recomputed", ("facts",), _phone_end),
)
OTHER: Final = {
    ("audit", "mac"): "the audit's chain: rows keep the version they were written under, and its key",
    ("audit", "prev"): "as above",
    ("codes", "code_hash"): "under a code key, whose version it begins with; a code lives ten minutes",
    ("key_versions", "check_value"): "of the keys themselves",
}
