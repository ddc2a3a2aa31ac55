"""What is to go out. Bodies name templates and parameters; text is made when it is sent.

What is put into the lane of a ticket that is in the lobby is *held*: it leaves, in order, once the ticket has a topic
(:func:`release`). Only how such a ticket stands is told at once, by the lobby's list (:func:`listing`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.clock import SECOND
from bot.db.base import Row, Tx
from bot.errors import SealBroken
from bot.tools import Tools

Channel = Literal["telegram", "sms", "email", "webhook", "accounts", "mirror"]

RELAY, FAILURE, CLAIM, CARD, ICON = range(5)
"""Priorities within a group's budget (desk.md, forum budget): lower leaves first."""
PERHAPS_SENT = "PerhapsSent"
"""The error of a post that no answer came to, so that it may have arrived before it is sent again."""
LOBBY = "lobby"
"""The lane of the lobby's list, and the kind of its posts."""
_TICKET = "ticket:"
"""How the lane of a ticket's topic begins."""
_LIST_EVERY = 15 * SECOND
"""How often the lobby's list is written at most: a swarm must not use up what the group may be sent."""
_PASSING_KINDS = frozenset({"card", "name", "close_topic", "open_topic"})
_PASSING_KEYS = frozenset({"desk/reminder"})
"""Kinds of posts, and keys, that say how a ticket stood: of no use once it stands otherwise, so not released."""


@dataclass(slots=True)
class Post:
    """One thing to send. Rows of a lane leave in order; of rows with one ``merge`` mark only the last.

    Attributes:
        chat: the Telegram chat whose budget it uses, or the person an SMS or email is for.
        kind: which handler of ``bot/outbox.py`` sends it.
        ref: row of the code, ticket or ticket message that the answer belongs to.
        held: it does not leave yet.
        twice: it is sent again although the first may have arrived.
    """

    channel: Channel
    lane: str
    chat: int
    kind: str
    body: Mapping[str, Any]
    priority: int = RELAY
    keys: str = ""
    merge: str = ""
    ref: int | None = None
    due_at: int = 0
    id: int = 0
    tries: int = 0
    made_at: int = 0
    dropped: bool = field(default=False, compare=False)
    held: bool = field(default=False, compare=False)
    twice: bool = field(default=False, compare=False)


async def put(tx: Tx, tools: Tools, post: Post) -> Post:
    """Store the post in the open transaction; it leaves after the commit, unless its lane is held."""
    post.held = await _held(tx, post.lane)
    if post.held and post.kind == "card":
        return await listing(tx, tools)
    post.id = tools.ids()
    post.made_at = tools.clock.now()
    post.due_at = max(post.due_at, post.made_at)
    if post.merge:
        await tx.run(
            "UPDATE outbox SET status = 'dropped', body = NULL, done_at = $1"
            " WHERE lane = $2 AND merge = $3 AND status IN ('waiting', 'held')",
            post.made_at, post.lane, post.merge,
        )  # fmt: skip
    sealed = tools.vault.seal(json.dumps(post.body, separators=(",", ":")), f"outbox/body/{post.id}")
    await tx.run(
        "INSERT INTO outbox (id, channel, lane, chat, kind, priority, body, keys, merge, ref, due_at, made_at, status)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        post.id, post.channel, post.lane, post.chat, post.kind, post.priority, sealed, post.keys, post.merge,
        post.ref, post.due_at, post.made_at, "held" if post.held else "waiting",
    )  # fmt: skip
    return post


async def listing(tx: Tx, tools: Tools) -> Post:
    """The lobby's list is to be written anew: soon, and once for all that changes until then."""
    now = tools.clock.now()
    post = Post("telegram", LOBBY, 0, LOBBY, {}, priority=CARD, keys="desk/lobby", merge=LOBBY,
                due_at=now + _LIST_EVERY)  # fmt: skip
    ahead = await tx.one(
        "SELECT 1 AS one FROM outbox WHERE lane = $1 AND status = 'waiting' AND due_at > $2 LIMIT 1", LOBBY, now
    )
    if ahead is not None:
        post.held = True  # that one will say it
        return post
    return await put(tx, tools, post)


