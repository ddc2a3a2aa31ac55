"""The agents' groups: calling something in a topic, which is found, made or healed first.

Telegram has no way to ask whether a topic is there: somebody may have deleted it, the group may have become a
supergroup with a new id, topics may have been switched off, the group may be full. Each shows only as an error of a
send (platform.md 2.5), so each is mended there and the send is tried again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from bot.budget import Budget
from bot.db import forums, outbox
from bot.db.base import Db, Tx
from bot.db.forums import Forum
from bot.db.outbox import CLAIM, RELAY, Post
from bot.errors import Rejected
from bot.render import Renderer
from bot.telegram.api import Caller, File
from bot.tools import Tools

_log = structlog.get_logger(__name__)
_TRIES = 4
"""A send may meet a moved group, a lost topic and a closed one, each once."""
NAME_LIMIT = 128
"""Characters of a topic's name (Bot API, createForumTopic)."""
_BEGUN = RELAY - 1
"""How urgent what stands first in a topic is, and the words that it was made for: what was begun is finished first."""
NEARLY_FULL = 900_000
"""Messages of a group beyond which no topic is begun there: above a million, old topics are no longer found
(tdlib/telegram-bot-api#596). A supergroup numbers its messages, so the id of a new topic is their count."""
GENERAL = 0
"""Stands for the topic of a ticket for which no group has room."""
_NO_MATTER = frozenset({"not_modified", "thread_not_found", "topic_deleted", "message_not_found"})
"""Refusals of a change after which there is nothing left to do: it is so already, or what was to change is gone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a group, and a topic in it; None where there is none yet.

    ``chosen``: it stands nowhere yet, and this is the group where it is to stand.
    """

    forum: Forum
    thread: int | None
    chosen: bool = False

    @property
    def unmade(self) -> bool:
        """Whether a topic is still to be made."""
        return self.thread is None and self.forum.flat_since is None

    @property
    def topic(self) -> int | None:
        """The topic, if it stands in one."""
        return None if self.forum.flat_since is not None else self.thread or None


Look = dict[str, Any]
"""Parameters that say what a topic is called, and what icon it has."""


class Home(Protocol):
    """Whose topic it is: a ticket's, or the lobby's."""

    async def at(self, tx: Tx) -> tuple[int, int | None] | None:
        """The group by its configured id (0: none yet) and the topic; None where there is no such ticket."""
        ...

    async def put(self, tx: Tx, forum: int, thread: int | None) -> None:
        """Note where the topic is."""
        ...

    async def lost(self, tx: Tx, place: Place, /) -> None:
        """Note that the topic is gone."""
        ...

    async def dress(self, call: Callable[[Look], Awaitable[Any]]) -> Any:
        """Call with what the topic is to look like, by what ``at`` has read."""
        ...

    async def begin(self, place: Place, send: Callable[[Mapping[str, Any]], Awaitable[int]]) -> None:
        """Post what stands first in the topic and is missing; ``send`` takes a message and returns its id."""
        ...


