"""One limiter, one writer of the bound phone, one writer of holds: every statement and every caller, by name.

A new one fails here until somebody has looked at it and written it down: each of the holes that security.md tells of
was a door beside the one that was watched (finding 8).
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.db import columns
from bot.db.retention import CLASSES

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "conversations").rglob("*.py")])
MIGRATIONS = sorted((ROOT / "bot" / "db" / "migrations").glob("*.sql"))
WRITE = re.compile(
    r"\b(?P<verb>INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|MERGE\s+INTO)\s+"
    r"(?P<table>\w+|\?)(?P<rest>[^;]*)",
    re.IGNORECASE,
)
PHONE = re.compile(r"\bphone(?:_hash|_at)?\b|\?")
"""Columns that make a number the account's, or a name that is put in while it runs."""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def scopes(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """The functions of a file, methods by their class, and what stands outside of them as ``-``."""
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                name = getattr(item, "name", "-") if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) else "-"
                yield f"{node.name}.{name}", item
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            yield "-", node


# --- statements -------------------------------------------------------------------------------------------------


def texts(node: ast.AST) -> Iterator[str]:
    """Every string below a node but for documentation; what is put into one while it runs stands as ``?``."""
    inside = {
        id(found.value)
        for found in ast.walk(node)
        if isinstance(found, ast.Expr) and isinstance(found.value, ast.Constant)
    }
    for found in ast.walk(node):
        if isinstance(found, ast.JoinedStr):
            inside |= {id(part) for part in ast.walk(found)}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in found.values)
        elif isinstance(found, ast.Constant) and isinstance(found.value, str) and id(found) not in inside:
            yield found.value


@cache
def writing() -> list[tuple[str, re.Match[str]]]:
    """Every statement that writes, and the function that it stands in."""
    return [
        (f"{module(path)}.{scope}", match)
        for path in SOURCES
        for scope, node in scopes(path)
        for text in texts(node)
        for match in WRITE.finditer(text)
    ]


def written(table: str, columns: re.Pattern[str] | None = None) -> set[tuple[str, str]]:
    """Who writes to a table: function and verb; only statements that name one of ``columns``, where given."""
    found = set()
    for function, match in writing():
        sets = re.split(r"\bWHERE\b", match["rest"], flags=re.IGNORECASE)[0]
        if match["table"].lower() in (table, "?") and (columns is None or columns.search(sets)):
            found.add((function, match["verb"].split()[0].upper()))
    return found


WRITERS = {
    "hits": {
        ("bot.db.limits._hit", "INSERT"),
        ("bot.db.limits._carry", "UPDATE"),  # to the newest index key
        ("bot.db.limits.succeed", "DELETE"),
    },
    "locks": {
        ("bot.db.limits._count", "INSERT"),
        ("bot.db.limits._carry", "UPDATE"),  # as above
        ("bot.db.limits.block", "INSERT"),
        ("bot.db.limits.succeed", "DELETE"),
    },
    "sms_days": {
        ("bot.db.spending._count", "INSERT"),
        ("bot.db.spending._count", "UPDATE"),
        ("bot.db.spending._untold", "UPDATE"),
        ("bot.db.spending.take", "UPDATE"),  # the row of all countries, where a country was full
    },
    "holds": {
        ("bot.db.holds.start", "INSERT"),
        ("bot.db.holds.take_ended", "UPDATE"),
    },
}
PHONE_WRITERS = {
    ("bot.db.accounts.set_phone", "UPDATE"),
    ("bot.db.accounts.replace_phone", "UPDATE"),
    ("bot.db.accounts.mirror", "UPDATE"),
    ("bot.db.accounts._vacate", "UPDATE"),
    ("bot.db.accounts.shred", "UPDATE"),  # nothing is left of an erased person
    ("bot.db.totp.accept", "UPDATE"),  # a name put in: one of two columns, as the next test says
}


NAMED_LATER = {
    ("bot.db.rotation._reseal", "UPDATE"),
    ("bot.db.rotation._rehash", "UPDATE"),
    ("bot.db.keyring._versioned", "UPDATE"),
    ("bot.db.retention._table", "DELETE"),
}
"""Statements whose table is put in while they run, from a table of constants (see the test of them)."""


