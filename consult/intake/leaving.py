"""STOP, ERASE, and what someone with no conversation gets."""

from __future__ import annotations

from dataclasses import replace

from consult.events import Erased, Stopped
from consult.house import House
from consult.intake.call import Call, Taken, thawed
from consult.intake.keeping import farewell
from consult.intake.orders import note_order
from consult.intake.resting import forget
from consult.library import Current
from consult.prompts import Prompt
from consult.store import Tx
from consult.store.records import Address
from consult.suppression import Kind
from consult.sync.leavers import Leaver
from consult.understand import Command, command


def binding(current: Current, said: str) -> Command | None:
    """STOP or ERASE from someone with no open conversation, in any language spoken here."""
    found = (command(said, lexicon) for lexicon in current.lexicons)
    return next((order for order in found if order in (Command.STOP, Command.ERASE)), None)


def bind(call: Call, tx: Tx, address: Address | None, order: Command) -> Taken:
    """STOP or ERASE outside a conversation: known or not, the same reply."""
    event: Stopped | Erased = Stopped() if order is Command.STOP else Erased()
    tongue = call.house.library.strangers(call.house.settings.locale)
    prompt = tongue.stopped if order is Command.STOP else tongue.erased
    return end_contact(call, tx, address, event, (prompt,))


def end_contact(
    call: Call, tx: Tx, address: Address | None, event: Stopped | Erased, prompts: tuple[Prompt, ...]
) -> Taken:
    kind: Kind = "stop" if isinstance(event, Stopped) else "erase"
    obey(call.house, tx, call.index, kind, call.day, call.number, address)
    owed = () if call.heard.opted_out else farewell(call, tx, prompts, kind)
    return Taken(new=True, owed=owed, ordered=True, prompts=prompts)


def obey(
    house: House,
    tx: Tx,
    index: bytes,
    kind: Kind,
    day: int,
    number: str = "",
    address: Address | None = None,
    *,
    origin: bytes = b"",
) -> None:
    """Carry out a STOP, an ERASE or a return: her own, or one that hub or node heard of. `number`: "" where only its
    index is known here; `origin`: the node that told it. Afterwards `settle_orders`."""
    address = address or tx.address(index)
    generation, people = address.generation if address else 0, tuple[int, ...]()
    if kind == "rejoin":
        _unbind(tx, index, address)
    else:
        if address:
            tx.cancel(address.id)
            tx.update_address(replace(address, stopped=day))
            _end_all(tx, address)
        if kind == "erase":
            people = _erase(house, tx, index, address, day)
            generation += address is not None
        tx.suppress(index, kind, day)
    note_order(house, tx, Leaver(index, number, kind, day, people, origin), generation)


def _unbind(tx: Tx, index: bytes, address: Address | None) -> None:
    """She wrote a keyword elsewhere: she may be written to again."""
    if address:
        tx.update_address(replace(address, stopped=None))
    tx.unsuppress(index)


def _end_all(tx: Tx, address: Address) -> None:
    """Every conversation of the address ends, the resting ones too, with the live wraps of their keys."""
    for row in tx.sessions_at(address.id):
        forget(tx, row)


def _erase(house: House, tx: Tx, index: bytes, address: Address | None, day: int) -> tuple[int, ...]:
    """Destroy what is hers; whom that was. What is still held of hers is dropped unread."""
    for key, sealed in list(tx.all_held()):
        held = thawed(house, sealed, 0)
        if held and held.index == index:
            tx.unhold(key)
    if address is None:
        return ()
    tx.note(day, "an address was erased at its own request")
    return tuple(tx.erase(address.id))


def courtesy(call: Call, tx: Tx, address: Address | None) -> Taken:
    """What a stranger gets; nothing for an address that said STOP."""
    if call.heard.opted_out or (address and address.stopped is not None) or tx.suppressed(call.index):
        return Taken(new=True)
    cover = call.house.library.strangers(call.house.settings.locale).cover
    return Taken(new=True, owed=farewell(call, tx, (cover,), "courtesy"), prompts=(cover,))
