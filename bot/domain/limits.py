"""How often what may happen: the policy, as tables. ``bot/db/limits.py`` keeps count.

The numbers are security.md's recommended defaults, from NIST SP 800-63B-4 section 3.2.2 (failures are counted across
codes; at most 100; growing waits) and the gateways' own advice on pumping.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import DAY, HOUR, MINUTE, SECOND


@dataclass(frozen=True, slots=True)
class Limit:
    """How often something may be done.

    Attributes:
        scope: names what is counted.
        windows: pairs of a length in milliseconds and how often within it.
        gaps: pauses after the first, second, ... time within the last hour; the last one repeats.
    """

    scope: str
    windows: tuple[tuple[int, int], ...]
    gaps: tuple[int, ...] = ()


SENDS_PER_DESTINATION = Limit(
    "send to destination",
    ((10 * MINUTE, 3), (HOUR, 5), (DAY, 10)),
    gaps=(60 * SECOND, 120 * SECOND, 300 * SECOND),
)
SENDS_PER_NUMBER = Limit("send to number", ((10 * MINUTE, 3), (HOUR, 5), (DAY, 10)))
"""Over all purposes and accounts; the pauses above are for each purpose, so that one step does not hold up the next."""
SENDS_PER_ACCOUNT = Limit("send for account", ((HOUR, 5), (DAY, 10)))
SENDS_PER_PERSON = Limit("send for person", ((HOUR, 5), (DAY, 10)))
SMS_PER_PREFIX = Limit("sms to prefix", ((HOUR, 20),))
"""A prefix is the number less its last four digits: neighbours are what a pump rings up."""
NOTICES_PER_NUMBER = Limit("sms notice", ((HOUR, 6), (DAY, 12)))
"""Texts that say what happened; letters and chats are told without a limit, as they cost nothing."""
FORM_TRIES_PER_PERSON = Limit("form tries", ((HOUR, 20), (DAY, 40)))
CHANGES_PER_ACCOUNT = Limit("phone change", ((DAY, 1), (30 * DAY, 3)))
"""Successful changes of the phone (security.md, recommended defaults)."""
LOGIN_COMPARISONS = Limit("login compared", ((DAY, 5), (30 * DAY, 20)))
"""New trading passwords that are compared with the password of signing in: each may be a guess at that one."""
RECOVERIES_PER_ACCOUNT = Limit("recovery", ((DAY, 3), (30 * DAY, 5)))
"""Recoveries begun (security.md, recommended defaults)."""
TICKETS_PER_PERSON = Limit("tickets", ((HOUR, 6), (DAY, 12)))
"""Tickets that a person opens; beyond this the last one is opened again: one person makes no swarm of topics."""
URGENT_TOPICS = 3
"""How many times as many topics as others urgent tickets may have made."""
RELAYS_PER_PERSON = Limit("ticket messages", ((MINUTE, 30),))
"""Beyond this a person's messages are not passed on, and they are told: the topic must stay readable."""
TOLD_TO_SLOW_DOWN = Limit("told to slow down", ((MINUTE, 1),))
"""How often they are told, and how long nothing is passed on then: a hundred messages are not answered with seventy."""

LOCK_NOTICES = Limit("told of a lock", ((DAY, 1),))
"""How often the owner of an account is told that somebody guesses at it."""
GUESS_ALARMS = Limit("told of guessing", ((HOUR, 1),))
"""How often the operators are told that more is guessed at, over all accounts, than people mistype."""

PER_ACCOUNT = (CHANGES_PER_ACCOUNT, LOGIN_COMPARISONS, RECOVERIES_PER_ACCOUNT)
"""Limits that look back more than a day; each counts for an account's id."""

CONVERSION_SENDS = 20
"""Codes to a prefix after which it is looked at how many were entered."""
CONVERSION_PERCENT = 35
"""At most so many of a hundred: it is no people who ask for them (security.md, SMS fraud controls)."""
CONVERSION_WINDOW = DAY
PREFIX_BLOCK = 12 * HOUR
"""How long such a prefix gets no code; then it is looked at anew."""

FAILURES_WINDOW = DAY
FIRST_WAIT_AT = 10
"""Failures within the window after which each further one costs a wait."""
WAITS = (30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR)
LOCK_AT = 20
LOCKS = (DAY, 2 * DAY, 4 * DAY, 7 * DAY)
"""For how long a check is closed the first, second, ... time: once a lock has run out, the next failure begins a longer
one, as patience would otherwise buy new tries (CVE-2020-11052)."""
HUMAN_AT = 100
"""Consecutive failures after which only a human helps (NIST SP 800-63B-4 section 3.2.2)."""


def topics(hour: int, day: int, *, urgent: bool) -> Limit:
    """Topics that new tickets have made, of all people; beyond it they are listed in the lobby."""
    times = URGENT_TOPICS if urgent else 1
    return Limit("topics", ((HOUR, hour * times), (DAY, day * times)))


def wait_after(failures: int, closed: int = 0) -> int:
    """Milliseconds to wait after so many failures within the window, ``closed`` so often since the last success."""
    if closed or failures >= LOCK_AT:
        return LOCKS[min(closed, len(LOCKS) - 1)]
    if failures >= FIRST_WAIT_AT:
        return WAITS[min(failures - FIRST_WAIT_AT, len(WAITS) - 1)]
    return 0
