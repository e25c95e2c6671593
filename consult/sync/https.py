"""A node meets its hub over HTTPS: pages up, acks and orders down, whatever breaks on the way. See `docs/sync.md`.

Rule 1: pages go in small bodies (`WINDOW`), the next before the last is answered: a broken connection costs at most
`AHEAD` of them, and a round trip of 600 ms is waited for once.
Rule 2: the same bytes go until an ack says they came; how much of a page is there is asked only after a break.
Rule 3: nothing is believed but what the hub signed (`heeding`), nothing is deleted here but by a durable ack.
Rule 4: every byte through the socket is counted for the attempt it was of; at the day's limit it ends until tomorrow.
Rule 5: one at a time on a data folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from consult import __version__, durable
from consult.house import House
from consult.library import day_of
from consult.store import View
from consult.store.fieldwork import Leaving, Traffic
from consult.sync import freight, rationing, twins
from consult.sync.contact import outgoing
from consult.sync.greetings import BEYOND, EPOCHS, Hello
from consult.sync.heeding import Heeded, heed_answer, heed_order
from consult.sync.keys import Hub, hub_of
from consult.sync.obeying import not_understood, take_late
from consult.sync.orders import carried_out
from consult.sync.pages import hashed
from consult.sync.talking import Talk, place_of
from consult.sync.wire import Broken, Wire

WINDOW: Final = 4 * 1024  # bytes of pages in a body
AHEAD: Final = 4  # bodies on the way at once
TRIES: Final = 5  # one after the other without anything having come through
ORDERS: Final = 4 * 1024  # bytes of orders asked for at once; longer ones are fetched, and go on where they broke off
OPENING: Final = 4 * 1024  # bytes a connection costs before the first page (TLS, with a chain of two certificates)
ROOM: Final = 1024  # bytes kept free for an answer
_PART: Final = "order in part"  # setting: number and bytes of the order whose fetching broke off


class NoHub(Exception):
    """There is nobody to sync with; says why and the cure."""


class Spent(Exception):
    """The day's bytes are spent."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How it speaks to the hub. `cap`: bytes a day, both ways, 0 for no limit."""

    window: int = WINDOW
    ahead: int = AHEAD
    tries: int = TRIES
    cap: int = 0


@dataclass(frozen=True, slots=True)
class Met:
    """What came of it: pages that the hub has now, orders carried out, recordings that went up and sounds that came
    down, bytes through the socket, attempts, whether the day's bytes are spent, why the last attempt broke, what the
    hub said of it all."""

    pages: int = 0
    orders: int = 0
    up: int = 0
    down: int = 0
    tries: int = 0
    spent: bool = False
    broke: str = ""
    revoked: bool = False
    refused: tuple[str, ...] = ()
    tapes: int = 0
    sounds: int = 0


Tell = Callable[[Met, int], None]  # after each answer: so far, and how many pages wait


def allowed(house: House) -> int:
    """Bytes a day that this node may spend: what its hub says, else its own setting; 0 for no limit."""
    return house.store.read(lambda view: rationing.allowed(view, "bytes", house.settings.sync_per_day))


def spent_today(view: View, day: int) -> int:
    """Bytes of this node over HTTPS, both ways."""
    node = bytes.fromhex(view.origin_node())
    return sum(each.up + each.down for each in view.traffic_of(node, day) if (each.day, each.way) == (day, "https"))


def sync(
    house: House,
    clock: Callable[[], int],
    pace: Pace,
    *,
    pause: Callable[[int], None],
    tell: Tell = lambda *_: None,
) -> Met:
    """Bring all closed pages to the hub and carry out what it wants; `pause(n)` waits after the n-th failure.

    Raises NoHub, wire.NotTrusted, talking.Unknown, vault.Locked, StoreError; BlockingIOError while another does it.
    """
    hub = house.store.read(hub_of)
    if hub is None or not hub.url or not hub.token:
        raise NoHub("this node has no hub that it could reach by HTTPS; pages also go as files: consult node export")
    with durable.alone(durable.private_folder(house.settings.data / "sync"), wait=False):
        take_late(house)
        return _persist(_Meeting(house, hub, clock, pace, tell), pause)


