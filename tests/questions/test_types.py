"""Every question type: replies as data, prompts, counts, and values that survive being packed."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from consult.consultation import Option, Question, read
from consult.events import Escape, Value
from consult.prompts import Number, Pick, Prompt, Tell, Words
from consult.questions import TYPES
from consult.understand import Unclear, table
from consult.wording import for_locale, packs

FOLDER = Path(__file__).parent / "cases"
ESCAPES = {"not_sure": 0, "not_understood": 0, "prefer_not": 0}


def test_every_type_has_cases_and_every_case_a_type() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(TYPES)


def test_the_types_are_xlsforms() -> None:
    assert set(TYPES) == {"select_one", "select_multiple", "range", "integer", "text", "rank", "note"}
    assert [name for name in TYPES if not TYPES[name].asks] == ["note"]


def loaded(name: str) -> tuple[Question, dict[str, dict[str, Any]]]:
    content = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    cases = content.pop("cases")
    return read(tomli_w.dumps(content)).questions[0], cases


def replies() -> Iterator[Any]:
    for name in TYPES:
        question, cases = loaded(name)
        for locale, table_ in cases.items():
            for said, meant in table_.items():
                yield pytest.param(question, locale, said, meant, id=f"{name}-{locale}-{said!a}")


def heard(value: Value | Unclear) -> object:
    """A value as the case files write it: "escape:not_sure", "again:too_many", else itself."""
    if isinstance(value, Unclear):
        return f"again:{value.why}"
    if isinstance(value, Escape):
        return f"escape:{value}"
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("ready", [True, False], ids=["table", "no-table"])
@pytest.mark.parametrize(("question", "locale", "said", "meant"), list(replies()))
def test_a_reply_is_understood(question: Question, locale: str, said: str, meant: object, ready: bool) -> None:
    kind, pack = TYPES[question.type], packs([locale])[locale]
    prompt = kind.ask(question, locale, (), pack.say)
    known = table(prompt.choices, pack.lexicon) if ready and isinstance(prompt, Pick) else None
    value = kind.value(question, said, prompt, pack.lexicon, known)
    assert heard(value) == meant
    if not isinstance(value, Unclear):
        data = kind.pack(question, value)
        kept, end = kind.unpack(question, b"\7" + data, 1)
        assert (kept, end) == (
            "*" if question.type == "text" and not isinstance(value, Escape) else value,
            1 + len(data),
        )


@given(st.data(), st.text(max_size=40))
def test_nothing_outside_the_question_is_ever_an_answer(data: st.DataObject, said: str) -> None:
    question, cases = loaded(data.draw(st.sampled_from(sorted(TYPES))))
    locale = data.draw(st.sampled_from(sorted(cases)))
    pack = packs([locale])[locale]
    prompt = TYPES[question.type].ask(question, locale, (), pack.say)
    value = TYPES[question.type].value(question, said, prompt, pack.lexicon)
    codes = {option.name for option in question.choices}
    match value:
        case Unclear() | Escape():
            pass
        case int():
            assert (question.low or 0) <= value <= (question.high or 0)
        case tuple():
            assert set(value) <= codes
            assert question.least <= len(value) <= (question.most or question.least)
        case str():
            assert value in codes or (question.type == "text" and len(value) <= question.limit)


# ---- prompts


def choices(n: int) -> tuple[Option, ...]:
    return tuple(Option(f"code{i}", {"en": f"Label {i}", "fr": f"Choix {i}"}) for i in range(1, n + 1))


def question(type_: str, **more: Any) -> Question:
    texts = {"en": "What?", "fr": "Quoi ?"}
    variants, audio = {"sms": {"en": "Wh?"}}, {"voice": {"fr": "fr.opus"}}
    return Question(type=type_, name="q", label=texts, variants=variants, audio=audio, **more)


def ask(asked: Question, locale: str = "en", order: tuple[str, ...] = ()) -> Prompt:
    return TYPES[asked.type].ask(asked, locale, order, for_locale(locale))


def bare(asked: Question) -> Prompt:
    return TYPES[asked.type].bare(asked, 3, (), "en", for_locale("en"))


ALL = [
    question("select_one", choices=choices(3)),
    question("select_multiple", choices=choices(4), least=1, most=2),
    question("rank", choices=choices(4), least=2),
    question("range", low=1, high=5),
    question("integer", low=0, high=None),
    question("text", limit=100),
    question("note"),
]


@pytest.mark.parametrize("asked", ALL, ids=lambda asked: asked.type)
def test_a_prompt_is_complete_in_her_language(asked: Question) -> None:
    prompt = ask(asked, "fr")
    assert (prompt.name, prompt.text, prompt.locale, prompt.bare) == ("q", "Quoi ?", "fr", False)
    assert (prompt.variants, prompt.audio) == ({}, {"voice": "fr.opus"})
    assert (ask(asked).wording("sms"), ask(asked).audio) == ("Wh?", {})


def test_each_type_makes_its_prompt() -> None:
    prompts = [ask(asked) for asked in ALL]
    one, many, rank, scale, integer, text, note = prompts
    assert isinstance(one, Pick)
    assert [(c.key, c.code, c.label) for c in one.choices][:2] == [("1", "code1", "Label 1"), ("2", "code2", "Label 2")]
    assert (one.least, one.most, one.ranked, one.hint) == (1, 1, False, "")
    assert isinstance(many, Pick)
    assert (many.least, many.most, many.ranked, bool(many.hint)) == (1, 2, False, True)
    assert isinstance(rank, Pick)
    assert (rank.least, rank.most, rank.ranked) == (2, 2, True)
    assert "2" in rank.hint
    assert isinstance(scale, Number)
    assert (scale.low, scale.high) == (1, 5)
    assert isinstance(integer, Number)
    assert (integer.low, integer.high) == (0, None)
    assert isinstance(text, Words)
    assert text.limit == 100
    assert isinstance(note, Tell)
    assert note.leads


def test_a_rotated_order_moves_the_keys_and_not_the_codes() -> None:
    prompt = ask(ALL[0], order=("code3", "code1", "code2"))
    assert isinstance(prompt, Pick)
    assert [(choice.key, choice.code) for choice in prompt.choices] == [("1", "code3"), ("2", "code1"), ("3", "code2")]
    pack = packs(["en"])["en"]
    assert TYPES["select_one"].value(ALL[0], "1", prompt, pack.lexicon) == "code3"


@pytest.mark.parametrize("asked", ALL, ids=lambda asked: asked.type)
def test_a_bare_prompt_tells_nothing_of_the_question(asked: Question) -> None:
    prompt = bare(asked)
    assert prompt.bare
    assert (prompt.variants, prompt.audio, prompt.hint) == ({}, {}, "")
    for channel in ("sms", "voice", ""):
        wording = prompt.wording(channel)
        assert wording.startswith("Q3") if TYPES[asked.type].asks else wording == ""
        assert not any(word in wording for word in ("What", "Wh?", "Label", "code1"))


AGAIN = {"select_one": "1, 2 or 3", "select_multiple": "1, 2, 3 or 4", "rank": "2", "range": "1 to 5", "text": "100"}


@pytest.mark.parametrize("asked", ALL[:-1], ids=lambda asked: asked.type)
def test_the_second_asking_names_the_allowed_replies(asked: Question) -> None:
    again = TYPES[asked.type].again(asked, ask(asked), for_locale("en"))
    assert AGAIN.get(asked.type, "0 or more") in again


# ---- counts

TALLIES = [
    (ALL[0], ["code2", "code2", Escape.NOT_SURE], {"code1": 0, "code2": 2, "code3": 0, **ESCAPES, "not_sure": 1}),
    (
        ALL[1],
        [("code1", "code2"), ("code2",), Escape.PREFER_NOT],
        {"code1": 1, "code2": 2, "code3": 0, "code4": 0, **ESCAPES, "prefer_not": 1},
    ),
    (ALL[2], [("code4", "code1"), ("code4", "code2")], {"code1": 0, "code2": 0, "code3": 0, "code4": 2, **ESCAPES}),
    (
        ALL[3],
        [1, 5, 5, Escape.NOT_UNDERSTOOD],
        {"1": 1, "2": 0, "3": 0, "4": 0, "5": 2, **ESCAPES, "not_understood": 1},
    ),
    (ALL[4], [7, 7, 0, Escape.NOT_SURE], {"answers": 3, **ESCAPES, "not_sure": 1}),
    (ALL[5], ["a", "not_sure", Escape.NOT_SURE], {"answers": 2, **ESCAPES, "not_sure": 1}),
    (ALL[6], [], {}),
]


@pytest.mark.parametrize(("asked", "values", "counts"), TALLIES, ids=lambda each: getattr(each, "type", ""))
def test_answers_are_counted_in_the_files_order(asked: Question, values: list[Value], counts: dict[str, int]) -> None:
    tally = TYPES[asked.type].tally(asked, iter(values))
    assert list(tally.items()) == list(counts.items())


# ---- bytes in the state


def codes(n: int) -> list[str]:
    return [option.name for option in choices(n)]


@st.composite
def answered(draw: st.DrawFn) -> tuple[Question, Value]:
    n = draw(st.integers(2, 20))
    ordered = st.lists(st.sampled_from(codes(n)), unique=True, max_size=n)
    values: dict[str, st.SearchStrategy[Value]] = {
        "select_one": st.sampled_from(codes(n)),
        "select_multiple": ordered.map(lambda some: tuple(code for code in codes(n) if code in some)),
        "rank": ordered.map(tuple),
        "range": st.integers(-10, 90),
        "integer": st.integers(),
        "text": st.just("*"),
    }
    type_ = draw(st.sampled_from(sorted(values)))
    bounds = {"low": -10, "high": 90} if type_ == "range" else {}
    asked = question(type_, choices=choices(n), **bounds)
    return asked, draw(values[type_] | st.sampled_from(Escape))


@given(st.lists(answered(), max_size=6))
def test_values_packed_one_after_another_come_back(all_: list[tuple[Question, Value]]) -> None:
    data = b"".join(TYPES[asked.type].pack(asked, value) for asked, value in all_)
    offset, kept = 0, []
    for asked, _ in all_:
        value, offset = TYPES[asked.type].unpack(asked, data, offset)
        kept.append(value)
    assert offset == len(data)
    assert kept == [value for _, value in all_]
    assert [type(value) for value in kept] == [type(value) for _, value in all_]


@given(answered())
def test_a_state_cut_short_is_noticed(pair: tuple[Question, Value]) -> None:
    asked, value = pair
    data = TYPES[asked.type].pack(asked, value)
    with pytest.raises(IndexError):
        TYPES[asked.type].unpack(asked, data[:-1], 0)


def test_the_usual_answers_take_a_byte() -> None:
    for asked, value in [(ALL[0], "code2"), (ALL[1], ("code1", "code3")), (ALL[3], 4), (ALL[5], "x" * 99)]:
        assert len(TYPES[asked.type].pack(asked, value)) == 1


# ---- shape

FAULTY = [
    (question("select_one", choices=choices(1)), "at least 2"),
    (question("select_one", choices=choices(3), low=1), "remove start"),
    (question("select_one", choices=choices(3), most=2), "remove most"),
    (question("select_multiple", choices=choices(3), least=3, most=2), "1 <= least <= most <= 3"),
    (question("select_multiple", choices=choices(3), most=4), "<= 3"),
    (question("rank", choices=choices(3), least=4), "least = 3 or less"),
    (question("range"), "start = 1"),
    (question("range", low=1), "start = 1"),
    (question("range", low=5, high=1), "smaller number"),
    (question("range", low=0, high=1000), "integer"),
    (question("integer", low=5, high=5), "smaller number"),
    (question("integer", low=0, high=120), "below 77"),
    (question("text", choices=choices(2)), "remove choices"),
    (question("note", constraint=". = 1"), "remove constraint"),
    (question("note", sensitive=True), "remove the key"),
]


@pytest.mark.parametrize(("asked", "cure"), FAULTY, ids=lambda each: getattr(each, "type", None))
def test_a_question_of_the_wrong_shape_is_told_the_cure(asked: Question, cure: str) -> None:
    faults = list(TYPES[asked.type].check(asked))
    assert any(cure in fault.cure and fault.where == "question q" for fault in faults), faults


@pytest.mark.parametrize("asked", [*ALL[:4], *ALL[5:]], ids=lambda asked: asked.type)
def test_a_question_of_the_right_shape_has_no_faults(asked: Question) -> None:
    assert list(TYPES[asked.type].check(asked)) == []
