r"""One-time codes and authenticator keys as people type and paste them.

Decimal digits of any script are converted here, deliberately and before anything is compared: ``int``,
``isdigit`` and ``\d`` all accept characters that are no code (superscripts, "12_3456", "+123456"), and a
replay check that sees the typed text can be passed by adding a space. What leaves this module is ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from bot.domain.typed import decimal

CODE_LENGTH: Final = 6  # digits; NIST SP 800-63B-4 section 3.1.3.2 and RFC 6238
_MAX_TEXT: Final = 1_000  # a forwarded SMS is far shorter

CodeReason = Literal["", "empty", "length", "not_a_code", "two_codes"]
PairReason = Literal["", "empty", "one_code", "no_pair"]
KeyReason = Literal["", "empty", "length", "bad_key_character", "short_key"]


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was read, or why there is none.

    Attributes:
        code: ASCII digits, or None.
        reason: "" with a code. "length": the digits are too few or too many, which is no guess and must not
            be counted as one.
    """

    code: str | None
    reason: CodeReason = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two codes that were read from one message, or why there are none.

    Attributes:
        codes: ASCII digits of both in the order written, or None.
        reason: "" with codes. "one_code": only one of the two is there.
    """

    codes: tuple[str, str] | None
    reason: PairReason = ""


@dataclass(frozen=True, slots=True)
class Key:
    """An authenticator key that was read, or why it cannot be used.

    Attributes:
        key: base32 in capitals without padding or separators, or None.
        reason: "" for a good key. "short_key" comes with the key: it is well-formed, but has fewer bits than
            RFC 4226 section 4 demands, and its owner decides.
        char: the character that base32 does not have.
        place: its place in the key, counted from 1 without separators.
    """

    key: str | None
    reason: KeyReason = ""
    char: str = ""
    place: int = 0


_WHOLE = re.compile(r"[0-9]+(?:[ -]+[0-9]+)*")
_GROUP = re.compile(r"[0-9]+")


def code(text: str, length: int = CODE_LENGTH) -> Code:
    """Read the one code in a message: "123 456", "G-204816", "my code is 123456", "۱۲۳۴۵۶".

    Args:
        text: what the person typed or pasted; may be the whole message that brought the code.
        length: digits of a code.
    """
    plain = _plain(text[:_MAX_TEXT]).strip()
    if not plain:
        return Code(None, "empty")
    if _WHOLE.fullmatch(plain):
        return _from_digits(plain, length)
    half = length // 2
    joined = re.compile(rf"(?<![0-9])([0-9]{{{half}}})[ -]([0-9]{{{length - half}}})(?![0-9])")
    sentence = joined.sub(r"\1\2", plain)
    groups = [match for match in _GROUP.finditer(sentence) if _stands_alone(sentence, *match.span())]
    codes = {match.group() for match in groups if len(match.group()) == length}
    if len(codes) == 1:
        return Code(codes.pop())
    if codes:
        return Code(None, "two_codes")
    near = [match for match in groups if abs(len(match.group()) - length) <= 2]
    return Code(None, "length" if len(near) == 1 else "not_a_code")


def pair(text: str, length: int = CODE_LENGTH) -> Pair:
    """Read the two codes in a message: "123456 654321", "123 456, 654 321", "mail 123456 app 654321".

    The arguments are those of :func:`code`.
    """
    plain = _plain(text[:_MAX_TEXT]).strip()
    if not plain:
        return Pair(None, "empty")
    listed = re.sub(r"[,;:/&+|.]", " ", plain)
    if _WHOLE.fullmatch(" ".join(listed.split())):
        digits = "".join(_GROUP.findall(listed))
        if len(digits) == 2 * length:
            return Pair((digits[:length], digits[length:]))
        return Pair(None, "one_code" if len(digits) == length else "no_pair")
    half = length // 2
    joined = re.sub(rf"(?<![0-9])([0-9]{{{half}}})[ -]([0-9]{{{half}}})(?![0-9])", r"\1\2", plain)
    found = [
        m.group() for m in _GROUP.finditer(joined) if len(m.group()) == length and _stands_alone(joined, *m.span())
    ]
    if len(found) == 2:
        return Pair((found[0], found[1]))
    return Pair(None, "one_code" if len(found) == 1 else "no_pair")


def _from_digits(plain: str, length: int) -> Code:
    digits = "".join(_GROUP.findall(plain))
    if len(digits) == length:
        return Code(digits)
    groups = _GROUP.findall(plain)
    if len(groups) > 1 and all(len(group) == length for group in groups):
        return Code(groups[0]) if len(set(groups)) == 1 else Code(None, "two_codes")
    return Code(None, "length")


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a group of digits is a word of its own, or follows a reference prefix such as "ABC-"."""
    before, after = text[:start], text[end:]
    if re.search(r"[0-9][.,:/]$|[+_]$|(?:^|[^\w])-$|[0-9]-$", before) or _cased(before[-1:]):
        return False
    return not (re.match(r"[.,:/][0-9]|[_]|-\w", after) or _cased(after[:1]))


def _cased(char: str) -> bool:
    # Superscripts and fractions (category No) look like digits and are none.
    return char.islower() or char.isupper() or (char != "" and unicodedata.category(char) in {"No", "Nl", "Cc"})


def _plain(text: str) -> str:
    return "".join(map(_plain_char, text))


def _plain_char(char: str) -> str:
    if (digit := decimal(char)) is not None:
        return digit
    category = unicodedata.category(char)
    if category in {"Cf", "Me"} or "\ufe00" <= char <= "\ufe0f":
        return ""  # direction marks, zero-width characters, keycaps
    if char.isspace():
        return " "
    return "-" if category == "Pd" or char == "\u2212" else char


_BASE32: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_URI_SECRET = re.compile(r"^otpauth://[^?]*\?(?:.*&)?secret=([^&#]*)", re.IGNORECASE)
_WHOLE_LENGTHS: Final = frozenset({0, 2, 4, 5, 7})  # RFC 4648 section 6: characters beyond whole groups of eight
_LONGEST_KEY: Final = 128
_ENOUGH_BITS: Final = 112  # NIST SP 800-63B-4 section 3.1.4.1; pyotp refuses less


def totp_key(text: str) -> Key:
    """Read a base32 authenticator key typed in groups, in small letters, padded, or inside an otpauth link."""
    uri = _URI_SECRET.match(text.strip())
    typed = uri[1].replace("%3D", "") if uri else text
    key = ""
    for char in typed:
        folded = unicodedata.normalize("NFKC", char) if "\uff00" <= char <= "\uff5e" else _plain_char(char)
        upper = folded.upper() if folded.isascii() else folded
        if upper.strip(" -=") == "":
            continue
        if upper not in _BASE32:
            return Key(None, "bad_key_character", char=char, place=len(key) + 1)
        key += upper
        if len(key) > _LONGEST_KEY:
            return Key(None, "length")
    if not key:
        return Key(None, "empty")
    if len(key) % 8 not in _WHOLE_LENGTHS or len(key) * 5 < 80:
        return Key(None, "length")
    return Key(key, "" if len(key) * 5 >= _ENOUGH_BITS else "short_key")
