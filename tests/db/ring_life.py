"""What a database goes through before its keys are rotated, and whether all of it is still there."""

from __future__ import annotations

from bot.db import (
    accounts,
    agents,
    keyring,
    outbox,
    secrets,
    sessions,
    totp,
)  # fmt: skip
from bot.db.outbox import Post

PHONE, OTHER_PHONE = "+447400123456", "+447400654321"
ANN = "ann@example.com"
CHAT = 7001


def key(number: int) -> bytes:
    return bytes((number * 31 + step * step) % 256 for step in range(32))


async def quiet(_name: str, _seen: int) -> None:
    """Nobody watches."""


async def start(db, tools, worker: int = 0) -> None:
    await keyring.enter(db, tools, worker)


async def stop(db, worker: int = 0) -> None:
    await db.transact(lambda tx: keyring.leave(tx, worker))


async def lived(db, tools) -> int:
    """Something in most of the columns; the account."""

    async def job(tx) -> int:
        account = await accounts.create(tx, tools, email=ANN, password_hash="x")
        await accounts.set_phone(tx, tools, account, PHONE)
        await accounts.set_phrase(tx, tools, account, "blue horse")
        await totp.new_key(tx, tools, account, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
        await agents.seen(tx, tools, 9001, "Mira Lund")
        await secrets.put(tx, tools, chat=CHAT, account=account, kind="phrase", value="green cow")
        await sessions.add_signup(tx, tools, chat=CHAT, email="new@example.com", password_hash="x")
        await outbox.put(tx, tools, Post("sms", "a", 1, "code", {"n": 1}))
        return account

    return await db.transact(job)


async def all_well(db, tools, account: int) -> None:
    """Everything of :func:`lived` can be opened and is found."""

    async def job(tx):
        holder = await accounts.get(tx, tools, account)
        return (
            holder.email, holder.phone, holder.phrase, await totp.pending_key(tx, tools, account),
            await accounts.by_email(tx, tools, ANN), await accounts.phone_owner(tx, tools, PHONE),
            await agents.name(tx, tools, 9001), (await sessions.signup_pending(tx, tools, CHAT)).email,
            [post.body for post in (await outbox.waiting(tx, tools))[0]],
        )  # fmt: skip

    expected = (
        ANN, PHONE, "blue horse", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", (account, "x"), account, "Mira",
        "new@example.com", [{"n": 1}],
    )  # fmt: skip
    assert expected == await db.transact(job)
