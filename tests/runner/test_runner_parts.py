"""The parts of the runner that need no stage."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.scripts import matching
from bot.scripts.coverage import Coverage
from bot.scripts.player import Player
from bot.scripts.script import Difference, Script
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


def group(*posts):
    """A player before whom lie posts of the agents' group: a lane, a template and a text each."""
    script = Script("s", Path("s.yaml"), 1, "welcome", {}, ())
    player = Player(script, SimpleNamespace(user=7001, groups={}), Transcript(script))
    player.queue = [Seen("desk", -1, (f"desk/{key}",), text=text, lane=lane) for lane, key, text in posts]
    return player


@pytest.mark.parametrize("turned", [1, -1])
def test_topics_are_served_side_by_side(turned):
    """Whichever of two topics is served first, what is written of both comes, each post once."""
    player = group(*[("a", "card", "1001"), ("b", "card", "1002"), ("general", "queue", "")][::turned])

    matching.desk(player, {"posts": ["queue", {"key": "card", "text": "1002"}, {"key": "card", "text": "1001"}]})

    assert [] == player.queue


def test_a_topic_is_read_in_order():
    """What shares a topic has to come as it is written."""
    player = group(("a", "claimed", ""), ("a", "card", "1001"), ("b", "queue", ""))

    with pytest.raises(Difference, match="expected desk/card in the agents' group, but desk/claimed came"):
        matching.desk(player, {"posts": ["card", "claimed", "queue"]})


def test_the_right_post_with_other_words_is_told():
    """Where only the words differ, they are what is told, not the post of another topic."""
    player = group(("b", "queue", ""), ("a", "card", "1001"))

    with pytest.raises(Difference, match="does not say '1002'; it says: 1001"):
        matching.desk(player, {"key": "card", "text": "1002"})
