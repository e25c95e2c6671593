"""A script's structure: which parts in which order at which second; never its prose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product

import pytest

from channels.radio import words
from channels.radio.script import FORMATS, PAUSE, Row, Script, reading
from channels.radio.station import BadStation, Station, read
from consult.consultation import Risk
from consult.edition import compile_edition
from consult.episodes import NotOnAir, material
from consult.prompts import Pick
from consult.wording import for_locale, packs
from tests.channels.radio.conftest import LANGUAGES, NAMES, edition, made

HOUR = [
    ("ident", "music"),
    ("ident", "host"),
    ("why", "host"),
    ("feedback", "host"),
    ("questions", "host"),
    ("how", "host"),
    ("background", "guest"),
    ("calls", "calls"),
    ("messages", "reader"),
    ("numbers", "host"),
    ("next", "host"),
    ("out", "out"),
]
SHORT = [row for row in HOUR if row[0] in FORMATS[300]]
SPOT = [("spot", "host"), ("how", "host")]


def shape(script: Script) -> list[tuple[str, str]]:
    """Parts and who speaks in them, each once, without what is said again at intervals."""
    return list(dict.fromkeys((row.part, row.cue) for row in script.rows if row.part != "again"))


def of(script: Script, part: str) -> list[Row]:
    return [row for row in script.rows if row.part == part]


EVERY = list(product(NAMES, LANGUAGES))


@pytest.mark.parametrize(("name", "tag"), EVERY)
@pytest.mark.parametrize(("seconds", "expected"), [(3600, HOUR), (300, SHORT), (45, SPOT)])
def test_every_example_has_the_elements_in_their_order(
    name: str, tag: str, seconds: int, expected: list[tuple[str, str]]
) -> None:
    script = made(name, tag, seconds)
    assert shape(script) == expected
    starts = [row.at for row in script.rows]
    assert starts == sorted(starts)
    assert script.over or starts[-1] < seconds


@pytest.mark.parametrize(("name", "tag"), EVERY)
def test_an_hour_fits_and_begins_its_parts_on_the_customary_clock(name: str, tag: str) -> None:
    script = made(name, tag)
    assert script.over == 0
    begins = {part: of(script, part)[0].at for part in FORMATS[3600]}
    late = {part for part, at in begins.items() if at != FORMATS[3600][part]}
    assert late <= {"how", "background"}  # what comes after the questions waits until they are read


@pytest.mark.parametrize(("name", "tag"), EVERY)
def test_each_question_is_read_twice_word_for_word_with_its_answers(name: str, tag: str) -> None:
    script = made(name, tag)
    for item in script.material.items:
        first, second = (row.lines for row in of(script, "questions") if row.item == item.name)
        assert item.prompt.wording("radio") in first
        assert set(first[1:]) < set(second)
        if isinstance(item.prompt, Pick):
            for place, choice in enumerate(item.prompt.choices, 1):
                line = words.for_choice(for_locale(tag), choice.label, str(place))
                assert line in first
                assert line in second


def test_a_short_programme_reads_one_question_another_in_each_episode() -> None:
    episodes = [made("safety", seconds=300, episode=n) for n in (1, 2, 3)]
    assert [[item.name for item in each.material.items] for each in episodes] == [["moving"], ["turn_to"], ["moving"]]
    assert episodes[0].material.passed == ("obstacle", "turn_to")


def test_answers_turn_from_episode_to_episode_only_where_the_author_lets_them() -> None:
    orders = [made("safety", episode=n, only=("obstacle", "moving")).material.items for n in (1, 2, 3, 4, 5)]
    turned = [each[1].codes for each in orders]
    assert sorted(turned[0]) == ["checks", "cost", "fear", "roads"]
    assert len(set(turned)) == 4
    assert turned[4] == turned[0]
    assert turned[1] == turned[0][1:] + turned[0][:1]
    assert {each[0].codes for each in orders} == {("easier", "same", "harder")}
    prompt = orders[1][1].prompt
    assert isinstance(prompt, Pick)
    assert [(choice.key, choice.code) for choice in prompt.choices] == [
        (str(n), code) for n, code in enumerate(turned[1], 1)
    ]


def test_questions_about_who_she_is_and_those_for_some_only_are_not_read() -> None:
    given = material(edition("safety"), "en", 1)
    assert [item.name for item in given.items] == ["moving", "turn_to"]
    assert given.passed == ("obstacle",)
    assert [item.name for item in given.at_desk] == ["age", "place"]


def test_a_question_or_a_language_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotOnAir, match="moving, obstacle, turn_to"):
        material(edition("safety"), "en", 1, ("nothing",))
    with pytest.raises(NotOnAir, match="its languages are"):
        material(edition("safety"), "tr", 1)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_codes_are_spoken_out_also_at_elevated_risk(tag: str) -> None:
    safety = replace(edition("safety").consultation, risk=Risk.ELEVATED)
    (item, _) = material(compile_edition(safety, 1, packs()), tag, 1).items
    assert item.prompt.wording("radio") == safety.questions[0].label[tag]


# ---- the clock


def test_reading_time_is_words_at_the_presenter_s_pace_and_a_pause_after_each_line() -> None:
    assert reading(("one two three", "four"), 60) == pytest.approx(4 + 2 * PAUSE)
    slow = made("safety", station=Station(words_per_minute={"en": 70}))
    assert slow.spoken > made("safety", station=Station(words_per_minute={"en": 140})).spoken


def test_a_script_that_does_not_fit_says_by_how_much() -> None:
    """The same words, and every word takes a second longer: too long by a second a word."""
    station = Station(sms="+15005550006", words_per_minute={"en": 60})
    script = made("pulse", seconds=45, station=station)
    assert script.over == script.spoken - 45
    assert script.over > 0
    roomy = made("pulse", seconds=300, station=Station(words_per_minute={"en": 300}))
    assert (roomy.over, roomy.spoken < 300) == (0, True)


def test_too_many_questions_push_the_calls_and_then_are_too_long() -> None:
    station = Station(words_per_minute={"en": 40})
    pushed = made("priorities", station=station)
    calls = of(pushed, "calls")[0].at
    assert calls >= FORMATS[3600]["calls"]
    messages = of(pushed, "messages")[0].at
    assert messages - calls >= 300


def test_how_to_answer_is_said_again_every_seven_and_a_half_minutes_of_calls() -> None:
    script = made("safety")
    again = [row.at for row in of(script, "again")]
    assert len(again) >= 3
    assert all(later - earlier == 450 for earlier, later in pairwise(again))
    assert again[0] > of(script, "calls")[0].at
    assert again[-1] < of(script, "numbers")[0].at
    assert of(made("safety", seconds=300), "again") == []


# ---- what is said around the questions


@pytest.mark.parametrize("tag", LANGUAGES)
def test_an_hour_names_who_asks_what_is_promised_whom_to_call_and_when_news_comes(tag: str) -> None:
    script = made("safety", tag)
    said = "\n".join(line for row in script.rows for line in row.lines)
    c = edition("safety").consultation
    for part in (c.convenor[tag], c.readers[tag], c.can_promise[tag], c.cannot_promise[tag], c.background[tag]):
        assert part in said
    assert c.referral[tag] in said
    assert c.news_by is not None
    assert c.news_by.isoformat() in said
    assert c.keyword[tag] in said
    assert "+15005550006" in said
    assert "+15005550007" in said


def test_what_was_heard_last_time_is_read_where_it_is_given_and_promised_where_not() -> None:
    told = made("safety", feedback=("Roads were named most often.",))
    assert "Roads were named most often." in of(told, "feedback")[0].lines
    assert of(told, "feedback")[0].note
    assert len(of(made("safety"), "feedback")[0].lines) == 1


def test_free_is_said_only_where_it_was_verified() -> None:
    say = for_locale("en")
    how = [line for row in of(made("safety"), "how") for line in row.lines]
    assert words.costs_nothing(say) not in how
    assert words.costs_as_usual(say) in how


def test_without_a_station_the_script_says_what_is_missing() -> None:
    script = made("safety", station=Station())
    notes = [row.note for row in script.rows if row.note]
    assert words.no_station(for_locale("en")) in notes


# ---- the station's file


def test_a_station_s_file_is_read() -> None:
    station = read('name = "R"\nfrequency = "1"\n[cost]\nha = "Naira 4."\n[words_per_minute]\nha = 118')
    assert (station.name, station.cost["ha"], station.pace("ha"), station.pace("fr")) == ("R", "Naira 4.", 118, 130)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name = 3", "name is one line"),
        ('nmae = "R"', "'nmae' is unknown"),
        ('name = "a\\nb"', "name is one line"),
        ("[words_per_minute]\nha = 1000", "words_per_minute.ha"),
        ("[words_per_minute]\nha = true", "words_per_minute.ha"),
        ("cost = 3", "cost is a table"),
        ("[cost]\nha = 3", "cost.ha is one line"),
        ("name = ", "no TOML"),
        ("#" * 20_000, "too large"),
    ],
)
def test_a_station_s_file_with_a_fault_names_it(text: str, why: str) -> None:
    with pytest.raises(BadStation, match=why):
        read(text)


def lines_of(script: Script) -> Iterator[str]:
    for row in script.rows:
        yield from row.lines
    for card in script.cards:
        yield from (card.title, *card.lines)


@pytest.mark.parametrize(("name", "tag"), list(product(NAMES, ("fr", "ar", "ha", "sw"))))
def test_no_sentence_of_a_script_stays_in_english(name: str, tag: str) -> None:
    english = set(lines_of(made(name))) - {"98.1 FM"}
    assert not english & set(lines_of(made(name, tag)))
