"""The three memories side by side: what the carrier took, what the webhook acknowledged, what the store kept."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass

from consult import custody
from consult.events import Event
from consult.store.records import Message
from consult.unsealing import Opening
from tests.drills.scene import NAME, Scene, Woman

UNSETTLED = ("queued", "handing", "uncertain")


@dataclass(frozen=True)
class Tally:
    """What a drill proved. `resent`: flagged resends of uncertain messages, which are counted apart."""

    step: str
    kills: int
    acknowledged: int
    lost: int
    doubled: int
    resent: int

    def clean(self) -> bool:
        """Nothing lost, nothing doubled."""
        return self.lost == self.doubled == 0

    def line(self) -> str:
        """For people and programs."""
        return json.dumps(asdict(self))


def tally(scene: Scene, step: str, effect: Callable[[Event, Woman], bool], acknowledged: int) -> Tally:
    """Each woman's message has had its `effect` once, and one message of ours has reached her."""
    events, taken = _events(scene), Counter(message.receiver for message in scene.twilio.accepted)
    lost = doubled = resent = 0
    for woman in scene.women:
        rows = outbox(scene, woman)
        assert not [row.state for row in rows if row.state in UNSETTLED], "a message was never settled"
        flagged = sum(row.resent for row in rows)
        for times, allowed in ((_times(events[woman.number], woman, effect), 1), (taken[woman.number], 1 + flagged)):
            lost += times == 0
            doubled += max(0, times - allowed)
        resent += flagged
    return Tally(step, scene.kills, acknowledged, lost, doubled, resent)


def erasures(scene: Scene, step: str) -> Tally:
    """Each woman is forgotten once: number, keys and voices, here and in the list that restores obey; told so once."""
    house, taken = scene.house, Counter(message.receiver for message in scene.twilio.accepted)
    standing = house.suppressions.standing()
    lost = doubled = 0
    for woman in scene.women:
        index = house.vault.index(woman.number)
        address = house.store.read(lambda view, index=index: view.address(index))
        assert address is not None, "the index must stay, or her stop would be forgotten"
        generations = (address.generation, standing[index].generation if index in standing else 0)
        lost += bool(address.sealed) + sum(each == 0 for each in (*generations, taken[woman.number]))
        doubled += sum(each > 1 for each in (*generations, taken[woman.number]))
    lost += house.store.read(lambda view: len(list(view.keys(NAME)))) + _traces(scene)
    return Tally(step, scene.kills, len(scene.acknowledged), lost, doubled, 0)


def _traces(scene: Scene) -> int:
    """How many of the destroyed secrets still stand somewhere in the database's files."""
    files = [file.read_bytes() for file in scene.folder.glob("consult.db*")]
    return sum(any(secret in content for content in files) for secret in scene.secrets)


def _times(events: list[Event], woman: Woman, effect: Callable[[Event, Woman], bool]) -> int:
    return sum(effect(event, woman) for event in events)


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
