"""Benchmarks are run by hand: here only whether each still finds what it measures."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "benchmarks"


@pytest.mark.parametrize("name", sorted(file.stem for file in FOLDER.glob("*.py") if file.stem != "__main__"))
def test_a_benchmark_finds_its_rooms(name: str) -> None:
    assert import_module(f"tests.benchmarks.{name}").__doc__
