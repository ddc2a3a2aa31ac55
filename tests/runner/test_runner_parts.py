"""The parts of the runner that need no stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.scripts.coverage import Coverage
from bot.scripts.script import Script
from bot.scripts.seen import Seen
from bot.scripts.stage import duration
from bot.scripts.texts import agrees, captured, filled, masked
from bot.scripts.transcript import Transcript
from bot.scripts.verbs import VERBS
from conversations.flows import BOOK


@pytest.mark.parametrize(("text", "ms"), [("30s", 30 * SECOND), ("9m", 9 * MINUTE), ("24 h", DAY), ("2d", 48 * HOUR)])
def test_durations(text, ms):
    """A number and a unit are milliseconds."""
    assert ms == duration(text)


@pytest.mark.parametrize("text", ["", "9", "m", "1.5h", "-3s", "3 weeks"])
def test_other_durations_are_refused(text):
    """Anything else is refused with the way to write it."""
    with pytest.raises(ValueError, match="write 30s, 9m, 24h or 2d"):
        duration(text)


def test_variables_are_filled_in_however_deep():
    """Names in braces are replaced in texts, lists and mappings; what changes with the clock is asked first."""
    special = {"totp": "111111"}.get

    assert {"a": ["x1", 2], "b": {"c": "111111"}} == filled(
        {"a": ["x{n}", 2], "b": {"c": "{totp}"}}, {"n": "1"}, special
    )


def test_an_unknown_variable_is_named():
    """A name that stands for nothing is named together with those that do."""
    with pytest.raises(LookupError, match=r"nothing was saved as \{cod\}; saved: code"):
        filled("{cod}", {"code": "1"}, lambda _name: None)


def test_texts_agree_literally_or_by_pattern():
    """Between slashes stands a pattern; anything else must stand in the text word for word."""
    assert agrees("a.c", "xa.cx")
    assert not agrees("a.c", "abc")
    assert agrees("/a.c/", "abc")
    assert ("12", "ab12", None) == (captured(r"(\d+)$", "ab12"), captured(r"\w+", "ab12"), captured("z", "ab12"))


def test_reports_are_masked():
    """Numbers, addresses and codes are masked, other numbers are not."""
    assert "+44 ****56 got ****** for a****@e****.com, ticket 1001" == masked(
        "+447400123456 got 123456 for ann@example.com, ticket 1001"
    )


def test_the_transcript_reads_like_a_play():
    """Who stands on the left, what on the right, buttons under their message."""
    transcript = Transcript(Script("s", Path("s.yaml"), 1, "f", {}, ()))
    transcript.acted("user", "/start")
    transcript.seen(Seen("bot", 1, ("a/b",), text="Hello\nthere", buttons=(("Yes", "No"),), edited=True))
    transcript.seen(Seen("sms", 1, ("sms/code",), text="123456", to="+447400123456"))

    assert (
        "user   /start\nbot    (in place) Hello\n       there\n       [Yes] [No]\nsms    to +447400123456: 123456"
        == (transcript.text(shown=True))
    )


def test_every_own_edge_counts_and_shared_ones_count_once():
    """A state's own rules are edges of its flow; what holds everywhere is one edge, wherever it is taken."""
    coverage = Coverage(BOOK)
    own = sum(len(BOOK.rules(place)) - len(BOOK.everywhere) for place in BOOK.places)

    coverage.add(["welcome/start tap:signin -> signin/form", "signin/form /help -> .", "nonsense"], "a.yaml:1")
    coverage.add(["signin/second /help -> ."], "b.yaml:1")

    assert own == sum(edge.flow != "everywhere" for edge in coverage.edges)
    assert {"welcome/start tap:signin -> signin/form": 1, "everywhere /help -> .": 2} == coverage.hits
    assert "a.yaml:1" == coverage.first["everywhere /help -> ."]
    assert len(coverage.edges) - 2 == len(coverage.missing)


def test_every_verb_says_what_it_is_and_its_short_form_is_a_field():
    """The manual is made of this table."""
    assert [] == [
        name for name, verb in VERBS.items() if not verb.what or (verb.short and verb.short not in verb.fields)
    ]
