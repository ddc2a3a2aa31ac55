"""The agents' group: which ticket an update is about, whether who sent it may do that, and what they mean.

agent   taps, or writes a command        -> one function each: ``ACTIONS`` and ``COMMANDS``
agent   writes anything else             -> an answer or a note (speaking.py)
agent   closes or reopens the topic      -> the ticket is solved, or open again
others  write in the topic               -> nothing reaches the person, and they are told why
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from bot import callback, webhooks
from bot.clock import DAY, SECOND
from bot.context import Policy
from bot.db import agents, audit, forums, limits, outbox, tickets
from bot.db.base import Tx
from bot.db.outbox import FAILURE, Post
from bot.db.tickets import Ticket
from bot.desk import asking, console, handback, lifecycle, macros, review, speaking, topic
from bot.domain import languages
from bot.domain.limits import Limit
from bot.incoming import Incoming
from bot.outbox import After
from bot.tools import Tools

_SECOND_LOOK: Final = 2 * SECOND
"""How long after it was added the bot leaves a strange group."""
_BOT_TOLD: Final = Limit("bot told", ((DAY, 1),))
"""Another bot is answered once a day and ticket: two bots that answer one another never end."""


class Command(NamedTuple):
    """What an agent can write in a topic: ``/name arg``."""

    run: Callable[[Desk, Ticket, str], Awaitable[None]]
    what: str
    """For Telegram's menu of commands."""


class Anywhere(NamedTuple):
    """What an agent can write anywhere in the group, for no ticket in particular."""

    run: Callable[[Desk, str], Awaitable[None]]
    what: str


async def handle(tx: Tx, tools: Tools, policy: Policy, incoming: Incoming) -> tuple[list[Post], set[int]]:
    """One update from the agents' group: the posts that came of it, and the chats that have something waiting."""
    forum = await forums.forum(tx, policy.forum or topic.NO_FORUM)
    if policy.forum is not None and incoming.moved_from in (policy.forum, forum.current):
        await forums.moved(tx, policy.forum, incoming.chat)
        return [], set()
    if incoming.chat not in (policy.forum, forum.current):
        return await _strange_group(tx, tools, policy, incoming)
    if incoming.moved_to is not None and policy.forum is not None:
        await forums.moved(tx, policy.forum, incoming.moved_to)
        return [], set()
    if forum.flat_since is not None and incoming.topics and policy.forum is not None:
        await forums.flattened(tx, policy.forum, None)
    desk = Desk(tx, tools, policy, incoming)
    await desk.handle()
    return desk.posts, desk.woken


async def _strange_group(tx: Tx, tools: Tools, policy: Policy, incoming: Incoming) -> tuple[list[Post], set[int]]:
    """A group nobody configured: the bot leaves it (desk.md, finding 6).

    A moment later, in case it is the agents' group under a new id, of which the update is still on its way.
    """
    if incoming.member == "left" or incoming.what == "left_chat_member":
        return [], set()
    lang = languages.choose(incoming.sender.lang if incoming.sender else "", policy.languages)
    post = Post("telegram", f"chat:{incoming.chat}", incoming.chat, "leave", {"lang": lang}, merge="leave",
                keys="desk/leave", due_at=tools.clock.now() + _SECOND_LOOK)  # fmt: skip
    return [await outbox.put(tx, tools, post)], set()


