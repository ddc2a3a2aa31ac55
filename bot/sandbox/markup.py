"""Checks ``reply_markup`` as Telegram does and gives it back in its stored shape."""

from __future__ import annotations

import json
from typing import Any, Final

from bot.sandbox.errors import bad_request
from bot.sandbox.links import checked_link

Json = dict[str, Any]

CALLBACK_DATA_BYTES: Final = 64
COPY_TEXT_LIMIT: Final = 256
MARKUP_BYTES: Final = 10_240
BUTTONS: Final = 100
STYLES: Final = frozenset({"primary", "success", "danger"})
_INLINE_FIELDS: Final = frozenset(
    {"text", "icon_custom_emoji_id", "style", "url", "callback_data", "web_app", "copy_text"}
)
_INLINE_UNPLAYED: Final = frozenset(
    {
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "callback_game",
        "pay",
    }
)
_INLINE_KINDS: Final = ("url", "callback_data", "web_app", "copy_text")
_KEY_FIELDS: Final = frozenset(
    {"text", "icon_custom_emoji_id", "style", "request_contact", "request_location", "web_app"}
)
_KEY_UNPLAYED: Final = frozenset({"request_users", "request_chat", "request_managed_bot", "request_poll"})
_REPLY_FIELDS: Final = {
    "keyboard": frozenset(
        {
            "keyboard",
            "is_persistent",
            "resize_keyboard",
            "one_time_keyboard",
            "input_field_placeholder",
            "selective",
        }
    ),
    "remove_keyboard": frozenset({"remove_keyboard", "selective"}),
    "force_reply": frozenset({"force_reply", "input_field_placeholder", "selective"}),
    "inline_keyboard": frozenset({"inline_keyboard"}),
}
_INLINE: Final = "can't parse inline keyboard button: "
_KEY: Final = "can't parse keyboard button: "


def parse(value: Any, *, private: bool, inline_only: bool = False) -> Json | None:
    """The markup to store, or None for none.

    Args:
        value: the parameter: JSON text or an object.
        private: whether the chat is a private one.
        inline_only: an edit, where only an inline keyboard may stand.

    Raises:
        ApiError: with Telegram's text; an unknown field is refused too.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise bad_request("can't parse reply keyboard markup JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if not value:
        return None
    shape = next((shape for shape in _REPLY_FIELDS if shape in value), None)
    if shape is None:
        raise bad_request(f'unknown reply markup field "{next(iter(value))}"')
    _only(value, _REPLY_FIELDS[shape], "reply markup")
    if inline_only and shape != "inline_keyboard":
        raise bad_request("inline keyboard expected")
    if shape == "inline_keyboard":
        markup = _rows(value, "inline_keyboard", _inline_button)
    elif shape == "keyboard":
        markup = value | _rows(value, "keyboard", lambda button: _key(button, private=private))
    elif not value[shape]:
        return None
    else:
        markup = dict(value)
    if markup.get("inline_keyboard") == [] or markup.get("keyboard") == []:
        return None
    if len(json.dumps(markup, ensure_ascii=False).encode()) > MARKUP_BYTES:
        raise bad_request("reply markup is too long")
    return markup


def _only(value: Json, known: frozenset[str], where: str, unplayed: frozenset[str] = frozenset()) -> None:
    for name in value:
        if name in unplayed:
            raise bad_request(f'{where} field "{name}" is not simulated')
        if name not in known:
            raise bad_request(f'unknown {where} field "{name}"')


def _rows(value: Json, name: str, check: Any) -> Json:
    rows = value[name]
    label = "inline keyboard" if name == "inline_keyboard" else "keyboard"
    if not isinstance(rows, list):
        raise bad_request(f'field "{name}" of the ReplyMarkup must be an Array')
    checked = []
    for row in rows:
        if not isinstance(row, list):
            raise bad_request(f'field "{name}" must be an Array of Arrays')
        if buttons := [check(button) for button in row]:
            checked.append(buttons)
    if sum(map(len, checked)) > BUTTONS * (3 if label == "keyboard" else 1):
        raise bad_request("reply markup is too long")
    return {name: checked}


def _common(button: Any, prefix: str, label: str) -> Json:
    if not isinstance(button, dict):
        raise bad_request(f"{prefix}expected an Object")
    text = button.get("text")
    if text is None:
        raise bad_request(f'{prefix}can\'t find field "text"')
    if not isinstance(text, str):
        raise bad_request(f'{prefix}field "text" must be of type String')
    if not text.strip():
        raise bad_request(f"{label} text must be non-empty")
    style = button.get("style")
    if style not in (None, "") and str(style) not in STYLES:
        raise bad_request(f"{prefix}invalid button style specified")
    return {name: item for name, item in button.items() if item not in (None, "", False)}


def _inline_button(button: Any) -> Json:
    if isinstance(button, dict) and button.get("callback_data") == "":
        raise bad_request("BUTTON_DATA_INVALID")
    made = _common(button, _INLINE, "inline keyboard button")
    _only(made, _INLINE_FIELDS, "inline keyboard button", _INLINE_UNPLAYED)
    kinds = [kind for kind in _INLINE_KINDS if kind in made]
    if not kinds:
        raise bad_request(f"{_INLINE}Text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise bad_request(f"{_INLINE}only one of {' and '.join(kinds)} may be there")
    kind, item = kinds[0], made[kinds[0]]
    if kind == "callback_data":
        if not isinstance(item, str):
            raise bad_request(f'{_INLINE}field "callback_data" must be of type String')
        if len(item.encode()) > CALLBACK_DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    elif kind == "url":
        made["url"] = _button_url(str(item))
    elif kind == "web_app":
        _web_app(item, "inline keyboard button")
    elif not isinstance(item, dict) or not 0 < len(str(item.get("text", ""))) <= COPY_TEXT_LIMIT or len(item) != 1:
        raise bad_request(f"{_INLINE}copy_text must hold a text of 1 to {COPY_TEXT_LIMIT} characters")
    return made


def _button_url(url: str) -> str:
    checked = checked_link(url)
    if checked is None:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return checked


def _web_app(item: Any, label: str) -> None:
    url = item.get("url", "") if isinstance(item, dict) else ""
    if not url.startswith("https://"):
        raise bad_request(f"{label} Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    if checked_link(url) is None:
        raise bad_request(f"{label} Web App URL '{url}' is invalid: Wrong HTTP URL")


def _key(button: Any, *, private: bool) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    made = _common(button, _KEY, "keyboard button")
    _only(made, _KEY_FIELDS, "keyboard button", _KEY_UNPLAYED)
    if "request_contact" in made and not private:
        raise bad_request("phone number can be requested in private chats only")
    if "request_location" in made and not private:
        raise bad_request("location can be requested in private chats only")
    if "web_app" in made:
        if not private:
            raise bad_request("Web App buttons can be used in private chats only")
        _web_app(made["web_app"], "keyboard button")
    return made
