"""What a step may say.

A verb's short form is its value written plainly: ``- user: hello`` is ``- user: {text: hello}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.messages import MEDIA_KINDS

TEXT, NUMBER, FLAG, ANY = "a text", "a whole number", "true or false", ""


@dataclass(frozen=True, slots=True)
class Verb:
    """One kind of step.

    Attributes:
        what: one line for the manual.
        short: the field that the short form fills.
        fields: every field and the kind of its value.
        needs: the fields that cannot be left out.
        open: whether further fields are passed on to the sandbox, which checks them.
    """

    what: str
    short: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    open: bool = False


_SAVE = {"save": ANY, "save_id": TEXT}
_MEDIA = {
    "caption": TEXT,
    "name": TEXT,
    "mime": TEXT,
    "size": NUMBER,
    "reply_to": NUMBER,
    "quote": TEXT,
    "forwarded": FLAG,
}

VERBS: Mapping[str, Verb] = {
    # what people do
    "as": Verb("the person whose steps follow", "person", {"person": NUMBER}, ("person",)),
    "user": Verb(
        "the person writes a text",
        "text",
        {"text": TEXT, "reply_to": NUMBER, "quote": TEXT, "forwarded": FLAG, "save": TEXT},
        ("text",),
    ),
    "open": Verb("the person opens the bot by a deep link", "payload", {"payload": TEXT}, ("payload",)),
    "tap": Verb(
        "the person taps a button, by its label",
        "label",
        {"label": TEXT, "of": NUMBER, "twice": FLAG, "foreign": NUMBER},
        ("label",),
    ),
    "share_contact": Verb(
        "the person shares a contact",
        "phone",
        {"phone": TEXT, "own": FLAG, "forwarded": FLAG, "user_id": NUMBER, "plus": FLAG},
    ),
    **{kind: Verb(f"the person sends a {kind.replace('_', ' ')}", "caption", _MEDIA) for kind in MEDIA_KINDS},
    "album": Verb("the person sends several pictures or files at once", "items", {"items": ANY}, ("items",)),
    "location": Verb("the person sends a point on the map", "", {"latitude": ANY, "longitude": ANY}),
    "edit": Verb("the person edits a message of theirs", "text", {"text": TEXT, "of": NUMBER}, ("text",)),
    "form": Verb(
        "the person fills in the form of the live screen",
        "fill",
        {"fill": ANY, "files": ANY, "shows": TEXT, "browser": TEXT, "url": TEXT, "save": ANY},
    ),
    "block": Verb("the person blocks the bot", "", {}),
    "unblock": Verb("the person unblocks the bot", "", {}),
    # what others do
    "agent": Verb(
        "an agent acts in the ticket's topic; `save` keeps the id of what they wrote", "reply",
        {"reply": TEXT, "as": NUMBER, "save": TEXT}, open=True,
    ),
    "link": Verb(
        "the website asks for a sign-in link", "account", {"account": TEXT, "save": TEXT}, ("account", "save")
    ),
    "sign_out": Verb("the website signs every chat out of an account", "account", {"account": TEXT}, ("account",)),
    "operation": Verb(
        "the exchange asks whether an account may do something: operations by name, and the reasons for a no",
        "",
        {"account": TEXT, "name": TEXT, "allowed": FLAG, "reasons": TEXT},
        ("account", "name", "allowed"),
    ),
    "act": Verb("anything else that the sandbox's people can do", "", {"act": TEXT}, ("act",), open=True),
    # the world
    "wait": Verb("time passes: 30s, 9m, 24h, 2d", "time", {"time": TEXT}, ("time",)),
    "restart": Verb("the bot is stopped and started again", "", {}),
    "kill": Verb("the bot is killed on the spot and started again", "", {}),
    "deploy": Verb("a release in which the flow has another version, started", "version", {"version": NUMBER}),
    "deliver": Verb("Telegram delivers the newest update once more", "", {"twice": FLAG, "update": ANY}),
    "telegram": Verb(
        "Telegram fails: an HTTP status, or a kind of docs/sandbox.md",
        "fail",
        {
            "fail": ANY, "method": TEXT, "retry_after": NUMBER, "times": NUMBER, "chat": ANY, "text": TEXT,
            "delay": TEXT,
        },
        ("fail",),
    ),
    "accounts": Verb(
        "the exchange's account system fails (given accounts: http)",
        "fail",
        {"fail": ANY, "times": NUMBER, "delay": TEXT},
        ("fail",),
    ),
    "sandbox": Verb("settings of the sandbox", "", {}, open=True),
    # what must come
    "bot": Verb(
        "what the bot shows the person: exactly these templates, in this order",
        "screen",
        {
            "screen": ANY, "text": TEXT, "buttons": ANY, "params": ANY, "edited": FLAG, "picture": FLAG,
            "to": NUMBER, "quote": TEXT, "answers": ANY, **_SAVE,
        },
        ("screen",),
    ),
    "toast": Verb("the short word that answers a tap", "key", {"key": TEXT, "text": TEXT}, ("key",)),
    "deletes": Verb("the bot deletes a message of the person, by its text", "text", {"text": TEXT}, ("text",)),
    "sms": Verb(
        "a text message arrives; or with fail: the gateway fails",
        "key",
        {"key": TEXT, "to": TEXT, "text": TEXT, "fail": ANY, "times": NUMBER, "delay": TEXT, **_SAVE},
    ),
    "email": Verb(
        "a letter arrives; or with fail: the gateway fails",
        "key",
        {"key": TEXT, "to": TEXT, "text": TEXT, "fail": ANY, "times": NUMBER, "delay": TEXT, **_SAVE},
    ),
    "desk": Verb(
        "what the agents' group gets: exactly these, a topic's in order; or one of them, by its key, and what it says",
        "posts",
        {
            "posts": ANY, "key": TEXT, "text": TEXT, "buttons": ANY, "picture": FLAG, "quote": TEXT, "answers": ANY,
            "links": ANY, "group": TEXT, "edited": FLAG, **_SAVE,
        },
    ),
    "undelivered": Verb(
        "something could not be delivered, and why", "key", {"key": TEXT, "reason": TEXT}, ("key",)
    ),
    "expect": Verb("what must hold at this moment; the fields of the script's own expect", "", {}, open=True),
    "ignore": Verb("of what has come, these keys do not matter", "keys", {"keys": ANY}, ("keys",)),
}  # fmt: skip

TOP = {
    "script": TEXT, "flow": TEXT, "given": ANY, "each": ANY, "ignore": ANY, "steps": ANY, "expect": ANY,
}  # fmt: skip
"""The keys of a script."""
PARTIAL = {"partial": TEXT, "steps": ANY}
"""The keys of a file of steps to be used by others."""
BLOCKS = {"use": {"file": TEXT}, "repeat": {"times": NUMBER, "steps": ANY}}
"""What stands for several steps: those of a partial, by its path; the same ones several times."""
GIVEN = {
    "user": ANY,
    "account": ANY,
    "others": ANY,
    "clock": TEXT,
    "agents_group": ANY,
    "accounts": TEXT,
    "desk_hours": TEXT,
    "settings": ANY,
    "macros": ANY,
}
"""The keys of ``given``; ``others`` is a list of further accounts, each with ``user`` (an id) where signed in;
``desk_hours``: when agents are there, as the setting writes it; ``settings``: other settings, by their fields' names;
``macros``: the agents' macros by name;
``accounts``: ``http`` where they are the exchange's own and asked over HTTP;
``agents_group``: true, false, ``plain`` for a basic group, or ``two`` for a second forum to be used after it."""
GIVEN_PARTS = {
    "user": {"id": NUMBER, "name": TEXT, "lang": TEXT, "phone": TEXT},
    "account": {
        "email": TEXT,
        "password": TEXT,
        "phone": TEXT,
        "totp": ANY,
        "codes": FLAG,
        "trading": TEXT,
        "signed_in": FLAG,
        "fresh": FLAG,
        "known": FLAG,
    },
}
"""The keys of its parts; ``totp``: true, or the key of their authenticator where its codes are the point;
``codes``: whether it has recovery codes, of which ``{recovery}`` is one; ``fresh``:
made just now, so that nothing of it is evidence in a recovery; ``known``: false where the exchange has it and the bot
has never met it."""
EXPECT = {
    "state": TEXT, "audit": ANY, "tickets": ANY, "db": ANY, "unchanged": ANY, "keyboard": FLAG, "topics": ANY,
    "calls": ANY, "topic": ANY,
}  # fmt: skip
"""The keys of ``expect``."""


def kind_of(value: Any) -> str:
    """The kind of a YAML value, in the words of the tables above."""
    if isinstance(value, bool):
        return FLAG
    if isinstance(value, int):
        return NUMBER
    return TEXT if isinstance(value, str) else ANY
