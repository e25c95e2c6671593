"""Whether a hub can do its work just now, in plain words for whoever watches it.

Rule 1: it is tried, not believed: a row is written and read back.
Rule 2: no word of it holds a number, a key, a path, an address or what a carrier or a database said.
Rule 3: what a carrier cannot do is no reason to send its messages elsewhere; that stands in the metrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from consult.jobs import LEASE, SWEEP_EVERY, unreachable
from consult.store import StoreError
from consult.sync.keys import hub_of
from consult.vault import Locked

if TYPE_CHECKING:
    from consult.house import House
    from consult.store import Tx, View
    from consult.store.records import Published

PROBE: Final = "ready:tried"  # setting: when this was last tried
QUIET: Final = 5 * SWEEP_EVERY  # seconds without a sweep


def missing(house: House, at: int) -> list[str]:
    """What keeps the hub from working; nothing when it is ready. Writes one row."""
    return [*_store(house, at), *_keys(house), *_worker(house, at), *_bell(house)]


def lag(house: House, at: int) -> int | None:
    """Seconds since a worker last began to sweep; None where none ever did, or the store does not say."""
    ends = house.store.read(_lease_ends)
    return max(0, at - (ends - LEASE)) if ends else None


def keyless(house: House) -> list[str]:
    """The consultations that are published, not retired, in this hub's custody, and whose key is not here."""
    if house.store.read(hub_of):
        return []  # of a node: its hub has them
    newest: dict[str, Published] = house.store.read(_newest)
    folder = house.settings.data / "keys" / "consultations"
    return [name for name, one in newest.items() if one.custody == "hub" and not (folder / f"{name}.key").is_file()]


def _store(house: House, at: int) -> Iterator[str]:
    try:
        house.store.write(partial(_put, str(at)))
    except StoreError as error:
        yield "the store cannot be written: its disk is full" if error.full else "the store cannot be written"
    try:
        house.store.read(_probe)
        if not house.store.current():
            yield "the store's tables are not those of this program: start the newest one"
    except StoreError:
        yield "the store cannot be read"


def _keys(house: House) -> Iterator[str]:
    if not (house.settings.data / "keys" / "hub.key").is_file():
        yield "the hub's key file is gone"
    try:
        house.vault.keyring()
    except Locked:
        yield "the hub's keys are locked: consult unlock"
    try:
        if count := len(keyless(house)):
            yield f"the keys of {count} published consultations are not here"
    except StoreError:
        return  # told above


def _worker(house: House, at: int) -> Iterator[str]:
    try:
        since = lag(house, at)
    except StoreError:
        return
    if since is None:
        yield "no worker has ever swept"
    elif since > QUIET:
        yield f"no worker has swept for {since} seconds"


def _bell(house: House) -> Iterator[str]:
    """Without the doorbell messages leave late, not never; but a hub that was given one is not whole without it."""
    if house.settings.redis_url and unreachable(house.settings.redis_url):
        yield "the doorbell (Redis) cannot be reached"


def _put(value: str, tx: Tx) -> None:
    tx.set(PROBE, value)


def _probe(view: View) -> str | None:
    return view.setting(PROBE)


def _lease_ends(view: View) -> int:
    return view.lease_ends()


def _newest(view: View) -> dict[str, Published]:
    """By name; the newest version decides."""
    return {one.name: one for one in view.editions() if one.retired is None}
