"""Who may sign what: never her own words, never others than she was shown; and what the audit keeps of it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from consult.consultation import Consultation
from consult.drafts import keeping
from consult.drafts.moves import moved
from consult.house import House
from consult.translations import signing, writers
from consult.translations.states import State, known, standing
from consult.translations.strings import SHORT, mark, strings
from tests.accounts.conftest import AT, Person, audit, joined

LABEL = "label.moving"


def whole_of(house: House) -> Consultation:
    draft = house.store.read(lambda view: view.draft("safety"))
    assert draft is not None
    return keeping.opened(draft.toml)


def shown(house: House, *ids: str, tag: str = "ha") -> dict[str, str]:
    """As a page shows them now."""
    whole = whole_of(house)
    return {each.id: mark(whole, each, tag)[:SHORT] for each in strings(whole) if each.id in ids}


def write(house: House, by: int, **texts: str) -> None:
    draft = house.store.read(lambda view: view.draft("safety"))
    assert draft is not None
    given = {field.replace("__", "."): text for field, text in texts.items()}
    keeping.save(house, "safety", draft.number, given, lambda stays: stays, by, AT)


def state(house: House, id: str = LABEL, tag: str = "ha") -> State:
    whole = whole_of(house)
    string = next(each for each in strings(whole) if each.id == id)
    return standing(whole, string, tag, known(house.store.read(lambda view: view.readings("safety")))).state


def sign(house: House, by: int, *ids: str, tag: str = "ha") -> signing.Signed:
    return signing.sign(house, "safety", tag, shown(house, *(ids or (LABEL,)), tag=tag), by=by, at=AT)


def test_another_than_the_writer_signs_and_only_her_number_is_on_record(
    house: House, amina: Person, ruth: Person
) -> None:
    assert sign(house, ruth.id) == signing.Signed(1)
    assert state(house) == "reviewed"
    assert audit(house)[-1] == f"account {ruth.id}: read 1 texts of safety in ha as second reader"
    (kept,) = house.store.read(lambda view: view.readings("safety"))
    assert (kept.by, kept.day) == (ruth.id, AT // 86_400)


def test_nobody_signs_what_she_wrote(house: House, amina: Person, ruth: Person) -> None:
    before = audit(house)
    assert sign(house, amina.id) == signing.Signed(0, own=(LABEL,))
    write(house, ruth.id, label__moving__ha="Sabon rubutu")
    assert sign(house, ruth.id) == signing.Signed(0, own=(LABEL,))
    assert (state(house), audit(house)) == ("draft", before)
    assert sign(house, amina.id) == signing.Signed(1)


def test_the_writer_is_who_changed_it_last_and_undoing_is_no_writing(house: House, amina: Person, ruth: Person) -> None:
    write(house, ruth.id, label__moving__ha="Sabon rubutu")
    keeping.step(house, "safety", "undo")
    assert sign(house, amina.id) == signing.Signed(0, own=(LABEL,))
    keeping.step(house, "safety", "redo")
    assert sign(house, ruth.id) == signing.Signed(0, own=(LABEL,))


@pytest.mark.parametrize("field", ["label.moving.ha", "label.moving.en"])
def test_a_change_of_text_or_source_makes_it_a_draft_again_and_undoing_brings_the_word_back(
    house: House, amina: Person, ruth: Person, field: str
) -> None:
    sign(house, ruth.id)
    write(house, amina.id, **{field.replace(".", "__"): "Otherwise"})
    assert state(house) == "draft"
    keeping.step(house, "safety", "undo")
    assert state(house) == "reviewed"


def test_another_text_than_was_shown_is_not_signed(house: House, amina: Person, ruth: Person) -> None:
    read_before = shown(house, LABEL, "label.age")
    write(house, amina.id, label__moving__ha="Meanwhile")
    signed = signing.sign(house, "safety", "ha", read_before, by=ruth.id, at=AT)
    assert signed == signing.Signed(1, moved=(LABEL,))
    assert (state(house), state(house, "label.age")) == ("draft", "reviewed")


@pytest.mark.parametrize(
    "given", [{"label.nowhere": "a" * SHORT}, {"": ""}, {LABEL: ""}, {LABEL: "0" * SHORT}, {"choice": "x"}]
)
def test_what_is_no_text_of_it_is_not_signed(house: House, amina: Person, ruth: Person, given: dict[str, str]) -> None:
    assert signing.sign(house, "safety", "ha", given, by=ruth.id, at=AT) == signing.Signed(0, moved=tuple(given))
    assert signing.sign(house, "safety", "xx", given, by=ruth.id, at=AT).texts == 0
    assert house.store.read(lambda view: view.readings("safety")) == []


def test_what_she_changed_in_the_same_form_is_her_own(house: House, amina: Person, ruth: Person) -> None:
    read_before = shown(house, LABEL)
    write(house, ruth.id, label__moving__ha="Sabon rubutu")
    assert signing.sign(house, "safety", "ha", read_before, by=ruth.id, at=AT) == signing.Signed(0, own=(LABEL,))


def test_signing_again_changes_nothing(house: House, amina: Person, ruth: Person) -> None:
    third = joined(house, "Zainab", "translator", "safety")
    sign(house, ruth.id)
    kept, before = house.store.read(lambda view: view.readings("safety")), audit(house)
    assert sign(house, third.id) == signing.Signed(0)
    assert (house.store.read(lambda view: view.readings("safety")), audit(house)) == (kept, before)


def test_a_missing_text_is_not_signed(house: House, amina: Person, ruth: Person) -> None:
    write(house, amina.id, label__moving__ha="")
    assert sign(house, ruth.id).texts == 0
    assert state(house) == "empty"


# ---- not needed


def test_a_variant_is_not_needed_until_it_is_or_its_source_changes(house: House, amina: Person) -> None:
    write(house, amina.id, voice__moving__en="Say it aloud")
    waive = ("voice.moving", LABEL)
    signing.waive(house, "safety", "ha", waive, waive, by=amina.id, at=AT)
    assert (state(house, "voice.moving"), state(house)) == ("needless", "draft")
    assert audit(house)[-1] == f"account {amina.id}: said that a text of safety is not needed in ha"
    write(house, amina.id, voice__moving__en="Say it calmly")
    assert state(house, "voice.moving") == "empty"
    signing.waive(house, "safety", "ha", ("voice.moving",), ("voice.moving",), by=amina.id, at=AT)
    signing.waive(house, "safety", "ha", ("voice.moving",), (), by=amina.id, at=AT)
    assert state(house, "voice.moving") == "empty"
    assert re.search("is needed in ha after all$", audit(house)[-1])


# ---- writers


def test_writers_are_carried_from_version_to_version(house: House, amina: Person, ruth: Person) -> None:
    write(house, ruth.id, label__moving__ha="Sabon rubutu")
    draft = house.store.read(lambda view: view.draft("safety"))
    assert draft is not None
    wrote = house.store.read(lambda view: writers.of(view, draft, whole_of(house)))
    assert {field for field, by in wrote.items() if by == ruth.id} == {"label.moving.ha"}
    assert set(wrote.values()) == {amina.id, ruth.id}
    kept = house.store.read(lambda view: view.writers("safety", draft.number))
    assert len(kept) < 200, "one account for each language, and what somebody else wrote"


def test_who_brings_words_back_is_their_writer(house: House, amina: Person, ruth: Person) -> None:
    """A language left out and added again, or a file brought in: its texts are hers who did it."""
    whole = whole_of(house)
    keeping.replace_all(house, "safety", moved(whole, "drop-language ha"), ruth.id, AT)
    keeping.replace_all(house, "safety", moved(whole_of(house), "add-language ha"), ruth.id, AT)
    assert sign(house, ruth.id) == signing.Signed(0, own=(LABEL,))
    assert sign(house, amina.id).texts == 1


def test_who_renames_a_question_has_not_written_its_words(house: House, amina: Person, ruth: Person) -> None:
    write(house, ruth.id, label__moving__ha="Sabon rubutu")
    whole = whole_of(house)
    names = {"moving": "going"}
    renamed = (replace(each, name=names.get(each.name, each.name)) for each in whole.questions)
    keeping.replace_all(house, "safety", replace(whole, questions=tuple(renamed)), amina.id, AT)
    assert sign(house, ruth.id, "label.going") == signing.Signed(0, own=("label.going",))
    assert sign(house, amina.id, "label.going") == signing.Signed(1)


def test_questions_that_change_names_keep_each_its_writer() -> None:
    old = {"label.a.ha": "Ruwa", "label.b.ha": "Hanya", "label.a.en": "Hanya"}
    new = {"label.a.ha": "Hanya", "label.b.ha": "Ruwa", "label.a.en": "Water"}
    before = {"label.a.ha": 1, "label.b.ha": 2, "label.a.en": 3}
    assert writers.carried(before, old, new, 9) == {"label.a.ha": 2, "label.b.ha": 1, "label.a.en": 9}


def test_of_drafts_from_before_the_keeper_is_the_writer(house: House, amina: Person, ruth: Person) -> None:
    house.store.write(lambda tx: tx.drop_writers("safety", 99))
    assert sign(house, amina.id) == signing.Signed(0, own=(LABEL,))
    write(house, ruth.id, label__age__ha="Shekara")
    assert sign(house, amina.id) == signing.Signed(0, own=(LABEL,))
    assert sign(house, ruth.id).texts == 1


def test_there_is_nothing_to_sign_without_a_draft(house: House) -> None:
    nobody = joined(house, "Nobody", "translator", "safety")
    with pytest.raises(LookupError):
        signing.sign(house, "pulse", "en", {LABEL: "x"}, by=nobody.id, at=AT)
