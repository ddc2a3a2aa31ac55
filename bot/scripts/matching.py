"""What a step expects, against what was seen; and what must hold in the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.db import conversations, watch
from bot.db.base import Tx
from bot.sandbox.methods.topics import icon_of
from bot.scripts.script import Difference
from bot.scripts.seen import Seen, look
from bot.scripts.texts import agrees, captured

if TYPE_CHECKING:
    from bot.scripts.player import Player

Args = Mapping[str, Any]
REST = "..."
"""Ends a list of buttons of which only the first are named."""


def bot(player: Player, args: Args) -> None:
    """Messages to the person: their templates in order, and of the last one what else is said."""
    person = int(args.get("to", player.person))
    wanted = _words(args["screen"])
    seen: Seen | None = None
    while wanted:
        seen = player.take("bot", wanted[0], chat=person)
        if list(seen.keys) != wanted[: len(seen.keys)]:
            raise Difference(f"expected {' '.join(wanted)}, but the bot showed {' '.join(seen.keys)}")
        wanted = wanted[len(seen.keys) :]
    if seen is not None:
        _details(player, seen, args)


def _details(player: Player, seen: Seen, args: Args) -> None:
    if "text" in args and not agrees(str(args["text"]), seen.text):
        raise Difference(f"the message does not say {args['text']!r}; it says: {seen.text}")
    if "buttons" in args:
        _buttons(seen, [str(label) for row in args["buttons"] for label in (row if isinstance(row, list) else [row])])
    if "answers" in args and str(seen.answers or "nothing") != str(args["answers"]):
        raise Difference(f"the message should answer {args['answers']}, and answers {seen.answers or 'nothing'}")
    if "links" in args and list(seen.links) != list(args["links"]):
        raise Difference(f"the words should link to {args['links']}, and link to {list(seen.links)}")
    for name in ("edited", "picture", "quote"):
        if name in args and getattr(seen, name) != args[name]:
            raise Difference(f"{name} should be {args[name]}, and is {getattr(seen, name)}")
    for name, value in (args.get("params") or {}).items():
        if str(seen.params.get(name)) != str(value):
            raise Difference(f"{name} should be {value}, and is {seen.params.get(name)}")
    save(player, seen.text, args)
    if "save_id" in args:
        player.values[str(args["save_id"])] = str(seen.message)


def _buttons(seen: Seen, wanted: list[str]) -> None:
    there = [label for row in seen.buttons for label in row]
    rest = bool(wanted) and wanted[-1] == REST
    named = wanted[:-1] if rest else wanted
    if there[: len(named)] != named or (not rest and len(there) != len(named)):
        raise Difference(f"the buttons should be {named}{' and more' if rest else ''}; they are {there}")


def save(player: Player, text: str, args: Args) -> None:
    """Keep what the patterns of ``save`` find in the text."""
    for name, pattern in (args.get("save") or {}).items():
        found = captured(str(pattern), text)
        if found is None:
            raise Difference(f"nothing to save as {name}: /{pattern}/ is not in: {text}")
        player.values[name] = found


def letter(player: Player, args: Args, queue: str) -> None:
    """An SMS or an email."""
    key = str(args.get("key", ""))
    key = key if "/" in key or not key else f"{queue}/{key}"
    seen = player.take(queue, key or "anything")
    if key and seen.keys != (key,):
        raise Difference(f"expected {key}, but {' '.join(seen.keys)} arrived")
    if "to" in args and seen.to != str(args["to"]):
        raise Difference(f"it should go to {args['to']}, and went to {seen.to}")
    if "text" in args and not agrees(str(args["text"]), seen.text):
        raise Difference(f"it does not say {args['text']!r}; it says: {seen.text}")
    save(player, seen.text, args)


def toast(player: Player, args: Args) -> None:
    """The short word that answers a tap."""
    seen = player.take("toast", str(args["key"]))
    if seen.keys != (str(args["key"]),):
        raise Difference(f"expected the toast {args['key']}, but it was {' '.join(seen.keys)}")
    if "text" in args and not agrees(str(args["text"]), seen.text):
        raise Difference(f"the toast does not say {args['text']!r}; it says: {seen.text}")


def deletes(player: Player, args: Args) -> None:
    """A message of the person's that the bot deleted."""
    seen = player.take("deletes", str(args["text"]))
    said = player.said.get(seen.message or 0, "")
    if said != str(args["text"]):
        raise Difference(f"the bot should delete {args['text']!r}, and deleted {said!r}")


def desk(player: Player, args: Args) -> None:
    """What the agents' group got: keys, or mappings of a key and a text.

    What shares a lane, such as a topic, has to come in the order that is written; which of two topics is served first
    is nobody's promise.
    """
    given = args.get("posts", args)
    for post in given if isinstance(given, list) else [given]:
        wanted = dict(post) if isinstance(post, dict) else {"key": post}
        key = str(wanted["key"])
        wanted["key"] = key if "/" in key else f"desk/{key}"
        firsts = player.firsts("desk", wanted["key"])
        named = [seen for seen in firsts if seen.keys == (wanted["key"],)]
        seen = next((seen for seen in named if _differs(player, seen, wanted) is None), (named or firsts)[0])
        player.queue.remove(seen)
        if (difference := _differs(player, seen, wanted)) is not None:
            raise difference


