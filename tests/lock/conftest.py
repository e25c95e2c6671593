"""A house whose keys lie under a passphrase, with a carrier in memory; locked, unless a test unlocks it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from consult import intake
from consult.house import House
from consult.lock.gate import State
from consult.passphrase import wrap
from consult.vault import Keyring, Vault
from tests.drills.node import PASSPHRASE as PASSPHRASE
from tests.fakes.post import NOON, Post, house, published, said

HER, OTHER = "+2348030000001", "+2348030000002"


@dataclass
class Node:
    """`keys` are what the passphrase opens."""

    folder: Path
    post: Post
    keys: Keyring
    house: House

    def unlock(self) -> bool:
        """As the keeper does: everything kept is taken in first."""
        self.bring()
        return intake.take_captured(self.house, lambda: 0, lambda: True)

    def bring(self) -> None:
        """The keys are here, and nothing that was kept was taken in yet."""
        self.house.unlock(self.keys)
        self.house.gate.turn(State.TAKING)

    def lock(self) -> None:
        self.house.gate.turn(State.LOCKED)
        self.house.vault.forget()

    def says(self, text: str, sender: str = HER, at: int = NOON, ref: str = "") -> intake.Taken:
        return intake.take(self.house, said(text, sender, at, ref), 0)

    def waiting(self) -> int:
        return self.house.store.read(lambda view: view.how_many_captured())


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made: list[Keyring] = []

    def written(keys: Keyring) -> bytes:
        made.append(keys)
        return wrap(keys, PASSPHRASE, memory=8, passes=1).text()

    Vault.open(tmp_path / "data", make=written)
    post = Post()
    opened = Node(tmp_path / "data", post, made[0], house(tmp_path, post))
    opened.unlock()
    published(opened.house)
    opened.lock()
    yield opened
    opened.house.close()


def random_keys() -> Keyring:
    return Keyring(secrets.token_bytes(32), secrets.token_bytes(32))
