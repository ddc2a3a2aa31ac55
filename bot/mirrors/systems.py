"""Which other system the settings name, and how its webhooks are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from bot.clock import Clock
from bot.mirrors import zammad, zendesk
from bot.mirrors.base import System
from bot.mirrors.zammad import Zammad
from bot.mirrors.zendesk import Zendesk
from bot.settings import Settings


class Kind(NamedTuple):
    """One system that there is an adapter for.

    Attributes:
        made: the adapter, for the settings.
        signed: whether a webhook's headers and body are signed with the secret, at this moment.
        named: the twin that a webhook's payload is about.
    """

    made: Callable[[Settings, str, Clock], System]
    signed: Callable[[Mapping[str, str], bytes, str, int], bool]
    named: Callable[[Mapping[str, Any]], str]


KINDS: Final[Mapping[str, Kind]] = {
    "zendesk": Kind(lambda s, url, clock: Zendesk(url, s.mirror_token, clock), zendesk.signed, zendesk.named),
    "zammad": Kind(
        lambda s, url, clock: Zammad(url, s.mirror_token, clock, s.mirror_group), zammad.signed, zammad.named
    ),
}
"""By the beginning of the address: ``zendesk+https://...``."""


def kind(settings: Settings) -> str:
    """The kind that the settings name; empty where tickets are not mirrored."""
    return settings.mirror_url.partition("+")[0]


def opened(settings: Settings, clock: Clock) -> System | None:
    """The adapter for the settings; None where tickets are not mirrored."""
    name, _, url = settings.mirror_url.partition("+")
    return KINDS[name].made(settings, url, clock) if name else None
