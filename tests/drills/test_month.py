"""A simulated month in the field: at the end the hub knows what women said at the nodes, each once, and nothing else.

CONSULT_DRILL=whole plays thirty days with fifty nodes. CONSULT_MONTH_SEED=n plays another month; a failure names its
seed. In the month of seed 25 somebody is heard by a copy of a copy, after the two parted.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import WHOLE, roomy_memory
from tests.sync import month as played

SEED = int(os.environ.get("CONSULT_MONTH_SEED", "7"))
NODES, DAYS = (50, 30) if WHOLE else (6, 6)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="consult-month-", dir=roomy_memory() or tmp_path))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.timeout(14_400 if WHOLE else 300)
@pytest.mark.parametrize(("custody", "seed"), [("hub", SEED), ("offline", SEED), ("offline", 25)])
def test_after_a_month_the_hub_knows_what_was_said_once_each(room: Path, custody: str, seed: int) -> None:
    again = f"CONSULT_MONTH_SEED={seed} pytest tests/drills/test_month.py -k {custody}"
    month = played.begin(room, seed, NODES, offline=custody == "offline")
    played.play(month, DAYS)
    print(again, dict(month.happened))
    here, there = played.at_hub(month), played.at_nodes(month)
    assert (here - there, there - here) == (Counter(), Counter()), again
    assert played.canonical(here) == played.canonical(there)
    assert len(here) > NODES
    month.close()
