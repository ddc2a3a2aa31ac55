"""Many tickets are solved at once: asked with how many and which, confirmed by a button, told with counts.

    /solve all pending     the words are those of /queue; there has to be one

Only leads may, or any agent where there are no leads; only whoever asked confirms, once, within five minutes. What
stands otherwise by then is left out, and so is whatever holds a recovery that is not decided.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from bot import callback
from bot.clock import MINUTE
from bot.db import audit, bulk, recoveries, tickets
from bot.db.tickets import Ticket
from bot.desk import queue, standing

if TYPE_CHECKING:
    from bot.desk.group import Desk

LIFE: Final = 5 * MINUTE
"""For how long it can be confirmed."""
_MOST: Final = 50
"""Tickets of one confirmation: showing each takes three of the twenty calls that a group has a minute."""


async def ask(desk: Desk, rest: str) -> None:
    """Say how many and which they are, and ask."""
    if desk.agent not in (desk.policy.leads or desk.policy.agents):
        await desk.say("bulk_leads")
        return
    wanted = queue.read(rest, desk.policy.languages)
    if wanted.unknown or not wanted.words:
        await desk.say("bulk_usage", unknown=wanted.unknown)
        return
    fitting = queue.fitting(desk, wanted.words, await tickets.live(desk.tx, desk.tools))
    done = [ticket for ticket in fitting if not await recoveries.undecided(desk.tx, ticket.id)]
    chosen = done[:_MOST]
    undecided = len(fitting) - len(done)
    if not chosen:
        await desk.say("bulk_none", undecided=undecided)
        return
    row = await bulk.ask(
        desk.tx, desk.tools, agent=desk.agent, words=wanted.words, tickets=[ticket.id for ticket in chosen], life=LIFE
    )
    buttons = [
        {"text": f"Solve {len(chosen)}", "callback_data": callback.pack_desk("solveall", row, "yes")},
        {"text": "Cancel", "callback_data": callback.pack_desk("solveall", row, "no")},
    ]
    await desk.say(
        "bulk_ask", keyboard=[buttons], words=list(wanted.words), count=len(chosen), more=len(done) - len(chosen),
        undecided=undecided, minutes=LIFE // MINUTE, numbers=[ticket.number for ticket in chosen],
        kinds=dict(Counter(ticket.status for ticket in chosen)),
        urgent=sum(ticket.urgent for ticket in chosen), others=_others(desk, chosen),
    )  # fmt: skip


def _others(desk: Desk, chosen: list[Ticket]) -> int:
    """How many of them a colleague has."""
    return sum(ticket.assignee not in (None, desk.agent) for ticket in chosen)


async def answer(desk: Desk, row: int, arg: str) -> None:
    """The button below the question."""
    if await bulk.asker(desk.tx, row) != desk.agent:
        await desk.toast("not_asked")
        return
    asked = await bulk.use(desk.tx, desk.tools, row, desk.agent)
    if asked is None:
        await desk.toast("stale")
        return
    if arg != "yes":
        await desk.toast()
        await desk.say("bulk_cancelled")
        return
    solved = [number for each in asked.tickets if (number := await _solved(desk, each, asked.words)) is not None]
    await audit.write(desk.tx, desk.tools, action="tickets solved at once", actor=f"agent:{desk.agent}",
                      words=" ".join(asked.words), solved=len(solved), asked=len(asked.tickets))  # fmt: skip
    await desk.toast()
    await desk.say("bulk_done", numbers=solved, left=len(asked.tickets) - len(solved))


async def _solved(desk: Desk, row: int, words: tuple[str, ...]) -> int | None:
    """Solve one of them; its number, or None where it stands otherwise by now."""
    ticket = await tickets.get(desk.tx, desk.tools, row)
    if ticket is None or not ticket.live or not queue.fitting(desk, words, [ticket]):
        return None
    if await recoveries.undecided(desk.tx, row):
        return None
    after = await standing.solve(desk.tx, desk.tools, desk.policy, ticket, f"agent:{desk.agent}", quiet=True)
    if after is None:
        return None
    desk.follow(after)
    return ticket.number
