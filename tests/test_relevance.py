"""Skip logic: a table of meanings, a table of refusals, and properties on any text and any answer."""

import math
import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.events import Escape, Value
from consult.relevance import Unreadable, compile, names, parse

ANSWERS: Mapping[str, Value] = {
    "lead": "yes",
    "age": 17,
    "level": 3,
    "needs": ("water", "roads"),
    "one": ("roads",),
    "unsure": Escape.NOT_SURE,
    "words": "it rains",
    "digits": "12",
}

MEANINGS = [
    # equality of codes
    ("${lead} = 'yes'", True),
    ('${lead} = "yes"', True),
    ("${lead}='no'", False),
    ("${lead} != 'no'", True),
    ("'yes' = ${lead}", True),
    ("${lead} = 'Yes'", False),
    # no answer is the empty string
    ("${absent} = ''", True),
    ("${absent} != ''", False),
    ("${absent} = 'yes'", False),
    ("${absent} != 'yes'", True),
    ("${lead} != ''", True),
    ("${absent}", False),
    ("${lead}", True),
    ("not(${absent})", True),
    # numbers
    ("${age} < 18", True),
    ("${age} >= 17", True),
    ("${age} = 17", True),
    ("${age} = 17.0", True),
    ("${age} = '17'", True),
    ("${age} != 17", False),
    ("18 > ${age}", True),
    ("${age} > -1", True),
    ("${age} > 16.5", True),
    ("${digits} = 12", True),
    ("${level} < ${age}", True),
    # what is no number compares as nothing
    ("${absent} < 5", False),
    ("${absent} >= 0", False),
    ("${absent} = 0", False),
    ("${absent} != 0", True),
    ("${words} < 5", False),
    ("${unsure} < 5", False),
    ("${needs} > 0", False),
    # selections
    ("selected(${needs}, 'water')", True),
    ("selected(${needs}, 'wat')", False),
    ("selected(${needs}, 'school')", False),
    ("selected(${lead}, 'yes')", True),
    ("selected(${absent}, 'yes')", False),
    ("selected(${absent}, '')", False),
    ("count-selected(${needs}) = 2", True),
    ("count-selected(${one}) >= 2", False),
    ("count-selected(${absent}) = 0", True),
    ("count-selected(${unsure}) = 0", True),
    ("count-selected(${needs})", True),
    ("count-selected(${absent})", False),
    ("${needs} = 'water roads'", True),
    # escapes are their own word
    ("${unsure} = 'not_sure'", True),
    ("${unsure} = 'prefer_not'", False),
    ("${unsure} != 'yes'", True),
    ("selected(${unsure}, 'not_sure')", True),
    # joining
    ("${lead} = 'yes' and ${age} < 18", True),
    ("${lead} = 'yes' and ${age} > 18", False),
    ("${lead} = 'no' or ${age} < 18", True),
    ("${lead} = 'no' or ${age} > 18 or ${level} = 3", True),
    ("${lead} = 'yes' and ${age} < 18 and ${level} = 4", False),
    ("${lead} = 'no' and ${age} > 18 or ${level} = 3", True),
    ("${lead} = 'no' and (${age} > 18 or ${level} = 3)", False),
    ("not(${lead} = 'yes')", False),
    ("not(${lead} = 'no' and ${age} = 1)", True),
    ("((${lead} = 'yes'))", True),
    ("(${age}) = 17", True),
    # the answer being judged
    (". < 5", True),
    (". = 4", True),
    (". > ${level}", True),
    ("selected(., 'x')", False),
    ("count-selected(.) = 1", True),
    # constants
    ("1", True),
    ("0", False),
    ("'x'", True),
    ("''", False),
    ("1 < 2", True),
    ("'a' = 'b'", False),
    ("'1' = 1", True),
]


@pytest.mark.parametrize(("text", "true"), MEANINGS)
def test_an_expression_means_what_xlsform_says(text: str, true: bool) -> None:
    assert compile(parse(text))(ANSWERS.get, 4) is true


