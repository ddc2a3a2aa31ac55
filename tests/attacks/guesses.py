"""What a guesser does: gets to a check, types what they like, fills in forms; and what the counters say afterwards."""

from __future__ import annotations

import re
from typing import Any

from town import ANN, Town

from bot.clock import SECOND
from bot.db import codes, limits, watch
from bot.domain import totp

EMAIL = "ann@example.com"
PHONE = "+447400111222"
NEW = "+447400123456"
ACCOUNT = {"email": EMAIL, "signed_in": True}
WITH_APP = {**ACCOUNT, "totp": True}
PROVE, APP, COUNTRY = "bind_phone/prove_email", "bind_phone/prove_totp", "bind_phone/country"
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def wrong(code: str, by: int = 1) -> str:
    """Another code."""
    return f"{(int(code) + by) % 10**6:06}"


# --- the way to a check ---------------------------------------------------------------------------------------


async def begin(made: Town, *labels: str, person: int = ANN) -> None:
    """From the beginning, by these buttons."""
    await made.say("/start", person)
    for label in labels:
        await made.tap(label, person)


async def to_prove(made: Town, person: int = ANN, way: str = "Email code") -> None:
    """To the check before a first phone."""
    await begin(made, "Account security", "Mobile phone", "Set", way, person=person)


async def to_sms(made: Town, person: int = ANN, number: str = NEW) -> None:
    """Through that check, to the code that was sent to a number."""
    await to_prove(made, person)
    await made.say(made.code(EMAIL), person)
    for text in ("uk", number):
        await made.say(text, person)
    await made.tap("Send code", person)


async def linked(made: Town, person: int, email: str = EMAIL) -> None:
    """Somebody signs in by a link that the exchange's website showed to the account's owner."""
    status, body = await made.website("POST", f"accounts/{made.account(email)}/links")
    assert 201 == status
    await made.stage.pace()
    await made.stage.driver.act("start", {"person": person, "payload": body["payload"]})
    await made.stage.settle()


def app_code(made: Town, step: int = 0, email: str = EMAIL) -> str:
    """What the authenticator shows when the next thing is said, or shows so many steps off."""
    return totp.code_at(made.stage.keys[email], totp.step_at(made.clock.now() + SECOND) + step)


# --- forms ----------------------------------------------------------------------------------------------------


async def form(made: Town, person: int = ANN) -> str:
    """The address of a new form to sign in with."""
    await made.say("/start", person)
    label = "Sign in" if await made.place(person) == "welcome/start" else "New form"
    await made.tap(label, person)
    return made.screen(person).urls[-1]


async def fill(made: Town, url: str, email: str, password: str, browser: str = "thief") -> tuple[int, str]:
    """Open the form and send it in: status and page."""
    session = made.stage.browser(browser)
    async with session.get(url) as answer:
        found = _CSRF.search(await answer.text())
    fields = {"csrf": found[1] if found else "", "email": email, "password": password}
    async with session.post(url, data=fields) as answer:
        page = answer.status, await answer.text()
    await made.stage.settle()
    return page


# --- what there is to see ---------------------------------------------------------------------------------------


async def failures(made: Town) -> dict[str, list[int]]:
    """The failures counted, by scope: one number a key."""
    found: dict[str, list[int]] = {}
    for row in await made.rows("locks"):
        found.setdefault(row["scope"], []).append(row["failures"])
    return found


async def tries(made: Town) -> list[tuple[str, int]]:
    """The sent codes as they stand, oldest first."""
    return [(row["status"], row["tries"]) for row in await made.rows("codes")]


async def proved(made: Town) -> int:
    """How many factors were proved."""
    return len(await made.rows("proofs"))


async def failed(made: Town, scope: str, key: str, times: int) -> None:
    """So many failures that were counted before: the way there is what other tests walk."""
    await made.db(lambda tx: limits.recount(tx, made.tools, [(scope, key)] * times))


def compared(monkeypatch: Any) -> list[int]:
    """The codes, by their rows, that are compared from now on."""
    seen: list[int] = []
    compare = codes.matches

    def matches(tools: Any, row: Any, code: str) -> bool:
        seen.append(row["id"])
        return compare(tools, row, code)

    monkeypatch.setattr(codes, "matches", matches)
    return seen


async def audited(made: Town, action: str) -> int:
    """How often the audit has the action."""
    return (await made.db(watch.actions)).count(action)
