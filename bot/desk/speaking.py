"""Who speaks to the person, and what stays among agents.

    nobody has the ticket      whatever is typed is a note, and whoever typed it is told
    it is mine                 what I type goes to the person; a line that begins with // does not
    it is a colleague's        what I type is a note
    I answer a note            a note
    I change what I wrote      the person's copy changes too
    /unsend, as a reply        the person's copy is gone

A reaction on the agent's own message says what became of it; words come only where something has to be done.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from bot import callback
from bot.clock import HOUR, SECOND
from bot.db import agents, asks, forums, messages
from bot.db.messages import Message
from bot.db.outbox import ICON, Post
from bot.db.tickets import Ticket
from bot.desk import asking, macros, questions, standing, topic
from bot.domain import guard, parts
from bot.domain.parts import Part

if TYPE_CHECKING:
    from bot.desk.group import Desk

_NOTE: Final = "//"
ALBUM: Final = SECOND
"""How long the parts of an album are waited for: Telegram delivers them one by one."""
_UNSENDABLE: Final = 48 * HOUR
"""A bot's message can be deleted as long (Bot API, deleteMessage)."""
_LONGEST_NAME: Final = 32


async def said(desk: Desk, ticket: Ticket) -> None:
    """What an agent has typed: an answer, or a note."""
    incoming = desk.incoming
    kept = incoming.text.lstrip().startswith(_NOTE) or await _in_a_note(desk, ticket)
    if not ticket.live:
        await keep(desk, ticket)
        await (desk.mark(ticket, topic.NOTED) if kept else desk.over(ticket))
    elif kept or (ticket.assignee is not None and ticket.assignee != desk.agent):
        await keep(desk, ticket)
        await desk.mark(ticket, topic.NOTED)
    elif ticket.assignee is None:
        await keep(desk, ticket)
        button = {"text": "Claim", "callback_data": callback.pack_desk("claim", ticket.id)}
        await desk.reply(ticket, "unclaimed", keyboard=[[button]])
    elif not ticket.chat:
        await keep(desk, ticket)
        await desk.reply(ticket, "nobody_yet")
    elif asks := guard.outgoing(incoming.text):
        await keep(desk, ticket)
        await desk.audit("answer stopped", ticket, outcome="refused", asks=asks)
        await desk.reply(ticket, "stopped", asks=asks)
    else:
        await _answer(desk, ticket)


async def _in_a_note(desk: Desk, ticket: Ticket) -> bool:
    """Whether it answers a note, or belongs to an album of which a part is one."""
    incoming = desk.incoming
    answered = await desk.written(ticket, incoming.reply_to)
    if answered is not None and answered.side == "note":
        return True
    return bool(incoming.album) and await messages.album_kept(desk.tx, ticket.id, incoming.album)


async def keep(desk: Desk, ticket: Ticket) -> None:
    """What the agent wrote stays among agents."""
    incoming = desk.incoming
    await messages.message(
        desk.tx, desk.tools, ticket=ticket.id, side="note", author=desk.agent, source=incoming.message,
        forum=desk.forum, what=incoming.what, album=incoming.album, text=incoming.text,
    )  # fmt: skip
    if incoming.album:
        await messages.keep_album(desk.tx, ticket.id, incoming.album)


async def _answer(desk: Desk, ticket: Ticket) -> None:
    incoming = desk.incoming
    row = await messages.message(
        desk.tx, desk.tools, ticket=ticket.id, side="agent", author=desk.agent, source=incoming.message,
        forum=desk.forum, what=incoming.what, album=incoming.album, text=incoming.text,
    )  # fmt: skip
    if incoming.album:
        await desk.post(_album(ticket, incoming.chat, incoming.album, desk.tools.clock.now() + ALBUM))
    else:
        answered = await desk.written(ticket, incoming.reply_to)
        reply = answered.user_message if answered else None
        quote = incoming.quote.fields if incoming.quote is not None else None
        await desk.post(_copy(ticket, row, incoming.chat, incoming.message, reply=reply, quote=quote))
    await standing.turn(desk.tx, desk.tools, desk.policy, ticket, "pending")


def _album(ticket: Ticket, chat: int, album: str, due_at: int = 0) -> Post:
    body: dict[str, object] = {"ticket": ticket.id, "from": chat, "album": album}
    return Post("telegram", f"chat:{ticket.chat}", ticket.chat, "answers", body, keys="handoff/answer",
                merge=f"album:{album}", due_at=due_at)  # fmt: skip


def _copy(ticket: Ticket, row: int, chat: int, message: int, **answering: object) -> Post:
    body = {"ticket": ticket.id, "from": chat, "message": message, **answering}
    return Post("telegram", f"chat:{ticket.chat}", ticket.chat, "answer", body, ref=row, keys="handoff/answer")


async def retry(desk: Desk, ticket: Ticket, arg: str) -> None:
    """An answer that did not get through is tried once more."""
    row = int(arg, 36) if arg.isalnum() else 0
    failed = await messages.row(desk.tx, row)
    if failed is None or failed.ticket != ticket.id or failed.desk_message is None or ticket.assignee != desk.agent:
        await desk.toast("stale" if ticket.assignee == desk.agent else "not_yours")
        return
    if not ticket.live:
        await desk.toast("stale")
        await desk.over(ticket)
        return
    if not await messages.again(desk.tx, failed):
        await desk.toast("stale")
        return
    await desk.toast("tried_again")
    chat, message = (await forums.forum(desk.tx, failed.forum)).current, failed.desk_message
    if failed.album:
        await desk.post(_album(ticket, chat, failed.album))
    elif failed.what == questions.ASK:
        await asking.send(desk, ticket, failed.id)
    elif failed.what in (macros.MACRO, macros.REST):
        text = (await messages.said(desk.tx, desk.tools, failed.id))[-1][1]
        await desk.post(macros.wrote(ticket, failed.id, chat, message, Part(text)))
    else:
        await desk.post(_copy(ticket, failed.id, chat, message))


