"""Who has an account, a number, a lock? Asked through every door, security.md section 5, F58.

Time is no matter of a test: that known and unknown cost the same is proved by what is done for each, the statements,
the argon2 work and what is sent. ``make bench`` measures it.
"""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, field
from unittest.mock import AsyncMock

import pytest
from town import ANN, CHLOE, KWAME, Town

from bot.clock import MINUTE
from bot.db import sqlite
from bot.domain import passwords
from bot.web.forms import Forms

KNOWN, UNKNOWN = "ann@example.com", "bob@example.com"
RIGHT, WRONG = "correct horse battery", "wrong horse battery"
NEW = "tulips in march"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
LOOKS = "SELECT 'conversation' AS kind"
"""How the timers look whether anything is due, whoever does what."""
TYPED = re.compile(r'(name="(?:csrf|email)"[^>]*) value="[^"]*"')


@dataclass
class Work:
    """What is done: statements by their text, and calls of argon2 by their name."""

    statements: list[str] = field(default_factory=list)
    argon2: list[str] = field(default_factory=list)

    def taken(self) -> tuple[list[str], list[str]]:
        """All since the last time, in an order of its own: what waits for one another is not what leaks."""
        done = sorted(sql for sql in self.statements if not sql.startswith(LOOKS)), self.argon2[:]
        self.statements.clear()
        self.argon2.clear()
        return done


@pytest.fixture
def work(monkeypatch) -> Work:
    """Counts the work from now on."""
    counted = Work()
    execute, off_loop = sqlite._Tx._execute, passwords._off_loop

    def executed(tx, sql, args):
        counted.statements.append(sql)
        return execute(tx, sql, args)

    async def called(call, *args):
        counted.argon2.append(call.__name__)
        return await off_loop(call, *args)

    monkeypatch.setattr(sqlite._Tx, "_execute", executed)
    monkeypatch.setattr(passwords, "_off_loop", called)
    return counted


async def sent_in(made: Town, person: int, work: Work | None = None, **fields: str):
    """The form behind somebody's newest address, opened and sent in: what their browser got, and what was done."""
    url = next(seen.urls[-1] for seen in reversed(made.stage.shown(person)) if seen.urls)
    browser = made.stage.browser(str(person))
    async with browser.get(url) as page:
        csrf = CSRF.search(await page.text())
    if work:
        work.taken()
    async with browser.post(url, data={"csrf": csrf[1] if csrf else "", **fields}) as page:
        headers = {name: value for name, value in page.headers.items() if name not in ("Date", "Content-Length")}
        got = page.status, plain(TYPED.sub(r"\1", await page.text())), headers
    await made.stage.settle()
    return got, work.taken() if work else ()


def plain(text: str) -> str:
    """Without what tells the two apart who ask: names, and their own masked or typed addresses and numbers."""
    return re.sub(r"Ann( Lee)?|Kwame Mensah|Kwame|[abko][*]{4}@|[*]{4}\d\d|7400 \d{6}", "#", text)


def chat(made: Town, person: int) -> list:
    """All that the bot's messages say and offer in a chat: texts, and the labels of their buttons."""
    return [(plain(seen.text), seen.buttons) for seen in made.stage.shown(person)]


async def at_sign_in(made: Town, *people: int, label: str = "Sign in") -> None:
    for person in people:
        await made.say("/language", person)
        await made.tap("English", person)
        await made.say("/start", person)
        await made.tap(label, person)


async def test_F58_a_wrong_password_and_an_unknown_address(town, work):
    """Attack: try an address at the sign-in form; outcome: one page, one verification, one list of statements."""
    made = await town(account={"email": KNOWN})
    await at_sign_in(made, ANN, KWAME)
    known = await sent_in(made, ANN, work, email=KNOWN, password=WRONG)
    unknown = await sent_in(made, KWAME, work, email=UNKNOWN, password=WRONG)
    honest = await sent_in(made, ANN, work, email=KNOWN, password=RIGHT)

    assert known == unknown
    assert (422, ["_verify"]) == (known[0][0], known[1][1])
    assert 5 < len(known[1][0])
    assert 200 == honest[0][0]
    assert chat(made, KWAME)[-1] != chat(made, ANN)[-1]


def test_F58_what_is_compared_for_nobody_costs_what_everybodys_does():
    """Attack: time the answer; outcome: the parameters are those of every new hash, and the loop makes none first."""
    spec = importlib.util.find_spec("bot.domain.passwords")
    fresh = importlib.util.module_from_spec(spec)  # as the product has it, and not as cheap as tests do
    spec.loader.exec_module(fresh)

    assert not fresh._hasher.check_needs_rehash(fresh._NOTHING)
    assert (65536, 3, 4) == (fresh._hasher.memory_cost, fresh._hasher.time_cost, fresh._hasher.parallelism)


async def test_F58_nothing_matches_what_is_compared_for_nobody():
    """Attack: find the password of nobody; outcome: even a match would be no match."""
    assert not await passwords.matches("", None)


