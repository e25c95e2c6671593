"""Tables by hand: what is merged with what, and what is left."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from consult.findings.protection import Rules, Said, Table, TooLoose, percent, protect


def people(counts: Mapping[tuple[str, str], int]) -> list[Said]:
    """{(segment, answer): how many}"""
    return [
        Said((place, code, n), code, {"place": place}) for (place, code), many in counts.items() for n in range(many)
    ]


def whole(counts: Mapping[str, int], codes: tuple[str, ...] = ()) -> Table | None:
    said = [Said((code, n), code, {}) for code, many in counts.items() for n in range(many)]
    return protect("q", said, (), codes=codes).whole()


def columns(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [sorted(group) for group in table.columns]


def test_bands_of_numbers_are_merged_with_their_neighbours() -> None:
    table = whole({"0-9": 20, "10-19": 4, "20-29": 30, "90-99": 7, "100-109": 20})
    assert columns(table) == [["0-9", "10-19"], ["20-29"], ["100-109", "90-99"]]
    assert table is not None
    assert table.cells == ((25, 30, 25),)  # 24, 30 and 27


def test_a_scale_is_merged_along_itself() -> None:
    assert columns(whole({"1": 5, "2": 30, "3": 6, "4": 12, "5": 40})) == [["1", "2"], ["3", "4"], ["5"]]


def test_words_are_merged_with_the_smallest() -> None:
    assert columns(whole({"water": 4, "roads": 40, "school": 12}, ("water", "roads", "school"))) == [
        ["school", "water"],
        ["roads"],
    ]


def test_what_is_no_answer_is_merged_with_its_like_first() -> None:
    assert columns(whole({"yes": 30, "no": 12, "not_sure": 7, "prefer_not": 8})) == [
        ["no"],
        ["not_sure", "prefer_not"],
        ["yes"],
    ]


def test_ages_are_merged_with_their_neighbours_and_the_unknown_with_nobody_by_choice() -> None:
    said = people(
        {
            ("10-19", "yes"): 20, ("10-19", "no"): 20,
            ("20-29", "yes"): 12, ("20-29", "no"): 3,
            ("30-39", "yes"): 14, ("30-39", "no"): 15,
            ("60-69", "yes"): 11, ("60-69", "no"): 13,
            ("", "yes"): 10, ("", "no"): 12,
        }
    )  # fmt: skip
    table = next(each for each in protect("q", said, ("place",)).tables if each.variable)
    assert [sorted(row) for row in table.rows] == [["10-19"], ["20-29", "30-39"], ["60-69"], [""]]


@pytest.mark.parametrize(
    ("part", "base", "shown"), [(0, 50, 10), (50, 50, 90), (33, 100, 35), (100, 100, 95), (1, 0, 0)]
)
def test_a_percentage_is_never_none_or_all(part: int, base: int, shown: int) -> None:
    assert percent(part, base) == shown


@pytest.mark.parametrize(
    "loose", [{"cell": 9}, {"base": 29}, {"width": 4}, {"rounding": 1}, {"band": 50}, {"dominance": 0.9}]
)
def test_settings_only_tighten(loose: dict[str, int]) -> None:
    with pytest.raises(TooLoose, match=next(iter(loose))):
        Rules(**loose)
