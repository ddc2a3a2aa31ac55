"""A macro that is sent: its language, its facts, and those that come with the product."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import macros
from bot.catalogs import languages, translations
from bot.macros import FACTS, Macro, Macros, Missing, fill, language_of

SHIPPED = Path(__file__).parents[2] / "templates" / "macros"
ALL = dict.fromkeys(FACTS, "x")


def texts(**by_language):
    return Macro("one", "One", {name.replace("_", "-"): text for name, text in by_language.items()})


# --- filling ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "taken"),
    [
        ("en", "en"), ("pt-BR", "pt-BR"), ("PT_br", "pt-BR"), ("pt-PT", "pt"), ("pt", "pt"), ("de_AT", "de"),
        ("DE", "de"), ("en-GB", "en"), ("fr", "en"), ("", "en"), ("-", "en"), ("{name}", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_nearest_there_is(lang, taken):
    """Exactly that language, else its base language, else English."""
    macro = texts(en="en", pt_BR="pt-BR", pt="pt", de="de")

    assert taken == language_of(macro, lang)
    assert taken == fill(macro, lang, {})


def test_facts_are_put_in_as_they_are():
    """Nothing in a value is filled, formatted or cut, and doubled braces become single ones."""
    macro = texts(en="{name}{name}: {{name}} {{{number}}} {phone:}")
    facts = {"name": "{phone}{0.__class__}%s{{", "number": " 7 ", "phone": "}"}

    assert "{phone}{0.__class__}%s{{{phone}{0.__class__}%s{{: {name} { 7 } }" == fill(macro, "en", facts)


@given(st.dictionaries(st.sampled_from(FACTS), st.text()) | st.fixed_dictionaries(dict.fromkeys(FACTS, st.text("{}a"))))
def test_any_values_are_put_in_whole_or_not_at_all(facts):
    """A text comes out with all its values, or the missing ones are named."""
    macro = texts(en="|".join(f"{{{name}}}" for name in FACTS))

    try:
        told = fill(macro, "en", facts)
    except Missing as missing:
        told = missing.names

    empty = tuple(name for name in FACTS if not macros._shows(facts.get(name, "")))
    assert (empty or "|".join(facts[name] for name in FACTS)) == told


@pytest.mark.parametrize("nothing", ["", " ", "\n\t", "\u200e", "\u2068\u2069"])
def test_a_half_empty_answer_is_never_made(nothing):
    """Facts that are absent or show nothing are named once each, in the order of the text that is taken."""
    macro = texts(en="{phone} {name} {reason} {phone}", de="{name}")

    with pytest.raises(Missing) as caught:
        fill(macro, "en", {"phone": nothing, "name": "Ann"})

    assert ("phone", "reason") == caught.value.names
    assert "empty: phone, reason" == str(caught.value)
    assert "Ann" == fill(macro, "de", {"phone": nothing, "name": "Ann"})


# --- what is shipped --------------------------------------------------------------------------------------------


def test_the_shipped_macros_are_sound_and_in_all_languages():
    """Each is there in every language of the product and can be filled."""
    found = Macros(SHIPPED)

    assert [] == found.faults()
    assert ["code_delay", "identity_pictures", "operator", "solved_thanks"] == [macro.name for macro in found.all()]
    assert {"ar", "de", "en", "es", "fr", "ru"} == set(languages())
    for macro in found.all():
        assert set(languages()) == set(macro.texts)
        assert all("{" not in fill(macro, lang, ALL) for lang in languages())
    assert "solved" == found.get("solved_thanks").status
    assert all(stat.S_ISREG(path.lstat().st_mode) for path in SHIPPED.iterdir())


@pytest.mark.parametrize("name", ["code_delay", "identity_pictures", "operator", "solved_thanks"])
def test_the_languages_of_a_shipped_macro_use_the_same_facts(name):
    """What cannot be filled in one language cannot be filled in another."""
    macro = Macros(SHIPPED).get(name)
    used = {lang: {fact for fact in FACTS if f"{{{fact}}}" in text} for lang, text in macro.texts.items()}

    assert [] == [lang for lang in used if used[lang] != used["en"]]


@pytest.mark.parametrize(("name", "button"), [("code_delay", "Send again"), ("identity_pictures", "My recovery")])
def test_shipped_macros_call_buttons_by_their_names(name, button):
    """A person finds the button under the name that the answer gives it."""
    macro = Macros(SHIPPED).get(name)

    assert [] == [lang for lang in languages() if translations(lang).gettext(button) not in macro.texts[lang]]
