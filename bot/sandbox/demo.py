"""The world of ``make run``: three users, two agents, one forum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.sandbox.world import World

FORUM: Final = -1_001_000_000_001
AGENTS: Final = (9001, 9002)
_USERS: Final = (
    (7001, "Ann", "Meyer", "en", "+4915112345678"),
    (7002, "Kwame", "Mensah", "en", "+233241234567"),
    (7003, "Chloé", "Martin", "fr", "+33612345678"),
)


def demo(world: World) -> None:
    """Fill an empty world. The forum stays known to the bot as an administrator with topic rights."""
    acts = world.acts
    for number, first_name, last_name, language, phone in _USERS:
        acts.person(number, first_name, last_name=last_name, language_code=language, phone=phone)
    for number, first_name in zip(AGENTS, ("Mira", "Omar"), strict=True):
        acts.person(number, first_name, language_code="en")
        acts.private_chat(number)  # agents have tapped Start once, so that the bot may write to them
        world.state.people[number].known = world.state.people[number].started = True
    acts.group(FORUM, "Support desk", AGENTS[0], forum=True, members=list(AGENTS[1:]))
