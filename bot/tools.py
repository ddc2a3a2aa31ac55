"""What almost every part of a turn needs, handed down from the composition root."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.clock import Clock
from bot.db.ids import Ids
from bot.domain.vault import Vault
from bot.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Tools:
    """The clock, the maker of row ids, the vault that seals and hashes, and the figures an operator watches."""

    clock: Clock
    ids: Ids
    vault: Vault
    metrics: Metrics = field(default_factory=Metrics)
