"""Zendesk's ticket API (``/api/v2``) and its webhooks.

A twin is found by ``external_id``, our number, which Zendesk looks up in its tables rather than in its search index. A
comment of ours is known by the ``metadata`` of the audit that it came with.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from bot.clock import MINUTE, Clock, parse_iso
from bot.db.tickets import Status
from bot.mirrors.base import TAG, Api, Draft, Said, Seen, Stands, Twin, Words, picked

_OURS: Final[Mapping[str, Status]] = {
    "open": "open", "pending": "pending", "hold": "hold", "solved": "solved", "closed": "solved",
}  # fmt: skip
_STAFF: Final = ("agent", "admin")
_NO_TAG: Final = re.compile(r"[^\w-]+")
_FRESH: Final = 15 * MINUTE
"""How old a signature may be: a delivery that is tried again is signed again."""


class Zendesk:
    """Speaks to ``url`` as the agent that ``token`` names: ``agent@example.com/token:...``."""

    name: ClassVar[str] = "Zendesk"

    def __init__(self, url: str, token: str, clock: Clock) -> None:
        shown = base64.b64encode(token.encode()).decode()
        self._api = Api(f"{url.rstrip('/')}/api/v2", {"Authorization": f"Basic {shown}"}, clock)

    def theirs(self, status: Status) -> str:
        """The words are the same."""
        return status

    def ours(self, status: str) -> Status | None:
        """A closed twin is solved here: it can be opened again here for longer. Nothing becomes new."""
        return _OURS.get(status)

    def final(self, status: str) -> bool:
        """A closed ticket takes no change."""
        return status == "closed"

    async def find(self, number: int) -> Twin | None:
        """By ``external_id``; of another integration's tickets with that number none carries our tag."""
        found = await self._api.call("GET", "/tickets.json", params={"external_id": str(number)})
        fitting = [
            Twin(str(picked(row, "id")), str(picked(row, "status")))
            for row in picked(found, "tickets")
            if TAG in row.get("tags", ()) and not self.final(row["status"])
        ]
        return max(fitting, key=lambda twin: int(twin.id), default=None)

    async def open(self, draft: Draft) -> Twin:
        """With the first comment; a closed twin is followed up."""
        ticket = {
            "external_id": str(draft.number),
            "subject": draft.subject,
            "comment": {"body": draft.words.text, "public": draft.words.public},
            "status": "new",
            "priority": draft.priority,
            "tags": [TAG, *map(_tag, draft.tags)],
            "metadata": {TAG: draft.words.mark},
            **({"via_followup_source_id": int(draft.before)} if draft.before else {}),
        }
        made = await self._api.call("POST", "/tickets.json", {"ticket": ticket}, key=f"{TAG}-{draft.words.mark}")
        return Twin(str(picked(made, "ticket", "id")), str(picked(made, "ticket", "status")), _comment(made))

    async def say(self, twin: str, words: Words) -> str:
        """A comment is an update of its ticket."""
        update = {"comment": {"body": words.text, "public": words.public}, "metadata": {TAG: words.mark}}
        return _comment(await self._api.call("PUT", f"/tickets/{twin}.json", {"ticket": update}))

    async def stand(self, twin: str, stands: Stands) -> str:
        """Never ``new``: Zendesk refuses that for a ticket that was anything else."""
        update = {"priority": stands.priority} | ({"status": self.theirs(stands.status)} if stands.status else {})
        made = await self._api.call("PUT", f"/tickets/{twin}.json", {"ticket": update})
        return str(picked(made, "ticket", "status"))

    async def tag(self, twin: str, tags: tuple[str, ...]) -> None:
        """Adds; ``tags`` of an update would replace those of the agents there."""
        await self._api.call("PUT", f"/tickets/{twin}/tags.json", {"tags": [*map(_tag, tags)]})

    async def look(self, twin: str) -> Seen:
        """The ticket and its audits, page by page."""
        status = str(picked(await self._api.call("GET", f"/tickets/{twin}.json"), "ticket", "status"))
        said: list[Said] = []
        after = ""
        while True:
            params = {"include": "users", "page[size]": "100"} | ({"page[after]": after} if after else {})
            page = await self._api.call("GET", f"/tickets/{twin}/audits.json", params=params)
            users = {user["id"]: user for user in page.get("users", ())}
            for audit in picked(page, "audits"):
                said += [
                    _said(audit, event, users) for event in picked(audit, "events") if event.get("type") == "Comment"
                ]
            meta = page.get("meta") or {}
            before, after = after, str(meta.get("after_cursor") or "")
            if not meta.get("has_more") or after in ("", before):
                return Seen(status, self.ours(status), tuple(said))

    async def check(self) -> str:
        """Zendesk answers a wrong token here too, with somebody who is nobody."""
        me = picked(await self._api.call("GET", "/users/me.json"), "user")
        return str(me["email"]) if me.get("id") and me.get("role") in _STAFF else ""

    async def close(self) -> None:
        """Give up the connections."""
        await self._api.close()


def _tag(word: str) -> str:
    return _NO_TAG.sub("_", word.casefold())


def _comment(made: Any) -> str:
    """The id of the comment that an update has made."""
    events = picked(made, "audit", "events")
    return str(picked([event for event in events if event.get("type") == "Comment"], 0, "id"))


def _said(audit: Mapping[str, Any], event: Mapping[str, Any], users: Mapping[int, Mapping[str, Any]]) -> Said:
    author = event.get("author_id") or audit.get("author_id") or 0
    user = users.get(author, {})
    custom = (audit.get("metadata") or {}).get("custom") or {}
    return Said(
        id=str(picked(event, "id")),
        mark=str(custom.get(TAG, "")),
        author=int(author),
        name=str(user.get("name", "")),
        text=str(event.get("plain_body") or event.get("body") or ""),
        public=bool(event.get("public")),
        agent=user.get("role") in _STAFF,
        files=bool(event.get("attachments")),
    )


def signed(headers: Mapping[str, str], body: bytes, secret: str, now: int) -> bool:
    """Whether a webhook is Zendesk's: its signature is over its timestamp and its body, and not old."""
    moment = headers.get("x-zendesk-webhook-signature-timestamp", "")
    wanted = base64.b64encode(hmac.digest(secret.encode(), moment.encode() + body, hashlib.sha256))
    if not hmac.compare_digest(headers.get("x-zendesk-webhook-signature", "").encode(), wanted):
        return False
    try:
        return abs(now - parse_iso(moment)) <= _FRESH
    except ValueError:
        return False


def named(payload: Mapping[str, Any]) -> str:
    """The ticket that a webhook is about: that of an event, or ``ticket_id`` as a trigger writes it."""
    detail = payload.get("detail")
    found = detail.get("id") if isinstance(detail, Mapping) else payload.get("ticket_id")
    return str(found or "")
