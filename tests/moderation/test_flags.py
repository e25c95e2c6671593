"""The guardians' list: flagged texts and early warnings, each with an outcome; gone with her."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from consult import annex, incidents
from consult.incidents import EVERYWHERE
from consult.moderation import deciding, ending, flags
from consult.moderation.deciding import Decision
from consult.moderation.flags import Item, Unclear
from tests.journeys.stage import Stage
from tests.moderation.conftest import GUARD, PLANTED, RUTH, all_texts, asking, audited
from tests.test_releases import number


def listed(stage: Stage) -> list[Item]:
    return flags.listed(stage.house, "brief", at=stage.at, by=GUARD)


def closes(stage: Stage, id: int, outcome: str, incident: int = 0) -> None:
    flags.close(stage.house, "brief", id, (outcome, incident), at=stage.at, by=GUARD)


def why(act: Callable[[], object]) -> str:
    with pytest.raises(Unclear) as told:
        act()
    return told.value.code


@pytest.fixture
def flagged(opened: Stage) -> Stage:
    for each in (asking(opened), next(each for each in all_texts(opened) if "water" in each.text)):
        deciding.decide(opened.house, "brief", each.id, Decision("fine", danger=True), at=opened.at, by=RUTH)
    return opened


def test_it_shows_the_masked_words_and_nothing_of_who(flagged: Stage) -> None:
    found = listed(flagged)
    assert len(found) == 2
    told = repr(found).casefold()
    for planted in PLANTED:
        assert planted.casefold() not in told
    assert f"the flags of brief read by account {GUARD}" in audited(flagged)


def test_each_needs_an_outcome_without_numbers_and_can_be_tied_to_an_incident(flagged: Stage) -> None:
    one, other = listed(flagged)
    assert why(lambda: closes(flagged, one.id, "  ")) == "outcome"
    assert why(lambda: closes(flagged, one.id, "rang 0803 456 7890")) == "outcome"
    assert why(lambda: closes(flagged, one.id, "rang the line", 1)) == "incident"
    incidents.add(flagged.house, "brief", "threat", EVERYWHERE, "men asked", pauses=False, day=20_800, by="account 9")
    closes(flagged, one.id, "the line for help was told", 1)
    first, last = listed(flagged)
    assert (first.id, last.id) == (other.id, one.id)  # what is open comes first
    assert (last.outcome, last.incident) == ("the line for help was told", 1)
    assert why(lambda: closes(flagged, one.id, "again")) == "gone"
    assert "the line for help" not in audited(flagged)


def test_an_early_warning_comes_in_once_as_the_annex_tells_it(opened: Stage) -> None:
    opened.says("ALERT", sender=number(3))
    assert flags.take_warnings(opened.house, "brief", at=opened.at, by=GUARD) == 1
    assert flags.take_warnings(opened.house, "brief", at=opened.at, by=GUARD) == 0
    (item,) = listed(opened)
    assert [item.warning] == annex.early_warnings(opened.house, "brief", at=opened.at)
    assert (item.kind, item.text) == ("warning", "")


def test_it_goes_with_her(flagged: Stage) -> None:
    flagged.says("ALERT", sender=number(0))
    flags.take_warnings(flagged.house, "brief", at=flagged.at, by=GUARD)
    assert len(listed(flagged)) == 3
    flagged.says("ERASE", "1", sender=number(0))
    assert [each.kind for each in listed(flagged)] == ["text"]
    assert flags.take_warnings(flagged.house, "brief", at=flagged.at, by=GUARD) == 0


def test_it_outlives_the_words(flagged: Stage) -> None:
    ending.fade(flagged.house, flagged.at + 30 * 86_400)
    assert [each.text for each in listed(flagged)] == ["", ""]
    closes(flagged, listed(flagged)[0].id, "nobody was in danger")


def test_it_lies_sealed(flagged: Stage) -> None:
    closes(flagged, listed(flagged)[0].id, "the line for help was told")
    data: Path = flagged.house.settings.data
    kept = b"".join(each.read_bytes() for each in data.rglob("*") if each.is_file())
    assert b"line for help was told" not in kept
