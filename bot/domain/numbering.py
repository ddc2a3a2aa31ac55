"""What the world's numbering plans say, as tables, and one look-up that judges a complete number.

phonenumbers carries today's plans (ITU-T E.164 assignments and the national plans behind them). What it does
not carry stands here: numbers that were valid under an older plan and are still written that way in address
books, codes that must never be paid for, and plans that are shared between calling codes.

Only the core of phonenumbers is used; its geocoder, carrier and time zone data cost over 100 MB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberType,
    ValidationResult,
)

MOBILE: Final = "mobile"

# Line types of phonenumbers, as a reason to refuse. FIXED_LINE_OR_MOBILE is what plans such as North America's
# allow anybody to know.
LINE_TYPES: Final[dict[int, str]] = {
    PhoneNumberType.MOBILE: MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: MOBILE,
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "not_mobile",
    PhoneNumberType.PERSONAL_NUMBER: "not_mobile",
    PhoneNumberType.PAGER: "not_mobile",
    PhoneNumberType.UAN: "not_mobile",
    PhoneNumberType.VOICEMAIL: "not_mobile",
    PhoneNumberType.UNKNOWN: "invalid",
}

# Calling codes that belong to no country (ITU-T E.164.1 and list of assigned codes). Their ranges look like
# ordinary mobiles to phonenumbers, and a message to one costs many times the usual.
NON_GEOGRAPHIC: Final[dict[int, str]] = {
    800: "toll_free",  # international freephone
    808: "shared_cost",  # international shared cost
    870: "satellite",  # Inmarsat
    878: "not_mobile",  # universal personal telecommunications
    881: "satellite",  # global mobile satellite: Iridium, Globalstar
    882: "satellite",  # international networks, among them Thuraya
    883: "satellite",  # international networks
    888: "not_mobile",  # telecommunications for disaster relief
    979: "premium",  # international premium rate
}

# International exit codes that people carry abroad (ITU-T list of dialling procedures), the commonest first: the
# first that leaves a mobile is meant. The chosen country's own exit code is phonenumbers' business.
EXIT_CODES: Final = ("00", "011", "0011", "810", "010", "009", "000")

# National numbers under these calling codes come from one plan of mainland and overseas departments (ARCEP):
# a Frenchman and a Martiniquais both write 06 xx xx xx xx, and only the range says which code applies.
SHARED_PLANS: Final[tuple[frozenset[int], ...]] = (frozenset({33, 590, 594, 596, 262, 508}),)

# Plans in which what was written is a valid fixed line and may yet be meant as a mobile: calling code -> national
# number and the mobile it would be. Argentina marks mobiles with 9 abroad and 15 at home, and both get left out
# (ENACOM fundamental plan; the FAQ of libphonenumber says never to add the 9 unasked). Italian fixed lines keep
# their zero and mobiles have none; eleven digits from 03 are nearly always a mobile with a zero too many.
FIXED_OR_MOBILE: Final[dict[int, tuple[re.Pattern[str], str]]] = {
    54: (re.compile(r"(\d+)"), r"9\g<1>"),
    39: (re.compile(r"0(3\d{9})"), r"\g<1>"),
}

# National forms without their area code that phonenumbers takes for a possible number.
LOCAL_FORMS: Final[dict[str, re.Pattern[str]]] = {
    "AR": re.compile(r"0?15\d{6,8}"),  # 15 and a subscriber number: a mobile, but of which city?
    "BR": re.compile(r"9\d{8}"),  # a mobile without its DDD
}


@dataclass(frozen=True, slots=True)
class OldFormat:
    """A number form that an earlier plan made valid.

    Attributes:
        pattern: the old number in international digits, as typed (a trunk zero may stand after the code).
        replacement: today's number in international digits.
        year: when the old form ended.
        source: the document that ended it.
        certain: the new form follows so surely that nobody has to be asked.
        over_valid: phonenumbers still calls the old form valid; the table wins.
        chosen: only under this chosen country; elsewhere the old form is a live number.
    """

    pattern: re.Pattern[str]
    replacement: str
    year: int
    source: str
    certain: bool = False
    over_valid: bool = False
    chosen: str = ""


def _prefixes(code: str, pairs: str, rest: str, year: int, source: str) -> tuple[OldFormat, ...]:
    """Rows for a renumbering that swapped prefixes: "old>new old>new ..."."""
    split = (pair.split(">") for pair in pairs.split())
    return tuple(
        OldFormat(re.compile(f"{code}0?{old}({rest})"), rf"{code}{new}\g<1>", year, source) for old, new in split
    )


_BRAZIL = "ANATEL Resolution 553/2010; ninth digit in every area since November 2016"
_MEXICO = "IFT fundamental numbering plan: ten digits and nothing before them since 3 August 2019"
_VIETNAM = "MIC decision 798/QD-BTTTT: eleven-digit mobiles became ten-digit, September to November 2018"
_KOSOVO = "ITU assignment of +383 (December 2016), ARKEP plan; the borrowed codes were withdrawn"
_EGYPT = "NTRA: eleven-digit mobiles since 6 October 2011"
_GABON = "ARCEP Gabon: nine digits since 15 November 2019, the old form switched off on 6 April 2024"

# Côte d'Ivoire (31 January 2021) is missing on purpose: 01, 05 or 07 went before the old eight digits according
# to the operator of that day, and guessing it would send a code to a stranger. The person is asked for ten.
OLD_FORMATS: Final[tuple[OldFormat, ...]] = (
    OldFormat(
        re.compile(r"2290?([4-69]\d{7})"),
        r"22901\g<1>",
        2024,
        "ARCEP Benin: 01 before the eight digits since 30 November 2024",
    ),
    OldFormat(re.compile(r"521(\d{10})"), r"52\g<1>", 2019, _MEXICO, certain=True),
    OldFormat(re.compile(r"52(?:044|045|01)(\d{10})"), r"52\g<1>", 2019, _MEXICO),
    OldFormat(
        re.compile(r"549(\d{2,4}?)15(\d{6,8})"), r"549\g<1>\g<2>", 1999, "ENACOM: 9 abroad or 15 at home, not both"
    ),
    OldFormat(re.compile(r"550?([1-9]{2})([6-9]\d{7})"), r"55\g<1>9\g<2>", 2016, _BRAZIL),
    *_prefixes("84", "120>70 121>79 122>77 126>76 128>78 123>83 124>84 125>85 127>81 129>82", r"\d{7}", 2018, _VIETNAM),
    *_prefixes("84", "162>32 163>33 164>34 165>35 166>36 167>37 168>38 169>39", r"\d{7}", 2018, _VIETNAM),
    *_prefixes("84", "186>56 188>58 199>59", r"\d{7}", 2018, _VIETNAM),
    *_prefixes("20", "10>100 11>111 12>122 14>114 16>106 17>127 18>128 19>109", r"\d{7}", 2011, _EGYPT),
    OldFormat(re.compile(r"2410?([256]\d{6})"), r"2416\g<1>", 2024, _GABON, over_valid=True),
    OldFormat(re.compile(r"2410?([47]\d{6})"), r"2417\g<1>", 2024, _GABON, over_valid=True),
    OldFormat(
        re.compile(r"237([5-9]\d{7})"),
        r"2376\g<1>",
        2014,
        "ART Cameroon: 6 before mobiles since 21 November 2014",
    ),
    OldFormat(
        re.compile(r"230([79]\d{6})"),
        r"2305\g<1>",
        2013,
        "ICTA Mauritius: 5 before mobiles since 1 September 2013",
    ),
    OldFormat(
        re.compile(r"689([237]\d{5})"),
        r"68987\g<1>",
        2014,
        "OPT French Polynesia: 87 before Vini mobiles since 23 June 2014",
    ),
    OldFormat(
        re.compile(r"9950?8?([579]\d{7})"),
        r"9955\g<1>",
        2011,
        "GNCC Georgia: 5 before mobiles since June 2011",
    ),
    OldFormat(
        re.compile(r"5930?([5-9]\d{7})"),
        r"5939\g<1>",
        2012,
        "CONATEL Ecuador: 9 before mobiles since 30 September 2012",
    ),
    OldFormat(
        re.compile(r"56(?:0?9)?([4-9]\d{7})"),
        r"569\g<1>",
        2016,
        "SUBTEL Chile: nine digits in one form since August 2016; 09 is gone",
    ),
    OldFormat(
        re.compile(r"974([3567])(\d{6})"),
        r"974\g<1>\g<1>\g<2>",
        2010,
        "ictQATAR: first digit doubled since 28 July 2010",
    ),
    OldFormat(
        re.compile(r"38080([3-9]\d{8})"),
        r"380\g<1>",
        2009,
        "Ukraine: trunk prefix 0 in place of 8~0 since 14 October 2009",
    ),
    OldFormat(re.compile(r"377(4[45]\d{6})"), r"383\g<1>", 2018, _KOSOVO, over_valid=True),
    OldFormat(re.compile(r"386(49\d{6})"), r"383\g<1>", 2018, _KOSOVO),
    OldFormat(re.compile(r"386(43\d{6})"), r"383\g<1>", 2018, _KOSOVO, over_valid=True, chosen="XK"),
    OldFormat(re.compile(r"5995(\d{6})"), r"17215\g<1>", 2011, "NANP: Sint Maarten is +1 721 since 30 September 2011"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A valid number judged.

    Attributes:
        e164: the number with its plus.
        code: its calling code.
        region: CLDR region; "001" for a code that belongs to no country.
        kind: ``MOBILE`` or the reason why no SMS may be paid to it.
    """

    e164: str
    code: int
    region: str
    kind: str

    @property
    def mobile(self) -> bool:
        """Whether an SMS may be sent to it."""
        return self.kind == MOBILE


