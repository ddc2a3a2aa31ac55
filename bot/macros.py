"""Canned answers of the agents: one YAML file a macro, read again when it changes.

    title: Which operator           # one line, for the list
    text:                           # by language; English is obligatory, as it stands in for all others
      en: |
        Hello {name}, which operator is {phone} with?
    status: pending                 # optional: what the ticket becomes
    priority: high                  # optional
    tags: [operator]                # optional

The file's name is the macro's: ``operator.yaml``. Every value is taken as the text that is written, so that ``no`` is
Norwegian and not a boolean. A file that is not right is reported and costs nothing else: what it last said well in this
process stays in use, and the other macros go on.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, Final

import yaml

FACTS: Final = ("name", "number", "company", "phone", "email", "agent", "reason")
"""What may stand in braces: the person's name, the ticket's number, the exchange, the person's phone and email (both
masked), the agent's name as people see it, and why the person came."""

_FALLBACK: Final = "en"
_KEYS: Final = ("title", "text", "status", "priority", "tags")
_CHOICES: Final = {
    "status": ("open", "pending", "hold", "solved"),
    "priority": ("low", "normal", "high", "urgent"),
}
NAME: Final = re.compile(r"[a-z0-9_-]{1,32}")
"""Names of macros, and tags."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no message may hold: control characters but tab and line break, and halves of surrogate pairs."""
_LONGEST_TITLE: Final = 64
_LONGEST_TEXT: Final = 3500
"""As Telegram counts, in UTF-16; a message has 4096, and the facts need room."""
MOST_TAGS: Final = 10
_LARGEST: Final = 64 * 1024
"""Bytes of a file."""
_DEEPEST: Final = 2
"""A list or mapping within the file's mapping; nothing within that."""
_QUOTED: Final = 40
"""How much of what is wrong is said again in a fault."""
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class Macro:
    """A canned answer: its texts by language, and what becomes of the ticket ("" and (): left as it is)."""

    name: str
    title: str
    texts: Mapping[str, str]
    status: str = ""
    priority: str = ""
    tags: tuple[str, ...] = ()


class Missing(Exception):
    """The text uses facts that are empty for this ticket; ``names`` says which, in the order of the text."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"empty: {', '.join(names)}")
        self.names = tuple(names)


class _Broken(Exception):
    """Why a file is no macro, and what it may hold; ``line`` is 0 where none is to blame."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.line = line


