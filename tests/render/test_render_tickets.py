"""What people read about their tickets, in every language."""

from __future__ import annotations

import pytest
from render_sample import NOW

from bot import catalogs
from bot.desk.questions import FREE, ITEMS
from bot.render import Renderer
from bot.sandbox.entities import formatted

LANGUAGES = catalogs.languages()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_item_has_a_question_of_its_own(renderer: Renderer, lang: str) -> None:
    """Each thing that can be asked for is asked for in words, the first time and when it is brought up again."""
    asked = {
        item: renderer.notice(
            "handoff/asked", lang=lang,
            params={"item": item, "words": "<Which> bank?", "name": "Mira", "ticket": 1042, "again": again},
        )
        for item in (*ITEMS, FREE)
        for again in (True, False)
    }  # fmt: skip

    assert len(asked) == len(set(asked.values()))
    assert "&lt;Which&gt; bank?" in asked[FREE]
    assert all("Mira" in formatted(text, "HTML", None)[0] for text in asked.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_of_hint_has_its_own_words(renderer: Renderer, lang: str) -> None:
    """What would help more is said for each kind."""
    hints = {
        renderer.notice("handoff/hint", lang=lang, params={"wants": wants}) for wants in ("picture", "number", "words")
    }

    assert 3 == len(hints)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_ticket_stands_differently_in_every_status(renderer: Renderer, lang: str) -> None:
    """Each status, and both kinds of waiting, are told apart in plain words."""
    stands = [(status, None) for status in ("new", "open", "pending", "hold", "solved", "closed")]
    texts = set()
    for status, wake_at in (*stands, ("hold", NOW)):
        shown = {
            "number": 1042, "reason": "phone", "status": status, "opened_at": NOW, "wake_at": wake_at,
            "solved_at": NOW, "until": NOW, "agent": "", "follows": None,
        }  # fmt: skip
        extra = {"tickets": [shown]}
        screen = renderer.screen(
            "handoff/tickets", lang=lang, data={}, event={}, facts={}, extra=extra, turn=1, version=1
        )
        texts.add(screen.text)

    assert 7 == len(texts)
