"""Random walks through the whole product, in process: always an answer, always a way to a human, nothing unproved."""

from __future__ import annotations

import asyncio
import os
import re

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot import log
from bot.clock import HOUR, SECOND
from bot.db import watch
from bot.domain import totp
from bot.sandbox.demo import AGENTS
from bot.scripts.drivers import ActRefused
from bot.scripts.seen import Seen
from bot.scripts.stage import Stage

WALKS = 1_000 if os.environ.get("CHAOS") else 12
STEPS = 30
ANN = 7001
ANSWER_WITHIN = 30
"""Seconds of the bot's clock within which an answer must come: a chat that talks fast has used up its messages."""
TO_A_HUMAN = ("person", "reason")
"""Buttons that lead to one."""
NUMBERS = ("+447400123456", "+4915112345678", "+233241234567")
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")

TEXTS = st.one_of(
    st.sampled_from(
        ("/start", "/cancel", "/help", "/person", "/privacy", "/language", "/start abc", "hello", "000000", "uk",
         "Germany", "+45", "🇫🇷", "northkorea", "(╯°□°)╯", "07400 123456", "\u202e123456",
         "\uff11\uff12\uff13\uff14\uff15\uff16", "<b>x</b>{{7*7}}", *NUMBERS)
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(str.strip),
)  # fmt: skip
ACCOUNTS = st.sampled_from(
    (
        None,
        {"email": "ann@example.com", "signed_in": True},
        {"email": "ann@example.com", "signed_in": True, "totp": True},
        {"email": "ann@example.com", "signed_in": True, "phone": "+447400123457"},
    )
)


class Walk(RuleBasedStateMachine):
    """One person who does anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stage: Stage | None = None
        self.blocked = False
        self.proved: set[str] = set()
        """Numbers whose SMS code was typed."""

    @initialize(account=ACCOUNTS)
    def begin(self, account) -> None:
        log.configure("console", "CRITICAL")
        given = {"user": {"id": ANN, "lang": "en"}, **({"account": account} if account else {})}
        self.stage = Stage(given)
        self.run(self.stage.__aenter__())
        if account and "phone" in account:
            self.proved.add(account["phone"])
        self.do("say", text="/start")

    def teardown(self) -> None:
        if self.stage is not None:
            self.run(self.stage.__aexit__())
        self.runner.close()

    def run(self, coroutine):
        return self.runner.run(coroutine)

    # --- what can happen -----------------------------------------------------------------------------------

    @rule(text=TEXTS)
    def says(self, text) -> None:
        self.do("say", text=text)

    @rule(pick=st.randoms(use_true_random=False), old=st.booleans(), twice=st.booleans())
    def taps(self, pick, old, twice) -> None:
        shown = [seen for seen in self.stage.world.messages(ANN) if seen.out and seen.inline]
        if not shown:
            return
        message = pick.choice(shown) if old else shown[-1]
        buttons = [button for row in message.inline for button in row if "callback_data" in button]
        if buttons:
            button = pick.choice(buttons)
            self.do("tap", times=1 + twice, data=button["callback_data"], message_id=message.id)

    @rule(kind=st.sampled_from(("photo", "voice", "sticker", "document")))
    def sends(self, kind) -> None:
        self.do("media", kind=kind)

    @rule(own=st.booleans(), forwarded=st.booleans(), phone=st.sampled_from(NUMBERS))
    def shares_a_contact(self, own, forwarded, phone) -> None:
        self.do("contact", own=own, forwarded=forwarded, phone=phone)

    @rule(channel=st.sampled_from(("sms", "email")), age=st.integers(1, 2))
    def code(self, channel, age) -> None:
        """The newest code that came, or the one before it."""
        self.types_a_code(channel, age)

    def types_a_code(self, channel, age) -> None:
        letters = [*(self.stage.world.state.sms if channel == "sms" else self.stage.world.state.emails)]
        coded = [letter for letter in letters if CODE.search(letter.text)]
        if len(coded) >= age:
            letter = coded[-age]
            self.proved.add(letter.to)
            self.do("say", text=CODE.search(letter.text)[0])

    @precondition(lambda self: self.stage is not None and self.stage.keys)
    @rule()
    def types_an_app_code(self) -> None:
        [key] = self.stage.keys.values()
        self.do("say", text=totp.code_at(key, totp.step_at(self.stage.clock.now())))

    @rule(far=st.integers(1, 10), number=st.sampled_from(NUMBERS))
    def binds(self, far, number) -> None:
        """The straight way, so far: walks have to get somewhere to go wrong there."""
        ways = (
            lambda: self.press("Account security"),
            lambda: self.press("Mobile phone"),
            lambda: self.press("Set"),
            lambda: self.press("Email code"),
            lambda: self.types_a_code("email", 1),
            lambda: self.do("say", text="uk"),
            lambda: self.do("say", text=number),
            lambda: self.press("Send code"),
            lambda: self.types_a_code("sms", 1),
            lambda: self.press("Activate"),
        )
        for way in ways[:far]:
            way()

    @rule(label=st.sampled_from(("Send code", "Activate", "Send again", "Talk to a person", "Something else", "Back")))
    def presses(self, label) -> None:
        self.press(label)

    @rule(seconds=st.sampled_from((1, 31, 301, 601, 3_700, 90_000)))
    def waits(self, seconds) -> None:
        self.run(self.stage.wait(seconds * SECOND))

    @rule(kill=st.booleans())
    def restarts(self, kill) -> None:
        self.run(self.stage.restart(kill=kill))

    @rule()
    def telegram_repeats_itself(self) -> None:
        self.run(self.stage.driver.act("again", {}))
        self.run(self.stage.settle())

    @rule(yes=st.booleans())
    def blocks(self, yes) -> None:
        if yes == self.blocked:
            return
        self.blocked = yes
        self.run(self.stage.driver.act("block" if yes else "unblock", {"person": ANN}))
        self.run(self.stage.settle())

    @rule(text=st.sampled_from(("We look into it.", "/close", "//a note", "/reopen", "/what")))
    def an_agent_writes(self, text) -> None:
        thread = self.run(self.stage.thread(ANN))
        if thread is not None:
            try:
                self.run(self.stage.driver.act(
                    "say", {"person": AGENTS[0], "chat": self.stage.forum, "thread": thread, "text": text}
                ))  # fmt: skip
            except ActRefused:
                return  # a closed topic takes no messages
            self.run(self.stage.settle())

    # --- what must hold ------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_bound_without_proof(self) -> None:
        if self.stage is None:
            return
        bound = self.rows("accounts")
        codes = [row for row in self.rows("codes") if row["purpose"] == "bind_phone" and row["status"] == "used"]
        for account in bound:
            if account["phone_at"] and self.stage.clock.now() and account["phone_at"] != account["created_at"]:
                assert [account["phone_at"]] == [code["used_at"] for code in codes if code["subject"] == account["id"]]
                assert any(number in self.proved for number in NUMBERS)

    @invariant()
    def no_turn_is_put_aside(self) -> None:
        if self.stage is not None:
            assert [] == [row["error"] for row in self.rows("inbox") if row["aside_at"]]

    @invariant()
    def codes_are_few(self) -> None:
        """At most five an hour to one place (security.md, recommended defaults)."""
        if self.stage is None:
            return
        for inbox in (self.stage.world.state.sms, self.stage.world.state.emails):
            sent = [(letter.to, letter.at) for letter in inbox if CODE.search(letter.text)]
            for to, at in sent:
                assert 5 >= sum(other == to and at <= then < at + HOUR for other, then in sent)

    @invariant()
    def a_human_is_near(self) -> None:
        if self.stage is None or self.blocked:
            return
        shown = [message for message in self.stage.world.messages(ANN) if message.out and message.markup]
        buttons = [str(button) for row in shown[-1].inline for button in row] if shown else []
        ticket = any(row["status"] == "open" for row in self.rows("tickets"))
        keyboard = bool(shown) and "keyboard" in shown[-1].markup
        assert ticket or keyboard or any(f"|{way}|" in button for button in buttons for way in TO_A_HUMAN)

    # --- helpers -------------------------------------------------------------------------------------------

    def rows(self, table):
        return self.run(self.stage.db(lambda tx: watch.rows(tx, table)))

    def press(self, label) -> None:
        shown = [message for message in self.stage.world.messages(ANN) if message.out and message.inline]
        if shown and any(button["text"] == label for row in shown[-1].inline for button in row):
            self.do("tap", label=label, message_id=shown[-1].id)

    def do(self, name, *, times=1, **fields) -> None:
        """Let the person do something, and see to it that it is answered."""
        if self.blocked and name != "tap":
            self.blocks(yes=False)
        self.run(self.stage.pace())
        self.stage.journal.clear()
        try:
            presses = [self.run(self.stage.driver.act(name, {"person": ANN, **fields})) for _ in range(times)]
        except ActRefused:
            return  # the button is gone by now
        self.run(self.stage.settle())
        for _ in range(ANSWER_WITHIN):
            if self.answered():
                break
            self.run(self.stage.wait(SECOND))
        queries = [self.stage.world.state.queries.get(press.get("query_id") or "") for press in presses]
        assert self.blocked or all(query is None or query.answered for query in queries), f"{name} {fields}: it spins"
        assert self.blocked or self.answered() or name == "tap", f"{name} {fields} was never answered"

    def answered(self) -> bool:
        """Whether the person saw something, or an agent got it."""
        return any(
            seen.queue in ("bot", "toast", "undelivered") or seen.keys == ("desk/relay",) for seen in self.journal
        )

    @property
    def journal(self) -> list[Seen]:
        return self.stage.journal


class TestWalk(Walk.TestCase):
    """Runs the walks."""

    settings = settings(
        max_examples=WALKS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
    )
