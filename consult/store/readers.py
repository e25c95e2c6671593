"""Readers of a store: each look holds one snapshot, and the connection goes back to a small pool.

Rule 1: a reader never waits for the writer, nor the writer for it.
Rule 2: a connection that something is left open on, or that was lost, is not given to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from consult.store import View
from consult.store.dialect import Connection
from consult.store.whole import WholeView

T = TypeVar("T")
IDLE: Final = 4  # kept open


class Readers:
    """Opens connections by `open_` when none is idle."""

    def __init__(self, open_: Callable[[], Connection]) -> None:
        self._open = open_
        self._idle: list[Connection] = []
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
        self._over = True
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    def _reader(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _put_back(self, reader: Connection) -> None:
        if reader.state != "idle" or len(self._idle) >= IDLE or self._over:
            reader.close()
        else:
            self._idle.append(reader)


def _look(reader: Connection, look: Callable[[View], T]) -> T:
    view = WholeView(reader)
    reader.begin(writes=False)
    try:
        return look(view)
    finally:
        view.end()
        reader.undo()
