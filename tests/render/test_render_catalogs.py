from __future__ import annotations

import re
from collections import Counter

import pytest
from render_sample import PLACES, SAYS

from bot import catalogs, render
from bot.keyboards import label_texts
from bot.lists import REASONS
from bot.render import Renderer
from conversations.everywhere import FOOTER
from conversations.flows import BOOK

TRANSLATED = catalogs.languages()[1:]
OUTSIDE = {
    "desk": {
        "nothing_closed", "tries_asked", "tries_given", "tries_usage",
        "agents", "anonymous", "answers", "approved", "approved_already", "ask_again", "ask_approve",
        "ask_reject", "ask_usage", "asked_again", "asked_once_more", "back", "bulk_ask", "bulk_cancelled",
        "bulk_done", "bulk_leads", "bulk_none", "bulk_usage", "card", "claim_first", "claimed",
        "closed_by_person", "digest", "edit_not_sent", "edited", "elsewhere", "forum_full", "forum_next",
        "gone", "half_approved", "help", "hold_usage", "identity", "is_closed", "is_merged", "is_solved",
        "joined", "joined_elsewhere", "lobby", "lobby_name", "look_first", "macro", "macro_missing", "macros",
        "made_again", "many_guesses", "masked", "merge_usage", "merged_here", "merged_into", "mirror_answer",
        "mirror_note", "mirror_turned", "name_usage", "named", "no_account", "no_case", "no_macro",
        "no_such_agent", "no_topics", "nobody_yet", "not_an_agent", "not_copied", "not_delivered",
        "not_frozen", "not_merged", "not_snoozed", "not_yours", "own_case", "note_usage", "opened_again", "other_bot",
        "other_open", "other_reports", "prioritised", "priority_usage", "private_hint", "queue", "queue_row",
        "queue_usage",
        "rated", "reason", "recovery_done", "recovery_withdrawn", "rejected", "released", "reminder",
        "resumed", "reveal_limit", "reveal_sent", "reveal_usage", "revealed", "review_usage", "risk",
        "search_usage", "send_usage", "sent_to", "several_cases", "sms_stopped", "snooze_usage", "snoozed",
        "solved_by_agent",
        "solved_by_itself", "stats", "status", "stopped", "tag_usage", "tagged", "taken_already",
        "ticket_link", "too_many_tags", "topic_name", "transcript", "transferred", "turned", "unclaimed",
        "undecided", "unfrozen", "unknown_command", "unsend_late", "unsend_usage", "unsnoozed", "untag_usage",
        "urged", "view", "view_button", "view_not_sent", "woken", "yours_already",
    },
    "email": {
        "account_frozen", "code", "codes_made", "email_changed", "erased", "erasure_asked", "erasure_refused",
        "hold_ended", "locked", "not_you", "phone_bound", "phone_changed", "phone_recovered", "phone_tried",
        "phrase", "phrase_set", "recovery_approved", "recovery_begun", "recovery_rejected", "signed_in",
        "taken", "totp_bound", "totp_replaced", "trading_set",
        "tries_given",
    },
    "everywhere": {"keyboard_gone", "private_only"},
    "handoff": {
        "agent_joined", "asked", "commented", "hint", "masked", "merged", "not_passed", "picture_masked",
        "rate", "rated", "slow_down", "still_there",
    },
    "mirror": {
        "hands", "opened", "said", "subject", "undone", "word",
    },
    "notice": {
        "account_frozen", "codes_made", "email_changed", "erased", "erasure_asked", "erasure_refused",
        "hold_ended", "locked", "not_you", "phone_bound", "phone_changed", "phone_recovered", "phone_tried",
        "phrase_set", "recovery_approved", "recovery_begun", "recovery_rejected", "signed_in", "totp_bound",
        "totp_replaced", "trading_set",
        "tries_given",
    },
    "sms": {
        "account_frozen", "code", "codes_made", "email_changed", "erasure_asked", "phone_bound",
        "phone_changed", "phone_recovered", "phone_tried", "recovery_approved", "recovery_begun",
        "totp_bound", "totp_replaced", "trading_set",
    },
    "toast": {
        "decided", "not_an_agent", "not_asked", "not_yours", "rated", "reopened", "repeated", "sent",
        "sent_privately", "solved", "stale", "taken", "tried_again", "yours",
    },
}  # fmt: skip
"""Templates that no table of the conversations names."""


def _names() -> set[str]:
    return {name.removesuffix(".j2") for name in render._sources() if not name.startswith(("parts/", "web/"))}


