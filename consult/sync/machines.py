"""Which messages are a machine's: a node's to its hub, a hub's to its node. They are taken here and nowhere else.

Rule 1: never a conversation, never answered as a stranger is. What opens is a frame, whatever number it comes from.
Rule 2: what does not open is hers, unless nobody can have written it: then it is dropped and counted.
Rule 3: a message that cannot be a frame costs a look at its first letter; the libraries of frames are imported where
one may have come.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from consult.channel import Heard, Text
from consult.house import House
from consult.intake.call import Taken, mark
from consult.library import day_of
from consult.store import Tx
from consult.store.records import way

if TYPE_CHECKING:
    from consult.store.fieldwork import Node
    from consult.sync.frames.frame import Frame
    from consult.sync.keys import Hub

_SHORTEST: Final = 30  # letters
_FIRST: Final = "012"  # letters that a frame begins with
Taking = Callable[[Tx], bool]  # takes a frame; whether somebody left by it
Failing = Callable[[Tx, Exception], None]


def take_machine(house: House, heard: Heard) -> Taken | None:
    """Take what another machine wrote; None for what everybody else writes. Raises StoreError, vault.Locked."""
    said = heard.said
    if not isinstance(said, Text):
        return None
    hubs = bool(house.settings.sync_sms) and heard.sender == house.settings.sync_sms
    if not hubs and (len(said.text) < _SHORTEST or said.text.lstrip()[:1] not in _FIRST):
        return None
    return _take(house, heard, said.text, hubs=hubs)


def answer_machines(house: House, at: int) -> None:
    """What a node owes its hub by SMS, or a hub its nodes. Raises StoreError, vault.Locked."""
    from consult.sync.keys import hub_of

    hub, nodes = house.store.read(lambda view: (hub_of(view), view.nodes()))
    if hub is not None:
        from consult.sync import obeying, texting

        obeying.take_late(house)
        texting.look_after(house, hub, at)
    elif nodes:
        from consult.sync import texted

        texted.look_after(house, at)


def _take(house: House, heard: Heard, text: str, *, hubs: bool) -> Taken | None:
    from consult.sync.frames.frame import a_machine_wrote, candidates
    from consult.sync.keys import hub_of

    hub, nodes = house.store.read(lambda view: (hub_of(view), view.nodes()))
    if hub is None and not nodes:
        return None
    key = mark(house, heard)
    if house.store.read(lambda view: view.taken(key)):
        return Taken(new=False)
    seen: list[tuple[Failing, Exception]] = []
    for frame in candidates(text):
        for taking, failing in _answering(house, hub, nodes, frame, heard):
            took = _tried(house, heard, taking)
            if not isinstance(took, Exception):
                return Taken(new=True, ordered=took)
            seen.append((failing, took))
    return _unopened(house, heard, seen, certain=hubs or a_machine_wrote(text))


def _answering(
    house: House, hub: Hub | None, nodes: list[Node], frame: Frame, heard: Heard
) -> Iterator[tuple[Taking, Failing]]:
    """Who may take this frame, and what follows where it does not open."""
    from consult.sync import texting
    from consult.sync.frames.frame import DOWN

    if hub is not None:
        if frame.head.kind in DOWN:
            yield (lambda tx: texting.take_answer(house, tx, hub, frame, heard.heard_at)), _nothing
        return
    for node in nodes:
        if node.node.startswith(frame.head.mark) and frame.head.kind not in DOWN:
            yield _of_node(house, node, frame, heard)


def _of_node(house: House, node: Node, frame: Frame, heard: Heard) -> tuple[Taking, Failing]:
    from consult.sync import texted

    fresh = os.urandom(32)
    return (
        lambda tx: texted.take_frame(house, tx, node, frame, heard, fresh),
        lambda tx, why: texted.not_taken(house, tx, node, why, heard),
    )


def _nothing(tx: Tx, why: Exception) -> None:
    del tx, why


def _tried(house: House, heard: Heard, taking: Taking) -> bool | Exception:
    """Whether somebody left by it, or why it was not taken: then nothing of it is kept."""
    from consult.sync.frames.frame import Forged
    from consult.sync.frames.ratchet import Replayed, TooFar
    from consult.sync.orders import NoOrder
    from consult.sync.pages.columns import Garbled

    def work(tx: Tx) -> bool:
        _mark(house, tx, heard)
        return taking(tx)

    try:
        return house.store.write(work)
    except (Forged, Replayed, TooFar, Garbled, NoOrder) as error:
        return error


def _unopened(house: House, heard: Heard, seen: list[tuple[Failing, Exception]], *, certain: bool) -> Taken | None:
    from consult.sync.line import count_dropped
    from consult.sync.texted import from_a_node

    if not certain and not house.store.read(lambda view: from_a_node(house, view, heard.sender)):
        return None

    def work(tx: Tx) -> Taken:
        _mark(house, tx, heard)
        count_dropped(tx, type(seen[-1][1]).__name__.lower() if seen else "unknown")
        for failing, why in seen:
            failing(tx, why)
        return Taken(new=True)

    return house.store.write(work)


def _mark(house: House, tx: Tx, heard: Heard) -> None:
    tx.take(mark(house, heard), day_of(heard.heard_at), way(heard.channel, heard.carrier), heard.heard_at)
