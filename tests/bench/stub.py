"""A Bot API that costs next to nothing, and the people who talk to the bot behind it.

A raw asyncio protocol that understands as much of HTTP and of the Bot API as the competitors use: long polls, messages,
edits, answered taps. Every virtual person follows the script and takes the next step at the moment at which the bot is
told that the screen which answers the last one is there. With a latency, no answer leaves sooner than that after its
request came; nothing blocks.

The process takes rounds as JSON lines on its standard input and gives their figures as JSON lines on its output.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote_plus

import uvloop

from tests.bench.script import Step

_BATCH = 100
"""Updates a getUpdates gives at most (Bot API, getUpdates)."""
_QUIET = 0.3
"""Seconds without a call after which a finished round is over: stragglers are counted with it."""
_STALLED = 20.0
"""Seconds without a call after which an unfinished round has failed."""
_START = 60.0
"""Seconds a bot has to begin to ask for updates."""
_SCREENS = frozenset({"sendMessage", "editMessageText"})
_ME = b'{"id":1,"is_bot":true,"first_name":"Bench","username":"bench_bot","can_join_groups":true}'
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Person:
    """A virtual person: the next step, the live screen, and when the last update went out."""

    id: int
    step: int = 0
    message: int = 0
    markup: str = ""
    waits: bool = False
    told: float = 0.0


@dataclass(slots=True)
class Update:
    """An update that has not been acknowledged."""

    id: int
    body: bytes
    person: Person


@dataclass(slots=True)
class Poll:
    """A getUpdates that waits for something to happen."""

    connection: Connection
    came: float
    timer: asyncio.TimerHandle


@dataclass(slots=True)
class Round:
    """One measured stretch."""

    steps: tuple[Step, ...]
    latency: float
    left: int
    began: float = 0.0
    ended: float = 0.0
    last_call: float = 0.0
    failure: str = ""
    latencies: list[float] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)


class Stub:
    """All the server's state."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._people: dict[int, Person] = {}
        self._waiting: deque[Update] = deque()
        self._poll: Poll | None = None
        self._update = 1000
        self._message = 1000
        self._person = 100_000
        self.polled = asyncio.Event()
        self.round = Round((), 0.0, 0)

    # --- rounds --------------------------------------------------------------------------------------------

    async def play(self, steps: tuple[Step, ...], *, people: int, latency: float, pace: float) -> dict[str, Any]:
        """Let ``people`` new persons go through the script, one every ``pace`` seconds; the figures."""
        self._people.clear()
        self.round = now = Round(steps, latency, people, began=time.perf_counter(), last_call=time.perf_counter())
        cpu = time.process_time()
        for _ in range(people):
            self._person += 1
            person = self._people[self._person] = Person(self._person)
            self._act(person)
            if pace:
                self._flush()
                await asyncio.sleep(pace)
        self._flush()
        while not now.failure:
            await asyncio.sleep(0.05)
            still = time.perf_counter() - now.last_call
            if now.left == 0 and still > _QUIET + latency:
                break
            if still > _STALLED:
                now.failure = f"{now.left} of {people} conversations did not end; calls so far: {dict(now.calls)}"
        spread = sorted(now.latencies)
        return {
            "failure": now.failure,
            "seconds": now.ended - now.began,
            "updates": people * len(steps),
            "calls": sum(now.calls.values()),
            "p50": spread[len(spread) // 2] * 1000 if spread else 0.0,
            "p99": spread[int(len(spread) * 0.99)] * 1000 if spread else 0.0,
            "stub_cpu": time.process_time() - cpu,
        }

    def _act(self, person: Person) -> None:
        """Queue the person's next step."""
        step = self.round.steps[person.step]
        person.step += 1
        self._update += 1
        who = {"id": person.id, "is_bot": False, "first_name": "Ann", "language_code": "en"}
        chat = {"id": person.id, "type": "private", "first_name": "Ann"}
        if step.kind == "text":
            self._message += 1
            message: dict[str, Any] = {
                "message_id": self._message, "date": int(time.time()), "chat": chat, "from": who, "text": step.value,
            }  # fmt: skip
            if step.value.startswith("/"):
                message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(step.value)}]
            update: dict[str, Any] = {"update_id": self._update, "message": message}
        else:
            markup = json.loads(person.markup) if person.markup else {}
            shown = [button for row in markup.get("inline_keyboard", ()) for button in row]
            data = next((b["callback_data"] for b in shown if re.search(step.value, b.get("callback_data", ""))), None)
            if data is None:
                self.round.failure = f"no button {step.value!r} among {shown}"
                return
            query = {
                "id": str(self._update), "from": who, "chat_instance": "1", "data": data,
                "message": {
                    "message_id": person.message, "date": int(time.time()), "chat": chat, "text": "?",
                    "from": {"id": 1, "is_bot": True, "first_name": "Bench"}, "reply_markup": markup,
                },
            }  # fmt: skip
            update = {"update_id": self._update, "callback_query": query}
        person.waits = True
        body = json.dumps(update, separators=(",", ":")).encode()
        self._waiting.append(Update(self._update, body, person))

    def _go_on(self, person: Person) -> None:
        """The screen is there, and the bot is being told so."""
        self._act(person)
        self._flush()

    # --- calls ---------------------------------------------------------------------------------------------

    def call(self, connection: Connection, method: str, body: bytes) -> None:
        """Answer one call of the bot's."""
        if method == "getUpdates":
            self._polled(connection, _fields(body))
            return
        now = self.round
        now.last_call = time.perf_counter()
        now.calls[method] += 1
        if method in _SCREENS:
            result = self._screen(method, _fields(body), now)
        elif method == "getMe":
            result = _ME
        else:
            result = b"true"
        self._answer(connection, result, now.latency)

    def _screen(self, method: str, fields: dict[str, str], now: Round) -> bytes:
        chat = int(fields["chat_id"])
        if method == "sendMessage":
            self._message += 1
            message = self._message
        else:
            message = int(fields["message_id"])
        person = self._people.get(chat)
        if person is not None and person.waits:
            person.waits = False
            person.message = message
            person.markup = fields.get("reply_markup", "")
            now.latencies.append(now.last_call - person.told)
            if person.step == len(now.steps):
                now.left -= 1
                now.ended = now.last_call
            elif now.latency:
                self._loop.call_later(now.latency, self._go_on, person)
            else:
                self._go_on(person)
        return b'{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"},"text":"?"}' % (message, chat)

    def _answer(self, connection: Connection, result: bytes, latency: float) -> None:
        if latency:
            self._loop.call_later(latency, connection.answer, result)
        else:
            connection.answer(result)

    # --- long polls ----------------------------------------------------------------------------------------

    def _polled(self, connection: Connection, fields: dict[str, str]) -> None:
        self.polled.set()
        offset = int(fields.get("offset", "0"))
        while self._waiting and self._waiting[0].id < offset:
            self._waiting.popleft()
        wait = float(fields.get("timeout", "0"))
        self._poll = Poll(connection, self._loop.time(), self._loop.call_later(wait, self._give, connection))
        self._flush()

    def _flush(self) -> None:
        """Answer the poll that waits, if there is something for it, as soon as the latency allows."""
        poll = self._poll
        if poll is None or not self._waiting:
            return
        rest = poll.came + self.round.latency - self._loop.time()
        self._poll = None
        poll.timer.cancel()
        if rest > 0:
            self._loop.call_later(rest, self._give, poll.connection)
        else:
            self._give(poll.connection)

    def _give(self, connection: Connection) -> None:
        """Give what waits, or nothing when the time of the poll is up."""
        if self._poll is not None and self._poll.connection is connection:
            self._poll = None
        batch = [self._waiting[place] for place in range(min(_BATCH, len(self._waiting)))]
        connection.answer(b"[" + b",".join([update.body for update in batch]) + b"]")
        now = time.perf_counter()
        for update in batch:
            update.person.told = now

    def gone(self, connection: Connection) -> None:
        """The connection is closed: what waited on it waits no more."""
        if self._poll is not None and self._poll.connection is connection:
            self._poll.timer.cancel()
            self._poll = None


