"""Moving a hub's store to a PostgreSQL server, as an operator does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import AT, Run, playing, says
from tests.store.clusters import cluster


@pytest.fixture
def url() -> Iterator[str]:
    place = cluster().database()
    yield place
    cluster().drop(place)


def rows(told: str, table: str) -> int:
    found = re.search(rf"(?m)^{table} +(\d+) ", told)
    assert found, told
    return int(found[1])


def test_a_hub_moves_to_a_server_and_goes_on_there(
    run: Run, hub: Path, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with playing() as house:
        says(house, 1, "RIVER", "1")
    monkeypatch.setenv("WHERE_TO", url)
    ended = run("store", "copy", "--to", "WHERE_TO")
    assert ended.code == 0, ended.err
    before = rows(ended.out, "journal")
    assert (rows(ended.out, "sessions"), rows(ended.out, "editions")) == (1, 1)
    assert before > 0
    (hub / "consult.db").unlink()
    monkeypatch.setenv("CONSULT_DATABASE_URL", url)
    with playing() as house:
        says(house, 1, "1", at=AT + 1000)
        says(house, 2, "RIVER")
        assert len(house.store.read(lambda view: list(view.facts("river")))) > before
        assert house.store.read(lambda view: len(view.sessions_of("river"))) == 2
        says(house, 1, "ERASE", at=AT + 2000)
        assert house.store.read(lambda view: len(view.sessions_of("river"))) == 1
        assert house.store.check() == []
    assert run("store", "scrub").code == 0
    backup = run("backup", tmp_path / "stick")
    assert backup.code == 0, backup.err
    assert not (hub / "consult.db").exists()


def test_findings_are_the_same_from_either_store(
    run: Run, played: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [("findings", "show", "river"), ("tally", "river"), ("campaign", "status", "river")]
    before = [run(*words) for words in asked]
    assert run("store", "copy", "--to", url).code == 0
    monkeypatch.setenv("CONSULT_DATABASE_URL", url)
    assert [run(*words) for words in asked] == before
    assert before[0].code == 0, before[0].err


def test_a_server_that_is_lived_in_gets_no_new_key(
    run: Run, hub: Path, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run("store", "copy", "--to", url).code == 0
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("a folder of ours")
    monkeypatch.setenv("CONSULT_DATA", str(other))
    monkeypatch.setenv("CONSULT_DATABASE_URL", url)
    refused = run("audit", "list")
    assert (refused.code, "hub.key" in refused.err) == (3, True)
    assert not (other / "keys").exists()


def test_what_cannot_be_copied_is_told(run: Run, hub: Path, url: str, tmp_path: Path) -> None:
    assert run("store", "copy", "--to", "NOWHERE").code == 2
    assert "cannot reach" in run("store", "copy", "--to", "postgresql://127.0.0.1:1/consult").err
    assert run("store", "copy", "--to", url).code == 0
    again = run("store", "copy", "--to", url)
    assert (again.code, "holds a store already" in again.err) == (3, True)
    (hub / "consult.db").unlink()
    assert "there is no store at" in run("store", "copy", "--to", url).err
