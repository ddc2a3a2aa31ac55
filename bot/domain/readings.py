"""The ways to read one run of digits, as a table, and the reading that comes of them.

``STAGES`` stands in order of how far each way strays from what was written. The first stage whose reading is a
mobile wins; its row says whether the reading may be taken or has to be shown first. Two readings on one level
are put to the person. A number that is valid as written but no mobile is refused at once, except by stages that
say they run ``over`` it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import phonenumbers
from phonenumbers import CountryCodeSource

from bot.domain import numbering
from bot.domain.numbering import Line
from bot.domain.typed import Run

Action = Literal["accept", "confirm", "ask", "reject"]

_SHORT: Final = 6  # digits with which no number begins that could be completed by guessing
_LONG: Final = 15  # ITU-T E.164


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message was taken for.

    Attributes:
        action: "accept": go on with ``e164``; "confirm": show it and wait for a yes; "ask": let the person choose
            one of ``candidates``; "reject": say ``reason``.
        e164: the number, for accept and confirm only.
        region: CLDR region of ``e164``; for a rejection that of the number that was recognised.
        candidates: E.164 numbers to choose from. One may be a landline: ask ``phones.sendable`` about the choice.
        reason: a stable code: for a rejection why, otherwise what was repaired ("" for nothing).
    """

    action: Action
    e164: str | None = None
    region: str | None = None
    candidates: tuple[str, ...] = ()
    reason: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number that this reading offers."""
        return self.candidates or ((self.e164,) if self.e164 else ())

    def as_json(self) -> dict[str, Any]:
        """The reading as plain data for a program."""
        return {
            "action": self.action,
            "e164": self.e164,
            "region": self.region,
            "candidates": list(self.candidates),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Home:
    """The country the person chose; calling code 0 when none or an unknown one was."""

    region: str
    code: int

    @property
    def digits(self) -> str:
        """The calling code as digits, "" for none."""
        return str(self.code or "")


Proposals = Iterator[Line | None]


def _never(_run: Run, _home: Home) -> bool:
    return False


def _always(_run: Run, _home: Home) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Stage:
    """One way to read a run.

    Attributes:
        name: the reason given when this stage decides.
        action: what to do with a single mobile that it finds.
        propose: the readings; None stands for one that no plan has.
        over: whether it may run although the number as written is valid but no mobile.
    """

    name: str
    action: Literal["accept", "confirm"]
    propose: Callable[[Run, Home], Proposals]
    over: Callable[[Run, Home], bool] = _never


def read_run(run: Run, home: Home) -> Reading:
    """Read one run of digits as one number."""
    written = [line for line in _as_written(run, home) if line]
    refused = None if any(line.mobile for line in written) else next(iter(written), None)
    for stage in STAGES:
        if refused and not stage.over(run, home):
            continue
        lines = {line.e164: line for line in stage.propose(run, home) if line}
        if not any(line.mobile for line in lines.values()):
            continue
        if len(lines) > 1:
            return Reading("ask", candidates=tuple(lines), reason=stage.name or "two_readings")
        line = next(iter(lines.values()))
        if stage.action == "accept" and home.code and line.code != home.code:
            return Reading("confirm", line.e164, line.region, reason="other_country")
        return Reading(stage.action, line.e164, line.region, reason=stage.name)
    if refused:
        return Reading("reject", region=refused.region, reason=refused.kind)
    return Reading("reject", reason=_fault(run, home))


def _fault(run: Run, home: Home) -> str:
    number = numbering.parse(f"+{run.digits}" if run.plus else run.digits, home.region or None)
    if number is not None:
        return numbering.fault(number, home.region)
    if len(run.digits) <= _SHORT:
        return "too_short"
    if len(run.digits) > _LONG:
        return "too_long"
    return "unknown_code" if run.plus or home.code else "country_missing"


# --- readings ---------------------------------------------------------------------------------------------


def national(digits: str, home: Home) -> Line | None:
    """The digits as dialled in the chosen country."""
    return numbering.judge(numbering.parse(digits, home.region), home.region) if home.code else None


def _international(digits: str, home: Home) -> Line | None:
    return numbering.judge_digits(digits, home.region)


def _split(digits: str) -> tuple[str, str] | None:
    """International digits as calling code and rest, or None when no code begins them."""
    number = numbering.parse(f"+{digits}", None)
    if number is None:
        return None
    code = str(number.country_code)
    return code, digits.removeprefix(code)


def _full_digits(run: Run, home: Home) -> Iterator[str]:
    """International digits that a run may stand for, before any plan has been asked."""
    if run.plus:
        yield run.digits
        return
    yield from _without_exit_code(run.digits)
    if home.code:
        if run.digits.startswith(home.digits):
            yield run.digits
        yield home.digits + run.digits


def _without_exit_code(digits: str) -> Iterable[str]:
    return (digits.removeprefix(code) for code in numbering.EXIT_CODES if digits.startswith(code))


def _as_written(run: Run, home: Home) -> Proposals:
    """The number under today's plans, nothing added and nothing taken away.

    A national number may begin with the digits of its own calling code. Then both readings count, unless the
    one with the code is a mobile and the other is not: nobody means the landline.
    """
    if run.plus:
        yield _international(run.digits, home)
        return
    number = numbering.parse(run.digits, home.region) if home.code else None
    plain = numbering.judge(number, home.region)
    coded = None
    if number and number.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY:
        coded = _international(run.digits, home) if run.digits.startswith(home.digits) else None
    yield coded
    if not (coded and coded.mobile and plain and not plain.mobile):
        yield plain


def _old_formats(rows: Iterable[numbering.OldFormat]) -> Callable[[Run, Home], Proposals]:
    table = tuple(rows)

    def propose(run: Run, home: Home) -> Proposals:
        for digits in _full_digits(run, home):
            for row in table:
                if row.chosen in {"", home.region} and (match := row.pattern.fullmatch(digits)):
                    yield _international(match.expand(row.replacement), home)

    return propose


def _fixed_or_mobile(run: Run, home: Home) -> Proposals:
    """A fixed line that may be meant as a mobile: both, the mobile first."""
    for line in _as_written(run, home):
        rule = numbering.FIXED_OR_MOBILE.get(line.code) if line and line.kind == "landline" else None
        if line and rule:
            code = str(line.code)
            if match := rule[0].fullmatch(line.e164.removeprefix(f"+{code}")):
                yield _international(code + match.expand(rule[1]), home)
                yield line


def _exit_code(run: Run, home: Home) -> Proposals:
    lines = (_international(digits, home) for digits in _without_exit_code(run.digits))
    yield next((line for line in lines if line and line.mobile), None)


def _overseas(run: Run, home: Home) -> Proposals:
    for digits in _full_digits(run, home):
        number = numbering.parse(f"+{digits}", None)
        for plan in numbering.SHARED_PLANS:
            if number and number.country_code in plan:
                local = phonenumbers.national_significant_number(number)
                yield from (_international(f"{code}{local}", home) for code in sorted(plan))


def _doubled_code(run: Run, home: Home) -> Proposals:
    for digits in _full_digits(run, home):
        if split := _split(digits):
            code, rest = split
            for tail in (rest, *_without_exit_code(rest)):
                yield _international(tail, home) if tail.startswith(code) else None


def _bracket_zero(run: Run, home: Home) -> Proposals:
    if _has_bracket_zero(run, home):
        yield from _as_written(replace(run, digits=run.without_bracket_zero), home)


def _trunk_zero(run: Run, home: Home) -> Proposals:
    """A zero where the plan has none, after the calling code or in front."""
    for digits in _full_digits(run, home):
        if (split := _split(digits)) and split[1].startswith("0"):
            yield _international(split[0] + split[1][1:], home)
    if run.digits.startswith("0"):
        yield national(run.digits.lstrip("0"), home)


def _has_bracket_zero(run: Run, _home: Home) -> bool:
    return run.without_bracket_zero != run.digits


def _lost_zero(run: Run, home: Home) -> Proposals:
    """A zero that belongs to the number and was dropped, as spreadsheets do."""
    for digits in _full_digits(run, home):
        if split := _split(digits):
            yield _international(f"{split[0]}0{split[1]}", home)


def _code_without_plus(run: Run, home: Home) -> Proposals:
    yield None if run.plus else _international(run.digits, home)


def _no_trunk_typed(run: Run, home: Home) -> bool:
    """A national number without the trunk prefix its country uses: more likely it begins with a code."""
    trunk = numbering.trunk_prefix(home.region)
    return not run.plus and bool(trunk) and not run.digits.startswith(trunk)


def _plus_before_national(run: Run, home: Home) -> Proposals:
    """A plus before a number that has no calling code: "+868 291 1234" in Trinidad."""
    number = numbering.parse(f"+{run.digits}", None) if run.plus else None
    possible = number and phonenumbers.is_possible_number(number)
    if run.plus and (not possible or numbering.begins_with_own_area(run.digits, home.region)):
        yield national(run.digits, home)


_ROWS = numbering.OLD_FORMATS

STAGES: Final[tuple[Stage, ...]] = (
    Stage("old_format", "confirm", _old_formats(row for row in _ROWS if row.over_valid), over=_always),
    Stage("", "accept", _as_written),
    Stage("trunk_zero", "confirm", _bracket_zero, over=_has_bracket_zero),
    Stage("mobile_or_landline", "confirm", _fixed_or_mobile, over=_always),
    Stage("old_format", "accept", _old_formats(row for row in _ROWS if row.certain)),
    Stage("old_format", "confirm", _old_formats(row for row in _ROWS if not row.certain)),
    Stage("exit_code", "confirm", _exit_code),
    Stage("overseas", "confirm", _overseas),
    Stage("doubled_code", "confirm", _doubled_code),
    Stage("trunk_zero", "confirm", _trunk_zero),
    Stage("lost_zero", "confirm", _lost_zero),
    Stage("code_without_plus", "confirm", _code_without_plus, over=_no_trunk_typed),
    Stage("plus_before_national", "confirm", _plus_before_national),
)