def test_every_state_and_notice_has_a_template_and_every_template_is_used() -> None:
    """No state or notice lacks its text, and no text is left over."""
    outside = {f"{folder}/{name}" for folder, names in OUTSIDE.items() for name in names}

    shown = {place if place in _names() else f"steps/{place.partition('/')[2]}" for place in PLACES}

    assert {*shown, *SAYS} - {"help"} | outside == _names()


def test_every_part_is_included_somewhere() -> None:
    """A shared part that nothing includes is left over."""
    parts = {name for name in render._sources() if name.startswith("parts/")}
    everything = "".join(render._sources().values())

    assert {part for part in parts if f'"{part}"' not in everything} == set()


@pytest.mark.parametrize("place", PLACES)
def test_every_state_has_a_body_and_help(renderer: Renderer, place: str) -> None:
    """A state's template has both blocks and nothing outside them."""
    own, shared = f"{place}.j2", f"steps/{place.partition('/')[2]}.j2"
    template = renderer._templates.get(own) or renderer._templates[shared]

    assert {"body", "help"} == set(template.blocks)


def test_nothing_turns_escaping_off() -> None:
    """No template marks a value as safe or switches autoescaping."""
    for name, source in render._sources().items():
        assert not re.search(r"\|\s*safe\b|autoescape", source), name


def _texts(message: render.Message) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else message


def _known(lang: str) -> dict[render.Message, tuple[str, ...]]:
    known: dict[render.Message, tuple[str, ...]] = {}
    for entry in catalogs.catalog(lang):
        if entry.id:
            key = entry.id if isinstance(entry.id, str) else (entry.id[0], entry.id[1])
            strings = (entry.string,) if isinstance(entry.string, str) else entry.string or ()
            known[key] = tuple(text or "" for text in strings)
    return known


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_catalogue_has_every_message_and_no_other(lang: str) -> None:
    """Nothing is said in English for want of a translation, and nothing stale is kept."""
    assert render.messages() == set(_known(lang))
    assert all(all(texts) for texts in _known(lang).values())


_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_TAG = re.compile(r"</?[a-z-]+>")


@pytest.mark.parametrize("lang", TRANSLATED)
def test_placeholders_and_tags_are_kept(lang: str) -> None:
    """A translation has the placeholders and tags of its text; only a plural form may leave out the number."""
    for message, translated in _known(lang).items():
        source = _texts(message)[-1]
        for text in translated:
            names, wanted = Counter(_PLACEHOLDER.findall(text)), Counter(_PLACEHOLDER.findall(source))
            written_out = isinstance(message, tuple) and names == wanted - Counter(["num"])
            assert names == wanted or written_out, text
            assert written_out or Counter(_TAG.findall(text)) == Counter(_TAG.findall(source)), text
            assert "%" not in _PLACEHOLDER.sub("", text), text


def test_every_button_has_a_label_and_every_label_a_button() -> None:
    """A button cannot be nameless, and no label is left over."""
    own = {
        (place, button.id)
        for place, state in BOOK.places.items()
        for row in state.buttons
        for button in row
        if not button.each
    }
    texts = label_texts()
    local = {f"{place}:{button}" for place, button in own} & set(texts)
    listed = {f"reason:{reason}" for reason in REASONS}

    below = {"answer"}  # of a message that is no screen

    assert {button for _, button in own} | set(FOOTER) | local | listed | below == set(texts)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_labels_differ_where_they_stand_together(renderer: Renderer, lang: str) -> None:
    """No two buttons of the footer are called the same."""
    labels = [label for label, _, _ in renderer.labels("signin/sms", lang=lang, data={}, facts={}, extra={})]

    assert len(labels) == len(set(labels))


def test_a_missing_translation_is_english() -> None:
    """What a catalogue lacks is said in English, and an unknown language is English."""
    assert catalogs.translations("fr").gettext("No such text") == "No such text"
    assert catalogs.translations("tlh").gettext("Back") == "Back"


def test_languages_begin_with_english() -> None:
    """The source comes first; the others are the folders there are."""
    assert catalogs.languages() == ("en", "ar", "de", "es", "fr", "ru")


def test_commands_are_described_within_telegrams_limits(renderer: Renderer) -> None:
    """A command's description has 1 to 256 characters (Bot API, BotCommand)."""
    for lang in renderer.languages:
        commands = renderer.commands(lang)
        assert [row["command"] for row in commands] == [
            "start", "help", "person", "tickets", "cancel", "language", "privacy",
        ]  # fmt: skip
        assert all(1 <= len(row["description"]) <= 256 for row in commands)
