from __future__ import annotations

from typing import Any

import pytest
from render_sample import DATA, EXTRA, HOSTILE, PLACES, SAYS, SCREEN, standings

from bot import catalogs
from bot.domain.phones import REJECTIONS, REPAIRS
from bot.keyboards import Json
from bot.render import Renderer, Screen
from bot.sandbox.entities import formatted, is_blank
from conversations.flows import BOOK

LANGUAGES = catalogs.languages()


def check(screen: Screen) -> str:
    """The text as Telegram shows it; fails where Telegram would refuse the screen or a person would see a fault."""
    shown, _entities = formatted(screen.text, "HTML", None)

    assert not is_blank(shown)
    assert len(shown) <= (1024 if screen.picture else 4096)
    assert "\n\n\n" not in screen.text
    assert "None" not in shown
    assert "%(" not in shown
    buttons: list[Json] = [button for row in screen.keyboard for button in row]
    for button in buttons:
        assert button["text"].strip()
        assert len(button.get("callback_data", "").encode()) <= 64
        assert bool("callback_data" in button) != bool("url" in button)
    labels = [button["text"] for button in buttons]
    assert len(set(labels)) == len(labels), labels
    return shown


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
def test_every_screen_is_taken_by_telegram(renderer: Renderer, place: str, lang: str) -> None:
    """Every state in every language and standing, with help above it, is sound Telegram HTML within the limits."""
    for facts in standings():
        check(renderer.screen(place, lang=lang, say="help", **{**SCREEN, "facts": facts}))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("say", [say for say in SAYS if say != "help"])
def test_every_notice_stands_above_a_screen(renderer: Renderer, say: str, lang: str) -> None:
    """A notice and its screen are one message with an empty line between."""
    screen = renderer.screen("bind_phone/confirm", lang=lang, say=say, **SCREEN)
    plain = renderer.screen("bind_phone/confirm", lang=lang, **SCREEN)

    check(screen)
    assert screen.text.endswith("\n\n" + plain.text)
    assert len(screen.text) > len(plain.text) + 2


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
def test_a_screen_without_anything_to_show_still_stands(renderer: Renderer, place: str, lang: str) -> None:
    """Missing data is never a reason to say nothing."""
    check(renderer.screen(place, lang=lang, say="help", data={}, event={}, facts={}, extra={}, turn=0, version=1))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_its_own_words(renderer: Renderer, lang: str) -> None:
    """Each repair and each refusal of a number is told in words."""
    base = renderer.screen("bind_phone/confirm", lang=lang, **{**SCREEN, "data": {**DATA, "reason": ""}}).text
    for reason in REPAIRS:
        text = renderer.screen("bind_phone/confirm", lang=lang, **{**SCREEN, "data": {**DATA, "reason": reason}}).text
        assert len(text) > len(base), reason
    fallback = renderer.notice("number/bad", lang=lang, params={"event": {"reason": "invalid"}})
    for reason in set(REJECTIONS) - {"invalid"}:
        assert fallback != renderer.notice("number/bad", lang=lang, params={"event": {"reason": reason}}), reason


def say(renderer: Renderer, key: str, **event: Any) -> str:
    return renderer.notice(key, lang="en", params={"event": event})


@pytest.mark.parametrize(
    ("left", "words"), [(1, "You have 1 try left with it."), (2, "You have 2 tries left with it."), (0, "not right.")]
)
def test_tries_left_are_counted_in_words(renderer: Renderer, left: int, words: str) -> None:
    """One try is a try, two are tries, and none is not mentioned."""
    assert say(renderer, "code/wrong", left=left).endswith(words)


@pytest.mark.parametrize("reason", ["cooldown", "limit", "locked", "number", "stopped", "gone"])
def test_a_refused_code_says_why(renderer: Renderer, reason: str) -> None:
    """Each reason for not sending a code has its text; a wait is said in words."""
    text = say(renderer, "code/refused", reason=reason, wait=65)

    assert (reason in ("cooldown", "limit", "locked")) == ("in about 2 minutes" in text)


@pytest.mark.parametrize(
    "kind", ["text", "command", "edit", "forward", "contact", "photo", "voice", "sticker", "secret"]
)
def test_what_cannot_be_read_is_told(renderer: Renderer, kind: str) -> None:
    """Whatever came, there is a sentence for it."""
    assert say(renderer, "everywhere/unrecognised", kind=kind)


def test_hostile_names_stay_text(renderer: Renderer) -> None:
    """A name with markup and direction marks is shown as it was written, isolated, and changes nothing around it."""
    shown = check(renderer.screen("welcome/home", lang="en", **SCREEN))

    assert 'What can I do for you, \u2068<b>Ann</b> & Co <3 "evil\u2069?' in shown
    assert HOSTILE not in shown


def test_the_company_is_escaped(renderer: Renderer) -> None:
    """The operator's own name may hold an ampersand."""
    assert "<b>Acme &amp; Sons &lt;Exchange&gt;</b>" in renderer.screen("welcome/start", lang="en", **SCREEN).text


