"""Texts that are longer than a message."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.parts import CAPTION, TEXT, Part, parts, showing, units
from bot.telegram import markup
from bot.telegram.markup import messages_of

SIGNS = st.sampled_from(
    ["a", "b ", "\n", "é", "e\u0301", "😀", "👍🏽", "👨\u200d👩\u200d👧", "🇩🇪", "❤\ufe0f", "1\ufe0f\u20e3"]
)
TEXTS = st.lists(SIGNS, max_size=60).map("".join)


def covered(made: list[Part]) -> set[tuple[str, int]]:
    """Which units of the whole are formatted, and how."""
    found, begin = set(), 0
    for part in made:
        for entity in part.entities:
            start = begin + entity["offset"]
            found |= {(entity["type"], place) for place in range(start, start + entity["length"])}
        begin += units(part.text)
    return found


@st.composite
def formatted(draw):
    text = draw(TEXTS)
    entities = []
    for _ in range(draw(st.integers(0, 4)) if text else 0):
        offset = draw(st.integers(0, units(text) - 1))
        length = draw(st.integers(1, units(text) - offset))
        kind = draw(st.sampled_from(["bold", "italic", "text_link", "date_time"]))
        entities.append({"type": kind, "offset": offset, "length": length})
    return text, entities


@given(formatted(), st.integers(2, 40), st.none() | st.integers(2, 40))
def test_nothing_is_lost_and_no_part_is_too_long(given_text, most, first):
    """Whatever the text: its parts are the text, each within its limit, and formatted exactly where it was."""
    text, entities = given_text

    made = parts(text, entities, most=most, first=first)

    limits = [most if first is None else first, *[most] * (len(made) - 1)]
    assert text == "".join(part.text for part in made)
    assert all(len(part.text.encode("utf-16-le")) // 2 <= limit for part, limit in zip(made, limits, strict=True))
    assert covered([Part(text, tuple(entities))]) == covered(made)
    assert all(
        0 <= entity["offset"] and 0 < entity["length"] and entity["offset"] + entity["length"] <= units(part.text)
        for part in made
        for entity in part.entities
    )


@given(TEXTS, st.integers(12, 40))
def test_no_sign_is_cut_in_two(text, most):
    """A family, a flag, a skin tone, an accent and a keycap stay what they are where the limit is wide enough."""
    for part in parts(text, most=most)[1:]:
        first = part.text[0]
        assert "Mn" != unicodedata.category(first)
        assert first not in "\u200d🏽"
    for part in parts(text, most=most)[:-1]:
        assert not part.text.endswith("\u200d")
        assert 0 == sum(0x1F1E6 <= ord(sign) < 0x1F200 for sign in part.text) % 2


def test_a_text_is_cut_where_words_end():
    """At a line end or a blank; a word without end is cut all the same."""
    assert ["one two ", "three"] == [part.text for part in parts("one two three", most=10)]
    assert ["one\ntwo ", "three"] == [part.text for part in parts("one\ntwo three", most=9)]
    assert ["aaaa", "aaaa", "a"] == [part.text for part in parts("a" * 9, most=4)]
    assert [Part("")] == parts("", most=4)


def test_a_sign_that_is_longer_than_a_part_is_cut_all_the_same():
    """Something has to go out."""
    assert ["👨\u200d", "👩\u200d", "👧"] == [part.text for part in parts("👨\u200d👩\u200d👧", most=3)]
    assert ["😀", "😀"] == [part.text for part in parts("😀😀", most=2)]


def test_bold_over_a_cut_goes_on_behind_it():
    """6,000 characters, bold from 3,990 to 4,200: valid formatting in both parts."""
    first, second = parts("a" * 6000, [{"type": "bold", "offset": 3990, "length": 210}])

    assert (TEXT, 6000 - TEXT) == (len(first.text), len(second.text))
    assert ({"type": "bold", "offset": 3990, "length": 106},) == first.entities
    assert ({"type": "bold", "offset": 0, "length": 104},) == second.entities


def test_a_moment_is_not_halved():
    """What stands for one thing goes into the next part whole."""
    first, second = parts("see you on 5 January 2026", [{"type": "date_time", "offset": 11, "length": 14}], most=20)

    assert ("see you on ", ()) == (first.text, first.entities)
    assert ({"type": "date_time", "offset": 0, "length": 14},) == second.entities


def test_a_first_part_may_be_a_caption():
    """What is below a picture is shorter than what follows."""
    assert [CAPTION, TEXT, 880] == [len(part.text) for part in parts("a" * 6000, first=CAPTION)]


def test_blank_parts_are_left_out():
    """Telegram takes no message of blanks."""
    assert [Part("a   ")] == showing(parts("a" + " " * 9, most=4))
    assert [Part("")] == showing(parts("", most=4))


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=300), st.integers(0, 4000))
def test_a_text_of_ours_is_cut_with_its_tags(words, more):
    """What is escaped in our HTML is itself again in the parts, and bold stays bold."""
    words += "w"
    escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    made = messages_of(f"<b>{escaped}</b><blockquote expandable>{'x' * 4097}{'y' * more}</blockquote>")

    assert words + "x" * 4097 + "y" * more == "".join(message["text"] for message in made)
    assert all("parse_mode" not in message and units(message["text"]) <= TEXT for message in made)
    kinds = {entity["type"] for message in made for entity in message["entities"]}
    assert {"bold", "expandable_blockquote"} == kinds


def test_a_text_of_ours_that_fits_goes_out_as_it_is():
    """Nothing is read that need not be."""
    assert [{"text": "<b>one</b>", "parse_mode": "HTML"}] == messages_of("<b>one</b>")


def test_a_moment_keeps_its_time():
    """An entity carries what its tag carried."""
    made = {"type": "date_time", "offset": 0, "length": 3, "unix_time": 5, "date_time_format": "d"}

    assert ("now", [made]) == markup.read('<tg-time unix="5" format="d">now</tg-time>')


def test_a_link_keeps_its_address():
    """Its own too, unescaped."""
    text, entities = markup.read('<a href="https://t.me/c/1/2?a=1&amp;b=2">1001</a> &lt;ok&gt; 😀<i>x</i>')

    assert "1001 <ok> 😀x" == text
    assert [
        {"type": "text_link", "url": "https://t.me/c/1/2?a=1&b=2", "offset": 0, "length": 4},
        {"type": "italic", "offset": 12, "length": 1},
    ] == entities


@pytest.mark.parametrize("html", ["<b>one", "one</b>", "<b><i>one</b></i>", "<h1>one</h1>"])
def test_markup_that_telegram_would_refuse_is_refused(html):
    """A slip in a template is no message."""
    with pytest.raises(ValueError, match="<"):
        markup.read(html)
