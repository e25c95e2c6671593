"""What other processes do to a store under test: `python -m tests.store.children DUTY PLACE [N]`."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from itertools import count

from consult.store import Store, StoreError, open_at
from tests.store.samples import fact, mark


def add(store: Store, times: str) -> Iterator[str]:
    """Read a number, write the next one."""
    yield "ready"
    sys.stdin.readline()
    for _ in range(int(times)):
        store.write(lambda tx: tx.set("sum", str(int(tx.setting("sum") or 0) + 1)))
        store.write(lambda tx: tx.record(fact()))


def acknowledge(store: Store, first: str) -> Iterator[str]:
    """Keep one fact and one mark after the other, saying each number when it is kept."""
    for n in count(int(first)):
        store.write(lambda tx, n=n: (tx.take(mark(n), 20000, "drum", n), tx.record(fact(n))))
        yield str(n)


def fill(store: Store, limit: str) -> Iterator[str]:
    """Write until the disk is full; the numbers kept, then what the store said, then whether it still reads."""
    if int(limit):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    for n in count(1):
        try:
            store.write(lambda tx, n=n: tx.record(fact(n, sealed=b"x" * 20000)))
        except StoreError as error:
            yield f"full={error.full}"
            break
        yield str(n)
    yield f"reads={store.read(lambda view: view.last_arrival('river'))}"


def take(store: Store, n: str) -> Iterator[str]:
    yield "ready"
    sys.stdin.readline()
    yield str(sum(store.write(lambda tx, i=i: tx.take(mark(i), 20000, "drum", 1)) for i in range(int(n))))


DUTIES = {"add": add, "acknowledge": acknowledge, "fill": fill, "take": take}

if __name__ == "__main__":
    duty, place, *words = sys.argv[1:]
    opened = open_at(place)
    for line in DUTIES[duty](opened, *words):
        print(line, flush=True)
    opened.close()
