"""People: who they are, blocking the bot, deleting an account."""

from __future__ import annotations

from bot.sandbox.acts.base import ActsBase
from bot.sandbox.chats import Member, Person
from bot.sandbox.errors import RefusedError
from bot.sandbox.shapes import member_change, member_json


class PeopleActs(ActsBase):
    """Acts about a person's own account."""

    def person(
        self,
        person: int,
        first_name: str,
        *,
        last_name: str = "",
        username: str = "",
        language_code: str = "",
        phone: str = "",
        is_bot: bool = False,
        premium: bool = False,
    ) -> Person:
        """Make a person, or change who is there; ``phone`` is the number of their SIM in E.164."""
        if person <= 0:
            raise RefusedError("a person's id is a positive number")
        if person == self._world.bot.id:
            raise RefusedError(f"{person} is the bot itself")
        state = self._world.state
        old = state.people.get(person)
        made = Person(person, first_name, last_name, username, language_code, phone, is_bot, premium=premium)
        if old is not None:
            made.known, made.started = old.known, old.started
            made.blocked, made.deactivated = old.blocked, old.deactivated
        state.people[person] = made
        self._world.touch()
        return made

    def block(self, person: int) -> None:
        """Block the bot."""
        self._set_blocked(person, blocked=True)

    def unblock(self, person: int) -> None:
        """Unblock the bot."""
        self._set_blocked(person, blocked=False)

    def delete_account(self, person: int) -> None:
        """Delete the account; nothing tells the bot until it writes."""
        self._person(person).deactivated = True
        self._world.touch()

    def _set_blocked(self, person: int, *, blocked: bool) -> None:
        actor = self._person(person)
        if actor.blocked == blocked:
            raise RefusedError(f"{actor.name} has {'already' if blocked else 'not'} blocked the bot")
        world = self._world
        actor.blocked = blocked
        world.touch()
        if not actor.started:
            return
        statuses = ("member", "kicked") if blocked else ("kicked", "member")
        old, new = (member_json(world.state, Member(world.bot.id, status)) for status in statuses)
        chat = self.private_chat(person)
        change = member_change(world.state, chat, person, (old, new), world.clock.now())
        world.updates.push("my_chat_member", change, "my_chat_member")
