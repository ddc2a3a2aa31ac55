"""The agents' side of a recovery: they look at the pictures, and decide from the ticket's topic.

    [Front] [Back] [Selfie]     a view-once address, given to this very agent in private
    [Approve...]                asks once more; counts only from who has looked at every picture
    [Ask again...]              which picture, and why
    [Reject...]                 why
    /view, /approve, /again front It is cut off, /reject ...     the same in writing, with words of one's own

A button carries the round of pictures it was shown with: what was decided about earlier ones counts for nothing. There
is no power over the hold here, nor any way to write a number.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from bot import callback, notices
from bot.context import Policy
from bot.db import audit, inbox, outbox, pictures, recoveries, sessions, tickets
from bot.db.accounts import Account
from bot.db.base import Tx
from bot.db.outbox import CLAIM, FAILURE, Post
from bot.db.recoveries import Case
from bot.db.tickets import Ticket
from bot.desk import standing, topic
from bot.domain import masks, recovery
from bot.tools import Tools

if TYPE_CHECKING:
    from bot.desk.group import Desk

_LABELS: Final = {"front": "Front", "back": "Back", "selfie": "Selfie"}
_AGAIN: Final = {
    "blurred": "blurred", "cut": "cut off", "glare": "glare", "phrase": "note not readable",
    "document": "wrong document",
}  # fmt: skip
_REJECT: Final = {
    "mismatch": "Not the same person", "document": "Document not accepted", "selfie": "Selfie not accepted",
    "doubt": "Doubts remain",
}  # fmt: skip
ACTIONS: Final = ("view", "approve", "again", "reject")
COMMANDS: Final = {
    "view": "A picture of the recovery: front, back or selfie",
    "approve": "Approve the recovery, once you have seen every picture",
    "again": "Ask for a picture once more: which, and why",
    "reject": "Reject the recovery, with the reason",
}
_LONGEST: Final = 300
"""Characters of an agent's own words to the person."""

Keyboard = list[list[dict[str, str]]]


def panel(policy: Policy, ticket: Ticket, case: Case, holder: Account) -> Post:
    """What lays a round of pictures before the agents, and says whose they have to be, with the buttons to decide by.

    The ticket may be about nobody, or about another account of whoever writes: what its card shows is no guide.
    """
    held = {"email": holder.email_at, "totp": holder.totp_at, "trading": holder.trading_at}
    params = {
        "round": case.round,
        "shown": sorted(case.factors),
        "withheld": sorted(name for name, at in held.items() if at is not None and name not in _covered(case)),
        "phrase": case.phrase,
        "approvals": case.approvals,
        "account": masks.account(str(holder.id)),
        "email": masks.email(holder.email),
        "phone": masks.phone(holder.phone) if holder.phone else "",
        "other": ticket.account not in (None, case.account),
    }
    buttons = [
        [_button(_LABELS[part], "view", ticket, case, part) for part in recovery.PARTS],
        [
            _button("Approve…", "approve", ticket, case),
            _button("Ask again…", "again", ticket, case),
            _button("Reject…", "reject", ticket, case),
        ],
    ]
    return note(policy, ticket.id, "identity", params=params, keyboard=buttons)


def _covered(case: Case) -> frozenset[str]:
    return case.factors | ({"totp"} if "recovery" in case.factors else frozenset())


def note(
    policy: Policy,
    ticket: int,
    key: str,
    *,
    params: dict[str, object] | None = None,
    keyboard: Keyboard | None = None,
    reply: int | None = None,
) -> Post:
    """A text of the desk for the ticket's topic."""
    body: dict[str, object] = {"key": f"desk/{key}", "params": params or {}, "keyboard": keyboard, "reply": reply}
    return topic.post(policy, ticket, "desk_text", body, priority=FAILURE if reply else CLAIM)


async def stored(tx: Tx, tools: Tools, policy: Policy, ticket: int, key: str) -> Post:
    """The same, stored already."""
    return await outbox.put(tx, tools, note(policy, ticket, key))


