"""Events for the exchange's own systems, signed and in order for each account.

    person.erased
    phone.bound  phone.changed  hold.started  hold.ended  account.frozen  account.unfrozen
    sms.stopped  guesses.many
    ticket.opened  ticket.claimed  ticket.solved  ticket.reopened  ticket.merged  ticket.closed

They leave through the outbox, after the commit of what they tell of, and are tried for days. The form is that of
Standard Webhooks: ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` (``v1,`` and the base64 of
HMAC-SHA-256 over ``id.timestamp.body``). Bodies hold ids and moments, never a number or an address.
"""

from __future__ import annotations

from bot.context import Policy
from bot.db import outbox
from bot.db.base import Tx
from bot.db.outbox import Post
from bot.db.tickets import Ticket
from bot.tools import Tools


async def put(tx: Tx, tools: Tools, policy: Policy, name: str, account: int, **data: object) -> list[Post]:
    """Store the event ``name`` of the account; nothing where no address is configured."""
    if not policy.webhooks:
        return []
    body = {"type": name, "at": tools.clock.now(), "account": str(account), "data": data}
    return [await outbox.put(tx, tools, Post("webhook", f"webhook:{account}", 0, "event", body, keys=name))]


async def general(tx: Tx, tools: Tools, policy: Policy, name: str, **data: object) -> list[Post]:
    """Store the event ``name``, which is about no account."""
    if not policy.webhooks:
        return []
    body = {"type": name, "at": tools.clock.now(), "account": None, "data": data}
    return [await outbox.put(tx, tools, Post("webhook", "webhook:general", 0, "event", body, keys=name))]


async def ticket(tx: Tx, tools: Tools, policy: Policy, name: str, about: Ticket, **data: object) -> list[Post]:
    """Store the event ``name`` of a ticket, in order with its others; it tells nothing of what was written."""
    if not policy.webhooks:
        return []
    told = {"number": about.number, "reason": about.reason, "priority": about.priority, **data}
    account = None if about.account is None else str(about.account)
    body = {"type": name, "at": tools.clock.now(), "account": account, "data": told}
    return [await outbox.put(tx, tools, Post("webhook", f"webhook:ticket:{about.number}", 0, "event", body, keys=name))]
