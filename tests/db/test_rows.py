"""The rules that live in rows: what is consumed and kept, on both databases."""

from __future__ import annotations

import asyncio

from bot.clock import HOUR, MINUTE, SECOND, ManualClock
from bot.db import accounts, forms, inbox, outbox, proofs, sessions, tickets, totp, watch
from bot.db.ids import Ids, highest
from bot.db.outbox import Post
from bot.domain import totp as authenticator
from conversations import events as ev
from conversations.effects import BIND_TOTP, ENROL

PHONE, OTHER = "+447400123456", "+447400654321"
CHAT = 7001


# --- accounts, authenticators, proofs -------------------------------------------------------------------------


async def test_two_accounts_race_for_one_number_and_one_gets_it(db, tools, account):
    """Twenty accounts that finish with one number at once: exactly one is bound."""
    others = [
        await db.transact(lambda tx, n=n: accounts.create(tx, tools, email=f"p{n}@example.com", password_hash="x"))
        for n in range(19)
    ]

    results = await asyncio.gather(
        *(db.transact(lambda tx, a=a: accounts.set_phone(tx, tools, a, PHONE)) for a in (account, *others))
    )

    assert 1 == results.count("")
    assert 19 == results.count("taken")


async def test_an_account_gets_one_phone_and_an_address_one_account(db, tools, account):
    """A second number is refused, and so is a second account with the address in any row."""
    assert "" == await db.transact(lambda tx: accounts.set_phone(tx, tools, account, PHONE))
    assert "already" == await db.transact(lambda tx: accounts.set_phone(tx, tools, account, OTHER))
    made = await db.transact(lambda tx: accounts.create(tx, tools, email="ann@example.com", password_hash="y"))

    assert made is None
    assert PHONE == (await db.transact(lambda tx: accounts.get(tx, tools, account))).phone


async def test_personal_data_is_sealed_in_every_table(db, tools, account):
    """Whoever reads every row of every table learns neither phone nor address."""
    await db.transact(lambda tx: accounts.set_phone(tx, tools, account, PHONE))
    await db.transact(lambda tx: sessions.add_signup(tx, tools, chat=CHAT, email="new@example.com", password_hash="x"))
    raw = b""
    for table in watch.TABLES:
        for row in await db.transact(lambda tx, t=table: tx.all(f"SELECT * FROM {t}")):  # noqa: S608 - our own names
            raw += b" ".join(
                bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in dict(row).values()
            )

    for secret in ("ann@example.com", "new@example.com", PHONE, PHONE[1:]):
        assert secret.encode() not in raw


async def test_an_authenticator_code_is_good_once_and_never_after_a_later_one(db, tools, clock, account):
    """A step is accepted once, and never one before it (RFC 6238 section 5.2)."""
    await db.transact(lambda tx: totp.new_key(tx, tools, account))
    key = await db.transact(lambda tx: totp.pending_key(tx, tools, account))

    async def typed(code, purpose=ENROL, *, pending=False):
        return await db.transact(lambda tx: totp.verify(tx, tools, account, purpose, code, pending=pending))

    now = authenticator.step_at(clock.now())
    first = await typed(authenticator.code_at(key, now), BIND_TOTP, pending=True)
    bound = await db.transact(lambda tx: totp.bind(tx, tools, account))
    again = await typed(authenticator.code_at(key, now))
    clock.advance(30 * SECOND)
    together = await asyncio.gather(*(typed(authenticator.code_at(key, now + 1)) for _ in range(20)))
    before = await typed(authenticator.code_at(key, now))

    assert (ev.CodeRight(), "", ev.CodeReused()) == (first, bound, again)
    assert 1 == together.count(ev.CodeRight())
    assert before in (ev.CodeExpired(), ev.CodeReused())
    assert "already" == await db.transact(lambda tx: totp.bind(tx, tools, account))


