"""What holds of codes however sends, guesses, changes of mind and time are interleaved: a state machine on real tables.

Security.md, section 5, last paragraph. The model knows every code that was made; the bot knows only hashes.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.clock import DAY, HOUR, MINUTE, SECOND, ManualClock
from bot.db import accounts, codes, limits
from bot.db.base import Db
from bot.db.codes import Issued
from bot.db.connect import connect
from bot.db.limits import CODE
from bot.db.migrate import migrate
from bot.domain import codes as policy
from bot.domain.spending import Allowance
from bot.tools import Tools
from conversations import events as ev
from conversations.effects import BIND_PHONE, CHANGE_PHONE, SIGNIN

PURPOSES = (BIND_PHONE, CHANGE_PHONE, SIGNIN)
FEW = settings(max_examples=30, stateful_step_count=40, deadline=None, phases=[Phase.generate])
RICH = Allowance(price=0, per_day=10**9, per_country=10**9)
"""The day's money is no part of this: examples share a day."""
_made = itertools.count(1)

pick = st.sampled_from((0, 0, 0, 1, 2, 3, 5))
who = st.sampled_from((0, 1))
purpose = st.sampled_from(PURPOSES)
place = st.sampled_from((0, 1, 2))
chat = st.sampled_from((0, 1))
# Plenty of short steps, so that codes are alive, and of long ones, so that limits and waits run out.
pause = st.sampled_from((1, SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE - 1, 10 * MINUTE, HOUR, DAY))


@dataclass
class Code:
    """A code as its receiver has it."""

    id: int
    subject: int
    purpose: str
    number: str
    chat: int
    text: str
    made_at: int
    alive: bool = True
    wrong: int = 0
    right_at: int | None = None
    used: bool = False


def other(things, one):
    """Another one of them."""
    return things[(list(things).index(one) + 1) % len(things)]


def next_code() -> str:
    """Codes that differ from one another, so that a right one is right for one reason only."""
    return f"{next(_made) * 7919 % 10**6:06}"


