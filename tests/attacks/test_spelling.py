"""Codes as nobody should type them, and from where nobody should: security.md section 5, group B, text."""

from __future__ import annotations

import pytest
from guesses import (
    ACCOUNT,
    COUNTRY,
    EMAIL,
    PROVE,
    WITH_APP,
    app_code,
    failures,
    proved,
    to_prove,
    tries,
    wrong,
)
from town import ANN, KWAME

from bot.clock import MINUTE, SECOND
from bot.db.limits import CODE, TOTP

REFUSED = {
    "an underscore": lambda code: f"{code[:2]}_{code[2:]}",
    "a plus": lambda code: f"+{code}",
    "a zero before it": lambda code: f"0{code}",
    "a fraction": lambda code: f"{code}.0",
    "an exponent": lambda _code: "1e5",
    "an exponent of six digits": lambda code: f"{code}e0",
    "nothing": lambda _code: "",
    "only blanks": lambda _code: " \n\t ",
    "10 kB of digits": lambda _code: "1" * 10_240,
    "10 kB before it": lambda code: "x " * 5_120 + code,
    "NUL within it": lambda code: f"{code[:3]}\0{code[3:]}",
    "a minus": lambda code: f"-{code}",
    "another base": lambda code: f"0x{code}",
    "raised digits": lambda code: "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in code),
    "circled digits": lambda _code: "①②③④⑤⑥",
    "Chinese numerals": lambda _code: "一二三四五六",
    "letters that look alike": lambda code: f"{code[:5]}O",
    "two different codes": lambda code: f"{code} {wrong(code)}",
    "a lone surrogate": lambda code: f"{code[:3]}\ud83d{code[3:]}",
}
TAKEN = {
    "NUL after it": lambda code: f"{code}\0",
    "NUL before it": lambda code: f"\0{code}",
    "blanks around it": lambda code: f" {code} ",
    "a newline after it": lambda code: f"{code}\n",
    "a right-to-left mark": lambda code: f"\u200f{code}\u200e",
    "a blank within it": lambda code: f"{code[:3]} {code[3:]}",
}


