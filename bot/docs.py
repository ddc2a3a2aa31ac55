"""What is generated of the documentation. ``make check`` fails when any of it is stale.

docs/flows/*.md     the flows' tables and diagrams
.env.example        every setting
docs/scripts.md     between marks: what a step may say
README.md           between marks: a script as it reads when it is played
docs/security.md    between marks: each attack, what comes of it, and the tests that try it
docs/complaints.md  what users of such bots complain about, what ours does, and the script that shows it
docs/desk.md        between marks: what ours does, and the peers
"""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import textwrap
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot import log
from bot.scripts.player import played
from bot.scripts.reader import read
from bot.scripts.transcript import WHO
from bot.scripts.verbs import VERBS
from bot.settings import Settings, env_name
from conversations import diagram, upgrades
from conversations.flows import BOOK

_ROOT = Path(__file__).parent.parent
_LOCK = Path("conversations/flows.lock.json")
_MANUAL, _README = Path("docs/scripts.md"), Path("README.md")
_SHOWN = Path("tests/scripts/bind_phone/bind.yaml")
_COMPLAINTS, _LIST = Path("docs/complaints.md"), Path("tests/cases/complaints.jsonl")
_DESK, _COMPARED = Path("docs/desk.md"), Path("tests/cases/peers.jsonl")
_SCRIPTS = Path("tests/scripts/complaints")
_NUMBERED = re.compile(r"^script: ((?:\d\d )+)(?:[CD]-\d{3} )*(.*)$", re.MULTILINE)
"""A script that begins with the numbers of the complaints that it shows to be none here."""
_SECURITY, _ATTACKS = Path("docs/security.md"), Path("tests/attacks/table")
_TRIES = re.compile(r"^ *(?:async )?def (test_([A-F]\d\d)_\w+)", re.MULTILINE)
"""A test that tries an attack, which its name begins with."""
_WIDTH = 110
_ISOLATES = dict.fromkeys((0x2066, 0x2067, 0x2068, 0x2069))
"""Direction marks, which a terminal would show."""
_ANSWERS = """\
# What users of such bots complain about

68 complaints and wishes from the public trackers of other support bots, in our words, and what ours does; written by
`make docs`. Scripts are in `tests/scripts/complaints`, by these numbers (`pytest tests/scripts/complaints -k "08 09"`).

| | Elsewhere | Here | Shown by |
|---|---|---|---|
"""
PEERS = (
    "bostrot", "olgram", "MasterGroosha", "prog-time", "nessshon", "BetterForward", "XTV", "weselow", "LyoSU",
    "yshalsager", "Chatwoot", "Zammad",
)  # fmt: skip
"""The projects beside which the desk is held, as its table calls them."""
_HEAD = """\
# Every setting of phonedesk. Copy to .env and change what you need; written by `make docs`.
# Without TELEGRAM_TOKEN the sandbox is used and nothing here is needed.
"""


def pages(root: Path = _ROOT) -> Mapping[Path, str]:
    """What each generated page should say, by its path.

    Raises:
        ValueError: a page lacks the marks between which it is generated.
        Difference: the script of the README does not go as written.
    """
    found = {
        Path("docs/flows") / f"{name}.md": diagram.page(BOOK, flow, _told(name)) for name, flow in BOOK.flows.items()
    }
    found[Path("docs/flows/everywhere.md")] = diagram.everywhere_page(BOOK, _told("everywhere"))
    found[Path(".env.example")] = env_example()
    locked = json.loads((root / _LOCK).read_text(encoding="utf-8")) if (root / _LOCK).is_file() else {}
    found[_LOCK] = json.dumps(upgrades.lock(BOOK, locked), indent=2, sort_keys=True) + "\n"
    found[_COMPLAINTS] = complaints(root)
    found[_SECURITY] = _marked(_SECURITY, "attacks", attacks(root), root)
    found[_DESK] = _marked(_DESK, "peers", peers(root), root)
    found[_MANUAL] = _marked(_MANUAL, "steps", verbs(), root)
    found[_README] = _marked(_README, "transcript", transcript(root / _SHOWN), root)
    return found


def _marked(page: Path, name: str, made: str, root: Path) -> str:
    """The page with what stands between its marks of that name replaced."""
    text = (root / page).read_text(encoding="utf-8") if (root / page).is_file() else ""
    begin, end = f"<!-- {name}: written by make docs -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _old, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{page} lacks the marks of {name}")
    return f"{before}{begin}\n{made}\n{end}{after}"


def verbs() -> str:
    """The manual's tables: every verb of a script with its fields."""
    lines = ["| Step | Means | Fields (the first is the short form) |", "|---|---|---|"]
    for name, verb in VERBS.items():
        fields = sorted(verb.fields, key=lambda field: (field != verb.short, field))
        told = ", ".join(f"`{field}`" + ("" if field in verb.needs else "?") for field in fields)
        lines.append(f"| `{name}` | {verb.what} | {told}{' and what the sandbox takes' if verb.open else ''} |")
    return "\n".join(lines)