# --- afterwards -----------------------------------------------------------------------------------------------


async def edited(desk: Desk, ticket: Ticket) -> None:
    """An agent has changed what they wrote: the person's copy follows, a note stays one."""
    incoming = desk.incoming
    rows = await messages.pieces(desk.tx, ticket.id, incoming.message, forum=desk.forum)
    if not rows:
        return
    known = rows[0]
    before = [(await messages.said(desk.tx, desk.tools, row.id))[-1][1] for row in rows]
    if "".join(before) == incoming.text and incoming.what in ("text", known.what):
        return  # Telegram calls it an edit when a reaction or a preview changes
    if known.side == "note":
        await messages.say(desk.tx, desk.tools, known.id, incoming.text)
        return
    asks = guard.outgoing(incoming.text)
    mine = ticket.live and ticket.assignee == desk.agent
    turned_note = incoming.text.lstrip().startswith(_NOTE)
    if asks or turned_note or not mine or known.status != "delivered" or incoming.what != known.what:
        if asks or turned_note:  # a copy is made of what stands in the group then
            for row in rows:
                await messages.spoil(desk.tx, row.id)
        await desk.reply(ticket, "stopped" if asks else "edit_not_sent", asks=asks)
        return
    first = parts.TEXT if known.what == "text" else parts.CAPTION
    begins, *rest = parts.parts(incoming.text, incoming.entities, first=first)
    for part, row in zip_longest([begins, *parts.showing(rest)], rows):
        if part is None:
            await _take_back(desk, ticket, row, marked=False)
        else:
            await _change(desk, ticket, part, row, caption=row is known and known.what != "text")


async def _change(desk: Desk, ticket: Ticket, part: Part, row: Message | None, *, caption: bool) -> None:
    """Let the person have this part: in place of what they have, or new below it."""
    incoming = desk.incoming
    if row is None:
        made = await messages.message(
            desk.tx, desk.tools, ticket=ticket.id, side="agent", author=desk.agent, source=incoming.message,
            forum=desk.forum, what=macros.REST, text=part.text,
        )  # fmt: skip
        await desk.post(macros.wrote(ticket, made, incoming.chat, incoming.message, part))
        return
    await messages.say(desk.tx, desk.tools, row.id, part.text)
    if row.status != "delivered":
        await desk.post(macros.wrote(ticket, row.id, incoming.chat, incoming.message, part))
        return
    body: dict[str, object] = {
        "ticket": ticket.id, "message": row.user_message, "text": part.text, "entities": list(part.entities),
        "caption": caption, "source": incoming.message, "from": incoming.chat,
    }  # fmt: skip
    await desk.post(
        Post("telegram", f"chat:{ticket.chat}", ticket.chat, "change", body, ref=row.id, keys="handoff/change")
    )


async def unsend(desk: Desk, ticket: Ticket, _rest: str) -> None:
    """Take an answer back: the person's copy is deleted, as long as Telegram lets a bot do that."""
    answered = desk.incoming.reply_to
    rows = await messages.pieces(desk.tx, ticket.id, answered, forum=desk.forum) if answered else []
    known = rows[0] if rows else await desk.written(ticket, answered)
    if known is None or known.side != "agent":
        await desk.reply(ticket, "unsend_usage")
    elif desk.agent not in (known.author, ticket.assignee):
        await desk.reply(ticket, "not_yours", name=await desk.owner(ticket))
    elif known.status != "delivered" or desk.tools.clock.now() - known.at >= _UNSENDABLE:
        await desk.reply(ticket, "unsend_late")
    else:
        await desk.audit("answer unsent", ticket)
        for row in rows:
            await _take_back(desk, ticket, row, marked=row is rows[-1])


async def _take_back(desk: Desk, ticket: Ticket, row: Message, *, marked: bool) -> None:
    """Delete the person's copy; ``marked``: the agent's message shall say so."""
    if not await messages.unsend(desk.tx, row.id):
        return
    await asks.end(desk.tx, desk.tools, ticket.id, message=row.id)
    source = row.desk_message if marked else None
    body: dict[str, object] = {"message": row.user_message, "ticket": ticket.id, "source": source}
    await desk.post(
        Post("telegram", f"chat:{ticket.chat}", ticket.chat, "unsend", body, ref=row.id, keys="handoff/unsend")
    )


async def reacted(desk: Desk, ticket: Ticket) -> None:
    """An agent's reaction to what the person wrote stands on the person's own message too."""
    incoming = desk.incoming
    known = await desk.written(ticket, incoming.message)
    if known is None or known.side != "user" or known.user_message is None or ticket.assignee != desk.agent:
        return
    body = {"ticket": ticket.id, "message": known.user_message, "emoji": incoming.data, "from": ticket.chat}
    await desk.post(
        Post("telegram", f"chat:{ticket.chat}", ticket.chat, "react", body, priority=ICON, keys="handoff/reaction")
    )


async def call(desk: Desk, ticket: Ticket, rest: str) -> None:
    """What people are told that the agent is called."""
    name = " ".join(rest.split())
    if not 1 <= len(name) <= _LONGEST_NAME or not name.replace(" ", "").replace("-", "").isalpha():
        await desk.reply(ticket, "name_usage")
        return
    await agents.call(desk.tx, desk.tools, desk.agent, name)
    await desk.audit("agent renamed", ticket)
    await desk.reply(ticket, "named", name=name)
