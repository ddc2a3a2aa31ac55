from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sandbox_play import ANN, FORUM, MIRA

from bot.clock import ManualClock
from bot.sandbox import BOT_TOKEN, Saver, World, demo, load, save

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox_play import Play


YES = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}


async def test_a_world_comes_back_whole(play: Play, tmp_path: Path) -> None:
    """Chats, topics, files, pending updates, settings and the inbox survive, and it goes on as before."""
    path = tmp_path / "var" / "world.json"
    photo = play.acts.media(ANN, "photo").content["photo"][-1]["file_id"]
    topic = play.acts.topic_create(MIRA, FORUM, "By hand")
    await play.ok(
        "sendMessage",
        chat_id=ANN,
        text="a",
        reply_markup=YES,
    )
    press = play.acts.tap(ANN, "Yes")
    await play.ok("setMyCommands", commands=[{"command": "start", "description": "Begin"}])
    await play.world.sms(play.world.gateway_token, {"id": "a", "to": "+4915112345678", "text": "Code"})
    play.world.settings.flood = "documented"
    save(play.world, path)
    world = load(path, ManualClock(0))

    assert play.clock.now() == world.clock.now()
    assert world.state.epoch != play.world.state.epoch
    world.state.epoch, world.state.counts = play.world.state.epoch, dict(play.world.state.counts)
    assert play.world.state == world.state
    assert world.state.bot is world.state.people[world.bot.id]
    assert play.world.files.data(play.world.files.get(photo)) == world.files.data(world.files.get(photo))  # type: ignore[arg-type]  # it is there
    assert world.state.chats[FORUM].topics[topic.id].name == "By hand"
    again = await world.sms(world.gateway_token, {"id": "a", "to": "+4915112345678", "text": "Code"})
    assert (again.status, world.inbox.sms_to("")[0].repeats) == (202, 1)
    answer = await world.call(BOT_TOKEN, "answerCallbackQuery", {"callback_query_id": press.query_id})
    assert answer.ok
    assert play.world.take_updates() == world.take_updates()
    assert play.acts.say(ANN, "b").id == world.acts.say(ANN, "b").id


def test_the_clock_is_never_behind_the_save(play: Play, tmp_path: Path) -> None:
    """A clock that is ahead stays where it is."""
    save(play.world, tmp_path / "world.json")
    clock = ManualClock(play.clock.now() + 5)
    load(tmp_path / "world.json", clock)

    assert clock.now() == play.clock.now() + 5


def test_a_file_that_is_no_world_is_refused(tmp_path: Path) -> None:
    """Half a file, or none, is an error and no empty world."""
    (tmp_path / "bad.json").write_text('{"seed": 1')
    with pytest.raises(ValueError, match="JSON"):
        load(tmp_path / "bad.json", ManualClock(0))
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.json", ManualClock(0))


async def test_the_saver_writes_soon_and_at_the_end(play: Play, tmp_path: Path) -> None:
    """A burst is written once its moment has passed; the last word is written on the way out."""
    path = tmp_path / "world.json"
    saver = Saver(play.world, path)
    task = asyncio.ensure_future(saver.run())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not path.exists()
    play.clock.advance(200)
    await saver.wrote.wait()
    assert load(path, ManualClock(0)).state.version == saver.saved
    play.acts.say(ANN, "last")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert load(path, ManualClock(0)).messages(ANN)[-1].content["text"] == "last"
    assert not path.with_name("world.json.new").exists()


def test_a_world_without_a_seed_starts_at_the_clock() -> None:
    """A later world's update ids are above an earlier one's."""
    early, late = (World(ManualClock(1_700_000_000_000 + step)) for step in (0, 60_000))

    assert early.state.next_update_id < late.state.next_update_id
    assert early.state.epoch != late.state.epoch


def test_the_same_seed_gives_the_same_world() -> None:
    """Identifiers depend on the seed and the order of acts only."""
    worlds = [World(ManualClock(1_700_000_000_000), seed=7) for _ in range(2)]
    for world in worlds:
        demo(world)
        world.acts.start(ANN)
        world.acts.media(ANN, "photo")

    assert worlds[0].state == worlds[1].state
