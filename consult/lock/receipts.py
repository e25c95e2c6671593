"""Who had a receipt from a locked node today, under a key of the day that is kept nowhere."""

from __future__ import annotations

import hmac
import threading
from secrets import token_bytes


class Receipts:
    """Shared by threads. Nothing of it can be turned into a number once the day, or the process, is over."""

    def __init__(self) -> None:
        self._counting, self._day, self._key, self._had = threading.Lock(), -1, b"", set[bytes]()

    def first(self, number: str, day: int, most: int) -> bool:
        """Whether this is its first today, and there were fewer than `most`; then it counts."""
        with self._counting:
            if day != self._day:
                self._day, self._key, self._had = day, token_bytes(32), set()
            mark = hmac.digest(self._key, number.encode(), "sha256")[:16]
            if mark in self._had or len(self._had) >= most:
                return False
            self._had.add(mark)
            return True
