"""Readers of a store: each look holds one snapshot, and the connection goes back to a small pool.

Rule 1: a reader never waits for the writer, nor the writer for it.
Rule 2: a connection that something is left open on, or that was lost, is not given to the next.
Rule 3: to open one costs more than most looks do, most of all at a server: who finds `IDLE` of them busy waits a moment
for one, and no longer, since a look may be within another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from consult.store import View
from consult.store.dialect import Connection
from consult.store.whole import WholeView

T = TypeVar("T")
IDLE: Final = 6  # kept open
MOMENT: Final = 0.05  # seconds


class Readers:
    """Opens connections by `open_` when none is idle."""

    def __init__(self, open_: Callable[[], Connection]) -> None:
        self._open = open_
        self._idle: list[Connection] = []
        self._busy = 0
        self._freed = threading.Condition()
        self._over = False

    def look(self, look: Callable[[View], T]) -> T:
        """What `look` makes of one snapshot. Raises what it raises, and StoreError."""
        reader = self._reader()
        try:
            return _look(reader, look)
        except reader.Error as error:
            raise reader.explain(error) from error
        finally:
            self._put_back(reader)

    def close(self) -> None:
        """Those that are looking just now close when they are done."""
        with self._freed:
            self._over, idle, self._idle = True, self._idle, []
        for reader in idle:
            reader.close()

    def _reader(self) -> Connection:
        with self._freed:
            if not self._idle and self._busy >= IDLE:
                self._freed.wait_for(lambda: self._idle, MOMENT)
            self._busy += 1
            if self._idle:
                return self._idle.pop()
        try:
            return self._open()
        except BaseException:
            self._ended()
            raise

    def _put_back(self, reader: Connection) -> None:
        sound = reader.state == "idle"
        with self._freed:
            self._busy -= 1
            kept = sound and len(self._idle) < IDLE and not self._over
            if kept:
                self._idle.append(reader)
            self._freed.notify()
        if not kept:
            reader.close()

    def _ended(self) -> None:
        with self._freed:
            self._busy -= 1
            self._freed.notify()


def _look(reader: Connection, look: Callable[[View], T]) -> T:
    view = WholeView(reader)
    reader.begin(writes=False)
    try:
        return look(view)
    finally:
        view.end()
        reader.undo()
