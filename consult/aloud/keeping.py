"""What was read aloud over a telephone, from the carrier to the shelf: held, kept by her word, fetched, made a take.

Fetching and deleting at the carrier are `consult.recordings`': here stands what is to become of which recording.

Rule 1: every recording leaves a row in the transaction in which it was heard of, so that none stays at a carrier.
Rule 2: what she did not keep, and what gives no take, is destroyed; the line waits for a voice as before.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Final

from consult.house import House
from consult.intake.call import Call, Tape
from consult.library import day_of
from consult.recordings import nobodys_sound, sealed_keys_of_nobody, sealed_ref
from consult.speech import taking
from consult.speech.shelf import Shelf, Speech
from consult.store import Tx, View
from consult.store.records import Recorded, way
from consult.vault import Unopenable

log = logging.getLogger("consult.aloud")
UNDECIDED: Final = 4 * 3600  # seconds after which no call is left in which she could decide
_KEPT: Final = "aloud takes"  # setting


@dataclass(frozen=True, slots=True)
class Kept:
    """Which line a recording is of: its consultation, language and dialect ("" for none), and its key."""

    consultation: str
    locale: str
    dialect: str
    key: str
    text: str = ""  # nothing here asks for the words


def hold(call: Call, tx: Tx, tape: Tape) -> None:
    """She said it; whether it is kept she says next."""
    wrapped, live = sealed_keys_of_nobody(call.house, tape.name, tape.key)
    tx.add_recording(
        Recorded(
            name=tape.name,
            consultation="",
            person=0,
            carrier=way(call.heard.channel, call.heard.carrier),
            ref=sealed_ref(call.house, tape.name, tape.ref),
            wrapped=wrapped,
            live=live,
            at=call.at,
            state=Recorded.ASKED,
        )
    )


def keep(tx: Tx, name: str, tape: str, speech: Speech, dialect: str) -> None:
    """Her take becomes the line's, once it is here."""
    _write(tx, {**_read(tx), tape: Kept(name, speech.locale, dialect, speech.key)})


def coming(view: View) -> frozenset[str]:
    """The keys of the lines that were kept and are on their way to the shelf."""
    return frozenset(line.key for line in _read(view).values())


def take_up(house: House, at: int) -> int:
    """What she kept and what is here goes to the shelf; what she did not decide on goes. How many were taken up."""
    kept = house.store.read(_read)
    taken = sum(_taken_up(house, tape, line, at) for tape, line in kept.items())
    for recorded in house.store.read(lambda view: view.recordings(Recorded.HERE)):
        undecided = not recorded.consultation and recorded.name not in kept
        if undecided and recorded.at < at - UNDECIDED:
            house.store.write(partial(_done, recorded.name, "", day_of(at)))
    return taken


def _taken_up(house: House, tape: str, line: Kept, at: int) -> bool:
    """Whether it is on the shelf now; what waits to be fetched goes on waiting."""
    recorded = house.store.read(lambda view: view.recording(tape))
    if recorded and recorded.state == Recorded.ASKED:
        return False
    shelved = recorded is not None and recorded.state == Recorded.HERE and _shelved(house, recorded, line)
    told = f"line {line.locale}-{line.key[:8]} of {line.consultation} was recorded by telephone" if shelved else ""
    house.store.write(partial(_done, tape, told, day_of(at)))
    return shelved


def _shelved(house: House, recorded: Recorded, line: Kept) -> bool:
    """Make a take of it, where nobody has recorded the line meanwhile."""
    shelf = Shelf(house.settings.data)
    before = shelf.take(line, line.dialect)
    if before and before.made == "recorded":
        return False
    try:
        samples = taking.take(nobodys_sound(house, recorded))
    except taking.Unusable as why:
        log.warning("a line read aloud by telephone was refused: it %s", why.what)
        return False
    except (OSError, Unopenable):
        log.warning("a line read aloud by telephone cannot be opened and is given up")
        return False
    shelf.keep(line, line.dialect or line.locale, samples)
    return True


def _done(tape: str, told: str, day: int, tx: Tx) -> None:
    """It is nowhere any more but on the shelf."""
    tx.burn(tape)
    _write(tx, {name: line for name, line in _read(tx).items() if name != tape})
    if told:
        tx.note(day, told)


def _read(view: View) -> dict[str, Kept]:
    kept = view.setting(_KEPT)
    return {tape: Kept(**line) for tape, line in json.loads(kept).items()} if kept else {}


def _write(tx: Tx, kept: Mapping[str, Kept]) -> None:
    tx.set(_KEPT, json.dumps({tape: asdict(line) for tape, line in kept.items()}) if kept else "")
