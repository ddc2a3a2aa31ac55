"""What a person chose and typed on the way to a human, for the agents' card: masked, and nothing that is a secret.

Only what the table names is shown; codes, passwords and keys are in no conversation's data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bot.domain import countries, masks

_FLOWS: Final[Mapping[str, str]] = {
    "bind_email": "change the email address",
    "bind_phone": "add a phone",
    "bind_totp": "set up Google 2FA",
    "change_phone": "change the phone",
    "recover_phone": "replace a lost phone",
    "signin": "sign in",
    "trading_password": "set the trading password",
    "protection": "look at account security",
}
"""What each flow is for."""
_WAYS: Final[Mapping[str, str]] = {
    "sms": "code by SMS",
    "email": "code by email",
    "totp": "authenticator",
    "pair": "email code and authenticator",
    "trading": "trading password",
    "recovery": "recovery code",
    "unavailable": "phone not at hand",
}
"""What the last part of a state's name says of the way that was chosen."""
_DATA: Final[tuple[tuple[str, str, Callable[[str], str]], ...]] = (
    ("Country", "region", countries.name),
    ("Number", "number", masks.phone),
    ("Number's country", "home", countries.name),
    ("Address", "address", masks.email),
)
"""What is shown of the conversation's data: its title, its name there, and how it is masked or written."""


def answers(flow: str, state: str, data: Mapping[str, str | int]) -> dict[str, str]:
    """Titles and answers, in the order of the flow; empty where nothing was chosen yet."""
    found = {"Wants to": _FLOWS.get(flow, ""), "Way": _WAYS.get(state.rpartition("_")[2], "")}
    for title, name, shown in _DATA:
        if data.get(name):
            found[title] = shown(str(data[name]))
    if found.get("Country") == found.get("Number's country"):
        found.pop("Number's country", None)
    return {title: answer for title, answer in found.items() if answer}
