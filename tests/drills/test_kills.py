"""Nothing acknowledged is lost, no effect is doubled, wherever a process dies. `make drill` prints what was counted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from consult.events import Answered, Began, Event
from tests.drills import steps
from tests.drills.history import erasures, tally
from tests.drills.scene import Scene, Woman, scene

WHOLE = os.environ.get("CONSULT_DRILL") == "whole"
ROUNDS = 50 if WHOLE else 5
CHOICES = ("water", "road", "clinic", "school")


def answered(event: Event, woman: Woman) -> bool:
    """Whether this is her answer. Anything else in its place fails at once."""
    if not isinstance(event, Answered):
        return False
    assert event == Answered("priority", CHOICES[int(woman.said) - 1], "label"), "a message became something else"
    return True


def begun(event: Event, woman: Woman) -> bool:
    return isinstance(event, Began)


@pytest.mark.timeout(1800 if WHOLE else 120)
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
def test_an_answer_counts_once_and_its_reply_leaves_once(step: Callable[[Scene], None], tmp_path: Path) -> None:
    with scene(tmp_path) as stage:
        for _ in range(ROUNDS):
            step(stage)
        stage.settle()
        found = tally(stage, step.__name__, answered, len(stage.acknowledged))
    print(f"\n{found.line()}")
    assert found.acknowledged == len(stage.women)
    assert found.clean(), found


@pytest.mark.timeout(1800 if WHOLE else 120)
def test_an_invitation_is_begun_once_and_leaves_once(tmp_path: Path) -> None:
    with scene(tmp_path) as stage:
        for _ in range(ROUNDS):
            steps.during_a_wave(stage)
        steps.invite_the_rest(stage)
        stage.settle()
        found = tally(stage, "during_a_wave", begun, 0)
    print(f"\n{found.line()}")
    assert found.clean(), found


@pytest.mark.timeout(1800 if WHOLE else 120)
def test_who_asks_to_be_forgotten_is_forgotten_once_and_wholly(tmp_path: Path) -> None:
    with scene(tmp_path) as stage:
        for _ in range(ROUNDS):
            steps.during_an_erasure(stage)
        stage.settle()
        found = erasures(stage, "during_an_erasure")
    print(f"\n{found.line()}")
    assert len(stage.secrets) == 3 * len(stage.women)
    assert found.acknowledged == len(stage.women)
    assert found.clean(), found
