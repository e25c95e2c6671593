"""What she said aloud: fetched, sealed, listened to, written down, destroyed.

A recording lies in `recordings/<name>` in the data folder, sealed under a key of its own. That key is sealed under
hers, so that her erasure closes it, and under the hub's until it was fetched.

Rule 1: it is asked for by the carrier's identifier alone; no address of a request is ever opened.
Rule 2: sealed before it touches the disk; deleted at the carrier as soon as it is here.
Rule 3: it lives until somebody has written it down, and seven days at most (D9); then it is destroyed, heard or not.
Rule 4: what is written down takes the recording's place only while she has not answered that question again.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path

from consult import durable, facts
from consult.channel import CallCarrier, SendFailed, Unusable
from consult.events import Answered
from consult.figures import opened
from consult.house import House
from consult.library import day_of
from consult.speech import opus
from consult.store import Tx
from consult.store.records import Fact, Recorded
from consult.sync.keys import hub_of
from consult.vault import Unopenable, open_fact, seal_fact

log = logging.getLogger("consult.recordings")

KEEPS = 7 * 86_400  # seconds
PATIENCE = 86_400  # seconds for which a carrier that does not answer is asked for it


def sealed_ref(house: House, name: str, ref: str) -> bytes:
    """The carrier's name for it, at rest."""
    return house.vault.seal(ref.encode(), _about("ref", name))


def sealed_keys(house: House, name: str, key: bytes, hers: bytes) -> tuple[bytes, bytes]:
    """The key of its file under her key, and under the hub's."""
    return seal_fact(hers, key, _about("key", name)), house.vault.seal(key, _about("live", name))


def sealed_keys_of_nobody(house: House, name: str, key: bytes) -> tuple[bytes, bytes]:
    """The same of what was said as nobody's answer (`consult.aloud`): the hub opens it."""
    return house.vault.seal(key, _about("key", name)), house.vault.seal(key, _about("live", name))


def nobodys_sound(house: House, recorded: Recorded) -> bytes:
    """What was said so, once it is here, as its carrier gave it. Raises OSError, Unopenable."""
    key = house.vault.unseal(recorded.wrapped, _about("key", recorded.name))
    return open_fact(key, file_of(house, recorded.name).read_bytes(), _about("sound", recorded.name))


def _about(what: str, name: str) -> bytes:
    return f"recording {what}|{name}".encode()


# ---- duties


def look_after(house: House, at: int) -> int:
    """Fetch what waits, destroy what is over, delete at carriers what they need not hold; how many were fetched."""
    fetched = sum(_fetch(house, each, at) for each in house.store.read(lambda view: view.recordings(Recorded.ASKED)))
    node = house.store.read(hub_of) is not None  # there it waits for its hub, which alone can open it
    for each in house.store.read(lambda view: view.recordings(Recorded.HERE)):
        if each.at < at - KEEPS and not node:
            house.store.write(partial(_burn, each.name))
            log.warning("a recording that nobody wrote down was destroyed after seven days")
    for each in house.store.read(lambda view: view.recordings(Recorded.BURN)):
        for file in (file_of(house, each.name), leaving_file(house, each.name)):
            file.unlink(missing_ok=True)
        house.store.write(partial(_burnt, each.name))
    for each in house.store.read(lambda view: view.recordings_there()):
        _forget(house, each)
    return fetched


def _fetch(house: House, recorded: Recorded, at: int) -> bool:
    carrier = _carrier(house, recorded)
    if carrier is None:
        return False
    try:
        sound = carrier.fetch(house.vault.unseal(recorded.ref, _about("ref", recorded.name)).decode())
    except Unusable as why:
        log.warning("a recording was refused: %s", why)
        house.store.write(partial(_burn, recorded.name))
        return False
    except SendFailed:
        if recorded.at < at - PATIENCE:
            log.warning("a recording could not be fetched within a day and is given up")
            house.store.write(partial(_burn, recorded.name))
        return False
    key = house.vault.unseal(recorded.live, _about("live", recorded.name))
    file = _kept(house, recorded, sound, key)
    if not house.store.write(lambda tx: tx.fetched(recorded.name)):
        file.unlink(missing_ok=True)  # she was erased meanwhile
        return False
    return True


def _kept(house: House, recorded: Recorded, sound: bytes, key: bytes) -> Path:
    """The file it lies in now: on a node, sealed for the hub and for nobody else."""
    if house.store.read(hub_of):
        from consult.sync import tapes

        return tapes.make(house, recorded, sound, key)
    return keep_sound(house, recorded.name, seal_sound(key, recorded.name, sound))


