"""Values as they may be shown: enough to recognise one's own, not enough to learn somebody else's.

The number of stars never changes, so the length of what they hide does not show. A value too short to hide
anything behind one letter is starred whole. Masks are for the owner's private chat after sign-in and for
agents' cards; logs carry no mask either, only keyed pseudonyms.
"""

from __future__ import annotations

from bot.domain import numbering

STARS = "****"

# Below these lengths a visible first or last letter would give away too much of the value.
_SHORTEST_NATIONAL = 6
_SHORTEST_NAME = 3
_SHORTEST_ACCOUNT = 6
_LONGEST_NAME = 6
"""Words of a name that are looked at."""
_LONGEST_FIRST = 24
_CONTACT_DIGITS = 5
"""People call themselves by their number, too."""


def phone(e164: str) -> str:
    """The calling code and the last two digits: "+44 ****56".

    Args:
        e164: a number as stored. Anything else, and a national number too short to hide, is starred.
    """
    number = numbering.parse(e164, None) if e164.startswith("+") else None
    if number is None:
        return STARS
    code = f"+{number.country_code}"
    national = e164.removeprefix(code)
    if not (national.isascii() and national.isdecimal()):
        return STARS
    if len(national) < _SHORTEST_NATIONAL:
        return f"{code} {STARS}"
    return f"{code} {STARS}{national[-2:]}"


def email(address: str) -> str:
    """First letters of the name and the domain, and the top-level domain: "a****@e****.com"."""
    name, at, domain = address.strip().rpartition("@")
    host, dot, top = domain.rpartition(".")
    if not (at and name and dot and host and top.isalpha()):
        return STARS
    return f"{_first(name)}@{_first(host)}.{top}"


def name(full: str) -> str:
    """A name as a list may show it, first name and the letter of the last: "Ann M."; empty where it is a contact."""
    first, *rest = full.split()[:_LONGEST_NAME] or [""]
    if "@" in full or sum(sign.isdigit() for sign in full) >= _CONTACT_DIGITS:
        return ""
    last = next((part for part in reversed(rest) if part[0].isalpha()), "")
    return f"{first[:_LONGEST_FIRST]} {last[0]}." if last else first[:_LONGEST_FIRST]


def account(name: str) -> str:
    """The last two characters of an account's number or name: "****42"."""
    if len(name) < _SHORTEST_ACCOUNT or not name[-2:].isalnum():
        return STARS
    return STARS + name[-2:]


def _first(part: str) -> str:
    if len(part) < _SHORTEST_NAME or not part[0].isalnum():
        return STARS
    return part[0] + STARS