class Desk:
    """One update from the group. ``agent`` is who sent it, once it is known that they are one."""

    def __init__(self, tx: Tx, tools: Tools, policy: Policy, incoming: Incoming) -> None:
        self.tx, self.tools, self.policy, self.incoming = tx, tools, policy, incoming
        self.agent = incoming.sender.id if incoming.sender else 0
        self.posts: list[Post] = []
        self.woken: set[int] = set()

    async def handle(self) -> None:
        """Let it do what it means."""
        incoming = self.incoming
        if incoming.kind == "tap":
            await self._tap()
            return
        ticket = await self._ticket()
        sender = incoming.sender
        if sender is None or sender.id == self.policy.bot_id or sender.automatic or self._for_another_bot():
            return
        if ticket is None:
            await self._elsewhere()
            return
        if incoming.kind == "reaction":
            if sender.id in self.policy.agents:
                await speaking.reacted(self, ticket)
        elif incoming.kind == "service":
            await self._service(ticket)
        elif sender.anonymous:
            await self.reply(ticket, "anonymous")
        elif sender.bot:
            if not await limits.allow(self.tx, self.tools, _BOT_TOLD, f"{ticket.id}:{sender.id}"):
                await self.reply(ticket, "other_bot")
        elif sender.id not in self.policy.agents:
            await self.reply(ticket, "not_an_agent")
        else:
            await agents.seen(self.tx, self.tools, sender.id, sender.name)
            if incoming.kind == "message":
                await self._said(ticket)
            elif incoming.kind == "edit":
                await speaking.edited(self, ticket)

    async def _ticket(self) -> Ticket | None:
        """The ticket of the topic; in a group without topics, that of the message which is answered."""
        if self.incoming.kind == "reaction":
            return await tickets.of_message(self.tx, self.tools, self.incoming.message)
        if self.incoming.thread is not None:
            return await tickets.of_thread(self.tx, self.tools, self.incoming.thread)
        if self.incoming.reply_to is not None:
            return await tickets.of_message(self.tx, self.tools, self.incoming.reply_to)
        return None

    def _command(self) -> tuple[str, str]:
        """The name and the rest of a command; no name where it is none."""
        head, _, rest = self.incoming.text.strip().partition(" ")
        name = head[1:].lower().partition("@")[0] if head.startswith("/") and not head.startswith("//") else ""
        return name, rest.strip()

    def _for_another_bot(self) -> bool:
        """Whether it is a command that names another bot of the group: neither ours nor an answer."""
        head = self.incoming.text.strip().partition(" ")[0]
        named = head.partition("@")[2].lower() if head.startswith("/") and not head.startswith("//") else ""
        return bool(named) and named != self.policy.username.lower()

    async def _elsewhere(self) -> None:
        """Commands that need no ticket work anywhere in the group; those that do are told so. Talk is left alone."""
        name, rest = self._command()
        sender = self.incoming.sender
        if self.incoming.kind != "message" or not name or sender is None or sender.id not in self.policy.agents:
            return
        await agents.seen(self.tx, self.tools, sender.id, sender.name)
        if name in EVERYWHERE:
            await EVERYWHERE[name].run(self, rest)
        else:
            await self.say("elsewhere" if name in COMMANDS else "unknown_command")

    async def _said(self, ticket: Ticket) -> None:
        name, rest = self._command()
        if name in EVERYWHERE:
            await EVERYWHERE[name].run(self, rest)
        elif name in COMMANDS:
            await COMMANDS[name].run(self, ticket, rest)
        elif name:
            await self.reply(ticket, "unknown_command")
        else:
            await speaking.said(self, ticket)

    async def _service(self, ticket: Ticket) -> None:
        if self.incoming.what == "forum_topic_closed":
            await lifecycle.solve(self, ticket, by_hand=True)
        elif self.incoming.what == "forum_topic_reopened":
            await lifecycle.reopen(self, ticket)

    async def _tap(self) -> None:
        pressed, sender = callback.unpack_desk(self.incoming.data), self.incoming.sender
        ticket = await tickets.get(self.tx, self.tools, pressed.ticket) if pressed else None
        if pressed is None or ticket is None or sender is None or pressed.action not in ACTIONS:
            await self.toast("stale")
        elif sender.id not in self.policy.agents:
            await self.toast("not_an_agent")
        else:
            await agents.seen(self.tx, self.tools, sender.id, sender.name)
            await ACTIONS[pressed.action](self, ticket, pressed.arg)

    # --- what functions of the desk use ---------------------------------------------------------------------

    async def name(self, agent: int | None = None) -> str:
        """What people are told that an agent is called; the one who sent the update unless another is given."""
        return await agents.name(self.tx, self.tools, agent or self.agent)

    async def owner(self, ticket: Ticket) -> str:
        """What people are told that whoever has the ticket is called; "" where nobody has it."""
        return await agents.name(self.tx, self.tools, ticket.assignee)

    async def over(self, ticket: Ticket) -> None:
        """Answer that the ticket is done, and whether it can be opened again."""
        await self.reply(ticket, "is_closed" if ticket.status == "closed" else "is_solved")

    async def toast(self, key: str = "", **params: object) -> None:
        """Answer the tap, if it was one."""
        if self.incoming.kind != "tap":
            return
        key = key and f"toast/{key}"
        body = {"query": self.incoming.query, "key": key, "lang": "en", "params": params}
        await self.post(Post("telegram", f"toast:{self.incoming.query}", self.incoming.chat, "toast", body, keys=key))

    async def reply(self, ticket: Ticket, key: str, *, keyboard: object = None, **params: object) -> None:
        """Answer the agent's message in the topic; what was tapped is answered without quoting it."""
        reply = self.incoming.message if self.incoming.kind in ("message", "edit") else None
        body: dict[str, object] = {"key": f"desk/{key}", "params": params, "keyboard": keyboard, "reply": reply}
        await self.post(topic.post(self.policy, ticket.id, "desk_text", body, priority=FAILURE))

    async def say(self, key: str, **params: object) -> None:
        """Answer the agent's message where it stands, which need not be a ticket's topic."""
        body = {"key": f"desk/{key}", "lang": "en", "params": params, "thread": self.incoming.thread,
                "reply": self.incoming.message}  # fmt: skip
        chat = self.policy.forum or topic.NO_FORUM
        await self.post(Post("telegram", f"chat:{chat}", chat, "desk_note", body, priority=FAILURE, keys=f"desk/{key}"))

    async def mark(self, ticket: Ticket, mark: str) -> None:
        """Let a reaction say what became of the agent's message."""
        await self.post(topic.mark(ticket.id, self.incoming.chat, self.incoming.message, mark))

    async def show(self, ticket: Ticket) -> None:
        """Bring card and topic up to date."""
        for post in topic.card(self.policy, ticket.id):
            await self.post(post)

    async def post(self, post: Post) -> None:
        """Store something to be sent once the turn is committed."""
        self.posts.append(await outbox.put(self.tx, self.tools, post))

    def follow(self, after: After) -> None:
        """What has been stored already is sent, and who has something waiting is woken."""
        self.posts += after.posts
        self.woken |= after.woken

    async def tell(self, ticket: Ticket, key: str, **params: object) -> None:
        """A word to the person, if anybody has come to the ticket."""
        if ticket.chat:
            body = {"key": key, "lang": ticket.lang, "params": params}
            await self.post(Post("telegram", f"chat:{ticket.chat}", ticket.chat, "notice", body, keys=key))

    async def event(self, name: str, ticket: Ticket, **data: object) -> None:
        """Let the exchange's own systems hear of it."""
        self.posts += await webhooks.ticket(self.tx, self.tools, self.policy, name, ticket, **data)

    async def audit(self, action: str, ticket: Ticket, *, outcome: str = "done", **detail: object) -> None:
        """Note what the agent did, or was refused."""
        await audit.write(
            self.tx, self.tools, action=action, actor=f"agent:{self.agent}", chat=ticket.chat, account=ticket.account,
            outcome=outcome, ticket=ticket.number, **detail,
        )  # fmt: skip


