"""What lies sealed in rows opens in its own place and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from consult.letters import farewell_of, number_of, seal_farewell, seal_number, seal_text, text_of
from consult.vault import Unopenable, Vault

HER, TEXT = "+2348030000001", "Any question: 77 not sure\nمرحبا"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path)


def test_a_number_opens_at_its_own_index(vault: Vault) -> None:
    sealed = seal_number(vault, vault.index(HER), HER)
    assert number_of(vault, vault.index(HER), sealed) == HER
    assert HER[1:].encode() not in sealed
    with pytest.raises(Unopenable):
        number_of(vault, vault.index("+2348030000002"), sealed)


def test_a_message_opens_at_its_own_address(vault: Vault) -> None:
    sealed = seal_text(vault, 7, TEXT)
    assert text_of(vault, 7, sealed) == TEXT
    for other in (0, 8, 77):
        with pytest.raises(Unopenable):
            text_of(vault, other, sealed)


def test_a_farewell_carries_its_number_and_all_its_lines(vault: Vault) -> None:
    sealed = seal_farewell(vault, HER, TEXT)
    assert farewell_of(vault, sealed) == (HER, TEXT)
    with pytest.raises(Unopenable):
        text_of(vault, 0, sealed)


def test_nothing_opens_with_another_hubs_keys(vault: Vault, tmp_path: Path) -> None:
    other = Vault.open(tmp_path / "other")
    for opening in (
        lambda: number_of(other, vault.index(HER), seal_number(vault, vault.index(HER), HER)),
        lambda: text_of(other, 7, seal_text(vault, 7, TEXT)),
        lambda: farewell_of(other, seal_farewell(vault, HER, TEXT)),
    ):
        with pytest.raises(Unopenable):
            opening()


def test_the_same_message_twice_looks_different(vault: Vault) -> None:
    assert seal_text(vault, 7, TEXT) != seal_text(vault, 7, TEXT)
