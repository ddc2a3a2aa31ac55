"""The import rules of the design, and what else holds for every file."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "conversations").rglob("*.py")])
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEXTS = sorted(
    path
    for path in ROOT.rglob("*")
    if path.is_file()
    and path.suffix in {".py", ".md", ".toml", ".yaml", ".yml", ".sql", ".j2", ".css", ".js", ".lock", ".example", ""}
    and not {".git", ".venv", "var", "__pycache__", ".hypothesis"} & set(path.relative_to(ROOT).parts)
    and not any(part.endswith("_cache") for part in path.relative_to(ROOT).parts)
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@cache
def calls(path: Path) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}


def breaking(rule) -> list[str]:
    return [name(path) for path in PRODUCT if rule(path)]


def test_conversations_import_only_the_standard_library():
    """The flows know no Telegram, no storage and no library."""
    tops = {
        (name(path), found.partition(".")[0])
        for path in PRODUCT
        if path.is_relative_to(ROOT / "conversations")
        for found in imports(path)
    }

    assert [] == sorted(pair for pair in tops if pair[1] not in {*sys.stdlib_module_names, "conversations"})


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("telegram", r"bot/telegram/.*"),
        # The sandbox's page is no screen of the product: it renders itself.
        ("jinja2", r"bot/render\.py|bot/sandbox/page\.py"),
        ("sqlite3", r"bot/db/sqlite\.py"),
        ("asyncpg", r"bot/db/postgres\.py"),
        ("secrets", r"bot/domain/codes\.py"),
        # One place puts the parts together; the script player's drivers put them together for a script.
        ("bot.app", r"bot/__main__\.py|bot/scripts/(drivers|stage)\.py"),
    ],
)
def test_a_module_is_imported_only_where_it_belongs(module, allowed):
    """Each library and the composition root have their one place."""
    found = breaking(lambda path: any(each == module or each.startswith(f"{module}.") for each in imports(path)))

    assert [] == [path for path in found if not re.fullmatch(allowed, path)]
    assert found


@pytest.mark.parametrize(
    ("call", "allowed"),
    [
        (r"os\.environ\.?\w*|os\.getenv", r"bot/settings\.py"),
        (r"time\.(time|time_ns|monotonic)|datetime\.(now|utcnow|today)|date\.today", r"bot/clock\.py"),
        # os.urandom: keys and nonces; random: jitter and the sandbox's sample pictures, no secrets.
        (r"os\.urandom|AESGCM\.generate_key", r"bot/domain/vault\.py"),
        (
            r"(asyncio|loop|group)\.create_task|asyncio\.ensure_future",
            # Beside lanes, outbox, timers and app: what waits for the outside world, and the sandbox, which is one;
            # a form's body, which races the clock; and the exchange that a script plays.
            (
                r"bot/(lanes|outbox|timers|app|budget|server|__main__)\.py|bot/sandbox/.*"
                r"|bot/(telegram/intake|web/guard|scripts/exchange)\.py"
            ),
        ),
    ],
)
def test_a_thing_is_done_only_where_it_belongs(call, allowed):
    """Settings, time, randomness and tasks enter in one place each."""
    found = breaking(lambda path: any(re.fullmatch(call, each) for each in calls(path)))

    assert [] == [path for path in found if not re.fullmatch(allowed, path)]


def test_sql_is_written_only_in_bot_db():
    """A statement outside would escape the tests that run on both databases."""
    sql = re.compile(r"\b(SELECT .+ FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)\b", re.DOTALL)

    def speaks_sql(path: Path) -> bool:
        return any(
            isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.search(node.value)
            for node in ast.walk(tree(path))
        )

    found = breaking(speaks_sql)

    assert [] == [path for path in found if not path.startswith("bot/db/")]
    assert found


WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+)", re.ASCII)


@cache
def statements(path: Path) -> set[str]:
    """The SQL statements of a file that write: the texts of its strings, joined where they stand side by side."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            found.add("".join(part.value if isinstance(part, ast.Constant) else "?" for part in node.values))
    return {text for text in found if WRITES.search(text)}


FORGETTERS = {"retention", "erasures"}
"""Modules that delete what others write, once its time is over or its person wants it."""


@pytest.mark.parametrize(
    ("table", "writers"),
    [
        ("erasures", set()),
        ("kept_records", set()),
        ("holds", {"holds"}),
        ("freezes", {"freezes"}),
        ("recoveries", {"recoveries"}),
        ("approvals", {"recoveries"}),
        ("pictures", {"pictures"}),
        ("picture_views", {"pictures"}),
        ("hits", {"limits"}),
        ("locks", {"limits"}),
        ("sms_days", {"spending"}),
        ("proofs", {"proofs"}),
        ("codes", {"codes"}),
        ("sessions", {"sessions"}),
        ("disputes", {"disputes"}),
        ("recovery_codes", {"recovery_codes"}),
        ("accounts", {"accounts", "totp"}),
        ("audit", {"audit"}),
        ("mirrors", {"mirrors"}),
        ("mirror_comments", {"mirrors"}),
        ("subjects", {"audit"}),
        ("key_versions", {"keyring"}),
        ("keyrings", {"keyring"}),
        ("asks", {"asks"}),
        ("forums", {"forums"}),
        ("lobby", {"lobby"}),
        ("outbox", {"outbox"}),
    ],
)
def test_every_fact_has_one_writer(table, writers):
    """A table is written by its own module and by no other; ``totp`` writes its own columns of an account."""
    found = {
        path.stem
        for path in PRODUCT
        for text in statements(path)
        for written in WRITES.findall(text)
        if written == table
    }

    assert writers == found - FORGETTERS


