"""A hub with a facilitator and a translator; each test finds the draft of `safety` as the facilitator wrote it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from consult.config import Settings
from consult.drafts import keeping
from consult.drafts.moves import new
from consult.house import House, open_house
from consult.publish import publish
from consult.store.records import Reading
from tests.accounts.conftest import AT, Person, joined
from tests.conftest import EXAMPLES, example

ROLES = (("Amina", "facilitator"), ("Ruth", "translator"))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Person, Person]]:
    """The hub, who wrote the draft, and a translator: made once for a file of tests."""
    house = open_house(Settings(data=tmp_path_factory.mktemp("hub") / "data"))
    publish(house, (EXAMPLES / "safety.toml").read_text(encoding="utf-8"), day=20_780, test=True)
    amina, ruth = (joined(house, name, role, "safety") for name, role in ROLES)
    keeping.begin(house, example("safety"), amina.id, AT)
    yield house, amina, ruth
    house.close()


@pytest.fixture
def amina(lasting: tuple[House, Person, Person]) -> Person:
    return lasting[1]


@pytest.fixture
def ruth(lasting: tuple[House, Person, Person]) -> Person:
    return lasting[2]


@pytest.fixture
def house(lasting: tuple[House, Person, Person], amina: Person) -> House:
    """Every text is Amina's, and nobody has read any."""
    house, whole = lasting[0], example("safety")
    keeping.replace_all(house, "safety", new("safety", whole.languages), amina.id, AT)
    keeping.replace_all(house, "safety", whole, amina.id, AT)
    for reading in house.store.read(lambda view: view.readings("safety")):
        drop(house, reading)
    return house


def drop(house: House, reading: Reading) -> None:
    house.store.write(lambda tx: tx.drop_reading(reading))
