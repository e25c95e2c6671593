"""What travels between a node and its hub, by the commands people type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from consult.cli import opening
from consult.library import day_of
from consult.sync import contact
from tests.cli.conftest import Run
from tests.journeys.stage import HER, Houses
from tests.sync.field import Field, bare, field_of
from tests.sync.lines import Line, reach, served
from tests.sync.test_field import FINISHES


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Field]:
    """A node to which somebody spoke, and its hub; `node` and `hub` are their folders."""
    (tmp_path / "stick").mkdir()
    made = field_of(tmp_path, Houses(tmp_path / "houses"), "market")
    node = made.join("village", bare(tmp_path / "node"))
    node.says(*FINISHES, sender=HER)
    yield made
    for stage in (made.hub, node):
        stage.house.close()


@pytest.fixture
def at(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """at("node", "export", ...): the command `node` in that folder."""

    def running(place: str, *words: object):  # type: ignore[no-untyped-def]
        monkeypatch.setenv("CONSULT_DATA", str(tmp_path / place))
        return run("node", *words)

    return running


def test_a_stick_goes_there_and_back(village: Field, at: Run, tmp_path: Path) -> None:
    node = village.nodes["village"].house
    told = at("node", "export", tmp_path / "stick")
    assert told.code == 0, told.err
    assert "1 pages" in told.out
    (file,) = (tmp_path / "stick").iterdir()
    assert at("hub", "import", file).out.endswith("pages: new 1\n")
    assert at("hub", "import", file).out.endswith("pages: again 1\n")
    back = at("hub", "answer", "village", tmp_path / "stick")
    assert back.code == 0, back.err
    answer = next(each for each in (tmp_path / "stick").iterdir() if each != file)
    assert at("node", "import", answer).code == 0
    assert node.store.read(contact.outgoing) == []
    assert "nothing waits" in at("node", "export", tmp_path / "stick").out
    (traffic,) = node.store.read(lambda view: view.traffic_of(bytes.fromhex(view.origin_node())))
    assert (traffic.way, traffic.up) == ("file", file.stat().st_size)
    assert traffic.day == day_of(opening.now())


def test_each_side_says_what_is_not_for_it(village: Field, at: Run, tmp_path: Path) -> None:
    at("node", "export", tmp_path / "stick")
    (file,) = (tmp_path / "stick").iterdir()
    refused = at("node", "import", file)
    assert (refused.code, "imported there" in refused.err) == (2, True)
    cases = (
        ("hub", ("export", tmp_path / "stick"), 3, "no node of a hub"),
        ("hub", ("answer", "nowhere", tmp_path / "stick"), 1, "known: village"),
        ("node", ("export", tmp_path / "away"), 2, "is the stick in?"),
        ("node", ("sync",), 3, "no hub that it could reach"),
    )
    for place, words, code, said in cases:
        ended = at(place, *words)
        assert (ended.code, said in ended.err, ended.err.count("\n")) == (code, True, 1), (words, ended.err)


def test_a_cut_file_gives_what_is_whole_and_says_that_it_was_cut(village: Field, at: Run, tmp_path: Path) -> None:
    at("node", "export", tmp_path / "stick")
    (file,) = (tmp_path / "stick").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:-1])
    ended = at("hub", "import", file)
    assert (ended.code, "new 1" in ended.out, "was cut" in ended.err) == (0, True, True)


def test_sync_now_brings_what_is_open(village: Field, at: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(village.hub.house) as port, Line(port) as line:
        reach(village, "village", f"http://127.0.0.1:{line.port}")
        ended = at("node", "sync", "--now")
        assert ended.code == 0, ended.err
        assert ended.out.startswith("pages: 1; orders: 0;")
        assert f"up {line.up}, down {line.down}" in ended.out
        monkeypatch.setenv("CONSULT_SYNC_PER_DAY", "1000")
        ended = at("node", "sync", "--now")
        assert (ended.code, "wait" in ended.err) == (1, True)
