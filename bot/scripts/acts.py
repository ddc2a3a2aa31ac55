"""What the actors do: one function a verb. Each returns once everything that follows from it has happened."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Mapping
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.local import API_TOKEN
from bot.sandbox.demo import AGENTS
from bot.sandbox.messages import MEDIA_KINDS
from bot.scripts.samples import SAMPLES
from bot.scripts.script import Difference
from bot.scripts.stage import duration
from bot.scripts.texts import agrees, captured

if TYPE_CHECKING:
    from bot.scripts.player import Player

Args = Mapping[str, Any]

SERVICE_FAULTS = ("down", "rejected", "slow", "timeout_before", "timeout_after", "reset")
_IDS = ("message_id", "reply_to", "thread")
"""Fields of acts that may come from a variable."""
_TOPIC_ACTS = {"close_topic": "topic_close", "reopen_topic": "topic_reopen", "delete_topic": "topic_delete"}


async def user(player: Player, args: Args) -> None:
    """A text of the person's."""
    fields = {name: value for name, value in args.items() if name in ("reply_to", "forwarded", "quote")}
    if "reply_to" in fields:
        fields["reply_to"] = player.bot_message(int(fields["reply_to"]))
    made = await player.act("say", {"person": player.person, "text": str(args["text"]), **fields})
    if "save" in args:
        player.values[args["save"]] = str(made["message_id"])


async def open_link(player: Player, args: Args) -> None:
    """A deep link, opened."""
    await player.act("start", {"person": player.person, "payload": str(args["payload"])})


async def tap(player: Player, args: Args) -> None:
    """A button, once or twice in a row; each tap must be answered, or the person's screen keeps spinning."""
    fields: dict[str, Any] = {"person": player.person, "label": str(args["label"])}
    if "of" in args:
        fields["message_id"] = player.bot_message(int(args["of"]))
    if "foreign" in args:
        fields["foreign"] = int(args["foreign"])
    presses = [await player.act("tap", fields, settle=False) for _ in range(2 if args.get("twice") else 1)]
    await player.stage.settle()
    player.look()
    for press in presses:
        query = player.stage.world.state.queries.get(press.get("query_id") or "")
        if query is not None and not query.answered:
            raise Difference(f"the tap on {args['label']!r} was never answered; the button would spin")


async def share_contact(player: Player, args: Args) -> None:
    """A contact: the person's own unless it says otherwise."""
    await player.act("contact", {"person": player.person, **args})


async def media(player: Player, args: Args, kind: str) -> None:
    """A file of a kind, a sample unless it says otherwise."""
    fields = dict(args)
    if "reply_to" in fields:
        fields["reply_to"] = player.bot_message(int(fields["reply_to"]))
    await player.act("media", {"person": player.person, "kind": kind, **fields})


async def album(player: Player, args: Args) -> None:
    """Several at once: kinds, or mappings as the sandbox takes them."""
    items = [item if isinstance(item, dict) else {"kind": item} for item in args["items"]]
    await player.act("album", {"person": player.person, "items": [dict(item) for item in items]})


async def location(player: Player, args: Args) -> None:
    """A point on the map."""
    place = {name: float(args.get(name, 0)) for name in ("latitude", "longitude")}
    await player.act("location", {"person": player.person, **place})


async def edit(player: Player, args: Args) -> None:
    """One of the person's messages, the newest unless ``of`` counts another (1: the first)."""
    mine = [message.id for message in player.stage.world.messages(player.person) if message.sender == player.person]
    number = int(args.get("of", len(mine)))
    if not 1 <= number <= len(mine):
        raise Difference(f"there is no message {number} of theirs; they wrote {len(mine)}")
    await player.act("edit", {"person": player.person, "message_id": mine[number - 1], "text": str(args["text"])})


async def block(player: Player, _args: Args) -> None:
    """The person blocks the bot."""
    await player.act("block", {"person": player.person})


async def unblock(player: Player, _args: Args) -> None:
    """The person unblocks the bot."""
    await player.act("unblock", {"person": player.person})


async def switch(player: Player, args: Args) -> None:
    """Somebody else's steps follow."""
    player.person = int(args["person"])


