"""The doctor against a Telegram over HTTP: healthy, and each fault with its fix."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette

from bot import doctor
from bot.accounts.reference import opened
from bot.clock import SystemClock
from bot.local import ACCOUNTS_TOKEN, at_port, new_keys
from bot.sandbox import World, demo, make_app
from bot.sandbox.demo import AGENTS, FORUM
from bot.scripts.drivers import script_settings
from bot.server import Server


@pytest.fixture
async def world(tmp_path):
    made = World(SystemClock())
    demo(made)
    server = Server(make_app(made), "127.0.0.1", 0)
    await server.start()
    made.settings_for_test = at_port(script_settings(tmp_path), server.port)
    yield made
    await made.close()
    await server.stop()


async def examined(world, **changes) -> tuple[int, str]:
    lines: list[str] = []
    code = await doctor.examine(world.settings_for_test.model_copy(update=changes), lines.append)
    return code, "\n".join(lines)


async def test_a_healthy_deployment_has_no_fault(world):
    """Every check is fine, and nothing was sent to anybody."""
    code, text = await examined(world)

    assert (0, 0) == (code, text.count("✗")), text
    assert [] == [call.method for call in world.journal.calls if call.stored]


@pytest.mark.parametrize(
    ("act", "fix"),
    [
        (lambda acts: acts.bot_rights(AGENTS[0], FORUM, ["can_delete_messages"]), "let it manage topics"),
        (lambda acts: acts.bot_rights(AGENTS[0], FORUM, []), "administrator"),
        (lambda acts: acts.kick_bot(AGENTS[0], FORUM), "add"),
        (lambda acts: acts.forum(AGENTS[0], FORUM, on=False), "opics"),
        (lambda acts: acts.leave(AGENTS[1], FORUM), str(AGENTS[1])),
    ],
)
async def test_each_fault_of_the_group_names_its_fix(world, act, fix):
    """What is missing in the agents' group is said together with what mends it."""
    act(world.acts)

    code, text = await examined(world)

    assert 1 == code
    assert any("✗" in line and fix in line for line in text.splitlines()), text


@pytest.mark.parametrize(("proxies", "fine"), [(0, False), (1, True)])
async def test_a_proxy_that_is_not_counted_is_found(world, proxies, fine):
    """Behind a proxy that is not named everybody has one address, and shares its limits."""
    code, text = await examined(world, public_url="https://desk.example.com", proxies=proxies)

    assert fine == (code == 0), text
    assert fine == ("set PHONEDESK_PROXIES=1" not in text)


async def test_every_group_is_looked_at(world):
    """A further group that is not ready is found before it is needed, by its id."""
    further = FORUM - 1
    world.acts.group(further, "Support desk 2", AGENTS[0], forum=True, members=[], bot="member")

    code, text = await examined(world, agents_groups_next=(further,))

    assert (1, 1) == (code, text.count("✗")), text
    assert any("✗" in line and str(further) in line and "administrator" in line for line in text.splitlines()), text


async def test_a_wrong_token_a_wrong_group_and_a_dead_database_are_found(world, tmp_path):
    """Each is one line; no traceback, and no token in it."""
    wrong = "123456789:" + "B" * 35
    (tmp_path / "folder").mkdir()

    told = [
        await examined(world, telegram_token=wrong),
        await examined(world, agents_group=-100999),
        await examined(world, database=f"sqlite:{tmp_path / 'folder'}"),
    ]

    assert [1, 1, 1] == [code for code, _text in told]
    assert all("✗" in text for _code, text in told)
    assert wrong not in told[0][1]


@pytest.mark.parametrize(
    ("token", "word"),
    [(ACCOUNTS_TOKEN, "the account system answers"), ("wrong", "check PHONEDESK_ACCOUNTS_URL")],
)
async def test_the_account_system_is_asked(world, tmp_path, token, word):
    """Whether it answers, and knows the token."""
    reference = await opened(tmp_path / "exchange.db", new_keys(), ACCOUNTS_TOKEN)
    server = Server(Starlette(routes=reference.routes()), "127.0.0.1", 0)
    await server.start()
    code, text = await examined(world, accounts_url=f"http://127.0.0.1:{server.port}", accounts_token=token)
    await server.stop()
    await reference.close()

    assert (int(token == "wrong"), True) == (code, word in text), text