@pytest.mark.parametrize("table", list(WRITERS))
def test_limits_and_holds_are_written_by_these_functions_alone(table):
    """Every statement that writes to the table, and no other."""
    assert WRITERS[table] == written(table) - NAMED_LATER


def test_the_bound_phone_is_written_by_these_functions_alone():
    """Every statement that writes a phone column of an account, or might."""
    assert PHONE_WRITERS == written("accounts", PHONE) - NAMED_LATER


def test_no_table_that_is_put_in_later_is_one_of_these():
    """Rotating keys writes what a column holds anew; what is over is forgotten, and no lock, hold or day of cost."""
    renewed = {(each.table, each.column) for each in columns.SEALED} | {
        (each.table, each.column) for each in columns.HASHED if each.renew is not None
    }
    forgotten = {table for kind in CLASSES for text in kind.forget for table in re.findall(r"DELETE FROM (\w+)", text)}

    assert {("accounts", "phone_hash")} == {pair for pair in renewed if pair[0] in WRITERS or PHONE.search(pair[1])}
    assert {"hits"} == forgotten & {*WRITERS, "accounts"}


def test_no_name_of_a_column_comes_from_outside():
    """Where a statement's column is put in while it runs, it is one of two constants of the authenticator."""
    [function] = [node for scope, node in scopes(ROOT / "bot/db/totp.py") if scope == "accept"]
    columns = {text for text in texts(function) if "totp" in text and " " not in text}

    assert {"totp_step", "new_totp_step"} == columns


def test_no_migration_writes_a_phone_a_hold_or_a_limit():
    """The schema is changed by migrations; what people have proved is not."""
    found = [
        (path.name, match["table"])
        for path in MIGRATIONS
        for statement in path.read_text(encoding="utf-8").split(";")
        if (match := WRITE.search("\n".join(line.split("--")[0] for line in statement.splitlines())))
        and match["table"] in {*WRITERS, "accounts"}
    ]

    assert [] == found


# --- callers ----------------------------------------------------------------------------------------------------


def aliases(path: Path) -> dict[str, str]:
    """What the names that a file imports stand for, wherever in it they are imported."""
    found = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


@cache
def naming() -> dict[str, set[str]]:
    """The functions that name something, called or handed on, by all that it may mean."""
    found = defaultdict(set)
    for path in SOURCES:
        names = aliases(path)
        for scope, node in scopes(path):
            for each in ast.walk(node):
                if isinstance(each, ast.Attribute):
                    head, *rest = ast.unparse(each).split(".")
                    found[".".join([names.get(head, head), *rest])].add(f"{module(path)}.{scope}")
                elif isinstance(each, ast.Name):
                    found[names.get(each.id, f"{module(path)}.{each.id}")].add(f"{module(path)}.{scope}")
    return found


def users(wanted: str) -> set[str]:
    """Every function that names ``wanted``, called or handed on."""
    return naming()[wanted] - {wanted}


