"""A theme's words: written by one, approved by another, and told by the next release."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consult import themes, writings
from consult.episodes.flagging import betrays
from consult.findings import coding
from consult.moderation import paraphrases, wording
from consult.moderation.wording import NotSaid
from tests.coded import coded, scheme
from tests.journeys.stage import Stage
from tests.moderation.conftest import MUSA, RUTH

WATER = ("why", "code-water")
WORDS = {"en": "The way to the water is long.", "fr": "L'eau est loin."}


@pytest.fixture
def labelled(opened: Stage) -> Stage:
    labels(opened)
    return opened


def labels(stage: Stage, *, without: str = "") -> None:
    listed = tuple(each for each in _codes() if each[0] != without)
    made = coding.scheme(scheme(listed), betrays)
    texts = writings.texts(stage.house, "brief", "why", at=stage.at, by="Ruth")
    but = {each["MessageID"]: ("code-NC",) for each in texts} if without else None
    read = themes.Coding(made, coding.labels(coded(texts, but), made))
    themes.keep(stage.house, "brief", "why", read, day=20_800, by="Ruth")


def _codes() -> tuple[tuple[str, str, str, str], ...]:
    from tests.coded import CODES

    return CODES


def writes(stage: Stage, texts: dict[str, str] = WORDS, theme: tuple[str, str] = WATER) -> int:
    return paraphrases.write(stage.house, "brief", theme, texts, at=stage.at, by=RUTH)


def approves(stage: Stage, id: int, by: int = MUSA) -> None:
    paraphrases.approve(stage.house, "brief", id, at=stage.at, by=by)


def words(stage: Stage) -> dict[str, dict[str, str]]:
    return {each.code: dict(each.words) for each in paraphrases.told(stage.house, "brief")}


def why(act: Callable[[], object]) -> str:
    with pytest.raises(NotSaid) as told:
        act()
    return told.value.code


def test_it_stands_once_another_person_approved_it(labelled: Stage) -> None:
    before = themes.kept(labelled.house, "brief", labelled.edition("brief").consultation.questions)["why"]
    id = writes(labelled)
    assert words(labelled)["code-water"] == {}
    assert why(lambda: approves(labelled, id, RUTH)) == "own"
    approves(labelled, id)
    assert words(labelled)["code-water"] == WORDS
    after = themes.kept(labelled.house, "brief", labelled.edition("brief").consultation.questions)["why"]
    assert after["labels"] == before["labels"]
    assert why(lambda: approves(labelled, id)) == "gone"


def test_what_was_dropped_is_not_told(labelled: Stage) -> None:
    id = writes(labelled)
    paraphrases.decline(labelled.house, "brief", id, at=labelled.at, by=RUTH)
    assert why(lambda: approves(labelled, id)) == "gone"
    assert words(labelled)["code-water"] == {}
    assert [each.state for each in wording.written(labelled.house, "brief", paraphrases.KIND)] == ["declined"]


@pytest.mark.parametrize(
    ("texts", "theme", "code"),
    [
        (WORDS, ("why", "code-moon"), "gone"),
        ({"en": WORDS["en"]}, WATER, "languages"),
        (WORDS | {"fr": "Appelle le 0803 456 7890"}, WATER, "betrays"),
        (WORDS | {"en": "the water of gidan"}, WATER, "listed"),
        (WORDS | {"en": "far " * 80}, WATER, "long"),
    ],
)
def test_words_that_tell_too_much_are_not_kept(
    labelled: Stage, texts: dict[str, str], theme: tuple[str, str], code: str
) -> None:
    assert why(lambda: writes(labelled, texts, theme)) == code
    assert wording.written(labelled.house, "brief", paraphrases.KIND) == []


def test_a_theme_that_went_meanwhile_gets_no_words(labelled: Stage) -> None:
    id = writes(labelled)
    labels(labelled, without="code-water")
    assert why(lambda: approves(labelled, id)) == "gone"
    (waits,) = wording.written(labelled.house, "brief", paraphrases.KIND)
    assert waits.state == "written"  # nothing of the approval is kept
