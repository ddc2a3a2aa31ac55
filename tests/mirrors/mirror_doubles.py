"""Zendesk and Zammad as far as a mirror meets them: they refuse what those refuse, and can be made to fail."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.clock import Clock, iso

SECRET = "a-secret-of-twenty-four-characters"
BEA, ROBOT, CUSTOMER = 301, 300, 399
"""An agent who works there, the agent whose token the mirror has, and a customer."""
NAMES = {BEA: "Bea Brown", ROBOT: "Desk Robot", CUSTOMER: "Cas Tomer"}


class Refused(Exception):
    """The API says no."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__(status)
        self.status, self.headers = status, headers


@dataclass
class Fault:
    """Spoils requests whose method and path match: a status, ``lost`` (done, not answered) or ``cut`` (not done)."""

    match: str
    kind: int | str
    times: int = 1
    retry_after: str = ""


@dataclass
class Comment:
    """A comment as it lies there."""

    id: int
    author: int
    text: str
    public: bool
    mark: str = ""
    sender: str = "Agent"
    files: tuple[str, ...] = ()
    markup: bool = False


@dataclass
class Row:
    """A ticket as it lies there."""

    id: int
    title: str
    status: str
    priority: str
    tags: list[str]
    number: str = ""
    group: str = ""
    pending: str = ""
    source: int | None = None
    comments: list[Comment] = field(default_factory=list)

    @property
    def said(self) -> list[tuple[str, bool]]:
        """The comments but the first, each with whether it is public."""
        return [(comment.text, comment.public) for comment in self.comments[1:]]


