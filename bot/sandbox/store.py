"""Keeps a world in one JSON file, with a folder of its files' bytes beside it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from bot.sandbox.state import State
from bot.sandbox.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from bot.clock import Clock

_STATE: Final = TypeAdapter(State)
SAVE_AFTER_MS: Final = 200
"""How long a burst of changes is gathered before it is written."""


def save(world: World, path: Path) -> None:
    """Write a world so that a kill at any moment leaves the old file or the new one whole.

    Raises:
        OSError: the disk is full or not ours to write.
    """
    _write(path, *_snapshot(world))


def load(path: Path, clock: Clock, **options: Any) -> World:
    """Read a world; its clock is moved up to the moment of the save when it is behind.

    Args:
        path: what ``save`` wrote.
        clock: the time to go on with.
        options: more arguments of ``World``.

    Raises:
        OSError: there is no such file.
        ValueError: the file is no world.
    """
    state = _STATE.validate_json(path.read_bytes())
    state.bot = state.people[state.bot.id]
    folder = _folder(path)
    blobs = {blob: (folder / blob).read_bytes() for blob in {file.blob for file in state.files.values()}}
    clock.advance(max(0, state.now - clock.now()))
    # After a kill the file may be a moment old, and versions that a page has seen are given again.
    state.begin_epoch(clock.now())
    return World(clock, state=state, blobs=blobs, **options)


class Saver:
    """Saves a world soon after each change; a burst is written once.

    ``saved`` is the newest version on disk; ``wrote`` is set once there is one.
    """

    def __init__(self, world: World, path: Path, delay_ms: int = SAVE_AFTER_MS) -> None:
        self._world = world
        self._path = path
        self._delay_ms = delay_ms
        self.saved = -1
        self.wrote = asyncio.Event()

    async def run(self) -> None:
        """Save until cancelled, and once more then."""
        try:
            while True:
                await self._world.changed(self.saved)
                await self._world.clock.sleep(self._delay_ms)
                snapshot, version = _snapshot(self._world), self._world.state.version
                await asyncio.to_thread(_write, self._path, *snapshot)
                self.saved = version
                self.wrote.set()
        finally:
            save(self._world, self._path)


def _folder(path: Path) -> Path:
    return path.with_name(f"{path.name}.files")


def _snapshot(world: World) -> tuple[bytes, dict[str, bytes]]:
    world.state.now = world.clock.now()
    return _STATE.dump_json(world.state), dict(world.files.blobs)


def _write(path: Path, state: bytes, blobs: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = _folder(path)
    # Bytes first: a state that names a file always finds it.
    for name, data in blobs.items():
        if not (folder / name).exists():
            folder.mkdir(exist_ok=True)
            _replace(folder / name, data)
    _replace(path, state)


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_bytes(data)
    temporary.replace(path)
