"""What a moderator decides: fine, held until another takes it back, danger, a question; more words masked for good."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from consult import themes, writings
from consult.episodes.flagging import MASK, betrays
from consult.findings import coding
from consult.moderation import batches, deciding, ending, flags, leaving, replies
from consult.moderation.deciding import Decision, NotDecided
from tests.coded import coded, scheme
from tests.journeys.stage import Stage
from tests.moderation.conftest import GUARD, MUSA, RUTH, all_texts, asking, audited
from tests.test_releases import number


def decides(stage: Stage, id: int, *what: object, by: int = RUTH, **more: bool) -> None:
    state = str(what[0]) if what else "fine"
    deciding.decide(stage.house, "brief", id, Decision(state, **more), at=stage.at, by=by)  # type: ignore[arg-type]


def why(act: Callable[[], object]) -> str:
    with pytest.raises(NotDecided) as told:
        act()
    return told.value.code


def test_coders_read_what_is_fine_and_nothing_else(opened: Stage) -> None:
    one, other, *rest = all_texts(opened)
    decides(opened, one.id)
    decides(opened, other.id, "held")
    assert [each.id for each in batches.every(opened.house, "brief", "why")] == [one.id]
    assert [each.id for each in all_texts(opened, "held")] == [other.id]
    assert [each.id for each in all_texts(opened)] == [each.id for each in rest]


def test_who_held_it_back_does_not_take_it_back(opened: Stage) -> None:
    one = all_texts(opened)[0]
    decides(opened, one.id, "held")
    for state in ("fine", "wait"):
        assert why(lambda state=state: decides(opened, one.id, state)) == "own"  # type: ignore[misc]
    assert [each.id for each in all_texts(opened, "held")] == [one.id]
    decides(opened, one.id, "wait", by=MUSA)
    assert all_texts(opened, "held") == []
    assert len(all_texts(opened)) == 12


def test_what_is_held_back_is_in_no_theme_until_it_is_taken_back(opened: Stage) -> None:
    texts = writings.texts(opened.house, "brief", "why", at=opened.at, by="Ruth")
    made = coding.scheme(scheme(), betrays)
    themes.keep(
        opened.house, "brief", "why", themes.Coding(made, coding.labels(coded(texts), made)), day=20_800, by="Ruth"
    )
    questions = opened.edition("brief").consultation.questions

    def labelled() -> set[str]:
        return set(themes.kept(opened.house, "brief", questions)["why"]["labels"])

    water = next(each for each in all_texts(opened) if "water" in each.text)
    before = labelled()
    decides(opened, water.id, "held")
    assert labelled() == before - {water.message}
    decides(opened, water.id, "fine", by=MUSA)
    assert labelled() == before


def test_danger_goes_to_the_guardians_once_whatever_else_is_decided(opened: Stage) -> None:
    one = all_texts(opened)[0]
    decides(opened, one.id, "held", danger=True)
    decides(opened, one.id, "held", danger=True)
    (item,) = flags.listed(opened.house, "brief", at=opened.at, by=GUARD)
    assert (item.kind, item.text, item.outcome) == ("text", one.text, "")


def test_what_she_asks_waits_for_an_answer_until_it_is_unticked(opened: Stage) -> None:
    one = asking(opened)
    decides(opened, one.id, asks=True)
    assert [each.id for each in replies.asking(opened.house, "brief")] == [one.id]
    decides(opened, one.id)
    assert replies.asking(opened.house, "brief") == []


def test_an_older_page_does_not_undo_what_another_decided(opened: Stage) -> None:
    one, other, third, *_ = all_texts(opened)
    shown = ("wait", False)

    def older(id: int) -> None:
        deciding.decide(opened.house, "brief", id, Decision("fine", seen=shown), at=opened.at, by=MUSA)

    decides(opened, one.id, "held")
    assert why(lambda: older(one.id)) == "gone"
    assert [each.id for each in all_texts(opened, "held")] == [one.id]
    decides(opened, other.id, "wait", asks=True)
    assert why(lambda: older(other.id)) == "gone"
    assert [each.id for each in replies.asking(opened.house, "brief")] == [other.id]
    older(third.id)
    older(third.id)  # pressed twice
    assert [each.id for each in all_texts(opened, "fine")] == [third.id]


def test_more_words_are_masked_and_nowhere_any_more(opened: Stage) -> None:
    one = asking(opened)
    assert deciding.words_of(one.text)[2] == "happen"
    deciding.mask_more(opened.house, "brief", one.id, {3, 99}, at=opened.at, by=RUTH)
    text = batches.one(opened.house, "brief", one.id)
    assert text is not None
    assert text.text.split() == [MASK if n == 2 else word for n, word in enumerate(one.text.split())]
    assert (text.id, text.state) == (one.id, "wait")


def test_what_is_not_there_is_not_decided(opened: Stage) -> None:
    one = asking(opened)
    opened.says("ERASE", "1", sender=number(0))
    for act in (
        lambda: decides(opened, one.id),
        lambda: decides(opened, one.id, danger=True),
        lambda: decides(opened, 9_999),
        lambda: deciding.mask_more(opened.house, "brief", one.id, {1}, at=opened.at, by=RUTH),
    ):
        assert why(act) == "gone"
    assert why(lambda: decides(opened, one.id, "loud")) == "state"


def test_the_audit_tells_who_decided_and_never_on_what(opened: Stage) -> None:
    one = asking(opened)
    decides(opened, one.id, danger=True, asks=True)
    told = audited(opened)
    assert f"a text of brief decided by account {RUTH}: fine, danger, asks" in told
    assert "happen" not in told
    assert one.message not in told


def left(stage: Stage, by: int) -> frozenset[int]:
    return stage.house.store.read(partial(leaving.left, "brief", by))


def test_a_text_left_for_another_waits_for_everybody_else(opened: Stage) -> None:
    one, other, *rest = all_texts(opened)
    decides(opened, one.id, "wait", left=True)
    assert len(all_texts(opened)) == 12
    assert (left(opened, RUTH), left(opened, MUSA)) == ({one.id}, frozenset())
    page = batches.texts(opened.house, "brief", "why", "wait", (2, 1), left(opened, RUTH))
    assert [each.id for each in page] == [rest[0].id, rest[1].id]
    assert f"a text of brief decided by account {RUTH}: left for another" in audited(opened)
    assert why(lambda: decides(opened, other.id, "fine", left=True)) == "state"


def test_a_text_left_for_another_keeps_its_danger(opened: Stage) -> None:
    one = all_texts(opened)[0]
    decides(opened, one.id, "wait", left=True, danger=True)
    assert flags.flagged(opened.house, "brief") == {one.id}


def test_of_what_was_left_nothing_stays_once_it_is_decided_or_its_consultation_over(opened: Stage) -> None:
    one, other, *_ = all_texts(opened)
    for each, by in ((one, RUTH), (one, MUSA), (other, RUTH)):
        decides(opened, each.id, "wait", by=by, left=True)
    decides(opened, one.id, "fine", by=MUSA)
    assert (left(opened, RUTH), left(opened, MUSA)) == ({other.id}, frozenset())
    opened.house.store.write(partial(ending.forget, "brief"))
    assert not opened.house.store.read(lambda view: view.setting("left:brief"))
