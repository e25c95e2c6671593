"""Several processes open the same people as one does, and a fault in any of them is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from consult import custody, gathering
from consult.gathering import gathered
from consult.unsealing import Opening, Unopenable
from tests.journeys.script import definition
from tests.journeys.stage import Stage, set_up
from tests.store.clusters import cluster
from tests.test_releases import OPEN, answers


@pytest.fixture(params=["file", "server"])
def stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    place = cluster().store() if request.param == "server" else None
    made = set_up(tmp_path, at=OPEN, replies_per_day=10_000, database_url=place)
    made.publish(definition("brief"), test=False)
    answers(made, range(11))
    yield made
    made.house.close()
    if place:
        cluster().drop(place)


def opening(stage: Stage, *, wrong: bool = False) -> Opening:
    published = stage.house.store.read(lambda view: view.published("brief"))
    assert published is not None
    private = custody.private_key(stage.house.settings.data, stage.house.vault, "brief")
    return Opening(stage.house.store, published, bytes(reversed(private)) if wrong else private)


def test_several_processes_find_the_same_people(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = opening(stage)
    held = stage.house.library.edition(opened.published).consultation
    alone = gathered(opened, held, opened.latest, hands=1)
    assert [person.id for person in alone["open"]] == sorted(person.id for person in alone["open"])
    assert len(alone["open"]) == 11
    monkeypatch.setattr(gathering, "BATCH", 2)
    assert gathered(opened, held, opened.latest, hands=3, least=0) == alone
    assert gathered(opened, held, 17, hands=2, least=0) == gathered(opened, held, 17, hands=1) != alone


def test_a_fault_in_another_process_is_told_here(stage: Stage) -> None:
    opened = opening(stage, wrong=True)
    held = stage.house.library.edition(opened.published).consultation
    with pytest.raises(Unopenable):
        gathered(opened, held, opened.latest, hands=2, least=0)
