"""Pages, acks and orders as files, for whoever walks: a CBOR sequence and nothing else. See `docs/sync.md`.

Rule 1: a file is written beside its place, flushed, renamed, read again from the medium and compared (`durable`).
Rule 2: its name says neither what it is nor whose: eight letters of its own hash, so the same pages make the same file.
Rule 3: files may be merged, cut and repeated by anybody: every item that is whole is found, also behind a cut one.
Rule 4: whoever signed an item decides whether it is believed, not where it lay.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from consult import durable
from consult.house import House
from consult.store.fieldwork import Node
from consult.sync.arriving import Outcome, take
from consult.sync.contact import ack, letters
from consult.sync.greetings import enclosed
from consult.sync.heeding import Heeded, heed_answer
from consult.sync.keys import Hub
from consult.sync.pages import NotTaken
from consult.sync.sequences import Cut, NoItem, end

ENDING: Final = ".bin"
LARGEST: Final = 512 << 20  # bytes of a file
_PAGE: Final = re.compile(rb"[\x80-\x97][\x00-\x17]{2}\x48")  # how a page of any format begins
_LETTER: Final = re.compile(rb"(?:[\x40-\x57]|\x58.|\x59..|\x5a....)(?=[\x86\x89]\x01\x48)", re.DOTALL)
_MISSES: Final = 10_000  # places in a file that look like an item and are none, before it is given up


class NotWritten(Exception):
    """The file is not there as it should be; says the cure."""


@dataclass(slots=True)
class Found:
    """What a file held: pages by what became of them, and those that nobody here may take, by the reason."""

    outcomes: dict[Outcome, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    cut: bool = False

    @property
    def pages(self) -> int:
        return sum(self.outcomes.values())


def write(folder: Path, content: bytes) -> Path:
    """Put it into the folder under a neutral name; where it is. Raises NotWritten, OSError."""
    path = folder / f"{hashlib.blake2b(content, digest_size=4).hexdigest()}{ENDING}"
    if _lies_there(path, content):
        return path
    durable.write(path, content)
    if not _lies_there(path, content):
        raise NotWritten(f"{path} reads back otherwise than it was written: use another stick. Nothing was lost here.")
    return path


def _lies_there(path: Path, content: bytes) -> bool:
    """Whether the medium has it, not only our memory of it."""
    if not path.is_file():
        return False
    with path.open("rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return opened.read() == content


def answer(house: House, node: Node, at: int) -> bytes:
    """At the hub: what to tell a node, of every epoch it ever sent from, and its orders. Raises vault.Locked."""
    told = [ack(house, node, epoch, at) for epoch in house.store.read(lambda view: view.epochs(node.node))]
    return enclosed([*told, *([] if node.revoked else letters(house, node))])


def takes_letters(data: bytes) -> bool:
    """Whether a file is for a node, and not for a hub: what the first thing in it is that is anything."""
    page, held = _PAGE.search(data), _LETTER.search(data)
    return held is not None and (page is None or held.start() < page.start())


# ---- reading


def take_pages(house: House, data: bytes, at: int, tell: Callable[[Found], None] = lambda _: None) -> Found:
    """At the hub: take in every whole page. Raises StoreError: what came before is kept."""
    found = Found()

    def taken(page: bytes) -> bool:
        try:
            outcome = take(house, page, at).outcome
        except NotTaken as error:
            found.refused[error.why] = found.refused.get(error.why, 0) + 1
            return False
        found.outcomes[outcome] = found.outcomes.get(outcome, 0) + 1
        tell(found)
        return True

    found.cut = _each(data, _PAGE, taken)
    return found


def take_letters(house: House, hub: Hub, data: bytes) -> Heeded:
    """On the node: heed every whole letter; those for other nodes are passed over and counted.

    Raises vault.Locked, StoreError.
    """
    node = bytes.fromhex(house.store.read(lambda view: view.origin_node()))
    sum_, undone = Heeded(), list[bytes]()

    def taken(item: bytes) -> bool:
        one = heed_answer(house, hub, node, item)
        if one.foreign > one.others:
            undone.append(item)
            return False
        sum_.add(one)
        return True

    _each(data, _LETTER, taken)
    for item in undone:  # of a consultation, perhaps, that came behind it
        sum_.add(heed_answer(house, hub, node, item))
    return sum_


def _each(data: bytes, begins: re.Pattern[bytes], taken: Callable[[bytes], bool]) -> bool:
    """Offer everything that may be an item; behind one that was taken goes on, else with the next that may be one.

    Whether there was anything that is no whole item.
    """
    place, misses, gaps = 0, 0, False
    while misses < _MISSES and (at := begins.search(data, place)):
        gaps = gaps or at.start() > place
        stop = _stop(data, at.start())
        if stop and taken(data[at.start() : stop]):
            place = stop
        else:
            place, misses, gaps = at.start() + 1, misses + 1, gaps or not stop
    return gaps or place < len(data)


def _stop(data: bytes, start: int) -> int | None:
    """Where the item ends; None where it is cut, or none."""
    try:
        return end(data, start)
    except (Cut, NoItem):
        return None
