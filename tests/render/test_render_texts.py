from __future__ import annotations

import pytest
from render_sample import HOSTILE, NOW

from bot import callback, catalogs, formats
from bot.db.tickets import Ticket
from bot.domain.parts import TEXT
from bot.domain.risks import RISKS
from bot.render import Renderer
from bot.sandbox.entities import formatted
from conversations.effects import PURPOSES
from conversations.steps import CODE_WAIT

LANGUAGES = catalogs.languages()
LETTERS = ("taken", "signed_in", "phone_bound", "phone_tried", "totp_bound")
NOTICES = ("signed_in", "phone_bound", "phone_tried", "totp_bound")
PARAMS = {"phone": "+447400123456", "at": NOW}
# 3GPP TS 23.038, the default alphabet without its extension table.
GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)


@pytest.fixture(scope="module")
def plain() -> Renderer:
    """A company whose name is as long as most."""
    return Renderer()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_code_fits_one_sms(plain: Renderer, purpose: str) -> None:
    """In English a code's SMS is one part: 160 characters of the default alphabet, and begins with the code."""
    text = plain.sms("code", "en", code="271828", purpose=purpose)

    assert text.startswith("271828 ")
    assert f"Valid for {CODE_WAIT // 60} minutes." in text
    assert "We never ask you for it." in text
    assert len(text) <= 160
    assert set(text) <= GSM7


@pytest.mark.parametrize("key", ["phone_bound", "phone_tried", "totp_bound"])
def test_an_sms_notice_fits_one_sms(plain: Renderer, key: str) -> None:
    """In English a notice by SMS is one part, and does not repeat the number."""
    text = plain.sms(key, "en", **PARAMS)

    assert len(text) <= 160
    assert set(text) <= GSM7
    assert "123456" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", ["code", "phone_bound", "phone_tried", "totp_bound"])
def test_an_sms_is_plain_text(renderer: Renderer, key: str, lang: str) -> None:
    """Nothing is escaped in an SMS, and it never takes more than three parts in any language."""
    text = renderer.sms(key, lang, code="271828", purpose="signin", **PARAMS)

    assert "Acme & Sons <Exchange>" in text
    assert len(text) <= 3 * 67


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", LETTERS)
def test_a_letter_has_subject_and_text(renderer: Renderer, key: str, lang: str) -> None:
    """A letter is plain text with a subject of one line; a number in it is masked."""
    subject, text = renderer.email(key, lang, **PARAMS)

    assert "\n" not in subject
    assert 5 < len(subject) <= 120
    assert text.endswith("Acme & Sons <Exchange>\n")
    assert "400123" not in text + subject
    assert "****56" in text or not key.startswith("phone")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_code_stands_first_in_its_letter(renderer: Renderer, purpose: str, lang: str) -> None:
    """The code is the first line of the text and not in the subject, which shows on a locked screen."""
    subject, text = renderer.email("code", lang, code="271828", purpose=purpose)

    assert text.startswith("271828\n")
    assert "271828" not in subject


def test_a_letter_names_the_moment(renderer: Renderer) -> None:
    """Plain text has the moment in words, in UTC."""
    assert "5 January 2026, 09:00 UTC" in renderer.email("signed_in", "en", **PARAMS)[1]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", NOTICES)
def test_a_notice_is_taken_by_telegram(renderer: Renderer, key: str, lang: str) -> None:
    """A notice to another chat is sound HTML, with a moment that Telegram shows in the reader's time zone."""
    text = renderer.notice(f"notice/{key}", lang=lang, params=PARAMS)
    _shown, entities = formatted(text, "HTML", None)

    assert NOW // 1000 in [entity.get("unix_time") for entity in entities]
    assert "400123" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", ["stale", "repeated", "not_an_agent", "solved", "reopened"])