REFUSALS = [
    ("", 1, "too early"),
    ("${lead} = ", 11, "too early"),
    ("${lead} == 'yes'", 10, "write = once"),
    ("${lead} = 'yes' AND ${age} = 1", 17, "small letters"),
    ("${lead} = ‘yes’", 11, "straight quotes"),
    ("${lead} = yes", 11, "quotes"),
    ("lead = 'yes'", 1, "${name}"),
    ("${lead} = 'yes", 11, "never closed"),
    ("$lead = 'yes'", 1, "${name}"),
    ("(${lead} = 'yes'", 17, "')' is missing"),
    ("${lead} = 'yes')", 16, "expected"),
    ("${lead} = 'yes' && ${age} = 1", 17, "word and"),
    ("${lead} 'yes'", 9, "expected"),
    ("${a} = ${b} = ${c}", 13, "join two"),
    ("(${a} = 'x') = 'y'", 1, "compare"),
    ("not ${a}", 5, "'('"),
    ("selected(${a})", 14, "','"),
    ("selected(${a}, b)", 16, "quotes"),
    ("selected('a', 'b')", 10, "${name}"),
    ("count-selected(3)", 16, "${name}"),
    ("${a} + 1 = 2", 6, "sums"),
    ("pulldata('x')", 1, "not understood"),
    ("__import__('os')", 1, "means nothing"),
    ("${a} = 1; drop", 9, "means nothing"),
    ("(" * 17 + "1" + ")" * 17, 17, "flatter"),
    ("not(" * 17 + "1" + ")" * 17, 65, "flatter"),
    ("1 or " * 101 + "1", 500, "longer than 500"),
]


@pytest.mark.parametrize(("text", "where", "why"), REFUSALS)
def test_what_cannot_be_read_is_refused_with_its_column_and_a_cure(text: str, where: int, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(text)
    assert refused.value.where == where
    assert why in refused.value.why


def test_names_are_the_questions_looked_at() -> None:
    expr = parse("${a} = 'x' and (selected(${b}, 'y') or not(count-selected(${c}) > ${d})) and . = 1")
    assert names(expr) == {"a", "b", "c", "d"}


values = st.one_of(
    st.none(),
    st.sampled_from(list(Escape)),
    st.integers(),
    st.text(max_size=12),
    st.lists(st.sampled_from(["a", "b", "yes"]), max_size=3, unique=True).map(tuple),
)
pieces = st.sampled_from(
    [
        "${a}",
        "${b}",
        ".",
        "'a'",
        "'not_sure'",
        "''",
        "3",
        "-1.5",
        "=",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "and",
        "or",
        "not(",
        "selected(",
        "count-selected(",
        ",",
        ")",
        "(",
        "",
    ]
)


@given(st.text(max_size=600) | st.lists(pieces, max_size=40).map(" ".join), values, values)
def test_any_text_is_either_refused_or_a_truth_value(text: str, one: Value | None, here: Value | None) -> None:
    where = truth = None
    try:
        truth = compile(parse(text))({"a": one}.get, here)
    except Unreadable as refused:
        where = refused.where
    assert truth in (True, False) if where is None else 1 <= where <= len(text) + 1


@given(values)
def test_equal_and_unequal_are_never_both(value: Value | None) -> None:
    for word in ("'a'", "''", "3", "'not_sure'"):
        equal, unequal = (compile(parse(f"${{a}} {sign} {word}")) for sign in ("=", "!="))
        assert equal({"a": value}.get, None) is not unequal({"a": value}.get, None)


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_numbers_compare_as_numbers(one: int, other: int) -> None:
    for sign, holds in (("<", one < other), (">=", one >= other), ("=", one == other)):
        assert compile(parse(f"${{a}} {sign} {other}"))({"a": one}.get, None) is holds


@given(st.text(max_size=9))
def test_an_escape_never_equals_a_code(code: str) -> None:
    if "'" in code or code in set(Escape):
        return
    assert not compile(parse(f"${{a}} = '{code}'"))({"a": Escape.PREFER_NOT}.get, None)


def test_a_usual_rule_takes_about_a_microsecond() -> None:
    test, answers = compile(parse("${lead} = 'yes'")), dict(ANSWERS)
    best = math.inf
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(1000):
            test(answers.get, None)
        best = min(best, time.perf_counter() - start)
    assert best / 1000 < 2e-6
