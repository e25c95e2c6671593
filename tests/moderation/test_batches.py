"""Texts are opened masked, of ten and more, in an order that tells nothing; they go with her, with time and the key."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from consult import codes, custody, figures, publish, writings
from consult.episodes.flagging import MASK
from consult.exporting import TooSoon
from consult.moderation import batches, deciding, ending, listing, replies, wording
from consult.moderation.deciding import Decision
from consult.store.records import Code
from consult.vault import Unopenable
from tests.coded import with_words
from tests.journeys.stage import Stage, set_up
from tests.moderation.conftest import ASKS, CODE, PLANTED, RUTH, SAID, all_texts, asking, opens, writes
from tests.test_releases import OPEN, number

DAY = 86_400


def files(stage: Stage) -> bytes:
    return b"".join(each.read_bytes() for each in stage.house.settings.data.rglob("*") if each.is_file())


def test_what_tells_who_somebody_is_is_masked_before_anybody_reads(opened: Stage) -> None:
    found = all_texts(opened)
    assert len(found) == 12
    told = "\n".join(each.text for each in found).casefold()
    for planted in PLANTED:
        assert planted.casefold() not in told
    assert not re.search(r"\d", told)
    assert told.count("the water is far") == 11
    assert told.count("what will happen with this") == 1


def test_their_order_is_that_of_random_names_and_a_text_holds_nothing_of_who(opened: Stage) -> None:
    found = all_texts(opened)
    assert [each.message for each in found] == sorted(each.message for each in found)
    rows = opened.house.store.read(lambda view: view.writings("brief", "why"))
    assert [row.person for row in rows] != sorted(row.person for row in rows)
    assert set(batches.Text.__dataclass_fields__) == {*("id", "question", "message", "text", "state", "asks", "reply")}


def test_they_lie_sealed_and_only_the_consultation_s_key_opens_them(opened: Stage) -> None:
    kept = files(opened)
    for words in (b"the water is far", b"what will happen"):
        assert words not in kept
    (opened.house.settings.data / "keys/consultations/brief.key").rename(opened.house.settings.data / "elsewhere")
    with pytest.raises(custody.NoKey):
        all_texts(opened)


def test_of_fewer_than_ten_none_is_opened(stage: Stage) -> None:
    for woman in range(9):
        writes(stage, woman, "water")
    with pytest.raises(TooSoon, match="fewer than 10"):
        opens(stage)
    assert all_texts(stage) == []


def test_whether_they_can_be_opened_is_known_by_who_wrote_and_not_by_the_table_that_stands_still(stage: Stage) -> None:
    for woman in range(10):
        stage.says("CANDLE", "1", sender=number(woman))
    for woman in range(4):
        stage.says("the road", sender=number(woman))
    assert [each.closed for each in batches.waiting(stage.house, "brief")] == ["<10"]
    with pytest.raises(TooSoon):
        batches.ready(stage.house, "brief", "why")
    for woman in range(4, 10):
        stage.says("the road", sender=number(woman))
    assert [each.closed for each in batches.waiting(stage.house, "brief")] == ["<10"]
    batches.ready(stage.house, "brief", "why")
    assert opens(stage) == 10


def test_the_next_ones_wait_until_they_are_ten(opened: Stage) -> None:
    for woman in range(12, 21):
        writes(opened, woman, "the road")
        with pytest.raises(TooSoon):
            opens(opened)
    writes(opened, 21, "the road")
    assert opens(opened) == 22
    assert len({each.id for each in all_texts(opened)}) == 22


def test_a_text_is_gone_as_soon_as_its_writer_erases(opened: Stage) -> None:
    before = opened.house.store.read(lambda view: view.writings("brief", "why"))
    hers = asking(opened)
    opened.says("ERASE", "1", sender=number(0))
    assert hers.id not in {each.id for each in all_texts(opened)}
    assert batches.one(opened.house, "brief", hers.id) is None
    (row,) = [
        each for each in opened.house.store.read(lambda view: view.writings("brief", "why")) if each.id == hers.id
    ]
    (was,) = [each for each in before if each.id == hers.id]
    assert (row.state, set(row.sealed), len(row.sealed)) == ("gone", {0}, len(was.sealed))
    assert was.sealed not in files(opened)
    assert hers.message.encode() not in files(opened)


def test_when_fewer_than_ten_are_left_none_is_shown(opened: Stage) -> None:
    for woman in range(3):
        opened.says("ERASE", "1", sender=number(woman))
    assert all_texts(opened) == []
    left = opened.house.store.read(lambda view: view.writings_counted("brief"))
    assert left == [("why", "wait", 9)]


def test_ten_texts_of_fewer_than_ten_people_are_not_shown(stage: Stage) -> None:
    for woman in range(10):
        writes(stage, woman, "the road")
    opens(stage)
    one, other, *_ = stage.house.store.read(lambda view: view.writings("brief", "why"))
    assert len(all_texts(stage)) == 10
    again = replace(one, message="f" * 32)  # she wrote twice
    stage.house.store.write(lambda tx: tx.lose_writing(other.id, len(other.sealed)))
    stage.house.store.write(lambda tx: tx.keep_writing(again))
    assert len(stage.house.store.read(lambda view: view.writings("brief", "why"))) == 11
    assert all_texts(stage) == []


def test_coders_read_nothing_while_fewer_than_ten_people_s_texts_are_not_held_back(opened: Stage) -> None:
    first, *rest = all_texts(opened)
    deciding.decide(opened.house, "brief", first.id, Decision("fine"), at=opened.at, by=RUTH)
    for held in rest[:2]:
        deciding.decide(opened.house, "brief", held.id, Decision("held"), at=opened.at, by=RUTH)
    assert len(batches.every(opened.house, "brief", "why")) == 1
    deciding.decide(opened.house, "brief", rest[2].id, Decision("held"), at=opened.at, by=RUTH)
    assert batches.every(opened.house, "brief", "why") == []
    assert len(all_texts(opened, "held")) == 3  # they can be taken back


def test_an_answer_that_does_not_count_any_more_is_lost_with_the_next_batch(stage: Stage) -> None:
    for woman in range(10):
        writes(stage, woman, "the road")
    opens(stage)
    first = {each.message for each in all_texts(stage)}
    for woman in range(10):
        stage.says("BACK", "in truth the water", sender=number(woman))
    opens(stage)
    now = all_texts(stage)
    assert {each.text for each in now} == {"in truth the water"}
    assert not first & {each.message for each in now}


def test_words_go_after_thirty_days_and_what_was_decided_stands(opened: Stage) -> None:
    held = asking(opened)
    deciding.decide(opened.house, "brief", held.id, Decision("held"), at=opened.at, by=RUTH)
    assert ending.fade(opened.house, opened.at + 29 * DAY) == 0
    assert ending.fade(opened.house, opened.at + 30 * DAY) == 12
    assert {each.text for each in all_texts(opened)} == {""}
    assert opened.house.store.read(lambda view: view.writings_held("brief")) == {held.message}
    opened.at += 31 * DAY
    assert opens(opened) == 11  # what was held stays held, without its words
    assert all(each.text for each in all_texts(opened))


def test_they_go_with_the_consultation_s_key(opened: Stage) -> None:
    publish.retire(opened.house, "brief", day=20_800, confirmed_by=("Ruth", "Musa"))
    rows = opened.house.store.read(lambda view: view.writings("brief", "why"))
    assert {row.state for row in rows} == {"gone"}
    assert not any(any(row.sealed) for row in rows)
    assert listing.words(opened.house, "brief") == []
    with pytest.raises(custody.NoKey, match="retired"):
        all_texts(opened)
    with pytest.raises(custody.NoKey, match="retired"):
        listing.keep(opened.house, "brief", ["Halima"], day=20_800, by="account 7")
    assert listing.words(opened.house, "brief") == []


def test_answers_and_paraphrases_go_with_the_consultation(opened: Stage) -> None:
    hers = asking(opened)
    deciding.decide(opened.house, "brief", hers.id, Decision("fine", asks=True), at=opened.at, by=RUTH)
    texts = dict.fromkeys(wording.languages_of(opened.house, "brief"), "They meet in spring")
    replies.write(opened.house, "brief", {hers.id}, texts, at=opened.at, by=RUTH)
    (kept,) = opened.house.store.read(lambda view: view.worded("brief", "reply"))
    publish.retire(opened.house, "brief", day=20_800, confirmed_by=("Ruth", "Musa"))
    assert opened.house.store.read(lambda view: view.worded("brief", "reply")) == []
    assert opened.house.store.read(lambda view: view.worded_one("brief", kept.id)) is None
    with pytest.raises(custody.NoKey):
        replies.replies(opened.house, "brief", opened.at)
    assert kept.sealed not in files(opened)


def test_how_many_wait_is_told_by_tens(opened: Stage) -> None:
    (queue,) = batches.waiting(opened.house, "brief")
    assert (queue.question, queue.closed, queue.wait, queue.fine, queue.held) == ("why", "<10", 10, "<10", "<10")


def test_where_the_key_is_elsewhere_nothing_is_opened(tmp_path: Path) -> None:
    stage = set_up(tmp_path, at=OPEN)
    stage.publish(with_words().replace('name = "brief"', 'name = "brief"\ncustody = "offline"', 1), test=False)
    for act in (lambda: batches.waiting(stage.house, "brief"), lambda: opens(stage), lambda: all_texts(stage)):
        with pytest.raises(custody.NoKey):
            act()
    stage.house.close()


def test_what_was_written_to_a_sensitive_question_goes_to_nobody(tmp_path: Path) -> None:
    stage = set_up(tmp_path, at=OPEN)
    stage.publish(with_words().replace('name = "why"', 'name = "why"\nsensitive = true', 1), test=False)
    (queue,) = batches.waiting(stage.house, "brief")
    assert queue.sensitive
    for act in (lambda: opens(stage), lambda: all_texts(stage)):
        with pytest.raises(figures.NoSuch, match="sensitive"):
            act()
    stage.house.close()


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (f"my code is {CODE}", f"my code is {MASK}"),
        (f"{CODE.lower().replace('-', ' ')} it is", f"{MASK} it is"),
        ("7K3M 2Q9X Z is mistyped", f"{MASK} is mistyped"),
        ("they want a well here", "they want a well here"),
    ],
)
def test_joining_codes_are_hidden(stage: Stage, words: str, left: str) -> None:
    assert codes.hidden(stage.house, "brief", words, MASK) == left


def test_a_code_without_figures_is_known_by_its_hash(stage: Stage) -> None:
    made = codes.make(500, random.Random(1).randrange)
    letters = next(code for code in made if code.replace("-", "").isalpha())
    assert codes.hidden(stage.house, "brief", letters, MASK) == letters  # nobody was given it
    mark = stage.house.vault.mark("code", "brief", letters.replace("-", ""))
    stage.house.store.write(lambda tx: tx.add_codes([Code(mark, "brief")]))
    assert codes.hidden(stage.house, "brief", f"it is {letters.lower()}", MASK) == f"it is {MASK}"


def test_the_list_of_words_lies_sealed_and_masks_what_it_holds(written: Stage) -> None:
    assert b"Gidan" not in files(written)
    base = listing.version(listing.words(written.house, "brief"))
    listing.keep(written.house, "brief", ["water", " ", "x" * 99], base=base, day=20_800, by="account 7")
    opens(written)
    assert listing.words(written.house, "brief") == sorted(["water", "x" * listing.LONGEST])
    assert not any("water" in each.text for each in all_texts(written))


def test_two_who_change_the_list_at_once_lose_no_word(written: Stage) -> None:
    base = listing.version(listing.words(written.house, "brief"))
    for word in ("aaa", "bbb"):
        listing.keep(written.house, "brief", ["Gidan", word], base=base, day=20_800, by="account 7")
    assert listing.words(written.house, "brief") == ["Gidan", "aaa", "bbb"]


def test_a_list_that_is_too_long_is_refused_and_nothing_of_it_dropped(written: Stage) -> None:
    many = [f"word{n}" for n in range(listing.MOST)]
    with pytest.raises(listing.TooMany):
        listing.keep(written.house, "brief", many, day=20_800, by="account 7")
    assert listing.words(written.house, "brief") == ["Gidan"]


def test_a_word_listed_afterwards_is_masked_in_what_was_opened_before_and_in_what_is_exported(opened: Stage) -> None:
    assert any("water" in each.text for each in all_texts(opened))
    listing.keep(opened.house, "brief", ["Water"], day=20_800, by="account 7")
    assert not any("water" in each.text for each in all_texts(opened))
    assert not any("water" in each["Text"] for each in writings.texts(opened.house, "brief", "why", at=OPEN, by="Ruth"))


def test_what_is_exported_leaves_out_what_is_held_back(opened: Stage) -> None:
    held = asking(opened)
    deciding.decide(opened.house, "brief", held.id, Decision("held"), at=opened.at, by=RUTH)
    found = writings.texts(opened.house, "brief", "why", at=opened.at, by="Ruth")
    assert len(found) == 11
    assert held.message not in {each["MessageID"] for each in found}
    assert ASKS.split()[0] not in " ".join(each["Text"] for each in found)


def test_a_row_that_was_exchanged_for_another_woman_s_does_not_open(opened: Stage) -> None:
    one, other, *_ = opened.house.store.read(lambda view: view.writings("brief", "why"))
    opened.house.store.write(lambda tx: tx.change_writing(replace(one, sealed=other.sealed)))
    with pytest.raises(Unopenable):
        batches.one(opened.house, "brief", one.id)


def test_said_is_what_is_planted() -> None:
    for planted in PLANTED:
        assert planted in SAID
