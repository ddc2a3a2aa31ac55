"""Groups: making them, coming and going, rights, upgrades."""

from __future__ import annotations

from typing import Literal

from bot.sandbox.acts.base import ActsBase
from bot.sandbox.chats import ADMIN_RIGHTS, MEMBER_RIGHTS, USUAL_RIGHTS, Chat, Member
from bot.sandbox.errors import MissingError, RefusedError

SUPERGROUP_START = -1_000_000_000_000
"""Ids below this are those of supergroups and channels."""


class RoomActs(ActsBase):
    """Acts on groups and their members."""

    def group(
        self,
        chat: int,
        title: str,
        owner: int,
        *,
        type: Literal["group", "supergroup"] = "supergroup",  # noqa: A002 - the Bot API's name of the field
        forum: bool = False,
        members: list[int] | None = None,
        bot: Literal["administrator", "member", "left"] = "administrator",
    ) -> Chat:
        """Make a group; ``forum`` makes it a supergroup with topics."""
        world = self._world
        if (chat < SUPERGROUP_START) != (type == "supergroup") or chat >= 0:
            raise RefusedError("a supergroup's id is below -1000000000000, a basic group's between that and zero")
        if chat in world.state.chats:
            raise RefusedError(f"there is a group {chat} already")
        if forum and type == "group":
            raise RefusedError("only a supergroup has topics")
        made = Chat(chat, type, world.state.new_id("instance"), title=title, is_forum=forum)
        made.next_id = 2 if type == "supergroup" else 1
        for user in (owner, *(members or [])):
            made.members[self._person(user).id] = Member(user, "creator" if user == owner else "member")
        world.state.chats[chat] = made
        if bot != "left":
            rights = list(USUAL_RIGHTS) if bot == "administrator" else None
            world.rooms.change_member(made, owner, world.bot.id, bot, rights=rights)
        world.touch()
        return made

    def age(self, chat: int, messages: int) -> None:
        """Let a supergroup have had so many messages: the next one has the number above."""
        place = self._group(chat)
        if place.type != "supergroup" or messages < place.next_id:
            raise RefusedError(f"only a supergroup counts its messages, and {place.title} is at {place.next_id - 1}")
        place.next_id = messages + 1
        self._world.touch()

    def join(self, person: int, chat: int) -> None:
        """Join a group."""
        place = self._group(chat)
        if place.member(self._person(person).id).present:
            raise RefusedError(f"{person} is in {place.title} already")
        self._world.rooms.change_member(place, person, person, "member")

    def leave(self, person: int, chat: int) -> None:
        """Leave a group."""
        _, place = self._place(person, chat)
        self._world.rooms.change_member(place, person, person, "left")

    def promote(
        self,
        person: int,
        chat: int,
        *,
        rights: list[str] | None = None,
        title: str = "",
        by: int | None = None,
    ) -> None:
        """Make somebody an administrator, with every usual right when none are named."""
        _, place = self._place(person, chat)
        wanted = _known(list(USUAL_RIGHTS) if rights is None else rights, ADMIN_RIGHTS)
        self._world.rooms.change_member(
            place, self._chief(place, by), person, "administrator", rights=wanted, title=title
        )

    def demote(self, person: int, chat: int, *, by: int | None = None) -> None:
        """Make an administrator a plain member."""
        _, place = self._place(person, chat)
        self._world.rooms.change_member(place, self._chief(place, by), person, "member")

    def add_bot(self, person: int, chat: int) -> None:
        """Add the bot to a group as a plain member."""
        _, place = self._place(person, chat)
        if place.member(self._world.bot.id).present:
            raise RefusedError(f"the bot is in {place.title} already")
        self._world.rooms.change_member(place, person, self._world.bot.id, "member")

    def kick_bot(self, person: int, chat: int) -> None:
        """Remove the bot from a group."""
        _, place = self._place(person, chat)
        if not place.member(self._world.bot.id).present:
            raise RefusedError(f"the bot is not in {place.title}")
        self._world.rooms.change_member(place, person, self._world.bot.id, "kicked")

    def bot_rights(self, person: int, chat: int, rights: list[str]) -> None:
        """Make the bot an administrator with exactly these rights; with none, a plain member."""
        _, place = self._place(person, chat)
        wanted = _known(rights, ADMIN_RIGHTS)
        status = "administrator" if wanted else "member"
        self._world.rooms.change_member(place, person, self._world.bot.id, status, rights=wanted)

    def permissions(self, person: int, chat: int, denied: list[str]) -> None:
        """Say what plain members may not do."""
        _, place = self._place(person, chat)
        place.denied = _known(denied, MEMBER_RIGHTS)
        self._world.touch()

    def upgrade(self, person: int, chat: int, *, to: int | None = None) -> Chat:
        """Upgrade a basic group to a supergroup."""
        _, place = self._place(person, chat)
        if place.type != "group":
            raise RefusedError(f"{place.title} is a supergroup already")
        target = SUPERGROUP_START + chat if to is None else to
        if target >= SUPERGROUP_START or target in self._world.state.chats:
            raise RefusedError(f"{target} cannot be the supergroup's id")
        return self._world.rooms.migrate(place, person, target)

    def forum(self, person: int, chat: int, *, on: bool) -> Chat:
        """Switch topics on or off; on upgrades a basic group."""
        _, place = self._place(person, chat)
        if place.type == "group" and on:
            place = self.upgrade(person, chat)
        place.is_forum = on
        self._world.touch()
        return place

    def _chief(self, place: Chat, by: int | None) -> int:
        if by is not None:
            return self._person(by).id
        return next(member.user for member in place.members.values() if member.status == "creator")


def _known(rights: list[str], known: tuple[str, ...]) -> list[str]:
    for right in rights:
        if right not in known:
            raise MissingError(f'there is no right "{right}"; the rights are: {", ".join(known)}')
    return list(rights)
