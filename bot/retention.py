"""Retention as a job: once an hour whatever has lived its time is forgotten, class by class (``bot/db/retention.py``).

Beside those classes there are the tickets: what was said in one goes some time after it was closed, and its topic with
it. The ticket's number, reason and times stay, for the statistics.
"""

from __future__ import annotations

from bot.context import Policy
from bot.db import outbox, retention
from bot.db.base import Db, Tx
from bot.db.outbox import ICON, Post
from bot.db.retention import BATCH, CLASSES, Class
from bot.desk import topic
from bot.tools import Tools

TICKETS = "what was said in tickets"
_COUNTED = 1_000_000
"""Of more tickets than this a dry run does not say how many."""


async def over(db: Db, tools: Tools, lives: retention.Lives) -> dict[str, int]:
    """How much of each class would be forgotten now."""
    now = tools.clock.now()

    async def job(tx: Tx) -> dict[str, int]:
        counts = {kind.name: await retention.over(tx, kind, now - getattr(lives, kind.life)) for kind in CLASSES}
        return {**counts, TICKETS: len(await retention.tickets_over(tx, now - lives.tickets, _COUNTED))}

    return await db.transact(job)


async def forget(db: Db, tools: Tools, policy: Policy) -> list[Post]:
    """Forget whatever is over; the posts that delete topics."""
    lives, now = policy.lives, tools.clock.now()
    for kind in CLASSES:
        while await _some(db, kind, now - getattr(lives, kind.life)) == BATCH:
            pass
    posts: list[Post] = []
    while fresh := await db.transact(lambda tx: _tickets(tx, tools, policy, now - lives.tickets)):
        posts += fresh
    return posts


async def _some(db: Db, kind: Class, before: int) -> int:
    return await db.transact(lambda tx: retention.forget(tx, kind, before))


async def _tickets(tx: Tx, tools: Tools, policy: Policy, before: int) -> list[Post]:
    posts = []
    for ticket in await retention.tickets_over(tx, before):
        await retention.forget_ticket(tx, tools, ticket)
        posts.append(await outbox.put(tx, tools, topic.post(policy, ticket, "delete_topic", {}, priority=ICON)))
    return posts
