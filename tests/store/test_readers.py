"""Looks at a store share a few connections, and a look within another never waits for good."""

from __future__ import annotations

from pathlib import Path

from consult.store import View
from consult.store.connection import File, connect
from consult.store.migrations import migrate
from consult.store.readers import IDLE, Readers


def test_a_few_connections_are_kept_and_looks_within_looks_go_on(tmp_path: Path) -> None:
    file, opened = tmp_path / "consult.db", list[File]()
    migrate(file)

    def another() -> File:
        opened.append(connect(file, writes=False))
        return opened[-1]

    readers = Readers(another)

    def within(deep: int, view: View) -> int:
        return 0 if not deep else 1 + readers.look(lambda inner: within(deep - 1, inner))

    for _ in range(30):
        assert readers.look(lambda view: within(IDLE - 1, view)) == IDLE - 1
    assert len(opened) == IDLE
    assert readers.look(lambda view: within(IDLE + 1, view)) == IDLE + 1
    assert len(opened) == IDLE + 2
    for _ in range(30):
        readers.look(lambda view: within(IDLE - 1, view))
    assert len(opened) == IDLE + 2
    readers.close()
