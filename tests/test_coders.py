"""Two people find themes in the same texts, apart from each other; what they settle is what a release counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consult import themes
from consult.coding import books, files, labelling, settling
from consult.coding.books import NotKept, Where
from consult.coding.labelling import NotCoded
from consult.episodes.flagging import betrays
from consult.findings import coding
from consult.findings.coding import Code
from consult.library import day_of
from consult.moderation import batches
from consult.moderation.deciding import Decision, decide
from consult.publish import retire
from consult.releases import release
from consult.store import Tx
from tests.coders import ADA, BEA, BOOK, CARO, MODERATOR, WHY, book, code_all, codes_of, moderate, written
from tests.journeys.stage import Stage
from tests.test_releases import CLOSED, OPEN, number
from tests.test_themes import counts

IDS = [code.id for code in BOOK]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coded") / "data"
    stage = written(folder)
    moderate(stage.house)
    book(stage.house)
    stage.house.close()
    return folder


@pytest.fixture
def stage(tmp_path: Path, made: Path) -> Iterator[Stage]:
    from shutil import copytree

    from tests.journeys.stage import set_up

    copytree(made, tmp_path / "data")
    ready = set_up(tmp_path / "data", at=OPEN, replies_per_day=10_000)
    yield ready
    ready.house.close()


def found(stage: Stage, who: int) -> labelling.Found:
    return stage.house.store.read(partial(labelling.state, stage.house, WHY)).found.get(who, {})


def kept(stage: Stage) -> dict[str, Any]:
    questions = stage.edition("brief").consultation.questions
    return dict(themes.kept(stage.house, "brief", questions)["why"])


# ---- the codebook


def test_a_codebook_is_read_by_the_command_as_it_was_written(stage: Stage) -> None:
    standing = books.book(stage.house, WHY)
    assert standing
    assert coding.scheme(standing.text, betrays) == standing.scheme
    assert list(standing.scheme.codes) == BOOK
    assert standing.scheme.version == "0.1"
    assert json.loads(standing.text)["Codes"][3]["ControlCode"] == "NC"


def test_who_wrote_on_an_older_version_is_told_and_nothing_is_lost(stage: Stage) -> None:
    books.write(stage.house, WHY, BOOK[:2], 1, OPEN, BEA)
    with pytest.raises(NotKept) as refused:
        books.write(stage.house, WHY, BOOK[2:], 1, OPEN, ADA)
    assert refused.value.code == "moved"
    standing = books.book(stage.house, WHY)
    assert standing
    assert (standing.number, list(standing.scheme.codes)) == (2, BOOK[:2])


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ([Code("code-a", "Normal", "ring 0803 555 0101")], "number"),
        ([Code("code-a", "Normal", "=HYPERLINK(1)")], "obeyed"),
        ([Code("code-a", "Normal", "<b>x</b>")], "obeyed"),
        ([Code("code-a", "Normal", "Water", "0803 555 0101")], "StringValue: holds a number"),
        ([Code("code-a", "Other", "Water")], "CodeType"),
        ([Code("../a", "Normal", "Water")], "CodeID"),
        ([Code("code-a", "Normal", "Water"), Code("code-b", "Normal", "water")], "twice"),
        ([Code("code-a", "Normal", "x" * 200)], "characters"),
        ([Code(f"code-{n}", "Normal", f"theme {chr(97 + n % 26)}{chr(97 + n // 26)}") for n in range(41)], "40"),
        ([], "Codes"),
    ],
)
def test_a_code_that_cannot_stand_is_named(stage: Stage, codes: list[Code], told: str) -> None:
    with pytest.raises(NotKept, match=told):
        books.write(stage.house, WHY, codes, 1, OPEN, ADA)
    standing = books.book(stage.house, WHY)
    assert standing
    assert standing.number == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.text(max_size=200) | st.dictionaries(st.text(max_size=9), st.integers()).map(json.dumps))
def test_whatever_file_comes_the_codebook_stands_or_is_whole(stage: Stage, text: str) -> None:
    with pytest.raises(NotKept):
        books.bring(stage.house, WHY, text, 1, OPEN, ADA)


@pytest.mark.parametrize("name", ["\ud800", "ring 0803 555 0101", "a@b.org", "=A1"])
def test_a_short_name_from_a_file_is_looked_at_like_every_word(stage: Stage, name: str) -> None:
    from tests.coded import scheme

    with pytest.raises(NotKept, match="Codes 1, StringValue: holds a"):
        books.bring(stage.house, WHY, scheme([("code-a", "Normal", "Water", name)]), 1, OPEN, ADA)


def test_a_scheme_from_elsewhere_keeps_its_codes(stage: Stage) -> None:
    from tests.coded import SCHEME_ID, scheme

    came = books.bring(stage.house, WHY, scheme(), 1, OPEN, ADA)
    assert (came.scheme.id, came.scheme.version, came.number) == (SCHEME_ID, "0.2", 2)
    assert list(came.scheme.codes) == BOOK


def test_once_somebody_codes_no_code_means_something_else_but_codes_may_come(stage: Stage) -> None:
    water, road, *rest = BOOK
    swapped = [replace(water, definition=road.definition), replace(road, definition=water.definition), *rest]
    code_all(stage.house, ADA)
    for other in (swapped, [replace(water, type="Meta"), road, *rest]):
        with pytest.raises(NotKept, match="Water is far or dirty: somebody codes with it") as refused:
            books.write(stage.house, WHY, other, 1, OPEN, BEA)
        assert refused.value.code == "unclear"
    more = [replace(water, name="well"), road, Code("code-peace", "Normal", "Peace"), *rest]
    assert list(books.write(stage.house, WHY, more, 1, OPEN, BEA).scheme.codes) == more
    assert len(found(stage, ADA)) == 40


def test_a_code_taken_away_leaves_its_texts_to_be_coded_again(stage: Stage) -> None:
    code_all(stage.house, ADA)
    gone = {message: codes for message, codes in found(stage, ADA).items() if codes == ("code-water",)}
    assert gone
    books.write(stage.house, WHY, BOOK[1:], 1, OPEN, BEA)
    assert {each.message for each in labelling.task(stage.house, WHY, ADA).texts} == set(gone)
    assert not any("code-water" in codes for codes in found(stage, ADA).values())
    state = stage.house.store.read(partial(labelling.state, stage.house, WHY))
    assert (state.coders, state.done) == ((ADA,), ())
    books.write(stage.house, WHY, BOOK, 2, OPEN, BEA)
    assert len(labelling.task(stage.house, WHY, ADA).texts) == len(gone), "labels do not come back under another code"


# ---- coding


def test_texts_held_back_are_not_coded(tmp_path: Path) -> None:
    stage = written(tmp_path / "data", 24)
    moderate(stage.house, but=3)
    assert len(labelling.task(stage.house, WHY, ADA).texts) == 21
    held = batches.texts(stage.house, "brief", "why", "held", batches.ALL)[0]
    assert labelling.label(stage.house, WHY, {held.message: ["code-water"]}, IDS, ADA) == 0
    stage.house.close()


def test_each_sees_her_own_work_only_and_several_codes_stand(stage: Stage) -> None:
    first, *_ = labelling.task(stage.house, WHY, ADA).texts
    labelling.label(stage.house, WHY, {first.message: ["code-road", "code-water", "code-road"]}, IDS, ADA)
    assert found(stage, ADA) == {first.message: ("code-water", "code-road")}
    theirs = labelling.task(stage.house, WHY, BEA)
    assert (theirs.coded, theirs.all) == (0, 40)
    assert found(stage, BEA) == {}
    assert labelling.task(stage.house, WHY, ADA).coded == 1


def test_what_was_found_lies_sealed_and_goes_with_the_consultation(stage: Stage) -> None:
    code_all(stage.house, ADA)
    lies = stage.house.store.read(lambda view: view.setting("coding:brief:why")) or ""
    assert len(lies) > 40 * 2 * 40
    assert "code-water" not in lies
    assert b"code-water" not in bytes.fromhex(lies)
    retire(stage.house, "brief", day=day_of(OPEN), confirmed_by=("Ruth", "Amina"))
    assert stage.house.store.read(lambda view: view.setting("coding:brief:why")) == ""


def test_a_third_coder_is_refused_until_a_seat_is_free(stage: Stage) -> None:
    first, second, *_ = labelling.task(stage.house, WHY, ADA).texts
    for who in (ADA, BEA):
        labelling.label(stage.house, WHY, {first.message: ["code-water"]}, IDS, who)
    with pytest.raises(NotCoded) as refused:
        labelling.label(stage.house, WHY, {second.message: ["code-water"]}, IDS, CARO)
    assert refused.value.code == "seat"
    assert found(stage, CARO) == {}
    labelling.leave(stage.house, WHY, BEA, OPEN)
    assert found(stage, BEA) == {}
    assert labelling.label(stage.house, WHY, {second.message: ["code-water"]}, IDS, CARO) == 1


@pytest.mark.parametrize("given_", [{"0" * 32: ["code-water"]}, {"x": ["code-water"]}, {}])
def test_a_batch_that_comes_late_is_taken_as_far_as_it_is_known(stage: Stage, given_: dict[str, list[str]]) -> None:
    first, *_ = labelling.task(stage.house, WHY, ADA).texts
    late = {**given_, first.message: ["code-gone", "code-road"]}
    assert labelling.label(stage.house, WHY, late, IDS, ADA) == 1
    assert found(stage, ADA) == {first.message: ("code-road",)}


def test_nobody_is_done_before_everything_is_read(stage: Stage) -> None:
    with pytest.raises(NotCoded, match="no code yet"):
        labelling.finish(stage.house, WHY, ADA, OPEN)


def test_whoever_leaves_takes_her_text_along(stage: Stage) -> None:
    stage.hears("ERASE", number(0), ref="leaves")
    stage.sends()
    assert labelling.task(stage.house, WHY, ADA).all == 39


# ---- both


def test_what_the_other_found_is_shown_only_once_both_are_done(stage: Stage) -> None:
    code_all(stage.house, ADA)
    with pytest.raises(NotCoded) as early:
        settling.compare(stage.house, WHY)
    assert early.value.code == "apart"
    code_all(stage.house, BEA, wrong=(0, 4))
    both = settling.compare(stage.house, WHY)
    assert both.both == 40
    assert len(both.differences) == 2
    assert {each.other for each in both.differences} == {("code-school",)}


def test_once_both_are_done_what_each_found_stands(stage: Stage) -> None:
    code_all(stage.house, ADA)
    code_all(stage.house, BEA)
    before = found(stage, ADA)
    message = next(iter(before))
    assert labelling.label(stage.house, WHY, {message: ["code-school"]}, IDS, ADA) == 0
    assert found(stage, ADA) == before
    with pytest.raises(NotKept) as refused:
        books.write(stage.house, WHY, BOOK[:2], 1, OPEN, ADA)
    assert refused.value.code == "done"
    with pytest.raises(NotCoded) as late:
        labelling.leave(stage.house, WHY, ADA, OPEN)
    assert late.value.code == "done"


def test_themes_are_counted_by_what_was_settled_and_agreement_by_what_each_found(stage: Stage) -> None:
    code_all(stage.house, ADA)
    code_all(stage.house, BEA, wrong=(0, 4))
    with pytest.raises(NotCoded) as early:
        settling.keep(stage.house, WHY, ADA, OPEN)
    assert early.value.code == "unsettled"
    differing = settling.compare(stage.house, WHY).differences
    settled = {each.text.message: codes_of(each.text.text) for each in differing}
    assert settling.settle(stage.house, WHY, settled, BEA, OPEN) == 2
    assert settling.compare(stage.house, WHY).settled
    assert settling.keep(stage.house, WHY, ADA, OPEN).messages == 40
    told = kept(stage)
    assert told["coders"] == 2
    assert sum("code-water" in codes for codes in told["labels"].values()) == 20
    assert not any("code-school" in codes for codes in told["labels"].values())
    assert min(each["agreement"] for each in told["themes"] if each["agreement"] is not None) < 1
    made = release(stage.house, "brief", CLOSED, by="Amina")
    assert counts(made)["Water is far or dirty"] == 20


def test_only_the_two_settle_and_keep(stage: Stage) -> None:
    code_all(stage.house, ADA)
    code_all(stage.house, BEA, wrong=(0,))
    (one,) = settling.compare(stage.house, WHY).differences
    for deed in (
        lambda: settling.settle(stage.house, WHY, {one.text.message: ["code-water"]}, CARO, OPEN),
        lambda: settling.keep(stage.house, WHY, CARO, OPEN),
    ):
        with pytest.raises(NotCoded) as refused:
            deed()
        assert refused.value.code == "seat"


def test_a_text_held_back_afterwards_is_in_no_comparison_and_no_theme(stage: Stage) -> None:
    code_all(stage.house, ADA)
    code_all(stage.house, BEA)
    text, *_ = batches.texts(stage.house, "brief", "why", "fine", batches.ALL)
    decide(stage.house, "brief", text.id, Decision("held"), at=OPEN, by=MODERATOR)
    assert settling.compare(stage.house, WHY).both == 39
    settling.keep(stage.house, WHY, ADA, OPEN)
    assert text.message not in kept(stage)["labels"]


def test_words_that_were_approved_for_a_theme_stay_with_it(stage: Stage) -> None:
    code_all(stage.house, ADA)
    code_all(stage.house, BEA)
    settling.keep(stage.house, WHY, ADA, OPEN)
    words = {"en": "The well is far.", "fr": "Le puits est loin."}
    stage.house.store.write(lambda tx: themes.reword(stage.house, tx, ("brief", "why", "code-water"), words))
    settling.keep(stage.house, WHY, BEA, OPEN)
    assert {each["code"]: each["words"] for each in kept(stage)["themes"]}["code-water"] == words


class Late(dict[str, tuple[str, ...]]):
    """Labels; while they are read somebody approves words."""

    def __init__(self, labels: labelling.Found, meanwhile: Callable[[], object]) -> None:
        super().__init__(labels)
        self.meanwhile = meanwhile

    def items(self) -> Any:
        self.meanwhile()
        return super().items()


def test_words_approved_while_themes_are_kept_stay_with_them(stage: Stage) -> None:
    code_all(stage.house, ADA)
    code_all(stage.house, BEA)
    settling.keep(stage.house, WHY, ADA, OPEN)
    words = {"en": "The well is far.", "fr": "Le puits est loin."}
    theme = ("brief", "why", "code-water")
    standing = books.book(stage.house, WHY)
    assert standing
    labels = Late(found(stage, ADA), lambda: stage.house.store.write(rewording(stage, theme, words)))
    themes.keep(stage.house, *WHY, themes.Coding(standing.scheme, labels, words=None), day=day_of(OPEN), by="Ada")
    assert {each["code"]: each["words"] for each in kept(stage)["themes"]}["code-water"] == words


def rewording(stage: Stage, theme: tuple[str, str, str], words: dict[str, str]) -> Callable[[Tx], bool]:
    return lambda tx: themes.reword(stage.house, tx, theme, words)


# ---- files


def test_labels_go_out_without_texts_and_come_in_again(stage: Stage) -> None:
    code_all(stage.house, ADA)
    standing = books.book(stage.house, WHY)
    assert standing
    text = files.labels(stage.house, WHY, standing, ADA, OPEN)
    assert not any(word in text for word in ("far", "road is", "peace"))
    assert files.bring(stage.house, WHY, standing, text, BEA) == 40
    assert found(stage, BEA) == found(stage, ADA)
    assert coding.labels(text, standing.scheme) == {
        message: tuple(code for code in codes if code != "code-NC") for message, codes in found(stage, ADA).items()
    }


def test_another_question_has_a_codebook_of_its_own(stage: Stage) -> None:
    assert books.book(stage.house, Where("brief", "other")) is None
    assert books.book(stage.house, Where("other", "why")) is None
