"""Texts that are longer than a message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.desk_sender import textparts


def test_a_text_is_cut_where_words_end():
    """At a line end or a blank; a word without end is cut all the same."""
    assert ["one two ", "three"] == textparts("one two three", 10)
    assert ["one\ntwo ", "three"] == textparts("one\ntwo three", 9)
    assert ["aaaa", "aaaa", "a"] == textparts("a" * 9, 4)
    assert [""] == textparts("", 4)


@given(st.text(), st.integers(1, 20))
def test_nothing_is_lost_and_no_part_is_too_long(text, most):
    """Whatever the text."""
    parts = textparts(text, most)

    assert text == "".join(parts)
    assert all(len(part) <= most for part in parts)
