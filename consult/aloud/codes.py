"""Codes that let somebody read aloud over a telephone: eight digits, for one consultation and one of its languages.

Rule 1: kept as keyed hashes, for a day; shown once. A new code does not end an older one.
Rule 2: the first telephone that uses a code is the only one it goes on to work for: a broken line is no lost code, and
a second caller gets nothing of it. Kept for that is a keyed mark which goes with the code: within minutes of its day,
and with the consultation.
Rule 3: after ten wrong ones all codes of the consultation end, and the audit says so: of a hundred million, ten guesses
find next to nothing. The day is remembered for a week, or until a code is made, for whoever makes codes.
Rule 4: whether there is a code is told to nobody who has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Final

from consult.house import House
from consult.library import day_of
from consult.store import Tx, View
from consult.vault import Vault

DIGITS: Final = 8
LIVES: Final = 86_400  # seconds
TRIES: Final = 10
MOST: Final = 20  # codes of one consultation at a time
REMEMBERED: Final = 7 * LIVES  # seconds from the beginning of the day
_KEPT: Final = "aloud:{}"  # setting
_KEYED: Final = re.compile(rf"keys (\d{{{DIGITS}}})")


class TooMany(Exception):
    """So many codes of this consultation wait already."""


@dataclass(frozen=True, slots=True)
class Code:
    """`hashed`, and `whose` telephone used it ("" for none yet): keyed hashes in hex; `until` in epoch seconds."""

    hashed: str
    tag: str
    until: int
    by: int
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Codes:
    """Those of one consultation, and how many wrong ones were keyed since the oldest was made. `ended`: the day, in
    epoch seconds, on which so many were keyed that all codes ended; 0 for none."""

    live: tuple[Code, ...] = ()
    wrong: int = 0
    ended: int = 0


def make(house: House, name: str, tag: str, by: int, at: int, draw: Callable[[int], int]) -> str:
    """A code, as she keys it. `draw(k)`: a random number below k. Raises TooMany."""
    digits = f"{draw(10**DIGITS):0{DIGITS}}"
    code = Code(_hashed(house.vault, name, digits), tag, at + LIVES, by)

    def work(tx: Tx) -> None:
        known = _read(tx, name, at)
        if len(known.live) >= MOST:
            raise TooMany
        _write(tx, name, replace(known, live=(*known.live, code), ended=0))
        tx.note(day_of(at), f"account {by}: made a code to read {name} aloud in {tag} by telephone")

    house.store.write(work)
    return digits


def awaited(view: View, name: str, at: int) -> bool:
    """Whether somebody may come with a code."""
    return bool(_read(view, name, at).live)


def ended(view: View, name: str, at: int) -> int:
    """The day (epoch seconds) on which wrong codes ended all; 0 where none did of late, or one was made since."""
    return _read(view, name, at).ended


def admit(vault: Vault, tx: Tx, name: str, said: str, caller: str, at: int) -> Code | None:
    """The code that was keyed on this telephone, bound to it from now on; None for everything else she may say."""
    keyed, known = _KEYED.fullmatch(said), _read(tx, name, at)
    if keyed is None or not known.live:
        return None
    hashed, whose = _hashed(vault, name, keyed[1]), vault.mark("aloud caller", name, keyed[1], caller).hex()
    found = next((each for each in known.live if each.hashed == hashed and each.whose in ("", whose)), None)
    if found is None:
        _guessed(tx, name, known, at)
        return None
    bound = replace(found, whose=whose)
    _write(tx, name, replace(known, live=tuple(bound if each is found else each for each in known.live)))
    return bound


def _guessed(tx: Tx, name: str, known: Codes, at: int) -> None:
    """One more wrong one."""
    wrong = known.wrong + 1
    _write(tx, name, replace(known, wrong=wrong) if wrong < TRIES else Codes(ended=at - at % LIVES))
    if wrong >= TRIES:
        tx.note(day_of(at), f"{TRIES} wrong codes were keyed: all codes to read {name} aloud ended")


def end(tx: Tx, name: str, code: str, at: int) -> None:
    """This code (`hashed`) has done its work."""
    known = _read(tx, name, at)
    _write(tx, name, replace(known, live=tuple(each for each in known.live if each.hashed != code)))


def sweep(house: House, at: int) -> None:
    """What is over leaves nothing."""
    names = list(house.store.read(house.library.current).newest)
    for name in house.store.read(lambda view: [each for each in names if _over(view, each, at)]):
        house.store.write(partial(_swept, name, at))


def forget(name: str, tx: Tx) -> None:
    """It is retired."""
    tx.set(_KEPT.format(name), "")


def _over(view: View, name: str, at: int) -> bool:
    kept = _kept(view, name)
    return any(code.until <= at for code in kept.live) or 0 < kept.ended <= at - REMEMBERED


def _swept(name: str, at: int, tx: Tx) -> None:
    _write(tx, name, _read(tx, name, at))


def _hashed(vault: Vault, name: str, digits: str) -> str:
    return vault.mark("aloud", name, digits).hex()


def _read(view: View, name: str, at: int) -> Codes:
    """What is still good of them."""
    kept = _kept(view, name)
    live = tuple(code for code in kept.live if code.until > at)
    return Codes(live, kept.wrong if live else 0, kept.ended if kept.ended > at - REMEMBERED else 0)


def _kept(view: View, name: str) -> Codes:
    """As they lie there, those that are over too."""
    kept = view.setting(_KEPT.format(name))
    if not kept:
        return Codes()
    told = json.loads(kept)
    return Codes(tuple(Code(**each) for each in told["live"]), told["wrong"], told.get("ended", 0))


def _write(tx: Tx, name: str, codes: Codes) -> None:
    tx.set(_KEPT.format(name), json.dumps(asdict(codes)) if codes.live or codes.ended else "")
