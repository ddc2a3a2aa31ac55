from __future__ import annotations

import json
from typing import Any

import pytest

from bot.sandbox.errors import ApiError
from bot.sandbox.markup import parse


def inline(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[button]]}


def keys(**button: Any) -> dict[str, Any]:
    return {"keyboard": [[button]]}


@pytest.mark.parametrize(
    ("markup", "error"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ("[]", "object expected as reply markup"),
        (inline(text="a", callback_data=""), "BUTTON_DATA_INVALID"),
        (inline(text="a", callback_data="é" * 33), "BUTTON_DATA_INVALID"),
        (inline(text="a"), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        (
            inline(text="a", callback_data="x", style="loud"),
            "can't parse inline keyboard button: invalid button style specified",
        ),
        (inline(text=" ", callback_data="x"), "inline keyboard button text must be non-empty"),
        (
            inline(text="a", url="http://localhost/x"),
            "inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL",
        ),
        (
            inline(text="a", web_app={"url": "http://e.org"}),
            "inline keyboard button Web App URL 'http://e.org' is invalid: Only HTTPS links are allowed",
        ),
        (
            inline(text="a", callback_data="x", url="https://e.org"),
            "can't parse inline keyboard button: only one of url and callback_data may be there",
        ),
        (inline(text="a", calback_data="x"), 'unknown inline keyboard button field "calback_data"'),
        (inline(text="a", pay=True), 'inline keyboard button field "pay" is not simulated'),
        (
            inline(text="a", copy_text={"text": "x" * 257}),
            "can't parse inline keyboard button: copy_text must hold a text of 1 to 256 characters",
        ),
        (inline(callback_data="x"), "can't parse inline keyboard button: can't find field \"text\""),
        (keys(text="a", request_contact=True), "phone number can be requested in private chats only"),
        (keys(text="a", web_app={"url": "https://e.org"}), "Web App buttons can be used in private chats only"),
        ({"inline_keyboard": [[{"text": "x" * 60, "callback_data": "y" * 60}] * 8] * 12}, "reply markup is too long"),
        ({"nonsense": 1}, 'unknown reply markup field "nonsense"'),
        ({"force_reply": True, "resize_keyboard": True}, 'unknown reply markup field "resize_keyboard"'),
    ],
)
def test_a_broken_keyboard_is_refused_with_telegrams_words(markup: Any, error: str) -> None:
    """Each slip has its text; a misspelt field is a slip too."""
    with pytest.raises(ApiError) as caught:
        parse(markup, private=False)

    assert f"Bad Request: {error}" == str(caught.value)


def test_only_an_inline_keyboard_may_stand_on_an_edit() -> None:
    """A reply keyboard cannot be edited in."""
    with pytest.raises(ApiError, match="inline keyboard expected"):
        parse(keys(text="a"), private=True, inline_only=True)


@pytest.mark.parametrize(
    "markup", [None, "", "{}", {"inline_keyboard": []}, {"inline_keyboard": [[]]}, {"remove_keyboard": False}]
)
def test_an_empty_keyboard_is_none(markup: Any) -> None:
    """Nothing to show is nothing to store."""
    assert parse(markup, private=True) is None


def test_a_good_keyboard_is_stored_as_given() -> None:
    """Style, link, copy button and data survive; text counts in bytes up to 64."""
    markup = {
        "inline_keyboard": [
            [{"text": "Yes", "callback_data": "é" * 32, "style": "success"}],
            [{"text": "Site", "url": "https://example.org/a"}, {"text": "Copy", "copy_text": {"text": "x"}}],
        ]
    }

    assert markup == parse(json.dumps(markup), private=True)


def test_a_reply_keyboard_takes_plain_texts_for_buttons() -> None:
    """A button may be a text alone; other settings stay."""
    markup = {"keyboard": [["a"], [{"text": "b", "request_contact": True}]], "one_time_keyboard": True}

    assert parse(markup, private=True) == {
        "keyboard": [[{"text": "a"}], [{"text": "b", "request_contact": True}]],
        "one_time_keyboard": True,
    }