async def test_F58_a_locked_account_and_a_locked_address_of_nobody(town, work, monkeypatch):
    """Attack: lock an address, see whether there is anything to lock; outcome: both lock alike, nothing is verified."""
    monkeypatch.setattr(Forms, "_follow", AsyncMock())  # the owner is told once the answer has left
    made = await town(account={"email": KNOWN})
    await at_sign_in(made, ANN, KWAME)
    seen = []
    for person, email in ((ANN, KNOWN), (KWAME, UNKNOWN)):
        tries = [await sent_in(made, person, work, email=email, password=WRONG) for _ in range(10)]
        locked = await sent_in(made, person, work, email=email, password=RIGHT)
        seen.append((tries, locked, chat(made, person)))

    (tries, locked, _), _ = seen
    assert seen[0] == seen[1]
    assert [["_verify"]] * 10 == [done[1] for _, done in tries]
    assert (403, []) == (locked[0][0], locked[1][1])
    assert [] == await made.rows("logins")


async def test_F58_signing_up_with_an_address_that_is_known(town, work):
    """Attack: make an account for somebody's address; outcome: the chat says the same to the end, the letter tells."""
    made = await town(account={"email": KNOWN})
    await at_sign_in(made, ANN, KWAME, label="Create account")
    seen = []
    for person, email in ((ANN, KNOWN), (KWAME, UNKNOWN)):
        page = await sent_in(made, person, work, email=email, password=NEW, again=NEW)
        await made.say("123456", person)
        await made.tap("Send again", person)  # too soon
        await made.wait(2 * MINUTE)
        await made.tap("Send again", person)
        for _ in range(5):
            await made.say("654321", person)
        seen.append((page[0], page[1][1], chat(made, person), len(made.stage.world.inbox.email_to(email))))

    assert seen[0] == seen[1]
    assert (["hash"], 2) == (seen[0][1], seen[0][3])
    assert 8 < len(seen[0][2])


async def test_F58_a_number_that_another_account_has(town, work):
    """Attack: ask whose number is bound; outcome: free and bound read alike, and each gets one text like the other."""
    people = {ANN: KNOWN, KWAME: "kwame@example.com"}
    numbers = {ANN: "+447400999888", KWAME: "+447400888999"}
    made = await town(
        account={"email": KNOWN, "signed_in": True},
        others=[
            {"email": people[KWAME], "user": KWAME, "signed_in": True},
            {"email": "owner@example.com", "phone": numbers[ANN]},
        ],
    )
    seen = []
    for person, email in people.items():
        await made.say("/language", person)
        await made.tap("English", person)
        await made.say("/start", person)
        for label in ("Account security", "Mobile phone", "Set", "Email code"):
            await made.tap(label, person)
        await made.say(made.code(email), person)
        await made.say("uk", person)
        work.taken()
        await made.say(numbers[person], person)
        await made.tap("Send code", person)
        done = work.taken()
        await made.tap("Send again", person)  # too soon
        await made.say("000000", person)
        seen.append((chat(made, person), done, [re.sub(r"\d{6}", "#", text) for text in made.texts(numbers[person])]))

    assert seen[0] == seen[1]
    assert 1 == len(seen[0][2])
    assert "bind_phone/sms" == await made.place(ANN) == await made.place(KWAME)


async def test_F58_a_new_address_that_another_account_has(town):
    """Attack: ask whose address is taken; outcome: nothing is said before the code that went there was given."""
    made = await town(
        account={"email": KNOWN, "signed_in": True},
        others=[
            {"email": "kwame@example.com", "user": KWAME, "signed_in": True},
            {"email": "owner@example.net"},
        ],
    )
    seen = []
    for person, email, new in ((ANN, KNOWN, "owner@example.net"), (KWAME, "kwame@example.com", "other@example.net")):
        await made.say("/language", person)
        await made.tap("English", person)
        await made.say("/start", person)
        for label in ("Account security", "Email", "Send code"):
            await made.tap(label, person)
        await made.say(made.code(email), person)
        await made.say(new, person)
        await made.say("000000", person)
        seen.append((chat(made, person), len(made.stage.world.inbox.email_to(new))))

    assert seen[0] == seen[1]
    assert 1 == seen[0][1]
    assert "bind_email/new" == await made.place(ANN) == await made.place(KWAME)


@pytest.mark.parametrize("token", ["", "wrong", "sandbox-websit"])
@pytest.mark.parametrize(("method", "path"), [
    ("GET", "accounts/{}/operations/withdrawal"), ("POST", "accounts/{}/links"), ("DELETE", "accounts/{}/sessions"),
])  # fmt: skip
async def test_F58_the_websites_api_tells_nobody_else(town, work, method, path, token):
    """Attack: ask the API for an account without its token; outcome: one answer, and the database is not asked."""
    made = await town(account={"email": KNOWN})
    work.taken()
    answers = [await made.website(method, path.format(account), token) for account in (made.account(), 5)]

    assert 401 == answers[0][0]
    assert answers[0] == answers[1]
    assert ([], []) == work.taken()


async def test_F58_an_address_that_is_none_is_no_oracle_either(town, work):
    """Attack: other spellings of a known address; outcome: one and the same account, counted as one."""
    made = await town(account={"email": KNOWN})
    await at_sign_in(made, CHLOE)
    for email in ("ANN@example.com", " ann@EXAMPLE.com ", "ann@example.com"):
        got, done = await sent_in(made, CHLOE, work, email=email, password=WRONG)
        assert (422, ["_verify"]) == (got[0], done[1])

    assert [("password", 3)] == [(row["scope"], row["failures"]) for row in await made.rows("locks")]
