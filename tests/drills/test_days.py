"""A carrier that is down for hours, and clocks that are wrong: a backlog leaves in her hours, to nobody who left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drills.days import HOUR, INVITATION, Days, awake, days
from tests.drills.engines import ENGINES, engine
from tests.drills.judging import judge, resent
from tests.drills.remembering import gather
from tests.drills.reporting import WHOLE, Found, tell

MANY = 60 if WHOLE else 6

on_each_store = pytest.mark.parametrize("store", ENGINES if WHOLE else ENGINES[:1])
whole_or_reduced = pytest.mark.timeout(3600 if WHOLE else 120)


@on_each_store
@whole_or_reduced
def test_what_waited_for_a_carrier_leaves_by_day_and_to_nobody_who_left(store: str, tmp_path: Path) -> None:
    """Down from 14:00 to 22:00, in the midst of conversations and of a wave; it comes back by night."""
    with engine(store) as stands_on, days(tmp_path, stands_on) as lived:
        carrier = lived.place.carrier
        lived.come(MANY, invited=True)
        lived.come(MANY, invited=False)
        lived.until(2)
        carrier.goes_down()
        lived.come(2 * MANY, invited=True)
        lived.come(MANY // 2, invited=True, role="refuses")
        lived.come(MANY, invited=False)
        before = len(carrier.accepted)
        lived.until(10)
        assert len(carrier.accepted) <= before + 2, "it was down"
        carrier.down = False
        lived.until(13)
        assert len(carrier.accepted) > before + 2, "whoever writes by night is answered"
        lived.until(36)
        _prove(lived, "a carrier down for eight hours", 1)


@on_each_store
@whole_or_reduced
def test_a_clock_that_steps_loses_and_doubles_nothing(store: str, tmp_path: Path) -> None:
    """A day ahead for an hour, then two hours behind, each put right: and every time somebody is in mid-sentence."""
    with engine(store) as stands_on, days(tmp_path, stands_on) as lived:
        steps = ((1.0, 2.0, 24 * HOUR), (3.0, 4.0, -2 * HOUR), (24.0, 25.0, 1800))
        lived.wrong = lambda at: sum(by for first, last, by in steps if first * HOUR <= at - lived.noon < last * HOUR)
        for begins in (0, 0.5, 1.5, 2.5, 3.5, 4.5, 23.5, 24.5):
            lived.until(begins)
            lived.come(MANY // 2, invited=True)
            lived.come(MANY // 2, invited=False)
        lived.until(52)
        _prove(lived, "a clock stepped forth and back", 2 * len(steps))


def _prove(lived: Days, drill: str, blows: int) -> None:
    """Her hours are judged by what the hub took for the time."""
    history = gather(lived.place, lambda body: INVITATION in body)
    sins = judge(history, lambda who, at: awake(at + lived.wrong(int(at))))
    said = sum(len(woman.acknowledged) for woman in lived.place.women)
    women = len(lived.place.women)
    found = tell(Found(drill, lived.place.engine.name, "faults", blows, women, said, resent(history), sins))
    assert found.clean(), found
    assert sum(one.started for one in history.taken) >= women // 3, "invitations left"
