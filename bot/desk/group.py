"""The agents' groups: which ticket an update is about, whether who sent it may do that, and what they mean.

agent   taps, or writes a command        -> one function each: ``ACTIONS`` and ``COMMANDS``
agent   writes anything else             -> an answer or a note (speaking.py)
agent   closes or reopens the topic      -> the ticket is solved, or open again
others  write in the topic               -> nothing reaches the person, and they are told why
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from bot import callback, webhooks
from bot.clock import DAY
from bot.context import Policy
from bot.db import agents, audit, forums, limits, messages, outbox, places, tickets
from bot.db.base import Tx
from bot.db.forums import Forum
from bot.db.messages import Message
from bot.db.outbox import FAILURE, Post
from bot.db.tickets import Ticket
from bot.desk import (
    asking,
    bulk,
    console,
    digest,
    handback,
    lifecycle,
    macros,
    meant,
    merge,
    notes,
    queue,
    review,
    speaking,
    status,
    strangers,
    topic,
    tries,
)
from bot.domain.limits import Limit
from bot.incoming import Incoming
from bot.outbox import After
from bot.tools import Tools

_LONGEST_TRIED: Final = 32
"""Letters of a command in the audit (Bot API, BotCommand); what else was written may be a number or a secret."""
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
    groups = await forums.known(tx, policy.forums)
    before = _of(groups, incoming.moved_from)
    if before is not None:
        await forums.moved(tx, before.configured, incoming.chat)
        return [], set()
    here = _of(groups, incoming.chat)
    if here is None:
        return await strangers.group(tx, tools, policy, incoming)
    if incoming.moved_to is not None:
        await forums.moved(tx, here.configured, incoming.moved_to)
        return [], set()
    if here.flat_since is not None and incoming.topics:
        await forums.flattened(tx, here.configured, None)
    desk = Desk(tx, tools, policy, incoming, here.configured)
    await desk.handle()
    return desk.posts, desk.woken


def _of(groups: list[Forum], chat: int | None) -> Forum | None:
    """Which of the agents' groups has this id, or had it."""
    return next((group for group in groups if chat in (group.current, group.configured)), None)