def test_forgetting_only_deletes_and_empties():
    """Whoever forgets on behalf of all writes nothing else into what is not theirs."""
    own = {"erasures", "kept_records"}
    texts = [
        text
        for path in PRODUCT
        if path.stem in FORGETTERS
        for text in statements(path)
        if not own & set(WRITES.findall(text))
    ]
    empties = re.compile(r"DELETE FROM|UPDATE (recoveries|tickets) SET [^$]*(= NULL|forgotten_at)")

    assert [] == [text for text in texts if not empties.match(text)]
    assert texts


def test_whatever_the_mirror_shows_of_a_ticket_marks_it():
    """A statement that changes how a ticket stands lets the mirror look; what is new is marked from the beginning."""
    writers = (path for path in PRODUCT if path.stem not in FORGETTERS)
    texts = {text for path in writers for text in statements(path) if "tickets" in WRITES.findall(text)}
    shown = {text for text in texts if re.search(r"(SET|,) (status|assignee|priority|tags) = ", text)}

    assert [] == [text for text in shown if "unmirrored = 1" not in text]
    assert 8 <= len(shown)


def test_nothing_can_end_a_hold_before_its_time():
    """Of all statements on holds one begins or prolongs, one notes the end that has come, and none deletes."""
    texts = [text for path in PRODUCT for text in statements(path) if "holds" in WRITES.findall(text)]

    assert ["INSERT INTO", "UPDATE"] == sorted(text.split(" holds")[0] for text in texts)
    assert all("DELETE" not in text for text in texts)
    prolongs = next(text for text in texts if text.startswith("INSERT"))
    assert "CASE WHEN holds.until > excluded.until THEN holds.until ELSE excluded.until END" in prolongs
    ends = next(text for text in texts if text.startswith("UPDATE"))
    assert ends.startswith("UPDATE holds SET ended_at = $1 WHERE ended_at IS NULL AND until <= $1")


def test_files_stay_short():
    """Above 400 lines a file is more than one noun."""
    assert [] == [name(path) for path in [*PRODUCT, *TESTS] if len(path.read_text(encoding="utf-8").splitlines()) > 400]


@pytest.mark.parametrize("path", [*PRODUCT, *TESTS], ids=name)
def test_whoever_silences_a_check_says_why(path):
    """A noqa or an ignored type carries its reason."""
    silenced = re.compile(r"#\s*(noqa|type: ignore)\b(?P<rest>.*)")
    bare = [
        line.strip()
        for line in path.read_text(encoding="utf-8").splitlines()
        if (found := silenced.search(line)) and not re.search(r" (- |# )\w|as above", found["rest"])
    ]

    assert [] == [line for line in bare if "re.compile" not in line]


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_everything_public_is_documented(path):
    """Modules, classes, functions and methods that others may use have a docstring."""
    bare = [] if ast.get_docstring(tree(path)) is not None or path.stat().st_size == 0 else ["module"]
    for node in [*tree(path).body, *(n for c in tree(path).body if isinstance(c, ast.ClassDef) for n in c.body)]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            owner = next((c for c in tree(path).body if isinstance(c, ast.ClassDef) and node in c.body), None)
            if not (owner and owner.name.startswith("_")) and ast.get_docstring(node) is None:
                bare.append(node.name)

    assert [] == [each for each in bare if each not in {"default", "handle_starttag", "handle_data"}]


@pytest.mark.parametrize("path", [path for path in TESTS if path.name.startswith("test_")], ids=name)
def test_every_test_says_in_a_sentence_what_it_shows(path):
    """A test's docstring is the behaviour it pins."""
    bare = [
        node.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not (ast.get_docstring(node) or "").strip().endswith((".", "?", "!"))
    ]

    assert [] == bare


def test_nothing_is_left_for_later_and_no_package_index_is_named():
    """No reminders to oneself in the code, and no address of a package index anywhere."""
    later = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    index = re.compile(r"py" r"pi\.org|files\.pythonhosted|registry\.npmjs|--(extra-)?index-url")

    texts = {name(path): path.read_text(encoding="utf-8", errors="replace") for path in TEXTS}

    assert [] == [path for path, text in texts.items() if later.search(text)]
    assert [] == [path for path, text in texts.items() if index.search(text)]
