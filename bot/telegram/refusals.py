"""What Telegram refuses, in the product's words.

Telegram has no error codes beyond the HTTP status; what happened stands in the text, and the library changes the
text's capitals. So texts are matched without regard to case, here and nowhere else. Sources: the open Bot API server
(tdlib/telegram-bot-api and tdlib/td), except those in capitals, which its closed backend writes. How it refuses one
topic too many is known from other bots only, hence several forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError

from bot.clock import SECOND
from bot.errors import Flooded, Rejected, Undelivered, Unreachable
from bot.telegram.request import ConnectTimedOut, Flood, NotConnected

TEXTS: tuple[tuple[str, str], ...] = (
    # the person, the chat
    ("bot was blocked by the user", "blocked"),
    ("user is deactivated", "deactivated"),
    ("chat not found", "chat_not_found"),
    ("peer_id_invalid", "chat_not_found"),
    ("bot can't initiate conversation with a user", "chat_not_found"),
    ("the bot can't send messages to the bot", "chat_not_found"),
    ("bot was kicked from", "kicked"),
    ("bot is not a member of", "kicked"),
    ("chat was deleted", "kicked"),
    ("was upgraded to a supergroup", "migrated"),
    # topics, before messages: their texts overlap
    ("topic_not_modified", "not_modified"),
    ("topic_closed", "topic_closed"),
    ("topic_deleted", "topic_deleted"),
    ("document_invalid", "icon_invalid"),
    ("message thread not found", "thread_not_found"),
    ("invalid forum topic identifier", "thread_not_found"),
    ("topic_id_invalid", "thread_not_found"),
    ("the chat is not a forum", "not_a_forum"),
    ("the chat is not a supergroup forum", "not_a_forum"),
    ("channel_forum_missing", "not_a_forum"),
    ("topics_too_much", "forum_full"),
    ("too many topics", "forum_full"),
    ("too many forum topics", "forum_full"),
    # messages
    ("message is not modified", "not_modified"),
    ("message_not_modified", "not_modified"),
    ("message to edit not found", "message_not_found"),
    ("message to delete not found", "message_not_found"),
    ("message to copy not found", "message_not_found"),
    ("message to forward not found", "message_not_found"),
    ("message to be replied not found", "reply_not_found"),
    ("message to react not found", "message_not_found"),
    ("message to pin not found", "message_not_found"),
    ("message_id_invalid", "message_not_found"),
    ("quote_text_invalid", "quote_invalid"),
    ("message can't be edited", "cannot_edit"),
    ("there is no text in the message to edit", "cannot_edit"),
    ("message can't be deleted", "cannot_delete"),
    ("message is too long", "too_long"),
    ("message_too_long", "too_long"),
    ("message caption is too long", "too_long"),
    ("text is too long", "too_long"),
    ("reply markup is too long", "too_long"),
    ("message can't be copied", "cannot_copy"),
    ("has protected content", "cannot_copy"),
    ("can't be forwarded", "cannot_copy"),
    # files
    ("request entity too large", "too_large"),
    ("file is too big", "too_large"),
    ("query is too old", "query_too_old"),
    ("query_id_invalid", "query_too_old"),
    # rights
    ("not enough rights", "not_enough_rights"),
    ("have no rights", "not_enough_rights"),
    ("chat_admin_required", "not_enough_rights"),
    ("chat_write_forbidden", "not_enough_rights"),
    # the bot itself
    ("logged out", "unauthorized"),
    ("method not found", "bad_request"),
)
"""A piece of the text, in small letters, and our code for it; the first that fits counts."""

_KINDS: tuple[tuple[type[TelegramError], str], ...] = (
    (Forbidden, "not_enough_rights"),
    (InvalidToken, "unauthorized"),
    (Conflict, "conflict"),
    (BadRequest, "bad_request"),
)
"""The code where no text fits, by the library's class, which follows the HTTP status."""

_UNREAD = ". parsing the server response"
"""Where the library begins to quote an answer that it could not read."""


def translate(error: TelegramError) -> Undelivered:
    """The library's error as one of ours.

    ``BadRequest`` and ``TimedOut`` are ``NetworkError`` to the library; here a refusal is never mistaken for an outage.
    """
    if isinstance(error, Flood):
        return Flooded(int(error.retry_after.total_seconds() * SECOND))
    if isinstance(error, ChatMigrated):
        return Rejected("migrated", "the group became a supergroup", error.new_chat_id)
    text = error.message
    small = text.lower()
    code = next((code for piece, code in TEXTS if piece in small), "")
    if not code:
        code = next((code for kind, code in _KINDS if isinstance(error, kind)), "")
    if code:
        return Rejected(code, text)
    cut = small.find(_UNREAD)
    return Unreachable(text if cut < 0 else text[:cut], sent=not isinstance(error, NotConnected | ConnectTimedOut))


_STATUSES: Mapping[int, type[TelegramError]] = {
    400: BadRequest,
    401: InvalidToken,
    403: Forbidden,
    404: InvalidToken,
    409: Conflict,
}
"""The library's class for an HTTP status (``BaseRequest._request_wrapper``); any other is a ``NetworkError``."""


def judged(status: int, body: Mapping[str, Any]) -> Undelivered:
    """What a refused answer means that did not come by way of the library's transport.

    Args:
        status: the HTTP status.
        body: Telegram's JSON: ``description``, and ``parameters`` where it gives some.
    """
    parameters, text = body.get("parameters", {}), str(body.get("description", ""))
    if "migrate_to_chat_id" in parameters:
        return translate(ChatMigrated(parameters["migrate_to_chat_id"]))
    if "retry_after" in parameters:
        return translate(Flood(parameters["retry_after"]))
    return translate(_STATUSES.get(status, NetworkError)(text))
