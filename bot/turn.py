"""One turn: the heart of the product. Read this first.

    begin
      the oldest waiting inbox row of the lane           none? nothing to do
      snapshot = where the conversation stands           carried over from an older release if need be
      event    = what came in, as the state reads it     an attempt is counted before anything is compared
      step     = the one edge that the event opens       pure: conversations/engine.py
      apply the effects; an outcome is the next event
      save the snapshot, the audit rows, the posts, and take the inbox row
    commit

All of it commits together or not at all. A turn that raises is undone; what it had counted is counted again, and after
a few tries its row is put aside, the person is told, and the lane goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot import apply, resolve
from bot.clock import SECOND
from bot.context import Context, Policy
from bot.db import (
    accounts,
    audit,
    codes,
    conversations,
    disputes,
    erasures,
    forms,
    freezes,
    holds,
    inbox,
    limits,
    recoveries,
    totp,
)
from bot.db.base import Tx
from bot.db.conversations import Conversation
from bot.db.inbox import Item
from bot.db.limits import Counted
from bot.db.outbox import Post
from bot.desk import group, own, person, ratings
from bot.domain import languages, masks
from bot.errors import DatabaseDown, SealBroken
from bot.incoming import Incoming
from bot.render import Renderer
from bot.tools import Tools
from conversations import events as ev
from conversations import upgrades
from conversations.engine import Book, Step
from conversations.events import EVENTS, Event

TRIES = 3
"""How often a turn may fail before its row is put aside."""
TOASTS: Mapping[type[Event], str] = {ev.StaleButton: "toast/stale", ev.RepeatedTap: "toast/repeated"}
"""The short word that answers a tap which does nothing."""
_CHAIN = 8
"""The most events one turn may run through; the tables never need more than three."""


@dataclass(slots=True)
class Outcome:
    """What a turn left behind: the posts to send, other lanes that have work now, and whether this one has more."""

    posts: list[Post] = field(default_factory=list)
    woken: set[int] = field(default_factory=set)
    more: bool = False
    ran: bool = True
    """Whether there was a turn at all."""
    aside: bool = False
    """Whether its row was put aside."""


class TurnFailed(Exception):
    """A turn raised; carries the inbox row and what it had counted, for the transaction that notes the failure."""

    def __init__(self, item: Item, counted: Counted) -> None:
        super().__init__(f"turn of inbox row {item.id} failed")
        self.item = item
        self.counted = counted


class Turns:
    """Runs turns. ``read`` parses a raw update (``bot/telegram/updates.py``)."""

    def __init__(
        self,
        tools: Tools,
        policy: Policy,
        book: Book,
        renderer: Renderer,
        read: Callable[[Mapping[str, Any]], Incoming | None],
    ) -> None:
        self._tools = tools
        self._policy = policy
        self._book = book
        self._renderer = renderer
        self._read = read

    async def run(self, tx: Tx, lane: int) -> Outcome:
        """The turn of the lane's oldest waiting row.

        Raises:
            DatabaseDown: nothing was stored; it may be run again.
            TurnFailed: it raised; the caller undoes the transaction and calls :meth:`failed` in another one.
        """
        await tx.lock(lane)
        item = await inbox.oldest(tx, self._tools, lane)
        if item is None:
            return Outcome(ran=False)
        counted: Counted = []
        try:
            outcome = await self._turn(tx, item, counted)
        except DatabaseDown:
            raise  # the turn is as good as before, and is run again
        except Exception as error:
            raise TurnFailed(item, counted) from error
        await inbox.done(tx, self._tools, item.id)
        outcome.more = item.more
        return outcome

    async def failed(self, tx: Tx, failure: TurnFailed) -> Outcome:
        """Note a failed turn: its counts stand; after the last try the row is put aside and the person is told."""
        await limits.recount(tx, self._tools, failure.counted)
        await codes.recount(tx, failure.counted)
        item = failure.item
        cause = failure.__cause__
        name = type(cause).__name__ if cause else "unknown"  # never the text: it may quote what the person wrote
        if not await inbox.tried(tx, self._tools, item.id, name, most=TRIES):
            return Outcome(more=True)
        await audit.write(tx, self._tools, action="put aside", actor="system", chat=item.lane, error=name)
        if item.lane > 0 and item.payload.get("event") != ev.Failed.__name__:
            await inbox.event(tx, self._tools, source="aside", key=str(item.id), lane=item.lane, name="Failed")
        return Outcome(more=True, aside=True)

    # --- what kind of turn ---------------------------------------------------------------------------------

    async def _turn(self, tx: Tx, item: Item, counted: Counted) -> Outcome:
        if item.broken:
            raise SealBroken(f"inbox row {item.id}")
        incoming = self._read(item.payload["update"]) if "update" in item.payload else None
        if "update" in item.payload and incoming is None:
            return Outcome()
        if item.lane < 0 and incoming is not None:
            posts, woken = await group.handle(tx, self._tools, self._policy, incoming)
            return Outcome(posts=posts, woken=woken)
        return await self._private(tx, item, incoming, counted)

    async def _private(self, tx: Tx, item: Item, incoming: Incoming | None, counted: Counted) -> Outcome:
        tools, chat = self._tools, item.lane
        if incoming is not None:
            if incoming.kind == "member":
                gone = incoming.member == "blocked"
                await conversations.blocked(tx, tools, chat, yes=gone)
                return Outcome(posts=await person.presence(tx, tools, self._policy, chat, blocked=gone))
            if incoming.kind == "reaction":
                return Outcome(posts=await person.reacted(tx, tools, incoming))
            if incoming.kind in ("service", "other") or incoming.sender is None or incoming.sender.bot:
                return Outcome()
        conversation = await self._met(tx, chat, incoming)
        if conversation is None:
            return Outcome()
        snapshot = upgrades.carry(self._book, conversation.snapshot)
        context = Context(
            tx, tools, self._policy, self._book, conversation, snapshot or self._book.start,
            incoming, conversation.lang, counted=counted, last_tap="",
        )  # fmt: skip
        if incoming is not None and await ratings.taken(context, incoming):
            return Outcome(posts=context.posts)
        if chat in self._policy.agents:
            await context.tell("notice", {"key": "desk/private_hint"}, keys="desk/private_hint", merge="hint")
            return Outcome(posts=context.posts)
        if snapshot is None and conversation.snapshot is not None:
            await self._walk(context, ev.Outdated(), [])
            return Outcome(posts=context.posts, woken=context.woken)
        if self._book.private(context.snapshot.place) and not conversation.facts.signed_in:
            await self._walk(context, ev.SignedOut(), [])
            if incoming is not None:
                return Outcome(posts=context.posts, woken=context.woken)
        event = await self._event(context, item, incoming)
        if event is not None:
            await self._walk(context, event, [])
        if isinstance(event, ev.TicketClosed) and event.ask:
            await ratings.ask(context, event.ticket)
        return Outcome(posts=context.posts, woken=context.woken)

    async def _met(self, tx: Tx, chat: int, incoming: Incoming | None) -> Conversation | None:
        known = await conversations.load(tx, self._tools, chat)
        sender = incoming.sender if incoming else None
        if sender is None or sender.id != chat or (known is not None and known.name == sender.name):
            return known
        lang = languages.choose(sender.lang, self._policy.languages)
        await conversations.meet(tx, self._tools, chat=chat, name=sender.name, lang=lang)
        return await conversations.load(tx, self._tools, chat)

    async def _event(self, context: Context, item: Item, incoming: Incoming | None) -> Event | None:
        if incoming is not None:
            event = await resolve.event(context, incoming, self._renderer)
            greeting = context.conversation.snapshot is None and isinstance(event, ev.Unrecognised | ev.StaleButton)
            return ev.Command("start") if greeting else event
        payload = item.payload
        if payload["event"] == ev.Idle.__name__ and payload.get("turn") != context.snapshot.turn:
            return None
        return EVENTS[payload["event"]](**payload.get("fields", {}))

    # --- stepping ------------------------------------------------------------------------------------------

    async def _walk(self, context: Context, event: Event, said: list[str]) -> None:
        """Step through the event and the outcomes that follow from it, then show where that led."""
        shown = False
        told: Mapping[str, Any] = {}
        queue: Event | None = event
        for _ in range(_CHAIN):
            if queue is None:
                break
            cause, queue = queue, None
            step = self._book.step(context.snapshot, cause, context.conversation.facts)
            context.snapshot = step.snapshot
            shown = shown or step.show
            context.toast = TOASTS.get(type(cause), context.toast)
            if step.say:
                said, told = [step.say], asdict(cause)
            await self._audit(context, step, cause)
            for effect in step.effects:
                queue = await apply.effect(context, effect, cause)
            if step.effects:  # they may have changed what the facts say
                context.conversation = await self._again(context)
        if shown:
            await self._show(context, said, told or asdict(event))
        elif context.incoming and context.incoming.kind == "tap":
            await self._answer_tap(context)

    async def _again(self, context: Context) -> Conversation:
        fresh = await conversations.load(context.tx, self._tools, context.chat)
        return fresh or context.conversation

    async def _audit(self, context: Context, step: Step, cause: Event) -> None:
        await audit.write(
            context.tx, self._tools, action=step.edge, chat=context.chat, account=context.account,
            actor="person" if context.incoming else "system",
            outcome="refused" if isinstance(cause, ev.REFUSALS) else "done", event=type(cause).__name__,
        )  # fmt: skip

    # --- showing -------------------------------------------------------------------------------------------

    async def _answer_tap(self, context: Context) -> None:
        incoming = context.incoming
        if incoming is None:
            return
        body: dict[str, object] = {"query": incoming.query, "key": context.toast, "lang": context.lang}
        await context.post(Post("telegram", f"toast:{incoming.query}", context.chat, "toast", body, keys=context.toast))

    async def _show(self, context: Context, said: list[str], told: Mapping[str, Any]) -> None:
        """Store the live screen to be sent, and where the conversation stands."""
        conversation, snapshot, incoming = context.conversation, context.snapshot, context.incoming
        state = self._book.places[snapshot.place]
        tapped = incoming is not None and incoming.kind == "tap"
        live = tapped and incoming is not None and incoming.message == conversation.screen
        if conversation.keyboard and not state.contact:
            await context.tell("notice", {"key": "everywhere/keyboard_gone", "lang": context.lang, "remove": True},
                               keys="everywhere/keyboard_gone")  # fmt: skip
        await self._fill(context)
        say = " ".join(said)
        body: dict[str, object] = {
            "place": snapshot.place,
            "version": snapshot.version,
            "turn": snapshot.turn,
            "lang": context.lang,
            "say": say,
            "data": dict(snapshot.data),
            "event": dict(told),
            "facts": conversation.facts._asdict(),
            "extra": context.extra,
        }
        if tapped and incoming is not None:
            body["query"] = incoming.query
            body["toast"] = context.toast
        if live and incoming is not None and not state.contact and not self._talked(conversation):
            body["edit"] = incoming.message
        await context.tell("screen", body, keys=f"{say} {snapshot.place}".strip())
        due = self._tools.clock.now() + state.within * SECOND if state.within else None
        await conversations.save(
            context.tx, self._tools, context.chat, snapshot,
            due_at=due, last_tap=context.last_tap, keyboard=state.contact,
        )  # fmt: skip

    def _talked(self, conversation: Conversation) -> bool:
        """Whether what was said stands below the live screen: changed up there, the new one would be overlooked."""
        return conversation.snapshot is not None and (
            conversation.snapshot.place in self._book.places
            and self._book.places[conversation.snapshot.place].reads.kind == "message"
        )

    async def _fill(self, context: Context) -> None:
        """What the screen shows of the account, masked already, and of what the step waits for."""
        extra, state = context.extra, self._book.places[context.snapshot.place]
        extra["company"] = self._policy.company
        extra["name"] = context.conversation.name
        if context.conversation.ticket is not None:
            extra.setdefault("ticket", context.conversation.ticket)
        account = await accounts.get(context.tx, self._tools, context.account) if context.account else None
        if account is not None:
            extra["email"] = masks.email(account.email)
            extra["phone"] = masks.phone(account.phone) if account.phone else None
            extra["hold"] = await holds.until(context.tx, self._tools, account.id)
            extra["frozen"] = await freezes.since(context.tx, account.id)
            extra["protection"] = {
                "email_at": account.email_at, "phone_at": account.phone_at,
                "totp_at": account.totp_at, "password_at": account.password_at, "trading_at": account.trading_at,
            }  # fmt: skip
        if context.snapshot.flow == "your_data" and context.account:
            wish = await erasures.waiting(context.tx, context.account)
            extra["erased_at"] = wish.due_at if wish else None
            extra["keep_years"] = self._policy.keep_years
        if context.snapshot.flow == "recover_phone" or context.conversation.facts.recovery:
            case = account and await recoveries.live(context.tx, self._tools, chat=context.chat, account=account.id)
            extra["recovery"] = case and {
                "phrase": case.phrase, "part": case.part, "reason": case.reason, "words": case.words,
                "until": case.expires_at, "agents": case.approvals,
            }  # fmt: skip
        await own.fill(context)
        if any(button.url == "form" for row in state.buttons for button in row) and "form" not in extra:
            token = await forms.current(context.tx, self._tools, chat=context.chat)
            extra["form"] = f"{self._policy.public_url}/f/{token}" if token else ""
        if any(button.url == "not_me" for row in state.buttons for button in row) and "not_me" not in extra:
            answer = context.account and await disputes.latest(
                context.tx, self._tools, account=context.account, chat=context.chat
            )
            extra["not_me"] = f"{self._policy.public_url}/n/{answer}" if answer else ""
        if state.picture == "totp_key" and context.account:
            key = await totp.pending_key(context.tx, self._tools, context.account)
            extra["totp_key"] = key or ""
        if state.reads.kind == "code" and state.reads.channel in ("sms", "email", "pair"):
            channel = "sms" if state.reads.channel == "sms" else "email"
            extra["code"] = await self._code(context, channel, state.reads.purpose)

    async def _code(self, context: Context, channel: str, purpose: str) -> dict[str, object]:
        where, subject = await apply.destination(context, channel, purpose), context.subject(purpose)
        return {
            "to": masks.phone(where) if channel == "sms" else masks.email(where),
            "channel": channel,
            "live": subject is not None
            and await codes.waits(context.tx, self._tools, subject=subject, purpose=purpose),
        }