class Double:
    """What both have in common."""

    kind = ""
    token = ""
    statuses: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.tickets: dict[int, Row] = {}
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self.keys: dict[str, tuple[str, Any]] = {}
        self._ids = iter(range(5001, 9999))
        app = web.Application(client_max_size=1 << 22)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self.runner = web.AppRunner(app)

    async def start(self) -> None:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()

    async def close(self) -> None:
        await self.runner.cleanup()

    @property
    def settings(self) -> dict[str, str]:
        """What makes the bot mirror its tickets here."""
        address = f"{self.kind}+http://127.0.0.1:{self.runner.addresses[0][1]}"
        return {"mirror_url": address, "mirror_token": self.token, "mirror_secret": SECRET}

    def forget(self) -> None:
        """Know of nothing."""
        self.tickets.clear()
        self.keys.clear()

    def one(self) -> Row:
        """The only ticket there."""
        [row] = self.tickets.values()
        return row

    def comment(self, text: str, *, public: bool = True, author: int = BEA, **options: Any) -> Comment:
        """Somebody there writes something into the newest ticket."""
        made = Comment(next(self._ids), author, text, public, **options)
        max(self.tickets.values(), key=lambda row: row.id).comments.append(made)
        return made

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        line = f"{request.method} {request.path}"
        body = await request.text()
        self.asked.append(line)
        fault = next((each for each in self.faults if each.times and re.search(each.match, line)), None)
        if fault is not None:
            fault.times -= 1
            if fault.kind == "cut":
                request.transport.abort()
                return web.Response()
            if isinstance(fault.kind, int):
                headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
                return web.json_response({"error": "spoilt"}, status=fault.kind, headers=headers)
        try:
            answer = self.answer(request, json.loads(body) if body else {})
        except Refused as refusal:
            return web.json_response({"error": "refused"}, status=refusal.status)
        if fault is not None:  # lost: done, and nobody hears of it
            request.transport.abort()
        return web.json_response(answer, status=201 if request.method == "POST" else 200)

    def answer(self, request: web.Request, body: Any) -> Any:
        for method, path, act in self.routes():
            found = re.fullmatch(path, request.path)
            if method == request.method and found:
                self.authorise(request)
                return act(request, body, *found.groups())
        raise Refused(404)

    def routes(self) -> list[tuple[str, str, Callable[..., Any]]]:
        raise NotImplementedError

    @property
    def right(self) -> str:
        """The right Authorization header."""
        raise NotImplementedError

    def authorise(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != self.right:
            raise Refused(401)

    def row(self, number: str | int) -> Row:
        if int(number) not in self.tickets:
            raise Refused(404)
        return self.tickets[int(number)]

    @staticmethod
    def require(fine: object) -> None:
        if not fine:
            raise Refused(422)


class ZendeskDouble(Double):
    """Zendesk's ``/api/v2``."""

    kind = "zendesk"
    token = "robot@example.com/token:zendesk-token"
    statuses = ("new", "open", "pending", "hold", "solved", "closed")
    priorities = ("low", "normal", "high", "urgent")
    page = 2
    """Audits a page, however many are wanted: a mirror must turn pages."""

    def routes(self):
        return [
            ("GET", r"/api/v2/tickets\.json", self.listed),
            ("POST", r"/api/v2/tickets\.json", self.made),
            ("GET", r"/api/v2/tickets/(\d+)\.json", lambda _r, _b, number: {"ticket": self.shown(self.row(number))}),
            ("PUT", r"/api/v2/tickets/(\d+)\.json", self.changed),
            ("PUT", r"/api/v2/tickets/(\d+)/tags\.json", self.tagged),
            ("GET", r"/api/v2/tickets/(\d+)/audits\.json", self.audits),
            ("GET", r"/api/v2/users/me\.json", self.me),
        ]

    @property
    def right(self) -> str:
        return f"Basic {base64.b64encode(self.token.encode()).decode()}"

    def authorise(self, request):
        if not request.path.endswith("/me.json"):  # a wrong token is nobody there, but no error
            super().authorise(request)

    def me(self, request, _body):
        somebody = {"id": ROBOT, "email": "robot@example.com", "role": "agent"}
        return {
            "user": somebody
            if request.headers.get("Authorization") == self.right
            else {"id": None, "email": "invalid@example.com"}
        }

    def shown(self, row: Row) -> dict[str, Any]:
        return {"id": row.id, "status": row.status, "tags": row.tags, "external_id": row.number, "subject": row.title}

    def listed(self, request, _body):
        wanted = request.query["external_id"]
        return {"tickets": [self.shown(row) for row in self.tickets.values() if row.number == wanted]}

    def made(self, request, body):
        key, given = request.headers.get("Idempotency-Key", ""), json.dumps(body, sort_keys=True)
        if key in self.keys:
            if self.keys[key][0] != given:
                raise Refused(400)
            return self.keys[key][1]
        ticket = body["ticket"]
        self.require((ticket.get("comment") or {}).get("body"))
        source = ticket.get("via_followup_source_id")
        self.require(source is None or (source in self.tickets and self.tickets[source].status == "closed"))
        self.checked(ticket)
        row = Row(next(self._ids), ticket["subject"], ticket["status"], ticket["priority"], list(ticket["tags"]),
                  number=ticket["external_id"], source=source)  # fmt: skip
        self.tickets[row.id] = row
        answer = {"ticket": self.shown(row), "audit": self.commented(row, ticket)}
        if key:
            self.keys[key] = (given, answer)
        return answer

    def checked(self, ticket) -> None:
        self.require(ticket.get("status", "open") in self.statuses)
        self.require(ticket.get("priority", "low") in self.priorities)
        self.require(not any(re.search(r"[^\w:/-]", tag) for tag in ticket.get("tags", ())))

    def changed(self, _request, body, number):
        row, ticket = self.row(number), body["ticket"]
        self.require(row.status != "closed")
        self.require(ticket.get("status") != "new" or row.status == "new")
        self.require("comment" not in ticket or ticket["comment"].get("body"))
        self.checked(ticket)
        row.status, row.priority = ticket.get("status", row.status), ticket.get("priority", row.priority)
        row.tags = list(ticket.get("tags", row.tags))
        audit = self.commented(row, ticket) if "comment" in ticket else {"id": next(self._ids), "events": []}
        return {"ticket": self.shown(row), "audit": audit}

    def commented(self, row: Row, ticket) -> dict[str, Any]:
        words, mark = ticket["comment"], ticket.get("metadata", {}).get("phonedesk", "")
        made = Comment(next(self._ids), ROBOT, words["body"], words.get("public", True), mark=mark)
        row.comments.append(made)
        return self.audit(made)

    def audit(self, made: Comment) -> dict[str, Any]:
        event = {"id": made.id, "type": "Comment", "body": made.text, "public": made.public, "author_id": made.author,
                 "attachments": [{"file_name": name} for name in made.files]}  # fmt: skip
        custom = {"custom": {"phonedesk": made.mark}} if made.mark else {}
        return {"id": made.id + 100_000, "author_id": made.author, "metadata": {"system": {}, **custom},
                "events": [{"id": made.id + 200_000, "type": "Change", "field_name": "status"}, event]}  # fmt: skip

    def tagged(self, _request, body, number):
        row = self.row(number)
        self.require(row.status != "closed" and not any(re.search(r"[^\w:/-]", tag) for tag in body["tags"]))
        row.tags += [tag for tag in body["tags"] if tag not in row.tags]
        return {"tags": row.tags}

    def audits(self, request, _body, number):
        start = int(request.query.get("page[after]", 0))
        comments = self.row(number).comments
        some = comments[start : start + self.page]
        people = {each.author for each in some}
        users = [
            {"id": each, "name": NAMES[each], "role": "end-user" if each == CUSTOMER else "agent"} for each in people
        ]
        after = start + self.page
        return {"audits": [self.audit(each) for each in some], "users": users,
                "meta": {"has_more": after < len(comments), "after_cursor": str(after)}}  # fmt: skip

    def hook(self, row: Row) -> tuple[dict[str, str], bytes]:
        """A webhook of an event subscription."""
        payload = {"type": "zen:event-type:ticket.comment_added", "detail": {"id": str(row.id)}, "id": "01HN"}
        return self.sign(json.dumps(payload).encode())

    def sign(self, body: bytes, at: int | None = None) -> tuple[dict[str, str], bytes]:
        moment = iso(at or self.clock.now())
        digest = hmac.new(SECRET.encode(), moment.encode() + body, hashlib.sha256).digest()
        names = ("X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp")
        return dict(zip(names, (base64.b64encode(digest).decode(), moment), strict=True)), body


class ZammadDouble(Double):
    """Zammad's ``/api/v1``."""

    kind = "zammad"
    token = "zammad-token"
    statuses = ("new", "open", "pending reminder", "pending close", "closed", "merged")
    priorities = ("1 low", "2 normal", "3 high")

    def routes(self):
        return [
            ("POST", r"/api/v1/tickets", self.made),
            ("POST", r"/api/v1/tickets/search", self.searched),
            ("GET", r"/api/v1/tickets/(\d+)", lambda _r, _b, number: self.shown(self.row(number))),
            ("PUT", r"/api/v1/tickets/(\d+)", self.changed),
            ("POST", r"/api/v1/ticket_articles", self.said),
            ("GET", r"/api/v1/ticket_articles/by_ticket/(\d+)", self.articles),
            ("POST", r"/api/v1/tags/add", self.tagged),
            ("GET", r"/api/v1/users/me", lambda _r, _b: {"id": ROBOT, "email": "robot@example.com"}),
        ]

    @property
    def right(self) -> str:
        return f"Token token={self.token}"

    def shown(self, row: Row) -> dict[str, Any]:
        return {"id": row.id, "title": row.title, "state": row.status, "priority": row.priority,
                "article_ids": [each.id for each in row.comments]}  # fmt: skip

    def made(self, _request, body):
        self.require(body.get("title") and body.get("group") == "Users")
        self.require(re.fullmatch(r"guess:[^@\s]+@[^@\s]+\.\w+", body.get("customer_id", "")))
        row = Row(0, body["title"], "new", "2 normal", body.get("tags", "").split(","), group=body["group"])
        self.apply(row, body)
        self.require((body.get("article") or {}).get("body"))
        row.id = next(self._ids)
        self.tickets[row.id] = row
        self.article(row, body["article"])
        return self.shown(row)

    def apply(self, row: Row, body) -> None:
        state, priority = body.get("state", row.status), body.get("priority", row.priority)
        self.require(state in self.statuses and priority in self.priorities)
        if state.startswith("pending") and state != row.status:
            self.require(body.get("pending_time"))
            row.pending = datetime.fromisoformat(body["pending_time"]).isoformat()
        row.status, row.priority = state, priority

    def article(self, row: Row, body) -> Comment:
        self.require(body.get("body") and body.get("type", "note") == "note")
        self.require(body.get("sender", "Agent") in ("Agent", "Customer"))
        made = Comment(next(self._ids), ROBOT, body["body"], not body.get("internal", False),
                       mark=body.get("message_id", ""), sender=body.get("sender", "Agent"))  # fmt: skip
        row.comments.append(made)
        return made

    def changed(self, _request, body, number):
        row = self.row(number)
        self.apply(row, body)
        return self.shown(row)

    def said(self, _request, body):
        return {"id": self.article(self.row(body.get("ticket_id", 0)), body).id}

    def searched(self, _request, body):
        condition = body["condition"]["ticket.title"]
        self.require(condition["operator"] == "contains")
        return [self.shown(row) for row in self.tickets.values() if condition["value"] in row.title]

    def articles(self, _request, _body, number):
        return [
            {"id": each.id, "body": each.text, "content_type": "text/html" if each.markup else "text/plain",
             "internal": not each.public, "sender": each.sender, "message_id": each.mark or None,
             "from": NAMES[each.author], "created_by_id": each.author, "attachments": list(each.files)}
            for each in self.row(number).comments
        ]  # fmt: skip

    def tagged(self, _request, body):
        row = self.row(body["o_id"])
        row.tags += [body["item"]] if body["item"] not in row.tags else []
        return True

    def hook(self, row: Row) -> tuple[dict[str, str], bytes]:
        """A webhook of a trigger."""
        return self.sign(json.dumps({"ticket": {"id": row.id}, "article": {}}).encode())

    def sign(self, body: bytes, _at: int | None = None) -> tuple[dict[str, str], bytes]:
        digest = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
        return {"X-Hub-Signature": f"sha1={digest}", "X-Zammad-Delivery": "d-1"}, body


DOUBLES = {double.kind: double for double in (ZendeskDouble, ZammadDouble)}
