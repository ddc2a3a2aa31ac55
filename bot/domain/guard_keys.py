"""Secrets that are known by their form: seed phrases, keys, cards, recovery codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.domain import guard_words as words
from bot.domain import recovery_codes
from bot.domain.guard_view import Near, Span, View
from bot.domain.guard_words import OPAQUE

# Seed phrases.

_WORD: Final = re.compile(r"[^\W\d_]+")
_WORDS_BETWEEN: Final = 12
"""Characters from one word of a phrase to the next: a comma, a line end, a number, a bracket."""
_SHORTEST_SEED: Final = 12
_FOREIGN_WORD: Final = re.compile(r"[a-z]{3,8}")


def seeds(view: View) -> Iterator[Span]:
    """Twelve words of BIP-39 in a row or more; eleven where a seed phrase is spoken of; one may be misspelt."""
    low = view.low
    near = Near(low, words.SEED)
    run: list[Span] = []
    strangers: list[int] = []
    for match in [*_WORD.finditer(low), None]:
        if match is not None:
            gap = low[run[-1][1] : match.start()] if run else ""
            joined = len(gap) <= _WORDS_BETWEEN and OPAQUE not in gap
            if joined and match.group() in words.BIP39:
                run.append(match.span())
                continue
            # One misspelt word inside does not make the other eleven harmless.
            if joined and run and not strangers and _FOREIGN_WORD.fullmatch(match.group()):
                strangers.append(len(run))
                run.append(match.span())
                continue
        yield from _seed(view, run, strangers, near)
        rest = run[strangers[0] + 1 :] if strangers else []
        run, strangers = [], []
        if match is None:
            return
        if rest and joined and _FOREIGN_WORD.fullmatch(match.group()):
            run, strangers = [*rest, match.span()], [len(rest)]
        elif match.group() in words.BIP39:
            run = [match.span()]


def _seed(view: View, run: list[Span], strangers: list[int], near: Near) -> Iterator[Span]:
    if strangers and strangers[0] == len(run) - 1:
        run, strangers = run[:-1], []
    while len(run) > _SHORTEST_SEED and view.low[slice(*run[0])] in words.LABELS:
        run = run[1:]
    known = len(run) - len(strangers)
    if not run:
        return
    start, end = run[0][0], run[-1][1]
    shown = view.plain[start:end]
    if len(run) >= _SHORTEST_SEED or (known >= _SHORTEST_SEED - 1 and shown == shown.lower() and near(start)):
        numbered = re.search(r"(?<![0-9])[0-9]{1,2}[.):-]? {0,2}$", view.low[max(0, start - 6) : start])
        yield start - (len(numbered.group()) if numbered and re.search("[0-9]", shown) else 0), end


# Keys.

_PEM: Final = re.compile(r"-{2,5} ?begin [a-z0-9 ]{1,40}-{2,5}")
_PEM_END: Final = re.compile(r"-{2,5} ?end [a-z0-9 ]{1,40}-{2,5}")
_LINK: Final = re.compile(rf"otpauth(?:-migration)?://[^\s{OPAQUE}]*")
_BASE58: Final = "1-9A-HJ-NP-Za-km-z"
_EDGE: Final = rf"[\w{OPAQUE}]"
_SURE_KEY: Final = re.compile(
    rf"(?<!{_EDGE})(?:5[{_BASE58}]{{50}}|[KL][{_BASE58}]{{51}}|[xyzt]prv[{_BASE58}]{{100,112}}|S[A-Z2-7]{{55}})(?!{_EDGE})"
)
"""Bitcoin's wallet import format and extended private keys (BIP-32), Stellar's secret seeds."""
_LONG: Final = re.compile(rf"(?<![\w{OPAQUE}+/=-])[A-Za-z0-9+/=_-]{{45,200}}(?![\w{OPAQUE}+/=-])")
_ADDRESS: Final = re.compile(r"[a-z]{1,10}1[02-9ac-hj-np-z]{6,87}|G[A-Z2-7]{55}|[A-Z2-7]{58}")
"""Bech32, Stellar, Algorand."""
_BASE32: Final = re.compile(
    rf"(?<!{_EDGE})(?:(?:[A-Z2-7]{{16,128}}|[a-z2-7]{{16,128}})={{0,6}}"
    rf"|[A-Z2-7]{{4}}(?:[ -][A-Z2-7]{{4}}){{3,31}}(?:[ -][A-Z2-7]{{2}}(?!{_EDGE}))?"
    rf"|[a-z2-7]{{4}}(?:[ -][a-z2-7]{{4}}){{3,31}})(?!{_EDGE})"
)
_ALONE: Final = frozenset({16, 26, 32, 52})
"""Characters of 80, 128, 160 and 256 bits: what authenticators' secrets have."""


