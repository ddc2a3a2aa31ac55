"""Tickets by what agents remember of them: the end of a masked phone, words that somebody tagged them with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bot.db import tickets
from bot.db.base import Tx
from bot.db.tickets import Ticket, phone_end
from bot.tools import Tools

_SIGNS: Final = re.compile(r"[\\%_]")
"""What LIKE reads as more than itself."""
_ESCAPED: Final = r"\\\g<0>"
_MOST: Final = 200
"""Tickets of one answer; nobody reads more."""


async def by_phone(tx: Tx, tools: Tools, end: str, code: str = "") -> list[Ticket]:
    """The newest tickets whose card shows a phone that ends so, and begins with this calling code if one is given."""
    known = phone_end(tools, end)
    found = await tickets.which(tx, tools, f"phone_end = $1 ORDER BY id DESC LIMIT {_MOST}", known) if known else []
    return [ticket for ticket in found if not code or str(ticket.facts.get("phone")).startswith(f"+{code} ")]


async def by_tags(tx: Tx, tools: Tools, words: Iterable[str]) -> list[Ticket]:
    """The newest tickets that have all of these tags."""
    wanted = [f"% {_SIGNS.sub(_ESCAPED, word)} %" for word in words]
    fits = " AND ".join(f"' ' || tags || ' ' LIKE ${number} ESCAPE '\\'" for number in range(1, len(wanted) + 1))
    return await tickets.which(tx, tools, f"tags <> '' AND {fits} ORDER BY id DESC LIMIT {_MOST}", *wanted)
