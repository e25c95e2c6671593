"""A practice teaches the keys and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from consult.checks import check
from consult.config import Settings
from consult.consultation import Risk, write
from consult.drafts import moves
from consult.drafts.trying import played
from consult.edition import Edition
from consult.episodes import NotOnAir, material
from consult.figures import figures
from consult.house import open_house
from consult.publish import Unpublishable
from consult.releases import NotYet, release
from consult.wording import Pack
from tests.conftest import EXAMPLES, example
from tests.journeys.stage import HER, MORNING, Stage, set_up
from tests.test_intake import rows

LANGUAGES = example("practice").languages
ANSWERS = ("1", "2", "7", "1 3")
LEFT = {
    "addresses",
    "numbers",
    "suppressions",
    "sqlite_sequence",
    "people",
    "inbox",
    "outbox",
    "carriers",
    "settings",
    "attempts",
    "audit",
    "journal_positions",
}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = set_up(tmp_path / "data")
    for name in ("practice", "safety"):
        made.publish((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"), test=False)
    yield made
    made.house.close()


def test_it_says_first_that_nothing_is_kept_and_thanks_at_the_end(stage: Stage) -> None:
    (first,) = stage.says("SPOON")
    assert "Only to practise" in first
    assert "not counted or kept" in first
    (last,) = stage.says(*ANSWERS)
    assert "Nothing was counted" in last


@pytest.mark.parametrize(
    "how", [ANSWERS, ("1", "2"), ("2",), ("1", "STOP"), ("1", "77", "88", "99"), ("1", "x", "x", "x")]
)
def test_no_fact_key_or_enrolment_is_ever_kept(stage: Stage, how: tuple[str, ...]) -> None:
    before = rows(stage)
    stage.says("SPOON")
    assert stage.open_session()
    stage.says(*how)
    stage.at += 4 * 86_400
    stage.silence()
    assert stage.open_session() is None
    after = rows(stage)
    assert {name for name in after if after[name] != before[name]} <= LEFT
    assert stage.told("practice") == []


def test_it_can_be_played_as_often_as_she_likes_and_never_moves_a_figure(stage: Stage) -> None:
    for n in range(12):
        stage.says("SPOON", *ANSWERS, sender=f"+23480300000{n:02}")
        stage.says("SPOON", *ANSWERS, sender=f"+23480300000{n:02}")
    assert figures(stage.house, "practice")["frames"] == []
    with pytest.raises(NotYet, match="practice"):
        release(stage.house, "practice", MORNING, by="Ruth")


def test_the_word_of_a_consultation_in_a_practice_begins_that_one(stage: Stage) -> None:
    stage.says("SPOON", "1")
    stage.says("RIVER")
    row = stage.open_session()
    assert row
    assert row.consultation == "safety"
    assert [each.consultation for each in stage.house.store.read(lambda view: list(view.sessions_at(row.address)))] == [
        "safety"
    ]
    stage.says("1")
    assert stage.told("safety")


def test_stop_in_a_practice_binds_like_any_other(stage: Stage) -> None:
    stage.says("SPOON", "1", "STOP")
    address = stage.address(HER)
    assert address
    assert address.stopped is not None


@pytest.mark.parametrize("tag", LANGUAGES)
def test_it_is_played_to_its_end_in_every_language(stage: Stage, tag: str, editions: dict[str, Edition]) -> None:
    exchanges = played(
        editions["practice"], stage.house.channels["sms"], tag, [f"={each}" for each in ANSWERS], MORNING
    )
    assert [each.mark for each in exchanges] == ["", "", "", "", "over"]


def test_it_is_played_by_telephone(tmp_path: Path, editions: dict[str, Edition]) -> None:
    house = open_house(Settings(data=tmp_path / "data", demo=True))
    try:
        channel = house.channels["voice"]
        exchanges = played(editions["practice"], channel, "en", ["=1", "=2", "=7#", "=13#"], MORNING)
        assert "press 1" in exchanges[0].ours[0].text
        assert exchanges[-1].mark == "over"
        assert "Goodbye" in exchanges[-1].ours[-1].text
    finally:
        house.close()


def test_by_telephone_it_begins_and_ends_with_words_for_the_ear(editions: dict[str, Edition]) -> None:
    tongue = editions["practice"].tongues[0]
    assert [each.name for each in tongue.consent] == ["consent"]
    assert "press 1" in tongue.consent[0].spoken
    assert "Goodbye" in tongue.end.spoken


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"type": "text", "choices": ()}, "own words"),
        ({"segment": True}, "about her"),
        ({"sensitive": True}, "about her"),
    ],
)
def test_a_practice_asks_for_nothing_worth_keeping(
    changes: dict[str, object], told: str, languages: dict[str, Pack]
) -> None:
    whole = example("practice")
    wrong = replace(whole, questions=(replace(whole.questions[0], **changes), *whole.questions[1:]))
    found = [each.what for each in check(wrong, languages) if each.level == "error"]
    assert any(told in what for what in found)
    assert any("practice" in each.what for each in check(replace(whole, risk=Risk.ELEVATED), languages))


@pytest.mark.parametrize(("name", "practice"), [("practice", False), ("safety", True)])
def test_a_practice_and_a_consultation_never_become_each_other(stage: Stage, name: str, practice: bool) -> None:
    turned = replace(stage.edition(name).consultation, practice=practice, news_by=date(2036, 1, 1))
    if practice:
        turned = replace(turned, questions=tuple(each for each in example("practice").questions))
    with pytest.raises(Unpublishable) as refused:
        stage.publish(write(turned), test=False)
    assert any("cannot become" in fault.what for fault in refused.value.faults)


def test_a_practice_has_no_words_in_languages_that_were_not_chosen(languages: dict[str, Pack]) -> None:
    faults = [each.what for each in check(moves.practice("try_keys", ("en", "ar")), languages)]
    assert not any("which is not used" in what for what in faults)


def test_a_practice_is_not_for_the_air(editions: dict[str, Edition]) -> None:
    with pytest.raises(NotOnAir, match="practice"):
        material(editions["practice"], "en", 1)
