"""Lists of tickets: what waits, what is mine, what was looked for; page by page, and only what fits.

/queue                 what waits for the desk, the most urgent first
/queue urgent fr       only what all these words are true of; ``FILTERS``, a language, or: tag WORD
/queue 2               the second page; so do the buttons below a list
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bot import callback
from bot.context import Policy
from bot.db import accounts, agents, audit, finds, tickets
from bot.db.base import Tx
from bot.db.tickets import Ticket
from bot.desk import notes, standing, topic
from bot.domain import agenda, emails, phones
from bot.domain.targets import PRIORITIES
from bot.macros import NAME
from bot.tools import Tools

if TYPE_CHECKING:
    from bot.desk.group import Desk

_SHOWN: Final = 15
"""Tickets of one page: a message has 4096 characters."""
NUMBER: Final = re.compile(r"#?([0-9]{4,9})", re.ASCII)
"""A ticket's number as an agent writes it."""
_MASKED: Final = re.compile(
    r"(?:\+(?P<code>[0-9]{1,3})\s*)?[*\u2022\u2026.\s]*[*\u2022\u2026.]\s*(?P<end>[0-9]{2,4})", re.ASCII
)
"""A phone as a card shows it, or its end: ``+44 ****56``, ``…56``."""
_END: Final = re.compile(r"(?P<code>)(?P<end>[0-9]{2,3})", re.ASCII)
_LISTED: Final = ("status", "priority", "reason", "urgent", "lobby", "tags", "snooze_at", "wake_at")
"""What of a ticket is listed; none of it is personal."""
_WAITING: Final = ("new", "open")


class Filter(NamedTuple):
    """A word after /queue. ``anything``: it is asked of every live ticket, and not only of what waits."""

    fits: Callable[[Desk, Ticket], bool]
    what: str
    anything: bool = False


def overdue(tools: Tools, policy: Policy, ticket: Ticket) -> bool:
    """Whether a target of the ticket is missed and somebody still waits."""
    return agenda.overdue(policy.desk, standing.stands(ticket), tools.clock.now())


FILTERS: Final[Mapping[str, Filter]] = {
    "mine": Filter(lambda desk, ticket: ticket.assignee == desk.agent, "yours"),
    "unclaimed": Filter(lambda _desk, ticket: ticket.assignee is None, "with nobody"),
    "urgent": Filter(lambda _desk, ticket: ticket.urgent, "of the highest priority"),
    "overdue": Filter(
        lambda desk, ticket: overdue(desk.tools, desk.policy, ticket), "that wait for longer than they should"
    ),
    "new": Filter(lambda _desk, ticket: ticket.status == "new", "never taken"),
    "open": Filter(lambda _desk, ticket: ticket.status == "open", "worked on"),
    "pending": Filter(lambda _desk, ticket: ticket.status == "pending", "that wait for the person", anything=True),
    "hold": Filter(lambda _desk, ticket: ticket.status == "hold", "on hold", anything=True),
    "snoozed": Filter(lambda _desk, ticket: ticket.snooze_at is not None, "put out of sight", anything=True),
}
"""What a list can be narrowed to, beside languages and tags."""
_TAG: Final = "tag"


class Wanted(NamedTuple):
    """What somebody asks for: ``words`` that all are to fit, the page, and the first word that means nothing."""

    words: tuple[str, ...]
    page: int = 1
    unknown: str = ""


def read(rest: str, languages: Iterable[str]) -> Wanted:
    """Take apart what stands after /queue; a tag is one word, ``tag:operator``."""
    words: list[str] = []
    page, told = 1, iter(rest.lower().replace(",", " ").split())
    for word in told:
        if word == _TAG:
            tag = next(told, "").lstrip("#")
            if not NAME.fullmatch(tag):
                return Wanted((), unknown=word)
            words.append(f"{_TAG}:{tag}")
        elif word.isdecimal() and len(word) <= 3:
            page = max(1, int(word))
        elif word in FILTERS or word in languages:
            words.append(word)
        else:
            return Wanted((), unknown=word)
    return Wanted(tuple(dict.fromkeys(words)), page)


def fitting(desk: Desk, words: Iterable[str], found: Iterable[Ticket]) -> list[Ticket]:
    """Those of the tickets that all of the words are true of."""
    return [ticket for ticket in found if all(_fits(desk, word, ticket) for word in words)]


def _fits(desk: Desk, word: str, ticket: Ticket) -> bool:
    if word in FILTERS:
        return FILTERS[word].fits(desk, ticket)
    kind, _, tag = word.partition(":")
    return tag in ticket.tags.split() if kind == _TAG and tag else ticket.lang == word


