"""The report of a whole drill counts kills at named steps; it fails where they are few, or anything was found."""

from __future__ import annotations

import json

import pytest

from tests.drills.reporting import ENOUGH, report


def line(kind: str = "kills", drill: str = "a step", engine: str = "sqlite", blows: int = 50, **findings: int) -> str:
    told = {"kind": kind, "drill": drill, "engine": engine, "blows": blows, "findings": findings}
    return json.dumps(told | {"women": 400, "acknowledged": 400, "resent": 0})


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        ([line(blows=ENOUGH)], True),
        ([line(blows=ENOUGH - 1)], False),
        ([line(blows=ENOUGH), line("faults", "Redis full", lost=1)], False),
        ([line("faults", blows=ENOUGH)], False),
        ([line(blows=600), line(engine="postgres", blows=400)], True),
        ([line(blows=600), line(blows=600)], False),  # run again: its line is replaced
        ([], False),
    ],
)
def test_a_drill_is_whole_with_a_thousand_kills_and_no_finding(lines: list[str], whole: bool) -> None:
    assert report(lines)[1] == whole


def test_the_report_names_each_step_with_its_store_and_what_was_found() -> None:
    text, _ = report([line(), line("faults", "Redis full", "postgres", 10, lost=2, repeated=1)])
    assert "a step" in text
    assert "2 lost, 1 repeated" in text
    assert "kills at named steps: 50" in text
