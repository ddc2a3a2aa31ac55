"""Everything that a person reads: screens, notices, toasts, SMS, letters and pages. The only user of Jinja.

Rules of the file
    1. Nothing is read after the start: templates are compiled and catalogues loaded once.
    2. What people supply cannot become markup: all HTML is rendered with autoescaping on, and no filter turns it off.
       SMS, letters, toasts and topic names are plain text and are rendered without it.
    3. The text of a template is English and is its own key. Whatever a catalogue lacks is said in English.

A screen is one message: the notice, if something has to be said first, a blank line, and the body of the state's
template ``<flow>/<state>.j2``. The same file's ``help`` block is shown in the notice's place when help was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jinja2 import ChainableUndefined, DictLoader, Environment, Template, pass_context
from jinja2.ext import extract_from_ast
from jinja2.runtime import Context

from bot import callback, catalogs, formats, pictures
from bot.clock import MINUTE
from bot.db.forms import LIVES
from bot.db.tickets import Ticket
from bot.domain import countries, languages
from bot.domain.digits import CODE_LENGTH
from bot.keyboards import Json, Keyboards, View, as_facts, label_texts, labels, match
from bot.lists import own_name, page, page_count
from conversations.engine import Book
from conversations.facts import Data, Facts
from conversations.flows import BOOK
from conversations.steps import CODE_WAIT, FORM_LIFE

Message = str | tuple[str, str]
"""A text to translate, or its singular and plural."""

_PLAIN: Final = ("sms/", "email/", "toast/", "mirror/", "desk/topic_name")
"""Templates of plain text; in all others values are escaped."""
_OTHERS: Final = ("sandbox/",)
"""Templates that belong to somebody else."""
_TRANSLATED: Final = ("_", "gettext", "ngettext")
_MINUTE: Final = 60
_DESK_LANGUAGE: Final = languages.DEFAULT
_HELP: Final = "help"
_STEPS: Final = "steps/"
"""Screens of the steps that several flows share; a flow's own template of the name comes first."""
_COMMANDS: Final[Mapping[str, str]] = {
    "start": "Begin again",
    "help": "Help for the present step",
    "person": "Talk to a person",
    "tickets": "Your tickets, and how they stand",
    "cancel": "Stop; nothing is changed",
    "language": "Choose the language",
    "privacy": "What is stored about you",
}
_PARTS: Final[Mapping[str, str]] = {
    "front": "the front of the document",
    "back": "the back of the document",
    "selfie": "you with the note",
}
_LINE_END: Final = "\0"
"""Stands for a line end within a value until its template is tidied; nothing else holds it."""
_SPARE_LINES: Final = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen as it leaves.

    Attributes:
        text: Telegram's HTML; a caption when there is a picture.
        keyboard: rows of inline buttons as the Bot API's JSON lists.
        reply_keyboard: a ReplyKeyboardMarkup, in the states that ask for a contact.
        picture: a PNG, or None.
        contact: whether the screen asks for a contact.
    """

    text: str
    keyboard: list[list[Json]]
    reply_keyboard: Json | None = None
    picture: bytes | None = None
    contact: bool = False

    @property
    def markup(self) -> Json:
        """The ``reply_markup`` of the call that shows it."""
        return self.reply_keyboard or {"inline_keyboard": self.keyboard}


class Renderer:
    """Renders in any language; safe to share, as it keeps nothing of what it rendered."""

    def __init__(self, *, company: str = "Acme Exchange", book: Book = BOOK) -> None:
        self.languages = catalogs.languages()
        self._company = company
        self._keyboards = Keyboards(book)
        self._environment = _environment(company)
        self._templates = {name: self._environment.get_template(name) for name in self._environment.list_templates()}

    # --- screens -------------------------------------------------------------------------------------------

    def screen(
        self,
        place: str,
        *,
        lang: str,
        data: Data,
        event: Mapping[str, Any],
        facts: Facts | Mapping[str, Any],
        turn: int,
        version: int,
        say: str = "",
        extra: Mapping[str, Any] | None = None,
    ) -> Screen:
        """The screen of a state.

        Args:
            place: ``flow/state``.
            lang: one of ``languages``.
            data: the snapshot's data.
            event: fields of the event that led here.
            facts: the person's standing, as ``Facts`` or as its fields.
            turn: the conversation's turn, and ``version`` the flow's: they make the buttons of older screens stale.
            version: see ``turn``.
            say: the notice shown first: a template, or ``help`` for the state's own help.
            extra: what the screen shows beside the data, masked already (``bot/turn.py``).

        Raises:
            KeyError: there is no such state or notice.
        """
        extra = extra or {}
        standing = as_facts(facts)
        state = self._keyboards.state(place)
        values = {"lang": lang, "data": data, "event": event, "facts": standing, "extra": extra}
        notice = self._said(say, place, values) if say else ""
        body = self._block(place, "body", values)
        text = f"{notice}\n\n{body}" if notice else body
        rows = self._keyboards.rows(View(place, lang, data, standing, extra))
        if state.contact:
            return Screen(text, [], self._keyboards.reply(rows, lang), contact=True)
        picture = self._picture(extra) if state.picture else None
        return Screen(text, self._keyboards.inline(rows, place, version, turn), picture=picture)

    def labels(
        self, place: str, *, lang: str, data: Data, facts: Facts | Mapping[str, Any], extra: Mapping[str, Any]
    ) -> list[tuple[str, str, str]]:
        """The buttons of a screen that can be tapped: label, button id, argument."""
        rows = self._keyboards.rows(View(place, lang, data, as_facts(facts), extra))
        return [(shown.label, shown.button, shown.arg) for row in rows for shown in row if not shown.url]

    def label(self, button: str, lang: str) -> str:
        """What a button is called."""
        return labels(lang)[button]

    def match_label(
        self,
        text: str,
        place: str,
        *,
        lang: str,
        data: Data,
        facts: Facts | Mapping[str, Any],
        extra: Mapping[str, Any],
    ) -> tuple[str, str] | None:
        """The button id and argument whose label a person typed; case, emoji and blanks around it do not matter."""
        return match(text, self.labels(place, lang=lang, data=data, facts=facts, extra=extra), lang)

    def _said(self, say: str, place: str, values: Mapping[str, Any]) -> str:
        parts = (
            self._block(place, _HELP, values) if key == _HELP else self._whole(f"{key}.j2", values)
            for key in say.split()
        )
        return "\n\n".join(part for part in parts if part)

    def _picture(self, extra: Mapping[str, Any]) -> bytes | None:
        key = extra.get("totp_key")
        uri = extra.get("totp_uri") or (
            pictures.totp_uri(str(key), account=str(extra.get("email") or ""), issuer=self._company) if key else ""
        )
        return pictures.totp_key(str(uri)) if uri else None

    # --- everything else -----------------------------------------------------------------------------------

    def notice(self, key: str, *, lang: str, params: Mapping[str, Any]) -> str:
        """A message that is no screen, in Telegram's HTML. Raises ``KeyError`` if there is no such template."""
        return self._whole(f"{key}.j2", {**params, "lang": lang})

    def toast(self, key: str, lang: str, **params: Any) -> str:
        """The short text above the chat that answers a tap: plain, at most 200 characters."""
        return self._whole(f"toast/{key.removeprefix('toast/')}.j2", {**params, "lang": lang})

    def sms(self, key: str, lang: str, **params: Any) -> str:
        """The text of an SMS; a chosen ``phrase`` among the parameters stands before it."""
        text = self._whole(f"sms/{key}.j2", {**params, "lang": lang})
        return f"[{params['phrase']}] {text}" if params.get("phrase") else text

    def email(self, key: str, lang: str, **params: Any) -> tuple[str, str]:
        """Subject and text of a letter; a chosen ``phrase`` among the parameters stands before it."""
        values = {**params, "lang": lang}
        subject = self._block(f"email/{key}", "subject", values)
        phrase = self._whole("email/phrase.j2", values) + "\n\n" if params.get("phrase") else ""
        return " ".join(subject.split()), phrase + self._block(f"email/{key}", "body", values) + "\n"

    def page(self, page: str, lang: str, **params: Any) -> str:
        """The page ``templates/web/<page>.j2`` as HTML, with every value escaped."""
        return _verbatim(self._templates[f"web/{page}.j2"].render({**params, "lang": lang}))

    def commands(self, lang: str) -> list[dict[str, str]]:
        """The bot's menu of commands (Bot API, setMyCommands)."""
        translate = catalogs.translations(lang).gettext
        return [{"command": name, "description": translate(text)} for name, text in _COMMANDS.items()]

    # --- the agents' desk ----------------------------------------------------------------------------------

    def desk(self, key: str, **params: Any) -> str:
        """A text for the agents' group, which speaks English."""
        return self._whole(f"desk/{key}.j2", {**params, "lang": _DESK_LANGUAGE})

    def mirror(self, template: str, **params: Any) -> str:
        """A text for the agents of another ticket system: plain, in English."""
        return self._whole(f"mirror/{template}.j2", {**params, "lang": _DESK_LANGUAGE})

    def card(
        self, ticket: Ticket, agent: str = "", before: Mapping[str, Any] | None = None
    ) -> tuple[str, list[list[Json]]]:
        """A ticket's card and its buttons.

        Args:
            ticket: the ticket.
            agent: what people are told that whoever has it is called.
            before: the tickets before it (``bot/desk/record.py``).
        """
        wanted = {"solved": ("reopen",), "closed": ()}.get(ticket.status, ("solve",))
        if ticket.live and ticket.assignee is None:
            wanted = ("claim", "solve")
        buttons = [
            {"text": action.capitalize(), "callback_data": callback.pack_desk(action, ticket.id)} for action in wanted
        ]
        text = self.desk("card", ticket=ticket, agent=agent, before=before or {"rows": ()})
        return text, [buttons] if buttons else []

    # --- Jinja ---------------------------------------------------------------------------------------------

    def _whole(self, name: str, values: Mapping[str, Any]) -> str:
        template = self._templates[name]
        return _tidy(template.root_render_func(template.new_context(dict(values))))

    def _block(self, name: str, block: str, values: Mapping[str, Any]) -> str:
        shared = f"{_STEPS}{name.rpartition('/')[2]}.j2"
        template: Template = self._templates.get(f"{name}.j2") or self._templates[shared]
        return _tidy(template.blocks[block](template.new_context(dict(values))))


