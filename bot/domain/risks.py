"""Signs that somebody else may be at work, for the agents' card: a table of what is looked for, and when it counts.

None of them proves anything, and none decides anything: they tell an agent where to look twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.clock import DAY

LATELY: Final = 7 * DAY
"""How long a change, or a new account, is a sign: whoever takes an account over asks for the rest within days."""
LONG: Final = 90 * DAY
"""How long what was disputed or refused is one."""
_FEW: Final = 2
"""Wrong codes that anybody may type."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of an account and a chat; moments in epoch milliseconds.

    Attributes:
        wrong_codes: wrong codes in a row, over all purposes.
        changed: when each factor was set or changed last.
        made_at: when the account was made.
        frozen_since: since when it is frozen.
        held_until: until when value is held after a change.
        disputed_at: when a change was last said not to have been the owner's.
        refused_at: when agents last rejected a recovery.
        other_accounts: further accounts whose password was given, or whose recovery was asked for, in this chat.
        other_chats: further chats that are signed in to the account.
    """

    wrong_codes: int = 0
    changed: Mapping[str, int | None] = field(default_factory=dict)
    made_at: int | None = None
    frozen_since: int | None = None
    held_until: int | None = None
    disputed_at: int | None = None
    refused_at: int | None = None
    other_accounts: int = 0
    other_chats: int = 0


def _changed(signs: Signs, now: int) -> int:
    """The newest change; what came with a new account is none."""
    made = signs.made_at or 0
    return max((at for at in signs.changed.values() if at is not None and at > max(made, now - LATELY)), default=0)


def _since(at: int | None, now: int, span: int) -> int:
    return at if at is not None and at > now - span else 0


RISKS: Final[tuple[tuple[str, Callable[[Signs, int], int]], ...]] = (
    ("frozen", lambda signs, _now: signs.frozen_since or 0),
    ("disputed", lambda signs, now: _since(signs.disputed_at, now, LONG)),
    ("refused", lambda signs, now: _since(signs.refused_at, now, LONG)),
    ("accounts", lambda signs, _now: signs.other_accounts),
    ("codes", lambda signs, _now: signs.wrong_codes if signs.wrong_codes > _FEW else 0),
    ("changed", _changed),
    ("held", lambda signs, now: signs.held_until if signs.held_until is not None and signs.held_until > now else 0),
    ("new", lambda signs, now: _since(signs.made_at, now, LATELY)),
    ("chats", lambda signs, _now: signs.other_chats),
)
"""Each sign, the worst first: what is shown of it, a moment or a count, and 0 where there is none
(``templates/desk/risk.j2``)."""


def found(signs: Signs, now: int) -> dict[str, int]:
    """The signs that there are, the worst first."""
    return {name: shown for name, look in RISKS if (shown := look(signs, now))}