def parse(digits: str, region: str | None) -> PhoneNumber | None:
    """What phonenumbers makes of ASCII digits (a leading plus allowed), or None."""
    try:
        return phonenumbers.parse(digits, region, keep_raw_input=True)
    except NumberParseException:
        return None


def judge(number: PhoneNumber | None, chosen: str = "") -> Line | None:
    """Judge a parsed number; None when no plan has it.

    Args:
        number: a number from ``parse``.
        chosen: the person's country. Where several regions share a range (Guadeloupe and Saint Martin,
            Norway and Svalbard) it decides which of them the number is of.
    """
    if number is None or not phonenumbers.is_valid_number(number):
        return None
    code = number.country_code or 0
    region = phonenumbers.region_code_for_number(number) or "001"
    shares = region != chosen and calling_code(chosen) == code
    if shares and phonenumbers.is_valid_number_for_region(number, chosen):
        region = chosen
    kind = NON_GEOGRAPHIC.get(code) or LINE_TYPES.get(phonenumbers.number_type(number), "invalid")
    return Line(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), code, region, kind)


def sharing(number: PhoneNumber | None) -> list[str]:
    """The regions in whose plan the number is, where several share a calling code."""
    if number is None:
        return []
    regions = COUNTRY_CODE_TO_REGION_CODE.get(number.country_code or 0, ())
    return [region for region in regions if phonenumbers.is_valid_number_for_region(number, region)]


