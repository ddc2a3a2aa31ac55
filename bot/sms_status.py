"""``phonedesk sms status``: what text messages have cost today, for whoever pays for them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from bot.clock import DAY, Clock
from bot.db import codes, limits, spending
from bot.db.base import Tx
from bot.db.connect import connect
from bot.db.ids import Ids
from bot.db.limits import PREFIX
from bot.db.migrate import pending
from bot.db.spending import Spent
from bot.domain.spending import UNIT, parts
from bot.domain.vault import Vault
from bot.errors import DatabaseDown
from bot.settings import Settings
from bot.tools import Tools


@dataclass(frozen=True, slots=True)
class Status:
    """A day so far.

    Attributes:
        rows: what was sent and spent, all together first.
        cap: what the day may cost, in the same parts of the currency.
        sent: codes that went out by SMS, ``entered`` of them typed in.
        blocked: prefixes that get no code now.
    """

    rows: list[Spent]
    cap: int
    sent: int
    entered: int
    blocked: int

    def as_json(self) -> dict[str, Any]:
        """The same for a program; money in the currency."""
        rows = [{**asdict(row), "spent": row.spent / UNIT} for row in self.rows]
        total = next((row for row in rows if not row["region"]), {"sent": 0, "spent": 0.0})
        return {
            "sent": total["sent"], "spent": total["spent"], "cap": self.cap / UNIT, "codes": self.sent,
            "entered": self.entered, "blocked_prefixes": self.blocked,
            "countries": [row for row in rows if row["region"]],
        }  # fmt: skip

    def table(self) -> Table:
        """The same for a person."""
        found = self.as_json()
        share = f" ({round(100 * self.entered / self.sent)} %)" if self.sent else ""
        shown = Table("today (UTC)", "messages", "spent", box=None)
        shown.add_row("all", str(found["sent"]), f"{found['spent']:.2f} of {found['cap']:.2f}")
        for row in found["countries"]:
            shown.add_row(row["region"], str(row["sent"]), f"{row['spent']:.2f}")
        shown.add_row("codes entered", f"{self.entered} of {self.sent}{share}", "")
        shown.add_row("prefixes blocked", str(self.blocked), "")
        return shown


async def read(settings: Settings, clock: Clock) -> Status:
    """Look at the database of these settings; a running bot is not disturbed.

    Raises:
        DatabaseDown: it cannot be opened, or no bot of this release has run on it yet.
    """
    tools = Tools(clock, Ids(clock, settings.worker), Vault(settings.keys))
    db = await connect(settings.database)
    try:
        if await pending(db):
            raise DatabaseDown("the database is not of this release yet: start the bot first")

        async def job(tx: Tx) -> Status:
            day = spending.today(tools)
            return Status(
                sorted(await spending.of_day(tx, day), key=lambda row: bool(row.region)),
                parts(settings.sms_day_cost),
                *await codes.entered(tx, day * DAY),
                await limits.blocks(tx, tools, PREFIX),
            )

        return await db.transact(job)
    finally:
        await db.close()
