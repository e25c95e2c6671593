"""Somebody who knows the rules and has every release tries to find out what a woman said. Each attack finds people
where tables are only cut at ten, and nobody in ours.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.findings.protection import (
    Before,
    Group,
    Protected,
    Rules,
    Said,
    Table,
    TooLoose,
    percent,
    protect,
)
from tests.conftest import many

K, WIDTH = 10, 5
Grid = list[list[int | None]]  # a published table; None is a hole


def people(
    seed: int, n: int = 300, rows: Sequence[float] = (0.35, 0.25, 0.2, 0.1, 0.06, 0.04), tilt: float = 0.1
) -> list[Said]:
    """As the measured benchmark draws them: six areas of uneven size, three answers."""
    chance, said = random.Random(seed), []
    for who in range(n):
        area = chance.choices(range(len(rows)), rows)[0]
        answer = (chance.random() < 0.2 + tilt * area) + (chance.random() < 0.1)
        said.append(Said(who, str(answer), {"area": str(area)}))
    return said


def true(said: Iterable[Said], area: Iterable[str], answers: Iterable[str], variable: str = "area") -> int:
    return sum(one.segments[variable] in set(area) and one.code in set(answers) for one in said)


def naive(said: Sequence[Said], variable: str = "area") -> tuple[list[str], list[str], Grid]:
    """Cells below ten are holes; margins are published. That is how it is usually done."""
    rows = sorted({one.segments[variable] for one in said})
    columns = sorted({one.code for one in said})
    grid: Grid = [[true(said, [r], [c], variable) for c in columns] for r in rows]
    return rows, columns, [[n if n is not None and (n >= K or n == 0) else None for n in row] for row in grid]


def filled(said: Sequence[Said], rows: list[str], columns: list[str], grid: Grid) -> int:
    """Holes that margins fill: cells of one to nine people recovered exactly."""
    found, changed = 0, True
    held = [list(row) for row in grid]
    while changed:
        changed = False
        for r, row in enumerate(held):
            if row.count(None) == 1:
                c = row.index(None)
                held[r][c] = true(said, [rows[r]], columns) - sum(n for n in row if n is not None)
                found, changed = found + 1, True
        for c in range(len(columns)):
            column = [row[c] for row in held]
            if column.count(None) == 1:
                r = column.index(None)
                held[r][c] = true(said, rows, [columns[c]]) - sum(n for n in column if n is not None)
                found, changed = found + 1, True
    return found


def ours(said: Sequence[Said], *variables: str, **more: object) -> Protected:
    return protect("q", said, variables or ("area",), **more)  # type: ignore[arg-type]


def broken(protected: Protected, variable: str = "area") -> Table | None:
    return next((table for table in protected.tables if table.variable == variable), None)


def exposed(said: Sequence[Said], protected: Protected, variable: str = "area") -> int:
    """Finest cells of one to nine people whose range, from all unrounded margins of the tables, is narrow or low.

    Rounding is given away: the attacker is granted every published number as it was before.
    """
    table, whole = broken(protected, variable), protected.whole()
    if table is None or whole is None:
        return 0
    found = 0
    for row, column in product(table.rows, table.columns):
        here = true(said, row, column, variable)
        if 0 < here < K:
            found += 1
        for finer in (group for group in whole.columns if group <= column):
            n, total = true(said, row, finer, variable), true(said, {c for r in table.rows for c in r}, finer, variable)
            others = sum(true(said, other, column, variable) for other in table.rows if other != row)
            low, high = max(0, total - others), min(here, total)
            found += 0 < n < K and (high < K or high - low < WIDTH)
    return found


TABLES = [people(seed) for seed in range(60)]


def test_margins_fill_the_holes_of_a_naive_table_and_ours_has_none(record_property) -> None:  # type: ignore[no-untyped-def]
    recovered = sum(filled(said, *naive(said)) for said in TABLES)
    found = sum(exposed(said, ours(said)) for said in TABLES)
    record_property("naive", recovered)
    assert recovered > 200
    assert found == 0


def test_most_tables_are_published_all_the_same() -> None:
    """Refusing everything is no protection: thirty-six of sixty are demanded."""
    published = [broken(ours(said)) for said in TABLES]
    assert sum(table is not None for table in published) >= 55
    assert all(len(table.rows) >= 3 for table in published if table)


def test_every_published_count_is_ten_and_more_and_rounded() -> None:
    for said in TABLES:
        for table in ours(said).tables:
            counts = [n for row in table.cells for n in row] + list(table.bases) + [table.people]
            assert all(n >= K and n % 5 == 0 for n in counts)


def test_a_late_answer_shows_in_a_refreshed_table_and_not_in_ours() -> None:
    said = people(3, rows=(1 / 6,) * 6)
    located = 0
    then, tables = said[:200], ours(said[:200])
    for n in range(201, 301):
        before, after = naive(said[: n - 1])[2], naive(said[:n])[2]
        located += before != after
        fresh = ours(said[:n], before=Before(tables.tables, then))
        changed = [t for t in fresh.tables if t not in tables.tables]
        entered = said[len(then) : n]
        for table in changed:
            for row in table.rows:
                inside = [one for one in entered if not table.variable or one.segments["area"] in row]
                assert len(inside) == 0 or (len(inside) >= K and len({one.code for one in inside}) > 1)
        if changed:
            then, tables = said[:n], fresh
    assert located > 80


def test_a_withdrawal_shows_in_a_naive_table_and_freezes_ours() -> None:
    for said in TABLES[:20]:
        first = ours(said)
        gone = said[1:]
        assert naive(said)[2] != naive(gone)[2] or sum(n or 0 for row in naive(said)[2] for n in row) != 0
        assert ours(gone, before=Before(first.tables, said)).tables == first.tables
        assert ours(gone, before=Before(first.tables, gone, erased=1)).tables == first.tables


def test_all_but_one_cannot_be_asked_for() -> None:
    """There is no filter: what can be asked is the list of variables, and whoever is unknown stands in a row."""
    said = [*people(5, 200), *(replace(one, who=1000 + n, segments={}) for n, one in enumerate(people(6, 5)))]
    assert broken(ours(said)) is None, "five unknown people are all people less those who are known"


def test_a_region_less_its_districts_is_nobody() -> None:
    leaked = found = 0
    for seed in range(40):
        said = []
        for one in people(seed, 400, rows=(0.3, 0.25, 0.25, 0.2)):
            region = "north" if one.segments["area"] in ("0", "1") else "south"
            district = one.segments["area"] if one.who % 23 else "tiny"  # type: ignore[operator]
            said.append(replace(one, segments={"region": region, "district": district}))
        for region, districts in (("north", ("0", "1")), ("south", ("2", "3"))):
            for answer in ("0", "1", "2"):
                rest = true(said, [region], [answer], "region") - sum(
                    true([o for o in said if o.segments["region"] == region], [d], [answer], "district")
                    for d in districts
                )
                leaked += 0 < rest < K
        made = ours(said, "region", "district")
        found += _nested_rest(said, made)
    assert leaked > 40
    assert found == 0


def _nested_rest(said: Sequence[Said], made: Protected) -> int:
    """Cells of one table less those of another that lie within."""
    cells = [
        {one.who for one in said if one.segments[t.variable] in row and one.code in column}
        for t in made.tables
        if t.variable
        for row, column in product(t.rows, t.columns)
    ]
    found = 0
    for cell in cells:
        inside = [each for each in cells if each < cell]
        rest = cell - set().union(*inside) if inside else set()
        found += 0 < len(rest) < K
    return found


def test_a_row_that_is_all_of_one_answer_is_not_shown() -> None:
    said = [Said(n, "no" if n < 40 or n % 2 else "yes", {"area": "a" if n < 40 else "b"}) for n in range(120)]
    rows, _, grid = naive(said)
    assert grid[rows.index("a")] == [40, 0], "everybody in a said no, and everybody reads it"
    table = broken(ours(said))
    assert table is None or all(n >= K for row in table.cells for n in row)


@pytest.mark.parametrize("n", range(1, 60))
def test_a_percentage_gives_no_count_back(n: int) -> None:
    k = n // 3
    exact = [m for m in range(n + 1) if round(100 * m / n, 1) == round(100 * k / n, 1)]
    assert exact == [k], "one decimal place of a known base is the count"
    assert percent(k, n) in range(5, 100, 5)


def test_the_pattern_of_holes_tells_where_the_few_are_and_ours_has_no_holes() -> None:
    holes = sum(row.count(None) for said in TABLES for row in naive(said)[2])
    assert holes > 300
    for said in TABLES:
        table = broken(ours(said))
        assert table is None or all(isinstance(n, int) for row in table.cells for n in row)


def test_asking_again_and_again_gives_the_same() -> None:
    said = people(1)
    assert {ours(random.Random(n).sample(said, len(said))) for n in range(10)} == {ours(said)}


def test_who_knows_her_own_ten_learns_of_no_eleventh() -> None:
    """A facilitator brought nine of a cell of ten: she could subtract hers and read the tenth."""
    said = [Said(n, "yes" if n < 10 else "no", {"area": "a"}, "facilitator 1" if n < 9 else "") for n in range(60)]
    said += [Said(100 + n, "yes" if n % 2 else "no", {"area": "b"}) for n in range(80)]
    assert naive(said)[2][0] == [50, 10]
    table = broken(ours(said))
    for row, column in product(table.rows, table.columns) if table else ():
        cell = [one for one in said if one.segments["area"] in row and one.code in column]
        sources = Counter(one.source for one in cell if one.source)
        assert not sources or max(sources.values()) <= len(cell) / 2


def test_weights_are_beside_and_never_cells() -> None:
    """What is weighted is a share of the whole, so that plain less weighted is no cell."""
    assert all(isinstance(n, int) for said in TABLES[:5] for t in ours(said).tables for row in t.cells for n in row)


@settings(max_examples=many(150), deadline=None)
@given(st.data())
def test_whatever_was_said_nobody_is_exposed(data: st.DataObject) -> None:
    areas, answers = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 5))
    counts = data.draw(st.lists(st.integers(0, 30), min_size=areas * answers, max_size=areas * answers))
    said = [
        Said((r, c, n), str(c), {"area": str(r)})
        for (r, c), many in zip(product(range(areas), range(answers)), counts, strict=True)
        for n in range(many)
    ]
    made = ours(said)
    assert exposed(said, made) == 0
    for table in made.tables:
        for row, column in product(table.rows, table.columns):
            n = sum((not table.variable or one.segments["area"] in row) and one.code in column for one in said)
            assert n >= K


def two_at_once(seed: int) -> list[Said]:
    """Two segments of two, and where somebody stands to both."""
    chance, said = random.Random(seed), []
    for who in range(240):
        young, moved = chance.random() < 0.3, chance.random() < 0.4
        side = {(True, True): "both", (True, False): "first", (False, True): "second"}.get((young, moved), "neither")
        code = str((chance.random() < 0.3 + 0.3 * young) + (chance.random() < 0.2))
        said.append(Said(who, code, {"age": str(young), "moved": str(moved), "compound": side}))
    return said


def sums(said: Sequence[Said], tables: Iterable[Table]) -> list[frozenset[int]]:
    """Whom each published number counts: cells, rows and columns."""
    found = set[frozenset[int]]()
    for table in tables:
        rows = [{one.who for one in said}]
        for row in table.rows if table.variable else ():
            rows.append({one.who for one in said if one.segments.get(table.variable, "") in row})
        columns = [{one.who for one in said if one.code in column} for column in table.columns]
        columns += [{one.who for one in said}]
        found |= {frozenset(row & column) for row in rows for column in columns}  # type: ignore[arg-type]
    return sorted(found, key=sorted)


def told_apart(groups: Sequence[frozenset[int]]) -> int:
    """How often one number less another, or two less what is counted in both (or plus all), leaves one to nine."""
    known = set(groups)
    found = 0
    for one, other in product(groups, repeat=2):
        found += other < one and 0 < len(one - other) < K
        if one & other in known:  # then who is in either is known too, and who is in neither
            for whole in groups:
                found += one | other < whole and 0 < len(whole - one - other) < K
    return found


def test_two_segments_put_together_tell_nobody_apart_from_the_two() -> None:
    apart, shown = 0, 0
    for seed in range(15):
        said = two_at_once(seed)
        made = protect("q", said, ("age", "moved", "compound"), compounds={"compound"})
        assert told_apart(sums(said, made.tables)) == 0
        shown += any(table.variable == "compound" and Group({"both"}) in table.rows for table in made.tables)
        apart += told_apart(sums(said, [_uncut(said, v) for v in ("", "age", "moved", "compound")])) > 0
    assert shown >= 3  # refusing everything is no protection
    assert apart == 15


def _uncut(said: Sequence[Said], variable: str) -> Table:
    """What a naive publisher shows: every cell, as it is."""
    rows = sorted({one.segments.get(variable, "") for one in said})
    columns = sorted({one.code for one in said})
    return Table("q", variable, tuple(Group({r}) for r in rows), tuple(Group({c}) for c in columns), (), (), len(said))


# ---- what is not shown at all


def test_fewer_than_ten_have_no_table_and_fewer_than_thirty_no_breakdown() -> None:
    assert ours(people(1, 9)).tables == ()
    assert broken(ours(people(1, 29))) is None


def test_sensitive_questions_have_no_breakdown() -> None:
    assert broken(ours(people(1), sensitive=True)) is None


def test_nearly_everybody_is_a_band() -> None:
    said = [Said(n, "yes" if n else "no", {}) for n in range(120)]
    assert [(t.band, t.cells) for t in ours(said).tables] == [(Group({"yes"}), ((),))]
    assert ours(said[:99]).tables == ()


def test_a_person_counts_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        ours([Said(1, "yes", {}), Said(1, "no", {})])


@pytest.mark.parametrize(
    "loose", [{"cell": 9}, {"base": 29}, {"width": 4}, {"rounding": 3}, {"rounding": 100}, {"dominance": 0.6}]
)
def test_settings_tighten_only(loose: dict[str, float]) -> None:
    with pytest.raises(TooLoose, match=next(iter(loose))):
        Rules(**loose)  # type: ignore[arg-type]
    assert broken(ours(people(2), rules=Rules(cell=150))) is None
    assert all(n >= 20 for t in ours(people(2), rules=Rules(cell=20)).tables for row in t.cells for n in row)


def test_no_answers_are_merged_with_each_other_before_they_are_with_answers() -> None:
    codes = ["yes"] * 60 + ["no"] * 50 + ["not_sure"] * 7 + ["not_understood"] * 6
    (whole,) = ours([Said(n, code, {}) for n, code in enumerate(codes)]).tables
    assert set(whole.columns) == {Group({"yes"}), Group({"no"}), Group({"not_sure", "not_understood"})}
