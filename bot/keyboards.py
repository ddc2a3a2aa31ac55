"""The buttons under a screen: which there are, what they say, and how a typed label counts as a tap.

Labels are English texts in ``templates/buttons.toml`` and are translated through the catalogues like everything else.
A button that cannot apply is not shown: its guard does not hold, or it would lead where the person already is.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from bot import callback, catalogs
from bot.lists import LISTS
from conversations.engine import RESUME, Book, Button, Rule, State
from conversations.events import Tapped
from conversations.everywhere import BACK, CANCEL, FOOTER, HELP, PERSON
from conversations.facts import GUARDS, Data, Facts

Json = dict[str, Any]

_COMMON: Final = "everywhere"
_COLUMNS: Final = 2
_FACTS: Final = Facts._fields
SHARE: Final = "share"
"""The button that shares the person's own contact; what comes of it is a contact, never a tap."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A button as the person sees it."""

    label: str
    button: str
    arg: str = ""
    style: str = ""
    url: str = ""


@cache
def label_texts() -> dict[str, str]:
    """English labels by button id; one that differs in a place is under ``flow/state:id``."""
    tables: dict[str, dict[str, str]] = tomllib.loads((catalogs.TEMPLATES / "buttons.toml").read_text("utf-8"))
    return {
        name if table == _COMMON else f"{table}:{name}": text
        for table, entries in tables.items()
        for name, text in entries.items()
    }


@cache
def labels(lang: str) -> dict[str, str]:
    """The labels in a language."""
    translate = catalogs.translations(lang).gettext
    return {name: translate(text) for name, text in label_texts().items()}


def as_facts(facts: Facts | Mapping[str, Any]) -> Facts:
    """The facts from a stored screen's body, which has them as plain data."""
    return facts if isinstance(facts, Facts) else Facts(**{name: facts[name] for name in _FACTS if name in facts})


@dataclass(frozen=True, slots=True)
class View:
    """What decides which buttons a screen has."""

    place: str
    lang: str
    data: Data
    facts: Facts
    extra: Mapping[str, Any]


class Keyboards:
    """Makes the keyboards of one book."""

    def __init__(self, book: Book) -> None:
        self._states = book.places
        self._footers = {place: self._footer(book, place) for place, state in book.places.items() if not state.passing}

    @staticmethod
    def _footer(book: Book, place: str) -> tuple[str, ...]:
        """The buttons that every screen gets: Back where it leads somewhere, Cancel off the menus, help, a person.

        A person is not offered twice, nor where one listens already; and Cancel is no second way back.
        """
        first: dict[str, Rule] = {}
        for rule in book.rules(place):
            if isinstance(rule.on, str):
                first.setdefault(rule.on, rule)
        own = [first[b.id] for row in book.places[place].buttons for b in row if b.id in first and not b.when]
        person = first[PERSON]
        listens = any(rule.on == PERSON and book.landing(place, rule.to) == place for rule in book.rules(place))
        useless = {
            BACK: BACK not in first,
            CANCEL: book.places[place].root or first["/cancel"].to == RESUME,
            HELP: False,
            PERSON: listens or any(not r.when and (r.to, r.do) == (person.to, person.do) for r in own),
        }
        return tuple(button for button in FOOTER if not useless[button])

    def rows(self, view: View) -> list[list[Shown]]:
        """All buttons of a screen, the footer two a row."""
        names = labels(view.lang)
        rows: list[list[Shown]] = []
        for row in self._states[view.place].buttons:
            rows += self._own_row(view, row)
        footer = [Shown(names[button], button) for button in self._footers[view.place]]
        rows += [footer[start : start + _COLUMNS] for start in range(0, len(footer), _COLUMNS)]
        return rows

    @staticmethod
    def _own_row(view: View, row: tuple[Button, ...]) -> Iterator[list[Shown]]:
        names = labels(view.lang)
        single: list[Shown] = []
        for button in row:
            if button.when and not GUARDS[button.when](view.facts, view.data, Tapped(button.id)):
                continue
            if button.each:
                listing = LISTS[button.each]
                entries = [
                    Shown(entry.label, button.id, entry.arg)
                    for entry in listing.entries(view.data, view.lang, view.facts, names.__getitem__, view.extra)
                ]
                yield from (entries[at : at + listing.columns] for at in range(0, len(entries), listing.columns))
                continue
            address = str(view.extra.get(button.url) or "") if button.url else ""
            if button.url and not address:
                continue
            label = names.get(f"{view.place}:{button.id}") or names[button.id]
            single.append(Shown(label, button.id, style=button.style, url=address))
        if single:
            yield single

    def inline(self, rows: list[list[Shown]], place: str, version: int, turn: int) -> list[list[Json]]:
        """The rows as the Bot API's ``inline_keyboard``."""
        return [[self._inline_button(shown, place, version, turn) for shown in row] for row in rows]

    @staticmethod
    def _inline_button(shown: Shown, place: str, version: int, turn: int) -> Json:
        button: Json = {"text": shown.label}
        if shown.url:
            button["url"] = shown.url
        else:
            button["callback_data"] = callback.pack(place, version, turn, shown.button, shown.arg)
        if shown.style:
            button["style"] = shown.style
        return button

    @staticmethod
    def reply(rows: list[list[Shown]], lang: str) -> Json:
        """A reply keyboard: *share my number* above the rows, whose labels come back as text."""
        share = [{"text": labels(lang)[SHARE], "request_contact": True, "style": "primary"}]
        return {
            "keyboard": [share, *([{"text": shown.label} for shown in row] for row in rows)],
            "resize_keyboard": True,
            "is_persistent": True,
        }

    def state(self, place: str) -> State:
        """The state whose screen is asked for."""
        return self._states[place]


def match(text: str, shown: list[tuple[str, str, str]], lang: str) -> tuple[str, str] | None:
    """The button and argument whose label was typed.

    Cancel, help and a person have a rule in every state, so their labels count even where they are not shown.
    """
    wanted = fold(text)
    if not wanted:
        return None
    names = labels(lang)
    for label, button, arg in (*shown, *((names[name], name, "") for name in (CANCEL, HELP, PERSON))):
        if fold(label) == wanted:
            return button, arg
    return None


def fold(text: str) -> str:
    """A label for comparing: letters and digits only, no case, emoji, punctuation or spare blanks."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(char if char.isalnum() or unicodedata.combining(char) else " " for char in folded)
    return " ".join(kept.split())
