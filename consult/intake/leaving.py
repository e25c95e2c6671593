"""STOP, ERASE, and what someone with no conversation gets."""

from __future__ import annotations

from dataclasses import replace

from consult.events import Erased, Stopped
from consult.intake.call import Call, Taken
from consult.intake.keeping import farewell
from consult.library import Current
from consult.prompts import Prompt
from consult.store import Tx
from consult.store.records import Address
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
    kind = "stop" if isinstance(event, Stopped) else "erase"
    tx.suppress(call.index, kind, call.day)
    erased = None
    if address:
        tx.cancel(address.id)
        tx.update_address(replace(address, stopped=call.day))
        if kind == "erase":
            tx.erase(address.id)
            tx.note(call.day, "erased an address at its own request")
            erased = (call.index, address.generation + 1)
    elif kind == "erase":
        erased = (call.index, 0)
    owed = () if call.heard.opted_out else farewell(call, tx, prompts, "stop")
    return Taken(new=True, owed=owed, erased=erased, bound=(call.index, "stop") if kind == "stop" else None)


def courtesy(call: Call, tx: Tx, address: Address | None) -> Taken:
    """What a stranger gets; nothing for an address that said STOP."""
    if call.heard.opted_out or (address and address.stopped is not None) or tx.suppressed(call.index):
        return Taken(new=True)
    cover = call.house.library.strangers(call.house.settings.locale).cover
    return Taken(new=True, owed=farewell(call, tx, (cover,), "courtesy"))
