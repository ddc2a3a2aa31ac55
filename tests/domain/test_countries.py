# ruff: noqa: RUF001 - characters that look like others are what is tested here
from __future__ import annotations

import pytest

from bot.domain import countries


def _found(query, lang="en"):
    return [match.region for match in countries.search(query, lang)]


def test_operator_serves_221_territories():
    """Exactly 221 territories receive the SMS, and each of the others says why it does not."""
    assert len(countries.served()) == 221
    others = [row for row in countries.territories().values() if not row.served]
    assert {row.why for row in others} == {"sanctions", "no_route"}
    assert len(others) == 24


@pytest.mark.parametrize("lang", ["en", "ru", "zh_hans", "zh_hant", "ar", "fa", "pt_BR", "uk", "de", "he", "xx"])
def test_every_territory_has_name_flag_and_dial_code(lang):
    """Every listed territory can be shown in every language, English standing in for an unknown one."""
    rows = countries.browse(lang)
    assert len(rows) == 245
    assert all(row.name and row.name != row.region and len(row.flag) == 2 and row.dial_code[0] == "+" for row in rows)


@pytest.mark.parametrize("lang", ["en", "ru", "zh_hant", "ar", "tr", "vi"])
def test_every_territory_is_found_by_its_own_name_code_and_flag(lang):
    """Typing exactly what the list shows finds that row first."""
    for row in countries.browse(lang):
        assert row.region == _found(row.name, lang)[0]
        assert row.region == _found(row.flag, lang)[0]
        assert row.region == _found(row.region, lang)[0]
        assert row.region in _found(row.dial_code, lang)


@pytest.mark.parametrize(
    ("query", "lang", "first"),
    [
        # everyday, former and abbreviated names
        ("Holland", "en", "NL"),
        ("Burma", "en", "MM"),
        ("Swaziland", "en", "SZ"),
        ("Wales", "en", "GB"),
        ("Turkey", "en", "TR"),
        ("Cape Verde", "en", "CV"),
        ("Cabo Verde", "en", "CV"),
        ("UAE", "en", "AE"),
        ("KSA", "en", "SA"),
        ("USA", "en", "US"),
        ("U.S.A.", "en", "US"),
        ("America", "en", "US"),
        ("DR Congo", "en", "CD"),
        ("Zaire", "en", "CD"),
        ("East Timor", "en", "TL"),
        ("Macau", "en", "MO"),
        ("Hong Kong", "en", "HK"),
        ("Vatican", "en", "VA"),
        ("South Korea", "en", "KR"),
        ("North Korea", "en", "KP"),
        ("Taiwan", "en", "TW"),
        ("Russia", "en", "RU"),
        ("Syria", "en", "SY"),
        ("the Gambia", "en", "GM"),
        ("Bahamas", "en", "BS"),
        ("St. Lucia", "en", "LC"),
        ("saint kitts & nevis", "en", "KN"),
        ("Trinidad and Tobago", "en", "TT"),
        ("Isle of Man", "en", "IM"),
        ("Eire", "en", "IE"),
        # ISO codes
        ("de", "en", "DE"),
        ("DEU", "en", "DE"),
        ("gbr", "en", "GB"),
        ("CHE", "en", "CH"),
        # own languages and scripts
        ("Schweiz", "en", "CH"),
        ("Österreich", "en", "AT"),
        ("osterreich", "en", "AT"),
        ("España", "en", "ES"),
        ("Suomi", "en", "FI"),
        ("Magyarország", "en", "HU"),
        ("Россия", "en", "RU"),
        ("россия", "de", "RU"),
        ("Україна", "en", "UA"),
        ("مصر", "en", "EG"),
        ("السعودية", "en", "SA"),
        ("ایران", "en", "IR"),
        ("إيران", "ar", "IR"),
        ("中国", "en", "CN"),
        ("日本", "en", "JP"),
        ("대한민국", "en", "KR"),
        ("ไทย", "en", "TH"),
        ("Ελλάδα", "en", "GR"),
        ("ישראל", "en", "IL"),
        ("भारत", "en", "IN"),
        ("საქართველო", "en", "GE"),
        # another country's name in the person's own language, and in other widely read ones
        ("Германия", "ru", "DE"),
        ("Германия", "en", "DE"),
        ("Німеччина", "uk", "DE"),
        ("德国", "zh_hans", "DE"),
        ("法國", "zh_hant", "FR"),
        ("ドイツ", "en", "DE"),
        ("ألمانيا", "ar", "DE"),
        ("Alemania", "en", "DE"),
        ("Allemagne", "en", "DE"),
        ("Niemcy", "en", "DE"),
        # slips of the pen
        ("Germny", "en", "DE"),
        ("Untied Kingdom", "en", "GB"),
        ("Unted States", "en", "US"),
        ("Phillipines", "en", "PH"),
        ("Great Britian", "en", "GB"),
        ("Austrlia", "en", "AU"),
        ("Morroco", "en", "MA"),
        ("Columbia", "en", "CO"),
        ("Kazakstan", "en", "KZ"),
        ("Гeрмания", "ru", "DE"),
        # flags
        ("🇬🇧", "en", "GB"),
        ("🇹🇼", "en", "TW"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "en", "GB"),
        # dialling codes
        ("+383", "en", "XK"),
        ("0041", "en", "CH"),
        ("011 44", "en", "GB"),
        ("+1 809", "en", "DO"),
        ("1-868", "en", "TT"),
        ("+1 (246)", "en", "BB"),
        ("+77", "en", "KZ"),
        ("+7", "en", "RU"),
        ("+599", "en", "CW"),
        ("+5999", "en", "CW"),
        ("+262", "en", "RE"),
        ("+47", "en", "NO"),
        ("+61", "en", "AU"),
        ("+39", "en", "IT"),
        ("+٤٤", "ar", "GB"),
        ("+44 7400 123456", "en", "GB"),
    ],
)
def test_search_puts_the_meant_country_first(query, lang, first):
    """What people type finds the country they mean, first in the list."""
    assert first == _found(query, lang)[0]


