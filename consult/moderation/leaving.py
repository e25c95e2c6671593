"""Texts that a moderator leaves for another: they wait as before, and are not shown to her again by themselves.

Rule 1: kept are the numbers of texts and accounts, no words; what is decided, gone or erased is not kept.
"""

from __future__ import annotations

import json
from typing import Final

from consult.moderation.ending import LEFT
from consult.store import Tx, View

_NOBODY: Final[dict[int, list[int]]] = {}


def left(name: str, by: int, view: View) -> frozenset[int]:
    """The texts, by number, that this account left for another."""
    return frozenset(id for id, accounts in _kept(name, view).items() if by in accounts)


def leave(name: str, id: int, by: int, tx: Tx) -> None:
    """This account leaves this text."""
    kept = _kept(name, tx)
    _write(name, {**kept, id: sorted({*kept.get(id, ()), by})}, tx)


def decided(name: str, id: int, tx: Tx) -> None:
    """Somebody decided it: nobody leaves it any more."""
    kept = _kept(name, tx)
    if id in kept:
        _write(name, {other: accounts for other, accounts in kept.items() if other != id}, tx)


def _write(name: str, kept: dict[int, list[int]], tx: Tx) -> None:
    waiting = {id: accounts for id, accounts in kept.items() if _waits(name, id, tx)}
    tx.set(LEFT.format(name), json.dumps({str(id): accounts for id, accounts in waiting.items()}) if waiting else "")


def _waits(name: str, id: int, view: View) -> bool:
    row = view.writing(name, id)
    return row is not None and row.state == "wait"


def _kept(name: str, view: View) -> dict[int, list[int]]:
    told = view.setting(LEFT.format(name))
    return {int(id): accounts for id, accounts in json.loads(told).items()} if told else _NOBODY
