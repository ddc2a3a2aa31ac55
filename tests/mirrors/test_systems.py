"""The adapters by themselves: settings, the doctor, and what is made of answers."""

from __future__ import annotations

import pytest
from mirror_doubles import SECRET, Fault

from bot import doctor
from bot.clock import ManualClock
from bot.errors import Flooded, Rejected, SettingsError, Unreachable
from bot.local import new_keys
from bot.mirrors import systems
from bot.mirrors.base import plain
from bot.settings import fixed

FINE = {
    "mirror_url": "zendesk+https://acme.zendesk.com",
    "mirror_token": "agent@example.com/token:abc",
    "mirror_secret": SECRET,
}


def faults(**changes) -> str:
    with pytest.raises(SettingsError) as caught:
        fixed({**new_keys(), **FINE, **changes})
    return str(caught.value)


def test_complete_settings_are_taken():
    """For either system."""
    zammad = {**FINE, "mirror_url": "zammad+https://desk.example.com", "mirror_token": "t"}
    clock = ManualClock(0)

    assert ["Zendesk", "Zammad"] == [
        systems.opened(fixed({**new_keys(), **given}), clock).name for given in (FINE, zammad)
    ]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"mirror_url": "https://acme.zendesk.com"}, "MIRROR_URL"),
        ({"mirror_url": "jira+https://acme.example"}, "MIRROR_URL"),
        ({"mirror_url": "zendesk+http://acme.zendesk.com"}, "MIRROR_URL"),
        ({"mirror_token": ""}, "MIRROR_TOKEN"),
        ({"mirror_token": "abc"}, "agent@example.com/token"),
        ({"mirror_secret": "short"}, "MIRROR_SECRET"),
        ({"mirror_url": "zammad+https://a.example", "mirror_group": ""}, "MIRROR_GROUP"),
    ],
)
def test_what_is_wrong_with_the_settings_is_told(changes, name):
    """By the setting's name, without its value."""
    told = faults(**changes)

    assert name in told
    assert SECRET not in told


def test_all_faults_are_told_together():
    """In one message, with every other."""
    told = faults(mirror_url="jira+x", mirror_token="", mirror_secret="", database="x")

    assert all(name in told for name in ("MIRROR_URL", "MIRROR_TOKEN", "MIRROR_SECRET", "DATABASE"))


async def examined(double, tmp_path, **changes) -> str:
    lines: list[str] = []
    given = {**new_keys(), **double.settings, "database": f"sqlite:{tmp_path / 'x.db'}", **changes}
    await doctor.examine(fixed(given), lines.append)
    return next(line for line in lines if "mirror of tickets" in line)


async def test_the_doctor_asks_who_we_are_there(double, tmp_path):
    """And names the setting that mends a wrong token, or a system that is not there."""
    wrong = {"zendesk": "robot@example.com/token:wrong", "zammad": "wrong"}[double.kind]
    fine, refused = await examined(double, tmp_path), await examined(double, tmp_path, mirror_token=wrong)
    away = await examined(double, tmp_path, mirror_url=f"{double.kind}+http://127.0.0.1:9")

    assert ("✓" in fine, "robot@example.com" in fine) == (True, True), fine
    assert [("✗", True)] * 2 == [(line[6], "PHONEDESK_MIRROR_TOKEN" in line) for line in (refused, away)]


async def test_what_answers_mean(double, clock):
    """Refusals are told apart, and what passes is tried again."""
    double.clock = clock
    system = systems.opened(fixed({**new_keys(), **double.settings}), clock)
    meant = {}
    for status in (401, 403, 404, 409, 422, 500, 418):
        double.faults = [Fault("", status)]
        with pytest.raises((Rejected, Unreachable)) as caught:
            await system.look("1")
        meant[status] = getattr(caught.value, "code", "later")
    double.faults = [Fault("", 429, retry_after="7")]
    with pytest.raises(Flooded, match="7000"):
        await system.look("1")
    asked = len(double.asked)
    clock.advance(4_000)
    with pytest.raises(Flooded, match="3000"):
        await system.find(1)
    left_alone = len(double.asked) == asked
    clock.advance(3_000)
    await system.find(1)
    await system.close()

    assert {
        401: "unauthorized", 403: "forbidden", 404: "not_found", 409: "later", 422: "unprocessable", 500: "later",
        418: "refused",
    } == meant  # fmt: skip
    assert left_alone


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>Hello&nbsp;Ann,</p><p>it is<br>mended &amp; fine</p>", "Hello Ann,\n\nit is\nmended & fine"),
        ("<div>a<style>p{}</style><script>x</script></div>", "a"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ("1 < 2", "1 < 2"),
        ("", ""),
    ],
)
def test_markup_becomes_words(markup, words):
    """As a person would read it."""
    assert words == plain(markup)


async def test_an_answer_in_markup_reaches_the_person_as_words(scene):
    """Nothing that an agent there writes can become markup here."""
    await scene.ticket()
    await scene.later()
    markup = {"zendesk": "1 < 2 <b>bold</b>", "zammad": "<div>1 &lt; 2 &lt;b&gt;bold&lt;/b&gt;</div>"}
    scene.double.comment(markup[scene.double.kind], markup=True)
    await scene.hook()

    assert "1 < 2 <b>bold</b>" == scene.read()[-1]
