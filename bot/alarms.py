"""What the operators hear at once: a log line, a figure, a row in the audit, a webhook and a word to the agents' group.

Nothing in it is personal: a reason, a country, a moment.
"""

from __future__ import annotations

import structlog

from bot import webhooks
from bot.context import Policy
from bot.db import audit, outbox
from bot.db.base import Tx
from bot.db.outbox import FAILURE, Post
from bot.db.spending import Stop
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
    if policy.forum is not None:
        body = {"key": "desk/sms_stopped", "lang": "en", "thread": None,
                "params": {"why": stop.why, "region": stop.region}}  # fmt: skip
        post = Post("telegram", f"chat:{policy.forum}", policy.forum, "desk_note", body, priority=FAILURE,
                    keys="desk/sms_stopped")  # fmt: skip
        posts.append(await outbox.put(tx, tools, post))
    return posts
