"""Plays one script, from its first step to its last, and stops at the first difference."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.clock import SECOND
from bot.db import watch
from bot.domain import totp
from bot.sandbox.messages import MEDIA_KINDS
from bot.scripts import acts, matching
from bot.scripts.drivers import ActRefused
from bot.scripts.script import Difference, Script, Step
from bot.scripts.seen import Seen
from bot.scripts.stage import Stage
from bot.scripts.texts import filled
from bot.scripts.transcript import Transcript

_ASKED = frozenset({"bot", "toast", "deletes", "desk", "undelivered", "expect", "ignore"})
"""Verbs that expect something; ``sms`` and ``email`` do so unless they make a gateway fail."""
_ORDER = ("deletes", "bot", "toast", "sms", "email", "desk", "undelivered")
"""What came of one act reads in this order; the channels themselves run side by side."""
_UNTOLD = frozenset({"text", "label", "save", "as", "fill"})
"""Fields that the transcript shows otherwise, or not at all."""
_ZEROS = {"wide": 0xFF10, "arabic": 0x0660}
"""Where in Unicode the digits of other keyboards begin."""


@dataclass(slots=True)
class Outcome:
    """What came of a script: how it read, the edges it took, and where it differed, if it did."""

    script: Script
    driver: str
    transcript: Transcript
    edges: list[str]
    difference: Difference | None


Look = Callable[["Player"], Awaitable[None]]


async def played(script: Script, driver: str = "inprocess", look: Look | None = None) -> Outcome:
    """Play the script on a fresh stage; ``look`` sees the end of it, while everything is still there."""
    transcript = Transcript(script)
    difference: Difference | None = None
    edges: list[str] = []
    try:
        async with Stage(filled(dict(script.given), script.values, lambda _name: None), driver) as stage:
            player = Player(script, stage, transcript)
            try:
                await player.play()
                if look is not None:
                    await look(player)
            finally:
                edges = await stage.db(watch.actions)
    except Difference as found:
        difference = found
        transcript.wrong(found.step, str(found))
    return Outcome(script, driver, transcript, edges, difference)


class Player:
    """One script on its stage."""

    def __init__(self, script: Script, stage: Stage, transcript: Transcript) -> None:
        self.script = script
        self.stage = stage
        self.transcript = transcript
        self.person = stage.user
        self.values: dict[str, str] = dict(script.values)
        self.said: dict[int, str] = {}
        """What the person wrote, by message id: a deleted message no longer says."""
        self.queue: list[Seen] = []
        self.before: dict[str, list[dict[str, Any]]] = {}

    async def play(self) -> None:
        """Every step, then what must hold at the end.

        Raises:
            Difference: the first one.
        """
        for table in self.script.expect.get("unchanged") or ():
            self.before[str(table)] = await matching.rows(self, str(table))
        for step in self.script.steps:
            try:
                await self._step(step)
            except Difference as difference:
                difference.step = difference.step or step
                raise
        self._nothing_left()
        await matching.holds(self, self._filled(self.script.expect))

    async def _step(self, step: Step) -> None:
        args = self._filled(step.args)
        if step.verb in _ASKED or (step.verb in ("sms", "email") and "fail" not in args):
            await self._asked(step.verb, args)
            return
        self._nothing_left()
        self._told(step.verb, args)
        if step.verb not in acts.INSTANT and "fail" not in args:
            await self.stage.pace()
            self.look()
        try:
            if step.verb in MEDIA_KINDS:
                await acts.media(self, args, step.verb)
            elif step.verb in ("sms", "email"):
                await acts.gateway(self, args, step.verb)
            else:
                await acts.ACTS[step.verb](self, args)
        except ActRefused as refused:
            raise Difference(str(refused)) from None

    async def _asked(self, verb: str, args: Mapping[str, Any]) -> None:
        match verb:
            case "expect":
                await matching.holds(self, args)
            case "sms" | "email":
                matching.letter(self, args, verb)
            case _:
                getattr(matching, verb)(self, args)

    def _told(self, verb: str, args: Mapping[str, Any]) -> None:
        """The act in the transcript."""
        rest = {name: value for name, value in args.items() if name not in _UNTOLD}
        words = str(args.get("text") or args.get("label") or " ".join(f"{n}: {v}" for n, v in rest.items()))
        if verb == "form" and "fill" in args:
            words = ", ".join(
                f"{name}: {'********' if name != 'email' else value}" for name, value in args["fill"].items()
            )
        who = {"tap": "user", "user": "user", "agent": "agent", "form": "form", "wait": "time"}.get(verb, "user")
        shown = words if verb in ("user", "agent", "form", "wait") else f"({verb.replace('_', ' ')}) {words}".rstrip()
        self.transcript.acted(who, shown)

    def _filled(self, args: Mapping[str, Any]) -> dict[str, Any]:
        try:
            made: dict[str, Any] = filled(dict(args), self.values, self._special)
        except LookupError as error:
            raise Difference(str(error)) from None
        return made

    def _special(self, name: str) -> str | None:
        """``{totp}``: the app's code now, ``{totp-90}`` of 90 s ago; ``{wrong}``: a code that is not right.

        ``{wide}`` and ``{arabic}``: the saved code in other keyboards' digits; ``{recovery}``: a recovery code.
        """
        word, sign, offset = name.partition("-") if "-" in name else name.partition("+")
        if word == "totp" and "totp" not in self.values:
            key = self.values.get("key", "").replace(" ", "") or next(iter(self.stage.keys.values()), "")
            if not key:
                raise LookupError("there is no authenticator: give the account totp, or save its key as key")
            # A person types the code a moment after the script says so.
            now = self.stage.clock.now() + SECOND + (int(f"{sign}{offset}") * SECOND if offset else 0)
            return totp.code_at(key, totp.step_at(now))
        if word == "recovery" and "recovery" not in self.values:
            return next(iter(self.stage.codes.values()), [""])[0]
        if word == "wrong" and "wrong" not in self.values:
            right = self.values.get("code", "000000")
            return right[:-1] + str((int(right[-1]) + 1) % 10)
        if word in _ZEROS and word not in self.values:
            return "".join(chr(_ZEROS[word] + int(digit)) for digit in self.values.get("code", "000000"))
        return None

    # --- for the verbs -------------------------------------------------------------------------------------

    async def act(self, name: str, fields: Mapping[str, Any], *, settle: bool = True) -> Mapping[str, Any]:
        """Let somebody do something, and what follows from it happen."""
        made = await self.stage.driver.act(name, fields)
        if made.get("message_id") and "chat" not in fields:
            self.said[made["message_id"]] = str(fields.get("text") or fields.get("caption") or "")
        if settle:
            await self.stage.settle()
            self.look()
        return made

    def look(self) -> None:
        """Take over what has come out meanwhile."""
        for seen in sorted(self.stage.journal, key=lambda seen: _ORDER.index(seen.queue)):
            self.transcript.seen(seen)
            if not self.script.ignore & {*seen.keys, seen.queue}:
                self.queue.append(seen)
        self.stage.journal.clear()

    def take(self, queue: str, wanted: str, *, chat: int | None = None) -> Seen:
        """The next thing of a queue.

        Raises:
            Difference: there is none.
        """
        for index, seen in enumerate(self.queue):
            if seen.queue == queue and chat in (None, seen.chat):
                return self.queue.pop(index)
        raise self._missing(queue, wanted)

    def firsts(self, queue: str, wanted: str) -> list[Seen]:
        """The next thing of each lane of a queue.

        Raises:
            Difference: there is none.
        """
        lanes = {seen.lane: seen for seen in reversed(self.queue) if seen.queue == queue}
        if not lanes:
            raise self._missing(queue, wanted)
        return [seen for seen in self.queue if lanes.get(seen.lane) is seen]

    def _missing(self, queue: str, wanted: str) -> Difference:
        rest = "; ".join(f"{seen.queue}: {' '.join(seen.keys)}" for seen in self.queue) or "nothing"
        return Difference(f"expected {queue}: {wanted}, but what came was {rest}")

    def bot_message(self, number: int) -> int:
        """Message id of the bot's message with this number in the person's chat; from the end where negative."""
        shown = self.stage.shown(self.person)
        try:
            found = shown[number - 1 if number > 0 else number].message
        except IndexError:
            raise Difference(f"the bot has sent only {len(shown)} messages here") from None
        return int(found or 0)

    def _nothing_left(self) -> None:
        if self.queue:
            rest = "; ".join(f"{seen.queue}: {' '.join(seen.keys)} {seen.text!r}" for seen in self.queue)
            raise Difference(f"nothing more was expected, but there came {rest}")