class Codes(RuleBasedStateMachine):
    """Two accounts, two chats, three purposes, three numbers that both accounts may want."""

    runner: asyncio.Runner
    tools: Tools
    clock: ManualClock
    db: Db
    compares: Counter[int]

    def do(self, job):
        return self.runner.run(self.db.transact(job))

    @initialize()
    def people(self):
        start = next(_made)
        self.made: list[Code] = []
        self.numbers = [f"+4474{(start * 3 + n) % 90 + 10:02}{start % 10**6:06}" for n in range(3)]
        self.accounts = [
            self.do(
                lambda tx, n=n: accounts.create(tx, self.tools, email=f"p{start}-{n}@example.com", password_hash="x")
            )
            for n in range(2)
        ]
        self.chats = [10 * start, 10 * start + 1]
        self.bound: dict[int, str] = {}

    # --- what people do -----------------------------------------------------------------------------------------

    def issue(self, subject, purpose, number, chat):
        issued = self.do(
            lambda tx: codes.issue(
                tx, self.tools, subject=subject, purpose=purpose, channel="sms", chat=chat, account=subject,
                destination=number, allowance=RICH,
            )
        )  # fmt: skip
        if isinstance(issued, Issued):
            for code in self.of(subject, purpose):
                code.alive = False
            self.made.append(Code(issued.id, subject, purpose, number, chat, issued.code, self.clock.now()))

    @rule(who=who, purpose=purpose, place=place, chat=chat)
    def send(self, who, purpose, place, chat):
        """A code is asked for, to whichever number: the first, another one, or the same again."""
        self.issue(self.accounts[who], purpose, self.numbers[place], self.chats[chat])

    @rule(who=who, purpose=purpose)
    def resend(self, who, purpose):
        """The last one is asked for once more."""
        for code in self.of(self.accounts[who], purpose)[-1:]:
            self.issue(code.subject, purpose, code.number, code.chat)

    @rule(who=who, purpose=purpose, place=place)
    def change_number(self, who, purpose, place):
        """Another number: what was sent dies, then a new one goes out."""
        self.cancel(who, purpose, 0)
        self.cancel(who, purpose, 1)
        self.issue(self.accounts[who], purpose, self.numbers[place], self.chats[0])

    @rule(who=who, purpose=purpose, chat=chat)
    def cancel(self, who, purpose, chat):
        """A chat gives up."""
        subject, given_up = self.accounts[who], self.chats[chat]
        self.do(lambda tx: codes.revoke(tx, subject=subject, purpose=purpose, chat=given_up))
        for code in self.of(subject, purpose):
            if code.chat == given_up:
                code.alive = False
                code.used = code.used or code.right_at is not None

    @rule(ms=pause)
    def expire(self, ms):
        """Time passes."""
        self.clock.advance(ms)

    @rule(pick=pick, twist=st.sampled_from(("", "", "", "purpose", "account")))
    def verify_known(self, pick, twist):
        """A code that somebody got, newest first: at its own step, at another one, or by the other account."""
        if self.made:
            code = self.made[-1 - pick % len(self.made)]
            subject = other(self.accounts, code.subject) if twist == "account" else code.subject
            self.typed(subject, other(PURPOSES, code.purpose) if twist == "purpose" else code.purpose, code.text)

    @rule(who=who, purpose=purpose, times=st.sampled_from((1, 1, 2, 5)))
    def verify_wrong(self, who, purpose, times):
        """Guesses that nobody was ever sent."""
        for _ in range(times):
            self.typed(self.accounts[who], purpose, next_code())

    def typed(self, subject, purpose, text):
        locked = self.do(lambda tx: limits.waiting(tx, self.tools, CODE, f"{subject}:{purpose}"))
        newest = next(iter(self.of(subject, purpose)[-1:]), None)
        good = (
            newest is not None
            and newest.alive
            and newest.text == text
            and self.compares[newest.id] < policy.TRIES
            and self.clock.now() < newest.made_at + policy.LIFE
        )
        said = self.do(
            lambda tx: codes.verify(tx, self.tools, subject=subject, purpose=purpose, channel="sms", typed=text)
        )
        assert (ev.CodeRight() == said) == (good and not locked), said
        if ev.CodeRight() == said:
            assert newest.right_at is None
            newest.right_at, newest.alive = self.clock.now(), False

    @rule(pick=pick, twist=st.sampled_from(("", "", "chat", "purpose", "account")))
    def bind(self, pick, twist):
        """What was proved is used, where it was proved or elsewhere: the number comes from the code alone."""
        proved = [code for code in self.made if code.right_at is not None]
        if not proved:
            return
        code = proved[-1 - pick % len(proved)]
        subject = other(self.accounts, code.subject) if twist == "account" else code.subject
        used_in = other(self.chats, code.chat) if twist == "chat" else code.chat
        purpose = other(PURPOSES, code.purpose) if twist == "purpose" else code.purpose
        write = accounts.replace_phone if purpose == CHANGE_PHONE else accounts.set_phone

        async def job(tx):
            number = await codes.consume(tx, self.tools, subject=subject, purpose=purpose, chat=used_in)
            return number, number and await write(tx, self.tools, subject, number)

        number, refusal = self.do(job)
        fits = [
            code
            for code in self.of(subject, purpose)
            if code.chat == used_in and code.right_at is not None and not code.used
            and self.clock.now() < code.right_at + codes.ACCEPTED_LIFE
        ]  # fmt: skip
        # The newest that was proved for this account, this purpose, in this chat; and nothing where there is none.
        assert (fits[-1].number if fits else None) == number
        if number is None:
            return
        fits[-1].used = True
        if not refusal:
            self.bound[subject] = number

    @rule(who=who, purpose=purpose, place=place, chat=chat, before=pause, between=pause)
    def whole(self, who, purpose, place, chat, before, between):
        """All of it, as somebody does who means it, at their own speed."""
        self.send(who, purpose, place, chat)
        self.expire(before)
        self.verify_known(0, "")
        self.expire(between)
        self.bind(0, "")

    # --- what always holds --------------------------------------------------------------------------------------

    def of(self, subject, purpose) -> list[Code]:
        return [code for code in self.made if (code.subject, code.purpose) == (subject, purpose)]

    @invariant()
    def the_rules_hold(self):
        """At most one live code a step, five compares a code, and a bound number that was proved."""
        rows, phones = self.do(self.seen)
        alive = Counter((row["subject"], row["purpose"]) for row in rows if row["status"] == "live")
        assert max(alive.values(), default=0) <= 1
        assert max((row["tries"] for row in rows), default=0) <= policy.TRIES
        assert max((self.compares[code.id] for code in self.made), default=0) <= policy.TRIES
        assert [self.bound.get(subject) for subject in self.accounts] == phones

    async def seen(self, tx):
        rows = await tx.all(
            "SELECT subject, purpose, status, tries FROM codes WHERE subject IN ($1, $2)", *self.accounts
        )
        found = [await accounts.get(tx, self.tools, subject) for subject in self.accounts]
        return rows, [account.phone for account in found]


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_whatever_is_interleaved_the_codes_keep_their_rules(database, clock, tools, monkeypatch):
    """One live challenge, five compares a code, each accepted once, and what is bound was proved for exactly that."""
    compares: Counter[int] = Counter()
    compare = codes.matches

    def counted(given, row, code):
        compares[row["id"]] += 1
        return compare(given, row, code)

    monkeypatch.setattr(codes, "matches", counted)
    monkeypatch.setattr(policy, "code", next_code)
    with asyncio.Runner() as runner:
        db = runner.run(connect(database))

        class Machine(Codes):
            """On this database."""

        Machine.runner, Machine.tools, Machine.clock, Machine.db, Machine.compares = runner, tools, clock, db, compares
        runner.run(migrate(db, clock))
        try:
            run_state_machine_as_test(
                Machine,
                settings=settings(max_examples=30, stateful_step_count=40, deadline=None, phases=[Phase.generate]),
            )
        finally:
            runner.run(db.close())
