from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.entities import formatted, is_blank
from bot.sandbox.errors import ApiError
from bot.sandbox.links import checked_link

SURROGATE = (
    "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
)


def html(text: str) -> tuple[str, list[tuple[Any, ...]]]:
    plain, entities = formatted(text, "HTML", None)
    return plain, [(item["type"], item["offset"], item["length"]) for item in entities]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<x>a</x>", 'Unsupported start tag "x" at byte offset 0'),
        ("é<x", "Unclosed start tag at byte offset 2"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=a$>", "Unexpected end of name token at byte offset 8"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ('<tg-emoji emoji-id="x">a</tg-emoji>', "Invalid custom emoji identifier specified"),
        (
            "&#xd800;",
            SURROGATE,
        ),
    ],
)
def test_broken_html_is_refused_with_telegrams_words(text: str, error: str) -> None:
    """The text and the byte offset are Telegram's."""
    with pytest.raises(ApiError) as caught:
        formatted(text, "HTML", None)

    assert f"Bad Request: can't parse entities: {error}" == str(caught.value)


@pytest.mark.parametrize(
    ("text", "plain", "entities"),
    [
        ("<b>a</b>", "a", [("bold", 0, 1)]),
        ("<B>a</B>", "a", [("bold", 0, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<b></b>a", "a", []),
        ("<b>a</>", "a", [("bold", 0, 1)]),
        ("😀<b>a</b>", "😀a", [("bold", 2, 1)]),
        ("a &lt;b&gt; &amp; &quot; &#39; &#x27; &nbsp; & c", "a <b> & \" ' ' &nbsp; & c", []),
        ("&ltb", "&ltb", []),
        ("<a href='http://x'>a</a>", "a", []),
        ('<a href="https://e.org/?a=1&amp;b=2">a</a>', "a", [("text_link", 0, 1)]),
        ("<a>example.org</a>", "example.org", [("text_link", 0, 11)]),
        ('<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1)]),
        ('<code class="language-py">x</code>', "x", [("code", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ('<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>', "👍", [("custom_emoji", 0, 2)]),
        ('<tg-time unix="1767603600" format="wDT">x</tg-time>', "x", [("date_time", 0, 1)]),
        ("  \n a <b>b </b> ", "a b", [("bold", 2, 1)]),
        ("<b> a</b>", " a", [("bold", 0, 2)]),
        ("a\r\n<b>b</b>", "a\nb", [("bold", 2, 1)]),
    ],
)
def test_html_becomes_text_and_entities(text: str, plain: str, entities: list[tuple[Any, ...]]) -> None:
    """Tags nest, entities vanish when empty, offsets are UTF-16, space around is trimmed."""
    assert (plain, entities) == html(text)


def test_language_and_mention_are_kept() -> None:
    """A code block keeps its language, a tg:// link the user."""
    _, [pre] = formatted('<pre><code class="language-py">x</code></pre>', "HTML", None)
    _, [mention] = formatted('<a href="tg://user?id=7001">x</a>', "HTML", None)

    assert pre["language"] == "py"
    assert mention["user_id"] == 7001
    assert mention["type"] == "text_mention"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start abc", [("bot_command", 0, 6)]),
        ("see /help@phonedesk_bot", [("bot_command", 4, 19)]),
        ("a/b 1/2", []),
        ("mail a.b@example.org now", [("email", 5, 15)]),
        ("go to https://example.org/a?b=c.", [("url", 6, 25)]),
        ("example.com is it", [("url", 0, 11)]),
        ("@someone #tag $USD", [("mention", 0, 8), ("hashtag", 9, 4), ("cashtag", 14, 4)]),
        ("call +4915112345678", [("phone_number", 5, 14)]),
        ("😀 /go", [("bot_command", 3, 3)]),
        ("plain text, nothing else", []),
    ],
)
def test_plain_text_is_searched_as_telegram_does(text: str, found: list[tuple[Any, ...]]) -> None:
    """Commands, addresses, links, mentions and numbers become entities by themselves."""
    _, entities = formatted(text, "", None)

    assert found == [(item["type"], item["offset"], item["length"]) for item in entities]


def test_nothing_is_found_inside_code() -> None:
    """What is code stays code."""
    assert html("<code>/x</code>") == ("/x", [("code", 0, 2)])


def test_explicit_entities_are_checked() -> None:
    """An entity beyond the text or of no known type is refused; one of no length is dropped."""
    assert formatted(
        "ab", "", [{"type": "bold", "offset": 0, "length": 1}, {"type": "bold", "offset": 0, "length": 0}]
    ) == ("ab", [{"type": "bold", "offset": 0, "length": 1}])
    for bad in ({"type": "bold", "offset": 1, "length": 2}, {"type": "nope", "offset": 0, "length": 1}, "x"):
        with pytest.raises(ApiError):
            formatted("ab", "", [bad])  # type: ignore[list-item]  # the point of the test


@pytest.mark.parametrize(
    ("mode", "error"),
    [("Markdown", "parse_mode markdown is not simulated; use HTML"), ("xml", "unsupported parse_mode")],
)
def test_other_modes_are_refused(mode: str, error: str) -> None:
    """A mode is HTML or none."""
    with pytest.raises(ApiError, match=error):
        formatted("a", mode, None)


def test_a_raw_text_above_32_kib_is_refused() -> None:
    """Bytes count before parsing."""
    with pytest.raises(ApiError, match="text is too long"):
        formatted("é" * 16_385, "", None)


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u2800", "\u3164"])
def test_invisible_text_is_blank(text: str) -> None:
    """What would not show is no text."""
    assert is_blank(text)


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("http://localhost/x", None),
        ("https://example.org", "https://example.org/"),
        ("example.org/a", "http://example.org/a"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("ftp://example.org", None),
        ("a b", None),
        ("http://[", None),
    ],
)
def test_a_link_needs_a_host_with_a_dot(url: str, checked: str | None) -> None:
    """Telegram's idea of a link."""
    assert checked == checked_link(url)
