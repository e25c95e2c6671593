"""A release stands as it was made: numbered, frozen, reproducible, signed, and nobody in it can be told apart."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from consult import coverage, custody
from consult.figures import NoSuch, figures
from consult.publish import Unpublishable
from consult.reading.labels import Labels
from consult.reading.leaf import brief
from consult.releases import Forged, NotYet, pack, public_key, release, reproduce, verify
from consult.wording import for_pages
from tests.journeys.script import definition
from tests.journeys.stage import Stage, set_up

OPEN = 1_795_424_400 + 8 * 86_400  # 2026-12-01, 09:00 UTC: the first day of three
DAY = 86_400
CLOSED = OPEN + 9 * DAY  # seven days after the last day
COMPOUND = """
[[compounds]]
name = "town_elder"
label = { en = "Elder in town", fr = "Agée en ville" }
when = { place = ["town"], age = ["old"] }
"""
AGE = """
[[questions]]
type = "select_one"
name = "age"
segment = true
label = { en = "How old are you?", fr = "Quel est votre âge ?" }
choices = [
    { name = "old", label = { en = "Sixty and more", fr = "Soixante et plus" } },
    { name = "young", label = { en = "Younger", fr = "Moins" } },
]
"""
PLANTED = ("Halima", "08034567890", "Gidan")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = set_up(tmp_path, at=OPEN, replies_per_day=10_000)
    made.publish(definition("brief"), test=False)
    yield made
    made.house.close()


def number(n: int) -> str:
    return f"+23480400{n:05}"


def answers(stage: Stage, people: range, market: str = "1", place: str = "1") -> None:
    for n in people:
        for said in ("CANDLE", "1", market, place):
            stage.hears(said, number(n))
            stage.sends()


def crowd(stage: Stage) -> None:
    """Sixty: 35 say open, 25 shut; half live in the town."""
    for at, market, place in ((0, "1", "1"), (20, "1", "2"), (35, "2", "1"), (45, "2", "2")):
        upto = {0: 20, 20: 35, 35: 45, 45: 60}[at]
        answers(stage, range(at, upto), market, place)


def document(text: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(text)
    return made


def whole(made: dict[str, Any], id: str = "market") -> dict[str, Any]:
    (chapter,) = made["chapters"]
    item = next(each for each in chapter["questions"] if each["id"] == id)
    table: dict[str, Any] = next(each for each in item["tables"] if not each["variable"])
    return table


def test_a_release_says_what_was_answered_and_of_what_it_was_made(stage: Stage) -> None:
    crowd(stage)
    made = release(stage.house, "brief", CLOSED, by="Amina")
    told = document(made.text)
    assert (made.number, told["number"], told["consultation"], told["version"]) == (1, 1, "brief", 1)
    assert told["window"] == ["2026-12", "2026-12"]
    assert told["chapters"][0]["reach"] == {"invited": None, "started": 60, "consented": 60, "finished": 60}
    table = whole(told)
    assert (table["columns"], table["cells"], table["percent"]) == (
        [["open"], ["shut"]],
        [[35, 25]],
        [[60, 40]],
    )  # of rounded counts, in fives
    assert told["wording"][0]["label"]["en"] == "Is the market open?"
    assert (told["rules"]["cell"], told["before"]) == (10, None)
    assert len(told["input"]["sha256"]) == 64
    (spent,) = told["spent"]
    assert (spent["channel"], spent["segments"] % 100, spent["money"] % 10) == ("sms", 0, 0)


def test_words_that_had_one_reader_are_told_and_none_where_all_had_two(stage: Stage) -> None:
    crowd(stage)
    made = release(stage.house, "brief", CLOSED, by="Amina")
    told = document(made.text)
    assert told["unchecked"] == ["en", "fr"]
    said = "The words in these languages were not checked by a second reader: en, fr."
    assert said in brief(Labels(told, for_pages("en")))
    assert reproduce(stage.house, "brief", 1) == (True, 0)
    del told["unchecked"]  # as one was made before this was asked, or where all was read
    assert "second reader" not in brief(Labels(told, for_pages("en")))


@pytest.mark.parametrize("days", [0, 1, 2, 8])
def test_none_is_made_before_seven_days_after_the_last_day(stage: Stage, days: int) -> None:
    crowd(stage)
    with pytest.raises(NotYet, match="from 2026-12-10 on"):
        release(stage.house, "brief", OPEN + days * DAY, by="Amina")
    assert stage.house.store.read(lambda view: view.releases("brief")) == []


def test_a_consultation_without_a_last_day_is_not_released(stage: Stage) -> None:
    stage.publish(definition("brief").replace("closing = 2026-12-03\n", ""), test=False)
    with pytest.raises(NotYet, match="publish a version with `closing` first"):
        release(stage.house, "brief", CLOSED, by="Amina")


def test_one_that_nobody_published_is_named(stage: Stage) -> None:
    with pytest.raises(NoSuch, match="brief"):
        release(stage.house, "river", CLOSED, by="Amina")
    with pytest.raises(NoSuch, match="no release 3 of brief; there are: none yet"):
        reproduce(stage.house, "brief", 3)


def test_without_the_kit_an_offline_consultation_is_not_opened(tmp_path: Path) -> None:
    stage = set_up(tmp_path / "offline", at=OPEN, replies_per_day=10_000)
    published = stage.publish(definition("brief").replace("round = 1", 'round = 1\ncustody = "offline"', 1), test=False)
    crowd(stage)
    with pytest.raises(custody.NoKey, match="both halves"):
        release(stage.house, "brief", CLOSED, by="Amina")
    private = custody.join(published.kit.half_a, published.kit.half_b)
    made = release(stage.house, "brief", CLOSED, by="Amina", private=private)
    assert whole(document(made.text))["cells"] == [[35, 25]]
    assert reproduce(stage.house, "brief", 1, private=private) == (True, 0)
    stage.house.close()


def test_the_same_facts_give_the_same_bytes(stage: Stage) -> None:
    crowd(stage)
    release(stage.house, "brief", CLOSED, by="Amina")
    assert reproduce(stage.house, "brief", 1) == (True, 0)
    stage.publish(definition("brief").replace("Is the market open?", "Is the big market open?"), test=False)
    answers(stage, range(60, 75))
    assert reproduce(stage.house, "brief", 1) == (True, 0)  # later words and later answers are none of its facts


def test_later_answers_wait_for_the_next(stage: Stage) -> None:
    crowd(stage)
    first = release(stage.house, "brief", CLOSED, by="Amina")
    answers(stage, range(60, 80), "1", "2")
    answers(stage, range(80, 92), "2", "1")
    second = release(stage.house, "brief", CLOSED, by="Amina")
    assert second.number == 2
    assert whole(document(first.text))["cells"] == [[35, 25]]
    assert whole(document(second.text))["cells"] == [[55, 35]]  # 37 rounded
    assert document(second.text)["before"] == {"number": 1, "sha256": first.sha256}
    kept = stage.house.store.read(lambda view: view.releases("brief"))
    assert [each.text for each in kept] == [first.text, second.text]
    assert reproduce(stage.house, "brief", 2) == (True, 0)


@pytest.mark.parametrize("more", [1, 3, 9])
def test_what_few_people_would_move_stands_as_it_stood(stage: Stage, more: int) -> None:
    crowd(stage)
    first = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    answers(stage, range(60, 60 + more), "2")
    second = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    assert whole(second) == whole(first)
    assert all(item["frozen"] for item in second["chapters"][0]["questions"])


def test_what_was_held_back_is_not_told_by_a_release_that_nobody_came_before(stage: Stage) -> None:
    crowd(stage)
    first = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    answers(stage, range(60, 63), "2")
    for _ in range(3):
        again = document(release(stage.house, "brief", CLOSED, by="Amina").text)
        assert whole(again) == whole(first)
    stage.says("ERASE", "1", sender=number(3))
    for _ in range(3):
        again = document(release(stage.house, "brief", CLOSED, by="Amina").text)
        assert whole(again) == whole(first)


def test_who_comes_late_brings_no_table_out_and_who_leaves_takes_none_away(stage: Stage) -> None:
    answers(stage, range(30))
    answers(stage, range(30, 39), "2")
    told = [document(release(stage.house, "brief", CLOSED, by="Amina").text)]
    answers(stage, range(39, 40), "2")  # the tenth
    told += [document(release(stage.house, "brief", CLOSED, by="Amina").text) for _ in range(2)]
    assert [item["tables"] for each in told for item in each["chapters"][0]["questions"] if item["id"] == "market"] == [
        [],
        [],
        [],
    ]
    answers(stage, range(40, 52), "2")
    answers(stage, range(52, 54))
    shown = whole(document(release(stage.house, "brief", CLOSED, by="Amina").text))
    assert shown["cells"] == [[30, 20]]  # 32 and 22, rounded
    for n in range(31, 46):
        stage.says("ERASE", "1", sender=number(n))
        assert whole(document(release(stage.house, "brief", CLOSED, by="Amina").text)) == shown


def test_ten_who_all_said_the_same_move_nothing(stage: Stage) -> None:
    crowd(stage)
    first = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    answers(stage, range(60, 72), "2", "2")
    assert whole(document(release(stage.house, "brief", CLOSED, by="Amina").text)) == whole(first)


def test_who_was_erased_is_counted_and_her_answer_cannot_be_subtracted(stage: Stage) -> None:
    crowd(stage)
    first = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    stage.says("ERASE", "1", sender=number(3))
    assert reproduce(stage.house, "brief", 1)[1] == 1
    second = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    assert whole(second) == whole(first)


def test_nine_people_are_no_chapter(stage: Stage) -> None:
    answers(stage, range(9))
    assert document(release(stage.house, "brief", CLOSED, by="Amina").text)["chapters"] == []


def test_neither_numbers_nor_words_nor_hours_stand_in_it(stage: Stage) -> None:
    crowd(stage)
    for n, word in enumerate(PLANTED):
        stage.hears(f"{word} says the market is shut", number(n))
    stage.sends()
    text = release(stage.house, "brief", CLOSED, by="Amina").text
    for word in (*PLANTED, "2348040", "Amina"):
        assert word not in text
    assert "2026-12-0" not in text
    assert set(document(text)) >= {"rules", "code", "input"}


def test_the_database_itself_keeps_a_release_as_it_is(stage: Stage) -> None:
    crowd(stage)
    release(stage.house, "brief", CLOSED, by="Amina")
    file = next(stage.house.settings.data.glob("*.db"))
    with closing(sqlite3.connect(file)) as raw:
        for statement in ("UPDATE releases SET text = '{}'", "DELETE FROM releases"):
            with pytest.raises(sqlite3.DatabaseError):
                raw.execute(statement)


def test_making_one_stands_in_the_audit_trail(stage: Stage) -> None:
    crowd(stage)
    made = release(stage.house, "brief", CLOSED, by="Amina")
    lines = [what for _, _, what, _ in stage.house.store.read(lambda view: view.audit())]
    assert f"release 1 of brief {made.sha256[:16]} by Amina" in lines


# ---- handed out


def test_a_third_party_can_check_what_it_was_given(stage: Stage) -> None:
    crowd(stage)
    made = release(stage.house, "brief", CLOSED, by="Amina")
    assert verify(pack(stage.house, "brief", 1), public_key(stage.house)) == document(made.text)


@pytest.mark.parametrize("how", ["text", "hash and text", "signature", "key", "shape", "nothing"])
def test_what_was_altered_is_refused(stage: Stage, how: str) -> None:
    import hashlib

    crowd(stage)
    release(stage.house, "brief", CLOSED, by="Amina")
    packed, key = pack(stage.house, "brief", 1), public_key(stage.house)
    told = json.loads(packed)
    if "text" in how:
        told["release"] = told["release"].replace("35", "53")
    if "hash" in how:
        told["sha256"] = hashlib.sha256(told["release"].encode()).hexdigest()
    if how == "signature":
        told["signature"] = "00" * 64
    if how == "shape":
        told = ["release"]
    if how == "key":
        key = "00" * 32
    with pytest.raises(Forged):
        verify("" if how == "nothing" else json.dumps(told), key)


def test_the_day_of_a_release_is_its_own(stage: Stage) -> None:
    crowd(stage)
    assert date.fromordinal(release(stage.house, "brief", CLOSED, by="A").day + date(1970, 1, 1).toordinal()) == date(
        2026, 12, 10
    )


# ---- the flash brief


def with_flash(stage: Stage) -> Stage:
    stage.publish(definition("brief").replace("round = 1", "round = 1\nflash_brief = true", 1), test=False)
    return stage


def test_two_segments_are_put_together_only_as_declared(stage: Stage) -> None:
    asked = definition("brief").replace("round = 1", "round = 1" + COMPOUND, 1)
    stage.publish(asked.replace('name = "place"', 'name = "place"\nsegment = true') + AGE, test=False)
    for n in range(48):
        for said in ("CANDLE", "1", "12"[n % 3 == 0], "12"[n % 2], "12"[n // 2 % 2]):
            stage.hears(said, number(n))
            stage.sends()
    told = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    assert told["compounds"] == [
        {
            "name": "town_elder",
            "label": {"en": "Elder in town", "fr": "Agée en ville"},
            "when": [["place", ["town"]], ["age", ["old"]]],
        }
    ]
    (chapter,) = told["chapters"]
    reached = {each["variable"]: each["table"] for each in chapter["coverage"]}
    assert reached["town_elder"]["columns"] == [["both"], ["first"], ["neither"], ["second"]]
    assert reached["town_elder"]["cells"] == [[10, 10, 10, 10]]
    words = Labels(told, for_pages("en"))
    assert words.rows("town_elder", ["both"]) == "Elder in town"
    assert words.rows("town_elder", ["first"]) == "Town, not Sixty and more"
    assert words.rows("town_elder", ["neither"]) == "Neither Town nor Sixty and more"


def test_what_is_put_together_is_not_changed_once_somebody_was_heard(stage: Stage) -> None:
    asked = definition("brief").replace('name = "place"', 'name = "place"\nsegment = true') + AGE
    stage.publish(asked, test=False)
    answers(stage, range(1))
    with pytest.raises(Unpublishable):
        stage.publish(asked.replace("round = 1", "round = 1" + COMPOUND, 1), test=False)


def test_a_hub_may_tighten_the_rules_and_the_release_says_so(stage: Stage) -> None:
    crowd(stage)
    stricter = replace(stage.house, settings=replace(stage.house.settings, release_rules="cell=30 base=70"))
    made = release(stricter, "brief", CLOSED, by="Amina")
    told = document(made.text)
    assert (told["rules"]["cell"], told["rules"]["base"]) == (30, 70)
    assert told["chapters"][0]["questions"][0]["tables"] == []
    assert reproduce(stage.house, "brief", 1) == (True, 0)


def test_a_flash_brief_says_in_words_what_thirty_and_more_said(stage: Stage) -> None:
    crowd(with_flash(stage))
    made = release(stage.house, "brief", OPEN + 3 * DAY, by="Amina", flash=True)
    told = document(made.text)
    assert told["kind"] == "flash"
    (chapter,) = told["chapters"]
    assert chapter["reach"] == {"started": 60}
    market = next(each for each in chapter["questions"] if each["id"] == "market")
    assert market["tables"] == [{"variable": "", "columns": [["open"], ["shut"]], "words": ["most", "split"]}]
    assert '"cells"' not in made.text
    assert reproduce(stage.house, "brief", 1) == (True, 0)


def test_a_flash_brief_binds_the_release_that_follows(stage: Stage) -> None:
    crowd(with_flash(stage))
    release(stage.house, "brief", OPEN + 3 * DAY, by="Amina", flash=True)
    answers(stage, range(60, 64), "2")
    second = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    assert whole(second)["cells"] == [[35, 25]]  # as it stood when the words were told
    assert next(each for each in second["chapters"][0]["questions"] if each["id"] == "market")["frozen"] == [""]
    assert reproduce(stage.house, "brief", 2) == (True, 0)


@pytest.mark.parametrize(
    ("flash", "days", "why"),
    [(False, 3, "declared before launch"), (True, 2, "from 2026-12-04 on")],
)
def test_a_flash_brief_has_its_own_conditions(stage: Stage, flash: bool, days: int, why: str) -> None:
    crowd(with_flash(stage) if flash else stage)
    with pytest.raises(NotYet, match=why):
        release(stage.house, "brief", OPEN + days * DAY, by="Amina", flash=True)


def test_twenty_nine_have_no_flash_brief_and_none_comes_after_a_release(stage: Stage) -> None:
    answers(with_flash(stage), range(29))
    assert document(release(stage.house, "brief", OPEN + 3 * DAY, by="Amina", flash=True).text)["chapters"] == []
    with pytest.raises(NotYet, match="before all others"):
        release(stage.house, "brief", CLOSED, by="Amina", flash=True)


# ---- whom it meant to hear

COVERAGE = """
[[targets]]
variable = "place"
value = "town"
people = 20
share = 0.3
source = "Census 2019"
dated = 2019-06-30
[[targets]]
variable = "place"
value = "village"
people = 300
share = 0.7
source = "Census 2019"
dated = 2019-06-30
[[not_reached]]
area = "North bank"
why = "no_network"
"""


def with_segment(stage: Stage) -> Stage:
    stage.publish(definition("brief").replace('name = "place"', 'name = "place"\nsegment = true', 1), test=False)
    return stage


def test_a_release_tells_whom_it_meant_to_hear_and_whom_it_heard(stage: Stage) -> None:
    crowd(with_segment(stage))
    coverage.keep(stage.house, "brief", COVERAGE, day=20_788, by="Amina")
    told = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    (reached,) = told["chapters"][0]["coverage"]
    assert (reached["variable"], reached["table"]["columns"]) == ("place", [["town"], ["village"]])
    assert (reached["table"]["cells"], reached["targets"]) == ([[30, 30]], [20, 300])
    assert told["coverage"]["not_reached"] == [{"area": "North bank", "why": "no_network"}]
    coverage.keep(stage.house, "brief", "", day=20_789, by="Amina")
    assert reproduce(stage.house, "brief", 1) == (True, 0)  # as it was then


def test_how_many_there_are_so_far_is_told_by_gated_figures(stage: Stage) -> None:
    answers(with_segment(stage), range(12))
    answers(stage, range(12, 20), place="2")
    coverage.keep(stage.house, "brief", COVERAGE, day=20_788, by="Amina")
    kept, live = coverage.kept(stage.house, "brief"), figures(stage.house, "brief")
    told = [(frame, target["value"], n, target["people"]) for frame, target, n in coverage.progress(kept, live)]
    assert told == [("open", "town", "hidden", 20), ("open", "village", "<10", 300)]  # twelve less twenty tells eight
    answers(stage, range(20, 40), place="2")
    told = [(target["value"], n) for _, target, n in coverage.progress(kept, figures(stage.house, "brief"))]
    assert told == [("town", 12), ("village", 28)]


def test_what_it_cost_to_hear_a_woman_is_told_of_each_kind_in_round_figures(stage: Stage) -> None:
    stage.house = replace(stage.house, settings=replace(stage.house.settings, price_per_segment=0.3))
    crowd(with_segment(stage))
    spent = stage.house.store.read(lambda view: view.spent_on("brief"))
    assert len(spent) == 60
    told = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    whole, *kinds = told["ledger"]
    step = -(-sum(spent.values()) // 60) * 10
    up = -(-sum(spent.values()) // step) * step
    assert (whole["variable"], whole["people"], whole["money"]) == ("", 60, up)
    assert whole["each"] == round(up / 60, 1) > 0
    assert [(each["group"], each["people"]) for each in kinds] == [(["town"], 30), (["village"], 30)]
    assert all(each["money"] % step == 0 for each in kinds)
    stage.house.store.write(lambda tx: tx.fade(CLOSED))  # messages forget whom they went to; what she cost is kept
    assert stage.house.store.read(lambda view: view.spent_on("brief")) == pytest.approx(spent)
    assert reproduce(stage.house, "brief", 1) == (True, 0)


def test_a_weighted_share_stands_beside_the_counts(stage: Stage) -> None:
    crowd(with_segment(stage))  # of 30 in the town 20 say open, of 30 in the village 15
    coverage.keep(stage.house, "brief", COVERAGE, day=20_788, by="Amina")
    told = document(release(stage.house, "brief", CLOSED, by="Amina").text)
    market = next(each for each in told["chapters"][0]["questions"] if each["id"] == "market")
    # of sixty, so in tens like the shares beside them. By hand: 0.3 * 20/30 + 0.7 * 15/30 = 55 %;
    # weights 0.6 and 1.4: 60 * (30 * .36 + 30 * 1.96) / 60**2 = 1.16
    assert market["weighted"] == {"percent": [60, 50], "effect": 1.2, "worth": 50, "residual": 0, "by": ["place"]}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("people = 300", "people = 0"), "targets 2, people: at least 1"),
        (("share = 0.7", "share = 0.2"), "targets of place: give every value its share"),
        (
            ('value = "village"', 'value = "sea"'),
            "targets 2, value: 'sea' is no choice of place; there are",
        ),
        (("dated = 2019-06-30", 'dated = "long ago"'), "targets 1, dated: missing, or not a day"),
        (('why = "no_network"', 'why = "far"'), "not_reached 1, why: one of no_network"),
        (('area = "North bank"', 'area = ""'), "not_reached 1, area: write 1 to 80"),
        (("[[not_reached]]", "[[elsewhere]]"), "elsewhere: unknown"),
        (("[[targets]]", "[[targets"), "not TOML"),
    ],
)
def test_a_fault_in_the_coverage_is_named_with_its_place(stage: Stage, change: tuple[str, str], why: str) -> None:
    with_segment(stage)
    with pytest.raises(coverage.Unclear) as unclear:
        coverage.keep(stage.house, "brief", COVERAGE.replace(*change, 1), day=20_788, by="Amina")
    assert why in str(unclear.value)
    assert coverage.kept(stage.house, "brief") == {"targets": [], "not_reached": []}
