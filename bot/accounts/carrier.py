"""The outbox's carrier for changes that the exchange's account system is asked for.

The id of the post is the idempotency key, so that a change which is tried again is made once. When the answer is there,
the mirror is written and everything follows, in the transaction that marks the post as sent; one account's changes go
one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot import changes
from bot.accounts.http import Client, profile
from bot.changes import CREATED, Change
from bot.context import Policy
from bot.db import accounts, inbox, sessions
from bot.db.accounts import Profile
from bot.db.base import Tx
from bot.db.outbox import Post
from bot.outbox import PATIENCE, After
from bot.tools import Tools

_PATHS: Final[Mapping[str, tuple[str, str]]] = {
    "phone_bound": ("phone", "number"),
    "phone_changed": ("phone", "number"),
    "phone_recovered": ("phone", "number"),
    "email_changed": ("email", "email"),
    "trading_set": ("trading-password", "password_hash"),
}
"""Where each change is asked for, and what its value is called there."""
_REASONS: Final = ("taken", "same", "unreachable")


class AccountsCarrier:
    """The carrier of the channel ``accounts``."""

    def __init__(self, client: Client, tools: Tools, policy: Policy) -> None:
        self._client = client
        self._tools = tools
        self._policy = policy
        self._answers: dict[int, Profile] = {}
        """What was answered and is not yet written; lost in a kill, and asked for again then."""

    def costs(self, _post: Post) -> bool:
        """Nothing of Telegram's budget."""
        return False

    def patience(self, _post: Post) -> int:
        """A day; the person has been told that it takes longer."""
        return PATIENCE

    async def send(self, post: Post) -> int | None:
        """Ask; the account's id. Raises as :meth:`bot.accounts.http.Client.call`."""
        key, body = str(post.id), post.body
        if post.kind == CREATED:
            given = {"email": body["email"], "password_hash": body["password_hash"]}
            said = await self._client.call("POST", "/accounts", given, key)
        else:
            path, name = _PATHS[post.kind]
            given = {name: body["value"], "cause": post.kind}
            said = await self._client.call("PUT", f"/accounts/{body['account']}/{path}", given, key)
        self._answers[post.id] = found = profile(said)
        return found.id

    async def sent(self, tx: Tx, post: Post, _answer: int | None, after: After) -> None:
        """Mirror what the other side has written, and let everything follow."""
        said = self._answers[post.id]
        await accounts.mirror(tx, self._tools, said)
        if post.kind == CREATED:
            if await sessions.account_of(tx, post.chat) is None:  # else they have signed in to another one meanwhile
                await sessions.begin(tx, self._tools, chat=post.chat, account=said.id, via="signup")
        else:
            followed = await changes.follow(tx, self._tools, self._policy, _change(post), late=True)
            after.posts += followed.posts
            after.woken |= followed.woken
        await self._tell(tx, post, after, "Written")

    async def refused(self, tx: Tx, post: Post, reason: str, after: After) -> None:
        """Tell the conversation; a hold that has begun stays."""
        reason = reason if reason in _REASONS else "refused"
        if post.kind != CREATED:
            after.posts += await changes.refused(tx, self._tools, self._policy, _change(post), reason)
        await self._tell(tx, post, after, "NotWritten", reason=reason)

    async def _tell(self, tx: Tx, post: Post, after: After, name: str, **fields: Any) -> None:
        await inbox.event(tx, self._tools, source="accounts", key=str(post.id), lane=post.chat, name=name, **fields)
        after.woken.add(post.chat)


def _change(post: Post) -> Change:
    """The change that was asked for."""
    return Change(**{**post.body, "chat": post.chat, "kind": post.kind})
