"""What the operators hear at once: a log line, a figure, a row in the audit, a webhook and a word to the agents' group.

Nothing in it is personal: a reason, a country, a moment.
"""

from __future__ import annotations

import structlog

from bot import webhooks
from bot.clock import HOUR
from bot.context import Policy
from bot.db import audit, limits, outbox
from bot.db.base import Tx
from bot.db.outbox import FAILURE, Post
from bot.db.spending import Stop
from bot.domain.limits import GUESS_ALARMS
from bot.tools import Tools

_log = structlog.get_logger(__name__)


async def sms_stopped(tx: Tx, tools: Tools, policy: Policy, stop: Stop) -> list[Post]:
    """Tell that text messages are stopped, unless that was told already; what is to be sent."""
    tools.metrics.stops.labels(stop.why).inc()
    if not stop.tell:
        return []
    _log.error("text messages stopped", why=stop.why, region=stop.region)
    await audit.write(tx, tools, action="sms stopped", actor="system", why=stop.why, region=stop.region)
    posts = await webhooks.general(tx, tools, policy, "sms.stopped", why=stop.why, region=stop.region)
    return posts + await _desk(tx, tools, policy, "desk/sms_stopped", why=stop.why, region=stop.region)


async def guessing(tx: Tx, tools: Tools, policy: Policy) -> list[Post]:
    """Look how much was guessed at within the hour, over all accounts; what is to be sent if it is too much.

    One guess at each of many accounts is below every limit that an account or a person has.
    """
    wrong = await limits.guesses(tx, tools.clock.now() - HOUR)
    tools.metrics.guesses.set(wrong)
    if wrong < policy.guess_alarm or await limits.allow(tx, tools, GUESS_ALARMS, ""):
        return []
    _log.error("many wrong guesses", wrong=wrong)
    await audit.write(tx, tools, action="many wrong guesses", actor="system", wrong=wrong)
    posts = await webhooks.general(tx, tools, policy, "guesses.many", wrong=wrong)
    return posts + await _desk(tx, tools, policy, "desk/many_guesses", wrong=wrong)


async def _desk(tx: Tx, tools: Tools, policy: Policy, key: str, **params: object) -> list[Post]:
    """A word in the agents' group, where there is one."""
    if policy.forum is None:
        return []
    body = {"key": key, "lang": "en", "thread": None, "params": params}
    post = Post("telegram", f"chat:{policy.forum}", policy.forum, "desk_note", body, priority=FAILURE, keys=key)
    return [await outbox.put(tx, tools, post)]