def complaints(root: Path = _ROOT) -> str:
    """The table of complaints, each with the scripts that begin with its number and with what else shows it."""
    shown: dict[int, list[str]] = {}
    for file in sorted((root / _SCRIPTS).glob("*.yaml")):
        for numbers, name in _NUMBERED.findall(file.read_text(encoding="utf-8")):
            for number in map(int, numbers.split()):
                shown.setdefault(number, []).append(f"{file.name}: {name}")
    rows = [json.loads(line) for line in (root / _LIST).read_text(encoding="utf-8").splitlines()]
    lines = [
        f"| {row['number']} | {row['complaint']} | {row['ours']} | "
        + "<br>".join(
            [*shown.get(row["number"], []), *(f"`{path}`" for path in row.get("also", ()))] or ["does not concern us"]
        )
        + " |"
        for row in rows
    ]
    return _ANSWERS + "\n".join(lines) + "\n"


def peers(root: Path = _ROOT) -> str:
    """The tables of features: what none of the peers has as a whole, and the rest one by one."""
    rows = [json.loads(line) for line in (root / _COMPARED).read_text(encoding="utf-8").splitlines()]
    whole, single = [row for row in rows if "number" in row], [row for row in rows if "number" not in row]
    return "\n".join(("", *_compared("As a whole", whole), "", *_compared("One by one", single), ""))


def _compared(title: str, rows: list[dict[str, Any]]) -> list[str]:
    """A table of features: ours with what shows it, then each peer."""
    return [
        f"| {title} | ours | {' | '.join(PEERS)} |",
        f"|---|---|{'---|' * len(PEERS)}",
        *(f"| {_feature(row)} | {_ours(row)} | {' | '.join(_peer(row, name) for name in PEERS)} |" for row in rows),
    ]


def _feature(row: Mapping[str, Any]) -> str:
    return f"{row['number']}. {row['feature']}" if "number" in row else str(row["feature"])


def _ours(row: Mapping[str, Any]) -> str:
    links = ", ".join(f"[{Path(path).stem}](../{path})" for path in row["shown"])
    return f"{row.get('ours', 'yes')}: {links}" + (f"; {row['but']}" if "but" in row else "")


def _peer(row: Mapping[str, Any], name: str) -> str:
    said = row.get("peers", {}).get(name, row.get("rest", ""))
    return " ".join(filter(None, (said, *(f"({number})" for number in row.get("complaints", {}).get(name, ())))))


def tries(root: Path = _ROOT) -> Mapping[str, list[tuple[Path, str]]]:
    """The tests of each attack, by its id: file and name."""
    found: dict[str, list[tuple[Path, str]]] = {}
    for file in sorted((root / "tests").rglob("test_*.py")):
        for name, attack in _TRIES.findall(file.read_text(encoding="utf-8")):
            found.setdefault(attack, []).append((file.relative_to(root), name))
    return found


def table(root: Path = _ROOT) -> Mapping[str, Mapping[str, str]]:
    """The attacks by their ids: ``attack``, ``outcome``, and ``no_door`` where the product has none for it."""
    rows: dict[str, Mapping[str, str]] = {}
    for file in sorted((root / _ATTACKS).glob("*.toml")):
        rows |= tomllib.loads(file.read_text(encoding="utf-8"))
    return rows


def attacks(root: Path = _ROOT) -> str:
    """The table of attacks: what is tried, what comes of it, and the tests that show it."""
    tests, lines = tries(root), ["| | Attack | Outcome | Tried by |", "|---|---|---|---|"]
    for attack, row in table(root).items():
        shown = "<br>".join(
            f"[{name.removeprefix(f'test_{attack}_')}](../{file})" for file, name in tests.get(attack, ())
        )
        outcome = f"No door: {row['no_door']}. {row['outcome']}" if "no_door" in row else row["outcome"]
        lines.append(f"| {attack} | {row['attack']} | {outcome} | {shown} |")
    return "\n".join(lines)


def transcript(script: Path) -> str:
    """The script as it reads when it is played: a line each, values masked."""
    log.configure("console", "CRITICAL")
    outcome = asyncio.run(played(read(script)[0]))
    if outcome.difference is not None:
        raise outcome.difference
    plain = outcome.transcript.text(brief=True).translate(_ISOLATES)
    indent = " " * WHO
    lines = (textwrap.fill(line, _WIDTH, subsequent_indent=indent) for line in plain.split("\n"))
    return "\n".join(("```text", *lines, "```"))


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
        for path, text in pages(root).items()
        if not (root / path).is_file() or (root / path).read_text("utf-8") != text
    ]


def write_pages(root: Path = _ROOT) -> list[Path]:
    """Write the stale pages; which they were."""
    made, stale = pages(root), stale_pages(root)
    for path in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(made[path], encoding="utf-8")
    return stale
