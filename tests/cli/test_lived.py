"""The demo's finished consultation: it went the way of real ones, and mediators have something to read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from consult import releases
from consult.asks import keeping
from consult.checks import check
from consult.cli import lived, opening
from consult.cli.demo import _live
from consult.consultation import read


def test_it_is_answered_released_and_asked_once(tmp_path: Path) -> None:
    settings = replace(opening.settings(), demo=True, data=tmp_path / "demo")
    with opening.house(settings, begin=True) as house:
        _live(house)
        _live(house)
        (made,) = house.store.read(lambda view: view.releases(lived.NAME))
        told = json.loads(made.text)
        assert told["chapters"][0]["people"] == 95  # of 96, in fives
        assert [(each["id"], each["overdue"]) for each in told["asks"]] == [(1, 3)]
        by_place = [t for item in told["chapters"][0]["questions"] for t in item["tables"] if t["variable"] == "place"]
        assert len(by_place) == 2
        assert told["chapters"][0]["divergence"]
        assert releases.reproduce(house, lived.NAME, 1) == (True, 0)
        assert not list((tmp_path / "demo" / "phones").glob("*.jsonl"))
        (ask,) = house.store.read(lambda view: keeping.asks(view, lived.NAME)).values()
        assert ask.state == "heard"


def test_its_definition_passes_every_check_on_its_first_day(tmp_path: Path) -> None:
    begun = datetime.now(UTC).date()
    with opening.house(replace(opening.settings(), demo=True, data=tmp_path / "demo"), begin=True) as house:
        faults = check(read(lived.definition(begun)), house.library.packs, today=begun)
    assert [fault for fault in faults if fault.level == "error"] == []
