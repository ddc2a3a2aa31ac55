"""A turn that fails is undone whole, but what it had counted stands."""

from __future__ import annotations

from structlog.testing import capture_logs

from bot.db import conversations, watch
from bot.scripts.stage import Stage

ANN = 7001


async def to_the_code(stage) -> None:
    """Up to the step that waits for an emailed code."""
    await stage.driver.act("say", {"person": ANN, "text": "/start"})
    for label in ("Account security", "Mobile phone", "Set", "Email code"):
        await stage.pace()
        await stage.driver.act("tap", {"person": ANN, "label": label})
        await stage.settle()


async def test_a_guess_counts_although_its_turn_is_undone(monkeypatch):
    """Whoever finds a way to make turns fail cannot guess for nothing: each try of the turn counts."""
    save = conversations.save

    async def broken(tx, tools, chat, snapshot, **rest) -> None:
        if snapshot.state == "prove_email":
            raise RuntimeError("no")
        await save(tx, tools, chat, snapshot, **rest)

    async with Stage({"account": {"email": "ann@example.com", "signed_in": True}}) as stage:
        await to_the_code(stage)
        monkeypatch.setattr(conversations, "save", broken)
        with capture_logs():
            await stage.driver.act("say", {"person": ANN, "text": "000000"})
            await stage.settle()
        locks = await stage.db(lambda tx: watch.rows(tx, "locks"))
        codes = await stage.db(lambda tx: watch.rows(tx, "codes"))
        inbox = await stage.db(lambda tx: watch.rows(tx, "inbox"))

    assert [("code", 3)] == [(row["scope"], row["failures"]) for row in locks]
    assert [0] == [row["tries"] for row in codes]
    assert "RuntimeError" in [row["error"] for row in inbox if row["aside_at"]]