def _differs(player: Player, seen: Seen, wanted: Args) -> Difference | None:
    """How a post of the agents' group is another than the wanted one."""
    key = str(wanted["key"])
    if seen.keys != (key,):
        return Difference(f"expected {key} in the agents' group, but {' '.join(seen.keys)} came")
    if "group" in wanted and seen.chat != player.stage.groups.get(str(wanted["group"])):
        return Difference(f"{key} should come in the group {wanted['group']}, and came in {seen.chat}")
    try:
        _details(player, seen, {name: value for name, value in wanted.items() if name not in ("key", "group")})
    except Difference as difference:
        return difference
    return None


def undelivered(player: Player, args: Args) -> None:
    """Something that did not get through."""
    seen = player.take("undelivered", str(args["key"]))
    if str(args["key"]) not in (" ".join(seen.keys), *seen.keys):
        raise Difference(f"expected {args['key']} to be lost, but it was {' '.join(seen.keys)}")
    if "reason" in args and seen.reason != args["reason"]:
        raise Difference(f"the reason should be {args['reason']}, and is {seen.reason}")


def ignore(player: Player, args: Args) -> None:
    """Drop what came of these keys."""
    keys = set(_words(args["keys"]))
    player.queue[:] = [seen for seen in player.queue if not keys & {*seen.keys, seen.queue}]


# --- what must hold -------------------------------------------------------------------------------------------------


async def holds(player: Player, args: Args) -> None:
    """The state, the audit, the tickets, the rows of tables."""
    if "state" in args:
        await _state(player, str(args["state"]))
    if "keyboard" in args:
        stands = player.stage.keyboard(player.person)
        if stands != args["keyboard"]:
            raise Difference(f"a reply keyboard {'stands' if stands else 'does not stand'} in the chat")
    if "audit" in args:
        await _audit(player, _words(args["audit"]))
    if "topics" in args:
        _rows("topics", _topics(player), args["topics"])
    for method, wanted in (args.get("calls") or {}).items():
        made = sum(call.method == method for call in player.stage.world.journal.calls)
        if made != wanted:
            raise Difference(f"{method} should have been called {wanted} times, and was {made} times")
    if "topic" in args:
        _newest_topic(player, args["topic"])
    for table, wanted in {
        **(args.get("db") or {}),
        **({"tickets": args["tickets"]} if "tickets" in args else {}),
    }.items():
        _rows(table, await rows(player, table), wanted)
    for table in args.get("unchanged") or ():
        if await rows(player, str(table)) != player.before.get(str(table)):
            raise Difference(f"{table} has changed")


def _topics(player: Player) -> list[dict[str, Any]]:
    """The topics of the agents' group, deleted ones too, oldest first."""
    forum = player.stage.world.state.chats[player.stage.forum]
    return [
        {"name": topic.name, "icon": icon_of(topic), "closed": topic.closed, "deleted": topic.deleted}
        for topic in forum.topics.values()
    ]


def _newest_topic(player: Player, wanted: list[Any]) -> None:
    """What stands in the newest topic, message by message: its text, or a mapping of its text and where it links."""
    forum = player.stage.world.state.chats[player.stage.forum]
    newest = max(forum.topics, default=0)
    there = [message for message in forum.messages.values() if message.thread == newest and not message.service]
    looks = [look(message) for message in there if not message.deleted]
    told = [each if isinstance(each, dict) else {"text": each} for each in wanted]
    if len(looks) != len(told) or not all(
        agrees(str(one["text"]), seen["text"]) for one, seen in zip(told, looks, strict=True)
    ):
        raise Difference(f"the newest topic should hold {wanted}, and holds {[seen['text'] for seen in looks]}")
    for one, seen in zip(told, looks, strict=True):
        if "links" in one and list(seen["links"]) != list(one["links"]):
            raise Difference(f"{one['text']!r} should link to {one['links']}, and links to {list(seen['links'])}")


async def rows(player: Player, table: str) -> list[dict[str, Any]]:
    """Rows of a table as they may be looked at."""
    try:
        return await player.stage.db(lambda tx: watch.rows(tx, table))
    except LookupError as error:
        raise Difference(str(error)) from None


async def _state(player: Player, wanted: str) -> None:
    async def job(tx: Tx) -> str:
        found = await conversations.load(tx, player.stage.app.tools, player.person)
        return found.snapshot.place if found and found.snapshot else "nowhere"

    place = await player.stage.db(job)
    if place != wanted:
        raise Difference(f"the conversation should stand at {wanted}, and stands at {place}")


async def _audit(player: Player, wanted: list[str]) -> None:
    """The named actions are there, in this order; others may be in between."""
    found = iter(await player.stage.db(watch.actions))
    for action in wanted:
        if not any(action in taken for taken in found):
            raise Difference(f"{action!r} is not in the audit, or not in this order")


def _rows(table: str, found: list[dict[str, Any]], wanted: Any) -> None:
    if len(found) != len(wanted):
        raise Difference(f"{table} should have {len(wanted)} rows, and has {len(found)}: {found}")
    for row, columns in zip(found, wanted, strict=True):
        for column, value in columns.items():
            if column not in row:
                raise Difference(f"{table} has no column {column}; it has: {', '.join(row)}")
            if not _same(row[column], value):
                raise Difference(f"{table}.{column} should be {value}, and is {row[column]}")


def _same(stored: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):  # whether there is something
        return bool(stored) is wanted
    if isinstance(wanted, str) and wanted.startswith("/") and isinstance(stored, str):
        return agrees(wanted, stored)
    return str(stored) == str(wanted)


def _words(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else str(value).split(" + ")