def keep_sound(house: House, name: str, sealed: bytes) -> Path:
    """A sealed sound on the disk; its file."""
    file = file_of(house, name)
    durable.folder(file.parent)
    durable.write(file, sealed)
    return file


def seal_sound(key: bytes, name: str, sound: bytes) -> bytes:
    """As it lies in its file."""
    return seal_fact(key, sound, _about("sound", name))


def _forget(house: House, recorded: Recorded) -> None:
    carrier = _carrier(house, recorded)
    if carrier is None:
        return
    try:
        carrier.forget(house.vault.unseal(recorded.ref, _about("ref", recorded.name)).decode())
    except SendFailed:
        return  # the next round asks again
    house.store.write(lambda tx: tx.forgotten(recorded.name))


def _carrier(house: House, recorded: Recorded) -> CallCarrier | None:
    channel, _, name = recorded.carrier.partition(" ")
    found = house.carrier(channel, name)
    return found if isinstance(found, CallCarrier) else None


def file_of(house: House, name: str) -> Path:
    """Where it lies."""
    return house.settings.data / "recordings" / name


def leaving_file(house: House, name: str) -> Path:
    """Where it lies on a node until the hub has it."""
    return house.settings.data / "recordings" / "leaving" / name


def _burn(name: str, tx: Tx) -> None:
    tx.burn(name)


def _burnt(name: str, tx: Tx) -> None:
    tx.burnt(name)


# ---- listening and writing down


class Listening:
    """The recordings of a consultation that are here, for somebody who writes them down.

    Raises figures.NoSuch, custody.NoKey.
    """

    def __init__(self, house: House, name: str, who: str, at: int, private: bytes | None = None) -> None:
        self._house, self._who = house, who
        self._opening = opened(house, name, private)
        self.waiting = house.store.read(lambda view: view.recordings_of(name))
        if self.waiting:
            house.store.write(lambda tx: tx.note(day_of(at), f"recordings of {name} listened to by {who}"))

    def sound(self, recorded: Recorded) -> bytes | None:
        """The WAV file; None where it cannot be opened: she was erased, or the file was altered."""
        try:
            sealed = file_of(self._house, recorded.name).read_bytes()
            return opus.playable(open_fact(self._key(recorded), sealed, _about("sound", recorded.name)))
        except (OSError, Unopenable):
            return None

    def _key(self, recorded: Recorded) -> bytes:
        for hers in self._opening.keys_of(recorded.person):
            try:
                return open_fact(hers, recorded.wrapped, _about("key", recorded.name))
            except Unopenable:
                continue
        raise Unopenable("none of her keys opens it")

    def question(self, recorded: Recorded) -> str:
        """Which question it answers; "" where she has answered it again since."""
        found = self._answer(recorded)
        return found[1].question if found else ""

    def write(self, recorded: Recorded, words: str, at: int) -> bool:
        """Keep the words in its place and destroy it; False where she answered again since: then it only goes."""
        found = self._answer(recorded) if words else None
        self._house.store.write(partial(self._written, recorded, found, words, day_of(at)))
        file_of(self._house, recorded.name).unlink(missing_ok=True)
        self._house.store.write(partial(_burnt, recorded.name))
        return found is not None

    def _answer(self, recorded: Recorded) -> tuple[Fact, Answered, str] | None:
        """Her newest answer to that question, if it is this recording, and the language it was given in."""
        newest: dict[str, tuple[Fact, Answered, str]] = {}
        for fact, event, locale in self._opening.of(recorded.person):
            if isinstance(event, Answered):
                newest[event.question] = (fact, event, locale)
        return next((each for each in newest.values() if each[1].recording == recorded.name), None)

    def _written(
        self, recorded: Recorded, found: tuple[Fact, Answered, str] | None, words: str, day: int, tx: Tx
    ) -> None:
        """The answer again, in words: her newest key seals it, whoever wrote it down is named."""
        now = tx.recording(recorded.name)
        if found and now and now.state == Recorded.HERE:
            spoken, answered, locale = found
            node, epoch, seq = tx.origin()
            fact = spoken._replace(entered_by=self._who, day=day, supersedes=spoken.seq)
            fact = fact._replace(node=node, epoch=epoch, seq=seq, arrival=0, sealed=b"")
            payload = facts.pack(replace(answered, value=words, recording=""), locale)
            key = self._opening.keys_of(recorded.person)[0]
            tx.record(fact._replace(sealed=seal_fact(key, payload, facts.about(fact))))
        tx.burn(recorded.name)
