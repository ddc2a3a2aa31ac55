from __future__ import annotations

import json
import random
from typing import Any

import pytest
from sandbox_play import ANN, FORUM, Play

from bot.sandbox import BOT_TOKEN
from bot.sandbox.methods import METHODS
from bot.sandbox.methods.table import UNPLAYED

JUNK: tuple[Any, ...] = (
    "",
    "x",
    "-1",
    "1e999",
    "{",
    "[]",
    "{}",
    "[[]]",
    '{"inline_keyboard": 5}',
    '{"inline_keyboard": [[5, null]]}',
    '{"inline_keyboard": [[{"text": 5, "url": 5, "copy_text": 5}]]}',
    '{"keyboard": [[{"text": "a", "web_app": 5}]]}',
    '{"message_id": "x", "quote": 5, "quote_entities": 5}',
    '[{"type": "photo", "media": 5, "caption": 5}]',
    '[{"type": "bold", "offset": -5, "length": 1}]',
    "[" * 20_000,
    '[{"type": ["bold"]}]',
    '{"type": ["chat"]}',
    '[{"command": 5, "description": 5}]',
    "\ud800 <b>",
    "<a href='tg://user?id=99999999999999999999999'>x</a>",
    "9" * 400,
    "\0",
    "@",
    '{"keyboard": [["\\ud800"]]}',
    None,
    5,
    -5,
    2**70,
    1.5,
    True,
    [5],
    {"a": {}},
    [[{"text": None}]],
)


@pytest.mark.parametrize("name", sorted(METHODS))
async def test_junk_is_answered_and_never_raises(name: str) -> None:
    """Whatever a parameter holds, the call is refused or done like any other."""
    rng = random.Random(name)  # noqa: S311 - a reproducible choice of junk
    play = Play()
    play.acts.media(ANN, "photo")
    names = sorted(METHODS[name].names - UNPLAYED - {"timeout"})
    for _ in range(150):
        params = {parameter: rng.choice(JUNK) for parameter in names if rng.random() < 0.7}
        given = {"chat_id": rng.choice((ANN, FORUM)), "message_id": 1, "from_chat_id": ANN}
        params |= {parameter: value for parameter, value in given.items() if parameter in names and rng.random() < 0.8}
        if "text" in names and rng.random() < 0.5:
            params["text"] = "a"
        answer = await play.world.call(BOT_TOKEN, name, params)
        assert answer.body["ok"] == (answer.status == 200)
        json.dumps(answer.body, ensure_ascii=False).encode()
        play.world.state.webhook = None
