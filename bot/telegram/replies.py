"""Answers to a message, with the part of it that was quoted.

What the other side has may differ: a secret was left out, or the message is gone. Then less is said of what is
answered, and the answer itself arrives all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from bot.errors import Rejected

_SAY_LESS = frozenset({"quote_invalid", "reply_not_found", "too_long"})
"""Refusals after which less is tried. A caption longer than a bot's own may be is copied only as it is
(tdlib/telegram-bot-api#334), so that an answer to nothing may pass where a reply is too long."""


async def answered(
    call: Callable[[dict[str, Any]], Awaitable[Any]], body: Mapping[str, Any], params: Mapping[str, Any]
) -> Any:
    """Telegram's answer to ``call`` with ``params`` and the reply that a post's body asks for.

    Args:
        call: sends what it is given.
        body: ``reply``, the id of the answered message, and ``quote``, a part of it; both may be missing.
        params: everything else of the call.

    Raises:
        Rejected: refused even without a reply, or for another reason.
    """
    ways = list(_ways(body))
    for way in ways[:-1]:
        try:
            return await call({**params, **way})
        except Rejected as refusal:
            if refusal.code not in _SAY_LESS:
                raise
    return await call({**params, **ways[-1]})


def _ways(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Ways to say what is answered: with the quote, as a plain reply, not at all."""
    if reply := body.get("reply"):
        plain = {"message_id": reply, "allow_sending_without_reply": True}
        if quote := body.get("quote"):
            named = {"quote": quote["text"], "quote_position": quote["position"], "quote_entities": quote["entities"]}
            yield {"reply_parameters": {**plain, **named}}
        yield {"reply_parameters": plain}
    yield {}