def test_a_toast_is_short(renderer: Renderer, key: str, lang: str) -> None:
    """An answer to a tap has at most 200 characters, whichever way it is named."""
    assert 0 < len(renderer.toast(key, lang)) <= 200
    assert renderer.toast(key, lang) == renderer.toast(f"toast/{key}", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", ["everywhere/keyboard_gone", "handoff/slow_down", "desk/private_hint"])
def test_a_message_that_is_no_screen_says_something(renderer: Renderer, key: str, lang: str) -> None:
    """These are sent by themselves and must not be empty."""
    assert renderer.notice(key, lang=lang, params={})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "in about 10 seconds"),
        (31, "in about 40 seconds"),
        (51, "in about 1 minute"),
        (61, "in about 2 minutes"),
        (3600, "in about 1 hour"),
        (5400, "in about 90 minutes"),
        (5401, "in about 2 hours"),
        (48 * 3600, "in about 48 hours"),
        (5 * 24 * 3600, "in about 5 days"),
    ],
)
def test_waits_are_said_in_words(seconds: int, words: str) -> None:
    """A wait is rounded up, so that nobody comes back too early."""
    assert words == formats.soon(seconds, "en")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "5 January 2026, 09:00 UTC"),
        ("de", "5. Januar 2026, 09:00 UTC"),
        ("es", "5 de enero de 2026, 09:00 UTC"),
        ("fr", "5 janvier 2026, 09:00 UTC"),
        ("ru", "5 января 2026, 09:00 UTC"),
        ("ar", "5 يناير 2026، 09:00 UTC"),
    ],
)
def test_a_date_is_written_as_the_language_writes_it(lang: str, words: str) -> None:
    """With its dots, its little words and its comma."""
    assert words == formats.utc(1_767_603_600_000, lang)


def test_plurals_follow_the_language() -> None:
    """Russian has three forms and Arabic six."""
    assert formats.soon(60, "ru") == "примерно через 1 минуту"
    assert formats.soon(61, "ru") == "примерно через 2 минуты"
    assert formats.soon(300, "ru") == "примерно через 5 минут"
    assert formats.soon(61, "ar") == "بعد دقيقتين تقريبًا"


# --- the desk -------------------------------------------------------------------------------------------------


def ticket(**changes: object) -> Ticket:
    facts = {
        "name": HOSTILE, "user": 7001, "signed_in": True, "account": "****42", "email": "a****@e****.com",
        "phone": "+44 ****56", "totp": True, "attempts": 3,
    }  # fmt: skip
    given: dict[str, object] = {
        "id": 2**62, "number": 1042, "chat": 7001, "lang": "ar", "reason": "code", "place": "bind_phone/sms",
        "follows": None,
        "status": "new", "thread": None, "card": None, "opened_at": NOW, "account": 42, "priority": "normal",
        "tags": "", "status_at": NOW, "wake_at": None, "spent": 0, "running_since": NOW, "told": "",
        "first_result": "active", "result": "active", "assignee": None, "claimed_at": None, "answered_at": None,
        "solved_at": None, "solved_by": None, "snooze_at": None, "merged_into": None, "came": None,
        "lost_chat": None, "lost_thread": None, "forum": -1001, "lobby": 0, "facts": facts,
    }  # fmt: skip
    return Ticket(**{**given, **changes})  # type: ignore[arg-type] # fields of every kind


def test_a_card_tells_an_agent_what_is_needed(renderer: Renderer) -> None:
    """The card has who, what, where and what is known, masked, and buttons to take it and to be done with it."""
    text, keyboard = renderer.card(ticket())
    shown, _entities = formatted(text, "HTML", None)

    for part in ("Ticket 1042", "Code does not arrive", "bind_phone/sms", "<b>Ann</b> & Co <3", "****42", "+44 ****56"):
        assert part in shown
    assert ["Claim", "Solve"] == [button["text"] for button in keyboard[0]]
    assert getattr(callback.unpack_desk(keyboard[0][0]["callback_data"]), "ticket", None) == 2**62


def test_a_solved_card_offers_to_reopen(renderer: Renderer) -> None:
    """A solved ticket shows when it was solved and can be opened again; a closed one cannot."""
    text, keyboard = renderer.card(ticket(status="solved", solved_at=NOW, facts={"name": "Ann"}))
    _text, closed = renderer.card(ticket(status="closed", solved_at=NOW, facts={"name": "Ann"}))

    assert "Solved" in text
    assert (["Reopen"], []) == ([button["text"] for button in keyboard[0]], closed)


