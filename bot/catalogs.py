"""The translations: one gettext catalogue a language, compiled in memory when the process starts.

The texts in templates and tables are English and are their own keys. What a catalogue does not have is therefore said
in English, never as a key.
"""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.domain.languages import DEFAULT, choose

TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"
_LOCALE: Final = TEMPLATES / "locale"


@cache
def languages() -> tuple[str, ...]:
    """The languages there are: English, the source, then the catalogues by name."""
    return (DEFAULT, *sorted(path.parent.parent.name for path in _LOCALE.glob("*/LC_MESSAGES/messages.po")))


def catalog(lang: str) -> Catalog:
    """The catalogue as its file has it; not kept, as what is compiled of it says the same in a third of the memory."""
    path = _LOCALE / lang / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=lang, abort_invalid=True)


@cache
def translations(lang: str) -> NullTranslations:
    """The translations into ``lang``; English where there is no such catalogue."""
    name = choose(lang, languages())
    if name == DEFAULT:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalog(name))
    compiled.seek(0)
    return GNUTranslations(compiled)