def test_a_number_is_confirmed_masked_with_the_whole_of_it_covered(renderer: Renderer) -> None:
    """Before an SMS is paid for, the person sees the mask, and the number itself when they tap."""
    text = renderer.screen("bind_phone/confirm", lang="en", **SCREEN).text

    assert "<b>+44 ****56</b>" in text
    assert "<tg-spoiler>+44 7400 123456</tg-spoiler>" in text
    assert text.count("123456") == 1


def test_a_number_keeps_its_direction_in_arabic(renderer: Renderer) -> None:
    """In right-to-left text a number stands between isolates."""
    assert "\u2066+44 ****56\u2069" in renderer.screen("bind_phone/confirm", lang="ar", **SCREEN).text


def test_the_key_can_be_typed_and_scanned(renderer: Renderer) -> None:
    """The key stands in groups of four, with the masked address, beside the picture."""
    screen = renderer.screen("bind_totp/scan", lang="en", **SCREEN)

    assert "<code>GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ</code>" in screen.text
    assert "a****@e****.com" in screen.text
    assert screen.picture is not None
    assert screen.picture.startswith(b"\x89PNG")


def test_without_a_key_there_is_no_picture(renderer: Renderer) -> None:
    """A key that has run out leaves a text that says what to do."""
    screen = renderer.screen("bind_totp/scan", lang="en", **{**SCREEN, "extra": {**EXTRA, "totp_key": ""}})

    assert screen.picture is None
    assert "New key" in screen.text


def test_a_form_is_opened_by_its_address(renderer: Renderer) -> None:
    """The form's button is an address; without one it is not shown and the text says so."""
    screen = renderer.screen("signin/form", lang="en", **SCREEN)
    gone = renderer.screen("signin/form", lang="en", **{**SCREEN, "extra": {}})

    assert {"text": "Open the form", "url": EXTRA["form"], "style": "primary"} in screen.keyboard[0]
    assert all("url" not in button for row in gone.keyboard for button in row)
    assert "has run out" in gone.text


def test_a_contact_is_asked_for_by_a_reply_keyboard(renderer: Renderer) -> None:
    """The state that shares a number has the button for it, and the footer, where the keyboard is."""
    screen = renderer.screen("bind_phone/share", lang="en", **SCREEN)

    assert screen.contact
    assert screen.reply_keyboard == screen.markup
    assert screen.markup["keyboard"] == [
        [{"text": "Share my number", "request_contact": True, "style": "primary"}],
        [{"text": "Back"}, {"text": "Cancel"}],
        [{"text": "Help"}, {"text": "Talk to a person"}],
    ]


@pytest.mark.parametrize("place", PLACES)
def test_help_is_everywhere_and_so_is_a_human(renderer: Renderer, place: str) -> None:
    """Every screen offers Help; a person unless one is being asked for; Cancel and Back off the menus."""
    ids = {button for _, button, _ in renderer.labels(place, lang="en", **_asked())}
    state = BOOK.places[place]

    assert "help" in ids
    assert "person" in ids or place.startswith("handoff/")
    assert not (state.root and ids & {"cancel", "back"})
    assert state.root or ids & {"cancel", "resume"}


def _asked() -> dict[str, Any]:
    return {name: SCREEN[name] for name in ("data", "facts", "extra")}


@pytest.mark.parametrize("text", ["account security", "  ACCOUNT   SECURITY ", "🔒 Account security"])
def test_a_typed_label_is_a_tap(renderer: Renderer, text: str) -> None:
    """Case, emoji and blanks around a label do not matter."""
    assert renderer.match_label(text, "welcome/home", lang="en", **_asked()) == ("security", "")


def test_a_typed_entry_of_a_list_is_a_tap(renderer: Renderer) -> None:
    """The label of a listed button brings its argument."""
    assert renderer.match_label("congo - brazzaville +242", "bind_phone/which_country", lang="en", **_asked()) == (
        "country",
        "CG",
    )
    assert renderer.match_label("ein code, der nicht ankommt", "handoff/reason", lang="de", **_asked()) == (
        "reason",
        "code",
    )


@pytest.mark.parametrize("text", ["", "👍", "\u203a", "123456", "sign", "Account"])
def test_other_words_are_no_tap(renderer: Renderer, text: str) -> None:
    """Neither a part of a label nor a sign without letters presses a button."""
    assert renderer.match_label(text, "welcome/home", lang="en", **_asked()) is None


@pytest.mark.parametrize("place", PLACES)
def test_what_can_be_typed_has_a_rule(renderer: Renderer, place: str) -> None:
    """A label that counts as a tap never names a button that the state cannot handle."""
    state = BOOK.places[place]
    for typed in (
        "Back",
        "Cancel",
        "Help",
        "Talk to a person",
        *(row[0] for row in renderer.labels(place, lang="en", **_asked())),
    ):
        found = renderer.match_label(typed, place, lang="en", **_asked())
        listed = found and found[0] in ("country", "candidate") and state.reads.kind in ("country", "number")
        assert found is None or listed or any(rule.on == found[0] for rule in BOOK.rules(place)), typed
