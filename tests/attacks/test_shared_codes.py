"""Countries without SMS, reached by a neighbour's prefix: security.md section 5, group D, D47."""

from __future__ import annotations

import pytest
from guesses import ACCOUNT, EMAIL, begin, to_prove
from shortcuts import OWNER, put
from town import ANN

from bot.domain import countries, phones

NEIGHBOURS = {
    "GG": ("uk", ["+44 7911 123456", "07911 123456", "0044 7911 123456", "+447911123456", "+44 (0) 7911 123456"]),
    "KZ": ("Russia", ["+7 701 123 45 67", "8 701 123 4567", "007 701 123 4567"]),
    "JM": ("United States", ["+1 876 234 5678", "876 234 5678", "(876) 234-5678", "1 876 234 5678"]),
    "CU": ("United States", ["+53 5123 4567", "0053 51234567"]),
    "PM": ("France", ["+508 55 12 34"]),
    "NF": ("Australia", ["+672 381 234"]),
}
"""By a territory: the neighbour that shares its prefix or its network, and numbers of the one given for the other's."""
OURS = frozenset({"GG", "KZ", "JM"})
"""Those of them that the shipped list serves."""
MIXED = ["+1 53 5123 4567", "+44 53 5123 4567", "+7 53 512 34 56", "+53 +1 51234567", "+1 +53 51234567"]


@pytest.fixture
def fewer(monkeypatch):
    """An operator who serves neither Guernsey nor Kazakhstan nor Jamaica, as they may say in their list."""
    left = countries.served() - OURS
    monkeypatch.setattr(countries, "served", lambda: left)


async def at_number(made, country: str) -> None:
    """Through the check, to the number of a country."""
    await to_prove(made)
    await made.say(made.code(EMAIL))
    await made.say(country)
    assert "bind_phone/number" == await made.place()


@pytest.mark.parametrize("region", NEIGHBOURS)
async def test_D47_the_region_is_read_from_the_number_and_not_from_its_prefix(town, fewer, region):
    """Attack: choose the neighbour, type a number of the unserved; outcome: no SMS, its name, and Google 2FA."""
    neighbour, spellings = NEIGHBOURS[region]
    made = await town(account=ACCOUNT)
    await at_number(made, neighbour)
    for typed in spellings:
        await made.say(typed)
        assert "bind_phone/unserved" == await made.place(), typed
        assert countries.name(region) in made.screen().text
        await made.tap("Other country")
        await made.say(neighbour)
    await made.stage.driver.act("contact", {"person": ANN, "phone": spellings[0].replace(" ", "")})
    await made.stage.settle()
    shared = await made.place()
    await made.tap("Set up Google 2FA")

    assert ("bind_phone/unserved", "bind_totp/scan") == (shared, await made.place())
    assert ([], 1) == (made.texts(), len(await made.rows("codes")))


@pytest.mark.parametrize("region", NEIGHBOURS)
async def test_D47_nor_is_a_number_taken_in_place_of_a_country(town, fewer, region):
    """Attack: choose the unserved country first, then type its number, or its neighbour's code; outcome: no SMS."""
    made = await town(account=ACCOUNT)
    await to_prove(made)
    await made.say(made.code(EMAIL))
    places = []
    for text in (countries.name(region), NEIGHBOURS[region][1][0]):
        await made.say(text)
        places.append(await made.place())
        if places[-1].endswith("/unserved"):
            await made.tap("Other country")
    await made.say("uk")
    await made.say("07400 123456")
    await made.tap("Send code")

    assert "bind_phone/unserved" == places[0]
    assert places[1] in ("bind_phone/unserved", "bind_phone/country")
    assert ["+447400123456"] == [sms.to for sms in made.stage.world.inbox.sms_to("")]


@pytest.mark.parametrize("flow", ["change_phone", "recover_phone"])
async def test_D47_so_it_is_in_every_flow(town, fewer, flow):
    """Attack: the same with a change and with a recovery; outcome: no SMS to any of them."""
    made = await town(account=OWNER)
    await begin(made)
    for region, (_, spellings) in NEIGHBOURS.items():
        for typed in spellings:
            await put(made, f"{flow}/number", region={"GG": "GB", "KZ": "RU", "JM": "US"}.get(region, "US"))
            await made.say(typed)
            assert f"{flow}/unserved" == await made.place(), typed

    assert [] == made.texts()


@pytest.mark.parametrize("typed", MIXED)
async def test_D47_a_prefix_before_a_number_of_another_country_makes_none_of_it(town, typed):
    """Attack: put +1, +7 or +44 before a Cuban number; outcome: no SMS, or one to a number of a served country."""
    made = await town(account=ACCOUNT)
    await at_number(made, "uk")
    await made.say(typed)
    if await made.place() == "bind_phone/confirm":  # a British number after a slip of the finger
        await made.tap("Send code")

    assert "bind_phone/country" != await made.place()
    assert {True} >= {phones.read(sms.to, "").region in countries.served() for sms in made.stage.world.inbox.sms_to("")}
