# ruff: noqa: RUF001 - characters that look like others are what is tested here
from __future__ import annotations

import re
import sys
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import phones
from bot.domain.countries import served, territories

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("numbers.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def _text(column: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), column).replace("\\n", "\n")


def _mobile(region: str) -> str:
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if number else ""


MOBILES = {region: number for region in REGIONS if (number := _mobile(region))}
MOBILES["GA"] = "+24166031234"  # phonenumbers' own example is of the plan that ended in 2024


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}-{row[1]}-{index}" for index, row in enumerate(ROWS)])
def test_numbers_are_read_as_their_plans_say(row):
    """Every row of the table of spellings is read as a person who knows the plan would read it."""
    _, country, text, action, numbers, reason = row
    reading = phones.read(_text(text), "" if country == "-" else country)
    assert (action, numbers, reason) == (
        reading.action,
        " ".join(reading.numbers) or "-",
        reading.reason or "-",
    )


def test_table_of_spellings_covers_each_kind():
    """The table holds at least 300 spellings of at least 20 kinds."""
    assert len(ROWS) >= 300
    assert len({row[0] for row in ROWS}) >= 20


@pytest.mark.parametrize(
    ("text", "country", "action", "e164"),
    [
        ("447400123456", "GB", "accept", "+447400123456"),
        ("+447400123456", "GB", "accept", "+447400123456"),
        ("447400123456", "DE", "confirm", "+447400123456"),
        ("4915123456789", "DE", "accept", "+4915123456789"),
        ("79123456789", "RU", "accept", "+79123456789"),
        ("77011234567", "RU", "accept", "+77011234567"),
        ("87011234567", "KZ", "accept", "+77011234567"),
        ("+87011234567", "KZ", "confirm", "+77011234567"),
        ("0612345678", "FR", "accept", "+33612345678"),
        ("14152345678", "US", "accept", "+14152345678"),
        ("4152345678", "US", "accept", "+14152345678"),
        ("5215512345678", "MX", "accept", "+525512345678"),
        ("5215512345678", "US", "confirm", "+525512345678"),
        ("393906123456", "IT", "accept", "+393906123456"),
        ("447400123456", "", "accept", "+447400123456"),
        ("22995123456", "BJ", "confirm", "+2290195123456"),
        ("", "GB", "reject", None),
    ],
)
def test_contact_is_international_with_or_without_its_plus(text, country, action, e164):
    """A Telegram contact's number is read as international first, in national form only where that is a mobile."""
    reading = phones.read(text, country, channel="contact")
    assert (action, e164) == (reading.action, reading.e164)


def test_country_that_is_not_served_is_named():
    """A valid number of a country without SMS is refused with its region, so that the way out can be offered."""
    reading = phones.read("+53 5 1234567", "GB", served=served())
    assert (reading.action, reading.region, reading.reason) == ("reject", "CU", "not_served")


def test_served_country_decides_by_the_number_not_by_the_choice():
    """Choosing a served neighbour under the same calling code does not let an unserved range through."""
    reading = phones.read("+7 701 123 45 67", "RU", served={"RU"})
    assert (reading.action, reading.region, reading.reason) == ("reject", "KZ", "not_served")


def test_candidates_in_countries_that_are_not_served_are_dropped():
    """Of two numbers only the served one is offered, and it is shown first."""
    reading = phones.read("+447400123456, +4915123456789", "GB", served={"GB"})
    assert (reading.action, reading.e164) == ("confirm", "+447400123456")
    assert phones.read("+447400123456, +4915123456789", "GB", served={"FR"}).reason == "not_served"


def test_landline_is_never_left_as_the_only_candidate():
    """When dropping candidates leaves a landline, the number is refused as one."""
    reading = phones.read("11 2345 6789", "AR", served={"AR"})
    assert reading.candidates == ("+5491123456789", "+541123456789")
    assert phones.sendable("+5491123456789") is None
    assert phones.sendable("+541123456789") == "landline"


@pytest.mark.parametrize(
    ("e164", "reason"),
    [
        ("+447400123456", None),
        ("+442079460018", "landline"),
        ("+870301234567", "satellite"),
        ("+881612345678", "satellite"),
        ("+882161234567", "satellite"),
        ("+883510012345678", "satellite"),
        ("+979123456789", "premium"),
        ("+80012345678", "toll_free"),
        ("+80812345678", "shared_cost"),
        ("+447012345678", "not_mobile"),
        ("+19002345678", "premium"),
        ("+18882345678", "toll_free"),
        ("447400123456", "invalid"),
        ("+44 7400 123456", "invalid"),
        ("+4407400123456", "invalid"),
        ("+37744201234", "invalid"),
        ("+24106031234", "invalid"),
        ("", "invalid"),
        ("+", "invalid"),
    ],
)
def test_sendable_says_why_no_sms_may_be_paid(e164, reason):
    """Only a stored mobile passes the last gate before an SMS is paid for."""
    assert reason == phones.sendable(e164)


