"""The sandbox's world: Telegram, its people and the gateways, in memory and without HTTP.

``call`` runs a Bot API method as the bot; ``acts`` is what people do; ``sms`` and ``email`` are the gateways.
Every change goes through ``touch``, which numbers it, so that a page can ask for what is new since a version.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from typing import TYPE_CHECKING, Any, Final

from bot.clock import SECOND
from bot.sandbox import ids
from bot.sandbox.acts import Acts
from bot.sandbox.answers import Answer
from bot.sandbox.chats import ANONYMOUS_ADMIN, CHANNEL_FORWARDER, Chat, Member, Person
from bot.sandbox.errors import ApiError, NoAnswer
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.files import Files, Upload
from bot.sandbox.floods import Floods
from bot.sandbox.inbox import Inbox
from bot.sandbox.journal import Journal
from bot.sandbox.messages import Message
from bot.sandbox.methods import METHODS, Method
from bot.sandbox.params import Args
from bot.sandbox.rooms import Rooms
from bot.sandbox.shapes import message_json
from bot.sandbox.state import Settings, State
from bot.sandbox.updates import Updates
from bot.sandbox.webhooks import Post, Webhooks, post_over_http

if TYPE_CHECKING:
    from bot.clock import Clock

Json = dict[str, Any]

BOT_ID: Final = 7_000_000_001
BOT_TOKEN: Final = f"{BOT_ID}:AAGsandbox-phonedesk-not-a-secret-1"
GATEWAY_TOKEN: Final = "sandbox-gateway"  # noqa: S105 - published in docs/sandbox.md; it opens nothing else
_TOKEN: Final = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{35}")
_UPDATE_IDS: Final = 100_000_000
_EPOCH_START: Final = 1_600_000_000 * SECOND


class World:
    """One simulated Telegram with one bot.

    Args:
        clock: the time of everything in it.
        seed: the same seed gives the same identifiers; None starts update ids at the clock's seconds, so that they are
            new to a bot that remembers an earlier world.
        bot: the bot's account.
        state: a saved world to go on with, instead of the two above.
        blobs: the bytes of its files.
        post: how updates reach a webhook; over HTTP when left out.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int | None = None,
        bot: Person | None = None,
        state: State | None = None,
        blobs: dict[str, bytes] | None = None,
        post: Post = post_over_http,
    ) -> None:
        self.clock = clock
        self.gateway_token = GATEWAY_TOKEN
        self.held = 0
        self._waiters: set[asyncio.Future[None]] = set()
        self._post = post
        self._begin(state or _new_state(clock, seed, bot), {} if blobs is None else blobs)

    def _begin(self, state: State, blobs: dict[str, bytes]) -> None:
        self.state = state
        self.files = Files(state, blobs)
        self.webhooks = Webhooks(self, self._post)
        self.updates = Updates(self)
        self.faults = Faults()
        self.floods = Floods(self.clock)
        self.journal = Journal()
        self.inbox = Inbox(self)
        self.rooms = Rooms(self)
        self.acts = Acts(self)

    def reset(self) -> None:
        """An empty world with the same bot; update and message ids go on where they were."""
        old = self.state
        self.updates.terminate("terminated by a reset of the sandbox")
        self.webhooks.cancel()
        new = _new_state(self.clock, old.seed, old.people[old.bot.id])
        new.next_update_id = old.next_update_id + 1_000
        new.next_private_id = old.next_private_id
        new.version = old.version + 1
        new.counts = dict(old.counts)
        new.begin_epoch(self.clock.now())
        self._begin(new, {})
        self.touch()

    async def close(self) -> None:
        """Stop posting to a webhook and answer a waiting getUpdates."""
        self.updates.terminate("terminated by the end of the sandbox")
        self.touch()  # a page that waits for a change is let go
        await self.webhooks.close()

    # -- short names ----------------------------------------------------------------------------------------

    @property
    def bot(self) -> Person:
        """The bot's account."""
        return self.state.bot

    @property
    def settings(self) -> Settings:
        """How strict this world is."""
        return self.state.settings

    def take_updates(self) -> list[Json]:
        """Every update that waits, confirmed at once."""
        return self.updates.take()

    def messages(self, chat: int, *, after: int = 0) -> list[Message]:
        """A chat's messages above an id that are not deleted, oldest first."""
        place = self.state.chats.get(chat)
        kept = place.messages.values() if place else ()
        return [message for message in kept if message.id > after and not message.deleted]

    async def sms(self, token: str, body: Any) -> Answer:
        """One request to the SMS gateway; raises ``NoAnswer`` when a fault asks for it."""
        return await self.inbox.accept("sms", token, body)

    async def email(self, token: str, body: Any) -> Answer:
        """One request to the email gateway; raises ``NoAnswer`` when a fault asks for it."""
        return await self.inbox.accept("email", token, body)

    async def hold(self, ms: int) -> None:
        """Let a caller wait on the sandbox's clock; ``held`` counts those who do."""
        self.held += 1
        try:
            await self.clock.sleep(ms)
        finally:
            self.held -= 1

    # -- changes --------------------------------------------------------------------------------------------

    def touch(self) -> int:
        """Number a change and wake whoever waits for one."""
        self.state.version += 1
        if self._waiters:
            waiters, self._waiters = self._waiters, set()
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
        return self.state.version

    async def changed(self, since: int, seconds: float | None = None) -> bool:
        """Wait until the version is above ``since``; False when ``seconds`` of real time ran out."""
        try:
            async with asyncio.timeout(seconds):
                while self.state.version <= since:
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiters.add(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiters.discard(waiter)
        except TimeoutError:
            return False
        return True

    # -- messages -------------------------------------------------------------------------------------------

    def post(self, chat: Chat, sender: int, content: Json, **fields: Any) -> Message:
        """Put a message into a chat; ``fields`` are those of ``Message``."""
        if chat.type == "supergroup":
            number, chat.next_id = chat.next_id, chat.next_id + 1
        else:
            number, self.state.next_private_id = self.state.next_private_id, self.state.next_private_id + 1
        message = Message(number, chat.id, sender, self.clock.now(), content, **fields)
        message.out = sender == self.bot.id
        message.version = self.touch()
        chat.messages[number] = message
        return message

    def service(self, chat: Chat, actor: int, content: Json, thread: int | None = None) -> Message:
        """Put a service message into a chat and tell the bot, even of its own (platform.md 2.5)."""
        message = self.post(chat, actor, content, service=True, thread=thread)
        self.notify(message)
        return message

    def notify(self, message: Message, kind: str = "message") -> int | None:
        """Queue the update about a message, when the bot is to hear of it; return its id."""
        chat = self.state.chats[message.chat]
        if not self._hears(chat, message):
            return None
        return self.updates.push(kind, message_json(self.state, message), f"chat:{chat.id}")

    def _hears(self, chat: Chat, message: Message) -> bool:
        if chat.type == "private":
            return not self.state.people[chat.id].blocked
        member = chat.member(self.bot.id)
        if not member.present:
            return False
        if member.admin or message.service or not self.settings.privacy:
            return True
        text = message.content.get("text", "")
        target = chat.messages.get(message.reply_to or 0)
        return text.startswith("/") or (target is not None and target.out)

    # -- the Bot API ----------------------------------------------------------------------------------------

    async def call(self, token: str, method: str, params: Json, files: dict[str, Upload] | None = None) -> Answer:
        """Run a Bot API method.

        Args:
            token: the bot's token.
            method: its name, in any case of letters.
            params: its parameters as text or as Python objects.
            files: uploads, by parameter or by the name behind ``attach://``.

        Returns:
            Telegram's answer: status, body, headers.

        Raises:
            NoAnswer: a fault asks for it.
        """
        if token != self.state.token:
            text = "Unauthorized" if _TOKEN.fullmatch(token) else "Unauthorized: invalid token specified"
            return Answer(401, {"ok": False, "error_code": 401, "description": text})
        entry = METHODS.get(method.lower())
        if entry is None:
            return _refused(ApiError(404, "method not found"))
        args = Args(params, files)
        record = _Record(self, entry.name, params, files)
        fault = self.faults.take(entry.name, chat=args.integer("chat_id") or None)
        try:
            if fault is not None:
                answer = await self._before(fault)
                if answer is not None:
                    record.write(answer)
                    return answer
            answer = await self._run(entry, args)
        except NoAnswer:
            record.write(None)
            raise
        except ApiError as error:
            answer = _refused(error)
        stored = answer.ok and entry.stores
        if fault is not None and fault.kind == "timeout_after":
            record.write(None, stored=stored)
            raise NoAnswer(stored=True, hold_ms=fault.hold_ms)
        record.write(answer, stored=stored)
        return answer

    async def _run(self, entry: Method, args: Args) -> Answer:
        entry.check(args)
        self.floods.check(self.settings.flood, args.integer("chat_id") or None, entry.cost(args), posts=entry.posts)
        result = entry.handler(self, args)
        if inspect.isawaitable(result):
            result = await result
        body = {"ok": True, "result": result}
        return Answer(200, body if not entry.note else {**body, "description": entry.note(self)})

    async def _before(self, fault: Fault) -> Answer | None:
        match fault.kind:
            case "slow":
                await self.hold(fault.delay_ms)
            case "error":
                wait = fault.retry_after or 1
                headers = {"Retry-After": str(wait)} if fault.code == 429 else {}
                return Answer(fault.code, fault.error_body(), headers)
            case "timeout_before" | "reset":
                raise NoAnswer(stored=False, hold_ms=fault.hold_ms)
            case _:
                pass
        return None


class _Record:
    """One call on its way into the journal."""

    def __init__(self, world: World, method: str, params: Json, files: dict[str, Upload] | None) -> None:
        self._world = world
        self._method = method
        self._params = params
        if files:
            self._params = params | {name: f"file {file.name}" for name, file in files.items()}

    def write(self, answer: Answer | None, *, stored: bool = False) -> None:
        if answer is not None and answer.ok and self._method == "getUpdates":
            return  # a poll every few seconds would push out what matters
        self._world.journal.add(
            at=self._world.clock.now(),
            method=self._method,
            params=self._params,
            ok=None if answer is None else answer.ok,
            error_code=None if answer is None or answer.ok else answer.status,
            description="" if answer is None else answer.body.get("description", ""),
            stored=stored,
        )


def _refused(error: ApiError) -> Answer:
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return Answer(error.code, error.body(), headers)


def _new_state(clock: Clock, seed: int | None, bot: Person | None) -> State:
    account = bot or Person(BOT_ID, "Phone desk", username="phonedesk_bot", is_bot=True)
    if seed is None:
        first = _UPDATE_IDS + max(0, clock.now() - _EPOCH_START) // SECOND
    else:
        first = _UPDATE_IDS + int(ids.number(seed, "update", 0)) % (4 * _UPDATE_IDS)
    token = BOT_TOKEN if account.id == BOT_ID else f"{account.id}:{BOT_TOKEN.partition(':')[2]}"
    start = seed if seed is not None else clock.now()
    state = State(
        seed=start,
        epoch="",
        bot=account,
        token=token,
        next_update_id=first,
        now=clock.now(),
    )
    state.begin_epoch(clock.now())
    anonymous = Person(ANONYMOUS_ADMIN, "Group", username="GroupAnonymousBot", is_bot=True)
    forwarder = Person(CHANNEL_FORWARDER, "Telegram")
    state.people = {person.id: person for person in (account, anonymous, forwarder)}
    return state


__all__ = ["BOT_ID", "BOT_TOKEN", "GATEWAY_TOKEN", "Member", "World"]
