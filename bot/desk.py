"""The agents' side of a ticket: topics, cards, and messages passed both ways.

One forum topic a ticket. Nothing here talks to Telegram: it stores posts that name a ticket, and ``bot/sending.py``
finds or makes the ticket's topic when it sends them, so that a topic somebody deleted heals by itself.

    person  writes                      -> a copy in the topic
    agent   writes in the topic         -> a copy to the person
    agent   Close, /close, by hand      -> the ticket is closed, the person is told, the topic is closed
    agent   reopens the topic by hand   -> the ticket is open again
    others  write in the topic          -> nothing reaches the person, and they are told why
"""

from __future__ import annotations

from bot import callback, review, topic, webhooks
from bot.clock import SECOND
from bot.context import Context, Policy
from bot.db import accounts, audit, freezes, inbox, limits, outbox, recoveries, recovery_codes, tickets
from bot.db.accounts import Account
from bot.db.base import Tx
from bot.db.disputes import Dispute
from bot.db.outbox import CARD, CLAIM, FAILURE, Post
from bot.db.tickets import Ticket
from bot.domain import masks
from bot.domain.limits import RELAYS_PER_PERSON
from bot.incoming import Incoming
from bot.tools import Tools
from conversations import events as ev
from conversations.events import Event

_SECOND_LOOK = 2 * SECOND
"""How long after it was added the bot leaves a strange group."""


# --- the person's side ----------------------------------------------------------------------------------------


async def open_ticket(context: Context, reason: str, *, urgent: bool = False) -> Ticket:
    """The person's open ticket, or a new one with all that an agent needs to decide."""
    known = await tickets.open_of(context.tx, context.tools, context.chat)
    if known is not None:
        if urgent and await tickets.urge(context.tx, known.id):
            await context.post(topic.post(context.policy, known.id, "card", {}, priority=CARD))
            body: dict[str, object] = {"key": "desk/urged", "params": {"reason": reason}}
            await context.post(topic.post(context.policy, known.id, "desk_text", body, priority=CLAIM))
        return known
    parked = context.snapshot.parked
    ticket = await tickets.create(
        context.tx,
        context.tools,
        chat=context.chat,
        account=context.account,
        reason=reason,
        place=parked.place if parked else "",
        lang=context.lang,
        facts=await _facts(context),
        urgent=urgent,
    )
    context.extra["ticket"] = ticket.number
    await context.post(topic.post(context.policy, ticket.id, "card", {}, priority=CARD))
    await audit.write(
        context.tx, context.tools, action="ticket opened", actor="person", chat=context.chat,
        account=context.account, ticket=ticket.number, reason=ticket.reason,
    )  # fmt: skip
    return ticket


async def _facts(context: Context) -> dict[str, object]:
    account = await accounts.get(context.tx, context.tools, context.account) if context.account else None
    failures = await limits.failures(context.tx, context.tools, context.account) if context.account else 0
    return {
        "name": context.conversation.name,
        "user": context.chat,
        "signed_in": context.conversation.facts.signed_in,
        "account": masks.account(str(account.id)) if account else "",
        "email": masks.email(account.email) if account else "",
        "phone": masks.phone(account.phone) if account and account.phone else "",
        "held": await _held(context.tx, account),
        "attempts": failures,
        "earlier": await tickets.earlier(context.tx, context.chat),
    }


async def _held(tx: Tx, account: Account | None) -> dict[str, int]:
    """The factors that the account has beside its phone, each since when."""
    if account is None:
        return {}
    since = {
        "email": account.email_at,
        "Google 2FA": account.totp_at,
        "trading password": account.trading_at,
        "recovery codes": await recovery_codes.since(tx, account.id),
    }
    return {name: at for name, at in since.items() if at is not None}


