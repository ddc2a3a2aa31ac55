"""People who bind a phone and then talk to an agent, however often the bot dies meanwhile."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from bot.sandbox import World
from bot.sandbox.demo import AGENTS, FORUM
from bot.sandbox.messages import Message

PATIENCE = 60.0
"""Seconds of real time after which an answer counts as lost."""
CODE = re.compile(r"\b\d{6}\b")


class Person:
    """One person. ``did`` is called after everything they do."""

    def __init__(self, world: World, number: int, did: Callable[[], None]) -> None:
        self.world = world
        self.id = number
        self.email = f"p{number}@example.com"
        # No neighbours: twenty codes an hour are all that numbers alike but for their last four digits get.
        self.phone = f"+49151{number * 104_729 % 10**8:08d}"
        self.answer = f"Hello, this is Mira for {number}."
        self.question = f"Please help me, I am {number}."
        self.sms = 0
        self._did = did

    async def live(self) -> None:
        """The whole conversation."""
        await self.say("/start", "Account security")
        await self.tap("Account security", "Mobile phone")
        await self.tap("Mobile phone", "Set")
        await self.tap("Set", "Email code")
        await self.tap("Email code", text="Please type the code")
        await self.say(await self.mailed(), text="Which country")
        await self.say("Germany", "Share my number")
        await self.say(self.phone, "Send code")
        await self.tap("Send code", text="+49")
        code = await self.texted()
        await self.say(self.wrong(code), text="not right")
        await self.say(code, "Activate")
        await self.tap("Activate", text="now protects")
        await self.tap("Talk to a person", "Something else")
        await self.tap("Something else", "Close the ticket")
        self.act("say", text=self.question)
        thread = await self.thread()
        self.world.acts.say(AGENTS[0], "/claim", chat=FORUM, thread=thread)
        await self.until(lambda: any("Mira" in text(message) for message in self.messages()), "Mira has joined")
        self.world.acts.say(AGENTS[0], self.answer, chat=FORUM, thread=thread)
        self._did()
        await self.until(lambda: any(self.answer == text(message) for message in self.messages()), self.answer)

    # --- doing ---------------------------------------------------------------------------------------------

    def act(self, name: str, **fields) -> None:
        getattr(self.world.acts, name)(person=self.id, **fields)
        self._did()

    async def say(self, words: str, button: str = "", text: str = "") -> None:
        """Write, and wait for a screen with that button or text."""
        before = self.world.state.version
        self.act("say", text=words)
        await self.answered(before, button, text)

    async def tap(self, label: str, button: str = "", text: str = "") -> None:
        """Tap, and wait likewise."""
        await self.until(lambda: label in labels(self.live_screen()), label)
        before = self.world.state.version
        self.act("tap", label=label)
        await self.answered(before, button, text)

    # --- waiting -------------------------------------------------------------------------------------------

    async def answered(self, before: int, button: str, wanted: str) -> None:
        def there() -> bool:
            return any(
                message.version > before and (button in labels(message) if button else wanted in text(message))
                for message in self.messages()
            )

        await self.until(there, button or wanted)

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for the sandbox to change until ``holds``."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():
                    await self.world.changed(self.world.state.version)
        except TimeoutError:
            seen = "\n".join(f"  {message.id}: {text(message)!r} {labels(message)}" for message in self.messages()[-3:])
            raise AssertionError(f"{self.id} waited in vain for {what!r}; they see\n{seen}") from None

    async def mailed(self) -> str:
        def letters():
            return [mail for mail in self.world.inbox.email_to(self.email) if CODE.search(mail.text)]

        await self.until(lambda: bool(letters()), "a letter")
        return CODE.search(letters()[-1].text)[0]

    async def texted(self) -> str:
        await self.until(lambda: bool(self.world.inbox.sms_to(self.phone)), "an SMS")
        return CODE.search(self.world.inbox.sms_to(self.phone)[-1].text)[0]

    async def thread(self) -> int:
        """The topic into which the question was copied."""

        def copies():
            return [message for message in self.world.messages(FORUM) if text(message) == self.question]

        await self.until(lambda: bool(copies()), "the question in the agents' group")
        return copies()[-1].thread

    # --- seeing --------------------------------------------------------------------------------------------

    def messages(self) -> list[Message]:
        return [message for message in self.world.messages(self.id) if message.out]

    def live_screen(self) -> Message | None:
        shown = [message for message in self.messages() if message.inline]
        return shown[-1] if shown else None

    @staticmethod
    def wrong(code: str) -> str:
        return code[:-1] + str((int(code[-1]) + 1) % 10)


def text(message: Message) -> str:
    return str(message.content.get("text") or message.content.get("caption") or "")


def labels(message: Message | None) -> list[str]:
    return [button["text"] for row in (message.inline if message else []) for button in row]
