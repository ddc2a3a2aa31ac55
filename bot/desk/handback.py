"""An agent hands the person back to the bot, at a step that fits; the ticket stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.db import inbox
from bot.db.tickets import Ticket
from bot.desk import standing

if TYPE_CHECKING:
    from bot.desk.group import Desk

STEPS: Final = {
    "security": "account security",
    "phone": "the page of the phone",
    "change": "changing the phone",
    "totp": "Google 2FA",
    "recovery": "getting back in without the phone",
    "signin": "signing in",
    "menu": "the menu",
}
"""Where a person can be sent; whoever is not signed in signs in first, and whom a step does not fit comes near it."""
_RESUME: Final = "resume"


async def send(desk: Desk, ticket: Ticket, rest: str) -> None:
    """Send the person to a step; the bot goes on with them there."""
    step = rest.lower()
    if step not in STEPS:
        await desk.reply(ticket, "send_usage", steps=STEPS)
    elif await _sent(desk, ticket, step):
        await desk.reply(ticket, "sent_to", step=STEPS[step])


async def resume(desk: Desk, ticket: Ticket, _rest: str) -> None:
    """Let the bot go on with the person where they were; the ticket waits for them."""
    if await _sent(desk, ticket, _RESUME):
        await standing.turn(desk.tx, desk.tools, desk.policy, ticket, "pending")
        await desk.reply(ticket, "resumed", place=ticket.place)


async def _sent(desk: Desk, ticket: Ticket, step: str) -> bool:
    """Whether the person is on their way; the agent is told why not."""
    if not ticket.live:
        await desk.over(ticket)
    elif ticket.assignee != desk.agent:
        await desk.reply(ticket, "not_yours", name=await desk.owner(ticket))
    elif not ticket.chat:
        await desk.reply(ticket, "nobody_yet")
    else:
        await inbox.event(
            desk.tx, desk.tools, source="desk", key=f"sent:{ticket.id}:{desk.tools.ids()}", lane=ticket.chat,
            name="SentTo", step=step,
        )  # fmt: skip
        desk.woken.add(ticket.chat)
        await desk.audit("person sent to a step", ticket, step=step)
        return True
    return False