async def open_report(
    tx: Tx, tools: Tools, policy: Policy, dispute: Dispute, holder: Account | None
) -> tuple[Ticket, list[Post]]:
    """Open an urgent ticket for somebody who says that a change was not theirs; they come to it by a link."""
    ticket = await tickets.create(
        tx, tools, chat=0, account=dispute.account, reason="not_me", place="", lang=dispute.lang, urgent=True,
        facts={
            "account": masks.account(str(dispute.account)),
            "email": masks.email(holder.email) if holder else "",
            "phone": masks.phone(holder.phone) if holder and holder.phone else "",
            "held": await _held(tx, holder),
            "attempts": await limits.failures(tx, tools, dispute.account),
            "change": dispute.what,
            "way": dispute.way,
            "frozen": True,
        },
    )  # fmt: skip
    await audit.write(tx, tools, action="ticket opened", actor="person", account=dispute.account,
                      ticket=ticket.number, reason="not_me", way=dispute.way)  # fmt: skip
    return ticket, [await outbox.put(tx, tools, topic.post(policy, ticket.id, "card", {}, priority=CARD))]


async def join(context: Context, ticket_id: int) -> Event:
    """A person comes by a link to the ticket that their report opened."""
    ticket = await tickets.get(context.tx, context.tools, ticket_id)
    if ticket is None or ticket.status != "open":
        return ev.LinkBad()
    known = context.conversation.ticket
    if await tickets.join(context.tx, context.tools, ticket.id, context.chat):
        context.extra["ticket"] = ticket.number
        body: dict[str, object] = {"key": "desk/joined", "params": {"name": context.conversation.name}}
    elif known is not None:
        body = {"key": "desk/joined_elsewhere", "params": {"ticket": known}}
    else:
        return ev.LinkBad()
    await context.post(topic.post(context.policy, ticket.id, "desk_text", body, priority=CLAIM))
    return ev.LinkTicket()


async def relay(context: Context) -> None:
    """Pass the person's message on to the topic; an edited one is passed on again, as an answer to its first copy."""
    incoming, ticket = context.incoming, await tickets.open_of(context.tx, context.tools, context.chat)
    if incoming is None or ticket is None:
        return
    wait = await limits.allow(context.tx, context.tools, RELAYS_PER_PERSON, str(context.chat))
    if wait:
        await context.tell("notice", {"key": "handoff/slow_down"}, keys="handoff/slow_down", merge="slow_down")
        return
    answered = incoming.message if incoming.kind == "edit" else incoming.reply_to
    reply = await tickets.twin(context.tx, ticket.id, user_message=answered) if answered else None
    row = await tickets.message(
        context.tx, context.tools, ticket=ticket.id, side="user", author=context.chat, source=incoming.message
    )
    if incoming.kind == "edit":
        await context.post(topic.post(context.policy, ticket.id, "desk_text", {"key": "desk/edited", "reply": reply}))
    body: dict[str, object] = {"from": context.chat, "message": incoming.message, "reply": reply}
    await context.post(topic.post(context.policy, ticket.id, "relay", body, ref=row))


async def close_by_person(context: Context) -> int:
    """Close the person's ticket on their wish; its number, or 0 if there was none."""
    ticket = await tickets.open_of(context.tx, context.tools, context.chat)
    if ticket is None or not await tickets.close(context.tx, context.tools, ticket.id, "person"):
        return 0
    for post in _closing(context.policy, ticket, "desk/closed_by_person"):
        await context.post(post)
    return ticket.number


def _closing(policy: Policy, ticket: Ticket, key: str, *, by_hand: bool = False) -> list[Post]:
    posts = [
        topic.post(policy, ticket.id, "desk_text", {"key": key}, priority=CLAIM),
        topic.post(policy, ticket.id, "card", {}, priority=CARD),
    ]
    return posts if by_hand else [*posts, topic.post(policy, ticket.id, "close_topic", {}, priority=CLAIM)]


# --- the agents' side -----------------------------------------------------------------------------------------


async def handle(tx: Tx, tools: Tools, policy: Policy, incoming: Incoming) -> tuple[list[Post], set[int]]:
    """One update from the agents' group: the posts that came of it, and the chats that have something waiting."""
    forum = await tickets.forum(tx, policy.forum or topic.NO_FORUM)
    if policy.forum is not None and incoming.moved_from in (policy.forum, forum.current):
        await tickets.moved(tx, policy.forum, incoming.chat)
        return [], set()
    if incoming.chat not in (policy.forum, forum.current):
        return await _strange_group(tx, tools, incoming)
    if incoming.moved_to is not None and policy.forum is not None:
        await tickets.moved(tx, policy.forum, incoming.moved_to)
        return [], set()
    if forum.flat_since is not None and incoming.topics and policy.forum is not None:
        await tickets.flattened(tx, policy.forum, None)
    desk = Desk(tx, tools, policy, incoming)
    await desk.handle()
    return desk.posts, desk.woken