async def _held(tx: Tx, lane: str) -> bool:
    """Whether the lane is that of a ticket in the lobby; then it stays so until the transaction ends."""
    if not lane.startswith(_TICKET):
        return False
    ticket, asked = int(lane.removeprefix(_TICKET)), "SELECT 1 AS one FROM tickets WHERE id = $1 AND lobby = 1"
    if await tx.one(asked, ticket) is None:
        return False
    await tx.lock(ticket)  # whoever lets it out of the lobby has it too
    return await tx.one(asked, ticket) is not None


async def release(tx: Tx, tools: Tools, ticket: int) -> list[Post]:
    """What was held for a ticket, to leave now in the order in which it came."""
    now = tools.clock.now()
    rows = await tx.all("SELECT * FROM outbox WHERE lane = $1 AND status = 'held' ORDER BY id", f"{_TICKET}{ticket}")
    posts = [_post(row, tools) for row in rows]
    for post in posts:
        if post.kind in _PASSING_KINDS or post.keys in _PASSING_KEYS:
            post.dropped = True
            await _drop(tx, tools, post.id)
        else:
            post.made_at = post.due_at = now
            await tx.run("UPDATE outbox SET status = 'waiting', made_at = $1, due_at = $1 WHERE id = $2", now, post.id)
    return [post for post in posts if not post.dropped]


async def forget(tx: Tx, tools: Tools, ticket: int) -> None:
    """What is held for a ticket will never leave."""
    held = await tx.all("SELECT id FROM outbox WHERE lane = $1 AND status = 'held'", f"{_TICKET}{ticket}")
    for row in held:
        await _drop(tx, tools, row["id"])


async def _drop(tx: Tx, tools: Tools, post: int) -> None:
    await tx.run(
        "UPDATE outbox SET status = 'dropped', body = NULL, done_at = $1 WHERE id = $2 AND status = 'held'",
        tools.clock.now(), post,
    )  # fmt: skip


async def waiting(tx: Tx, tools: Tools) -> tuple[list[Post], list[int]]:
    """Everything that still has to leave, in order; and the rows that cannot be opened, which were put aside.

    What such a row holds is kept for the operator to look at.
    """
    posts, broken = [], []
    for row in await tx.all("SELECT * FROM outbox WHERE status = 'waiting' ORDER BY id"):
        try:
            posts.append(_post(row, tools))
        except SealBroken:
            broken.append(row["id"])
            await tx.run(
                "UPDATE outbox SET status = 'failed', error = 'SealBroken', done_at = $1"
                " WHERE id = $2 AND status = 'waiting'",
                tools.clock.now(), row["id"],
            )  # fmt: skip
    return posts, broken


async def busy(tx: Tx, lane: str) -> bool:
    """Whether something of the lane still has to leave."""
    return await tx.one("SELECT 1 AS one FROM outbox WHERE lane = $1 AND status = 'waiting' LIMIT 1", lane) is not None


def _post(row: Row, tools: Tools) -> Post:
    body = json.loads(tools.vault.open_bytes(row["body"], f"outbox/body/{row['id']}"))
    names = ("channel", "lane", "chat", "kind", "priority", "keys", "merge", "ref", "due_at", "id", "tries", "made_at")
    given = {name: row[name] for name in names}
    return Post(body=body, twice=row["error"] == PERHAPS_SENT, **given)


async def sent(tx: Tx, tools: Tools, post: Post, answer: int | None) -> None:
    """Record that the post went out and what Telegram called it."""
    await tx.run(
        "UPDATE outbox SET status = 'sent', answer = $1, done_at = $2, body = NULL, tries = $3"
        " WHERE id = $4 AND status = 'waiting'",
        answer, tools.clock.now(), post.tries, post.id,
    )  # fmt: skip


async def failed(tx: Tx, tools: Tools, post: Post, error: str) -> None:
    """Record that the post will never go out, and why."""
    await tx.run(
        "UPDATE outbox SET status = 'failed', error = $1, done_at = $2, body = NULL, tries = $3"
        " WHERE id = $4 AND status = 'waiting'",
        error, tools.clock.now(), post.tries, post.id,
    )  # fmt: skip


async def later(tx: Tx, post: Post, error: str) -> None:
    """Record a failed try; the post stays and is due at ``post.due_at``."""
    await tx.run(
        "UPDATE outbox SET tries = $1, due_at = $2, error = $3 WHERE id = $4 AND status = 'waiting'",
        post.tries, post.due_at, error, post.id,
    )  # fmt: skip