async def test_a_proof_is_used_once_within_its_time(db, tools, clock, account):
    """Twenty uses at once: one; and after a quarter of an hour none."""

    async def add(tx):
        await proofs.add(tx, tools, account=account, chat=CHAT, purpose=ENROL, factor="email")

    async def use(tx):
        return await proofs.use(tx, tools, account=account, purpose=ENROL)

    await db.transact(add)

    used = await asyncio.gather(*(db.transact(use) for _ in range(20)))
    await db.transact(add)
    clock.advance(15 * MINUTE)

    assert 1 == used.count(True)
    assert not await db.transact(use)
    assert not await db.transact(lambda tx: proofs.fresh(tx, tools, account=account, chat=CHAT, purpose=ENROL))


# --- links, logins, forms -------------------------------------------------------------------------------------


async def test_a_link_opens_once_within_five_minutes(db, tools, clock, account):
    """Twenty openings at once: one; a late one: none."""
    payload, late = [await db.transact(lambda tx: sessions.issue_link(tx, tools, account)) for _ in range(2)]

    opened = await asyncio.gather(
        *(db.transact(lambda tx, c=c: sessions.open_link(tx, tools, chat=c, payload=payload)) for c in range(20))
    )
    clock.advance(5 * MINUTE)

    assert [sessions.Link(account, None)] == [found for found in opened if found]
    assert await db.transact(lambda tx: sessions.open_link(tx, tools, chat=1, payload=late)) is None


async def test_a_form_bears_five_tries_one_browser_and_one_use(db, tools, clock):
    """The first browser has it; tries are counted before anything is compared; a new form kills the old one."""
    token = await db.transact(lambda tx: forms.open_form(tx, tools, chat=CHAT, kind="signin", lang="en"))
    form = await db.transact(lambda tx: forms.find(tx, tools, token))

    claims = [await db.transact(lambda tx, b=b: forms.claim(tx, tools, form.id, b)) for b in ("one", "two", "one")]
    tries = await asyncio.gather(*(db.transact(lambda tx: forms.try_once(tx, tools, form.id)) for _ in range(20)))
    uses = await asyncio.gather(*(db.transact(lambda tx: forms.use(tx, tools, form.id)) for _ in range(20)))
    newer = await db.transact(lambda tx: forms.open_form(tx, tools, chat=CHAT, kind="signin", lang="en"))

    assert [True, False, True] == claims
    assert (5, 1) == (tries.count(True), uses.count(True))
    assert newer == await db.transact(lambda tx: forms.current(tx, tools, chat=CHAT))
    clock.advance(10 * MINUTE)
    assert await db.transact(lambda tx: forms.current(tx, tools, chat=CHAT)) is None


async def test_ending_all_sessions_ends_half_finished_ones_too(db, tools, account):
    """Whoever is signed out everywhere is not signed in by a login that was already under way."""
    await db.transact(lambda tx: sessions.begin(tx, tools, chat=1, account=account, via="link"))
    await db.transact(lambda tx: sessions.add_login(tx, tools, chat=2, account=account))

    assert 1 == await db.transact(lambda tx: sessions.end_all(tx, tools, account))
    assert [] == await db.transact(lambda tx: sessions.chats_of(tx, account))
    assert await db.transact(lambda tx: sessions.use_login(tx, tools, chat=2)) is None


# --- inbox, outbox, tickets -----------------------------------------------------------------------------------


async def test_the_inbox_takes_a_thing_once_and_gives_it_in_order(db, tools):
    """The same source and key never enter twice; a lane's rows come oldest first; a row is taken once."""
    put = [
        await db.transact(lambda tx, k=k: inbox.put(tx, tools, source="telegram", key=k, lane=1, payload={"event": k}))
        for k in ("1", "2", "1")
    ]
    first = await db.transact(lambda tx: inbox.oldest(tx, tools, 1))
    taken = await asyncio.gather(*(db.transact(lambda tx: inbox.done(tx, tools, first.id)) for _ in range(9)))
    second = await db.transact(lambda tx: inbox.oldest(tx, tools, 1))

    assert [True, True, False] == put
    assert ("1", True, "2", False) == (first.payload["event"], first.more, second.payload["event"], second.more)
    assert 1 == taken.count(True)


