"""Who said what in a consultation, opened and put together by person: by as many processes as there are cores.

Rule 1: each process opens what its own share of the people said, so that one person is never in two of them.
Rule 2: it does not show in the result how many there were: people are in the order of their numbers.
Rule 3: the private key is handed to another process through a pipe and nowhere else.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Final

from consult.consultation import Consultation
from consult.events import Answered
from consult.findings.persons import Opened, Person, people, worded
from consult.store.records import Published
from consult.unsealing import Opening, Part
from consult.vault import Unopenable

MANY: Final = 200_000  # facts from which several processes open them
BATCH: Final = 5_000  # people handed over at a time
Frames = dict[str, list[Person]]


def gathered(opening: Opening, definition: Consultation, upto: int, *, hands: int = 0, least: int = MANY) -> Frames:
    """By frame, whoever said anything in time, from facts up to this arrival. Raises vault.Unopenable."""
    hands = hands or os.cpu_count() or 1
    with _still():
        if hands == 1 or min(upto, opening.latest) < least:
            return people(_facts(opening, definition, upto), definition.questions, definition.compounds)
        return _by_many(opening, definition, upto, hands)


def _facts(opening: Opening, definition: Consultation, upto: int) -> Iterator[Opened]:
    open_ended = frozenset(question.name for question in definition.questions if question.type == "text")
    for fact, event in opening.events(upto):
        shared, in_time = fact.person in opening.sharing, fact.verdict == "in_time"
        words = isinstance(event, Answered) and event.question in open_ended and worded(event.value)
        message = opening.message(fact) if words else ""
        yield Opened(fact.person, fact.frame, fact.channel, in_time, shared, fact.entered_by or "", event, message)


def _by_many(opening: Opening, definition: Consultation, upto: int, hands: int) -> Frames:
    spawn = multiprocessing.get_context("spawn")
    frames: Frames = {}
    alike: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
    ends, running = list[Connection](), []
    for rest in range(hands):
        mine, theirs = spawn.Pipe(duplex=False)
        given = (opening.store.where, opening.published, opening.private, (hands, rest), definition, upto, theirs)
        process = spawn.Process(target=_share, args=given, daemon=True)
        process.start()
        theirs.close()
        ends.append(mine)
        running.append(process)
    try:
        while ends:
            for ready in wait(ends):
                assert isinstance(ready, Connection)
                if told := _heard(ready):
                    frame, some = told
                    for person in some:
                        person.segments = alike.setdefault(tuple(sorted(person.segments.items())), person.segments)
                    frames.setdefault(frame, []).extend(some)
                else:
                    ends.remove(ready)
    finally:
        for process in running:
            process.terminate()
            process.join()
    return {frame: sorted(each, key=lambda person: person.id) for frame, each in sorted(frames.items())}


def _heard(pipe: Connection) -> tuple[str, list[Person]] | None:
    """A frame and some of its people; None at the end."""
    try:
        told = pipe.recv()
    except EOFError:
        raise Unopenable("a process that opened facts ended too early; is there memory for it?") from None
    if isinstance(told, Exception):
        raise told
    found: tuple[str, list[Person]] | None = told
    return found


def _share(
    where: str,
    published: Published,
    private: bytes,
    part: Part,
    definition: Consultation,
    upto: int,
    pipe: Connection,
) -> None:
    """In the other process."""
    from consult.store import open_at

    gc.disable()  # see `_still`; this process ends with its work
    try:
        opening = Opening(open_at(where), published, private, part)
        for frame, some in people(
            _facts(opening, definition, upto), definition.questions, definition.compounds
        ).items():
            for first in range(0, len(some), BATCH):
                pipe.send((frame, some[first : first + BATCH]))
        pipe.send(None)
    except Exception as error:
        pipe.send(error)


@contextmanager
def _still() -> Iterator[None]:
    """Without the collector of cycles: none are made meanwhile, and it would look through millions of values again and
    again (a tenth of the time)."""
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            gc.enable()
