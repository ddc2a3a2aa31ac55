"""What is stored in the outbox for the mirror. One lane a ticket: nothing of it overtakes anything else of it."""

from __future__ import annotations

from bot.db import mirrors, outbox
from bot.db.base import Tx
from bot.db.outbox import Post
from bot.tools import Tools


def push(ticket: int) -> Post:
    """Bring the twin of the ticket with this row id up to date; of several only the last is needed."""
    return _post("push", ticket, merge=f"mirror/push:{ticket}")


def pull(ticket: int) -> Post:
    """Look what was said and done there."""
    return _post("pull", ticket, merge=f"mirror/pull:{ticket}")


def word(ticket: int, key: str, **params: object) -> Post:
    """Tell the agents there something, in an internal comment (``templates/mirror/word.j2``)."""
    return _post("word", ticket, key=key, params=params)


def _post(kind: str, ticket: int, *, merge: str = "", **body: object) -> Post:
    return Post("mirror", f"mirror:{ticket}", 0, kind, {"ticket": ticket, **body}, keys=f"mirror/{kind}", merge=merge)


async def due(tx: Tx, tools: Tools) -> tuple[int, list[Post]]:
    """A post for each ticket of which something was written; how many tickets were looked at, and the posts."""
    marked, mirrored = await mirrors.take(tx)
    return marked, [await outbox.put(tx, tools, push(ticket)) for ticket in mirrored]