_Mark = tuple[Path, int, int]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is known of a file: where it is, when it was written and its size; what it last said well; what is wrong."""

    mark: _Mark | None = None
    good: Macro | None = None
    fault: str = ""


# --- filling ----------------------------------------------------------------------------------------------------


def language_of(macro: Macro, lang: str) -> str:
    """The language of the text that ``fill`` takes: ``lang`` itself, else its base language, else English.

    Args:
        macro: one with an English text, as every macro that was read has.
        lang: a language tag; case does not matter, nor whether its parts are joined by "-" or "_".
    """
    known = {_plain(name): name for name in macro.texts}
    wanted = _plain(lang)
    return known.get(wanted) or known.get(wanted.partition("_")[0]) or known.get(_FALLBACK, _FALLBACK)


def fill(macro: Macro, lang: str, facts: Mapping[str, str]) -> str:
    """The text for a person, with the facts put in as they are: nothing within a fact is filled again.

    Args:
        macro: one of ``Macros``.
        lang: the person's language; see ``language_of``.
        facts: by the names in ``FACTS``, as they are to be shown. The text is plain: who sends HTML escapes it.

    Raises:
        Missing: a fact that this text uses is absent or shows nothing; a half-empty answer is never sent.
    """
    pieces = [(before, name) for before, name, *_ in Formatter().parse(macro.texts[language_of(macro, lang)])]
    if empty := [name for _, name in pieces if name is not None and not _shows(facts.get(name, ""))]:
        raise Missing(tuple(dict.fromkeys(empty)))
    return "".join(before if name is None else before + facts[name] for before, name in pieces)


def _plain(lang: str) -> str:
    return lang.lower().replace("-", "_")


def _shows(text: str) -> bool:
    """Whether there is anything to be seen: blanks and direction marks alone are nothing."""
    return any(each.isprintable() and not each.isspace() for each in text)


# --- the folder -------------------------------------------------------------------------------------------------


class Macros:
    """The macros of a folder; each question looks at the folder first, and reads only what has changed."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept: dict[str, _Kept] = {}

    def get(self, name: str) -> Macro | None:
        """The macro of that name, or None; any text may be asked for."""
        self._look()
        kept = self._kept.get(f"{name}.yaml")
        return kept.good if kept else None

    def all(self) -> list[Macro]:
        """Every macro that can be used, by name."""
        self._look()
        return sorted((kept.good for kept in self._kept.values() if kept.good), key=lambda macro: macro.name)

    def faults(self) -> list[str]:
        """What is wrong now, a sentence for each file: where, what, and what is allowed; or one for the folder."""
        if fault := self._look():
            return [fault]
        return [kept.fault for kept in self._kept.values() if kept.fault]

    def _look(self) -> str:
        """Look at the folder again; what is wrong with the folder itself, or nothing."""
        if self._folder is None:
            return ""
        try:
            with os.scandir(self._folder) as entries:
                names = sorted(entry.name for entry in entries if _meant(entry.name))
        except (FileNotFoundError, NotADirectoryError):
            self._kept = {}
            return f"{self._folder}: there is no such folder; macros are YAML files in one folder"
        except OSError as error:
            return f"{self._folder}: the folder cannot be read ({error.strerror})"
        self._kept = {name: self._again(self._folder, name) for name in names}
        return ""

    def _again(self, folder: Path, name: str) -> _Kept:
        """What is known of a file now; it is opened only if it is not the one that was read last."""
        known = self._kept.get(name, _Kept())
        mark: _Mark | None = None
        try:
            # Path.resolve raises something else for a loop of links.
            file = Path(os.path.realpath(folder / name, strict=True))
            status = file.stat()
            mark = (file, status.st_mtime_ns, status.st_size)
            if mark == known.mark:
                return known
            return _Kept(mark, _macro(name, _content(file, status, folder.resolve())))
        except _Broken as broken:
            where = f"{_shown(name)}, line {broken.line}" if broken.line else _shown(name)
            return _Kept(mark, known.good, f"{where}: {broken}")
        except OSError as error:
            # Not remembered: rights may change without the file's time.
            return _Kept(None, known.good, f"{_shown(name)}: the file cannot be read ({error.strerror})")


def _meant(name: str) -> bool:
    """Whether a file is meant to be a macro; hidden ones belong to editors and to whoever swaps the folder."""
    return not name.startswith(".") and name.lower().endswith((".yaml", ".yml"))