def test_pretty_groups_a_number_as_e123_does():
    """A number is shown in international form with spaces, and nonsense is left alone."""
    assert phones.pretty("+447400123456") == "+44 7400 123456"
    assert phones.pretty("nonsense") == "nonsense"


def test_reading_turns_into_plain_data():
    """A reading gives a program its five fields."""
    assert phones.read("+212 650 12 34 56", "FR").as_json() == {
        "action": "confirm",
        "e164": "+212650123456",
        "region": "MA",
        "candidates": [],
        "reason": "other_country",
    }


@pytest.mark.parametrize("region", sorted(MOBILES))
def test_example_mobile_of_every_country_is_accepted_at_home(region):
    """The example mobile of each plan is accepted in E.164, and in the forms people write, under its own country."""
    number = phonenumbers.parse(MOBILES[region], None)
    for style in phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL:
        reading = phones.read(phonenumbers.format_number(number, style), region)
        assert MOBILES[region] in reading.numbers
        assert reading.action == "accept"
    assert phones.read(MOBILES[region], region).e164 == MOBILES[region]


@given(
    st.text(max_size=60) | st.text(alphabet="+0123456789 ()-/,.x#٠۱０\u200f\ufe0d\n\0\ud800ae;", max_size=40),
    st.sampled_from(["", "GB", "US", "IT", "AR", "RU", "BR", "XK", "CI", "DE", "??", "001"]),
    st.sampled_from(["typed", "contact"]),
)
def test_any_text_is_read_without_an_exception(text, country, channel):
    """Whatever is typed, the answer is a known action with a known reason and only numbers an SMS may be paid to."""
    reading = phones.read(text, country, channel=channel)
    known = phones.REJECTIONS if reading.action == "reject" else (*phones.REPAIRS, "")
    assert reading.reason in known
    assert (reading.e164 is not None) == (reading.action in {"accept", "confirm"})
    assert (len(reading.candidates) > 1) == (reading.action == "ask")
    if reading.e164:
        assert phones.sendable(reading.e164) is None
        assert reading.region in phonenumbers.SUPPORTED_REGIONS


@given(st.sampled_from(sorted(MOBILES)), st.integers(0, 9_999), st.sampled_from(REGIONS))
@settings(max_examples=300)
def test_accepted_number_reads_the_same_under_every_country(region, tail, other):
    """What was accepted once is the same number under any country: taken where the code is shared, else shown."""
    digits = MOBILES[region][:-4] + f"{tail:04d}"
    first = phones.read(digits, region)
    if first.action != "accept" or (other == "XK" and digits.startswith("+38643")):
        return  # +386 43 is Slovenia's unless Kosovo was chosen
    again = phones.read(digits, other)
    assert first.e164 == again.e164
    assert again.action in {"accept", "confirm"}


@given(st.sampled_from(sorted(MOBILES)), st.integers(0, 9_999))
@settings(max_examples=300)
def test_formatted_number_reads_back_to_itself(region, tail):
    """A number written in its country's own style is read back as the same number, alone or as one candidate."""
    first = phones.read(MOBILES[region][:-4] + f"{tail:04d}", region)
    if first.action != "accept":
        return
    number = phonenumbers.parse(first.e164, None)
    for style in phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL:
        assert first.e164 in phones.read(phonenumbers.format_number(number, style), first.region).numbers


@pytest.mark.parametrize("text", ["1" * 10_000, "+" * 10_000, "(" * 10_000, "07400 123456 " * 900, "a" * 10_000])
def test_huge_texts_are_refused(text):
    """Ten thousand characters are refused, not worked on."""
    assert phones.read(text, "GB").reason == "too_long"


def test_heavy_phone_data_is_never_loaded():
    """Importing the domain does not load phonenumbers' geocoder, carrier or time zone data."""
    phones.read("+447400123456", "GB")
    heavy = ("geodata", "carrierdata", "tzdata", "geocoder", "carrier", "timezone")
    assert not [name for name in sys.modules if name.startswith("phonenumbers.") and name.endswith(heavy)]


def test_every_listed_territory_has_a_plan():
    """The operator's list and phonenumbers agree on which territories there are."""
    assert set(REGIONS) == set(territories())
