"""What almost every part of a turn needs, handed down from the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import Clock
from bot.db.ids import Ids
from bot.domain.vault import Vault


@dataclass(frozen=True, slots=True)
class Tools:
    """The clock, the maker of row ids, and the vault that seals and hashes."""

    clock: Clock
    ids: Ids
    vault: Vault
