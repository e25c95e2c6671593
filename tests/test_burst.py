"""The burst that is simulated against carriers' rates."""

from __future__ import annotations

from tests.benchmarks.burst import simulate


def test_a_burst_ends_the_same_each_time() -> None:
    assert simulate(100) == simulate(100)


def test_who_lets_more_through_finishes_more_conversations() -> None:
    finished = [simulate(rate).finished for rate in (10, 100, 400)]
    assert finished == sorted(finished)
    assert 0 < finished[0] < finished[-1] < 1
