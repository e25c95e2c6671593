"""An incident on air: the sound was cut. That it happened is noted, once; what was said is not."""

from __future__ import annotations

from functools import partial

from consult.house import House
from consult.library import day_of
from consult.store import Tx
from consult.store.aired import Episode


def note_incident(house: House, episode: Episode, id: str, at: int) -> bool:
    """Into the audit; False when this one was noted before."""
    key = house.vault.mark("incident", episode.consultation, str(episode.number), id)
    return house.store.write(partial(_note, episode, key, at))


def _note(episode: Episode, key: bytes, at: int, tx: Tx) -> bool:
    if not tx.take(key, day_of(at), "desk", at):
        return False
    tx.note(day_of(at), f"incident on air in episode {episode.number} of {episode.consultation}: the sound was cut")
    return True
