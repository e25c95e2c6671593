"""A hub with people: each has a password, a second factor and recovery codes, as they would after joining."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import shake_256
from pathlib import Path

import pytest
from pyotp import TOTP

from consult.accounts import factor, joining
from consult.accounts.members import Member, find
from consult.accounts.roles import HUB
from consult.config import Settings
from consult.house import House, open_house
from consult.publish import publish
from consult.store.members import Grant
from tests.conftest import EXAMPLES

AT = 1_800_000_000
PASSWORD = "a river of many small stones"


@dataclass
class Person:
    """Who joined; `code` reads her telephone's application."""

    name: str
    id: int
    shared: str
    paper: tuple[str, ...]

    def code(self, at: int) -> str:
        return TOTP(self.shared).at(at)

    def member(self, house: House) -> Member:
        found = find(house, self.name)
        assert found is not None
        return found


def joined(house: House, name: str, role: str, consultation: str, at: int = AT) -> Person:
    """By invitation, through the second factor."""
    seed = name.encode().ljust(20, b".")
    code = joining.code(seed)
    joining.invite(house, code, Grant(0, role, consultation), 0, at)
    shared, paper = factor.secret(seed), factor.paper(shake_256(seed).digest(100))
    id = joining.join(house, code, name, PASSWORD, shared, at)
    joining.prove(house, id, TOTP(shared).at(at - factor.STEP), paper, at)
    return Person(name, id, shared, paper)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = open_house(Settings(data=tmp_path / "data"))
    for name in ("safety", "pulse"):
        publish(house, (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"), day=20_780, test=True)
    yield house
    house.close()


@pytest.fixture
def amina(house: House) -> Person:
    return joined(house, "Amina", "administrator", HUB)


@pytest.fixture
def ruth(house: House) -> Person:
    return joined(house, "Ruth", "facilitator", "safety")


def audit(house: House) -> list[str]:
    return [what for _, _, what, _ in house.store.read(lambda view: view.audit())]