async def agent(player: Player, args: Args) -> None:
    """An agent in the topic of the person's newest ticket; what else they do is said as the sandbox says it."""
    stage = player.stage
    fields = {name: value for name, value in args.items() if name not in ("as", "save")}
    group, thread = await stage.topic(player.person)
    thread = fields.pop("thread", None) or thread
    if "group" in fields:  # in another one than the ticket's, outside of all topics
        group, thread = stage.now(stage.groups[fields.pop("group")]), None
    place = {"person": int(args.get("as", AGENTS[0])), "chat": group}
    if thread:
        place["thread"] = int(thread)
    verb = next((name for name in fields if name in ("reply", "say", "tap", "edit", *MEDIA_KINDS, *_TOPIC_ACTS)), None)
    if verb is None:
        raise Difference(f"what does the agent do? one of reply, tap, edit, {', '.join((*_TOPIC_ACTS, *MEDIA_KINDS))}")
    value = fields.pop(verb)
    made: Mapping[str, Any] = {}
    if "reply_to" in fields:
        fields["reply_to"] = int(fields["reply_to"])
    if verb in _TOPIC_ACTS:
        await player.act(_TOPIC_ACTS[verb], place)
    elif verb == "tap":
        await player.act("tap", {**place, "label": str(value), **fields})
    elif verb == "edit":
        written = [message.id for message in stage.world.messages(group) if message.sender == place["person"]]
        place.pop("thread", None)
        await player.act("edit", {**place, "message_id": written[-1] if written else 0, "text": str(value)})
    elif verb in MEDIA_KINDS:
        caption = {"caption": value} if isinstance(value, str) else {}
        made = await player.act("media", {**place, "kind": verb, **caption, **fields})
    else:
        made = await player.act("say", {**place, "text": str(value), **fields})
    if "save" in args:
        player.values[str(args["save"])] = str(made["message_id"])


async def anything(player: Player, args: Args) -> None:
    """Any act of the sandbox, as docs/sandbox.md names it; ``chat: forum`` is the agents' group, ``second`` another."""
    groups = {name: player.stage.now(group) for name, group in player.stage.groups.items()}
    fields: dict[str, Any] = {name: groups.get(str(value), value) for name, value in args.items() if name != "act"}
    fields |= {name: int(fields[name]) for name in _IDS if str(fields.get(name, "")).isdigit()}
    await player.act(str(args["act"]), fields)


async def link(player: Player, args: Args) -> None:
    """A sign-in link that the exchange's website asks for; ``save`` keeps its payload."""
    body = await _website(player, "POST", str(args["account"]), "links")
    player.values[args["save"]] = body["payload"]


async def sign_out(player: Player, args: Args) -> None:
    """Every chat is signed out of the account, by the website."""
    await _website(player, "DELETE", str(args["account"]), "sessions")


async def operation(player: Player, args: Args) -> None:
    """The exchange asks whether an account may do something now."""
    for name in str(args["name"]).split():
        body = await _website(player, "GET", str(args["account"]), f"operations/{name}")
        allowed, reasons = bool(args["allowed"]), sorted(str(args.get("reasons", "")).split())
        if (allowed, reasons) != (body["allowed"], sorted(body["reasons"])):
            raise Difference(f"{name}: expected allowed {allowed} {reasons}, the answer is {dict(body)}")


async def _website(player: Player, method: str, email: str, what: str) -> Mapping[str, Any]:
    account = player.stage.accounts.get(email)
    if account is None:
        raise Difference(f"there is no account {email}; given: {', '.join(player.stage.accounts) or 'none'}")
    url = f"http://127.0.0.1:{player.stage.driver.server.port}/v1/accounts/{account}/{what}"
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    async with player.stage.browser("website").request(method, url, headers=headers) as answer:
        body: Mapping[str, Any] = await answer.json(content_type=None)
        if answer.status >= 400:
            raise Difference(f"the website was refused: {body}")
    return body


# --- forms --------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """The text of a page, and the hidden fields of its form."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.text = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given.get("name") or ""] = given.get("value") or ""
        if tag == "a":
            self.links.append(given.get("href") or "")

    def handle_data(self, data: str) -> None:
        self.text += data


async def form(player: Player, args: Args) -> None:
    """The form behind the newest address that the bot has shown: opened, and sent where ``fill`` says with what."""
    url = str(args.get("url") or _address(player))
    browser = player.stage.browser(str(args.get("browser", player.person)))
    page = await _load(browser.get(url))
    if "fill" in args or "files" in args:
        page = await _load(browser.post(url, data=_filled_in(page, args)))
    if isinstance(args.get("save"), dict):
        _save(player, args["save"], page)
    elif "save" in args:
        player.values[str(args["save"])] = url
    await player.stage.settle()
    player.look()
    seen = " ".join(page.text.split())
    player.transcript.page(seen)
    if "shows" in args and not agrees(str(args["shows"]), seen):
        raise Difference(f"the page does not show {args['shows']!r}; it shows: {seen}")


