"""Words that are masked in every text of a consultation: people and places that somebody listed for it.

Rule 1: a list of names is a list of people: it lies sealed, is shown to moderators alone, and goes with the
consultation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial

from consult.house import House
from consult.moderation.ending import LISTED
from consult.store import Tx, View

MOST, LONGEST = 2_000, 60


def words(house: House, name: str) -> list[str]:
    """Those that are listed now, in alphabetical order."""
    sealed = house.store.read(partial(_kept, name))
    found: list[str] = json.loads(house.vault.unseal(bytes.fromhex(sealed), _about(name))) if sealed else []
    return found


def keep(house: House, name: str, given: Iterable[str], *, day: int, by: str) -> int:
    """From now on these are masked, in place of those before; how many were kept."""
    kept = sorted({word[:LONGEST] for word in given if word.strip()})[:MOST]
    sealed = house.vault.seal(json.dumps(kept, ensure_ascii=False).encode(), _about(name)).hex()
    house.store.write(partial(_keep, name, sealed, f"{len(kept)} words to mask in {name} listed by {by}", day))
    return len(kept)


def _kept(name: str, view: View) -> str | None:
    return view.setting(LISTED.format(name))


def _keep(name: str, sealed: str, what: str, day: int, tx: Tx) -> None:
    tx.set(LISTED.format(name), sealed)
    tx.note(day, what)


def _about(name: str) -> bytes:
    return f"listed|{name}".encode()
