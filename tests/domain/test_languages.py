from __future__ import annotations

import pytest

from bot.domain import languages

CATALOGUES = ["en", "ru", "pt_BR", "zh_hans", "zh_hant", "de", "es", "uk", "nb", "he", "id", "fil", "sr"]


@pytest.mark.parametrize(
    ("code", "locale"),
    [
        ("pt-br", "pt_BR"),
        ("PT_br", "pt_BR"),
        ("pt", "pt_BR"),
        ("pt-PT", "pt_BR"),
        ("zh-hant", "zh_hant"),
        ("zh-TW", "zh_hant"),
        ("zh-hk", "zh_hant"),
        ("zh-MO", "zh_hant"),
        ("zh_Hant_TW", "zh_hant"),
        ("zh", "zh_hans"),
        ("zh-cn", "zh_hans"),
        ("zh-SG", "zh_hans"),
        ("zh-Hans-HK", "zh_hans"),
        ("sr-latn", "sr"),
        ("no", "nb"),
        ("nb", "nb"),
        ("nn-NO", "nb"),
        ("iw", "he"),
        ("in", "id"),
        ("tl", "fil"),
        ("en-GB", "en"),
        ("es-419", "es"),
        ("de-AT", "de"),
        ("uk", "uk"),
        ("be", "en"),
        ("kk", "en"),
        ("xx", "en"),
        ("", "en"),
        (None, "en"),
        ("garbage!!", "en"),
        ("de; DROP", "en"),
        ("\ud800", "en"),
        ("d" * 5_000, "en"),
    ],
)
def test_language_code_gets_the_nearest_catalogue(code, locale):
    """A tag gets the catalogue of its language and script, whatever its spelling, or the default."""
    assert locale == languages.choose(code, CATALOGUES)


def test_script_that_is_missing_is_not_replaced_by_the_other():
    """A reader of traditional Chinese gets the default rather than simplified text."""
    assert languages.choose("zh-hant", ["en", "zh_hans"]) == "en"


def test_nearest_territory_wins():
    """With several catalogues of one language the person's own, then the general one, is chosen."""
    assert languages.choose("pt-PT", ["pt_BR", "pt_PT"]) == "pt_PT"
    assert languages.choose("pt-AO", ["pt", "pt_BR", "en"]) == "pt"
    assert languages.choose("zh-TW", ["zh_CN", "zh_TW", "en"]) == "zh_TW"
    assert languages.choose("sr-latn", ["sr", "sr_latn", "en"]) == "sr_latn"


def test_cldr_locale_is_found_for_every_catalogue_name():
    """Every catalogue name leads to a CLDR locale of its language, nonsense to English."""
    assert [languages.locale(name).language for name in CATALOGUES] == [name.split("_")[0] for name in CATALOGUES]
    assert str(languages.locale("nonsense!")) == "en"


def test_name_is_isolated_without_its_own_direction_marks():
    """A name is wrapped in isolates, and marks inside it cannot close them."""
    assert languages.isolate("Ann") == "\u2068Ann\u2069"
    assert languages.isolate("A\u2069\u202enn") == "\u2068Ann\u2069"


def test_direction_marks_are_stripped_before_storing():
    """Marks put round a number for showing do not get into what is stored."""
    assert languages.strip_marks("\u2068\u200e+972501234567\u2069") == "+972501234567"