def _filled_in(page: _Page, args: Args) -> aiohttp.FormData | dict[str, str]:
    """What the form sends: urlencoded, or multipart where files go with it."""
    fields = {**page.hidden, **{name: str(value) for name, value in args.get("fill", {}).items()}}
    if "files" not in args:
        return fields
    sent = aiohttp.FormData(fields)
    for name, sample in args["files"].items():
        if str(sample) not in SAMPLES:
            raise Difference(f"there is no sample {sample!r}; there are: {', '.join(SAMPLES)}")
        # The name is the attacker's to choose; nothing may come of it.
        sent.add_field(
            str(name), io.BytesIO(SAMPLES[str(sample)]()), filename="../../etc/passwd.jpg", content_type="image/jpeg"
        )
    return sent


def _save(player: Player, wanted: Mapping[str, Any], page: _Page) -> None:
    """Keep what patterns find in the page's text and in the addresses it links to."""
    seen = "\n".join((page.text, *page.links))
    for name, pattern in wanted.items():
        found = captured(str(pattern), seen)
        if found is None:
            raise Difference(f"the page has nothing like {pattern!r}; it says: {' '.join(seen.split())}")
        player.values[str(name)] = found


def _address(player: Player) -> str:
    for seen in reversed(player.stage.shown(player.person)):
        if seen.urls:
            return seen.urls[-1]
    raise Difference("no message of the bot carries an address")


async def _load(asked: Any) -> _Page:
    page = _Page()
    async with asked as answer:
        if answer.content_type == "image/jpeg":
            page.text = f"a picture, {answer.headers['Cache-Control']}"
        else:
            page.feed(await answer.text())
    return page


# --- the world ------------------------------------------------------------------------------------------------------


async def wait(player: Player, args: Args) -> None:
    """Time passes."""
    try:
        await player.stage.wait(duration(str(args["time"])))
    except ValueError as error:
        raise Difference(str(error)) from None
    player.look()


async def restart(player: Player, _args: Args) -> None:
    """A stop and a start."""
    await player.stage.restart(kill=False)
    player.look()


async def kill(player: Player, _args: Args) -> None:
    """A kill and a start."""
    await player.stage.restart(kill=True)
    player.look()


async def deploy(player: Player, args: Args) -> None:
    """A release between two steps: the stored conversation carries another version of its flow."""
    await player.stage.age(player.person, int(args.get("version", 0)))


async def deliver(player: Player, args: Args) -> None:
    """The newest update once more, or any update at all."""
    if "update" in args:
        await player.act("deliver", {"update": dict(args["update"])})
    else:
        await player.act("again", {})


async def telegram(player: Player, args: Args) -> None:
    """A fault of the Bot API: a status, or a kind."""
    fail = args["fail"]
    fault: dict[str, Any] = {"method": args.get("method", "sendMessage"), "times": int(args.get("times", 1))}
    fault |= {"kind": "error", "code": int(fail)} if str(fail).isdigit() else {"kind": str(fail)}
    fault |= {name: args[name] for name in ("retry_after", "chat") if name in args}
    if "chat" in fault:
        fault["chat"] = player.stage.groups.get(str(fault["chat"]), fault["chat"])
    if "text" in args:
        fault["description"] = args["text"]
    if "delay" in args:
        fault["delay_ms"] = duration(str(args["delay"]))
    await player.stage.driver.fault(fault)


async def gateway(player: Player, args: Args, which: str) -> None:
    """A fault of a service that is asked over HTTP."""
    fail = str(args["fail"]).removeprefix("gateway_")
    fault: dict[str, Any] = {"method": which, "times": int(args.get("times", 1))}
    fault |= {"kind": fail} if fail in SERVICE_FAULTS else {"kind": "error", "code": int(fail)}
    if "to" in args:
        fault["to"] = args["to"]
    if "delay" in args:
        fault["delay_ms"] = duration(str(args["delay"]))
    await player.stage.driver.fault(fault)


async def accounts(player: Player, args: Args) -> None:
    """A fault of the exchange's account system."""
    await gateway(player, args, "accounts")


async def sandbox(player: Player, args: Args) -> None:
    """Settings of the sandbox."""
    await player.stage.driver.tune(dict(args))


ACTS: Mapping[str, Callable[[Player, Args], Awaitable[None]]] = {
    "as": switch, "user": user, "open": open_link, "tap": tap, "share_contact": share_contact, "album": album,
    "location": location, "edit": edit, "form": form, "block": block, "unblock": unblock, "agent": agent,
    "link": link, "sign_out": sign_out, "operation": operation, "act": anything, "wait": wait,
    "restart": restart, "kill": kill, "deploy": deploy, "deliver": deliver, "telegram": telegram, "accounts": accounts,
    "sandbox": sandbox,
}  # fmt: skip
INSTANT = frozenset({"as", "link", "sign_out", "operation", "telegram", "accounts", "sandbox", "deploy", "wait"})
"""Verbs for which nobody needs a moment: nothing happens in a chat, or time passes anyway."""