COMMANDS: Final[Mapping[str, Command]] = {
    "claim": Command(lifecycle.claim, "Take the ticket: you speak to the person"),
    "release": Command(lifecycle.release, "Give the ticket back"),
    "transfer": Command(lifecycle.transfer, "Hand the ticket to another agent, by name"),
    "macro": Command(macros.preview, "A canned answer: shown first, then sent"),
    "m": Command(macros.preview, "The same"),
    "unsend": Command(speaking.unsend, "Take the answered message back from the person"),
    "solve": Command(lifecycle.solve, "The ticket is done"),
    "close": Command(lifecycle.solve, "The same"),
    "reopen": Command(lifecycle.reopen, "The ticket is not done after all"),
    "hold": Command(lifecycle.hold, "Wait for something else, with the reason"),
    "pending": Command(lifecycle.pending, "Wait for the person"),
    "open": Command(lifecycle.work, "The ticket is worked on"),
    "priority": Command(lifecycle.prioritise, "low, normal, high or urgent"),
    "name": Command(speaking.call, "What people are told that you are called"),
    "ask": Command(asking.ask, "Ask the person for one thing, by name or in your words"),
    "send": Command(handback.send, "Send the person to a step, where the bot goes on"),
    "resume": Command(handback.resume, "Let the bot go on with the person where they were"),
    "transcript": Command(console.transcript, "Everything that was said, as a file"),
    "reveal": Command(console.reveal, "Phone and address in full, for you alone: why"),
    "unfreeze": Command(lifecycle.unfreeze, "Lift the freeze of a reported account"),
    **{name: Command(review.written(name), what) for name, what in review.COMMANDS.items()},
}
"""What agents can write in a ticket's topic, in the order of Telegram's menu."""
EVERYWHERE: Final[Mapping[str, Anywhere]] = {
    "queue": Anywhere(console.queue, "What waits, the most urgent first"),
    "mine": Anywhere(console.mine, "The tickets that are yours"),
    "search": Anywhere(console.search, "Tickets by number, or by a full phone number or address"),
    "stats": Anywhere(console.stats, "How the desk did in the last two weeks"),
    "agents": Anywhere(console.agents_here, "Who is an agent, and how many tickets each has"),
}
"""What agents can write anywhere in the group."""
ACTIONS: Final[Mapping[str, Callable[[Desk, Ticket, str], Awaitable[None]]]] = {
    "claim": lifecycle.claim,
    "solve": lifecycle.solve,
    "reopen": lifecycle.reopen,
    "retry": speaking.retry,
    "macro": macros.send,
    **{name: review.tapped(name) for name in review.ACTIONS},
}
"""What the desk's buttons do."""