class Desk:
    """One update from a group, ``forum`` by its configured id. ``agent`` is who sent it, once known to be one."""

    agent: int
    tools: Tools
    policy: Policy

    def __init__(self, tx: Tx, tools: Tools, policy: Policy, incoming: Incoming, forum: int) -> None:
        self.tx, self.tools, self.policy, self.incoming = tx, tools, policy, incoming
        self.forum = forum
        self.agent = incoming.sender.id if incoming.sender else 0
        self._topic: int | None = None
        """Row id of the ticket in whose topic the update is."""
        self.posts: list[Post] = []
        self.woken: set[int] = set()

    async def handle(self) -> None:
        """Let it do what it means."""
        incoming = self.incoming
        if incoming.kind == "tap":
            await self._tap()
            return
        ticket = await self._ticket()
        self._topic = ticket.id if ticket else None
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
            return await places.of_message(self.tx, self.tools, self.forum, self.incoming.message)
        if self.incoming.thread is not None:
            return await places.of_thread(self.tx, self.tools, self.forum, self.incoming.thread)
        if self.incoming.reply_to is not None:
            return await places.of_message(self.tx, self.tools, self.forum, self.incoming.reply_to)
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

    async def _anywhere(self, name: str, rest: str) -> bool:
        """Do what needs no ticket: a command, or one that means something else with its first word; if it is that."""
        word, _, more = rest.partition(" ")
        if run := PHRASES.get((name, word.lower())):
            await run(self, more.strip())
        elif name in EVERYWHERE:
            await EVERYWHERE[name].run(self, rest)
        else:
            return False
        return True

    async def _elsewhere(self) -> None:
        """Commands that need no ticket work anywhere in the group; those that do are told so. Talk is left alone."""
        name, rest = self._command()
        sender = self.incoming.sender
        if self.incoming.kind != "message" or not name or sender is None or sender.id not in self.policy.agents:
            return
        await agents.seen(self.tx, self.tools, sender.id, sender.name)
        if await self._anywhere(name, rest):
            return
        if name == "claim" and (ticket := await self._numbered(rest)) is not None:
            await (lifecycle.claim(self, ticket, "") if ticket.live else self.say("is_solved"))
            return
        if name in COMMANDS:
            await self.say("elsewhere", commands=[f"/{each}" for each in EVERYWHERE])
        else:
            await self._unknown(name)
            await self.say("unknown_command", meant=meant.command(name, NAMES))

    async def _unknown(self, name: str) -> None:
        """Note that somebody tried a command that there is not: to end a hold, say, or to read a code."""
        tried = name if name.isalpha() else ""
        await audit.write(self.tx, self.tools, action="unknown command", actor=f"agent:{self.agent}", outcome="refused",
                          command=tried[:_LONGEST_TRIED])  # fmt: skip

    async def _numbered(self, rest: str) -> Ticket | None:
        """The ticket of this number, as the lobby shows more than it has buttons for."""
        number = queue.NUMBER.fullmatch(rest)
        return await tickets.by_number(self.tx, self.tools, int(number[1])) if number else None

    async def _said(self, ticket: Ticket) -> None:
        name, rest = self._command()
        if await self._anywhere(name, rest):
            return
        if name in COMMANDS:
            await COMMANDS[name].run(self, ticket, rest)
        elif name:
            await self._unknown(name)
            await self.reply(ticket, "unknown_command", meant=meant.command(name, NAMES))
        else:
            await speaking.said(self, ticket)

    async def _service(self, ticket: Ticket) -> None:
        if self.incoming.what == "forum_topic_closed":
            await lifecycle.solve(self, ticket, by_hand=True)
        elif self.incoming.what == "forum_topic_reopened":
            await lifecycle.reopen(self, ticket)

    async def _tap(self) -> None:
        pressed, sender = callback.unpack_desk(self.incoming.data), self.incoming.sender
        listed = pressed is not None and pressed.action in LISTS
        ticket = await tickets.get(self.tx, self.tools, pressed.ticket) if pressed and not listed else None
        known = listed or (pressed is not None and ticket is not None and pressed.action in ACTIONS)
        if pressed is None or sender is None or not known:
            await self.toast("stale")
        elif sender.id not in self.policy.agents:
            await self.toast("not_an_agent")
        else:
            await agents.seen(self.tx, self.tools, sender.id, sender.name)
            if ticket is None:
                await LISTS[pressed.action](self, pressed.ticket, pressed.arg)
            else:
                await ACTIONS[pressed.action](self, ticket, pressed.arg)

    # --- what functions of the desk use ---------------------------------------------------------------------

    async def name(self, agent: int | None = None) -> str:
        """What people are told that an agent is called; the one who sent the update unless another is given."""
        return await agents.name(self.tx, self.tools, agent or self.agent)

    async def written(self, ticket: Ticket, message: int | None) -> Message | None:
        """What of the ticket this message of the group is."""
        return await messages.written(self.tx, ticket.id, message, forum=self.forum) if message else None

    async def owner(self, ticket: Ticket) -> str:
        """What people are told that whoever has the ticket is called; "" where nobody has it."""
        return await agents.name(self.tx, self.tools, ticket.assignee)

    async def over(self, ticket: Ticket) -> None:
        """Answer that the ticket is done, and whether it can be opened again."""
        key = "is_merged" if ticket.merged_into else "is_closed" if ticket.status == "closed" else "is_solved"
        await self.reply(ticket, key, into=ticket.merged_into)

    async def toast(self, key: str = "", **params: object) -> None:
        """Answer the tap, if it was one."""
        if self.incoming.kind != "tap":
            return
        key = key and f"toast/{key}"
        body = {"query": self.incoming.query, "key": key, "lang": "en", "params": params}
        await self.post(Post("telegram", f"toast:{self.incoming.query}", self.incoming.chat, "toast", body, keys=key))

    async def reply(self, ticket: Ticket, key: str, *, keyboard: object = None, **params: object) -> None:
        """Answer the agent's message in the topic; what was tapped is answered without quoting it."""
        quoted = self.incoming.kind in ("message", "edit") and self._topic == ticket.id
        body: dict[str, object] = {"key": f"desk/{key}", "params": params, "keyboard": keyboard,
                                   "reply": self.incoming.message if quoted else None, "in": self.forum}  # fmt: skip
        await self.post(topic.post(self.policy, ticket.id, "desk_text", body, priority=FAILURE))

    async def say(self, key: str, *, keyboard: object = None, **params: object) -> None:
        """Answer the agent's message where it stands, which need not be a ticket's topic; what was tapped changes."""
        tapped = self.incoming.kind == "tap"
        body = {"key": f"desk/{key}", "lang": "en", "params": params, "thread": self.incoming.thread,
                "keyboard": keyboard, "reply": None if tapped else self.incoming.message,
                "edit": self.incoming.message if tapped else None}  # fmt: skip
        note = Post(
            "telegram", f"chat:{self.forum}", self.forum, "desk_note", body, priority=FAILURE, keys=f"desk/{key}"
        )
        await self.post(note)

    async def mark(self, ticket: Ticket, mark: str) -> None:
        """Let a reaction say what became of the agent's message."""
        await self.post(topic.mark(ticket.id, self.forum, self.incoming.message, mark))

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

    async def audit(
        self, action: str, ticket: Ticket, *, outcome: str = "done", account: int | None = None, **detail: object
    ) -> None:
        """Note what the agent did, or was refused, about the ticket's account or the one that is meant."""
        await audit.write(
            self.tx, self.tools, action=action, actor=f"agent:{self.agent}", chat=ticket.chat,
            account=account or ticket.account, outcome=outcome, ticket=ticket.number, **detail,
        )  # fmt: skip


