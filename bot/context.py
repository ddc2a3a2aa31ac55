"""One turn in the making: what ``resolve`` and ``apply`` may see and touch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.db import outbox
from bot.db.base import Tx
from bot.db.conversations import Conversation
from bot.db.limits import Counted
from bot.db.outbox import Post
from bot.db.retention import Lives
from bot.domain.agenda import Rules
from bot.domain.spending import Allowance
from bot.incoming import Incoming
from bot.macros import Macros
from bot.tools import Tools
from conversations.effects import SIGNUP
from conversations.engine import Book, Snapshot


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that a turn depends on.

    Attributes:
        company: the exchange's name as people know it.
        languages: catalogues that exist.
        forum: the configured id of the agents' group, or None where there is none.
        further: those of the groups that new topics go to once it is full, in order.
        topics: how many new tickets may have topics of their own, an hour and a day.
        agents: Telegram ids of the support agents.
        public_url: where the one-time forms are reached.
        bot_id: the bot's own Telegram id; what it does itself is not an event.
        username: the bot's name on Telegram; commands for another name are another bot's.
        hold: how long the hold lasts after a change of the phone, in milliseconds.
        hold_first_bind: whether the first phone of an account begins a hold too.
        webhooks: whether the exchange wants to hear of events.
        desk: opening hours, targets, and how long what waits.
        leads: Telegram ids of those who are told what is overdue.
        macros: the agents' canned answers.
        mirror: what the other system is called in which tickets are mirrored; empty where there is none.
        lives: how long what is kept.
        keep_years: for how many years the law wants the identity of an erased person kept; 0: not at all.
        sms: what text messages may cost a day.
        digest: whether a hand-over is posted by itself when a day's work ends.
        guess_alarm: how many wrong guesses in an hour, over all accounts, are an attack.
        remote: whether the accounts are the exchange's own, so that a change has to be asked for.
    """

    company: str
    languages: tuple[str, ...]
    forum: int | None
    agents: frozenset[int]
    public_url: str
    bot_id: int
    hold: int
    hold_first_bind: bool = False
    webhooks: bool = False
    remote: bool = False
    mirror: str = ""
    username: str = ""
    sms: Allowance = field(default_factory=Allowance)
    desk: Rules = field(default_factory=Rules)
    leads: frozenset[int] = frozenset()
    lives: Lives = field(default_factory=Lives)
    keep_years: int = 0
    guess_alarm: int = 300
    macros: Macros = field(default_factory=lambda: Macros(None))
    digest: bool = False
    further: tuple[int, ...] = ()
    topics: tuple[int, int] = (30, 200)

    @property
    def forums(self) -> tuple[int, ...]:
        """The agents' groups by configured id, in the order in which they are filled."""
        return () if self.forum is None else (self.forum, *self.further)


@dataclass(slots=True)
class Context:
    """The turn of one chat.

    ``snapshot`` moves on with every step; ``posts`` leave after the commit, and ``woken`` chats have something waiting.
    """

    tx: Tx
    tools: Tools
    policy: Policy
    book: Book
    conversation: Conversation
    snapshot: Snapshot
    incoming: Incoming | None = None
    lang: str = "en"
    extra: dict[str, object] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    woken: set[int] = field(default_factory=set)
    counted: Counted = field(default_factory=list)
    toast: str = ""
    last_tap: str = ""

    @property
    def chat(self) -> int:
        """The private chat, which is the Telegram user's id too."""
        return self.conversation.chat

    @property
    def account(self) -> int | None:
        """The account of the conversation, signed in or half way."""
        return self.conversation.account

    def subject(self, purpose: str) -> int | None:
        """Whom a code for ``purpose`` is about: the sign-up under way, or the account."""
        return self.conversation.signup if purpose == SIGNUP else self.conversation.account

    async def post(self, post: Post) -> None:
        """Store something to be sent once the turn is committed."""
        self.posts.append(await outbox.put(self.tx, self.tools, post))

    def owe(self, posts: Iterable[Post]) -> None:
        """Let posts that are stored already leave after the commit."""
        self.posts.extend(posts)

    async def tell(self, kind: str, body: dict[str, object], *, keys: str = "", merge: str = "") -> None:
        """Store something for the person's own chat."""
        await self.post(Post("telegram", f"chat:{self.chat}", self.chat, kind, body, keys=keys, merge=merge))
