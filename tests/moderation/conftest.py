"""A consultation with a question in words, and women who wrote to it what must not be read."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from consult import codes
from consult.moderation import batches, listing
from consult.moderation.batches import Text
from consult.store import Tx
from tests.coded import with_words
from tests.journeys.stage import Stage, set_up
from tests.test_releases import OPEN, number

RUTH, MUSA, GUARD = 7, 8, 9  # accounts
CODE = codes.make(1, random.Random(1).randrange)[0]
PLANTED = ("Halima", "gidan", "0803 456", "7890", "halima@", CODE, CODE.lower())
SAID = f"the water is far, ask Halima of gidan, 0803 456 7890 or halima@example.org, {CODE} {CODE.lower()}"
ASKS = "what will happen with this, Halima"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = set_up(tmp_path, at=OPEN, replies_per_day=10_000)
    made.publish(with_words(), test=False)
    yield made
    made.house.close()


def writes(stage: Stage, woman: int, words: str, *then: str) -> None:
    """She comes in and says this; `then`: what she goes on to say."""
    for said in ("CANDLE", "1", words, *then):
        stage.hears(said, number(woman))
        stage.sends()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed house to which twelve wrote: the first asks something, all others say what is planted."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    stage = set_up(folder, at=OPEN, replies_per_day=10_000)
    stage.publish(with_words(), test=False)
    listing.keep(stage.house, "brief", ["Gidan"], day=20_800, by="account 7")
    for woman in range(12):
        writes(stage, woman, SAID if woman else ASKS)
    stage.house.close()
    return folder


@pytest.fixture
def written(tmp_path: Path, prepared: Path) -> Iterator[Stage]:
    """A copy of it."""
    shutil.copytree(prepared, tmp_path / "data")
    made = set_up(tmp_path / "data", at=OPEN, replies_per_day=10_000)
    made.refs = count(1_000)
    yield made
    made.house.close()


@pytest.fixture
def opened(written: Stage) -> Stage:
    opens(written)
    return written


def opens(stage: Stage) -> int:
    return batches.open_batch(stage.house, "brief", "why", at=stage.at, by="account 7")


def all_texts(stage: Stage, state: str = "wait") -> list[Text]:
    return batches.texts(stage.house, "brief", "why", state, batches.ALL)  # type: ignore[arg-type]


def asking(stage: Stage) -> Text:
    """The one of the woman who asks."""
    (found,) = [each for state in ("wait", "fine") for each in all_texts(stage, state) if "happen" in each.text]
    return found


def agrees_to_news(stage: Stage, woman: int) -> None:
    address = stage.address(number(woman))
    assert address is not None

    def work(tx: Tx) -> None:
        (person,) = tx.people_at(address.id, address.generation)
        enrolment = tx.enrolment(person.id, "brief")
        assert enrolment is not None
        tx.enrol(replace(enrolment, news=True))

    stage.house.store.write(work)


def audited(stage: Stage) -> str:
    return "\n".join(what for _, _, what, _ in stage.house.store.read(lambda view: view.audit()))
