"""Secrets that are known by the words around them: passwords and one-time codes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from bot.domain import guard_words as words
from bot.domain.guard_view import Near, Span, View
from bot.domain.guard_words import OPAQUE

# Passwords.

_MARKER: Final = re.compile(
    rf"(?:\s{{1,3}}(?:{words.LINK})(?:\s{{1,3}}[^\W\d_]{{1,20}}){{1,3}}?)?(?:\s?\([^()\n]{{0,30}}\))?"
    rf"(?:(?P<sure>(?:\s{{1,3}}(?:{words.IS}))?\s{{0,3}}(?:[:=]{{1,3}}|[-=]>|→)>?)"
    rf"|(?P<is>\s{{1,3}}(?:{words.IS})(?=[\s\"'])))\s{{0,5}}"
)
_BARE: Final = re.compile(r"(?:\s{1,3}(?:-{1,2}|to|as|auf|на|a)(?=\s))?\s{1,5}")
"""Nothing between a password and its name: only what cannot be a plain word counts."""
_QUOTED: Final = re.compile(rf"([\"'])[^\"'\n{OPAQUE}]{{1,128}}\1")
_TOKEN: Final = re.compile(rf"[^\s{OPAQUE}]{{1,256}}(?:\s{{1,2}}[/|]\s{{1,2}}[^\s{OPAQUE}]{{1,256}})?")
_TRAILING: Final = ".,;:?)\"'"


def passwords(view: View) -> Iterator[Span]:
    """What follows "password is", "password:" and the like, and "password" itself if it cannot be a plain word."""
    for word in words.PASSWORD.finditer(view.low):
        told = _MARKER.match(view.low, word.end())
        marker = told or _BARE.match(view.low, word.end())
        if marker is None:
            continue
        start = marker.end()
        if quoted := _QUOTED.match(view.plain, start):
            if told:
                yield start + 1, quoted.end() - 1
            continue
        token = _TOKEN.match(view.plain, start)
        if token is None:
            continue
        end = start + (len(token.group().rstrip(_TRAILING)) or len(token.group()))
        followed = bool(re.match(r"[ \t]+\w", view.low[end : end + 9]))
        if _is_password(view.low[start:end], told.lastgroup if told else None, followed=followed):
            yield start, end


def _is_password(value: str, told: str | None, *, followed: bool) -> bool:
    core = value.strip(_TRAILING + "!(")
    if words.PASSWORD.fullmatch(core) or not re.search(r"[^\W_]|[^\s*.?_•-]{4}", value):
        return False
    ordinary = core.split("'")[0] in words.NO_PASSWORDS
    if told == "sure":
        return not (ordinary and followed)
    telling = bool(re.search("[0-9]", core) and re.search(r"[^\W\d_]", core) and len(core) >= 6)
    if told == "is":
        letters = re.fullmatch(r"[^\W\d_'-]+(?:['-][^\W\d_]+)*", core)
        return not ordinary and not (letters and re.search(r"(?:ed|ing)$", core))
    number = re.fullmatch(r"[0-9]{4,12}", core) and not re.fullmatch(r"(?:19|20)[0-9]{2}", core)
    return telling or bool(number)


# One-time codes.

_NAMED: Final = re.compile(
    f"(?P<reference>{words.REFERENCE})|(?P<cvv>{words.CVV})|(?P<code>{words.CODE})|(?P<app>{words.APP})"
)
_BETWEEN: Final = rf"[\s:=\"'(\[#*>-]{{0,4}}(?:(?:{words.FILLER})[\s:=\"'(\[#*>.-]{{1,4}}){{0,5}}"
_TO_NUMBER: Final = re.compile(_BETWEEN)
_AFTER_NUMBER: Final = re.compile(rf"\s{{1,2}}(?:(?:{words.FILLER})\s{{1,2}}){{0,4}}(?:{words.REFERENCE})")
_OTHER_NUMBERS: Final = re.compile(
    r"(?:https?://|www\.)(?:(?!(?:code|otp|pin)=)\S)*"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}"
    r"|\+[ (]{0,2}[0-9](?:[ ()./-]{0,3}[0-9]){6,18}"
    r"|\([0-9]{2,5}\) ?[0-9](?:[ -]{0,1}[0-9]){4,12}"
    r"|(?<![0-9])(?:[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}|(?:19|20)[0-9]{2}[-/](?:0[1-9]|1[0-2]))(?![0-9])"
    r"|(?<![0-9])[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![0-9])"
    r"|(?<![0-9])(?!(?:[0-9]{6},){1,8}[0-9]{6}(?![0-9,]))[0-9]+(?:[.,'][0-9]+)+"
)
"""Links, addresses, telephone numbers, dates, times, decimals and amounts in thousands."""
_DIGITS: Final = re.compile(r"[0-9]+(?:[ -][0-9]+)*")
_DAY: Final = re.compile(r"(?:19|20)[0-9]{2}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))?")
_PAID: Final = re.compile(rf" ?k?{words.CURRENCY}")
_PAYS: Final = re.compile(rf"{words.CURRENCY} ?$")
_AROUND: Final = " \n.,!?\"'()"
_WHOLE: Final = re.compile(r"[0-9](?:[ -]{0,2}[0-9]){3,7}")


def codes(view: View) -> Iterator[Span]:
    """One-time codes: six digits, or four to eight where codes are spoken of, or nothing else at all."""
    low = view.low
    bare = low.strip(_AROUND)
    if _WHOLE.fullmatch(bare) and not _OTHER_NUMBERS.fullmatch(bare):
        yield low.index(bare), low.index(bare) + len(bare)
        return
    names = [(match.start(), match.end(), str(match.lastgroup)) for match in _NAMED.finditer(low)]
    ends = [end for _, end, _ in names]
    near = Near(low, re.compile(f"{words.CVV}|{words.CODE}|{words.APP}"))
    numbers = _OTHER_NUMBERS.sub(lambda match: OPAQUE * len(match.group()), low)
    for run in _DIGITS.finditer(numbers):
        for start, end in _groups(run):
            index = bisect_right(ends, start) - 1
            between = low[ends[index] : start] if index >= 0 and start - ends[index] <= 48 else OPAQUE
            named = names[index][2] if _TO_NUMBER.fullmatch(between) else ""
            number = numbers[start:end]
            if not _excused(numbers, start, end, named, near(start)) and _is_code(number, named, near(start)):
                yield start, end


def _groups(run: re.Match[str]) -> Iterator[Span]:
    """The parts of a run of digits that may each be a code: all of it, or each group if groups are whole codes."""
    groups = [match.span() for match in re.finditer("[0-9]+", run.group())]
    sizes = [end - start for start, end in groups]
    if set(sizes) == {6} or max(sizes) >= 9:
        yield from ((run.start() + start, run.start() + end) for start, end in groups)
    else:
        yield run.span()


def _excused(low: str, start: int, end: int, named: str, near: bool) -> bool:
    """Whether what stands around a number says that it is something else than a code."""
    before, after = low[max(0, start - 24) : start], low[end : end + 48]
    if named == "reference":
        return True
    if after[:1] in {OPAQUE, "_", "@"} or re.match(r"-?[a-z\u0430-\u044f]|\ufffd", after):
        return not (named and after[:1] == "-")
    if named:
        return named == "app" and bool(_PAID.match(after))
    if re.search(rf"[{OPAQUE}_+\ufffd@\\]$|# ?$|[a-z\u0430-\u044f]$|[a-z]/$", before):
        return True
    if not near and re.search(r"[^\W_]{2}-$", before):
        return True
    return bool(_PAID.match(after) or _PAYS.search(before) or _AFTER_NUMBER.match(after))


def _is_code(number: str, named: str, near: bool) -> bool:
    sizes = [len(group) for group in re.findall("[0-9]+", number)]
    if sizes in ([6], [3, 3]):
        return True
    if named == "cvv":
        return 3 <= sum(sizes) <= 8
    if named == "code":
        return 4 <= sum(sizes) <= 12 and max(sizes) <= 8
    if not (near and 4 <= sum(sizes) <= 8):
        return False
    return named != "" or not _DAY.fullmatch(number)
