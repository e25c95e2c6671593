"""STOP, ERASE, and what someone with no conversation gets."""

from __future__ import annotations

from dataclasses import replace

from consult.events import Erased, Stopped
from consult.intake.call import Call, Taken, thawed
from consult.intake.keeping import farewell
from consult.intake.orders import note_order
from consult.intake.resting import forget
from consult.library import Current
from consult.prompts import Prompt
from consult.store import Tx
from consult.store.records import Address
from consult.suppression import Kind
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
    generation = address.generation if address else 0
    if address:
        tx.cancel(address.id)
        tx.update_address(replace(address, stopped=call.day))
        _end_all(tx, address)
    if kind == "erase":
        generation += _erase(call, tx, address)
    tx.suppress(call.index, kind, call.day)
    note_order(tx, call.index, kind, call.day, generation)
    owed = () if call.heard.opted_out else farewell(call, tx, prompts, kind)
    return Taken(new=True, owed=owed, ordered=True, prompts=prompts)


def _end_all(tx: Tx, address: Address) -> None:
    """Every conversation of the address ends, the resting ones too, with the live wraps of their keys."""
    for row in tx.sessions_at(address.id):
        forget(tx, row)


def _erase(call: Call, tx: Tx, address: Address | None) -> int:
    """Destroy what is hers; by how much her generation rose. What is still held of hers is dropped unread."""
    for key, sealed in list(tx.all_held()):
        held = thawed(call.house, sealed, call.seed)
        if held and held.index == call.index:
            tx.unhold(key)
    if address is None:
        return 0
    tx.erase(address.id)
    tx.note(call.day, "an address was erased at its own request")
    return 1


def courtesy(call: Call, tx: Tx, address: Address | None) -> Taken:
    """What a stranger gets; nothing for an address that said STOP."""
    if call.heard.opted_out or (address and address.stopped is not None) or tx.suppressed(call.index):
        return Taken(new=True)
    cover = call.house.library.strangers(call.house.settings.locale).cover
    return Taken(new=True, owed=farewell(call, tx, (cover,), "courtesy"), prompts=(cover,))
