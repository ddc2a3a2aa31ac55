"""The command line. ``phonedesk --help`` lists what there is; each command says what it does.

What only one command needs is imported there: a live bot has no use for the sandbox or the scripts, nor their memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from starlette.applications import Starlette

from bot import log
from bot.app import Application
from bot.clock import SystemClock
from bot.domain import countries as territories
from bot.domain import languages, phones
from bot.keeping import audit_cli, keys_cli
from bot.server import Server
from bot.settings import Settings
from bot.terminal import err, load_settings, out, told
from bot.web.guard import site
from conversations.diagram import mermaid, table
from conversations.flows import BOOK

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
accounts = typer.Typer(no_args_is_help=True, help="The exchange's own account system, asked over HTTP.")
cli.add_typer(accounts, name="accounts")
cli.add_typer(keys_cli, name="keys")
cli.add_typer(audit_cli, name="audit")
person = typer.Typer(no_args_is_help=True, help="A person's right to their data.")
cli.add_typer(person, name="person")
texts = typer.Typer(no_args_is_help=True, help="Text messages and what they cost.")
cli.add_typer(texts, name="sms")
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


@cli.command()
def run() -> None:
    """Start the bot: on Telegram where TELEGRAM_TOKEN is set, else on the sandbox of this machine."""
    with told():
        settings = load_settings()
        log.configure(settings.log)
        _loop(_sandbox(settings) if settings.sandbox else _live(settings))


def _loop(work: Coroutine[None, None, None]) -> None:
    """Run on uvloop, which costs a third less processor time an update; there is none for Windows."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


async def _stopped() -> None:
    """Wait for Ctrl-C or a polite kill."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


async def _live(settings: Settings) -> None:
    app = await Application.build(settings)
    server = Server(site(app.routes()), settings.host, settings.port)
    await server.start()
    await app.start()
    gc.collect()
    gc.freeze()  # what is there now stays: it need not be looked through again and again
    out.print(f"phonedesk serves @{app.username}; forms and health on {settings.host}:{server.port}. Ctrl-C stops.")
    await _stopped()
    await server.stop()
    await app.stop()


async def _sandbox(settings: Settings) -> None:
    """Bot, sandbox and page in one process, talking to each other over HTTP as they would to Telegram."""
    from bot import local
    from bot.accounts import demo as demo_accounts
    from bot.sandbox import Saver, World, demo, routes
    from bot.sandbox import load as load_world
    from bot.sandbox.page import page_routes

    clock, path = SystemClock(), local.FOLDER / "sandbox.json"
    world = load_world(path, clock) if path.exists() else World(clock)
    if not path.exists():
        demo(world)
    web = site([*routes(world), *page_routes(world)])
    server = Server(web, settings.host, settings.port)
    settings = local.at_port(settings, server.port)
    saver = asyncio.create_task(Saver(world, path).run())
    async with contextlib.AsyncExitStack() as stack:  # undone in the opposite order, however far it came
        stack.push_async_callback(_ended, saver)
        await server.start()
        stack.push_async_callback(server.stop)
        stack.push_async_callback(world.close)
        app = await Application.build(settings, clock=clock)
        web.router.routes[:0] = app.routes()
        if not settings.accounts_url:
            await demo_accounts.seed(app.db, app.tools)
        stack.push_async_callback(app.stop)
        await app.start()
        world.webhooks.wake()
        out.print(_WELCOME.format(url=settings.public_url), soft_wrap=True)
        await _stopped()
        out.print("Stopping; everything is kept in var/.")


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


_WELCOME = """
phonedesk runs on its sandbox:  [bold]{url}[/bold]

Three things to try
  1. Press START as Ann, sign in (ann@example.com, password: correct horse battery) and bind a phone.
     Her codes arrive in the pane on the right.
  2. Tap "Talk to a person", then claim the ticket as Mira in the agents' group, and answer.
  3. Switch on "SMS gateway is down", or move the clock an hour ahead, and see what Ann is told.

