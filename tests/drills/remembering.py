"""Whether hub, carrier and women remember the same: every answer once, every message once, nothing after a STOP."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import parse_qs, urlsplit

from consult import custody
from consult.events import Answered, Event, Finished, Stopped
from consult.store import View
from consult.unsealing import Opening
from tests.drills.conversing import Woman, received
from tests.drills.hubs import NAME, Hub

UNSETTLED = ("queued", "handing", "uncertain")


@dataclass(frozen=True)
class Found:
    """What a drill proved. `resent`: flagged resends of uncertain messages, which are counted apart."""

    drill: str
    kills: int
    women: int
    acknowledged: int
    lost: int
    doubled: int
    resent: int
    after_leaving: int  # messages beyond the one farewell, to women whose STOP or ERASE was acknowledged
    not_erased: int

    def clean(self) -> bool:
        """Nothing lost, nothing doubled, nobody disturbed who left, everybody erased who asked."""
        return not any((self.lost, self.doubled, self.after_leaving, self.not_erased))

    def line(self) -> str:
        """For people and programs."""
        return json.dumps(asdict(self))


def compare(hub: Hub, drill: str) -> Found:
    """Call it when all conversations are over and no process is at work."""
    events = _events(hub)
    kept = [_kept(woman, events[woman.number]) for woman in hub.women if woman.role != "erases"]
    taken, resent = _taken_per_row(hub), _resent(hub)
    return Found(
        drill=drill,
        kills=hub.kills,
        women=len(hub.women),
        acknowledged=sum(len(woman.acknowledged) for woman in hub.women),
        lost=sum(lost for lost, _ in kept) + _unsettled(hub),
        doubled=sum(doubled for _, doubled in kept) + sum(n - 1 for id, n in taken.items() if id not in resent),
        resent=len(resent),
        after_leaving=sum(_after_leaving(hub, woman) for woman in hub.women),
        not_erased=sum(_not_erased(hub, woman, events[woman.number]) for woman in hub.women),
    )


def _kept(woman: Woman, events: list[Event]) -> tuple[int, int]:
    """How many of her acknowledged answers are lost, and how many facts stand there without one."""
    said = Counter(woman.acknowledged)
    heard = Counter((event.question, event.value) for event in events if isinstance(event, Answered))
    ends = Stopped if woman.role == "stops" else Finished
    ended = sum(isinstance(event, ends) for event in events)
    return (said - heard).total() + (ended == 0), (heard - said).total() + max(0, ended - 1)


def _taken_per_row(hub: Hub) -> Counter[str]:
    """How often the carrier took each row of the outbox, by the id in the address it reports to."""
    return Counter(parse_qs(urlsplit(message.callback).query)["id"][0] for message in hub.carrier.accepted)


def _rows(hub: Hub) -> Iterator[tuple[str, str, bool]]:
    """Id, state and flag of every row that stands for somebody known."""

    def look(view: View) -> list[tuple[str, str, bool]]:
        known = filter(None, (view.address(hub.house.vault.index(woman.number)) for woman in hub.women))
        return [(str(row.id), row.state, row.resent) for address in known for row in view.traffic(address.id)]

    yield from hub.house.store.read(look)


def _unsettled(hub: Hub) -> int:
    return sum(state in UNSETTLED for _, state, _ in _rows(hub))


def _resent(hub: Hub) -> set[str]:
    return {id for id, _, flagged in _rows(hub) if flagged}


def _after_leaving(hub: Hub, woman: Woman) -> int:
    if woman.left_at is None:
        return 0
    return max(0, len(received(hub.carrier, woman)) - woman.left_at - 1)


def _not_erased(hub: Hub, woman: Woman, events: list[Event]) -> int:
    """Whether anything of a woman who asked for it can still be opened, or the list for restores lacks her."""
    standing = hub.house.suppressions.standing().get(hub.house.vault.index(woman.number))
    if woman.role == "stays":
        return 0
    if woman.role == "stops":
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
