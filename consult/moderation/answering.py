"""Which answers wait for whoever is on the telephone: read by the line that tells news, so it loads little.

Rule 1: by the address that calls, with its generation: after an erasure there is none, whoever has the number then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from consult.house import House
from consult.intake.call import Call
from consult.store import View
from consult.store.moderated import Worded

KIND: Final = "reply"


def answers(call: Call, view: View, name: str) -> dict[int, Mapping[str, str]]:
    """Approved answers to what was asked from this number: number -> words by language, the oldest first."""
    address = view.address(call.index)
    if address is None:
        return {}
    here = {person.id for person in view.people_at(address.id, address.generation)}
    ids = sorted({row.reply for row in view.writings_asking(name) if row.person in here and row.reply})
    waiting = approved(call.house, view, name) if ids else {}
    return {id: waiting[id] for id in ids if id in waiting}


def approved(house: House, view: View, name: str) -> dict[int, Mapping[str, str]]:
    """Every answer that may be sent: number -> words by language."""
    return {row.id: opened(house, row) for row in view.worded(name, KIND) if row.state == "approved"}


def sealed(house: House, row: Worded, texts: Mapping[str, str]) -> bytes:
    """The words as they lie in the store, bound to what they are."""
    return house.vault.seal(json.dumps(dict(texts), ensure_ascii=False).encode(), _about(row))


def opened(house: House, row: Worded) -> dict[str, str]:
    """The words of a row."""
    found: dict[str, str] = json.loads(house.vault.unseal(row.sealed, _about(row)))
    return found


def _about(row: Worded) -> bytes:
    return f"worded|{row.consultation}|{row.kind}|{row.about}".encode()
