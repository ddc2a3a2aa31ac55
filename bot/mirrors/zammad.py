"""Zammad's ticket API (``/api/v1``) and its webhooks.

A twin is found by its title with a condition, which Zammad answers from its tables rather than from its search index. A
comment of ours is known by the ``message_id`` of its article.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from bot.clock import Clock, iso
from bot.db.tickets import Status
from bot.mirrors.base import TAG, Api, Draft, Said, Seen, Stands, Twin, Words, picked, plain

_PENDING: Final = "pending reminder"
_THEIRS: Final[Mapping[Status, str]] = {
    "new": "new", "open": "open", "pending": _PENDING, "hold": _PENDING, "solved": "closed", "closed": "closed",
}  # fmt: skip
_OURS: Final[Mapping[str, Status]] = {
    "open": "open", _PENDING: "pending", "pending close": "pending", "closed": "solved",
}  # fmt: skip
_PRIORITIES: Final[Mapping[str, str]] = {
    "low": "1 low", "normal": "2 normal", "high": "3 high", "urgent": "3 high",
}  # fmt: skip
_CUSTOMER: Final = f"telegram@{TAG}.invalid"
"""Whose tickets they are over there: nobody's, as no address of a person leaves this system (RFC 2606)."""


class Zammad:
    """Speaks to ``url`` with an agent's access token; twins go to ``group``."""

    name: ClassVar[str] = "Zammad"

    def __init__(self, url: str, token: str, clock: Clock, group: str) -> None:
        self._api = Api(f"{url.rstrip('/')}/api/v1", {"Authorization": f"Token token={token}"}, clock)
        self._group = group

    def theirs(self, status: Status) -> str:
        """Both ways of waiting are one there, and solved is closed: it can be opened again."""
        return _THEIRS[status]

    def ours(self, status: str) -> Status | None:
        """States that an operator has added, and ``merged``, change nothing here."""
        return _OURS.get(status)

    def final(self, status: str) -> bool:
        """A merged ticket lives on in another one."""
        return status == "merged"

    async def find(self, number: int) -> Twin | None:
        """By the end of the title, which only our number has."""
        wanted = _title("", number)
        condition = {"ticket.title": {"operator": "contains", "value": wanted.strip()}}
        found = await self._api.call("POST", "/tickets/search?expand=true&per_page=200", {"condition": condition})
        fitting = [
            Twin(str(picked(row, "id")), str(picked(row, "state")))
            for row in found
            if str(picked(row, "title")).endswith(wanted) and not self.final(row["state"])
        ]
        return max(fitting, key=lambda twin: int(twin.id), default=None)

    async def open(self, draft: Draft) -> Twin:
        """With the first article."""
        ticket = {
            "title": _title(draft.subject, draft.number),
            "group": self._group,
            "customer_id": f"guess:{_CUSTOMER}",
            "article": _article(draft.words),
            "tags": ",".join((TAG, *draft.tags)),
            "state": "new",
            "priority": _PRIORITIES[draft.priority],
        }
        made = await self._api.call("POST", "/tickets?expand=true", ticket)
        return Twin(str(picked(made, "id")), str(picked(made, "state")), "".join(map(str, made.get("article_ids", ()))))

    async def say(self, twin: str, words: Words) -> str:
        """An article of the kind that no mail is sent for."""
        made = await self._api.call("POST", "/ticket_articles", {"ticket_id": int(twin), **_article(words)})
        return str(picked(made, "id"))

    async def stand(self, twin: str, stands: Stands) -> str:
        """Waiting needs a moment at which somebody looks again."""
        made = await self._api.call("PUT", f"/tickets/{twin}?expand=true", _change(stands))
        return str(picked(made, "state"))

    async def tag(self, twin: str, tags: tuple[str, ...]) -> None:
        """One by one."""
        for tag in tags:
            await self._api.call("POST", "/tags/add", {"object": "Ticket", "o_id": int(twin), "item": tag})

    async def look(self, twin: str) -> Seen:
        """The ticket and its articles, but those of triggers."""
        status = str(picked(await self._api.call("GET", f"/tickets/{twin}?expand=true"), "state"))
        articles = await self._api.call("GET", f"/ticket_articles/by_ticket/{twin}?expand=true")
        spoken = [_said(article) for article in articles if article.get("sender") != "System"]
        return Seen(status, self.ours(status), tuple(spoken))

    async def check(self) -> str:
        """Who the token belongs to."""
        me = await self._api.call("GET", "/users/me")
        return str(me.get("email") or me.get("login") or "")

    async def close(self) -> None:
        """Give up the connections."""
        await self._api.close()


def _title(subject: str, number: int) -> str:
    return f"{subject} · {TAG} {number}"


def _article(words: Words) -> dict[str, object]:
    return {
        "body": words.text,
        "content_type": "text/plain",
        "type": "note",
        "internal": not words.public,
        "sender": "Customer" if words.person else "Agent",
        "message_id": _message_id(words.mark),
    }


def _message_id(mark: str) -> str:
    return f"<{mark.replace(':', '.')}@{TAG}.invalid>"


def _change(stands: Stands) -> dict[str, str]:
    change = {"priority": _PRIORITIES[stands.priority]}
    if stands.status:
        change["state"] = state = _THEIRS[stands.status]
        if state == _PENDING:
            change["pending_time"] = iso(stands.until)
    return change


def _said(article: Mapping[str, Any]) -> Said:
    text = str(article.get("body") or "")
    known = str(article.get("message_id") or "")
    ours = known.removeprefix("<").removesuffix(f"@{TAG}.invalid>") if known.endswith(f"@{TAG}.invalid>") else ""
    return Said(
        id=str(picked(article, "id")),
        mark=ours.replace(".", ":"),
        author=int(picked(article, "created_by_id")),
        name=str(article.get("from") or "").partition(" <")[0].partition(" via ")[0].strip(),
        text=plain(text) if "html" in str(article.get("content_type", "")) else text.strip(),
        public=not article.get("internal"),
        agent=article.get("sender") == "Agent",
        files=bool(article.get("attachments")),
    )


def signed(headers: Mapping[str, str], body: bytes, secret: str, _now: int) -> bool:
    """Whether a webhook is Zammad's: its signature is over its body. It names no moment."""
    wanted = f"sha1={hmac.digest(secret.encode(), body, hashlib.sha1).hex()}"
    return hmac.compare_digest(headers.get("x-hub-signature", "").encode(), wanted.encode())


def named(payload: Mapping[str, Any]) -> str:
    """The ticket that a webhook is about."""
    ticket = payload.get("ticket")
    return str(ticket.get("id") or "") if isinstance(ticket, Mapping) else ""
