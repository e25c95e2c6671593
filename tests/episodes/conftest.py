"""A hub with one published consultation, an episode of it on the air, and slips."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from consult.channel import Heard, Slip
from consult.config import Settings
from consult.consultation import read
from consult.episodes import material, plan
from consult.house import House, open_house
from consult.intake.slips import take_slip
from consult.publish import publish
from consult.store.aired import Episode
from tests.conftest import EXAMPLES

NOW = int(time.time()) // 86_400 * 86_400 + 43_200


@dataclass
class Show:
    """`safety`, whose second episode reads two questions in English."""

    house: House

    def slip(self, ref: str, said: dict[str, str] | None = None, at: int = NOW, **about: str) -> bool:
        given = {"ticket": "A-1", "who": "woman", "agreed": "read", "state": "waiting", "point": ""} | about
        answers = {"moving": "1", "turn_to": "2"} if said is None else said
        slip = Slip(tuple(answers.items()), tuple(given.items()))
        heard = Heard("wave", "desk", "safety 2", None, slip, ref, at, entered_by="account 3")
        return take_slip(self.house, "safety", 2, heard, ("Maryam",))


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    yield from opened(tmp_path, test=True)


@pytest.fixture
def real_show(tmp_path: Path) -> Iterator[Show]:
    """Its figures are behind the gate."""
    yield from opened(tmp_path, test=False)


def opened(folder: Path, *, test: bool) -> Iterator[Show]:
    house = open_house(Settings(data=folder / "data"))
    toml = (EXAMPLES / "safety.toml").read_text(encoding="utf-8")
    publish(house, toml, day=20_780, test=test, unreviewed=None if test else read(toml).languages)
    published = house.store.read(lambda view: view.published("safety"))
    assert published is not None
    given = material(house.library.edition(published), "en", 2, ("moving", "obstacle", "turn_to"))
    episode = Episode(
        "safety", 2, 1, "wave", "en", NOW // 86_400, 3600, "", "", "", opens_at=NOW - 60, closes_at=NOW + 3600
    )
    plan(house, episode, given, NOW - 3600)
    yield Show(house)
    house.close()
