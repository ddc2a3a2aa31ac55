"""Reading a mobile number the way people write it.

    clean -> split -> propose readings -> judge each -> choose

``typed.scan`` cleans and splits, ``readings`` proposes in a table of named ways, ``numbering`` judges against
the world's plans, and this module chooses among the numbers of a message. Nothing is ever taken that no plan
has, and an SMS is never paid to anything but a mobile.

A number in another country than the chosen one is at least shown. Regions that share a calling code are one
country here, because that is how people meet them (Jersey in +44, Kazakhstan in +7).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final, Literal

import phonenumbers

from bot.domain import numbering
from bot.domain.readings import Action, Home, Reading, national, read_run
from bot.domain.typed import MAX_LENGTH, Run, Typed, plain, scan

__all__ = ["REJECTIONS", "REPAIRS", "Action", "Channel", "Reading", "pretty", "read", "sendable"]

Channel = Literal["typed", "contact"]

# Every reason a reading may carry, each with its text in the templates: why a number was refused ...
REJECTIONS: Final = (
    "empty",
    "no_number",
    "letters",
    "too_short",
    "too_long",
    "area_code_missing",
    "unknown_code",
    "country_missing",
    "invalid",
    "emergency_or_short",
    "landline",
    "premium",
    "toll_free",
    "shared_cost",
    "not_mobile",
    "satellite",
    "not_served",
)
# ... and what was repaired, or has to be decided, before it can be used.
REPAIRS: Final = (
    "other_country",
    "old_format",
    "mobile_or_landline",
    "two_readings",
    "exit_code",
    "overseas",
    "doubled_code",
    "trunk_zero",
    "lost_zero",
    "code_without_plus",
    "plus_before_national",
    "extension",
    "two_numbers",
    "from_text",
)

# E.164 allows 15 digits; an exit code and a doubled calling code may stand before them.
_MOST_DIGITS: Final = 22
# Groups that two numbers in one run may have between them.
_MOST_GROUPS: Final = 16
# Runs of digits up to this length beside a number are house numbers, hours and the like.
_NOISE: Final = 4
_SHORTEST_NUMBER: Final = 7
_LONGEST_SHORT_CODE: Final = 6


def read(
    text: str,
    country: str,
    *,
    channel: Channel = "typed",
    served: Collection[str] | None = None,
) -> Reading:
    """Read the mobile number in a message or a shared contact. Never raises.

    Args:
        text: what the person sent.
        country: the CLDR region they chose; "" when none was.
        channel: "contact" for the phone number of a Telegram contact, which is international with or without
            its plus.
        served: regions to which an SMS can be sent; None for all.
    """
    region = country.upper()
    home = Home(region, numbering.calling_code(region))
    if len(text) > MAX_LENGTH and len(plain(text)) > MAX_LENGTH:
        return Reading("reject", reason="too_long")
    typed = scan(text)
    if not typed.runs:
        return Reading("reject", reason="empty" if typed.blank else "no_number")
    if typed.glued:
        return Reading("reject", reason="letters")
    runs = [_from_contact(run, home) for run in typed.runs] if channel == "contact" else typed.runs
    return _within(_choose(typed, [_read_run(run, home) for run in runs], home), served)


def pretty(e164: str) -> str:
    """The number as ITU-T E.123 writes it, "+44 7400 123456"; unchanged when it is none."""
    number = numbering.parse(e164, None)
    if number is None:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def sendable(e164: str) -> str | None:
    """Why no SMS must ever be paid to this number (a reason code), or None when one may be.

    Only the stored form passes: a number in any other spelling is "invalid".
    """
    line = numbering.judge(numbering.parse(e164, None))
    if line is None or line.e164 != e164 or numbering.is_retired(e164):
        return "invalid"
    return None if line.mobile else line.kind


# --- choosing among the numbers of a message -------------------------------------------------------------


def _choose(typed: Typed, readings: list[Reading], home: Home) -> Reading:
    pairs = list(zip(typed.runs, readings, strict=True))
    good = [(run, reading) for run, reading in pairs if reading.action != "reject" and not run.touched]
    if not good:
        return _joined(typed, home) or _refusal(typed, readings)
    numbers = dict.fromkeys(number for _, reading in good for number in reading.numbers)
    if len(good) > 1 and len(numbers) > 1:
        return Reading("ask", candidates=tuple(numbers), reason="two_numbers")
    run, reading = good[0]
    if run.extension and reading.action != "ask":
        return replace(reading, action="confirm", reason="extension")
    others = [other for other, refused in pairs if refused.action == "reject"]
    if reading.action == "accept" and others:
        long = any(len(other.digits) > _NOISE for other in others)
        return replace(reading, action="confirm", reason="two_numbers" if long else "from_text")
    return reading


def _joined(typed: Typed, home: Home) -> Reading | None:
    """One number over two lines, or with commas between its groups."""
    if typed.words or len(typed.runs) < 2:
        return None
    raw = " ".join(run.raw for run in typed.runs)
    reading = read_run(_run(raw), home)
    return replace(reading, action="confirm", reason="from_text") if reading.action == "accept" else None


def _refusal(typed: Typed, readings: list[Reading]) -> Reading:
    if any(run.touched for run in typed.runs):
        return Reading("reject", reason="letters")
    run, reading = max(zip(typed.runs, readings, strict=True), key=lambda pair: len(pair[0].digits))
    if typed.words and len(run.digits) < _SHORTEST_NUMBER and reading.reason != "emergency_or_short":
        return Reading("reject", reason="letters")
    return reading


def _within(reading: Reading, served: Collection[str] | None) -> Reading:
    """The reading after the operator's list of countries has been asked."""
    if served is None or reading.action == "reject":
        return reading
    if reading.action != "ask":
        return reading if reading.region in served else Reading("reject", region=reading.region, reason="not_served")
    regions = {number: _region(number) for number in reading.candidates}
    kept = tuple(number for number, region in regions.items() if region in served)
    if not kept:
        return Reading("reject", region=regions[reading.candidates[0]], reason="not_served")
    if len(kept) > 1:
        return replace(reading, candidates=kept)
    if sendable(kept[0]):
        return Reading("reject", region=regions[kept[0]], reason=sendable(kept[0]) or "")
    return Reading("confirm", kept[0], regions[kept[0]], reason=reading.reason)