@pytest.mark.parametrize(
    ("query", "regions"),
    [
        ("Congo", ["CD", "CG"]),
        ("Kongo", ["CD", "CG"]),
        ("Korea", ["KR", "KP"]),
        ("Guinea", ["GN", "GQ", "GW", "PG"]),
        ("Virgin Islands", ["VI", "VG"]),
        ("Sudan", ["SD", "SS"]),
        ("Netherlands Antilles", ["CW", "BQ", "SX"]),
        ("Czechoslovakia", ["CZ", "SK"]),
        ("+1", ["US", "CA", "AS"]),
        ("44", ["GB", "GG", "IM", "JE"]),
        ("+590", ["GP", "BL", "MF"]),
        ("38", ["UA", "RS", "ME", "XK", "HR", "SI", "BA", "MK"]),
    ],
)
def test_ambiguous_search_shows_all_it_may_mean(query, regions):
    """A name or code of several territories lists them all instead of picking one."""
    assert regions == _found(query)[: len(regions)]


@pytest.mark.parametrize(
    "query", ["", "   ", "🙂", "+0", "999", "🇬", "🇿🇿", "qqqqqq", "x" * 10_000, "\ud800", "\0", "((("]
)
def test_nonsense_finds_nothing_and_raises_nothing(query):
    """A search that means nothing gives an empty list."""
    assert _found(query) == []


def test_unserved_country_is_found_and_marked():
    """A country without SMS is found like any other and says that it is not served."""
    assert countries.search("Cuba")[0].as_json() == {
        "region": "CU",
        "name": "Cuba",
        "dial_code": "+53",
        "served": False,
    }


def test_names_are_given_in_the_persons_language():
    """Whatever language a query is in, the result is in the person's."""
    assert countries.search("Deutschland", "ru")[0].name == "Германия"
    assert countries.name("DE", "zh-hant") == "德國"
    assert countries.name("ZZZ", "en") == "ZZZ"


def test_dial_codes_and_flags_of_unknown_regions_are_empty():
    """Nothing is invented for a region that does not exist."""
    assert countries.dial_code("ZZ") == ""
    assert countries.flag("Z1") == ""
    assert countries.of_dial("") == ()


def test_native_names_are_those_of_cldr():
    """Names kept in the data file agree with CLDR, which may not be loaded for every language at run time."""
    assert "Deutschland" in countries.territories()["DE"].native
    assert {"Schweiz", "Suisse", "Svizzera"} <= set(countries.territories()["CH"].native)