def _button(label: str, action: str, ticket: Ticket, case: Case, what: str = "") -> dict[str, str]:
    arg = f"{case.round}.{what}" if what else str(case.round)
    return {"text": label, "callback_data": callback.pack_desk(action, ticket.id, arg)}


def tapped(action: str) -> Callable[[Desk, Ticket, str], Awaitable[None]]:
    """What a button of a panel or a menu does."""

    async def run(desk: Desk, ticket: Ticket, arg: str) -> None:
        await Review(desk, ticket, await desk.name()).tapped(action, arg)

    return run


def written(command: str) -> Callable[[Desk, Ticket, str], Awaitable[None]]:
    """What a command does."""

    async def run(desk: Desk, ticket: Ticket, rest: str) -> None:
        await Review(desk, ticket, await desk.name()).written(command, rest)

    return run


class Review:
    """One agent's doing about the case of one ticket."""

    def __init__(self, desk: Desk, ticket: Ticket, name: str) -> None:
        self._desk = desk
        self._ticket = ticket
        self._agent = desk.agent
        self._name = name

    async def tapped(self, action: str, arg: str) -> None:
        """A button of a panel or a menu."""
        told, _, what = arg.partition(".")
        case = next((case for case in await self._cases() if told == str(case.round)), None)
        if case is None:
            await self._desk.toast("decided")
            return
        if action == "view":
            await self._view(case, what)
        elif not what:
            await self._menu(case, action)
        elif action == "approve":
            await self._approve(case)
        elif action == "again":
            part, _, reason = what.partition(".")
            await self._ask_again(case, part, reason=reason)
        else:
            await self._reject(case, reason=what)

    async def written(self, command: str, rest: str) -> None:
        """A command."""
        cases = await self._cases()
        if len(cases) != 1:
            await self._reply("several_cases" if cases else "no_case")
            return
        [case] = cases
        word, _, words = rest.partition(" ")
        words, why = " ".join(words.split()), " ".join(rest.split())
        if command == "approve":
            await self._approve(case)
        elif len(why if command == "reject" else words) > _LONGEST:
            await self._reply("review_usage", most=_LONGEST)
        elif command == "reject" and why:
            await self._reject(case, words=why)
        elif word.lower() in recovery.PARTS and (command == "view" or words):
            part = word.lower()
            await (self._view(case, part) if command == "view" else self._ask_again(case, part, words=words))
        else:
            await self._reply("review_usage")

    async def _cases(self) -> list[Case]:
        return await recoveries.in_review(self._desk.tx, self._desk.tools, self._ticket.id)

    # --- looking -------------------------------------------------------------------------------------------

    async def _view(self, case: Case, part: str) -> None:
        desk = self._desk
        picture = (await pictures.parts(desk.tx, case.id)).get(part)
        if picture is None:
            await desk.toast("stale")
            return
        token = await pictures.issue_view(desk.tx, desk.tools, picture, agent=self._agent, name=self._name)
        await self._audit("picture asked for", case, part=part)
        body = {
            "ticket": self._ticket.id, "number": self._ticket.number, "part": part,
            "url": f"{desk.policy.public_url}/p/{token}",
        }  # fmt: skip
        await desk.toast("sent_privately")
        await desk.post(Post("telegram", f"chat:{self._agent}", self._agent, "view", body, keys="desk/view"))

    # --- deciding ------------------------------------------------------------------------------------------

    async def _menu(self, case: Case, action: str) -> None:
        """The second tap that a decision takes."""

        def button(label: str, what: str) -> dict[str, str]:
            return _button(label, action, self._ticket, case, what)

        rows: dict[str, Keyboard] = {
            "approve": [[button("Yes, approve", "yes")]],
            "reject": [[button(label, reason)] for reason, label in _REJECT.items()],
            "again": [
                [button(f"{_LABELS[part]}: {_AGAIN[reason]}", f"{part}.{reason}") for reason in pair]
                for part in recovery.PARTS
                for pair in _pairs([r for r in recovery.AGAIN_REASONS if r != "phrase" or part == "selfie"])
            ],
        }
        await self._desk.toast()
        await self._desk.post(note(self._desk.policy, self._ticket.id, f"ask_{action}", keyboard=rows[action]))

    async def _approve(self, case: Case) -> None:
        desk = self._desk
        if await sessions.concerns(desk.tx, self._agent, chat=case.chat, account=case.account):
            await self._audit("recovery approved", case, outcome="refused")
            await self._reply("own_case")
            return
        unseen = await pictures.unseen(desk.tx, case.id, self._agent)
        if unseen:
            await self._reply("look_first", parts=[_LABELS[part] for part in unseen])
            return
        missing = await recoveries.approve(desk.tx, desk.tools, case, self._agent, desk.policy.agents)
        if missing < 0:
            await self._reply("approved_already")
            return
        await self._audit("recovery approved", case, missing=missing)
        if missing:
            await self._reply("half_approved", name=self._name, missing=missing)
            return
        desk.woken |= set(await recoveries.void(desk.tx, desk.tools, case.account, but=case.id))
        await self._decided(case, "RecoveryApproved")
        await self._announce(case, "recovery_approved")
        await self._reply("approved", name=self._name)

    async def _ask_again(self, case: Case, part: str, *, reason: str = "", words: str = "") -> None:
        desk = self._desk
        if part not in recovery.PARTS or (reason and reason not in recovery.AGAIN_REASONS):
            await desk.toast("stale")
            return
        if not await recoveries.ask_again(desk.tx, desk.tools, case, part, reason=reason, words=words):
            await self._reply("no_case")
            return
        await pictures.drop(desk.tx, desk.tools, case.id, part)
        await self._audit("picture asked again", case, part=part, reason=reason or "own words")
        await self._decided(case, "PictureAgain")
        await self._reply("asked_again", name=self._name, part=_LABELS[part], why=_AGAIN.get(reason, words))

    async def _reject(self, case: Case, *, reason: str = "", words: str = "") -> None:
        desk = self._desk
        if reason and reason not in recovery.REJECT_REASONS:
            await desk.toast("stale")
            return
        if not await recoveries.reject(desk.tx, desk.tools, case, reason=reason, words=words):
            await self._reply("no_case")
            return
        await self._audit("recovery rejected", case, reason=reason or "own words")
        await self._decided(case, "RecoveryRejected", reason=reason, words=words)
        await self._announce(case, "recovery_rejected")
        await self._reply("rejected", name=self._name, why=_REJECT.get(reason, words))

    # --- parts ---------------------------------------------------------------------------------------------

    async def _decided(self, case: Case, event: str, **fields: object) -> None:
        desk = self._desk
        await inbox.event(
            desk.tx, desk.tools, source="recovery", key=f"{case.id}:{case.round}:{event}", lane=case.chat, name=event,
            **fields,
        )  # fmt: skip
        desk.woken.add(case.chat)
        await tickets.answered(desk.tx, desk.tools, self._ticket.id)
        await tickets.turn(desk.tx, self._ticket.id, "pending")
        await standing.moved(desk.tx, desk.tools, desk.policy, self._ticket.id)

    async def _announce(self, case: Case, what: str) -> None:
        desk = self._desk
        desk.posts += await notices.announce(
            desk.tx, desk.tools, desk.policy, what, account=case.account, chat=case.chat, lang=case.lang
        )

    async def _reply(self, key: str, **params: object) -> None:
        incoming = self._desk.incoming
        if incoming.kind == "tap":
            await self._desk.toast()
        reply = incoming.message if incoming.kind == "message" else None
        await self._desk.post(note(self._desk.policy, self._ticket.id, key, params=params, reply=reply))

    async def _audit(self, action: str, case: Case, *, outcome: str = "done", **detail: object) -> None:
        await audit.write(
            self._desk.tx, self._desk.tools, action=action, actor=f"agent:{self._agent}", chat=case.chat,
            account=case.account, outcome=outcome, ticket=self._ticket.number, **detail,
        )  # fmt: skip


def _pairs(items: list[str]) -> list[list[str]]:
    return [items[start : start + 2] for start in range(0, len(items), 2)]