def _content(file: Path, status: os.stat_result, folder: Path) -> str:
    """The text of a file that may be read."""
    if not file.is_relative_to(folder):
        raise _Broken("this links out of the folder; a macro is a file within it")
    if not stat.S_ISREG(status.st_mode):
        raise _Broken("this is no file; a macro is a file of YAML")
    with file.open("rb") as opened:
        raw = opened.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise _Broken(f"the file is too large; it may have {_LARGEST // 1024} KB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _Broken("this is not UTF-8; save the file in that encoding", line) from None


# --- one file ---------------------------------------------------------------------------------------------------


def _macro(file: str, content: str) -> Macro:
    name = file.removesuffix(".yaml")
    if name == file or not NAME.fullmatch(name):
        raise _Broken("no name for a macro; allowed are 1 to 32 of a-z, 0-9, _ and -, then .yaml")
    fields = _mapping(_document(content), "a macro is a mapping with title and text")
    for key, (_, line) in fields.items():
        if key not in _KEYS:
            raise _Broken(f'there is no key "{_shown(key)}"; there are: {", ".join(_KEYS)}', line)
    for key in ("title", "text"):
        if key not in fields:
            raise _Broken(f'"{key}" is missing; a macro has at least title and text')
    return Macro(
        name=name,
        title=_title(*fields["title"]),
        texts=_texts(*fields["text"]),
        tags=_tags(*fields["tags"]) if "tags" in fields else (),
        **{key: _choice(*fields[key], key) for key in _CHOICES if key in fields},
    )


def _title(node: yaml.Node, line: int) -> str:
    title = _text(node, line, "title")
    if "\n" in title or len(title) > _LONGEST_TITLE:
        raise _Broken(f"title is one line of at most {_LONGEST_TITLE} characters", line)
    return title


def _texts(node: yaml.Node, line: int) -> Mapping[str, str]:
    texts: dict[str, str] = {}
    said: set[str] = set()
    for lang, (value, at) in _mapping(node, "text is a mapping of languages to texts", line).items():
        if not _LANGUAGE.fullmatch(lang):
            raise _Broken(f'"{_shown(lang)}" is no language; write its tag, such as en or pt-BR', at)
        if _plain(lang) in said:
            raise _Broken(f'"{lang}" is written twice; a language has one text', at)
        said.add(_plain(lang))
        texts[lang] = _text(value, at, lang)
        if (length := len(texts[lang].encode("utf-16-le")) // 2) > _LONGEST_TEXT:
            raise _Broken(f"{lang} has {length} characters; at most {_LONGEST_TEXT} are allowed", at)
        _check(texts[lang], lang, at)
    if _FALLBACK not in said:
        raise _Broken(f'text has no "{_FALLBACK}"; English is obligatory, for it stands in for other languages', line)
    return MappingProxyType(texts)


def _check(text: str, lang: str, line: int) -> None:
    """Nothing but plain names in braces."""
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        raise _Broken(f"{lang}: {error}; a brace that is meant is written {{{{ or }}}}", line) from None
    for _, name, spec, conversion in pieces:
        if name is not None and (name not in FACTS or spec or conversion):
            written = f"{name}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}"
            allowed = ", ".join(f"{{{fact}}}" for fact in FACTS)
            raise _Broken(f"{lang} has {{{_shown(written)}}}; in braces may stand: {allowed}", line)


def _choice(node: yaml.Node, line: int, key: str) -> str:
    chosen = _text(node, line, key)
    if chosen not in _CHOICES[key]:
        raise _Broken(f'{key} is "{_shown(chosen)}", and may be: {", ".join(_CHOICES[key])}', line)
    return chosen


def _tags(node: yaml.Node, line: int) -> tuple[str, ...]:
    if not isinstance(node, yaml.SequenceNode) or len(node.value) > MOST_TAGS:
        raise _Broken(f"tags is a list of at most {MOST_TAGS} words", line)
    for each in node.value:
        at = each.start_mark.line + 1
        if not NAME.fullmatch(tag := _text(each, at, "a tag")):
            raise _Broken(f'"{_shown(tag)}" is no tag; allowed are 1 to 32 of a-z, 0-9, _ and -', at)
    return tuple(dict.fromkeys(each.value.strip() for each in node.value))


# --- YAML -------------------------------------------------------------------------------------------------------


def _document(content: str) -> yaml.Node | None:
    """The one document of a file, as it is written; anchors, tags and deep nesting are refused before it is built."""
    if found := _CONTROLS.search(content):
        line = content.count("\n", 0, found.start()) + 1
        raise _Broken("there is a control character; only line breaks and tabs are allowed", line)
    depth = documents = 0
    try:
        for event in yaml.parse(content, _LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if getattr(event, "anchor", None) or getattr(event, "tag", None):
                raise _Broken("there is an anchor (&), alias (*) or tag (!); only plain texts are allowed", line)
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise _Broken("a second document begins; a file holds one macro", line)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise _Broken("this is nested too deeply; text holds texts by language, and tags words", line)
        return yaml.compose(content, _LOADER)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _Broken(f"this is no YAML: {error.problem}", at) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # The parser without libyaml trips over absurd numbers in escapes and directives.
        raise _Broken("this is no YAML: there is a character or number that it does not allow") from None


def _mapping(node: yaml.Node | None, wanted: str, line: int = 1) -> dict[str, tuple[yaml.Node, int]]:
    """The values of a mapping by key, with their lines."""
    if not isinstance(node, yaml.MappingNode):
        raise _Broken(wanted, line)
    made: dict[str, tuple[yaml.Node, int]] = {}
    for key, value in node.value:
        at = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise _Broken("a key must be a text", at)
        if key.value in made:
            raise _Broken(f'"{_shown(key.value)}" is written twice; a key comes once', at)
        made[key.value] = (value, at)
    return made


def _text(node: yaml.Node, line: int, what: str) -> str:
    """The text of a value, without the blanks around it."""
    if not isinstance(node, yaml.ScalarNode):
        raise _Broken(f"{what} must be a text", line)
    text: str = node.value.strip()
    if not _shows(text):
        raise _Broken(f"{what} is empty; a text must stand there", line)
    if _CONTROLS.search(text):
        raise _Broken(f"{what} has a control character; only line breaks and tabs are allowed", line)
    return text


def _shown(text: str) -> str:
    """A text from a file within a fault: short, on one line, and with nothing invisible."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text[:_QUOTED]
    )
