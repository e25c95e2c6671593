"""A month in the field, played through: women write at nodes, pages travel as they can, and whatever breaks does.

One seed decides all. What a node heard is read from its own store with the consultation's key, woman by woman, so that
hub and nodes can be compared whatever numbers each of them gave.

Rule 1: women belong to one node; a copy of it, or the image it was put back to, is that node again.
Rule 2: whatever carries pages stands in WAYS: it is given pages and returns what arrives, damaged or not.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from consult import backup, custody
from consult.events import Event
from consult.house import House
from consult.recovery import new_backup_key
from consult.store.fieldwork import Leaving
from consult.store.records import Fact
from consult.sync import closing, contact, quarantine
from consult.sync.acks import read_ack
from consult.sync.arriving import take
from consult.sync.branches import chained
from consult.sync.keys import hub_of
from consult.sync.obeying import take_order
from consult.sync.pages import NotTaken
from consult.unsealing import Opening
from tests.journeys.script import definition
from tests.journeys.stage import Stage, set_up
from tests.sync.field import Field, bare

NAME = "market"
ANSWERS = ("1", "1", "The well is dry {n}", "1", "1", "1", "1", "1", "1")
DAY = 86_400
Way = Callable[[Sequence[bytes], random.Random], list[bytes]]
Said = tuple[int, str, str]  # day, verdict, event
Heard = Counter[tuple[Said, ...]]  # how many women said exactly this


# ---- ways


def by_wire(pages: Sequence[bytes], chance: random.Random) -> list[bytes]:
    """Each by itself: lost, doubled, or cut short."""
    out: list[bytes] = []
    for page in pages:
        out += chance.choice(([], [page], [page], [page, page], [page[: chance.randrange(len(page))]]))
    return out


def by_stick(pages: Sequence[bytes], chance: random.Random) -> list[bytes]:
    """One after the other on a stick that may be pulled out too early."""
    whole = b"".join(pages)
    end = chance.choice((len(whole), len(whole), chance.randrange(len(whole) + 1)))
    out, at = list[bytes](), 0
    for page in pages:
        out.append(whole[at : min(at + len(page), end)])
        at += len(page)
    return [part for part in out if part]


def by_many_hands(pages: Sequence[bytes], chance: random.Random) -> list[bytes]:
    """Several couriers with copies of some, who arrive in any order."""
    out = [page for page in pages for _ in range(chance.randrange(3))]
    chance.shuffle(out)
    return out


WAYS: list[Way] = [by_wire, by_stick, by_many_hands]


# ---- what is played


@dataclass
class Machine:
    """One computer that is a node, or was: `lost` where its database is gone."""

    node: str
    stage: Stage
    lost: bool = False


@dataclass
class Month:
    """Everything there is, and what is on its way."""

    folder: Path
    seed: int
    chance: random.Random
    field: Field
    kit: custody.Kit
    private: bytes
    offline: bool
    code: str
    machines: list[Machine] = field(default_factory=list)
    women: dict[str, str] = field(default_factory=dict)  # number -> node
    erased: set[str] = field(default_factory=set)
    heard: dict[str, set[tuple[int, int, Said]]] = field(default_factory=dict)  # of machines that are gone
    under_way: list[tuple[int, bytes]] = field(default_factory=list)  # (day, page)
    sticks: list[bytes] = field(default_factory=list)  # what was saved of machines that are gone
    safe: set[tuple[bytes, int, int, bytes]] = field(default_factory=set)  # pages in the newest backup
    backups: list[Path] = field(default_factory=list)
    branched: set[str] = field(default_factory=set)  # nodes of which there were two
    revoked: set[str] = field(default_factory=set)
    happened: Counter[str] = field(default_factory=Counter)
    folders: int = 0

    @property
    def hub(self) -> House:
        return self.field.hub.house

    def place(self, name: str) -> Path:
        self.folders += 1
        return self.folder / f"{name}-{self.folders}"

    def living(self) -> list[Machine]:
        return [each for each in self.machines if not each.lost]

    def close(self) -> None:
        for each in self.living():
            each.stage.house.close()
        self.hub.close()


def begin(folder: Path, seed: int, nodes: int, *, offline: bool = False) -> Month:
    """A hub with a consultation and a place for its backups, and its nodes."""
    target = folder / "backups"
    hub = set_up(folder / "hub", backup=target)
    toml = definition(NAME)
    made = hub.publish(toml.replace("round = 1", 'round = 1\ncustody = "offline"', 1) if offline else toml)
    assert made.kit is not None
    private = custody.join(made.kit.half_a, made.kit.half_b)
    code = new_backup_key(hub.house.settings.data)
    month = Month(folder, seed, random.Random(seed), Field(hub), made.kit, private, offline, code)
    for n in range(nodes):
        name = f"node{n}"
        stage = bare(month.place(name))
        month.field.join(name, stage)
        month.machines.append(Machine(name, stage))
    back_up(month, 0)
    return month


def play(month: Month, days: int) -> None:
    """Day by day; at the end all that is still somewhere arrives, and the operator decides about all that waits."""
    for day in range(1, days + 1):
        play_day(month, day, days)
    arrive_all(month, days)


def play_day(month: Month, day: int, days: int) -> None:
    chance = month.chance
    move_clocks(month)
    for machine in month.living():
        speak(month, machine)
        closing.close_due(machine.stage.house, machine.stage.at, now=chance.random() < 0.7)
        send(month, machine, day)
    trouble(month, day, days)
    arrive(month, day)
    for machine in month.living():
        if chance.random() < 0.6:
            meet(month, machine)
    if chance.random() < 0.5:
        back_up(month, day)
    if chance.random() < 0.3:
        decide(month)


def move_clocks(month: Month) -> None:
    """A day goes by; one clock in ten is set to anything within fifty years."""
    month.field.hub.at += DAY
    for machine in month.living():
        machine.stage.at += DAY
        if month.chance.random() < 0.1:
            month.happened["clock"] += 1
            machine.stage.at = month.field.hub.at + month.chance.randrange(-50 * 365 * DAY, 50 * 365 * DAY)
        elif month.chance.random() < 0.5:
            machine.stage.at = month.field.hub.at


# ---- women


def speak(month: Month, machine: Machine) -> None:
    """Somebody new begins and goes as far as she likes; at times one goes on, stops, comes back, or is erased."""
    chance = month.chance
    number = f"+234803{len(month.women) + 1:07d}"
    month.women[number] = machine.node
    machine.stage.seed = len(month.women) % 256
    said = [word.format(n=len(month.women)) for word in ANSWERS[: chance.choice((3, 5, 9))]]
    say(machine, number, "KIOSK", *said)
    known = [each for each in mine(month, machine) if each != number]
    if known and chance.random() < 0.4:
        say(machine, chance.choice(known), "1", "1")
    if known and chance.random() < 0.25:
        say(machine, chance.choice(known), chance.choice(("STOP", "STOP", "KIOSK")))
    apart = month.heard if machine.node in month.branched else ()
    if (sure := [each for each in known if each not in apart]) and chance.random() < 0.2:
        erase(month, machine, chance.choice(sure))


def say(machine: Machine, number: str, *words: str) -> None:
    machine.stage.says(*words, sender=number)


def mine(month: Month, machine: Machine) -> list[str]:
    """Whom this machine knows, and who is not erased."""
    return [
        number
        for number, node in month.women.items()
        if node == machine.node and number not in month.erased and _people(machine.stage, number)
    ]


def _people(stage: Stage, number: str) -> list[int]:
    address = stage.address(number)
    if address is None:
        return []
    return [each.id for each in stage.house.store.read(lambda view: view.people_at(address.id, address.generation))]


def erase(month: Month, machine: Machine, number: str) -> None:
    """Asked at this machine; of whom a copy that is gone told under a number that nobody can match, it is not."""
    month.happened["erase"] += 1
    month.erased.add(number)
    say(machine, number, "ERASE")


# ---- pages, acks, orders


def waiting(machine: Machine) -> list[Leaving]:
    return machine.stage.house.store.read(contact.outgoing)


def send(month: Month, machine: Machine, day: int) -> None:
    """What waits goes by any way, and takes some days."""
    pages = [page.data for page in waiting(machine)]
    if pages and month.chance.random() < 0.8:
        for data in month.chance.choice(WAYS)(pages, month.chance):
            month.under_way.append((day + month.chance.choice((0, 0, 1, 3)), data))


def arrive(month: Month, day: int) -> None:
    """What is due, in any order."""
    due = [data for when, data in month.under_way if when <= day]
    month.under_way = [(when, data) for when, data in month.under_way if when > day]
    month.chance.shuffle(due)
    for data in due:
        try:
            month.happened[take(month.hub, data, month.field.hub.at).outcome] += 1
        except NotTaken:
            month.happened["refused"] += 1


def meet(month: Month, machine: Machine) -> None:
    """The node hears how its pages stand and what is wanted of it, some of it twice."""
    house, node = machine.stage.house, month.field.node(machine.node)
    letters = contact.letters(month.hub, node)
    month.chance.shuffle(letters)
    for letter in letters[: month.chance.randrange(len(letters) + 1)] * 2:
        take_order(house, letter)
    heed(month, machine)


def heed(month: Month, machine: Machine) -> None:
    house, node = machine.stage.house, month.field.node(machine.node)
    hub = house.store.read(hub_of)
    assert hub is not None
    for epoch in sorted({page.epoch for page in house.store.read(lambda view: view.leaving(1))}):
        before = {(each.epoch, each.number): each for each in house.store.read(lambda view: view.leaving(1))}
        data = contact.ack(month.hub, node, epoch, month.field.hub.at)
        contact.heed(house, read_ack(data, hub.verify, node.node))
        still = {(each.epoch, each.number) for each in house.store.read(lambda view: view.leaving(1))}
        for gone in before.keys() - still:
            assert (node.node, *gone, before[gone].chain) in month.safe, "a page went that lies in no backup"
            month.happened["durable"] += 1


# ---- what breaks


def trouble(month: Month, day: int, days: int) -> None:
    """One thing a day, at most."""
    roll, machine = month.chance.random(), month.chance.choice(month.living())
    if roll < 0.25:
        put_back(month, machine, day)
    elif roll < 0.4:
        copy(month, machine)
    elif roll < 0.6:
        restore_hub(month, day)
    elif day == days // 2 + 1:
        publish_again(month)


def image(month: Month, machine: Machine) -> Path:
    """The data folder as it is now, at another place."""
    folder = month.place(machine.node)
    shutil.copytree(machine.stage.house.settings.data, folder, ignore=shutil.ignore_patterns("consult.db*"))
    machine.stage.house.store.backup(str(folder / "consult.db"))
    return folder


def opened(machine: Machine, folder: Path) -> Machine:
    stage = set_up(folder, at=machine.stage.at)
    return Machine(machine.node, replace(stage, refs=machine.stage.refs, seed=machine.stage.seed))


def copy(month: Month, machine: Machine) -> None:
    """A second computer goes on as the same node."""
    if sum(each.node == machine.node for each in month.living()) < 2:
        month.happened["copy"] += 1
        month.branched.add(machine.node)
        month.machines.append(opened(machine, image(month, machine)))


def put_back(month: Month, machine: Machine, day: int) -> None:
    """The disk dies after some more was said and sent; an image takes its place, with the outside file or without."""
    month.happened["put back"] += 1
    folder = image(month, machine)
    number = f"+234803{len(month.women) + 1:07d}"
    month.women[number] = f"{machine.node} before {day}"  # nobody here will know her any more
    machine.stage.seed = len(month.women) % 256
    say(machine, number, "KIOSK", "1", "1", f"Nobody will know {number} here")
    closing.close_due(machine.stage.house, machine.stage.at, now=True)
    month.sticks += [page.data for page in machine.stage.house.store.read(lambda view: view.leaving(1))]
    month.under_way += [(day + month.chance.randrange(3), page.data) for page in waiting(machine)]
    remember(month, machine)
    if machine.node not in month.branched and month.chance.random() < 0.5:
        shutil.copy(machine.stage.house.settings.data / "keys" / "epoch", folder / "keys" / "epoch")
    else:
        month.branched.add(machine.node)
    machine.stage.house.close()
    machine.lost = True
    month.machines.append(opened(machine, folder))


def back_up(month: Month, day: int) -> None:
    hub = month.hub
    last = hub.store.read(lambda view: view.last_page())
    assert hub.settings.backup is not None
    public = backup.backup_key(hub.settings.data)
    at = month.field.hub.at + len(month.backups)
    month.backups.append(backup.back_up(hub.store, hub.vault, hub.settings.data, hub.settings.backup, public, at))
    month.safe |= set(_chains(month))
    contact.backed_up(hub, last)


def _chains(month: Month) -> Iterator[tuple[bytes, int, int, bytes]]:
    for node in month.hub.store.read(lambda view: view.nodes()):
        for epoch in month.hub.store.read(lambda view, node=node: view.epochs(node.node)):  # type: ignore[misc]
            for row in month.hub.store.read(lambda view, n=node, e=epoch: view.page_marks(n.node, e)):  # type: ignore[misc]
                yield row.node, row.epoch, row.number, chained(row)


def restore_hub(month: Month, day: int, *, listed: bool = True) -> None:
    """The hub's disk dies, and its newest backup takes its place; the key comes back from its kit. Where it is not
    `listed` who left, because that file is lost too, two people decide."""
    month.happened["hub restored"] += 1
    old, target = month.field.hub, month.hub.settings.backup
    assert target is not None
    month.hub.close()
    folder = month.place("hub")
    how = (target, None) if listed else (None, ("Amina", "Ruth"))
    if not listed:
        (target / "suppressed").unlink()
    backup.restore(month.backups[-1], month.code, folder, *how, old.at)
    fresh = set_up(folder, at=old.at, backup=target)
    month.field.hub = replace(fresh, refs=old.refs)
    if not month.offline:
        published = fresh.house.store.read(lambda view: view.published(NAME))
        assert published is not None
        kit = (month.kit.half_a, month.kit.half_b)
        custody.put_back(folder, fresh.house.vault, NAME, published.public, *kit)
    if month.happened["published"]:
        publish_again(month)


def publish_again(month: Month) -> None:
    """The next version; the same once more where the hub was restored to a day before it."""
    month.happened["published"] += 1
    version = month.hub.store.read(lambda view: view.published(NAME))
    assert version is not None
    if version.version == 1:
        month.field.hub.publish(version.toml.replace("round = 1", "round = 2"))


def decide(month: Month) -> None:
    """The rule: what branched off is merged; what a revoked node said after is dropped."""
    while tails := [each for each in quarantine.tails(month.hub) if each.why != "ahead"]:
        for tail in tails:
            choice: quarantine.Choice = "drop" if tail.node.name in month.revoked else "merge"
            which = (tail.node.name, tail.epoch, tail.first)
            with suppress(quarantine.Undecided):
                quarantine.decide(
                    month.hub, *which, choice, by="Amina", at=month.field.hub.at, private=month.private, tail=tail.id
                )
        if [each.pages for each in quarantine.tails(month.hub) if each.why != "ahead"] == [
            each.pages for each in tails
        ]:
            return
        month.happened["decided"] += 1


# ---- the end


def arrive_all(month: Month, day: int) -> None:
    """Everything still somewhere arrives, all orders too, until nothing changes any more."""
    from consult.sync.reading_later import read_waiting

    month.under_way += [(day, page) for page in month.sticks]
    arrive(month, day + 100)
    for _ in range(4):
        for machine in month.living():
            for letter in contact.letters(month.hub, month.field.node(machine.node)):
                take_order(machine.stage.house, letter)
            closing.close_due(machine.stage.house, machine.stage.at, now=True)
            month.under_way += [(day, page.data) for page in waiting(machine)]
        arrive(month, day)
        read_waiting(month.hub, month.field.hub.at, NAME, month.private)
        decide(month)
        for machine in month.living():
            heed(month, machine)


# ---- what can be compared


def remember(month: Month, machine: Machine) -> None:
    """What this machine heard, woman by woman, before it goes; all of it is in pages."""
    for number, said in heard_at(month, machine).items():
        month.heard.setdefault(number, set()).update(said)


def heard_at(month: Month, machine: Machine) -> dict[str, set[tuple[int, int, Said]]]:
    """What each woman of this machine said."""
    found = machine.stage.house.store.read(lambda view: view.published(NAME))
    assert found is not None
    opening = Opening(machine.stage.house.store, found, month.private)
    people = {person: number for number in month.women for person in _people(machine.stage, number)}
    out: dict[str, set[tuple[int, int, Said]]] = {}
    for fact, event in opening.events():
        if fact.person in people:
            out.setdefault(people[fact.person], set()).add((fact.epoch, fact.seq, said(fact, event)))
    return out


def said(fact: Fact, event: Event) -> Said:
    return fact.day, fact.verdict, repr(event)


def at_nodes(month: Month) -> Heard:
    """What women said at all machines that ever were, but those who were erased."""
    whole = {number: set(each) for number, each in month.heard.items()}
    for machine in month.living():
        for number, each in heard_at(month, machine).items():
            whole.setdefault(number, set()).update(each)
    return Counter(
        tuple(sorted(one for _, _, one in each)) for number, each in whole.items() if number not in month.erased
    )


def at_hub(month: Month) -> Heard:
    """What the hub knows, person by person."""
    found = month.hub.store.read(lambda view: view.published(NAME))
    assert found is not None
    people: dict[int, list[Said]] = {}
    for fact, event in Opening(month.hub.store, found, month.private).events():
        people.setdefault(fact.person, []).append(said(fact, event))
    return Counter(tuple(sorted(each)) for each in people.values())


def canonical(heard: Heard) -> bytes:
    """The same bytes wherever the same was said by as many."""
    return "\n".join(sorted(map(repr, heard.elements()))).encode()
