"""Groups that are none of the agents': the bot has no business there."""

from __future__ import annotations

from typing import Final

from bot.clock import SECOND
from bot.context import Policy
from bot.db import outbox
from bot.db.base import Tx
from bot.db.outbox import Post
from bot.domain import languages
from bot.incoming import Incoming
from bot.tools import Tools

_SECOND_LOOK: Final = 2 * SECOND


async def group(tx: Tx, tools: Tools, policy: Policy, incoming: Incoming) -> tuple[list[Post], set[int]]:
    """A group nobody configured: the bot leaves it (desk.md, finding 6).

    A moment later, in case it is the agents' group under a new id, of which the update is still on its way.
    """
    if incoming.member == "left" or incoming.what == "left_chat_member":
        return [], set()
    lang = languages.choose(incoming.sender.lang if incoming.sender else "", policy.languages)
    post = Post("telegram", f"chat:{incoming.chat}", incoming.chat, "leave", {"lang": lang}, merge="leave",
                keys="desk/leave", due_at=tools.clock.now() + _SECOND_LOOK)  # fmt: skip
    return [await outbox.put(tx, tools, post)], set()