def messages() -> set[Message]:
    """Every text there is to translate: of the templates, the buttons, the commands and the waits."""
    environment = _environment("")
    found: set[Message] = {
        *label_texts().values(),
        *_COMMANDS.values(),
        *_PARTS.values(),
        *(texts for *_, texts in formats.WAITS),
    }
    for source in _sources().values():
        for _line, _function, call in extract_from_ast(environment.parse(source), _TRANSLATED):
            texts = [call] if isinstance(call, str) else [text for text in call or () if text is not None]
            found.add((texts[0], texts[1]) if len(texts) == 2 else texts[0])
    return found


def _environment(company: str) -> Environment:
    """Jinja, set up for all templates and languages; the language is part of what is rendered."""
    environment = Environment(
        loader=DictLoader(_sources()),
        autoescape=_escapes,  # noqa: S701 - on for everything that is HTML; plain text is named in _PLAIN
        undefined=ChainableUndefined,
        finalize=_kept,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        cache_size=-1,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    del environment.filters["safe"]
    extended: Any = environment
    extended.install_gettext_callables(_gettext, _ngettext, newstyle=True)
    environment.filters.update({name: _spoken(write) for name, write in formats.FILTERS.items()})
    environment.globals.update(
        company=company,
        code_minutes=CODE_WAIT // _MINUTE,
        form_minutes=FORM_LIFE // _MINUTE,
        identity_minutes=LIVES["identity"] // MINUTE,
        served=len(countries.served()),
        code_length=CODE_LENGTH,
        page=page,
        page_count=page_count,
        label=_label,
        part_name=_part_name,
        own_name=own_name,
    )
    return environment


def _escapes(template: str | None) -> bool:
    return template is None or not template.startswith(_PLAIN)


@cache
def _sources() -> dict[str, str]:
    """The templates by name, read once."""
    folder = catalogs.TEMPLATES
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.j2")}
    return {name: path.read_text("utf-8") for name, path in names.items() if not name.startswith(_OTHERS)}


@pass_context
def _gettext(context: Context, text: str) -> str:
    return catalogs.translations(context["lang"]).gettext(text)


@pass_context
def _ngettext(context: Context, one: str, many: str, number: int) -> str:
    return catalogs.translations(context["lang"]).ngettext(one, many, number)


@pass_context
def _label(context: Context, button: str) -> str:
    """What a button is called, for texts that speak of it."""
    return labels(context["lang"])[button]


@pass_context
def _part_name(context: Context, part: str) -> str:
    """What a picture of a recovery shows, within a sentence."""
    return catalogs.translations(context["lang"]).gettext(_PARTS[part]) if part else ""


def _spoken(write: Callable[[Any, str], str]) -> Callable[[Context, Any], str]:
    """A filter that writes a value in the language of what is rendered."""

    @pass_context
    def spoken(context: Context, value: Any) -> str:
        return write(value, context["lang"])

    return spoken


def _kept(value: Any) -> Any:
    """A value with its line ends covered: those of a template are tidied, what somebody wrote stays as it is."""
    return value.replace("\n", _LINE_END) if isinstance(value, str) and "\n" in value else value


def _verbatim(text: str) -> str:
    """The text with the line ends of its values."""
    return text.replace(_LINE_END, "\n")


def _tidy(pieces: Iterable[str]) -> str:
    """Paragraphs with one empty line between, whatever lines the tags of a template left empty."""
    return _verbatim(_SPARE_LINES.sub("\n\n", "".join(pieces)).strip())
