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

from typing import TYPE_CHECKING, Final

from bot import callback
from bot.clock import HOUR, SECOND
from bot.db import agents, forums, messages
from bot.db.messages import Message
from bot.db.outbox import ICON, Post
from bot.db.tickets import Ticket
from bot.desk import macros, standing, topic
from bot.domain import guard

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
        await _keep(desk, ticket)
        await (desk.mark(ticket, topic.NOTED) if kept else desk.over(ticket))
    elif kept or (ticket.assignee is not None and ticket.assignee != desk.agent):
        await _keep(desk, ticket)
        await desk.mark(ticket, topic.NOTED)
    elif ticket.assignee is None:
        await _keep(desk, ticket)
        button = {"text": "Claim", "callback_data": callback.pack_desk("claim", ticket.id)}
        await desk.reply(ticket, "unclaimed", keyboard=[[button]])
    elif not ticket.chat:
        await _keep(desk, ticket)
        await desk.reply(ticket, "nobody_yet")
    elif asks := guard.outgoing(incoming.text):
        await _keep(desk, ticket)
        await desk.audit("answer stopped", ticket, asks=asks)
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


async def _keep(desk: Desk, ticket: Ticket) -> None:
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
        await desk.post(_copy(ticket, row, incoming.chat, incoming.message, reply))
    await standing.turn(desk.tx, desk.tools, desk.policy, ticket, "pending")


def _album(ticket: Ticket, chat: int, album: str, due_at: int = 0) -> Post:
    body: dict[str, object] = {"ticket": ticket.id, "from": chat, "album": album}
    return Post("telegram", f"chat:{ticket.chat}", ticket.chat, "answers", body, keys="handoff/answer",
                merge=f"album:{album}", due_at=due_at)  # fmt: skip


def _copy(ticket: Ticket, row: int, chat: int, message: int, reply: int | None) -> Post:
    body = {"ticket": ticket.id, "from": chat, "message": message, "reply": reply}
    return Post("telegram", f"chat:{ticket.chat}", ticket.chat, "answer", body, ref=row, keys="handoff/answer")


async def retry(desk: Desk, ticket: Ticket, arg: str) -> None:
    """An answer that did not get through is tried once more."""
    row = int(arg, 36) if arg.isalnum() else 0
    failed = await messages.row(desk.tx, row)
    if failed is None or failed.ticket != ticket.id or failed.desk_message is None or ticket.assignee != desk.agent:
        await desk.toast("stale" if ticket.assignee == desk.agent else "not_yours")
        return
    if not await messages.again(desk.tx, failed):
        await desk.toast("stale")
        return
    await desk.toast("tried_again")
    chat, message = (await forums.forum(desk.tx, failed.forum)).current, failed.desk_message
    if failed.album:
        await desk.post(_album(ticket, chat, failed.album))
    elif failed.what == macros.MACRO:
        text = (await messages.said(desk.tx, desk.tools, failed.id))[-1][1]
        await desk.post(macros.wrote(ticket, failed.id, chat, message, text))
    else:
        await desk.post(_copy(ticket, failed.id, chat, message, None))


# --- afterwards -----------------------------------------------------------------------------------------------


async def edited(desk: Desk, ticket: Ticket) -> None:
    """An agent has changed what they wrote: the person's copy follows, a note stays one."""
    incoming = desk.incoming
    known = await desk.written(ticket, incoming.message)
    if known is None:
        return
    before = await messages.said(desk.tx, desk.tools, known.id)
    if before and before[-1][1] == incoming.text and incoming.what in ("text", known.what):
        return  # Telegram calls it an edit when a reaction or a preview changes
    if known.side == "note":
        await messages.say(desk.tx, desk.tools, known.id, incoming.text)
        return
    asks = guard.outgoing(incoming.text)
    mine = ticket.live and ticket.assignee == desk.agent
    turned_note = incoming.text.lstrip().startswith(_NOTE)
    if asks or turned_note or not mine or known.status != "delivered" or incoming.what != known.what:
        await desk.reply(ticket, "stopped" if asks else "edit_not_sent", asks=asks)
        return
    await messages.say(desk.tx, desk.tools, known.id, incoming.text)
    body: dict[str, object] = {
        "ticket": ticket.id, "message": known.user_message, "text": incoming.text, "entities": list(incoming.entities),
        "caption": known.what != "text", "source": incoming.message, "from": incoming.chat,
    }  # fmt: skip
    await desk.post(
        Post("telegram", f"chat:{ticket.chat}", ticket.chat, "change", body, ref=known.id, keys="handoff/change")
    )


async def unsend(desk: Desk, ticket: Ticket, _rest: str) -> None:
    """Take an answer back: the person's copy is deleted, as long as Telegram lets a bot do that."""
    known = await desk.written(ticket, desk.incoming.reply_to)
    if known is None or known.side != "agent":
        await desk.reply(ticket, "unsend_usage")
    elif desk.agent not in (known.author, ticket.assignee):
        await desk.reply(ticket, "not_yours", name=await desk.owner(ticket))
    elif known.status != "delivered" or desk.tools.clock.now() - known.at >= _UNSENDABLE:
        await desk.reply(ticket, "unsend_late")
    elif await messages.unsend(desk.tx, known.id):
        await _take_back(desk, ticket, known)


async def _take_back(desk: Desk, ticket: Ticket, known: Message) -> None:
    body: dict[str, object] = {"message": known.user_message, "ticket": ticket.id, "source": known.desk_message}
    await desk.audit("answer unsent", ticket)
    await desk.post(
        Post("telegram", f"chat:{ticket.chat}", ticket.chat, "unsend", body, ref=known.id, keys="handoff/unsend")
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
