"""The file: what it gives, what it refuses and with which line, and that no text does anything else."""

import string
import time
from datetime import date
from datetime import time as clock
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consult.consultation import LARGEST, Compound, Consultation, Option, Question, Refused, Risk, read, write

EXAMPLES = {path.stem: path.read_text("utf-8") for path in Path(__file__).parents[1].glob("consult/examples/*.toml")}
WHOLE = """name = "river"
languages = ["en", "fr"]
risk = "elevated"
custody = "offline"
open = false
news_by = 2027-03-01
safe_hours = ["09:00", "17:00"]
title = {en = "Life here", fr = "La vie ici"}
keyword = {en = "RIVER"}

[[questions]]
type = "select_one"
name = "place"
label = {en = "Where?", fr = "Où ?"}
segment = true
choices = [
    {name = "town", label = {en = "Town", fr = "Ville"}},
    {name = "farm", label = {en = "Farm", fr = "Ferme"}},
]

[[questions]]
type = "range"
name = "ease"
start = 1
end = 5
relevant = "${place} = 'town'"
constraint = ". > 1"
required = false
[questions.label]
en = '''
How easy is it?
1 is hard.
'''
[questions.constraint_message]
en = "More than 1, please."
[questions.sms]
en = "How easy?"
[questions.audio]
en = "voice/en/ease.opus"
"""


def test_a_file_becomes_a_consultation() -> None:
    given = read(WHOLE)
    place, ease = given.questions
    assert (given.name, given.languages, given.risk, given.custody) == ("river", ("en", "fr"), Risk.ELEVATED, "offline")
    assert (given.news_by, given.safe_hours) == (date(2027, 3, 1), (clock(9), clock(17)))
    assert (given.open, given.free, given.ask_again, given.round) == (False, False, True, 1)
    assert place.choices == (
        Option("town", {"en": "Town", "fr": "Ville"}),
        Option("farm", {"en": "Farm", "fr": "Ferme"}),
    )
    assert (place.segment, place.line, ease.line) == (True, 11, 21)
    assert (ease.low, ease.high, ease.required) == (1, 5, False)
    assert ease.label == {"en": "How easy is it?\n1 is hard."}
    assert ease.variants == {"sms": {"en": "How easy?"}}
    assert ease.audio == {"voice": {"en": "voice/en/ease.opus"}}
    assert (ease.relevant, ease.constraint) == ("${place} = 'town'", ". > 1")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_read_and_written_back(name: str) -> None:
    given = read(EXAMPLES[name])
    assert read(write(given)) == given
    assert [EXAMPLES[name].splitlines()[question.line - 1] for question in given.questions] == (
        ["[[questions]]"] * len(given.questions)
    )


def with_line(line: str) -> str:
    """The file with one more line after its head of five."""
    head, rest = WHOLE.splitlines()[:5], WHOLE.splitlines()[5:]
    return "\n".join([*head, line, *rest])


