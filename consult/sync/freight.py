"""What is large goes last: recordings up, sounds for calls down, each going on where it broke off.

Rule 1: after pages and orders, with what the day's limit leaves.
Rule 2: a sound is believed by its name, which is its hash; a recording is gone here once the hub has it.
Rule 3: what came of a sound lies in `sync/`, in the data folder, until it is whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from consult import durable
from consult.house import House
from consult.speech.shelf import Shelf
from consult.sync import tapes
from consult.sync.talking import Talk
from consult.sync.wire import Broken

LARGEST: Final = 4 << 20  # bytes of a sound
Demand = Callable[[int], None]  # raises where the day's limit does not leave so many bytes


@dataclass(slots=True)
class Carried:
    """How many recordings went up, how many sounds came down."""

    tapes: int = 0
    sounds: int = 0


def carry(house: House, talk: Talk, window: int, demand: Demand) -> Carried:
    """Everything that waits. Raises Broken, talking.Unknown, and what `demand` raises."""
    carried = Carried()
    for hash, data in tapes.leaving(house):
        _up(talk, f"/tapes/{hash}", data, window, demand)
        tapes.gone(house, hash)
        carried.tapes += 1
    for name in Shelf(house.settings.data).missing():
        carried.sounds += _down(house, talk, name, demand)
    return carried


def _up(talk: Talk, where: str, data: bytes, window: int, demand: Demand) -> None:
    start = talk.reached(where)
    while start is not None and start < len(data):
        demand(window)
        start, _ = talk.piece(where, data, start, window)


def _down(house: House, talk: Talk, name: str, demand: Demand) -> bool:
    """False where the hub has it no more."""
    part = durable.private_folder(house.settings.data / "sync") / f"{name}.part"
    got = part.read_bytes() if part.exists() else b""
    demand(0)
    try:
        for some in talk.download(f"/sounds/{name}", len(got)):
            got += some
            if len(got) > LARGEST:
                raise Broken("a sound longer than any")
    finally:
        _keep(part, got)
    part.unlink(missing_ok=True)
    try:
        Shelf(house.settings.data).receive(name, got)
    except ValueError:  # not what its name says: from the beginning, the next time
        return False
    return True


def _keep(part: Path, got: bytes) -> None:
    if got:
        durable.write(part, got)
