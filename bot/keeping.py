"""The commands that look after keys and audit: ``phonedesk keys ...`` and ``phonedesk audit ...``."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot import anchor
from bot.db import audit, keyring, rotation
from bot.db.audit import Verdict
from bot.db.base import Db
from bot.settings import Settings
from bot.terminal import err, load_settings, opened, out, told
from bot.tools import Tools

keys_cli = typer.Typer(invoke_without_command=True, help="Keys: draw them, rotate them, see which are needed.")
audit_cli = typer.Typer(no_args_is_help=True, help="The audit: verify it, and note its end elsewhere.")
_BREATH = 5
"""Milliseconds between two batches, in which the bot has the database to itself."""


# --- keys -----------------------------------------------------------------------------------------------------


@keys_cli.callback()
def keys(context: typer.Context) -> None:
    """Keys: draw them, rotate them, see which are needed. Alone it draws new ones."""
    if context.invoked_subcommand is None:
        new_keys()


@keys_cli.command(name="new")
def new_keys() -> None:
    """Print a fresh key for each of the four key settings, ready for .env."""
    from bot import local  # noqa: PLC0415 - it brings the sandbox along

    for name, value in local.new_keys().items():
        typer.echo(f"PHONEDESK_{name.upper()}={value}")


@keys_cli.command(name="rotate")
def rotate_keys(
    *,
    check: Annotated[bool, typer.Option("--check", help="Only show what is under which key.")] = False,
    void_recovery_codes: Annotated[
        bool,
        typer.Option("--void-recovery-codes", help="Kill recovery codes that an older index key is still needed for."),
    ] = False,
) -> None:
    """Seal and hash everything anew under the newest keys, beside the running bot; may be stopped and run again."""
    with told():
        settings = load_settings()
        raise typer.Exit(asyncio.run(_status(settings) if check else _rotate(settings, void_codes=void_recovery_codes)))


@keys_cli.command(name="status")
def key_status() -> None:
    """Show what is under which key, and which keys may be dropped from the settings."""
    with told():
        raise typer.Exit(asyncio.run(_status(load_settings())))


@keys_cli.command(name="forget")
def forget_process(
    worker: Annotated[int, typer.Argument(help="PHONEDESK_WORKER of a process that will never come back.")],
) -> None:
    """No longer wait for a process that was killed and is gone for good."""

    async def forget() -> None:
        async with opened(load_settings()) as (db, _tools):
            await db.transact(partial(keyring.leave, worker=worker))

    with told():
        asyncio.run(forget())


async def _rotate(settings: Settings, *, void_codes: bool) -> int:
    async with opened(settings) as (db, tools):
        with out.status("looking") as line:

            async def progress(name: str, seen: int) -> None:
                line.update(f"{name}: {seen:,} rows")
                await tools.clock.sleep(_BREATH)

            result = await rotation.rotate(db, tools, progress, void_codes=void_codes)
        for name, count in result.renewed.items():
            out.print(f"{name}: {count:,} renewed")
        for (name, version), rows in result.broken.items():
            shown = ", ".join(map(str, rows[:10])) + (", ..." if len(rows) > 10 else "")
            err.print(f"{name}: {len(rows):,} under key {version} that no key opens (rows {shown})", soft_wrap=True)
        await _show(db, tools)
    return 1 if result.broken else 0


async def _status(settings: Settings) -> int:
    async with opened(settings) as (db, tools):
        await _show(db, tools)
    return 0


async def _show(db: Db, tools: Tools) -> None:
    """A line for each key, and for each column that still needs an older one."""
    lines, needed = await rotation.left(db, tools), await db.transact(keyring.needed)
    table = Table("key", "values", "still needed for", "", box=None)
    for job in keyring.JOBS:
        configured = tools.vault.versions(job)
        for version in sorted({*configured, *(v for name, v in needed if name == job)}, reverse=True):
            under = [line for line in lines if (line.job, line.version) == (job, version) and line.values]
            if version not in configured:
                word = "MISSING from the settings"
            elif version == configured[0]:
                word = "writes"
            elif (job, version) not in needed:
                word = "may be dropped from the settings"
            else:
                word = "needed" if _only_time_helps(under) else "run: phonedesk keys rotate"
            matter = sum(line.matter for line in under)
            table.add_row(f"{job} {version}", f"{sum(line.values for line in under):,}", f"{matter:,}", word)
            if version != configured[0] and job != "audit":
                for line in under:
                    if line.matter:
                        table.add_row("", "", f"{line.matter:,}", f"{line.table}.{line.column}{_why(line)}")
    out.print(table)


def _only_time_helps(under: list[rotation.Left]) -> bool:
    """Whether whatever still needs a key is nothing that a rotation renews."""
    matter = {(line.table, line.column) for line in under if line.matter}
    return bool(matter) and matter <= rotation.REASONS.keys()


def _why(line: rotation.Left) -> str:
    reason = rotation.REASONS.get((line.table, line.column), "")
    return f" ({reason})" if reason else ""


# --- audit ----------------------------------------------------------------------------------------------------


@audit_cli.command(name="verify")
def verify_audit(
    anchored: Annotated[
        str, typer.Option("--anchor", help="Anchor to compare with, instead of the settings' own.")
    ] = "",
) -> None:
    """Look at every row of the audit; exit code 1, and the first bad row, if anything was done to it."""
    with told():
        settings = load_settings()
        verdict = asyncio.run(_verify(settings, anchored or settings.audit_anchor))
    if verdict.fault:
        err.print(f"audit row {verdict.row} {verdict.fault}; {verdict.rows:,} rows before it are good", soft_wrap=True)
        raise typer.Exit(1)
    anchor_said = "as its anchor knows it" if anchored or settings.audit_anchor else "no anchor to compare its end with"
    out.print(f"{verdict.rows:,} rows, all good; {anchor_said}")


async def _verify(settings: Settings, path: str) -> Verdict:
    async with opened(settings) as (db, tools):
        known = anchor.read(Path(path), tools.vault) if path else None
        with out.status("verifying") as line:
            return await audit.verify(db, tools.vault, known, lambda rows: line.update(f"verifying: {rows:,} rows"))


@audit_cli.command(name="anchor")
def anchor_audit(
    path: Annotated[Path, typer.Argument(help="File to note the end of the audit in, best on another machine.")],
) -> None:
    """Note the end of the audit in a file, so that cutting it off shows."""

    async def note() -> int:
        async with opened(load_settings()) as (db, tools):
            return (await anchor.move(db, tools.vault, path)).seq

    with told():
        out.print(f"noted: {asyncio.run(note()):,} rows")
