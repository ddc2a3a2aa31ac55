"""An email code and an authenticator's code, asked together and answered as one.

Nothing tells which of the two was wrong (PSD2 RTS (EU) 2018/389 Art. 4(3)(a)): both are always compared, a wrong pair
counts once, and what is said depends on how often it was tried, never on what was typed.
"""

from __future__ import annotations

from bot.db import codes, limits, totp
from bot.db.base import Tx
from bot.db.limits import CODE, Counted
from bot.domain import digits
from bot.tools import Tools
from conversations import events as ev
from conversations.events import Event


async def verify(
    tx: Tx, tools: Tools, *, account: int, purpose: str, typed: str, counted: Counted | None = None
) -> Event:
    """What the two typed codes are, in either order: counted first, compared second, accepted together or not."""
    read = digits.pair(typed)
    if read.codes is None:
        return ev.CodeMalformed(read.reason)
    key = f"{account}:{purpose}"
    await tx.lock(account)
    wait = await limits.begin(tx, tools, CODE, key, counted)
    if wait:
        return ev.CodeLocked(limits.seconds(wait))
    row = await codes.guessed(tx, tools, subject=account, purpose=purpose, channel="email")
    if row is None:
        locked = await limits.waiting(tx, tools, CODE, key)
        return ev.CodeLocked(limits.seconds(locked)) if locked else ev.CodeExpired()
    steps = [await totp.step_of(tx, tools, account, code) for code in read.codes]
    sent = [codes.matches(tools, row, code) for code in read.codes]
    step = steps[1] if sent[0] else steps[0] if sent[1] else None
    # The step is taken first: one that was taken before leaves the email code as it is.
    right = step is not None and await totp.accept(tx, account, step)
    if right and await codes.accept(tx, row["id"], tools.clock.now()):
        await limits.succeed(tx, tools, CODE, key)
        return ev.CodeRight()
    left = await codes.left_after(tx, row)
    locked = await limits.waiting(tx, tools, CODE, key)
    if locked:
        return ev.CodeLocked(limits.seconds(locked))
    return ev.CodeWrong(left) if left else ev.CodeSpent()