FAULTS = [
    (with_line("titel = 3"), "line 6: titel", "did you mean 'title'?"),
    (with_line("news_bye = 2027-01-01"), "line 6: news_bye", "did you mean 'news_by'?"),
    (WHOLE.replace("start = 1", "begin = 1"), "line 24: question 2, begin", "use one of"),
    (WHOLE.replace("required = false", 'required = "no"'), "line 28: question 2, required", "without quotes"),
    (WHOLE.replace("2027-03-01", '"2027-03-01"'), "line 6: news_by", "without quotes"),
    (WHOLE.replace("2027-03-01", "2027-03-01T10:00:00"), "line 6: news_by", "2027-01-31"),
    (WHOLE.replace('"09:00", "17:00"', '"17:00", "09:00"'), "line 7: safe_hours", "earlier first"),
    (WHOLE.replace('"17:00"', '"25:00"'), "line 7: safe_hours", "earlier first"),
    (WHOLE.replace('name = "place"', 'name = "Place"'), "line 13: question 1, name", "small letter"),
    (WHOLE.replace('name = "farm"', 'name = "the farm"'), "question 1, choice 2, name", "small letter"),
    (WHOLE.replace('name = "farm", ', ""), "question 1, choice 2", "write name"),
    (WHOLE.replace('type = "range"\n', ""), "line 21: question 2", "write type"),
    (WHOLE.replace('"elevated"', '"high"'), "line 3: risk", "normal, elevated"),
    (WHOLE.replace('["en", "fr"]', '["en", "en"]'), "line 2: languages", "each once"),
    (WHOLE.replace('["en", "fr"]', '["English"]'), "line 2: languages", "language tag"),
    (WHOLE.replace('["en", "fr"]', '"en"'), "line 2: languages", 'languages = ["en", "fr"]'),
    (WHOLE.replace('en = "RIVER"', "en = 5"), "line 9: keyword, en", "quotes"),
    (WHOLE.replace('keyword = {en = "RIVER"}', 'keyword = "RIVER"'), "line 9: keyword", 'keyword = {en = "..."}'),
    (WHOLE.replace("RIVER", "RIV\\u202eER"), "line 9: keyword, en", "type the text anew"),
    (WHOLE.replace("RIVER", "RIV\\u0000ER"), "line 9: keyword, en", "type the text anew"),
    (WHOLE.replace("RIVER", "RIV\\tER"), "line 9: keyword, en", "a space"),
    (WHOLE.replace("RIVER", "RIV\u202eER"), "line 9", "type the line anew"),
    (WHOLE.replace("RIVER", "RIV\ud800ER"), "line 9", "type the line anew"),
    (WHOLE.replace("RIVER", "x" * 41), "line 9: keyword, en", "at most 40"),
    (WHOLE.replace("voice/en/ease.opus", "../../etc/passwd"), "question 2, audio, en", "no .."),
    (WHOLE.replace("voice/en/ease.opus", "/etc/passwd"), "question 2, audio, en", "file name"),
    (WHOLE.replace("end = 5", "end = 5.5"), "line 25: question 2, end", "without quotes"),
    (WHOLE.replace("end = 5", "end = true"), "line 25: question 2, end", "without quotes"),
    (WHOLE.replace("end = 5", "end = 99999999999"), "line 25: question 2, end", "1000000000"),
    (WHOLE.replace("end = 5", "end = " + "9" * 5000), "line", "correct this line"),
    (WHOLE.replace('name = "river"', 'name = "river'), "line 1", "quotes"),
    (WHOLE.replace('title = {en = "Life here", fr', 'title = {en = "Life here" fr'), "line 8", "correct this line"),
    (WHOLE + '[[questions]]\nname = "ease"\nname = "x"\n', "line 42", "correct this line"),
    (WHOLE.replace('name = "river"\n', ""), "line 1", "docs/definition.md"),
    ("", "line 1", "docs/definition.md"),
    ("questions = 3", "line 1: questions", "[[questions]]"),
    ("questions = [1]", "line 1: questions", "[[questions]]"),
    ("questions = []", "line 1: questions", "[[questions]]"),
    (WHOLE.replace("choices = [", "choices = [ 3,"), "line 16: question 1, choices", "[[questions.choices]]"),
    (WHOLE + '[[questions]]\ntype = "text"\nname = "a"\n' * 59, "line 214: question 61", "at most 60"),
    ("x = " + "[" * 50_000, "line 1", "docs/definition.md"),
    ("x = " + "{a=" * 50_000, "line 1", "docs/definition.md"),
    (".".join("a" * 50_000) + " = 1", "line 1", "docs/definition.md"),
    ("[" + ".".join("a" * 50_000) + "]", "line 1", "docs/definition.md"),
    ("# " + "a" * LARGEST, "line 1", "leave the rest out"),
    ("# " + "é" * (LARGEST // 2), "line 1", "leave the rest out"),
]


@pytest.mark.parametrize(("text", "where", "cure"), FAULTS)
def test_a_fault_names_its_line_and_its_cure(text: str, where: str, cure: str) -> None:
    with pytest.raises(Refused) as refused:
        read(text)
    faults = refused.value.faults
    assert any(where in fault.where and cure in fault.cure for fault in faults), faults
    assert all(fault.level == "error" and fault.what and fault.cure for fault in faults)


def test_every_fault_is_named_not_only_the_first() -> None:
    text = WHOLE.replace("start = 1", "begin = 1").replace("required = false", "required = 1")
    with pytest.raises(Refused) as refused:
        read(text.replace('name = "river"', 'name = "River"'))
    assert len(refused.value.faults) == 3
    assert all(part in str(refused.value) for part in ("line 1:", "begin", "required"))


def test_a_byte_order_mark_and_windows_line_ends_are_forgiven() -> None:
    assert read("\ufeff" + WHOLE.replace("\n", "\r\n")) == read(WHOLE)


def test_a_text_not_translated_yet_is_no_text() -> None:
    assert read(WHOLE.replace('fr = "La vie ici"', 'fr = " "')).title == {"en": "Life here"}


def test_other_media_may_be_named() -> None:
    text = WHOLE.replace("[questions.sms]", "[questions.sign]")
    assert read(text, variants=("sign", "voice")).questions[1].variants == {"sign": {"en": "How easy?"}}
    with pytest.raises(Refused):
        read(text)


def test_a_file_per_medium_and_language_may_be_named() -> None:
    text = WHOLE.replace("[questions.audio]", "[questions.audio.radio]")
    given = read(text)
    assert given.questions[1].audio == {"radio": {"en": "voice/en/ease.opus"}}
    assert read(write(given)) == given


# ---- whatever the text

tags = st.sampled_from(["en", "fr", "ar", "pcm", "zh-Hant"])
names = st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True)
letters = st.characters(max_codepoint=0x1FFFF, exclude_categories=["C", "Zl", "Zp"]) | st.sampled_from("\n\"'\\#\u200d")
words = st.text(letters, max_size=30).map(str.strip).filter(bool)
texts = st.dictionaries(tags, words, max_size=3)
files = st.dictionaries(tags, st.from_regex(r"[a-z0-9]{1,8}\.opus", fullmatch=True), min_size=1, max_size=2)
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
options = st.builds(Option, names, texts)
bounds = st.none() | st.integers(-(10**9), 10**9)
questions = st.builds(
    Question,
    type=st.sampled_from(["select_one", "range", "text", "rank", "note"]),
    name=names,
    label=texts,
    choices=st.lists(options, max_size=3).map(tuple),
    variants=st.dictionaries(st.sampled_from(["sms", "voice"]), texts.filter(bool), max_size=2),
    audio=st.dictionaries(st.sampled_from(["voice", "radio"]), files, max_size=2),
    relevant=st.just("") | words,
    constraint=st.just("") | words,
    constraint_message=texts,
    required=st.booleans(),
    sensitive=st.booleans(),
    segment=st.booleans(),
    order=st.sampled_from(["fixed", "rotated"]),
    low=bounds,
    high=bounds,
    least=st.integers(1, 20),
    most=st.none() | st.integers(1, 20),
    limit=st.integers(1, 1000),
)
compounds = st.builds(
    Compound,
    name=names,
    label=texts,
    when=st.dictionaries(names, st.lists(names, min_size=1, max_size=3, unique=True).map(tuple), max_size=3),
)
consultations = st.builds(
    Consultation,
    name=names,
    languages=st.lists(tags, min_size=1, max_size=4, unique=True).map(tuple),
    title=texts,
    convenor=texts,
    readers=texts,
    can_promise=texts,
    cannot_promise=texts,
    referral=texts,
    questions=st.lists(questions, min_size=1, max_size=3).map(tuple),
    background=texts,
    background_audio=st.just({}) | files,
    consent=texts,
    keyword=texts,
    news_by=st.none() | st.dates(),
    opening=st.none() | st.dates(),
    closing=st.none() | st.dates(),
    area=st.sampled_from(["", "NG", "NG-BO"]),
    timezone=st.sampled_from(["", "Africa/Lagos"]),
    safe_hours=st.none() | st.tuples(clocks, clocks).filter(lambda ends: ends[0] < ends[1]),
    risk=st.sampled_from(Risk),
    custody=st.sampled_from(["hub", "offline"]),
    open=st.booleans(),
    free=st.booleans(),
    ask_again=st.booleans(),
    flash_brief=st.booleans(),
    practice=st.booleans(),
    spelling=st.sampled_from(["full", "plain"]),
    many_questions=st.just("") | words,
    voice=st.sampled_from(["", "recorded", "drafts"]),
    long_call=st.just("") | words,
    dialect=st.just({}) | st.dictionaries(tags, st.sampled_from(["ar-SD", "apd"]), max_size=2),
    round=st.integers(1, 999),
    compounds=st.lists(compounds, max_size=1).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(consultations)
def test_what_is_written_is_read_back_the_same(consultation: Consultation) -> None:
    assert read(write(consultation)) == consultation


def outcome(text: str) -> Consultation | list[str]:
    """What read gives, or where its faults are; anything else fails the test. Bounded in time."""
    start = time.perf_counter()
    try:
        found: Consultation | list[str] = read(text)
    except Refused as refused:
        found = [fault.where for fault in refused.faults]
    assert time.perf_counter() - start < 2
    assert isinstance(found, Consultation) or (found and all(where.startswith("line ") for where in found))
    return found


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    outcome(text)


marks = [*"[]{}=.,\n#'\" \\", '"""', "'''", "a", "questions", "choices", "1", "\r\n"]
pieces = st.lists(st.sampled_from(marks), max_size=60)


@given(pieces.map("".join))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    outcome(text)


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    text = EXAMPLES[data.draw(st.sampled_from(sorted(EXAMPLES)))]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 200)))
        text = text[:start] + data.draw(st.text(string.printable, max_size=10) | st.text(max_size=4)) + text[end:]
    outcome(text)


HEAVY = [
    '"' * 200_000,
    "'" * 200_001,
    '"""' + '\\"""' * 50_000,
    "a = '''" + "x" * 200_000,
    "[[questions]]\n" * 18_000,
    "[a]\n" * 60_000,
    "a = {" + "b = 1, " * 30_000,
    "a = [" + "1, " * 80_000,
    "".join(f"k{n} = 1\n" for n in range(20_000)),
    "a.a.a.a.a.a.a.a = 1\n" * 12_000,
    "\\" * 250_000,
    "\n" * 250_000,
    "[[questions]]\nname = 1\n" * 60,
    "a = 0x" + "f" * 200_000,
]


@pytest.mark.parametrize("text", HEAVY, ids=range(len(HEAVY)))
def test_a_heavy_file_is_refused_soon(text: str) -> None:
    assert isinstance(outcome(text), list)
