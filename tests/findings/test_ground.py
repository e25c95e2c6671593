"""Common ground, gaps, minorities and weights, against tables and margins computed by hand."""

from __future__ import annotations

import random

import pytest

from consult.findings.ground import Gap, NotWeighted, gaps, minorities, rake, shared, word
from consult.findings.protection import Group, Table
from tests.conftest import need_module

A, B = Group({"a"}), Group({"b"})
YES, NO, UNSURE = Group({"yes"}), Group({"no"}), Group({"not_sure"})
WHOLE = Table("q", "", (Group(),), (YES, NO, UNSURE), ((60, 110, 30),), (200,), 200)
BY_AREA = Table("q", "area", (A, B), (YES, NO, UNSURE), ((50, 40, 10), (10, 70, 20)), (100, 100), 200)


def test_common_ground_is_the_least_share_and_never_an_answer_that_is_none() -> None:
    found = shared([WHOLE, BY_AREA])
    assert [(each.answer, each.least) for each in found] == [(NO, 40), (YES, 10)]
    assert found[0].shares == ((A, 40, 100), (B, 70, 100))


def test_gaps_are_told_from_fifteen_points_and_thirty_people() -> None:
    assert gaps([BY_AREA]) == [
        Gap("q", "area", YES, (A, 50, 100), (B, 10, 100)),
        Gap("q", "area", NO, (B, 70, 100), (A, 40, 100)),
    ]
    assert gaps([BY_AREA])[0].points == 40
    near = Table("q", "area", (A, B), (YES, NO), ((50, 50), (60, 40)), (100, 100), 200)
    few = Table("q", "area", (A, B), (YES, NO), ((10, 15), (10, 90)), (25, 100), 125)
    assert gaps([near, few]) == []


def test_a_minority_that_a_segment_holds_is_named() -> None:
    assert minorities(WHOLE, [BY_AREA]) == [("area", A, YES, 50)]


@pytest.mark.parametrize(("share", "said"), [(95, "most"), (60, "most"), (55, "split"), (40, "split"), (35, "some")])
def test_words_have_a_fixed_rule(share: int, said: str) -> None:
    assert word(share) == said


def test_weights_bring_the_margins_and_tell_what_they_cost() -> None:
    """70 of 100 live in town, of the population 35 %: town weighs 0.5, village 2 1/6; deff is n sum w^2 / (sum w)^2."""
    people = [({"place": "town"}, "yes" if n < 40 else "no") for n in range(70)]
    people += [({"place": "village"}, "yes" if n < 6 else "no") for n in range(30)]
    made = rake(people, {"place": {"town": 0.35, "village": 0.65}})
    assert made.shares["yes"] == pytest.approx(100 * (40 * 0.5 + 6 * 65 / 30) / 100)
    assert made.effect == pytest.approx(100 * (70 * 0.25 + 30 * (65 / 30) ** 2) / 100**2)
    assert made.worth == pytest.approx(100 / made.effect)
    assert made.residual == pytest.approx(0, abs=1e-9)


def test_two_margins_that_cannot_be_met_at_once_leave_a_residual_of_nothing_much() -> None:
    people = [({"place": p, "age": a}, "yes") for p in ("town", "village") for a in ("young", "old") for _ in range(25)]
    made = rake(people, {"place": {"town": 0.4, "village": 0.6}, "age": {"young": 0.3, "old": 0.7}})
    assert made.residual < 0.01
    assert made.shares == {"yes": pytest.approx(100)}


MARGINS = {
    "place": {"town": 0.35, "village": 0.65},
    "age": {"young": 0.3, "middle": 0.45, "old": 0.25},
    "moved": {"yes": 0.2, "no": 0.8},
}


def sample(seed: int) -> list[tuple[dict[str, str], str]]:
    """Six hundred, two in three from the town."""
    chance, people = random.Random(seed), []
    for _ in range(600):
        who = {
            "place": "town" if chance.random() < 0.6 else "village",
            "age": chance.choice(("young", "middle", "middle", "old")),
            "moved": "yes" if chance.random() < 0.3 else "no",
        }
        people.append((who, "yes" if chance.random() < (0.7 if who["place"] == "town" else 0.4) else "no"))
    return people


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # theirs, of pandas
@pytest.mark.parametrize("seed", range(5))
def test_three_margins_give_the_shares_that_another_implementation_gives(seed: int) -> None:
    """Iterative proportional fitting by `ipfn` on the table of those who are alike."""
    need_module("ipfn", "pip install ipfn")
    import pandas
    from ipfn.ipfn import ipfn

    people = sample(seed)
    made = rake(people, MARGINS)
    frame = pandas.DataFrame([{**who, "total": 1.0} for who, _ in people])
    cells = frame.groupby(list(MARGINS), as_index=False)["total"].sum()
    sizes = dict(zip(map(tuple, cells[list(MARGINS)].to_numpy()), cells["total"], strict=True))
    aims = [pandas.Series({c: share * 600 for c, share in shares.items()}) for shares in MARGINS.values()]
    for aim, name in zip(aims, MARGINS, strict=True):
        aim.index.name = name
    fitted = ipfn(cells.copy(), aims, [[name] for name in MARGINS], convergence_rate=1e-12, max_iteration=2000)
    rows = fitted.iteration()
    weight = {
        tuple(row[name] for name in MARGINS): row["total"] / sizes[tuple(row[name] for name in MARGINS)]
        for row in rows.to_dict("records")
    }
    weights = [weight[tuple(who[name] for name in MARGINS)] for who, _ in people]
    total = sum(weights)
    yes = sum(w for w, (_, answer) in zip(weights, people, strict=True) if answer == "yes")
    assert made.shares["yes"] == pytest.approx(100 * yes / total, abs=1e-3)
    assert made.effect == pytest.approx(600 * sum(w * w for w in weights) / total**2, rel=1e-4)


@pytest.mark.parametrize(
    ("margins", "why"),
    [
        ({}, "one to three"),
        ({key: {"x": 1.0} for key in "abcd"}, "one to three"),
        ({"place": {"town": 0.5, "moon": 0.5}}, "fewer than ten"),
        ({"place": {"town": 0.03, "village": 0.97}}, "worth"),
    ],
)
def test_weights_that_would_say_too_much_are_refused(margins: dict[str, dict[str, float]], why: str) -> None:
    people = [({"place": "town"}, "yes")] * 70 + [({"place": "village"}, "no")] * 12
    with pytest.raises(NotWeighted, match=why):
        rake(people, margins)
