"""Typed text to runs of digits: what a person put into a chat, made plain, before anybody asks what it means.

Three steps, none of which knows a numbering plan:

1. ``plain`` maps every character to a small alphabet. Decimal digits of any script become ASCII; every
   plus, hyphen, space, bracket, comma and slash of Unicode becomes its plain form; direction marks,
   zero-width characters, variation selectors and keycaps vanish; emoji and quotes become spaces.
   Superscripts and circled digits are *not* digits: they stay visible as foreign characters.
2. Links (``tel:``, ``wa.me/``, ``...?phone=``) are unwrapped.
3. ``scan`` finds the runs of digits and looks at what stands between them: an extension, a break between
   two numbers, a sentence, or letters inside a number.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

# A Telegram message holds 4096 characters; nobody needs this many to write a number.
MAX_LENGTH = 1_000

FOREIGN = "\ufffd"  # stands for a character that looks like a digit and is none

_PLAIN: dict[str, str] = {
    **dict.fromkeys("+\uff0b\ufe62\u207a\u208a\u2795\ufb29", "+"),
    **dict.fromkeys("\u2212\u02d7\u2043\u30fc\uff70~\u223c\u301c\uff5e_\uff3f", "-"),
    **dict.fromkeys(".\uff0e\u3002\uff61\u00b7\u30fb\uff65\u2022\u2219\u2027\u06d4", "."),
    **dict.fromkeys("([{\uff08\uff3b\uff5b\u3010\u300c", "("),
    **dict.fromkeys(")]}\uff09\uff3d\uff5d\u3011\u300d", ")"),
    **dict.fromkeys("/\\\uff0f\u2044\u2215", "/"),
    **dict.fromkeys(",\uff0c\uff64\u3001\u060c", ","),
    **dict.fromkeys(";\uff1b\u061b", ";"),
    **dict.fromkeys("|&\u00a6\uff5c\uff06", "|"),
    **dict.fromkeys("#\uff03", "#"),
    **dict.fromkeys("*\uff0a", "*"),
    **dict.fromkeys(":\uff1a", ":"),
    **dict.fromkeys("\n\r\v\f\x85\u2028\u2029", "\n"),
    "\t": " ",
    "=": "=",
}
# Unicode general categories: what a character of each kind becomes when the table does not name it.
_BY_CATEGORY: dict[str, str] = {
    "Cf": "",  # direction marks, zero-width characters, soft hyphen, tags
    "Cc": "",  # NUL and its kind
    "Cs": "",  # lone surrogates
    "Me": "",  # keycap
    "Zs": " ",
    "Pd": "-",
    "No": FOREIGN,  # superscripts, circled digits
    "Nl": FOREIGN,
}
_VARIATION_SELECTORS = {*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))}

_LINK = re.compile(r"^\s*(?:tel|callto|sms|smsto|whatsapp|viber|https?):", re.IGNORECASE)
_LINK_NUMBER = re.compile(r"(?:wa\.me/|t\.me/|phone=|number=)\+?(?=\d)")
_CONTEXT = re.compile(r"^\s*tel:(?P<number>[^;]*).*;phone-context=(?P<code>\+\d{1,4})(?:;.*)?$", re.DOTALL)

_RUN = re.compile(r"(?:[+(][+( ]*)?\d(?:[\d +().\-/]*[\d+)])?")
_BRACKET_ZERO = re.compile(r"\( *0 *\)")
_EXTENSION = re.compile(
    r"[\s,;.(\-]*(?:#|\b(?:extension|extn|ext|xtn|x|anexo|ramal|poste|interno|int|durchwahl|dw|klappe|dahili|"
    r"wewn|wew|linka|toestel|anknytning|lok[aá]ln[ií]|доб|добавочный|внутр|внутренний|вн)\b|"
    r"内线|内線|分机|分機|내선)[\s.:=)\-]*"
)
_PAUSE = re.compile(r" *[,;]+ *| *[pw] *")
_BREAK = re.compile(r"[,;|\n]")
# Words that may stand against a number: "tel07400 123456".
_LABEL = re.compile(
    r"tel|telefono?|teléfono|telephone|phone|ph|p|t|m|mob|mobile?|cell?|handy|nr|no|num|number|fon|móvil|celular|"
    r"gsm|hp|sms|call|whatsapp|wa|viber|т|тел|телефон|м|моб|мобильный|номер|сот"
)

_LONGEST_EXTENSION = 7
_LONGEST_PAUSED_EXTENSION = 5
_SHORTEST_NUMBER = 7


@dataclass(frozen=True, slots=True)
class Run:
    """One number as it stands in the message.

    Attributes:
        raw: the run in the plain alphabet, with its separators.
        digits: its ASCII digits, without an extension.
        plus: whether it was written in international form.
        extension: digits to be dialled after the connection, or "".
        touched: whether a letter stands against a digit with nothing between.
    """

    raw: str
    digits: str
    plus: bool
    extension: str = ""
    touched: bool = False

    @property
    def without_bracket_zero(self) -> str:
        """The digits without a "(0)" written in brackets; the same digits when there is none."""
        return _digits(_BRACKET_ZERO.sub("", self.raw, count=1))


@dataclass(frozen=True, slots=True)
class Typed:
    """A message taken apart.

    Attributes:
        runs: the numbers in order.
        glued: letters stand inside what was meant as one number.
        words: there are letters somewhere in the message.
        blank: nothing visible is left of the message.
    """

    runs: tuple[Run, ...]
    glued: bool
    words: bool
    blank: bool


def decimal(char: str) -> str | None:
    """The ASCII digit for a decimal digit of any script (Unicode category Nd), or None."""
    value = unicodedata.decimal(char, None)
    return None if value is None else str(value)


@lru_cache(maxsize=2_048)
def _plain(char: str) -> str:
    if char in _PLAIN:
        return _PLAIN[char]
    if (digit := decimal(char)) is not None:
        return digit
    if char in _VARIATION_SELECTORS:
        return ""
    category = unicodedata.category(char)
    if category in _BY_CATEGORY:
        return _BY_CATEGORY[category]
    if category[0] in "LM":
        return unicodedata.normalize("NFKC", char).casefold()
    return " "


def plain(text: str) -> str:
    """The text in the plain alphabet described above; letters are folded to lower case."""
    return "".join(map(_plain, text))


def scan(text: str) -> Typed:
    """Take a message apart into runs of digits. Never raises; text beyond ``MAX_LENGTH`` is not looked at."""
    text = _unlink(text[:MAX_LENGTH])
    found = list(_RUN.finditer(text))
    runs: list[Run] = []
    glued = False
    for index, match in enumerate(found):
        end_of_last = found[index - 1].end() if index else 0
        gap = text[end_of_last : match.start()]
        pieces = _pieces(match.group())
        if runs and _is_extension(gap, match.group()):
            last = runs[-1]
            # Letters that touched the number were the extension's.
            runs[-1] = Run(last.raw, last.digits, last.plus, extension=_digits(match.group()))
            continue
        if runs and _cased(gap) and not _BREAK.search(gap):
            interrupted = runs[-1].plus and len(runs[-1].digits) < _SHORTEST_NUMBER
            glued = glued or interrupted or " " not in gap
        touched = _touched(text, match.start(), match.end())
        runs += [Run(raw, _digits(raw), "+" in raw, "", touched) for raw in pieces]
    return Typed(
        runs=tuple(runs),
        glued=glued,
        words=any(char.isalpha() or char == FOREIGN for char in text),
        blank=not text.strip(),
    )


def _unlink(text: str) -> str:
    """The plain text of a message, with links reduced to the number they carry."""
    if _LINK.match(text):
        text = unquote(text)
    text = plain(text)
    if context := _CONTEXT.match(text):
        return f"{context['code']} {context['number']}"
    return _LINK_NUMBER.sub(" +", text)


def _pieces(raw: str) -> list[str]:
    """Split a run where a plus begins another number: "+447400123456 +447400123457"."""
    starts = [m.start() for m in re.finditer(r"\+", raw)]
    cuts = [start for start in starts if _enough(raw[:start]) and _enough(raw[start:])]
    return [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]


def _enough(raw: str) -> bool:
    return len(_digits(raw)) >= _SHORTEST_NUMBER


def _is_extension(gap: str, raw: str) -> bool:
    length = len(_digits(raw))
    if "+" in raw:
        return False
    if _EXTENSION.fullmatch(gap):
        return length <= _LONGEST_EXTENSION
    return bool(_PAUSE.fullmatch(gap)) and length <= _LONGEST_PAUSED_EXTENSION


def _touched(text: str, start: int, end: int) -> bool:
    """Whether a cased letter (Latin, Cyrillic, Greek, ...) stands against the run.

    Scripts that write words without spaces, or join particles to numbers, have no case and do not count.
    """
    before = re.search(r"([^\W\d_]+)-?$", text[max(0, start - 20) : start])
    if before and _cased(before[1]) and not _LABEL.fullmatch(before[1]):
        return True
    after = text[end : end + 2].removeprefix("-")
    return (bool(after) and (_cased(after[0]) or after[0] == FOREIGN)) or text[start - 1 : start] == FOREIGN


def _cased(text: str) -> bool:
    return any(char.islower() or char == FOREIGN for char in text)


def _digits(raw: str) -> str:
    return "".join(char for char in raw if "0" <= char <= "9")