Ctrl-C stops; start it again and all is still there.
"""


@cli.command()
def play(
    files: Annotated[list[Path], typer.Argument(exists=True, help="Scripts to play, or folders of them.")],
    *,
    http: Annotated[bool, typer.Option("--http", help="Play over HTTP instead of within this process.")] = False,
) -> None:
    """Play scripted conversations and show each as a transcript; exit code 1 at the first difference."""
    from bot.scripts.play import play as play_scripts

    raise typer.Exit(play_scripts(files, "http" if http else "inprocess"))


@cli.command()
def flows(
    name: Annotated[str, typer.Option("--mermaid", help="Print this flow as a Mermaid diagram.")] = "",
) -> None:
    """List the conversations: every state, and where each event leads."""
    if name and name not in BOOK.flows:
        err.print(f"there is no flow {name}; there are: {', '.join(BOOK.flows)}")
        raise typer.Exit(2)
    if name:
        typer.echo(mermaid(BOOK, BOOK.flows[name]))
        return
    for flow in BOOK.flows.values():
        typer.echo(table(BOOK, flow))


@cli.command()
def number(
    text: Annotated[str, typer.Argument(help="The number as a person would type it.")],
    country: Annotated[str, typer.Option(help="The country that was chosen, as ISO code.")] = "",
    *,
    as_json: _AsJson = False,
) -> None:
    """Show how a typed number is read."""
    reading = phones.read(text, country.upper(), served=territories.served())
    if as_json:
        typer.echo(json.dumps(reading.as_json(), ensure_ascii=False))
        return
    seen = reading.e164 or ", ".join(reading.candidates)
    shown = f" {phones.pretty(seen)} ({seen}, {reading.region})" if reading.e164 else f" {seen}" if seen else ""
    typer.echo(f"{reading.action}{shown}{f': {reading.reason}' if reading.reason else ''}")


@cli.command()
def countries(
    query: Annotated[str, typer.Argument(help="A name, ISO code, flag or dial code.")],
    lang: Annotated[str, typer.Option(help="Language of the names.")] = languages.DEFAULT,
    *,
    as_json: _AsJson = False,
) -> None:
    """Search the countries as a person would in the chat, best first."""
    found = territories.search(query, lang)
    if as_json:
        typer.echo(json.dumps([match.as_json() for match in found], ensure_ascii=False))
        return
    rows = Table("", "name", "code", "dial code", "served", box=None)
    for match in found:
        rows.add_row(match.flag, match.name, match.region, match.dial_code, "yes" if match.served else "no")
    out.print(rows if found else "Nothing fits.")


@cli.command(name="doctor")
def check_up() -> None:
    """Check settings, database, clock, Telegram and the agents' group; each fault with its fix."""
    from bot import doctor

    with told():
        raise typer.Exit(asyncio.run(doctor.examine(load_settings(), out.print)))


_Who = Annotated[str, typer.Argument(help="Account id, email address or phone number.")]


@person.command()
def export(who: _Who) -> None:
    """Print everything that is held about a person as JSON; of an erased one what the law wants kept."""
    from bot import custody

    with told():
        raise typer.Exit(asyncio.run(custody.export(load_settings(), who, typer.echo)))


@person.command()
def erase(
    who: _Who,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it only what would be done is said.")] = False,
) -> None:
    """Have a person's data erased by the running bot, who are told what is kept; there is no way back."""
    from bot import custody

    with told():
        raise typer.Exit(asyncio.run(custody.erase(load_settings(), who, typer.echo, yes=yes)))


@cli.command()
def retention() -> None:
    """Show what has lived its time and would be forgotten now; the running bot does it once an hour."""
    from bot import custody

    with told():
        raise typer.Exit(asyncio.run(custody.overdue(load_settings(), typer.echo)))


@accounts.command(name="check")
def check_accounts(
    url: Annotated[str, typer.Argument(help="Where the account system is, best a staging one.")],
    token: Annotated[str, typer.Option(envvar="PHONEDESK_ACCOUNTS_TOKEN", help="Its bearer token.")] = "",
) -> None:
    """Try whether an account system keeps the contract (docs/accounts.md); it makes two accounts of its own."""
    from bot.accounts.check import check

    raise typer.Exit(asyncio.run(check(url, token, out.print)))


@accounts.command(name="serve")
def serve_accounts(
    port: Annotated[int, typer.Option(help="Port on this machine; 0: any free one.")] = 0,
) -> None:
    """Serve the reference account system on this machine, with accounts of its own in var/exchange.db."""
    with told():
        asyncio.run(_reference(port))


async def _reference(port: int) -> None:
    from bot import local
    from bot.accounts import demo as demo_accounts
    from bot.accounts.reference import opened

    reference = await opened(local.FOLDER / "exchange.db", local.kept_keys(local.FOLDER), local.ACCOUNTS_TOKEN)
    await demo_accounts.seed(reference.db, reference.tools)
    server = Server(Starlette(routes=reference.routes()), "127.0.0.1", port)
    await server.start()
    out.print(f"PHONEDESK_ACCOUNTS_URL=http://127.0.0.1:{server.port}\nPHONEDESK_ACCOUNTS_TOKEN={local.ACCOUNTS_TOKEN}")
    await _stopped()
    await server.stop()
    await reference.close()


@texts.command(name="status")
def sms_status(*, as_json: _AsJson = False) -> None:
    """Show what was sent and spent today (UTC), how many codes were entered, and what is blocked."""
    from bot import sms_status as status

    with told():
        found = asyncio.run(status.read(load_settings(), SystemClock()))
    out.print(json.dumps(found.as_json()) if as_json else found.table(), soft_wrap=True)


@cli.command()
def docs(*, check: Annotated[bool, typer.Option("--check", help="Only say which pages are stale.")] = False) -> None:
    """Write the generated pages: docs/flows/*.md and .env.example."""
    from bot.docs import stale_pages, write_pages

    if not check:
        for path in write_pages():
            typer.echo(f"wrote {path}")
        return
    stale = stale_pages()
    for path in stale:
        err.print(f"{path} is stale: run make docs")
    raise typer.Exit(1 if stale else 0)


def main() -> None:
    """Entry point of the ``phonedesk`` command."""
    cli()


if __name__ == "__main__":
    main()