async def queue(desk: Desk, rest: str) -> None:
    """What waits for the desk: by priority, what nobody has before what somebody has, the oldest first."""
    wanted = read(rest, desk.policy.languages)
    if wanted.unknown:
        await desk.toast()
        await desk.say("queue_usage", unknown=wanted.unknown, languages=desk.policy.languages,
                       filters=[{"word": word, "what": each.what} for word, each in FILTERS.items()])  # fmt: skip
        return
    waiting = await tickets.live(desk.tx, desk.tools)
    if not any(word in FILTERS and FILTERS[word].anything for word in wanted.words):
        waiting = [ticket for ticket in waiting if ticket.status in _WAITING and ticket.snooze_at is None]
    waiting = fitting(desk, wanted.words, waiting)
    waiting.sort(key=lambda t: (-PRIORITIES.index(t.priority), t.assignee is not None, t.opened_at))
    await _listed(desk, "queue", waiting, wanted)


async def mine(desk: Desk, rest: str) -> None:
    """What the agent has, whoever is waited for."""
    own = [ticket for ticket in await tickets.live(desk.tx, desk.tools) if ticket.assignee == desk.agent]
    await _listed(desk, "mine", own, Wanted((), read(rest, ()).page))


def turned(run: Callable[[Desk, str], Awaitable[None]]) -> Callable[[Desk, int, str], Awaitable[None]]:
    """A button to another page: what the command does with the same words and the page's number."""
    return lambda desk, _row, arg: run(desk, arg.replace(".", " "))


async def search(desk: Desk, rest: str) -> None:
    """Tickets by number, by the end of a phone as cards show it, by tags; or by a full phone number or address.

    The last two are looked up by their hash and never shown; who looked, and whether it was there, is noted.
    """
    number = NUMBER.fullmatch(rest)
    masked = _MASKED.fullmatch(rest) or _END.fullmatch(rest)
    tags = notes.words(rest.lower().removeprefix(f"{_TAG} "))
    if not tags:
        await desk.say("search_usage")
        return
    if number is not None:
        one = await tickets.by_number(desk.tx, desk.tools, int(number[1]))
        found = [one] if one else []
    elif masked is not None:
        found = await finds.by_phone(desk.tx, desk.tools, masked["end"], masked["code"] or "")
    elif emails.canonical(rest) is None and re.search("[a-z]", rest.lower()) and all(map(NAME.fullmatch, tags)):
        found = await finds.by_tags(desk.tx, desk.tools, tags)
    else:
        account = await _account(desk, rest)
        await audit.write(
            desk.tx, desk.tools, action="account looked up", actor=f"agent:{desk.agent}", account=account,
            found=account is not None,
        )  # fmt: skip
        found = await tickets.of_account(desk.tx, desk.tools, account) if account else []
    await _listed(desk, "search", found, Wanted(()))


async def _account(desk: Desk, rest: str) -> int | None:
    address = emails.canonical(rest)
    if address is not None:
        known = await accounts.by_email(desk.tx, desk.tools, address)
        return known[0] if known else None
    number = phones.read(rest, "").e164
    return await accounts.phone_owner(desk.tx, desk.tools, number) if number else None


async def rows(tx: Tx, tools: Tools, policy: Policy, found: Iterable[Ticket]) -> list[dict[str, Any]]:
    """What is listed of tickets."""
    return [
        {
            "ticket": {name: getattr(ticket, name) for name in _LISTED} | await topic.link(tx, ticket),
            "agent": await agents.name(tx, tools, ticket.assignee),
            "since": ticket.opened_at,
            "overdue": overdue(tools, policy, ticket),
        }
        for ticket in found
    ]


async def _listed(desk: Desk, what: str, found: list[Ticket], wanted: Wanted) -> None:
    pages = max(1, -(-len(found) // _SHOWN))
    page = min(wanted.page, pages)
    shown = await rows(desk.tx, desk.tools, desk.policy, found[(page - 1) * _SHOWN : page * _SHOWN])
    await desk.toast()
    await desk.say(
        "queue", keyboard=_pages(what, wanted, page, pages) if what != "search" else None, rows=shown, what=what,
        words=list(wanted.words), page=page, pages=pages, count=len(found),
    )  # fmt: skip


def _pages(what: str, wanted: Wanted, page: int, pages: int) -> list[list[dict[str, str]]]:
    """The buttons to the pages beside this one; none where what was asked for does not fit into a button."""
    words = ".".join(wanted.words).replace(":", ".")
    beside = [("Previous", page - 1)] if page > 1 else []
    beside += [("Next", page + 1)] if page < pages else []
    try:
        buttons = [
            {"text": label, "callback_data": callback.pack_desk(what, 0, f"{words}.{number}".lstrip("."))}
            for label, number in beside
        ]
    except ValueError:
        return []
    return [buttons] if buttons else []