class Connection(asyncio.Protocol):
    """One keep-alive connection; a request at a time, as HTTP clients do."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._read = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class is none by name

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None
        self._stub.gone(self)

    def data_received(self, data: bytes) -> None:
        self._read += data
        while True:
            end = self._read.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._read, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._read) < whole:
                return
            path = self._read[: self._read.index(b"\r")].split(b" ")[1]
            body, self._read = self._read[end + 4 : whole], self._read[whole:]
            self._stub.call(self, path[path.rindex(b"/") + 1 :].decode(), body)

    def answer(self, result: bytes) -> None:
        """Send ``result`` as a granted call."""
        if self._transport is not None:
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                b'{"ok":true,"result":%b}' % (len(result) + 21, result)
            )


def _fields(body: bytes) -> dict[str, str]:
    """The parameters of a JSON body or a form; of a form only the keyboard is decoded, the rest is plain as it is."""
    if not body.startswith(b"{"):
        pairs = (pair.split("=", 1) for pair in body.decode().split("&") if pair)
        return {name: unquote_plus(value) if name == "reply_markup" else value for name, value in pairs}
    parsed: dict[str, str] = json.loads(body)
    return parsed


async def serve() -> None:
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    stub = Stub()
    server = await loop.create_server(lambda: Connection(stub), "127.0.0.1", 0)
    _say({"port": server.sockets[0].getsockname()[1]})
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    try:
        await asyncio.wait_for(stub.polled.wait(), _START)
    except TimeoutError:
        _say({"failure": f"no getUpdates within {_START:.0f} seconds"})
        return
    _say({})
    while line := await orders.readline():
        order = json.loads(line)
        steps = tuple(Step(**step) for step in order["steps"])
        _say(await stub.play(steps, people=order["people"], latency=order["latency"], pace=order["pace"]))
    server.close()


def _say(figures: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(serve())