def _persist(meeting: _Meeting, pause: Callable[[int], None]) -> Met:
    failures = 0
    while failures < meeting.pace.tries:
        before = meeting.met
        try:
            meeting.attempt()
            return meeting.met
        except Spent:
            return replace(meeting.met, spent=True)
        except Broken as error:
            came = (before.pages, before.orders) != (meeting.met.pages, meeting.met.orders)
            failures = 1 if came else failures + 1
            meeting.met = replace(meeting.met, broke=str(error))
            if failures < meeting.pace.tries:
                pause(failures)
    return meeting.met


@dataclass
class _Meeting:
    """One sync, over as many connections as it takes."""

    house: House
    hub: Hub
    clock: Callable[[], int]
    pace: Pace
    tell: Tell
    met: Met = field(default_factory=Met)
    refused: dict[bytes, str] = field(default_factory=dict)
    broken: bool = False  # whether a page in pieces may be there in part
    shown: bool = False  # whether a mark is on its way that nothing answered yet

    def __post_init__(self) -> None:
        self.node = bytes.fromhex(self.house.store.read(lambda view: view.origin_node()))
        self.waiting = dict[int, int]()

    # ---- one connection

    def attempt(self) -> None:
        """Raises Broken, Spent, wire.NotTrusted, talking.Unknown."""
        self._demand((OPENING if self.hub.url.startswith("https:") else 0) + self.pace.window)
        self.met = replace(self.met, tries=self.met.tries + 1, broke="")
        before, wire = self.met, Wire(self.hub.url)
        fresh = os.urandom(twins.MARK)
        mark = self.house.store.write(lambda tx: twins.shown(tx, fresh))
        self.talk, self.shown = Talk(wire, self.hub, self.node, self.pace.ahead, mark), True
        try:
            wire.secure()
            self._speak()
            self.broken = False
        except Broken:
            self.broken = True
            raise
        finally:
            wire.close()
            self._account(wire, before)

    def _account(self, wire: Wire, before: Met) -> None:
        self.met = replace(self.met, up=before.up + wire.up, down=before.down + wire.down)
        traffic = Traffic(self.node, day_of(self.clock()), "https", 1, wire.up, wire.down)
        self.house.store.write(lambda tx: tx.count_traffic(traffic))

    def _demand(self, need: int, spoken: int = 0) -> None:
        """Raises Spent where the day's limit does not leave so many bytes."""
        spent = self.house.store.read(lambda view: spent_today(view, day_of(self.clock())))
        if self.pace.cap and spent + spoken + need > self.pace.cap:
            raise Spent

    def _speak(self) -> None:
        if self.broken:  # bodies may have come whose answers were lost
            self._heed((self.talk.ask(self._hello()),))
        self._bring(self._outgoing(), self._hello())
        for number in sorted(self.waiting, key=self.waiting.__getitem__):
            self._fetch(number, self.waiting[number])
        count = -1
        while (more := self._outgoing()) and self.met.pages != count:  # closed or confirmed meanwhile
            count = self.met.pages
            self._bring(more, b"")
        self._carry()

    def _carry(self) -> None:
        carried = freight.carry(self.house, self.talk, self.pace.window, self._afford)
        self.met = replace(self.met, tapes=self.met.tapes + carried.tapes, sounds=self.met.sounds + carried.sounds)

    def _afford(self, need: int) -> None:
        self._demand(need + ROOM, self.talk.wire.up + self.talk.wire.down)

    def _outgoing(self) -> list[Leaving]:
        return [page for page in self.house.store.read(outgoing) if hashed(page.data) not in self.refused]

    def _hello(self) -> bytes:
        return self.house.store.read(lambda view: _hello(view, self.clock())).write()

    # ---- pages up

    def _bring(self, pages: Sequence[Leaving], hello: bytes) -> None:
        """All of these, the hello with the last of them. Raises Spent: then what is on its way was waited for."""
        bodies = list(_bodies(pages, self.pace.window))
        if bodies and isinstance(last := bodies[-1], bytes):
            bodies[-1], hello = last + hello, b""
        try:
            for each in bodies:
                if isinstance(each, bytes):
                    self._post(each)
                else:
                    self._heed(self.talk.rest())
                    self._in_pieces(each)
            if hello:
                self._post(hello)
        except Spent:
            self._heed(self.talk.rest())
            raise
        self._heed(self.talk.rest())

    def _post(self, data: bytes) -> None:
        self._demand(self.talk.weigh(data) + ROOM, self.talk.wire.up + self.talk.wire.down)
        self._heed(self.talk.post(data))

    def _in_pieces(self, page: Leaving) -> None:
        """Only after a break is it asked how much of it is there."""
        start, told = self.talk.reached(place_of(page)) if self.broken else 0, b""
        while start is not None and start < len(page.data):
            self._demand(self.pace.window + ROOM, self.talk.wire.up + self.talk.wire.down)
            start, told = self.talk.piece(place_of(page), page.data, start, self.pace.window)
        if start is None:
            told = self.talk.ask(Hello((page.epoch,)).write())
        self._heed((told,))

    # ---- acks and orders down

    def _heed(self, answers: Iterable[bytes]) -> None:
        for data in answers:
            if self.shown:
                self.house.store.write(twins.handed_on)
                self.shown = False
            before = self.house.store.read(outgoing)
            heeded = heed_answer(self.house, self.hub, self.node, data)
            came = len(before) - len(self.house.store.read(outgoing))
            self._note(heeded, max(0, came))

    def _note(self, heeded: Heeded, came: int) -> None:
        self.refused.update(heeded.refused)
        self.waiting.update(heeded.waiting)
        self.met = replace(
            self.met,
            pages=self.met.pages + came,
            orders=self.met.orders + heeded.orders,
            revoked=self.met.revoked or heeded.revoked,
            refused=tuple(sorted(set(self.refused.values()))),
        )
        self.tell(self.met, len(self._outgoing()))

    def _fetch(self, number: int, size: int) -> None:
        """A long order, from where it broke off."""
        got = self.house.store.read(lambda view: _part(view, number))[:size]
        self._demand(size - len(got) + ROOM, self.talk.wire.up + self.talk.wire.down)
        try:
            for some in self.talk.download(f"/orders/{number}", len(got)):
                got += some
        finally:
            self.house.store.write(lambda tx: tx.set(_PART, f"{number} {got.hex()}"))
        if len(got) < size:
            raise Broken("an order ended early")
        self.house.store.write(lambda tx: tx.set(_PART, ""))
        self._note(heed_order(self.house, got), 0)


def _hello(view: View, at: int) -> Hello:
    last, beyond = carried_out(view)
    open_ = sorted({page.epoch for page in view.leaving(Leaving.RECEIVED)} | {view.epoch()})
    odd = not_understood(view)
    return Hello(tuple(open_[-EPOCHS:]), last, tuple(beyond[-BEYOND:]), ORDERS, max(0, at), __version__, odd)


def _bodies(pages: Sequence[Leaving], window: int) -> Iterator[bytes | Leaving]:
    """Pages together, as many as a body holds; a page that is longer than that alone."""
    held = b""
    for page in pages:
        if held and len(held) + len(page.data) > window:
            yield held
            held = b""
        if len(page.data) > window:
            yield page
        else:
            held += page.data
    if held:
        yield held


def _part(view: View, number: int) -> bytes:
    of, _, kept = (view.setting(_PART) or "").partition(" ")
    return bytes.fromhex(kept) if of == str(number) else b""
