# ruff: noqa: RUF001 - letters that look like others
"""Whether a text asks a person for a secret, or for control of their device.

A sentence becomes a word of letters, one for the class of each of its words (:mod:`bot.domain.guard_tongues`), and a
handful of patterns over letters tells a request from a warning. The text is read three times: as it stands, with every
letter as the Latin one it looks like, and with every letter as the Cyrillic one it looks like.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from bot.domain import guard_tongues as tongues
from bot.domain.guard_tongues import KIND, Language
from bot.domain.guard_words import fold

_LOOKS: Final = {
    "a": "аαɑᴀ4@",
    "b": "ьвβʙ8",
    "c": "сᴄϲ",
    "d": "ԁдᴅ",
    "e": "еεєᴇ3",
    "g": "ԍɡɢց",
    "h": "нһհʜ",
    "i": "іιıɪ1",
    "j": "јᴊ",
    "k": "кκᴋ",
    "l": "ӏʟ",
    "m": "мᴍ",
    "n": "пηɴո",
    "o": "оοσօᴏ0",
    "p": "рρᴘ",
    "r": "гʀ",
    "s": "ѕꜱ5$",
    "t": "тτᴛ7",
    "u": "υսᴜ",
    "v": "νᴠѵ",
    "w": "ԝωᴡ",
    "x": "хχ",
    "y": "уγʏ",
}
"""Letters and digits that pass for a Latin letter (Unicode Technical Standard 39, confusables, and "leet")."""
_LATIN: Final[dict[int, str]] = {ord(char): latin for latin, chars in _LOOKS.items() for char in chars}
_CYRILLIC: Final[dict[int, str]] = {
    ord(latin): char for latin, char in zip("aceopxykmthbnrdu0346", "асеорхукмтнвпгдиозчб", strict=True)
}
"""The Cyrillic letter that a Latin letter or a digit passes for."""
_SQUARED: Final = {
    start + place: chr(97 + place) for start in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6) for place in range(26)
}
_SINGLE: Final = re.compile(r"(?<![^\W_])[^\W_](?:[ .\-_*·|/,+]{1,3}[^\W_](?![^\W_])){2,}")
"""Words spelt out: "c o d e"."""
_SPACED: Final = (
    ("remote", re.compile("anydesk|viewer|rustdesk")),
    ("seed", re.compile("seed|privatekey|mnemonic|сидфраз|приватныиключ")),
    ("password", re.compile("pass|contrase|kennwort|парол|كلمه")),
    ("code", re.compile("code|otp|sms|pin|cvv|2fa|codigo|код|пин|смс|رمز|كود")),
)
"""What is looked for in words spelt out letter by letter."""
_TOKEN: Final = re.compile(r"\ue001([A-Za-z.,]+)|([^\W_]+)|([,;]|(?<=\s)-+(?=\s))|([.!?؟\n]+)")


@dataclass(frozen=True, slots=True)
class _Clauses:
    """A sentence in letters: clauses divided by commas, the kinds of its secrets, and how it ends."""

    letters: str
    kinds: tuple[str, ...]
    question: bool


def asked(text: str) -> str:
    """What the text asks for: ``code``, ``password``, ``seed``, ``remote``; "" for nothing."""
    plain = fold(unicodedata.normalize("NFKC", text).translate(_SQUARED).replace("\ue001", " "))
    for view in dict.fromkeys((plain, _looks(plain, _LATIN), _looks(plain, _CYRILLIC))):
        if kind := _spaced(view):
            return kind
        named = re.sub(r"[^\S\n]+", " ", _named(view))
        verdicts = [_asked(named, language) for language in tongues.LANGUAGES]
        if kind := next((kind for kind in verdicts if kind not in {"", "tool"}), ""):
            return kind
        if all(verdicts):
            return "remote"  # programs have one name everywhere, and in no language is it a warning
    return ""


def _looks(text: str, table: dict[int, str]) -> str:
    """The text with every letter as the one it looks like; digits only where letters are."""
    return re.sub(
        r"[\w@$]+",
        lambda match: match.group().translate(table) if re.search(r"[^\W\d_]", match.group()) else match.group(),
        text,
    )


def _named(text: str) -> str:
    for token, pattern in tongues.NOUNS:
        text = pattern.sub(f" {token} ", text)
    return text


def _spaced(text: str) -> str:
    """What is written in single letters, which nobody does who has nothing to hide."""
    for match in _SINGLE.finditer(text):
        joined = "".join(re.findall(r"[^\W_]", match.group()))
        for letters in (joined, joined.translate(_LATIN), joined.translate(_CYRILLIC)):
            for kind, pattern in _SPACED:
                if pattern.search(letters):
                    return kind
    return ""


def _asked(text: str, language: Language) -> str:
    for name, pattern in language.phrases:
        text = pattern.sub(f" \ue001{name} ", text)
    sentences = _sentences(text, language)
    said = [kind for sentence in sentences for kind in sentence.kinds]
    last = said[0] if said else ""
    for sentence in sentences:
        kinds = iter(sentence.kinds)
        for clause in sentence.letters.split(","):
            own = tuple(next(kinds) for _ in range(clause.count("N")))
            last = own[-1] if own else last
            if kind := _clause(clause, own, last, language, question=sentence.question):
                return kind
    return ""


def _sentences(text: str, language: Language) -> list[_Clauses]:
    sentences = []
    letters, kinds = "", []
    for match in [*_TOKEN.finditer(text), None]:
        if match is not None and match[4] is None:
            if match[2] in KIND:
                kinds.append(KIND[match[2]])
            letters += match[1] or ("," if match[3] else _class(match[2], language))
        elif match is None or match[4] != "\n":
            if letters:
                sentences.append(_Clauses(_tidy(letters), tuple(kinds), match is not None and match[4][0] in "?؟"))
            letters, kinds = "", []
    return sentences


def _class(word: str, language: Language) -> str:
    if word in KIND:
        return "N"
    bare = word[1:] if word[0] in "وف" and word[1:] in language.words else word
    return language.words.get(bare, ".")


def _tidy(letters: str) -> str:
    """Commas only where a new thought begins."""
    letters = re.sub(r",?P,?", "P", re.sub(",+", ",", letters))
    letters = re.sub(r"([GET]),(?=[GET])", r"\1l", letters).replace(",l", "l")
    letters = re.sub(r"X,[^,]{1,6},", "X", letters)
    return re.sub(r",S[^,]{1,7},", "", letters)


_WINDOW: Final = 24
"""Words before a verb that may turn its sense."""
_NOT: Final = re.compile(r"X(?:[vYaAIdMXO]{0,8}(?:[GET]M?l)*|[^,B]{0,6}l)[vYd]{0,3}$")
_OURS: Final = re.compile(r"[ID][vYO]{0,4}$|S[Yd]?v?$|K[vYd]{0,3}$")
_AFTER: Final = re.compile(r"[^SXIR]{0,10}?N")
_BEFORE: Final = re.compile(r"N[^SXIY]{0,5}$")
_RATHER: Final = re.compile(r"R[^SXIYGE]{0,5}?([Nn])")
_WE_ASK: Final = re.compile(r"(?:A|I[vY]{0,4}a)[^SX]{0,6}?N")
_PASSIVE: Final = re.compile(r"N[^X]{0,5}g[^X]{0,2}M")
_WANTED: Final = re.compile(r"[Pdv]*W[^SXIY]{0,4}?N")
_ONLY_NAMED: Final = re.compile(r"[dPl]*N[dPNl]*")
_INSTALL: Final = re.compile(r"L[^X]{0,4}F|F[^X]{0,4}L")


def _clause(clause: str, kinds: tuple[str, ...], last: str, language: Language, *, question: bool) -> str:
    """What one clause asks for."""
    if kind := _remote(clause, language):
        return kind
    if _ONLY_NAMED.fullmatch(clause) and len(clause) <= 9 and (question or "P" in clause or len(clause) <= 3):
        return kinds[0]
    if _WANTED.match(clause):
        return kinds[0]
    letters = re.sub("M(?=v)", "I", clause.replace("P", ""))
    for match in re.finditer("[GET]", letters):
        if kind := _verb(letters, match.start(), kinds, last, language):
            return kind
    for pattern in (_RATHER, _WE_ASK, _PASSIVE):
        for match in pattern.finditer(letters):
            if not re.search(r"X[vYIdM]{0,3}$", letters[max(0, match.start() - _WINDOW) : match.start()]):
                return "code" if match.group().endswith("n") else _nth(kinds, letters, match.end() - 1)
    return ""


def _nth(kinds: tuple[str, ...], letters: str, place: int) -> str:
    return kinds[max(0, min(letters[: place + 1].count("N"), len(kinds)) - 1)]


def _verb(letters: str, place: int, kinds: tuple[str, ...], last: str, language: Language) -> str:
    """What the verb at a place of a clause asks for."""
    before, after = letters[:place], letters[place + 1 :]
    to_me = "M" in after or ("M" in before and language is not tongues.ENGLISH) or before.endswith("M")
    close = before[-_WINDOW:]
    denied = _NOT.search(close) or (language is tongues.GERMAN and re.match("[^B]{0,10}X", after))
    if (denied and "B" not in after) or (letters[place] == "T" and "M" not in after):
        return ""
    if not to_me and (_OURS.search(close) or after.startswith("Y")):
        return ""
    if found := _AFTER.match(after):
        kind = _nth(kinds, letters, place + found.end())
    elif (found := _BEFORE.search(close)) and (to_me or language.verb_last) and "S" not in before:
        kind = _nth(kinds, letters, place - len(close) + found.start())
    elif to_me and re.match(r"[^S]{0,8}?n", after):
        kind = "code"
    elif last and (re.match(r"[^SXI]{0,3}?O", after) or (language.verb_last and before.endswith("O"))):
        kind = last if to_me else ""
    else:
        return ""
    return "" if "D" in letters and not to_me and kind != "seed" else kind


def _remote(clause: str, language: Language) -> str:
    """Whether the clause asks for control of the device: "remote", or "tool" if only a program is named."""
    for match in re.finditer(f"U|{_INSTALL.pattern}", clause):
        before, after = clause[: match.start()], clause[match.end() :]
        if not (re.search("[XKQ]", before) or (language is tongues.GERMAN and "X" in after)) or "B" in after:
            return "tool" if match.group() == "U" else "remote"
    return ""