async def write(made, text: str, kind: str = "message", **more) -> None:
    """A message of Ann's as only a client of one's own would send it."""
    await made.stage.pace()
    person = {"id": ANN, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    chat = {"id": ANN, "type": "private", "first_name": "Ann"}
    message = {
        "message_id": 700_000 + made.tools.ids() % 90_000,
        "date": made.clock.now() // SECOND,
        "from": person,
        "chat": chat,
    }
    await made.deliver({kind: {**message, "text": text, **more}})


@pytest.mark.parametrize("way", ["Email code", "Google 2FA"])
async def test_B23_what_is_no_code_is_no_guess(town, way):
    """Attack: everything that int(), float() or a careless pattern takes; outcome: an answer, and nothing counted."""
    made = await town(account=WITH_APP)
    await to_prove(made, way=way)
    place = await made.place()
    for name, write_as in REFUSED.items():
        code = made.code(EMAIL) if way == "Email code" else app_code(made, 1)
        before = len(made.stage.shown(ANN))
        await write(made, write_as(code))
        assert (place, 0, {}) == (await made.place(), await proved(made), await failures(made)), name
        assert before < len(made.stage.shown(ANN)), name

    assert [] == [row["error"] for row in await made.rows("inbox") if row["error"]]
    assert {0} >= {guesses for _status, guesses in await tries(made)}
    await made.say(made.code(EMAIL) if way == "Email code" else app_code(made))
    assert COUNTRY == await made.place()


@pytest.mark.parametrize("name", TAKEN)
async def test_B23_a_trimmed_code_is_the_code(town, name):
    """Attack: blanks, newline and direction marks around the right code; outcome: it is those six digits, once."""
    made = await town(account=ACCOUNT)
    await to_prove(made)
    await write(made, TAKEN[name](made.code(EMAIL)))

    assert (COUNTRY, 1) == (await made.place(), await proved(made))


# --- digits of other scripts --------------------------------------------------------------------------------------

ZEROS = {"Arabic-Indic": 0x660, "Persian": 0x6F0, "full-width": 0xFF10}


@pytest.mark.parametrize("script", ZEROS)
@pytest.mark.parametrize("way", ["Email code", "Google 2FA"])
async def test_B24_an_honest_person_types_their_own_digits(town, script, way):
    """Attack: none, but a bot that refuses them; outcome: wrong ones are counted, right ones are taken, and once."""
    made = await town(account=WITH_APP)

    def own(code: str) -> str:
        return "".join(chr(ZEROS[script] + int(digit)) for digit in code)

    def right() -> str:
        return made.code(EMAIL) if way == "Email code" else app_code(made)

    await to_prove(made, way=way)
    await made.say(own(wrong(right(), 77)))
    counted, code = await failures(made), right()
    await made.say(own(code))
    taken = await made.place(), await proved(made), await failures(made)
    await made.wait(MINUTE)
    await made.say("/start")
    for label in ("Account security", "Set up trading password", way):
        await made.tap(label)
    await made.say(own(code))
    await made.say(code)

    assert {CODE if way == "Email code" else TOTP: [1]} == counted
    assert (COUNTRY, 1, {}) == taken
    assert 1 == await proved(made)


# --- from where no code is taken ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["Email code", "Google 2FA"])
@pytest.mark.parametrize("how", ["edited", "edited anew", "forwarded", "caption", "caption of a document", "contact"])
async def test_B25_a_code_is_taken_from_a_message_and_from_nothing_else(town, how, way):
    """Attack: the right code by an edit, a forward, a caption; outcome: no success, nothing counted, an answer."""
    made = await town(account=WITH_APP)
    await to_prove(made, way=way)
    place = await made.place()
    await made.say("hm")
    message = [each.id for each in made.stage.world.messages(ANN) if each.sender == ANN][-1]
    code = made.code(EMAIL) if way == "Email code" else app_code(made, 1)
    before = len(made.stage.shown(ANN))
    act = {
        "edited": ("edit", {"message_id": message, "text": code}),
        "forwarded": ("say", {"text": code, "forwarded": True}),
        "caption": ("media", {"kind": "photo", "caption": code}),
        "caption of a document": ("media", {"kind": "document", "caption": code}),
        "contact": ("contact", {"phone": code, "first_name": code}),
    }
    if how == "edited anew":
        await write(made, code, "edited_message", edit_date=made.clock.now() // SECOND)
    else:
        name, fields = act[how]
        await made.stage.driver.act(name, {"person": ANN, **fields})
        await made.stage.settle()

    assert (place, 0, {}) == (await made.place(), await proved(made), await failures(made))
    assert before < len(made.stage.shown(ANN))
    await made.say(code)
    assert COUNTRY == await made.place()


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_B25_a_code_in_a_group_is_taken_by_nobody(town, kind):
    """Attack: bring the bot into a group and type the code there; outcome: it says private chats only, and leaves."""
    made = await town(account=ACCOUNT)
    await to_prove(made)
    code, group = made.code(EMAIL), -1_001_000_009_999 if kind == "supergroup" else -9_999
    acts = made.stage.driver.act
    await acts(
        "group", {"chat": group, "title": "Friends", "owner": ANN, "type": kind, "members": [KWAME], "bot": "left"}
    )
    await acts("add_bot", {"person": ANN, "chat": group})
    await made.stage.settle()
    await acts("say", {"person": ANN, "chat": group, "text": code})
    await made.stage.settle()
    await made.wait(5 * SECOND)
    told = [seen.text for seen in made.stage.shown(group) if seen.text != "[service]"]
    member = made.stage.world.state.chats[group].members[made.stage.world.bot.id]

    assert (PROVE, 0, {}) == (await made.place(), await proved(made), await failures(made))
    assert [("live", 0)] == await tries(made)
    assert 1 == len(told)
    assert "in private chats only" in told[0]
    assert not member.present
    await made.say(code)
    assert COUNTRY == await made.place()


@pytest.mark.parametrize("where", ["general", "topic"])
async def test_B25_a_code_in_the_agents_group_is_taken_by_nobody(town, where):
    """Attack: join the desk and type the code there; outcome: it proves nothing, in a topic or outside of one."""
    made = await town(account=ACCOUNT)
    await to_prove(made)
    thread = None
    if where == "topic":
        await made.tap("Talk to a person")
        await made.tap("My account")
        thread = await made.stage.thread(ANN)
    code = made.code(EMAIL)
    await made.stage.driver.act("join", {"person": ANN, "chat": made.stage.forum})
    await made.stage.driver.act("say", {"person": ANN, "chat": made.stage.forum, "thread": thread, "text": code})
    await made.stage.settle()
    told = [seen.text for seen in made.stage.shown(made.stage.forum)]

    assert (0, {}) == (await proved(made), await failures(made))
    assert [("live", 0)] == await tries(made)
    assert (where == "topic") == any("not on the list of support agents" in text for text in told)
    if where == "topic":
        await made.wait(2 * MINUTE)
        await to_prove(made)
    await made.say(made.code(EMAIL))
    assert COUNTRY == await made.place()