def pems(view: View) -> Iterator[Span]:
    """PEM blocks, also without their end, and otpauth links."""
    place = 0
    while match := _PEM.search(view.low, place):
        end = _PEM_END.search(view.low, match.end())
        hidden = view.low.find(OPAQUE, match.end())
        place = end.end() if end else len(view.low)
        if 0 <= hidden < place:
            place = hidden
        yield match.start(), place
    yield from (match.span() for match in _LINK.finditer(view.low))


def keys(view: View) -> Iterator[Span]:
    """Private keys that are known by their form or their name, and secrets of authenticators."""
    yield from (match.span() for match in _SURE_KEY.finditer(view.plain))
    private = Near(view.low, words.PRIVATE_KEY)
    public = Near(view.low, words.TRANSACTION)
    secret = Near(view.low, words.AUTHENTICATOR)
    for match in _LONG.finditer(view.plain):
        mixed = re.search("[0-9]", match.group()) and re.search("[A-Za-z]", match.group())
        named = private(match.start()) and private.last(match.start()) > public.last(match.start())
        if mixed and named and not _ADDRESS.fullmatch(match.group()):
            yield match.span()
    shouted = view.plain == view.plain.upper()
    for match in _BASE32.finditer(view.plain):
        key = re.sub("[ =-]", "", match.group())
        if _ADDRESS.fullmatch(key):
            continue
        upper, digit = key.isupper(), re.search("[2-7]", key) is not None
        if " " in match.group() or "-" in match.group():
            digit = any(
                re.search("[0-9]", group) and re.search("[A-Za-z]", group) for group in re.split("[ -]", match.group())
            )
        public_one = public(match.start()) and public.last(match.start()) > secret.last(match.start())
        near = secret(match.start()) and (digit or (upper and not shouted))
        if not public_one and (near or (upper and digit and len(key) in _ALONE)):
            yield match.span()


# Cards.

_RUN: Final = re.compile(r"[0-9]+(?:[\s.\-·•_]{1,3}[0-9]+)*")
_ISSUERS: Final[tuple[tuple[int, int, frozenset[int]], ...]] = (
    (3000, 3059, frozenset(range(14, 20))),
    (3400, 3499, frozenset({15})),
    (3528, 3589, frozenset(range(16, 20))),
    (3600, 3699, frozenset(range(14, 20))),
    (3700, 3799, frozenset({15})),
    (3800, 3999, frozenset(range(14, 20))),
    (4000, 4999, frozenset({13, 16, 19})),
    (5000, 5099, frozenset(range(13, 20))),
    (5100, 5599, frozenset({16})),
    (5600, 5899, frozenset(range(13, 20))),
    (6000, 6999, frozenset(range(13, 20))),
    (2200, 2204, frozenset(range(16, 20))),
    (2221, 2720, frozenset({16})),
    (9792, 9792, frozenset({16})),
)
"""First four digits, last first four, lengths: Diners, American Express, JCB, Visa, Maestro, Mastercard, Discover and
UnionPay, Mir, Troy (ISO/IEC 7812 issuers as they publish them)."""


def _luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def _card(digits: str) -> bool:
    issuer = int(digits[:4])
    return any(low <= issuer <= high and len(digits) in lengths for low, high, lengths in _ISSUERS) and _luhn(digits)


def cards(view: View) -> Iterator[Span]:
    """Card numbers, also beside other digits: groups that make one are tried together."""
    for run in _RUN.finditer(view.low):
        shown = run.group()
        groups = [match.span() for match in re.finditer("[0-9]+", shown)]
        first = 0
        while first < len(groups):
            digits, best = "", 0
            for last in range(first, min(first + 19, len(groups))):
                digits += shown[slice(*groups[last])]
                if len(digits) > 19:
                    break
                if len(digits) >= 13 and _card(digits):
                    best = last + 1
            start = run.start() + groups[first][0]
            if best and view.low[max(0, start - 1) : start] != "+":
                yield start, run.start() + groups[best - 1][1]
            first = best or first + 1


# Recovery codes.

_RECOVERY: Final = re.compile(
    rf"(?<!{_EDGE})[{recovery_codes.ALPHABET}]"
    rf"(?:[\s-]{{0,3}}[{recovery_codes.ALPHABET}]){{{recovery_codes.LENGTH - 1}}}(?!{_EDGE})"
)


def recoveries(view: View) -> Iterator[Span]:
    """Our recovery codes, as :func:`bot.domain.recovery_codes.read` reads them."""
    place = 0
    while match := _RECOVERY.search(view.low, place):
        if _recovery(match.group()):
            yield match.span()
            place = match.end()
        else:
            place = match.start() + 1


def _recovery(text: str) -> bool:
    code = recovery_codes.read(text)
    if code is None or re.fullmatch("[0-9]*|[0-9a-f]*", code):
        return False
    groups = re.split(r"[\s-]+", text)
    mixed = sum(1 for group in groups if re.search("[0-9]", group) and re.search("[a-z]", group))
    even = len({len(group) for group in groups}) == 1
    return (even and (mixed > 0 or (len(groups) == 6 and "-" in text))) or mixed > 1
