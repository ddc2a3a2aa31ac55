"""The shape of a row in the method table."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.errors import bad_request

if TYPE_CHECKING:
    from bot.sandbox.params import Args
    from bot.sandbox.world import World

Handler = Callable[["World", "Args"], Any]

UNPLAYED: Final = frozenset(
    {
        "allow_paid_broadcast",
        "business_connection_id",
        "certificate",
        "direct_messages_topic_id",
        "inline_message_id",
        "suggested_post_parameters",
    }
)
"""Parameters of Bot API 10.0 whose features the sandbox does not play."""

TARGET: Final = "chat_id message_thread_id direct_messages_topic_id business_connection_id"
MANNER: Final = (
    "disable_notification protect_content allow_paid_broadcast message_effect_id"
    " suggested_post_parameters reply_parameters reply_markup"
)
CAPTION: Final = "caption parse_mode caption_entities"
EDITED: Final = "business_connection_id chat_id message_id inline_message_id reply_markup"


@dataclass(frozen=True, slots=True)
class Method:
    """One method.

    Args:
        name: as the Bot API spells it.
        params: names of its parameters, apart by spaces.
        handler: runs it; may be a coroutine function.
        posts: whether flood control counts it.
        stores: whether it makes a message.
        many: the parameter whose list says how many messages it makes.
        note: the answer's ``description``, for the few methods that give one.
    """

    name: str
    params: str
    handler: Handler
    posts: bool = False
    stores: bool = False
    many: str = ""
    note: Callable[[World], str] | None = None

    @property
    def names(self) -> frozenset[str]:
        """Names of its parameters."""
        return _NAMES.setdefault(self.params, frozenset(self.params.split()))

    def check(self, args: Args) -> None:
        """Refuse parameters that the method does not have or the sandbox does not play.

        Raises:
            ApiError: Telegram would ignore an unknown one; here a slip of the pen is to be seen.
        """
        names = self.names
        for name in (*args.params, *args.files):
            if name not in names:
                if name in args.files and name not in args.params:
                    continue  # the file behind an attach://name
                raise bad_request(f'unknown parameter "{name}"')
            if name in UNPLAYED and name in args and args.params[name] not in (False, "false"):
                raise bad_request(f'parameter "{name}" is not simulated')
        if not all(map(_is_unicode, args.params.values())):
            raise bad_request("strings must be encoded in UTF-8")

    def cost(self, args: Args) -> int:
        """How many messages the call makes, as far as flood control goes."""
        if not self.many:
            return 1
        value = args.params.get(self.many)
        return max(1, len(value) if isinstance(value, list) else str(value).count('"media"'))


def _is_unicode(value: Any) -> bool:
    """Whether a parameter holds no half of a surrogate pair, not even behind JSON's escapes."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    try:
        text.encode()
        if "\\ud" in text.lower():
            json.dumps(json.loads(text), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    except (ValueError, RecursionError):
        return True  # no JSON: whoever reads the parameter says so
    return True


_NAMES: dict[str, frozenset[str]] = {}
