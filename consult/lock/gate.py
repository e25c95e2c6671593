"""What a process may do just now: answer women, show pages. One value, shared by its threads.

On a hub without a passphrase everything is open for ever. On a node (D21):

    LOCKED    no keys: what comes is sealed and kept, one receipt a number and day leaves, nothing else
    TAKING    unlocked, and what was kept is being taken in: until it is, nothing newer is, and nothing leaves
    OPEN      everything
    SHUT      nobody has worked here for a while: conversations go on, pages and lists wait for the passphrase

Rule 1: LOCKED may come at any moment, from every state; the way out leads through TAKING only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import Enum

from consult.lock.receipts import Receipts


class State(Enum):
    """See above."""

    LOCKED = "locked"
    TAKING = "taking"
    OPEN = "open"
    SHUT = "shut"


class Gate:
    """`touched` is when somebody last worked here (seconds of a clock that only goes forward)."""

    def __init__(self, *, locked: bool = False) -> None:
        self._state = State.LOCKED if locked else State.OPEN
        self._turning, self._keeping = threading.Lock(), threading.Lock()
        self.receipts = Receipts()
        self.touched = time.monotonic()

    @property
    def state(self) -> State:
        return self._state

    @property
    def answers(self) -> bool:
        """Whether women are answered, and messages leave."""
        return self._state in (State.OPEN, State.SHUT)

    @property
    def shows(self) -> bool:
        """Whether pages are shown, and other commands get the keys."""
        return self._state is State.OPEN

    def touch(self) -> None:
        """Somebody works here."""
        self.touched = time.monotonic()

    def turn(self, to: State, *, out_of: State | None = None) -> bool:
        """Turn it, at once; False where it is not in `out_of`: then nothing changed."""
        with self._turning:
            if out_of and self._state is not out_of:
                return False
            self._state = to
            return True

    def open(self, waits: Callable[[], bool]) -> bool:
        """Everything kept was taken in: open. False where more `waits`, or it was locked meanwhile."""
        with self._keeping:
            return not waits() and self.turn(State.OPEN, out_of=State.TAKING)

    def keep(self, capture: Callable[[], None]) -> bool:
        """Have a message kept for later, if it is such a time; what is kept then is there before the gate opens."""
        with self._keeping:
            if self.answers:
                return False
            capture()
            return True