async def _strange_group(tx: Tx, tools: Tools, incoming: Incoming) -> tuple[list[Post], set[int]]:
    """A group nobody configured: the bot leaves it (desk.md, finding 6).

    A moment later, in case it is the agents' group under a new id, of which the update is still on its way.
    """
    if incoming.member == "left" or incoming.what == "left_chat_member":
        return [], set()
    post = Post("telegram", f"chat:{incoming.chat}", incoming.chat, "leave", {}, merge="leave", keys="desk/leave",
                due_at=tools.clock.now() + _SECOND_LOOK)  # fmt: skip
    return [await outbox.put(tx, tools, post)], set()


class Desk:
    """One update from the group, on its way to a ticket."""

    def __init__(self, tx: Tx, tools: Tools, policy: Policy, incoming: Incoming) -> None:
        self.tx, self.tools, self.policy, self.incoming = tx, tools, policy, incoming
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
        if ticket is None or sender is None or sender.id == self.policy.bot_id or sender.automatic:
            return
        if incoming.kind == "service":
            await self._service(ticket)
        elif sender.bot and not sender.anonymous:
            return
        elif sender.anonymous:
            await self.reply(ticket, "desk/anonymous")
        elif sender.id not in self.policy.agents:
            await self.reply(ticket, "desk/not_an_agent")
        elif incoming.kind == "message":
            await self._said(ticket, sender.id)
        elif incoming.kind == "edit":
            await self.reply(ticket, "desk/edit_not_sent")

    async def _ticket(self) -> Ticket | None:
        """The ticket of the topic; in a group without topics, that of the message which is answered."""
        if self.incoming.thread is not None:
            return await tickets.of_thread(self.tx, self.tools, self.incoming.thread)
        if self.incoming.reply_to is not None:
            return await tickets.of_message(self.tx, self.tools, self.incoming.reply_to)
        return None

    async def _said(self, ticket: Ticket, agent: int) -> None:
        head, _, rest = self.incoming.text.strip().partition(" ")
        text = head.lower().partition("@")[0] if head.startswith("/") else ""
        if text == "/unfreeze":
            await self._unfreeze(ticket, agent)
        elif text in review.COMMANDS:
            await review.Review(self, ticket, agent, self._name()).written(text, rest.strip())
        elif text in ("/close", "/reopen"):
            await (self._close(ticket, agent) if text == "/close" else self._reopen(ticket, agent))
        elif text.startswith("//"):
            return  # a note among agents
        elif text.startswith("/"):
            await self.reply(ticket, "desk/unknown_command")
        elif ticket.status == "closed":
            await self.reply(ticket, "desk/is_closed")
        else:
            await self._answer(ticket, agent)

    def _name(self) -> str:
        return self.incoming.sender.name if self.incoming.sender else ""

    async def _unfreeze(self, ticket: Ticket, agent: int) -> None:
        """Lift a freeze that somebody's report began. The hold stays as it is: agents have no power over it."""
        account = ticket.account
        by = f"agent:{agent}"
        if account is None or not await freezes.lift(self.tx, self.tools, account=account, by=by):
            await self.reply(ticket, "desk/not_frozen")
            return
        await self._audit("account unfrozen", ticket, agent)
        for post in await webhooks.put(self.tx, self.tools, self.policy, "account.unfrozen", account):
            self.posts.append(post)
        await self.reply(ticket, "desk/unfrozen")

    async def _answer(self, ticket: Ticket, agent: int) -> None:
        incoming = self.incoming
        if not ticket.chat:
            await self.reply(ticket, "desk/nobody_yet")
            return
        row = await tickets.message(
            self.tx, self.tools, ticket=ticket.id, side="agent", author=agent, source=incoming.message
        )
        reply = await tickets.twin(self.tx, ticket.id, desk_message=incoming.reply_to) if incoming.reply_to else None
        body = {"ticket": ticket.id, "from": incoming.chat, "message": incoming.message, "reply": reply}
        await self.post(
            Post("telegram", f"chat:{ticket.chat}", ticket.chat, "answer", body, ref=row, keys="handoff/answer")
        )

    async def _service(self, ticket: Ticket) -> None:
        agent = self.incoming.sender.id if self.incoming.sender else 0
        if self.incoming.what == "forum_topic_closed":
            await self._close(ticket, agent, by_hand=True)
        elif self.incoming.what == "forum_topic_reopened":
            await self._reopen(ticket, agent)

    async def _close(self, ticket: Ticket, agent: int, *, by_hand: bool = False) -> None:
        if ticket.status == "open" and await recoveries.undecided(self.tx, ticket.id):
            if by_hand:
                await self.post(topic.post(self.policy, ticket.id, "open_topic", {}, priority=CLAIM))
            await self.reply(ticket, "desk/undecided")
            return
        if not await tickets.close(self.tx, self.tools, ticket.id, f"agent:{agent}"):
            await self.reply(ticket, "desk/is_closed")
            return
        if ticket.chat:
            await inbox.event(
                self.tx, self.tools, source="desk", key=f"closed:{ticket.id}:{self.tools.ids()}", lane=ticket.chat,
                name="TicketClosed", ticket=ticket.number,
            )  # fmt: skip
            self.woken.add(ticket.chat)
        await self._audit("ticket closed", ticket, agent)
        for post in _closing(self.policy, ticket, "desk/closed_by_agent", by_hand=by_hand):
            await self.post(post)

    async def _reopen(self, ticket: Ticket, agent: int) -> None:
        if ticket.status == "open":
            return
        if not await tickets.reopen(self.tx, self.tools, ticket):
            await self.reply(ticket, "desk/other_open")
            return
        await self._audit("ticket reopened", ticket, agent)
        await self.post(topic.post(self.policy, ticket.id, "open_topic", {}, priority=CLAIM))
        await self.post(topic.post(self.policy, ticket.id, "card", {}, priority=CARD))

    async def _tap(self) -> None:
        pressed, sender = callback.unpack_desk(self.incoming.data), self.incoming.sender
        ticket = await tickets.get(self.tx, self.tools, pressed.ticket) if pressed else None
        if pressed is None or ticket is None or sender is None:
            await self.toast("toast/stale")
        elif sender.id not in self.policy.agents:
            await self.toast("toast/not_an_agent")
        elif pressed.action in review.ACTIONS:
            await review.Review(self, ticket, sender.id, sender.name).tapped(pressed.action, pressed.arg)
        elif pressed.action == "close" and ticket.status == "open":
            await self.toast("toast/closed")
            await self._close(ticket, sender.id)
        elif pressed.action == "reopen" and ticket.status == "closed":
            await self.toast("toast/reopened")
            await self._reopen(ticket, sender.id)
        else:
            await self.toast("toast/stale")

    async def toast(self, key: str) -> None:
        """Answer the tap, if it was one."""
        if self.incoming.kind != "tap":
            return
        body = {"query": self.incoming.query, "key": key, "lang": "en"}
        await self.post(Post("telegram", f"toast:{self.incoming.query}", self.incoming.chat, "toast", body, keys=key))

    async def reply(self, ticket: Ticket, key: str) -> None:
        """Answer the agent's message in the topic."""
        body: dict[str, object] = {"key": key, "reply": self.incoming.message}
        await self.post(topic.post(self.policy, ticket.id, "desk_text", body, priority=FAILURE))

    async def post(self, post: Post) -> None:
        """Store something to be sent once the turn is committed."""
        self.posts.append(await outbox.put(self.tx, self.tools, post))

    async def _audit(self, action: str, ticket: Ticket, agent: int) -> None:
        await audit.write(
            self.tx, self.tools, action=action, actor=f"agent:{agent}", chat=ticket.chat, ticket=ticket.number
        )