CALLERS = {
    # the limiter
    "bot.db.limits.allow": {
        "bot.alarms.guessing", "bot.changes.follow", "bot.db.recoveries.begin", "bot.desk.console.reveal",
        "bot.desk.group.Desk.handle", "bot.notices.locked", "bot.desk.lobby.crowded", "bot.desk.person._once_more",
        "bot.desk.person._too_much", "bot.web.account_forms.AccountForms.trading",
        "bot.web.sign_forms.SignForms.sign_in",
        "bot.web.submission.Submissions._counted",
    },
    "bot.db.limits.allow_all": {"bot.db.limits.allow"},
    "bot.db.limits.waits": {"bot.db.codes.issue", "bot.db.limits.allow_all", "bot.db.spending.letter"},
    "bot.db.limits.count": {"bot.db.codes.issue", "bot.db.limits.allow_all", "bot.db.spending.letter"},
    "bot.db.limits.begin": {
        "bot.db.codes.verify", "bot.db.pairs.verify", "bot.db.recovery_codes.verify", "bot.db.totp.verify",
        "bot.web.account_forms.AccountForms.trading", "bot.web.identity_form.IdentityForms.show_trading",
        "bot.web.sign_forms.SignForms.sign_in",
    },
    "bot.db.limits.succeed": {
        "bot.db.codes.verify", "bot.db.pairs.verify", "bot.db.recovery_codes.verify", "bot.db.totp.verify",
        "bot.web.account_forms.AccountForms.trading", "bot.web.identity_form.IdentityForms.show_trading",
        "bot.web.sign_forms.SignForms.sign_in",
        "bot.desk.tries.give",  # by two agents; without it nobody gets in again after 100 wrong tries
    },
    "bot.db.limits.recount": {"bot.turn.Turns.failed"},
    "bot.db.limits.block": {"bot.db.codes._stopped"},
    "bot.db.spending.take": {"bot.db.codes._stopped", "bot.db.spending.letter"},
    "bot.db.spending.letter": {"bot.notices.announce"},
    # codes, which prove a number
    "bot.db.codes.issue": {"bot.apply._send_code"},
    "bot.db.codes.accept": {"bot.db.codes.verify", "bot.db.pairs.verify"},
    "bot.db.codes.guessed": {"bot.db.codes.verify", "bot.db.pairs.verify"},
    "bot.db.codes.consume": {
        "bot.apply._bind_phone", "bot.apply._change_email", "bot.apply._change_phone", "bot.apply._create_account",
        "bot.recovery.finish",
    },
    # what is under way, which a change ends
    "bot.db.underway.drop": {
        "bot.accounts.http.HttpAccounts._mirror", "bot.changes.settle", "bot.web.links.Links.sign_out",
        "bot.web.reports.Reports._report",
    },
    # the bound phone
    "bot.db.accounts.set_phone": {
        "bot.accounts.demo.seed", "bot.changes.-", "bot.changes._recovered", "bot.scripts.stage.Stage._account",
    },
    "bot.db.accounts.replace_phone": {"bot.changes.-", "bot.changes._recovered"},
    "bot.db.accounts.mirror": {"bot.accounts.carrier.AccountsCarrier.sent", "bot.accounts.http.HttpAccounts._mirror"},
    "bot.db.accounts._vacate": {"bot.db.accounts.mirror"},
    "bot.changes.WRITERS": {"bot.accounts.reference.Reference._change", "bot.changes.-", "bot.changes.write"},
    "bot.changes.write": {"bot.changes.make"},
    "bot.changes.make": {
        "bot.apply._bind_phone", "bot.apply._change_email", "bot.apply._change_phone",
        "bot.apply._set_trading_password", "bot.recovery.finish",
    },
    "bot.changes.follow": {"bot.accounts.carrier.AccountsCarrier.sent", "bot.changes.make"},
    # the hold
    "bot.db.holds.start": {"bot.changes._hold"},
    "bot.db.holds.take_ended": {"bot.timers.Timers.end_holds"},
    "bot.changes._hold": {"bot.changes._ask", "bot.changes.follow"},
}  # fmt: skip


@pytest.mark.parametrize("name", list(CALLERS))
def test_who_reaches_a_writer_is_known(name):
    """Every function that names the writer, and no other."""
    assert CALLERS[name] == users(name)


def test_who_sends_text_messages_is_known():
    """A post whose channel may be ``sms`` is made by these two, which count it; all others name another channel."""
    free = {"telegram", "email", "webhook", "accounts", "mirror"}
    found = {
        f"{module(path)}.{scope}"
        for path in SOURCES
        for scope, node in scopes(path)
        for each in ast.walk(node)
        if isinstance(each, ast.Call)
        and ast.unparse(each.func) in ("Post", "outbox.Post")
        and not (each.args and isinstance(each.args[0], ast.Constant) and each.args[0].value in free)
    }

    stored = {"bot.db.outbox._post"}  # reads what was stored
    assert {"bot.apply._send_code", "bot.notices.announce", *stored} == found


def test_nobody_looks_a_function_up_by_a_name():
    """What is called by a text that is put together would be seen by none of these tests."""
    looked = {"getattr", "importlib.import_module", "__import__", "eval", "exec", "globals", "vars"}
    found = set()
    for path in SOURCES:
        for scope, node in scopes(path):
            for each in ast.walk(node):
                if isinstance(each, ast.Call) and ast.unparse(each.func) in looked:
                    named = each.args[0] if each.args else None
                    about = ast.unparse(named) if named is not None else ""
                    if about in {"limits", "accounts", "holds", "codes", "spending", "changes"}:
                        found.add(f"{module(path)}.{scope}")

    assert set() == found