class Forums:
    """The agents' groups. ``configured``: their ids in the settings; ``send`` takes posts that have been stored."""

    def __init__(
        self,
        api: Caller,
        db: Db,
        tools: Tools,
        budget: Budget,
        renderer: Renderer,
        configured: tuple[int, ...],
        send: Callable[[Iterable[Post]], None],
    ) -> None:
        self._api = api
        self._db = db
        self._tools = tools
        self._budget = budget
        self._renderer = renderer
        self._send = send
        self.configured = configured

    async def current(self, configured: int) -> int:
        """The id that a group has now."""
        return (await self._db.transact(lambda tx: forums.forum(tx, configured))).current

    async def ours(self, chat: int) -> bool:
        """Whether a group is one of the agents', by the id it has now."""
        return chat in [group.current for group in await self._db.transact(self._known)]

    async def _known(self, tx: Tx) -> list[Forum]:
        return await forums.known(tx, self.configured)

    async def place_of(self, tx: Tx, home: Home) -> Place | None:
        """Where the topic is, or the group where it is to be made; None where there is neither ticket nor group."""
        found = await home.at(tx)
        groups = await self._known(tx)
        if found is None or not groups:
            return None
        here = next((group for group in groups if group.configured == found[0]), None)
        if here is not None and (found[1] is not None or here.flat_since is not None):
            return Place(here, found[1])
        filling = await forums.filling(tx, self.configured)
        return Place(filling or groups[-1], None, chosen=True)

    async def where(self, home: Home) -> Place:
        """The same.

        Raises:
            Rejected: ``no_forum`` when no group is configured, ``no_ticket`` when there is no such ticket.
        """
        if not self.configured:
            raise Rejected("no_forum", "no agents' group is configured")
        place = await self._db.transact(lambda tx: self.place_of(tx, home))
        if place is None:
            raise Rejected("no_ticket")
        return place

    async def call(
        self,
        home: Home,
        post: Post,
        method: str,
        params: Mapping[str, Any],
        files: Mapping[str, File] | None = None,
    ) -> Any:
        """Call ``method`` in the topic, which is found, made or healed first; Telegram's result.

        ``post.chat`` is the group afterwards. What ``params`` answer is left out where it is in another group.

        Raises:
            Rejected: refused although the topic is there; ``no_forum`` when no group is configured.
            Flooded: Telegram asks to wait.
            Unreachable: no answer.
        """

        async def send(place: Place) -> Any:
            return await self._api.call(method, _addressed(params, place, post), files)

        return await self._within(home, post, send)

    async def reach(self, home: Home, post: Post) -> None:
        """Find, make or heal the topic, with what stands first in it. Raises as :meth:`call`."""
        await self._within(home, post, None)

    async def _within(self, home: Home, post: Post, do: Callable[[Place], Awaitable[Any]] | None) -> Any:
        """Do something where the topic is.

        The post has a place in the budget of the group that it waited for. It pays for the first call, be it that which
        makes the topic; a place kept over the wait for another one would let more through in a minute than Telegram
        takes.
        """
        made: set[tuple[int, int | None]] = set()
        paid: int | None = post.chat

        async def pay(forum: Forum) -> None:
            nonlocal paid
            if paid != forum.configured:
                await self._budget.take(forum.configured, _BEGUN, since=post.id)
            paid, post.chat = None, forum.configured

        for _ in range(_TRIES + len(self.configured)):
            place = await self.where(home)
            try:
                if place.unmade:
                    await pay(place.forum)
                    begun = await self._make(home, place.forum)
                    if begun is None:
                        continue
                    place = begun
                    made.add((place.forum.configured, place.thread))
                elif place.chosen:  # a group without topics
                    await self._noted(home, place)
                if place.forum.flat_since is None:
                    await self._begin(home, place, pay)
                if (place.forum.configured, place.thread) in made and (place.thread or 0) >= NEARLY_FULL:
                    await self._full(place.forum, f"message {place.thread}")
                if do is None:
                    return None
                await pay(place.forum)
                return await do(place)
            except Rejected as refusal:
                lost = place.thread is not None and (place.forum.configured, place.thread) not in made
                await self._heal(home, place, refusal, lost=lost)
        raise Rejected("thread_not_found", "the topic could not be healed")

    async def _begin(self, home: Home, place: Place, pay: Callable[[Forum], Awaitable[None]]) -> None:
        """Let what stands first in the topic be there, whatever is posted into it first."""
        topic = {} if place.topic is None else {"message_thread_id": place.topic}

        async def send(message: Mapping[str, Any]) -> int:
            await pay(place.forum)
            sent = await self._api.call("sendMessage", {"chat_id": place.forum.current, **topic, **message})
            return int(sent["message_id"])

        await home.begin(place, send)

    async def room(self, post: Post) -> None:
        """Wait until the budget of the post's group has room for one more message of the post."""
        await self._budget.take(post.chat, _BEGUN, since=post.id)

    async def change(self, place: Place, method: str, params: Mapping[str, Any]) -> str:
        """Change what is there already; "" or why nothing was left to do (``migrated``: the group is followed)."""
        try:
            await self._api.call(method, {"chat_id": place.forum.current, **params})
        except Rejected as refusal:
            if refusal.code == "migrated":
                await self._moved(place.forum, refusal)
            elif refusal.code not in _NO_MATTER:
                raise
            return refusal.code
        return ""

    async def _noted(self, home: Home, place: Place) -> None:
        await self._db.transact(lambda tx: home.put(tx, place.forum.configured, place.thread))

    # --- making --------------------------------------------------------------------------------------------

    async def _make(self, home: Home, forum: Forum) -> Place | None:
        """A topic in this group; None where it is full and the next one is to be tried.

        Once the last one has no room for topics all of it stands in *General*. Why Telegram refuses a topic it need not
        say in words that we know: where there is another group, that is tried before anything is lost.
        """
        where, thread = {"chat_id": forum.current}, GENERAL
        try:
            topic = await home.dress(lambda look: self._api.call("createForumTopic", where | look))
            thread = int(topic["message_thread_id"])
        except Rejected as refusal:
            last = forum.configured == self.configured[-1]
            if refusal.code != "forum_full" and (last or refusal.code != "bad_request"):
                raise
            if await self._full(forum, refusal.text) != forum.configured:
                return None
        place = Place(forum, thread)
        await self._noted(home, place)
        return place

    async def _full(self, forum: Forum, why: str) -> int:
        """Note that there is no more room, and tell the agents once; the group that is filled from now on."""

        async def job(tx: Tx) -> tuple[bool, Forum, list[Post]]:
            first = await forums.full(tx, forum.configured, self._tools.clock.now())
            following = await forums.filling(tx, self.configured) or forum
            posts = [await outbox.put(tx, self._tools, told) for told in _told(forum, following)] if first else []
            return first, following, posts

        first, following, posts = await self._db.transact(job)
        if first and following.configured == forum.configured:
            _log.error("the last of the agents' groups is full; add one to PHONEDESK_AGENTS_GROUPS_NEXT", why=why)
        elif first:
            _log.warning("an agents' group is full; new topics go to the next", forum=forum.configured, why=why)
        self._send(posts)
        return following.configured

    # --- healing -------------------------------------------------------------------------------------------

    async def _heal(self, home: Home, place: Place, refusal: Rejected, *, lost: bool) -> None:
        """Mend what the refusal tells of, or raise it again; a topic that was just made and is gone: there are none."""
        if refusal.code == "migrated" and refusal.migrate_to is not None:
            await self._moved(place.forum, refusal)
        elif refusal.code in ("thread_not_found", "topic_deleted"):
            _log.warning("topic lost", thread=place.thread, forum=place.forum.configured)
            if lost:
                await self._db.transact(lambda tx: home.lost(tx, place))
            else:
                await self._flatten(place.forum)
        elif refusal.code == "topic_closed":
            await self.change(place, "reopenForumTopic", {"message_thread_id": place.thread})  # open already: fine
        elif refusal.code == "not_a_forum":
            await self._flatten(place.forum)
        else:
            raise refusal

    async def _moved(self, forum: Forum, refusal: Rejected) -> None:
        current = refusal.migrate_to
        if current is not None:
            await self._db.transact(lambda tx: forums.moved(tx, forum.configured, current))

    async def _flatten(self, forum: Forum) -> None:
        """The group has no topics: post without, and tell the agents once."""
        now = self._tools.clock.now()
        await self._db.transact(lambda tx: forums.flattened(tx, forum.configured, now))
        _log.error("an agents' group has no topics; tickets are posted without", forum=forum.configured)
        text = self._renderer.desk("no_topics")
        current = await self.current(forum.configured)
        await self._api.call("sendMessage", {"chat_id": current, "text": text, "parse_mode": "HTML"})


def _addressed(params: Mapping[str, Any], place: Place, post: Post) -> dict[str, Any]:
    """The parameters with where they go, and what they answer."""
    addressed: dict[str, Any] = {"chat_id": place.forum.current, **params}
    if place.topic is not None:
        addressed["message_thread_id"] = place.topic
    if post.body.get("in", place.forum.configured) != place.forum.configured:
        addressed.pop("reply_parameters", None)
    return addressed


def _told(forum: Forum, following: Forum) -> list[Post]:
    """What the agents are told of a group that is full: in it, and in the one that is filled from now on."""
    last = following.configured == forum.configured
    told = [(forum, "forum_full", 0 if last else following.current)]
    told += [] if last else [(following, "forum_next", forum.current)]
    return [
        Post("telegram", f"chat:{group.configured}", group.configured, "desk_note",
             {"key": f"desk/{key}", "params": {"other": other}, "thread": None, "reply": None}, priority=CLAIM,
             keys=f"desk/{key}")
        for group, key, other in told
    ]  # fmt: skip
