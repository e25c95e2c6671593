"""Someone spoke to us: one inbound message becomes facts, a new state and what we owe, in one transaction.

Rule 1: a message is taken once (its keyed ref is kept for ever); taking it again has no effect and succeeds.
Rule 2: everything a message causes is committed together, before the carrier is told that we have it.
Rule 3: a message that cannot be applied (our fault) is kept sealed and tried again; it is never lost and never logged.
Rule 4: an enrolled number outside a conversation and an unknown number get byte-identical replies, at most one a day.
Rule 5: what a field node or its hub writes (`sync.machines`) is no conversation, and is taken before all others.
Rule 6: who she is comes from the keyed index; her number is written nowhere in clear.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from consult import ballast
from consult.channel import Beeped, Heard, Missed, PickedUp, Rang, Text
from consult.events import Erased
from consult.house import House
from consult.intake import captured
from consult.intake.call import HELD, Call, Taken, call_of, freeze, mark, thawed
from consult.intake.captured import capture
from consult.intake.conversing import converse, meant
from consult.intake.joining import join
from consult.intake.leaving import bind, binding, courtesy, end_contact
from consult.intake.lines import LONGEST_CALL, on_the_line
from consult.intake.orders import settle_orders
from consult.intake.returning import take_missed
from consult.library import day_of, matching
from consult.sealing import Locked
from consult.store import StoreError, Tx
from consult.store.records import Hearing, way
from consult.suppression import SuppressionError
from consult.sync.machines import take_machine
from consult.understand import Command

__all__ = ["LONGEST_CALL", "Taken", "erase", "retry_held", "settle_orders", "take", "take_captured"]

log = logging.getLogger("consult.intake")


def take(house: House, heard: Heard, seed: int, *, old: bool = False) -> Taken:
    """Take one message. Returns after it is on disk.

    `seed` (0 to 255) turns rotated choices. `old`: it comes from a carrier's list, and later ones may have come before.

    On a locked node it is kept for later (`captured`).

    Raises StoreError when it could not be kept: then nothing happened and the carrier must not be told that it did.
    """
    if not house.gate.answers and (kept := capture(house, heard)):
        return kept
    try:
        return _take_now(house, heard, seed, old=old)
    except Locked:  # meanwhile, perhaps
        kept = capture(house, heard) if house.vault.locked else None
        if kept is None:
            raise
        return kept


def take_captured(house: House, draw: Callable[[], int], going: Callable[[], bool]) -> bool:
    """Take in what came while the node was locked, then open its gate; False where it is locked again, or told to stop.

    `draw` gives each a seed. What fails stays, and all behind it: call it again. Raises StoreError.
    """

    def unlocked() -> bool:
        return going() and not house.vault.locked

    try:
        return captured.take_captured(house, lambda heard: _take_now(house, heard, draw(), old=True), unlocked)
    except Locked:
        return False


def _take_now(house: House, heard: Heard, seed: int, *, old: bool) -> Taken:
    if (machine := take_machine(house, heard)) is not None:
        _afterwards(house, machine)
        return machine
    if isinstance(heard.said, Beeped):
        from consult.episodes.beeps import take_beep  # it stands on this room

        return take_beep(house, heard)
    if isinstance(heard.said, Missed):
        taken = take_missed(house, heard)
        _afterwards(house, taken)
        return taken
    call = call_of(house, heard, seed, old=old)
    if isinstance(heard.said, Rang | PickedUp):
        house.learn_voices()
    if call is None:
        key = mark(house, heard)
        by = way(heard.channel, heard.carrier)
        return Taken(house.store.write(lambda tx: tx.take(key, day_of(heard.heard_at), by, heard.heard_at)))
    try:
        taken = _write(call, partial(_take, call))
    except Exception as error:
        if _unable(error) or house.vault.locked:
            raise
        if heard.call:  # a key is worth nothing once she has hung up
            log.error("a call could not be answered (%s)", type(error).__name__)
            return Taken(new=False)
        log.error("a message could not be applied and is held (%s)", type(error).__name__)
        taken = house.store.write(partial(_hold, call))
    _afterwards(house, taken)
    return taken


def _write(call: Call, work: Callable[[Tx], Taken]) -> Taken:
    """On a full disk the ballast goes overboard for a STOP or an ERASE; other messages are not taken.

    What a key means is only known when it is heard: then what is no order is undone again.
    """
    store, data = call.house.store, call.house.settings.data
    try:
        return store.write(work, Hearing(call.index, call.heard.ours))
    except StoreError as error:
        by_key = bool(call.heard.call)
        if not error.full or not (by_key or binding(store.read(call.house.library.current), call.text)):
            raise
        full = error
    ballast.release(data)
    try:
        return store.write(partial(_only_orders, work, full) if by_key else work)
    finally:
        ballast.hold(data)


def _only_orders(work: Callable[[Tx], Taken], full: StoreError, tx: Tx) -> Taken:
    taken = work(tx)
    if not taken.ordered:
        raise full
    return taken


def erase(house: House, number: str, at: int, ref: str) -> bool:
    """Erase whoever has this number, as her own ERASE does, without writing to her; False when it is no number."""
    call = call_of(house, Heard("", "operator", "", number, Text("ERASE"), ref, at, opted_out=True), 0)
    if call is None:
        return False
    _afterwards(house, _write(call, lambda tx: end_contact(call, tx, tx.address(call.index), Erased(), ())))
    return True


def retry_held(house: House, seed: int) -> int:
    """Apply again what could not be applied; how many went through. One that fails again waits behind the others."""
    return sum(_retry(house, key, sealed, seed) for key, sealed in house.store.read(lambda view: view.held()))


def _retry(house: House, key: bytes, sealed: bytes, seed: int) -> bool:
    call = thawed(house, sealed, seed)
    try:
        taken = _write(call, partial(_apply_held, call, key)) if call else None
    except Exception as error:
        if _unable(error) or house.vault.locked:
            raise
        log.error("a held message still cannot be applied (%s)", type(error).__name__)
        taken = None
    if taken is None:
        house.store.write(lambda tx: tx.tried(key))
        return False
    _afterwards(house, taken)
    return taken.new


def _unable(error: Exception) -> bool:
    """Whether the store can keep nothing just now; else the fault is ours, and the message is held."""
    return isinstance(error, StoreError) and not error.refused


def _take(call: Call, tx: Tx) -> Taken:
    if call.heard.call:
        return on_the_line(call, tx, _route)
    if not tx.take(call.key, call.day, way(call.heard.channel, call.heard.carrier), call.at):
        return Taken(new=False)
    return _route(call, tx)


def _apply_held(call: Call, key: bytes, tx: Tx) -> Taken:
    if not tx.unhold(key):
        return Taken(new=False)  # she was erased meanwhile, or another worker was faster
    return _route(call, tx)


def _hold(call: Call, tx: Tx) -> Taken:
    """Keep it sealed for another try. A STOP or an ERASE needs no conversation to be obeyed, so it is, at once."""
    if not tx.take(call.key, call.day, way(call.heard.channel, call.heard.carrier), call.at):
        return Taken(new=False)
    order = binding(call.house.library.current(tx), call.text)
    if order:
        return bind(call, tx, tx.address(call.index), order)
    tx.hold(call.key, call.house.vault.seal(freeze(call.heard), HELD))
    return Taken(new=True)


def _afterwards(house: House, taken: Taken) -> None:
    """What follows a commit. It may fail without undoing it: the sweep pays, and the next round settles the orders."""
    for id in taken.owed:
        house.doorbell.ring(id)
    if taken.ordered:
        try:
            settle_orders(house)
        except (StoreError, SuppressionError, Locked, OSError) as error:
            log.error("a stop or an erasure is not yet listed outside the database (%s)", type(error).__name__)


def _route(call: Call, tx: Tx) -> Taken:
    address, row, waits = tx.caller(call.index, call.heard.ours) or (None, None, False)
    current = call.house.library.current(tx)
    talks = row is not None and not call.heard.opted_out  # then the engine knows what stops her
    order = None if talks else binding(current, call.text)
    if call.heard.opted_out and order is None:
        call, order = replace(call, heard=replace(call.heard, said=Text("STOP"))), Command.STOP
    joining = matching(current, call.text)
    if joining and isinstance(call.heard.said, Rang):
        joining = joining._replace(locale=call.heard.said.locale)  # the number she rang tells no language
    if row and address:
        keyword = meant(call, tx, row, joining)
        if keyword and keyword.name != row.consultation:
            return join(call, tx, address, current, keyword, row) or converse(call, tx, address, row, waits, None)
        return converse(call, tx, address, row, waits, keyword)
    if order:
        return bind(call, tx, address, order)
    return (join(call, tx, address, current, joining) if joining else None) or courtesy(call, tx, address)
