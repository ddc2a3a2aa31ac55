"""The pages that are generated: ``docs/flows/*.md`` and ``.env.example``. ``make check`` fails when one is stale."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

from bot.settings import Settings, env_name
from conversations import diagram
from conversations.flows import BOOK

_ROOT = Path(__file__).parent.parent
_HEAD = """\
# Every setting of phonedesk. Copy to .env and change what you need; written by `make docs`.
# Without TELEGRAM_TOKEN the sandbox is used and nothing here is needed.
"""


def pages() -> Mapping[Path, str]:
    """What each generated page should say, by its path."""
    found = {
        Path("docs/flows") / f"{name}.md": diagram.page(BOOK, flow, _told(name)) for name, flow in BOOK.flows.items()
    }
    found[Path("docs/flows/everywhere.md")] = diagram.everywhere_page(BOOK, _told("everywhere"))
    found[Path(".env.example")] = env_example()
    return found


def _told(module: str) -> str:
    return importlib.import_module(f"conversations.{module}").__doc__ or ""


def env_example() -> str:
    """``.env.example``: every setting with what it means and its default, commented out."""
    lines = [_HEAD]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else field.default
        lines += [f"# {field.description}", f"#{env_name(name)}={default}", ""]
    return "\n".join(lines)


def stale_pages(root: Path = _ROOT) -> list[Path]:
    """The generated pages that do not say what they should."""
    return [
        path
        for path, text in pages().items()
        if not (root / path).is_file() or (root / path).read_text("utf-8") != text
    ]


def write_pages(root: Path = _ROOT) -> list[Path]:
    """Write the stale pages; which they were."""
    stale = stale_pages(root)
    for path in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(pages()[path], encoding="utf-8")
    return stale