async def _help(desk: Desk, _rest: str) -> None:
    """Every command there is, as Telegram's menu has them."""
    everywhere = [{"name": name, "what": command.what} for name, command in EVERYWHERE.items()]
    here = [{"name": name, "what": command.what} for name, command in COMMANDS.items()]
    await desk.say("help", everywhere=everywhere, here=here)


COMMANDS: Final[Mapping[str, Command]] = {
    "claim": Command(lifecycle.claim, "Take the ticket: you speak to the person"),
    "release": Command(lifecycle.release, "Give the ticket back"),
    "transfer": Command(lifecycle.transfer, "Hand the ticket to another agent, by name"),
    "status": Command(status.status, "How the ticket stands, and what is left of its time"),
    "macro": Command(macros.preview, "A canned answer: shown first, then sent"),
    "m": Command(macros.preview, "The same as /macro"),
    "note": Command(notes.note, "A note for agents only, as with //"),
    "unsend": Command(speaking.unsend, "Take the answered message back from the person"),
    "solve": Command(lifecycle.solve, "The ticket is done; /solve all pending: many at once"),
    "close": Command(lifecycle.solve, "The same as /solve"),
    "reopen": Command(lifecycle.reopen, "The ticket is not done after all"),
    "hold": Command(lifecycle.hold, "Wait for something else, with the reason"),
    "pending": Command(lifecycle.pending, "Wait for the person"),
    "open": Command(lifecycle.work, "The ticket is worked on"),
    "snooze": Command(lifecycle.snooze, "Out of the queue for a while: 2h, tomorrow 9:00, off"),
    "priority": Command(lifecycle.prioritise, "low, normal, high or urgent"),
    "tag": Command(notes.tag, "Add words that the ticket is found by"),
    "untag": Command(notes.untag, "Take such words away"),
    "merge": Command(merge.merge, "This ticket goes into the one with the number"),
    "name": Command(speaking.call, "What people are told that you are called"),
    "ask": Command(asking.ask, "Ask the person for one thing, by name or in your words"),
    "send": Command(handback.send, "Send the person to a step, where the bot goes on"),
    "resume": Command(handback.resume, "Let the bot go on with the person where they were"),
    "transcript": Command(console.transcript, "Everything that was said, as a file"),
    "reveal": Command(console.reveal, "Phone and address in full, for you alone: why"),
    "unfreeze": Command(lifecycle.unfreeze, "Lift the freeze of a reported account"),
    "tries": Command(tries.give, "New tries where too many wrong ones closed a check: two agents"),
    **{name: Command(review.written(name), what) for name, what in review.COMMANDS.items()},
}
"""What agents can write in a ticket's topic, in the order of Telegram's menu."""
EVERYWHERE: Final[Mapping[str, Anywhere]] = {
    "queue": Anywhere(queue.queue, "What waits, the most urgent first; also: urgent, mine, tag x, fr"),
    "mine": Anywhere(queue.mine, "The tickets that are yours"),
    "search": Anywhere(queue.search, "Tickets by number, tag, phone or its end, or address"),
    "digest": Anywhere(digest.digest, "The hand-over: what is open, what presses, what has happened"),
    "stats": Anywhere(console.stats, "How the desk did in the last two weeks"),
    "agents": Anywhere(console.agents_here, "Who is an agent, and how many tickets each has"),
    "help": Anywhere(_help, "Every command"),
}
"""What agents can write anywhere in the group."""
NAMES: Final = (*COMMANDS, *EVERYWHERE)
PHRASES: Final[Mapping[tuple[str, str], Callable[[Desk, str], Awaitable[None]]]] = {
    ("solve", "all"): bulk.ask,
    ("close", "all"): bulk.ask,
}
"""Commands that mean something else with this first word, anywhere in the group."""
ACTIONS: Final[Mapping[str, Callable[[Desk, Ticket, str], Awaitable[None]]]] = {
    "claim": lifecycle.claim,
    "solve": lifecycle.solve,
    "reopen": lifecycle.reopen,
    "retry": speaking.retry,
    "macro": macros.send,
    **{name: review.tapped(name) for name in review.ACTIONS},
}
"""What the desk's buttons do."""
LISTS: Final[Mapping[str, Callable[[Desk, int, str], Awaitable[None]]]] = {
    "queue": queue.turned(queue.queue),
    "mine": queue.turned(queue.mine),
    "solveall": bulk.answer,
}
"""What buttons do that belong to no ticket; the number is a row of whatever they are about."""


def menu() -> list[dict[str, str]]:
    """The agents' commands for Telegram's menu (Bot API, setMyCommands)."""
    told = {name: command.what for name, command in EVERYWHERE.items()}
    told |= {name: command.what for name, command in COMMANDS.items()}
    return [{"command": name, "description": what} for name, what in told.items()]
