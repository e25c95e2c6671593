"""Themes of what people wrote, from their words to a release: counted by people, and nobody is quoted or found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from consult import custody, themes, writings
from consult.episodes.flagging import betrays
from consult.events import Answered
from consult.exporting import TooSoon
from consult.figures import NoSuch
from consult.findings import coding
from consult.reading.files import made as file_of
from consult.releases import release, reproduce
from consult.store.records import Fact, Release
from consult.unsealing import Opening
from consult.wording import for_pages
from tests.coded import CODES, coded, scheme, with_words
from tests.journeys.stage import Stage, set_up
from tests.test_releases import CLOSED, OPEN, document, number

PLANTED = ("Halima", "0803 456 7890", "08034567890", "Gidan", "halima@example.org")
WATER, ROAD, SCHOOL = range(30), range(20, 45), range(45, 54)  # 30, 25 and 9 of 60; ten say both water and road


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = set_up(tmp_path, at=OPEN, replies_per_day=10_000)
    made.publish(with_words(), test=False)
    yield made
    made.house.close()


def writes(stage: Stage, woman: int, words: str) -> None:
    for said in ("CANDLE", "1", words, str(1 + woman % 2), "1"):
        stage.hears(said, number(woman))
        stage.sends()


def words_of(woman: int) -> str:
    said = [word for word, who in (("water", WATER), ("road", ROAD), ("school", SCHOOL)) if woman in who]
    return f"here it is the {' and the '.join(said)}, ask Halima of Gidan, 0803 456 7890" if said else "peace"


@pytest.fixture
def written(stage: Stage) -> Stage:
    for woman in range(60):
        writes(stage, woman, words_of(woman))
    return stage


def texts(stage: Stage, **more: Any) -> list[dict[str, Any]]:
    return writings.texts(stage.house, "brief", "why", at=stage.at, by="Ruth", **more)


def keeps(
    stage: Stage, messages: str, codes: Iterable[tuple[str, str, str, str]] = CODES, second: str = "", **more: Any
) -> themes.Kept:
    made = coding.scheme(scheme(codes), betrays)
    read = themes.Coding(
        made, coding.labels(messages, made), coding.labels(second, made) if second else None, more.pop("words", {})
    )
    return themes.keep(stage.house, "brief", "why", read, day=20_800, by="Ruth", **more)


def released(stage: Stage) -> Release:
    return release(stage.house, "brief", CLOSED, by="Amina")


def told(made: Release) -> dict[str, Any]:
    (chapter,) = document(made.text)["chapters"]
    (found,) = chapter["themes"]
    return dict(found)


def counts(made: Release) -> dict[str, int]:
    """Theme -> people who hold it, as shown."""
    return {
        each["definition"]: each["tables"][0]["cells"][0][each["tables"][0]["columns"].index([":chosen"])]
        for each in told(made)["themes"]
    }


# ---- out


def test_what_they_wrote_goes_out_masked_and_says_nothing_of_who(written: Stage) -> None:
    found = texts(written)
    assert len(found) == 60
    assert {tuple(each) for each in found} == {("MessageID", "Text", "CreationDateTimeUTC", "Labels")}
    assert {each["CreationDateTimeUTC"] for each in found} == {"2026-12-01T00:00:00Z"}
    assert all(re.fullmatch(r"[0-9a-f]{32}", each["MessageID"]) and each["Labels"] == [] for each in found)
    text = json.dumps(found)
    for word in PLANTED:
        assert word not in text
    assert sum("water" in each["Text"] for each in found) == 30
    assert not re.search(r"\d", "".join(each["Text"] for each in found))
    assert [each["MessageID"] for each in found] == sorted(each["MessageID"] for each in found)
    assert texts(written) == found


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("call 0803 456 7890", "call [...]"),
        ("on 2 days, 07 and 08", "on [...] days, [...] and [...]"),
        ("٠٨٠٣٤٥٦٧٨٩٠ هنا", "[...] هنا"),
        ("ask me@example.org or www.example.org", "ask [...] or [...]"),
        ("we want Amina back", "we want [...] back"),
        ("halima is gone", "[...] is gone"),
        ("wa\u200bter", "water"),
    ],
)
def test_what_tells_who_somebody_is_is_masked(words: str, shown: str) -> None:
    assert writings.masked(words, ["halima"]) == shown


def test_of_fewer_than_ten_and_of_what_few_would_tell_apart_nothing_goes_out(stage: Stage) -> None:
    for woman in range(9):
        writes(stage, woman, "water")
    with pytest.raises(TooSoon, match="fewer than 10 people wrote"):
        texts(stage)
    for woman in range(9, 14):
        writes(stage, woman, "road")
    assert len(texts(stage)) == 14
    writes(stage, 14, "school")
    with pytest.raises(TooSoon, match="since the last texts of why"):
        texts(stage)
    for woman in range(15, 24):
        writes(stage, woman, "road")
    assert len(texts(stage)) == 24
    stage.says("ERASE", "1", sender=number(3))
    with pytest.raises(TooSoon, match="wrote or left"):
        texts(stage)


def corrects(stage: Stage, woman: int, *words: str) -> None:
    """She writes, goes back and writes again before she goes on."""
    for said in ("CANDLE", "1", words[0], *(each for more in words[1:] for each in ("BACK", more)), "1", "1"):
        stage.hears(said, number(woman))
        stage.sends()


def test_only_the_answer_that_counts_goes_out(stage: Stage) -> None:
    for woman in range(10):
        corrects(stage, woman, "the road", "in truth the water")
    writes(stage, 10, "prefer not")
    writes(stage, 11, "the road")
    assert sorted(each["Text"] for each in texts(stage)) == ["in truth the water"] * 10 + ["the road"]


def test_who_was_erased_is_absent_and_her_label_is_nobodys(written: Stage) -> None:
    first = texts(written)
    for woman in range(20):
        written.says("ERASE", "1", sender=number(woman))
    now = texts(written)
    assert len(now) == 40
    gone = {each["MessageID"] for each in first} - {each["MessageID"] for each in now}
    assert len(gone) == 20
    kept = keeps(written, coded(first))
    assert (kept.messages, kept.unknown) == (40, 20)
    assert counts(released(written)) == {"Water is far or dirty": 10, "The road is not safe": 25}


def test_a_question_without_words_or_a_sensitive_one_is_refused(stage: Stage) -> None:
    with pytest.raises(NoSuch, match="there are: why"):
        writings.texts(stage.house, "brief", "market", at=stage.at, by="Ruth")
    stage.publish(with_words().replace('name = "why"', 'name = "why"\nsensitive = true'), test=False)
    with pytest.raises(NoSuch, match="sensitive"):
        texts(stage)


# ---- in, and counted


def test_themes_are_counted_by_people_and_what_nine_hold_is_absent(written: Stage) -> None:
    kept = keeps(written, coded(texts(written)), words={"code-water": {"en": "The well is far.", "fr": "Loin."}})
    assert (kept.messages, kept.unknown) == (60, 0)
    made = released(written)
    assert counts(made) == {"Water is far or dirty": 30, "The road is not safe": 25}
    found = told(made)
    water = found["themes"][0]
    assert water["tables"][0]["cells"] == [[30, 30]]
    assert (water["tables"][0]["people"], water["tables"][0]["percent"]) == (60, [[50, 50]])
    assert water["words"] == {"en": "The well is far.", "fr": "Loin."}
    assert (water["agreement"], found["coders"], found["read"]) == (None, 1, None)
    assert found["scheme"]["name"] == "Why"
    assert found["scheme"]["sha256"] == coding.scheme(scheme(), betrays).sha256
    assert "school" not in made.text
    assert "code-" not in made.text
    assert reproduce(written.house, "brief", 1) == (True, 0)


def test_a_person_counts_once_whatever_she_sends(stage: Stage) -> None:
    for woman in range(12):
        corrects(stage, woman, "the water", "the water again", "still the water")
    for woman in range(12, 24):
        corrects(stage, woman, "the water", "the road, in truth")
    keeps(stage, coded(_all(stage, counting=False)))
    assert keeps(stage, coded(_all(stage, counting=False))).messages == 12 * 3 + 12 * 2
    assert counts(released(stage)) == {"Water is far or dirty": 10, "The road is not safe": 10}  # twelve each


def test_no_word_anybody_wrote_stands_in_a_release_or_its_files(written: Stage) -> None:
    """A15: whoever knows what a woman wrote looks for it; a count never lies beside a quote."""
    keeps(written, coded(texts(written)))
    made = released(written)
    for kind in ("csv", "codebook.csv", "html"):
        out = file_of(made, kind, for_pages("en")).decode()
        for word in (*PLANTED, "here it is", "peace", "ask"):
            assert word not in out.replace("What was asked", "").replace("as they were asked", "")
        assert "school" not in out
    for word in (*PLANTED, "here it is"):
        assert word not in made.text
        assert word.encode() not in made.sealed


def naive(frame: Iterable[tuple[str, str]]) -> dict[str, tuple[int, str]]:
    """How themes are usually told: theme -> messages, and one of them as an example."""
    found: dict[str, tuple[int, str]] = {}
    for theme, quote in frame:
        found[theme] = (found.get(theme, (0, ""))[0] + 1, quote)
    return found


def test_a_naive_report_shows_the_nine_and_quotes_one_and_ours_does_neither(written: Stage) -> None:
    said = [(word, words_of(n)) for n in range(60) for word in ("water", "road", "school") if word in words_of(n)]
    theirs = naive(said)
    assert theirs["school"] == (9, words_of(53))
    assert "0803 456 7890" in theirs["school"][1]
    keeps(written, coded(texts(written)))
    made = released(written)
    assert set(counts(made)) == {"Water is far or dirty", "The road is not safe"}
    assert not any(quote in made.text for _, quote in theirs.values())


def test_the_rest_is_nobody_or_ten(written: Stage) -> None:
    """Of 60, 45 hold water or road. Were a theme of ten more shown, five would be left over for who subtracts."""
    found = texts(written)
    peace = [each["MessageID"] for each in found if each["Text"] == "peace"]
    school = [each["MessageID"] for each in found if "school" in each["Text"]]
    keeps(written, coded(found, dict.fromkeys([*school, peace[0]], ("code-school",))))
    assert set(counts(released(written))) == {"Water is far or dirty", "The road is not safe"}


def test_unread_messages_are_told(written: Stage) -> None:
    found = texts(written)
    keeps(written, coded(each for each in found if "water" in each["Text"] or "road" in each["Text"]))
    table = told(released(written))["read"]
    assert (table["columns"][0], table["cells"], table["people"]) == ([":chosen"], [[45, 15]], 60)


# ---- beside the release before


def test_a_late_message_moves_no_theme_and_ten_do(written: Stage) -> None:
    keeps(written, coded(texts(written)))
    first = released(written)
    for woman in range(60, 65):
        writes(written, woman, "the water is bad")
    for woman in range(65, 69):
        writes(written, woman, "nothing at all")
    writings_now = _all(written)
    keeps(written, coded(writings_now))
    second = released(written)
    assert counts(second) == counts(first)
    assert all(each["frozen"] for each in told(second)["themes"] if each["definition"].startswith("Water"))
    assert counts(released(written)) == counts(first)  # nor in a release that nobody came before
    for woman in range(69, 81):
        writes(written, woman, "the water is bad")
    for woman in range(81, 83):
        writes(written, woman, "nothing at all")
    keeps(written, coded(_all(written)))
    third = released(written)
    assert counts(third)["Water is far or dirty"] == 45  # 47
    for n in (1, 2, 3, 4):
        assert reproduce(written.house, "brief", n) == (True, 0)


def _all(stage: Stage, *, counting: bool = True) -> list[dict[str, Any]]:
    """As texts, without what holds them back: for a coder who keeps coding; also what was corrected since."""
    opening = writings.opened(stage.house, "brief")
    found = writings._written(opening, "why") if counting else _corrected(opening)
    return [writings._message(opening.message(fact), fact, writings.masked(words)) for fact, words in found]


def _corrected(opening: Opening) -> Iterator[tuple[Fact, str]]:
    for fact, event in opening.events():
        if isinstance(event, Answered) and event.question == "why":
            yield fact, str(event.value)


@pytest.mark.parametrize("renamed", [False, True])
def test_what_a_coder_changes_of_a_few_moves_nothing_either(written: Stage, renamed: bool) -> None:
    found = texts(written)
    keeps(written, coded(found))
    first = released(written)
    changed = {each["MessageID"]: ("code-road",) for each in found if "water" in each["Text"]}
    few = coded(found, dict(list(changed.items())[:5]))
    if renamed:  # the same definitions under other codes
        keeps(written, re.sub(r'"(code-\w+)"', r'"\1-b"', few), [(f"{id}-b", *more) for id, *more in CODES])
    else:
        keeps(written, few)
    assert counts(released(written)) == counts(first)


def test_the_tenth_who_holds_a_theme_does_not_bring_it_out(written: Stage) -> None:
    keeps(written, coded(texts(written)))
    released(written)
    writes(written, 60, "the school")
    keeps(written, coded(_all(written)))
    assert "school" not in released(written).text
    assert "school" not in released(written).text


def test_who_is_erased_takes_no_theme_away(stage: Stage) -> None:
    for woman in range(40):
        writes(stage, woman, "the water" if woman < 10 else "the road")
    keeps(stage, coded(texts(stage)))
    first = counts(released(stage))
    assert first == {"Water is far or dirty": 10, "The road is not safe": 30}
    stage.says("ERASE", "1", sender=number(4))
    assert counts(released(stage)) == first
    assert counts(released(stage)) == first


# ---- two coders, keys, and what lies in the database


def test_two_coders_are_compared_theme_by_theme(written: Stage) -> None:
    found = texts(written)
    water = [each["MessageID"] for each in found if "water" in each["Text"] and "road" not in each["Text"]]
    kept = keeps(written, coded(found), second=coded(found, dict.fromkeys(water[:5], ("code-NC",))))
    agreed = dict(kept.themes)
    assert agreed["The road is not safe"] == 1.0
    assert agreed["Water is far or dirty"] == 0.8  # 1 - 119 x 5 / (65 x 55) = 0.834
    shown = {each["definition"]: each["agreement"] for each in told(released(written))["themes"]}
    assert shown == {"Water is far or dirty": 0.8, "The road is not safe": 1.0}


def test_labels_lie_sealed_and_under_names_her_key_alone_gives(written: Stage) -> None:
    found = texts(written)
    keeps(written, coded(found))
    made = released(written)
    raw = b"".join(file.read_bytes() for file in written.house.settings.data.glob("*.db*"))
    for secret in ("code-water", found[0]["MessageID"], "here it is the water"):
        assert secret.encode() not in raw
        assert secret.encode().hex().encode() not in raw
    assert found[0]["MessageID"].encode() not in made.sealed


def test_files_of_another_question_are_refused(written: Stage) -> None:
    strange = [{"MessageID": f"m{n}", "Text": "water", "Labels": []} for n in range(20)]
    with pytest.raises(themes.NothingKnown, match="findings texts"):
        keeps(written, coded(strange))
    made = released(written)
    assert "themes" not in document(made.text)["chapters"][0]
    assert keeps(written, coded([*texts(written), *strange])).unknown == 20


def test_without_the_kit_an_offline_consultation_tells_nothing(tmp_path: Path) -> None:
    stage = set_up(tmp_path / "offline", at=OPEN, replies_per_day=10_000)
    published = stage.publish(with_words().replace("round = 1", 'round = 1\ncustody = "offline"', 1), test=False)
    for woman in range(40):
        writes(stage, woman, "the water" if woman < 20 else "the road")
    with pytest.raises(custody.NoKey):
        texts(stage)
    private = custody.join(published.kit.half_a, published.kit.half_b)
    found = texts(stage, private=private)
    with pytest.raises(custody.NoKey):
        keeps(stage, coded(found))
    keeps(stage, coded(found), private=private)
    made = release(stage.house, "brief", CLOSED, by="Amina", private=private)
    assert counts(made) == {"Water is far or dirty": 20, "The road is not safe": 20}
    stage.house.close()


def test_it_stands_in_the_audit_trail(written: Stage) -> None:
    keeps(written, coded(texts(written)))
    lines = [what for _, _, what, _ in written.house.store.read(lambda view: view.audit())]
    assert "what people wrote to why of brief was written, masked, by Ruth" in lines
    assert any(line.startswith("themes of why of brief set by Ruth, scheme ") for line in lines)
