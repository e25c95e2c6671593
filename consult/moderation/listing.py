"""Words that are masked in every text of a consultation: people and places that somebody listed for it.

Rule 1: a list of names is a list of people: it lies sealed, is shown to moderators alone, and goes with the
consultation.
Rule 2: who changes an older list adds to it: what another listed meanwhile stays, and nothing is dropped in silence.
Rule 3: a word listed later is masked in texts that were opened before, too, wherever they are shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import partial

from consult.custody import NoKey
from consult.house import House
from consult.moderation.ending import LISTED
from consult.store import Tx, View

MOST, LONGEST = 2_000, 60


class TooMany(Exception):
    """More words than a list holds: it stands as it did."""


def words(house: House, name: str) -> list[str]:
    """Those that are listed now, in alphabetical order."""
    return house.store.read(partial(_standing, house, name))


def version(listed: Iterable[str]) -> str:
    """By which a list is known again."""
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()[:16]


def keep(house: House, name: str, given: Iterable[str], *, base: str = "", day: int, by: str) -> int:
    """From now on these are masked, in place of those before; how many are listed now. `base`: the version that was
    looked at: beside another one they are added.

    Raises TooMany, custody.NoKey once the consultation is retired.
    """
    fresh = {word[:LONGEST] for word in given if word.strip()}
    return house.store.write(partial(_keep, house, name, fresh, base, day=day, by=by))


def _standing(house: House, name: str, view: View) -> list[str]:
    sealed = view.setting(LISTED.format(name))
    found: list[str] = json.loads(house.vault.unseal(bytes.fromhex(sealed), _about(name))) if sealed else []
    return found


def _keep(house: House, name: str, fresh: set[str], base: str, tx: Tx, *, day: int, by: str) -> int:
    published = tx.published(name)
    if published is None or published.retired is not None:
        raise NoKey(f"{name} is retired or not published: no list is kept for it")
    now = _standing(house, name, tx)
    kept = sorted(fresh if base == version(now) else fresh.union(now))
    if len(kept) > MOST:
        raise TooMany(f"{len(kept)} words; a list holds {MOST}: leave out those that everybody uses")
    sealed = house.vault.seal(json.dumps(kept, ensure_ascii=False).encode(), _about(name))
    tx.set(LISTED.format(name), sealed.hex())
    tx.note(day, f"{len(kept)} words to mask in {name} listed by {by}")
    return len(kept)


def _about(name: str) -> bytes:
    return f"listed|{name}".encode()
