"""Nothing acknowledged is lost, no effect is doubled, wherever a process dies, on either store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from consult.events import Answered, Began, Event
from tests.drills import steps
from tests.drills.engines import ENGINES, engine
from tests.drills.history import erasures, tally
from tests.drills.reporting import WHOLE, tell
from tests.drills.scene import Scene, Woman, scene

ROUNDS = {"sqlite": 50 if WHOLE else 5, "postgres": 50 if WHOLE else 1}
CHOICES = ("water", "road", "clinic", "school")

on_each_store = pytest.mark.parametrize("store", ENGINES)


def answered(event: Event, woman: Woman) -> bool:
    """Whether this is her answer. Anything else in its place fails at once."""
    if not isinstance(event, Answered):
        return False
    assert event == Answered("priority", CHOICES[int(woman.said) - 1], "label"), "a message became something else"
    return True


def begun(event: Event, woman: Woman) -> bool:
    return isinstance(event, Began)


@on_each_store
@pytest.mark.timeout(3600 if WHOLE else 120)
@pytest.mark.parametrize(
    "step",
    [
        steps.server_at_random,
        steps.committed_not_answered,
        steps.leased_not_handed_over,
        steps.handed_over_not_settled,
        steps.worker_at_random,
        steps.during_the_sweep,
    ],
    ids=lambda step: step.__name__,
)
def test_an_answer_counts_once_and_its_reply_leaves_once(
    step: Callable[[Scene], None], store: str, tmp_path: Path
) -> None:
    with engine(store) as stands_on, scene(tmp_path, stands_on) as stage:
        for _ in range(ROUNDS[store]):
            step(stage)
        stage.settle()
        found = tell(tally(stage, step.__name__, answered))
    assert (found.blows, found.acknowledged) == (ROUNDS[store], found.women)
    assert found.clean(), found


@on_each_store
@pytest.mark.timeout(3600 if WHOLE else 120)
def test_an_invitation_is_begun_once_and_leaves_once(store: str, tmp_path: Path) -> None:
    with engine(store) as stands_on, scene(tmp_path, stands_on) as stage:
        for _ in range(ROUNDS[store]):
            steps.during_a_wave(stage)
        steps.invite_the_rest(stage)
        stage.settle()
        found = tell(tally(stage, "during_a_wave", begun))
    assert found.blows == ROUNDS[store]
    assert found.clean(), found


@on_each_store
@pytest.mark.timeout(3600 if WHOLE else 120)
def test_who_asks_to_be_forgotten_is_forgotten_once_and_wholly(store: str, tmp_path: Path) -> None:
    with engine(store) as stands_on, scene(tmp_path, stands_on) as stage:
        for _ in range(ROUNDS[store]):
            steps.during_an_erasure(stage)
        stage.settle()
        found = tell(erasures(stage, "during_an_erasure"))
    assert len(stage.secrets) == 3 * len(stage.women)
    assert (found.blows, found.acknowledged) == (ROUNDS[store], found.women)
    assert found.clean(), found