def _region(e164: str) -> str:
    line = numbering.judge(numbering.parse(e164, None))
    return line.region if line else ""


# --- one run, which may still be two numbers -------------------------------------------------------------


def _read_run(run: Run, home: Home) -> Reading:
    if not run.plus and len(run.digits) <= _LONGEST_SHORT_CODE:
        line = national(run.digits, home)
        if not (line and line.mobile) and numbering.is_short_code(run.digits, home.region):
            return Reading("reject", reason="emergency_or_short")
    whole = Reading("reject", reason="too_long")
    if len(run.digits) <= _MOST_DIGITS:
        whole = read_run(run, home)
    if whole.action in {"confirm", "ask"}:
        return whole
    return next(_pairs(run, home, whole), whole)


def _pairs(run: Run, home: Home, whole: Reading) -> Iterator[Reading]:
    """Ways to see two numbers in one run that has only a slash or spaces between them."""
    groups = run.raw.replace("/", " / ").split()
    if not 1 < len(groups) <= _MOST_GROUPS:
        return
    for cut in range(1, len(groups)):
        slash = groups[cut] == "/"
        left, right = _run("".join(groups[:cut])), _run("".join(groups[cut + slash :]))
        if whole.action == "accept" and not (slash and len(right.digits) <= 2):
            continue
        if not left.digits or not right.digits or max(len(left.digits), len(right.digits)) > _MOST_DIGITS:
            continue
        first, second = read_run(left, home), read_run(right, home)
        taken = [reading for reading in (first, second) if reading.action == "accept"]
        numbers = tuple(dict.fromkeys(number for reading in taken for number in reading.numbers))
        if len(taken) == 2:
            yield taken[0] if len(numbers) == 1 else Reading("ask", candidates=numbers, reason="two_numbers")
        elif taken == [first] and slash and len(right.digits) <= 2:
            # 0664 1234567/8 names a neighbouring line, or is one long number.
            both = tuple(dict.fromkeys((*numbers, *whole.numbers)))
            if len(both) > 1:
                yield Reading("ask", candidates=both, reason="two_numbers")
            yield replace(first, action="confirm", reason="two_numbers")
        elif taken and slash and (first.region and second.region):
            yield replace(taken[0], action="confirm", reason="two_numbers")


def _run(raw: str) -> Run:
    return Run(raw, "".join(char for char in raw if "0" <= char <= "9"), "+" in raw)


def _from_contact(run: Run, home: Home) -> Run:
    """A contact's number with the plus that Telegram may leave out; some clients keep the national form."""
    if run.plus:
        return run
    coded, plain_line = numbering.judge_digits(run.digits), national(run.digits, home)
    is_national = plain_line and plain_line.mobile and not (coded and coded.mobile)
    return run if is_national else replace(run, raw=f"+{run.raw}", plus=True)