def test_the_longest_card_fits_into_a_message(renderer: Renderer) -> None:
    """With every sign there is, a name as long as Telegram lets people have, and tickets before it."""
    row = {
        "number": 10_000_000, "reason": "recovery", "group": -1_001_000_000_001, "message": 2**40, "live": False,
        "status": "solved", "by": "A" * 32, "opened_at": NOW,
    }  # fmt: skip
    answers = dict.fromkeys(("Wants to", "Way", "Country", "Number", "Number's country", "Address"), "W" * 60)
    held = dict.fromkeys(("email", "Google 2FA", "trading password", "recovery codes"), NOW)
    facts = {
        "name": "&" * 129, "user": 2**50, "signed_in": True, "account": "****42", "email": "a****@e****.com",
        "phone": "+44 ****56", "held": held, "attempts": 99, "answers": answers,
        "risks": {name: NOW for name, _look in RISKS}, "change": "phone_recovered", "way": "telegram",
    }  # fmt: skip
    text, _keyboard = renderer.card(
        ticket(facts=facts, tags=" ".join(["t" * 32] * 40), assignee=9001, status="open"), "Ana María" * 3,
        {"rows": [row] * 5, "more": 95},
    )  # fmt: skip
    shown, entities = formatted(text, "HTML", None)

    assert len(shown) <= TEXT
    assert all(renderer.desk("risk", name=name, value=NOW) for name, _look in RISKS)
    links = [entity["url"] for entity in entities if entity["type"] == "text_link"]
    assert [f"https://t.me/c/1000000001/{2**40}"] * 5 == links


def test_whoever_has_a_ticket_is_named_on_its_card(renderer: Renderer) -> None:
    """By the name that people are told, as plain text."""
    text, keyboard = renderer.card(ticket(status="open", assignee=9001), "<i>Mira</i>")

    assert "With <b>&lt;i&gt;Mira&lt;/i&gt;</b>" in text
    assert ["Solve"] == [button["text"] for button in keyboard[0]]


@pytest.mark.parametrize("reason", ["phone", "code", "signin", "account", "other", "locked", "unavailable"])
def test_a_topic_is_named_in_plain_text(renderer: Renderer, reason: str) -> None:
    """A topic's name is one line without markup; how the ticket stands is in it where no icon says so."""
    name = renderer.desk("topic_name", ticket=ticket(reason=reason), name="Ann & \u202eC.", icon="")

    assert name.startswith("🆕 1042 · ")
    assert name.endswith(" · Ann & C.")
    assert "\n" not in name
    assert name == "🆕 " + renderer.desk("topic_name", ticket=ticket(reason=reason), name="Ann & C.", icon="5")


@pytest.mark.parametrize("reason", ["blocked", "deactivated", "unreachable", "fault", "<x>"])
def test_an_agent_learns_why_a_message_did_not_arrive(renderer: Renderer, reason: str) -> None:
    """Each reason is sound HTML, also one nobody thought of."""
    for key in ("not_delivered", "not_copied"):
        shown, _entities = formatted(renderer.desk(key, reason=reason), "HTML", None)
        assert shown


def test_a_transcript_shows_every_version_and_no_markup_of_anybody(renderer: Renderer) -> None:
    """A page of its own: what was replaced is struck out, what people wrote is text."""
    said = [{"at": NOW, "text": "It was <b>yesterday</b>"}, {"at": NOW, "text": "It was today"}]
    row = {"side": "note", "author": HOSTILE, "status": "kept", "what": "photo", "said": said}
    page = renderer.desk(
        "transcript", number=1042, status="open", reason="code", opened_at=NOW, rows=[row], company="Acme <i>"
    )

    assert "<del>It was &lt;b&gt;yesterday&lt;/b&gt;</del>" in page
    assert "<p>It was today</p>" in page
    assert "&lt;b&gt;Ann&lt;/b&gt;" in page
    assert "<i>" not in page
    assert page.startswith("<!doctype html>")


@pytest.mark.parametrize("text", ["one\n\n\n\ntwo", "a\n \n\t\nb", "\n\nindented\n"])
def test_what_a_person_wrote_keeps_its_empty_lines(renderer: Renderer, text: str) -> None:
    """Lines that a template left empty are tidied, those of a value are not."""
    said = [{"at": 0, "text": text}]
    rows = [{"said": said, "author": "Ann", "side": "user", "what": "text", "status": "delivered", "of": 1001}]
    assert f"<p>{text}</p>" in renderer.desk("transcript", number=1001, rows=rows)
    assert text in renderer.desk("masked", text=text, kinds=["a code"])
    assert "<b>Mira</b>\n" not in renderer.desk("claimed", name="Mira")


def test_a_transcript_says_which_ticket_something_was_said_in(renderer: Renderer) -> None:
    """What came with a ticket that was merged has its number; the rest needs none."""
    row = {"said": [{"at": 0, "text": "Hello"}], "author": "Ann", "side": "user", "what": "text", "status": "delivered"}
    page = renderer.desk("transcript", number=1002, rows=[{**row, "of": 1001}, {**row, "of": 1002}])
    assert 1 == page.count("Ann · ticket 1001<")
    assert 1 == page.count("Ann<")