async def test_a_row_that_fails_again_and_again_is_put_aside(db, tools):
    """After the last try the lane goes on with the next."""
    await db.transact(lambda tx: inbox.put(tx, tools, source="x", key="1", lane=1, payload={"event": "a"}))
    row = (await db.transact(lambda tx: inbox.oldest(tx, tools, 1))).id

    aside = [await db.transact(lambda tx: inbox.tried(tx, tools, row, "ValueError", most=3)) for _ in range(3)]

    assert [False, False, True] == aside
    assert await db.transact(lambda tx: inbox.oldest(tx, tools, 1)) is None


async def test_of_posts_with_one_mark_the_last_is_sent(db, tools):
    """Edits of a card are coalesced; what has gone out, or will never, is not loaded again."""
    posts = [
        await db.transact(
            lambda tx, n=n: outbox.put(tx, tools, Post("telegram", "a", 1, "card", {"n": n}, merge="card"))
        )
        for n in range(3)
    ]
    other = await db.transact(lambda tx: outbox.put(tx, tools, Post("sms", "b", 1, "code", {"n": 9})))
    await db.transact(lambda tx: outbox.failed(tx, tools, other, "refused"))

    waiting, broken = await db.transact(lambda tx: outbox.waiting(tx, tools))

    assert [] == broken
    assert [(posts[2].id, {"n": 2})] == [(post.id, post.body) for post in waiting]
    await db.transact(lambda tx: outbox.sent(tx, tools, posts[2], 55))
    assert ([], []) == await db.transact(lambda tx: outbox.waiting(tx, tools))


async def test_a_post_that_cannot_be_opened_is_put_aside_and_the_others_leave(db, tools):
    """One altered row stops neither the start nor what waits behind it; what it holds is kept."""
    posts = [await db.transact(lambda tx: outbox.put(tx, tools, Post("sms", "a", 1, "code", {}))) for _ in range(2)]
    await db.transact(lambda tx: tx.run("UPDATE outbox SET body = $1 WHERE id = $2", b"\x01altered", posts[0].id))

    waiting, broken = await db.transact(lambda tx: outbox.waiting(tx, tools))
    row = await db.transact(lambda tx: tx.one("SELECT * FROM outbox WHERE id = $1", posts[0].id))

    assert ([posts[1].id], [posts[0].id]) == ([post.id for post in waiting], broken)
    assert ("failed", "SealBroken", b"\x01altered") == (row["status"], row["error"], row["body"])
    assert ([posts[1].id], []) == (
        [post.id for post in (await db.transact(lambda tx: outbox.waiting(tx, tools)))[0]], [],
    )  # fmt: skip


async def test_a_person_has_one_open_ticket_and_numbers_never_repeat(db, tools):
    """Twenty openings at once are one ticket; twenty people get twenty numbers."""

    def opening(chat):
        return lambda tx: tickets.create(
            tx, tools, chat=chat, account=None, reason="other", place="", lang="en", facts={}
        )

    same = await asyncio.gather(*(db.transact(opening(1)) for _ in range(20)))
    many = await asyncio.gather(*(db.transact(opening(chat)) for chat in range(2, 22)))

    assert 1 == len({ticket.id for ticket in same})
    assert list(range(1001, 1022)) == sorted({ticket.number for ticket in (*same, *many)})


async def test_a_process_goes_on_above_the_ids_it_finds(db, tools, clock):
    """A clock that was set back between two lives does not put new rows before old ones."""
    await db.transact(lambda tx: inbox.put(tx, tools, source="x", key="1", lane=1, payload={"event": "a"}))
    earlier = Ids(ManualClock(clock.now() - HOUR))
    found = await db.transact(highest)

    earlier.after(found)

    assert earlier() > found
    assert earlier() > found
    assert 0 == Ids(clock)._last
