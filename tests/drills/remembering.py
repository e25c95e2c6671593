"""The history of a hub's conversations, gathered from women, carrier and store when nobody is at work any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final, Literal
from urllib.parse import parse_qs, urlsplit

from consult import custody
from consult.events import Answered, Event, Finished, Stopped
from consult.store import View
from consult.unsealing import Opening
from tests.drills.conversing import Woman
from tests.drills.hubs import NAME, Hub
from tests.drills.judging import History, Left, Row, Said, Taken, judge, resent
from tests.drills.reporting import Found

END: Final = ("the conversation", "ended")


def compare(hub: Hub, drill: str, kind: Literal["kills", "faults"] = "kills") -> Found:
    """Call it when all conversations are over and no process is at work."""
    history = gather(hub)
    women, said = len(hub.women), sum(len(woman.acknowledged) for woman in hub.women)
    return Found(drill, hub.engine.name, kind, hub.blows, women, said, resent(history), judge(history))


def gather(hub: Hub, started: Callable[[str], bool] = lambda body: False) -> History:
    """All that three parties remember. `started`: whether a message with this body answers nothing that she wrote."""
    events = _events(hub)
    stay = [woman for woman in hub.women if woman.role in ("stays", "stops")]
    return History(
        acknowledged=tuple(Said(woman.number, what) for woman in stay for what in (*woman.acknowledged, END)),
        kept=tuple(Said(woman.number, what) for woman in stay for what in _effects(woman, events[woman.number])),
        rows=tuple(_rows(hub)),
        taken=tuple(
            Taken(message.receiver, row_of(message.callback), message.created, started(message.body))
            for message in hub.carrier.accepted
        ),
        left=tuple(Left(woman.number, woman.left_at) for woman in hub.women if woman.left_at is not None),
        remembered=tuple(woman.number for woman in hub.women if _not_forgotten(hub, woman, events[woman.number])),
    )


def row_of(callback: str) -> str:
    """Which row of the outbox a message of the carrier's is, by the address it reports to."""
    return parse_qs(urlsplit(callback).query)["id"][0]


def _effects(woman: Woman, events: list[Event]) -> Iterator[object]:
    ends = Stopped if woman.role == "stops" else Finished
    for event in events:
        if isinstance(event, Answered):
            yield (event.question, event.value)
        if isinstance(event, ends):
            yield END


def _rows(hub: Hub) -> Iterator[Row]:
    """Every row that stands for somebody known."""

    def look(view: View) -> list[Row]:
        known = ((woman.number, view.address(hub.house.vault.index(woman.number))) for woman in hub.women)
        return [
            Row(str(row.id), number, row.state, row.resent)
            for number, address in known
            if address
            for row in view.traffic(address.id)
        ]

    yield from hub.house.store.read(look)


def _not_forgotten(hub: Hub, woman: Woman, events: list[Event]) -> bool:
    """Whether anything of a woman who asked for it can still be opened, or the list for restores lacks her."""
    standing = hub.house.suppressions.standing().get(hub.house.vault.index(woman.number))
    if woman.role == "stays":
        return 0
    if woman.role != "erases":
        return standing is None or standing.stopped is None
    address = hub.house.store.read(lambda view: view.address(hub.house.vault.index(woman.number)))
    gone = address is not None and not address.sealed and not events
    return not (gone and standing is not None and standing.generation == 1)


def _events(hub: Hub) -> dict[str, list[Event]]:
    """What can be opened of each woman with the consultation's own key."""
    house = hub.house
    private = custody.private_key(house.settings.data, house.vault, NAME)
    heard: dict[int, list[Event]] = defaultdict(list)
    published = house.store.read(lambda view: view.published(NAME))
    assert published is not None
    for fact, event in Opening(house.store, published, private).events():
        heard[fact.person].append(event)
    return {woman.number: [event for person in _people(hub, woman) for event in heard[person]] for woman in hub.women}


def _people(hub: Hub, woman: Woman) -> list[int]:
    """Everybody who ever stood for her number, the forgotten included."""

    def look(view: View) -> list[int]:
        address = view.address(hub.house.vault.index(woman.number))
        if address is None:
            return []
        generations = range(address.generation + 1)
        return [person.id for generation in generations for person in view.people_at(address.id, generation)]

    return hub.house.store.read(look)
