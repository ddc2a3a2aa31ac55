"""The end of the audit, noted outside the database: what shows that the audit was cut off, or replaced as a whole.

An anchor is a file of one line, with the number and the MAC of the last row, and a MAC of its own. A new one takes its
place only where the audit still has the row that the old one knows: who cuts the audit off cannot wait for the next
anchor to cover it.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
from functools import partial
from pathlib import Path

import structlog

from bot.clock import MINUTE, Clock
from bot.db import audit
from bot.db.audit import Head
from bot.db.base import Db
from bot.domain.vault import Vault
from bot.errors import AnchorLost, DatabaseDown

_log = structlog.get_logger(__name__)
EVERY = MINUTE


def written(head: Head, vault: Vault) -> str:
    """An anchor's line."""
    version = vault.versions("audit")[0]
    said = {"seq": head.seq, "mac": head.mac.hex(), "key": version}
    return json.dumps({**said, "seal": vault.audit_mac(version, _sealed(said)).hex()}) + "\n"


def read(path: Path, vault: Vault) -> Head:
    """What the anchor at ``path`` knows.

    Raises:
        AnchorLost: it cannot be read, or it is not ours.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        seal = bytes.fromhex(said.pop("seal"))
        right = hmac.compare_digest(vault.audit_mac(said["key"], _sealed(said)), seal)
        head = Head(said["seq"], bytes.fromhex(said["mac"]))
    except OSError as error:
        raise AnchorLost(f"the audit's anchor {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AnchorLost(f"{path} is no anchor of the audit") from error
    if not right:
        raise AnchorLost(f"{path} was not written with the audit keys of the settings, or was changed")
    return head


def _sealed(said: dict[str, object]) -> bytes:
    return b"anchor" + json.dumps(said, sort_keys=True).encode()


async def move(db: Db, vault: Vault, path: Path) -> Head:
    """Note the end of the audit at ``path``.

    Raises:
        AnchorLost: what the anchor there knows is not in the audit any more; or it cannot be read or written.
    """
    if await asyncio.to_thread(path.exists):
        known = await asyncio.to_thread(read, path, vault)
        if not await db.transact(partial(audit.holds, known=known)):
            raise AnchorLost(
                f"the audit has no row {known.seq} any more as the anchor {path} knows it: phonedesk audit verify"
            )
    head = await db.transact(audit.head)
    try:
        await asyncio.to_thread(_replace, path, written(head, vault))
    except OSError as error:
        raise AnchorLost(f"the audit's anchor {path} cannot be written: {error.strerror}") from error
    return head


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


async def keep(db: Db, vault: Vault, clock: Clock, path: Path) -> None:
    """Move the anchor every minute; what keeps it from moving is logged, every time."""
    while True:
        try:
            await move(db, vault, path)
        except (AnchorLost, DatabaseDown) as error:
            _log.error("anchor not moved", error=str(error))
        await clock.sleep(EVERY)
