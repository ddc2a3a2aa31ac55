"""One ticket goes into another one: what was said so far is shown there, and the person goes on there.

Both have to be of one person. A chat has one live ticket at most, so what is merged is

    a live one and a solved one            of one chat, either way; a solved target is opened again
    a report that nobody has come to       into the ticket of whoever came by its link, or the other way
    two reports that nobody has come to    of one account

Having an account in common is not enough where somebody has come: the one may be whom the other complains of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.db import recoveries, tickets
from bot.db.outbox import CLAIM
from bot.db.tickets import Ticket
from bot.desk import queue, record, standing, topic

if TYPE_CHECKING:
    from bot.desk.group import Desk


async def merge(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Let this ticket go into the one with the number."""
    number = queue.NUMBER.fullmatch(rest)
    if number is None:
        await desk.reply(ticket, "merge_usage")
        return
    into = await tickets.by_number(desk.tx, desk.tools, int(number[1]))
    if ticket.assignee not in (None, desk.agent):
        await desk.reply(ticket, "not_yours", name=await desk.owner(ticket))
        return
    reason = "unknown" if into is None else await _refused(desk, ticket, into)
    if into is None or reason:
        await desk.reply(ticket, "not_merged", reason=reason, number=int(number[1]), into=ticket.merged_into)
        return
    here: dict[str, object] = {
        "key": "desk/merged_into", "params": {"ticket": await topic.link(desk.tx, into)},
        "reply": desk.incoming.message, "in": desk.forum,
    }  # fmt: skip
    there: dict[str, object] = {
        "key": "desk/merged_here",
        "params": {"ticket": await topic.link(desk.tx, ticket), **await record.lately(desk.tx, desk.tools, ticket)},
    }
    said = [
        topic.post(desk.policy, ticket.id, "desk_text", here, priority=CLAIM),
        topic.post(desk.policy, into.id, "desk_text", there, priority=CLAIM),
    ]
    after = await standing.merge(desk.tx, desk.tools, desk.policy, ticket, into, f"agent:{desk.agent}", said)
    if after is not None:
        desk.follow(after)


async def _refused(desk: Desk, ticket: Ticket, into: Ticket) -> str:
    """Why the ticket does not go into the other one; "" where it does."""
    reasons = {
        "same": ticket.id == into.id,
        "closed": ticket.status == "closed",
        "other_closed": into.status == "closed",
        "both_done": not ticket.live and not into.live,
        "undecided": await recoveries.undecided(desk.tx, ticket.id),
        "two_accounts": None not in (ticket.account, into.account) and ticket.account != into.account,
    }
    return next((reason for reason, holds in reasons.items() if holds), "") or _stranger(ticket, into)


def _stranger(ticket: Ticket, into: Ticket) -> str:
    """Why the two are not of one person; "" where they are."""
    one_account = ticket.account is not None and ticket.account == into.account
    if ticket.chat and into.chat:
        return "" if ticket.chat == into.chat else "two_people" if one_account else "others"
    if not ticket.chat and not into.chat:
        return "" if one_account else "others"
    report, other = (into, ticket) if ticket.chat else (ticket, into)
    if report.came == other.chat:
        return ""
    return "nobody_came" if one_account else "others"
