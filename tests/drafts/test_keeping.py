"""Drafts in the store: versions, steps back and forth, and two people who write at once."""

from __future__ import annotations

import pytest

from consult.accounts import NotAllowed
from consult.accounts.members import everyone
from consult.consultation import Consultation, Refused, read
from consult.drafts import keeping
from consult.drafts.fields import flat
from consult.drafts.moves import moved, new
from consult.house import House
from consult.store.members import Grant
from consult.store.records import Draft
from tests.accounts.conftest import AT, Person, joined

Kept = keeping.Kept


@pytest.fixture
def amina(house: House) -> Person:
    return joined(house, "Amina", "facilitator", "pulse")


@pytest.fixture
def begun(house: House, amina: Person) -> Draft:
    return keeping.begin(house, new("river", ("en", "ar")), amina.id, AT)


def stay(whole: Consultation) -> Consultation:
    return whole


def write(house: House, base: int, by: int = 1, /, **fields: str) -> Kept:
    given = {name.replace("__", "."): text for name, text in fields.items()}
    return keeping.save(house, "river", base, given, stay, by, AT)


def label(house: House) -> str:
    draft = house.store.read(lambda view: view.draft("river"))
    assert draft is not None
    return read(draft.toml).questions[0].label.get("en", "")


def test_whoever_begins_a_draft_is_its_facilitator(house: House, amina: Person, begun: Draft) -> None:
    assert Grant(amina.id, "facilitator", "river") in amina.member(house).grants
    assert (begun.number, begun.before, read(begun.toml).languages) == (1, 0, ("en", "ar"))
    assert "began the draft of river" in house.store.read(lambda view: view.audit())[-1][2]


@pytest.mark.parametrize("name", ["river", "safety", "meant"])
def test_a_name_that_is_somebody_s_is_not_begun(house: House, begun: Draft, name: str) -> None:
    joined(house, "Zainab", "mediator", "meant")
    stranger = joined(house, "Stranger", "facilitator", "pulse")
    before = everyone(house)
    with pytest.raises(NotAllowed, match="draft name"):
        keeping.begin(house, new(name, ("en",)), stranger.id, AT)
    assert everyone(house) == before


def test_each_change_is_a_version_and_no_change_is_none(house: House, begun: Draft) -> None:
    kept = write(house, 1, label__q1__en="Is it far?")
    assert (kept.draft.number, kept.draft.before, label(house)) == (2, 1, "Is it far?")
    assert write(house, 2, label__q1__en="Is it far?").draft == kept.draft


def test_undo_and_redo_walk_through_the_versions(house: House, begun: Draft) -> None:
    for number, text in enumerate(("a", "b", "c"), 1):
        write(house, number, label__q1__en=text)
    assert [keeping.step(house, "river", "undo").number for _ in range(4)] == [3, 2, 1, 1]
    assert [keeping.step(house, "river", "redo").number for _ in range(4)] == [2, 3, 4, 4]
    keeping.step(house, "river", "undo")
    other = write(house, 3, label__q1__en="d")
    assert (other.draft.number, other.draft.before) == (5, 3)
    assert house.store.read(lambda view: keeping.steps(view, other.draft)) == (True, False)
    assert label(house) == "d"
    keeping.step(house, "river", "undo")
    assert label(house) == "b"


def test_two_people_write_different_fields_and_both_are_kept(house: House, begun: Draft) -> None:
    page = flat(read(begun.toml))
    keeping.save(house, "river", 1, page | {"label.q1.en": "hers"}, stay, 1, AT)
    kept = keeping.save(house, "river", 1, page | {"label.q1.ar": "لها"}, stay, 2, AT)
    assert kept.clashes == ()
    assert read(kept.draft.toml).questions[0].label == {"en": "hers", "ar": "لها"}


def test_of_two_who_write_one_field_the_later_is_shown_both(house: House, begun: Draft) -> None:
    write(house, 1, 1, label__q1__en="first")
    kept = write(house, 1, 2, label__q1__en="second", top__title__en="Roads")
    assert kept.clashes == (keeping.Clash("label.q1.en", "first", "second"),)
    assert (label(house), read(kept.draft.toml).title) == ("first", {"en": "Roads"})
    assert write(house, kept.draft.number, 2, label__q1__en="second").clashes == ()
    assert label(house) == "second"


def test_both_writing_the_same_words_is_no_clash(house: House, begun: Draft) -> None:
    write(house, 1, label__q1__en="same")
    assert write(house, 1, label__q1__en="same").clashes == ()


def test_a_field_of_a_question_that_went_meanwhile_is_passed_over(house: House, begun: Draft) -> None:
    keeping.save(house, "river", 1, {}, lambda whole: moved(moved(whole, "add text"), "drop q1"), 1, AT)
    kept = write(house, 1, label__q1__en="late")
    assert [question.name for question in read(kept.draft.toml).questions] == ["q2"]


def test_a_page_of_long_ago_still_tells_what_others_wrote(house: House, begun: Draft) -> None:
    """The version it was made from is dropped by then: every field that differs is shown as both have it."""
    write(house, 1, label__q1__en="stands")
    house.store.write(lambda tx: tx.drop_drafts("river", 2))
    kept = write(house, 1, label__q1__en="old page")
    assert kept.clashes == (keeping.Clash("label.q1.en", "stands", "old page"),)


def test_only_so_many_versions_are_kept(house: House, begun: Draft) -> None:
    last = keeping.KEPT + 3
    for number in range(1, last):
        write(house, number, label__q1__en=f"{number}")
    kept = [n for n in (1, 2, 3, last - 1, last) if house.store.read(lambda view, n=n: view.draft("river", n))]
    assert kept == [3, last - 1, last]


def test_a_draft_larger_than_a_definition_is_not_kept(house: House, begun: Draft) -> None:
    def grown(whole: Consultation) -> Consultation:
        for _ in range(59):
            whole = moved(whole, "copy q1")
        return whole

    long = {f"sms.q1.{tag}": "ق" * 1000 for tag in ("en", "ar")}
    long |= {f"radio.q1.{tag}": "ق" * 1000 for tag in ("en", "ar")}
    keeping.save(house, "river", 1, long, stay, 1, AT)
    with pytest.raises(Refused, match="too large"):
        keeping.save(house, "river", 2, {}, grown, 1, AT)
    assert house.store.read(lambda view: view.draft("river")).number == 2  # type: ignore[union-attr]


def test_there_is_no_draft_of_what_was_not_begun(house: House) -> None:
    with pytest.raises(LookupError):
        keeping.step(house, "river", "undo")
    with pytest.raises(LookupError):
        write(house, 1, label__q1__en="x")