def judge_digits(digits: str, chosen: str = "") -> Line | None:
    """Judge international digits written without a plus."""
    return judge(parse(f"+{digits}", None), chosen)


def is_retired(e164: str) -> bool:
    """Whether phonenumbers still calls a number valid that its plan has given up."""
    digits = e164.removeprefix("+")
    return any(row.over_valid and not row.chosen and row.pattern.fullmatch(digits) for row in OLD_FORMATS)


def calling_code(region: str) -> int:
    """The calling code of a region, 0 for an unknown one.

    From the index of codes: asking for every region's own code would load the plans of all of them.
    """
    return _calling_codes().get(region, 0)


@cache
def _calling_codes() -> dict[str, int]:
    return {region: code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() for region in regions}


def trunk_prefix(region: str) -> str:
    """What is dialled before a national number at home, or "" where nothing is."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return (metadata.national_prefix or "") if metadata else ""


def own_area(region: str) -> str:
    """A pattern of the leading digits that tell a region from others of its calling code (TT: 868), or ""."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return (metadata.leading_digits or "") if metadata else ""


def begins_with_own_area(digits: str, region: str) -> bool:
    """Whether national digits begin as only this region's do."""
    area = own_area(region)
    return bool(area) and re.match(area, digits) is not None


def is_short_code(digits: str, region: str) -> bool:
    """Whether the digits are an emergency or service number and no subscriber's.

    Three digits are such a number everywhere; 116xxx is the European range of services of social value
    (Commission Decision 2007/116/EC); the rest is in phonenumbers' short number data.
    """
    if len(digits) == 3 or (len(digits) == 6 and digits.startswith("116")):
        return True
    number = parse(digits, region)
    return number is not None and phonenumbers.is_valid_short_number_for_region(number, region)


_LENGTHS: Final[dict[int, str]] = {
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "area_code_missing",
    ValidationResult.INVALID_COUNTRY_CODE: "unknown_code",
}


def fault(number: PhoneNumber, region: str) -> str:
    """Why a number that no plan has is wrong: a reason code."""
    national = phonenumbers.national_significant_number(number)
    local = LOCAL_FORMS.get(region)
    if local and local.fullmatch(national):
        return "area_code_missing"
    result = phonenumbers.is_possible_number_with_reason(number)
    if result not in {ValidationResult.INVALID_LENGTH, ValidationResult.IS_POSSIBLE}:
        return _LENGTHS[result]
    lengths = _mobile_lengths(number.country_code or 0, region)
    if lengths and len(national) < min(lengths):
        return "too_short"
    return "too_long" if lengths and len(national) > max(lengths) else "invalid"


def _mobile_lengths(code: int, region: str) -> tuple[int, ...]:
    if calling_code(region) != code:
        region = phonenumbers.region_code_for_country_code(code)
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    mobile = metadata.mobile if metadata else None
    return tuple(length for length in (mobile.possible_length if mobile else ()) if length > 0)
