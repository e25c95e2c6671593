"""The history of a scene: what the carrier took, what the webhook acknowledged, what the store kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import parse_qs, urlsplit

from consult import custody
from consult.events import Event
from consult.store.records import Message
from consult.unsealing import Opening
from tests.drills.judging import History, Row, Said, Taken, judge, resent
from tests.drills.reporting import Found
from tests.drills.scene import NAME, Scene, Woman

EFFECT: Final = "what she said had its effect"
TOLD: Final = "a message reached her"
SEEDED: Final = "delivered"  # what `scene.arrives` delivered went through no carrier


def tally(scene: Scene, step: str, effect: Callable[[Event, Woman], bool]) -> Found:
    """Each woman's message has had its `effect` once, and one message of ours has reached her."""
    events, rows = _events(scene), tuple(_rows(scene))
    flagged = Counter(row.who for row in rows if row.resent)
    kept = [
        Said(woman.number, EFFECT) for woman in scene.women for event in events[woman.number] if effect(event, woman)
    ]
    told = [Said(each.number, TOLD) for each in scene.women for _ in range(_told(scene, each, flagged[each.number]))]
    wanted = [Said(woman.number, each) for woman in scene.women for each in (EFFECT, TOLD)]
    return _found(scene, step, History(tuple(wanted), (*kept, *told), rows, tuple(_taken(scene))))


def erasures(scene: Scene, step: str) -> Found:
    """Each woman is forgotten once: number, keys and voices, here and in the list that restores obey; told so once."""
    house, standing = scene.house, scene.house.suppressions.standing()
    wanted, kept, remembered = list[Said](), list[Said](), _traces(scene)
    remembered += ["a key"] * house.store.read(lambda view: len(list(view.keys(NAME))))
    for woman in scene.women:
        index = house.vault.index(woman.number)
        address = house.store.read(lambda view, index=index: view.address(index))
        assert address is not None, "the index must stay, or her stop would be forgotten"
        remembered += [woman.number] * bool(address.sealed)
        wanted += [Said(woman.number, each) for each in ("voices", "list", TOLD)]
        kept += [Said(woman.number, "voices")] * address.generation
        kept += [Said(woman.number, "list")] * (standing[index].generation if index in standing else 0)
        kept += [Said(woman.number, TOLD)] * _reached(scene, woman)
    history = History(tuple(wanted), tuple(kept), taken=tuple(_taken(scene)), remembered=tuple(remembered))
    return _found(scene, step, history)


def _found(scene: Scene, step: str, history: History) -> Found:
    women, acknowledged = len(scene.women), len(scene.acknowledged)
    sins = judge(history)
    return Found(step, scene.engine.name, "kills", scene.kills, women, acknowledged, resent(history), sins)


def _traces(scene: Scene) -> list[str]:
    """Which of the destroyed secrets still stand somewhere in the database's files."""
    files = [file.read_bytes() for file in scene.engine.found_in(scene.folder)]
    return ["a secret" for secret in scene.secrets if any(secret in content for content in files)]


def _reached(scene: Scene, woman: Woman) -> int:
    return sum(message.receiver == woman.number for message in scene.twilio.accepted)


def _told(scene: Scene, woman: Woman, flagged: int) -> int:
    """How many messages reached her, without those that flagged resends may have doubled."""
    n = _reached(scene, woman)
    return n - min(flagged, max(0, n - 1))


def _taken(scene: Scene) -> Iterator[Taken]:
    for message in scene.twilio.accepted:
        yield Taken(message.receiver, parse_qs(urlsplit(message.callback).query)["id"][0], message.created)


def _rows(scene: Scene) -> Iterator[Row]:
    for woman in scene.women:
        for row in outbox(scene, woman):
            if row.state != SEEDED:
                yield Row(str(row.id), woman.number, row.state, row.resent)


def _events(scene: Scene) -> dict[str, list[Event]]:
    """What the journal tells of each number, opened with the consultation's own key."""
    house = scene.house
    private = custody.private_key(house.settings.data, house.vault, NAME)
    heard: dict[int, list[Event]] = defaultdict(list)
    published = house.store.read(lambda view: view.published(NAME))
    assert published is not None
    for fact, event in Opening(house.store, published, private).events():
        heard[fact.person].append(event)
    return {woman.number: heard[_person(scene, woman)] for woman in scene.women}


def _person(scene: Scene, woman: Woman) -> int:
    index = scene.house.vault.index(woman.number)
    address = scene.house.store.read(lambda view: view.address(index))
    assert address is not None, "someone is not known at all"
    (person,) = scene.house.store.read(lambda view: view.people_at(address.id, address.generation))
    return person.id


def outbox(scene: Scene, woman: Woman) -> list[Message]:
    """Every message of ours to her."""
    index = scene.house.vault.index(woman.number)
    address = scene.house.store.read(lambda view: view.address(index))
    return scene.house.store.read(lambda view: view.traffic(address.id)) if address else []
