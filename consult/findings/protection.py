"""Tables that may be published: merged until nobody can be told from fewer than ten. Pure.

Every table here is published whole. Nothing is ever hidden between numbers that are shown, so no pattern of holes tells
where the few are, and no subtraction along a margin fills one (that is how published tables are taken apart). Where a
cell would be too small, its row or its column is merged with another, and if no table of two by two is left there is
no breakdown. Within what was merged the finer counts are the cells of a table whose margins are known; the range that
those margins leave to a cell is exactly Fréchet's, so whether anybody is exposed is computed, without a solver.

Rule 1 (S1): people are counted, never messages; every cell and margin holds ten or more, a breakdown stands on thirty.
Rule 2 (S2): a cell that is empty or full is small: it is merged like one. Where nearly all gave one answer, a band.
Rule 3 (S3): counts are rounded to five after everything else was decided; a percentage is made of rounded counts.
Rule 4 (S4): one breakdown variable at a time. Sensitive questions have none.
Rule 5 (S5): merge; then to whoever adds and subtracts all tables of the question, every finer count of fewer than ten
people may be one of five values or more, and ten or more among them.
Rule 6 (S6): a cell of which one source brought more than half is small.
Rule 7 (S7, S8): beside an earlier release, a table moves only where none or ten people came, changed or left, and not
all of one answer; otherwise it stands as it stood. Who was erased may have been in any row. To appear and to vanish is
to move too: whoever knows of one who came or left would read her answer from it. What was held back once waits for ten
more, also in a release that nobody came before.
Rule 8: settings tighten, never loosen.
Rule 9: who stands where to two segments at once is four rows that are never merged: of three of them and the tables of
the two segments the fourth follows. They stand all, or there is no such breakdown.
Rule 10: numbers and bands of numbers ("20-29") are merged with their neighbours: what is merged is a band again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from itertools import combinations
from operator import or_
from typing import Final

from consult.events import Escape

ESCAPES: Final = tuple(escape.value for escape in Escape)
Group = frozenset[str]  # codes that stand together
Who = Hashable


class TooLoose(ValueError):
    """A setting that would show more than the rules allow; the message names it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How small may be shown. Raises TooLoose for what loosens."""

    cell: int = 10
    base: int = 30
    width: int = 5
    rounding: int = 5
    dominance: float = 0.5
    band: int = 100  # people, from which "90 % or more" may be said

    def __post_init__(self) -> None:
        bounds = {"cell": (10, 1000), "base": (30, 10_000), "width": (5, 100), "band": (100, 10_000)}
        for name, (floor, ceiling) in bounds.items():
            if not floor <= getattr(self, name) <= ceiling:
                raise TooLoose(f"{name} is at least {floor}, and at most {ceiling}")
        if self.rounding not in (5, 10):
            raise TooLoose("rounding is 5 or 10")
        if not 0.1 <= self.dominance <= 0.5:
            raise TooLoose("dominance is at most 0.5, and at least 0.1")


def tightened(text: str) -> Rules:
    """The rules with some of them tightened: "cell=20 base=60 dominance=0.4". Raises TooLoose."""
    values: dict[str, float] = asdict(Rules())
    for each in text.split():
        name, _, given = each.partition("=")
        if name not in values:
            raise TooLoose(f"{name!r} is no rule; there are {', '.join(values)}")
        try:
            values[name] = float(given) if name == "dominance" else int(given)
        except ValueError:
            raise TooLoose(f"{name}: {given!r} is not a number") from None
    return Rules(**values)  # type: ignore[arg-type]  # each is of its own kind, made so above


@dataclass(frozen=True, slots=True)
class Said:
    """One person's answer to a question. `segments`: who she is; `source`: who brought it, "" for herself. `n`: how
    many people are alike in all of this, where `alike` took them together."""

    who: Who
    code: str
    segments: Mapping[str, str]
    source: str = ""
    n: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A published table. `variable` "" is the question as a whole, of one row. Counts are rounded.

    `rows` and `columns` are groups of codes; `cells[r][c]`, `bases[r]` and `people` are rounded counts. `band`: the
    column that nearly everybody chose, where only that can be said.
    """

    question: str
    variable: str
    rows: tuple[Group, ...]
    columns: tuple[Group, ...]
    cells: tuple[tuple[int, ...], ...]
    bases: tuple[int, ...]
    people: int
    band: Group | None = None

    def merged(self) -> int:
        """How many codes stand in a group with others."""
        return sum(len(group) for group in (*self.rows, *self.columns) if len(group) > 1)


@dataclass(frozen=True, slots=True)
class Protected:
    """What of a question may be published. `dropped`: breakdowns that may not, `frozen`: tables kept as they stood."""

    tables: tuple[Table, ...]
    dropped: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()

    def whole(self) -> Table | None:
        """The question without a breakdown."""
        return next((table for table in self.tables if not table.variable), None)


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier release of a question: its tables, and how its people stood then. `erased`: people of then whom nobody
    can open any more, whatever they had said."""

    tables: Sequence[Table]
    said: Sequence[Said]
    erased: int = 0


def protect(
    question: str,
    said: Sequence[Said],
    variables: Sequence[str],
    *,
    rules: Rules | None = None,
    codes: Sequence[str] = (),
    sensitive: bool = False,
    before: Before | None = None,
    compounds: Container[str] = (),
) -> Protected:
    """The tables of one question in one frame, for publication. `said`: one answer a person; `codes`: their order;
    `compounds`: the variables that are made of two others (rule 9).

    Raises ValueError where somebody answers twice: people are counted.
    """
    rules = rules or Rules()
    if len({one.who for one in said}) < len(said):
        raise ValueError("a person answers twice")
    counted = alike(said)
    whole = _whole(question, counted, codes, rules)
    made = [whole] if whole else []
    dropped: list[str] = []
    for variable in () if sensitive or whole is None or whole.band else variables:
        assert whole is not None
        table = _breakdown(question, variable, counted, whole, rules, apart=variable in compounds)
        if table and variable in compounds and not sides_stand(counted, table, made, rules):
            table = None
        if table and any(_nested(counted, table, other, rules) for other in made if other.variable):
            table = None
        made += [table] if table else []
        dropped += [] if table else [variable]
    protected = Protected(tuple(made), tuple(dropped))
    return _beside(protected, said, before, rules) if before else protected


def alike(said: Iterable[Said]) -> list[Said]:
    """Those who are alike as one, with how many they are: what is counted does not depend on who each of them is."""
    found: dict[tuple[str, int, str], list[Said]] = {}
    for one in said:
        found.setdefault((one.code, id(one.segments), one.source), []).append(one)
    return [replace(each[0], who=None, n=size(each)) for each in found.values()]


def size(said: Iterable[Said]) -> int:
    """How many people these are."""
    return sum(one.n for one in said)


# ---- the question as a whole


def _whole(question: str, said: Sequence[Said], codes: Sequence[str], rules: Rules) -> Table | None:
    people = size(said)
    if people < rules.cell:
        return None
    place = {code: n for n, code in enumerate(codes)}
    given = sorted({one.code for one in said}, key=lambda code: (place.get(code, len(codes)), _order(code)))
    groups = [Group({code}) for code in given]
    while len(groups) > 1 and (small := _small(said, groups, rules)):
        groups = _joined(groups, small, _partner(small, groups, said))
    if len(groups) > 1:
        return _table(question, "", said, (frozenset(),), tuple(groups), rules)
    counts = Counter[str]()
    for one in said:
        counts[one.code] += one.n
    most, n = counts.most_common(1)[0]
    if people >= rules.band and n >= 0.9 * people:
        shown = _round(people, rules)
        return Table(question, "", (frozenset(),), (), ((),), (shown,), shown, band=Group({most}))
    return None


def _small(said: Sequence[Said], groups: Sequence[Group], rules: Rules) -> Group | None:
    """A group that cannot stand by itself."""
    cells = {group: [one for one in said if one.code in group] for group in groups}
    return next(
        (group for group in sorted(groups, key=lambda g: size(cells[g])) if not _stands(cells[group], rules)), None
    )


def _stands(cell: Sequence[Said], rules: Rules) -> bool:
    people = size(cell)
    if people < rules.cell:
        return False
    sources = Counter[str]()
    for one in cell:
        sources[one.source] += one.n if one.source else 0
    return not sources or max(sources.values()) <= rules.dominance * people


def _partner(small: Group, groups: Sequence[Group], said: Sequence[Said]) -> Group:
    """With whom it is merged: answers that are none with each other first, then the smallest."""
    sizes = {group: size(one for one in said if one.code in group) for group in groups}
    return min(_candidates(small, groups), key=lambda group: (sizes[group], sorted(group)))


def _candidates(group: Group, groups: Sequence[Group]) -> list[Group]:
    """With whom it may be merged: its kind before others, its neighbours where these are numbers."""
    others = [each for each in groups if each != group]
    alike = [each for each in others if _escapes(each) == _escapes(group)]
    if alike and all(_number(code) is not None for each in (group, *alike) for code in each):
        line = sorted((group, *alike), key=lambda each: min(_order(code) for code in each))
        at = line.index(group)
        return [line[n] for n in (at - 1, at + 1) if 0 <= n < len(line)]
    return alike or others


def _number(code: str) -> int | None:
    """Where a number or the beginning of a band of numbers lies."""
    first = code.split("-")[0]
    return int(first) if first.isdecimal() else None


def _order(code: str) -> tuple[int, str]:
    """Numbers by their size, words by their letters."""
    return (_number(code) or 0, code)


def _escapes(group: Group) -> bool:
    return group <= {*ESCAPES, ""}


def _joined(groups: Sequence[Group], one: Group, other: Group) -> list[Group]:
    return [one | other if group == one else group for group in groups if group != other]


# ---- by who they are


def _breakdown(
    question: str, variable: str, said: Sequence[Said], whole: Table, rules: Rules, *, apart: bool
) -> Table | None:
    """Merged until it may be shown; None where less than two by two would be left. `apart`: its rows stay."""
    known = [one for one in said if one.segments.get(variable)]
    if size(known) < rules.base or 0 < size(said) - size(known) < rules.cell:
        return None  # who they are is known of all, or unknown of ten and more
    rows = [Group({code}) for code in sorted({one.segments[variable] for one in known}, key=_order)]
    columns = list(whole.columns)
    if len(known) < len(said):
        rows, known = [*rows, Group({""})], list(said)
    while len(rows) >= 2 and len(columns) >= 2:
        counts = _counts(known, variable, rows, columns)
        weak = _weak(counts, rows, known, variable, whole, rules)
        if weak is None:
            return _table(question, variable, known, tuple(rows), tuple(columns), rules)
        rows, columns = _merged(rows, columns, weak, counts, apart=apart)
    return None


Counts = Mapping[tuple[Group, Group], Sequence[Said]]


def _counts(said: Iterable[Said], variable: str, rows: Sequence[Group], columns: Sequence[Group]) -> Counts:
    row_of = {code: row for row in rows for code in row}
    column_of = {code: column for column in columns for code in column}
    cells: dict[tuple[Group, Group], list[Said]] = {(row, column): [] for row in rows for column in columns}
    for one in said:
        cells[row_of[one.segments.get(variable, "")], column_of[one.code]].append(one)
    return cells


def _weak(
    counts: Counts,
    rows: Sequence[Group],
    said: Sequence[Said],
    variable: str,
    whole: Table,
    rules: Rules,
) -> tuple[Group, Group] | None:
    """The cell that exposes somebody: too small itself, or made of finer counts that the margins pin down."""
    failing = [place for place, cell in counts.items() if not _stands(cell, rules)]
    if failing:
        return min(failing, key=lambda place: (size(counts[place]), sorted(place[0]), sorted(place[1])))
    for row, column in counts:
        if len(column) > 1 and _pinned(counts, row, column, rows, said, variable, whole, rules):
            return row, column
    return None


def _pinned(
    counts: Counts,
    row: Group,
    column: Group,
    rows: Sequence[Group],
    said: Sequence[Said],
    variable: str,
    whole: Table,
    rules: Rules,
) -> bool:
    """Whether a finer column within this one (published for the whole) is too narrow in this row."""
    here, others = size(counts[row, column]), sum(size(counts[other, column]) for other in rows if other != row)
    for finer in (group for group in whole.columns if group < column):
        total = size(one for one in said if one.code in finer)
        true = size(one for one in said if one.code in finer and one.segments.get(variable, "") in row)
        low, high = max(0, total - others), min(here, total)
        if true < rules.cell and (high < rules.cell or high - low < rules.width):
            return True
    return False


def _merged(
    rows: Sequence[Group], columns: Sequence[Group], weak: tuple[Group, Group], counts: Counts, *, apart: bool
) -> tuple[list[Group], list[Group]]:
    """One merge that helps the weak cell: of rows or of columns, whichever leaves more cells that stand."""
    row, column = weak
    tries = []
    if (len(rows) > 2 or len(columns) <= 2) and not apart:
        other = min(_candidates(row, rows), key=lambda each: (size(counts[each, column]), sorted(each)))
        tries.append((_joined(rows, row, other), list(columns)))
    if len(columns) > 2 or len(rows) <= 2 or apart:
        sizes = {each: sum(size(counts[each_row, each]) for each_row in rows) for each in columns}
        other = min(_candidates(column, columns), key=lambda each: (sizes[each], sorted(each)))
        tries.append((list(rows), _joined(columns, column, other)))
    return max(tries, key=lambda each: (_standing(each[0], each[1], counts), len(each[0]) * len(each[1])))


def _nested(said: Sequence[Said], one: Table, other: Table, rules: Rules) -> bool:
    """Whether a cell less all cells of the other table that lie within it leaves one to nine people (a region less its
    districts)."""
    masks = [_masks(said, table) for table in (one, other)]
    for outer, inner in (masks, masks[::-1]):
        for cell in outer:
            within = 0
            for each in inner:
                within |= each if each & cell == each else 0
            if within and 0 < _people(cell & ~within, said) < rules.cell:
                return True
    return False


def sides_stand(said: Sequence[Said], sides: Table, others: Iterable[Table], rules: Rules) -> bool:
    """Whether all four sides of a compound are there, and none to nine people are left of any of its rows, alone or
    together, less cells of the tables of its segments, and the other way round."""
    if len([row for row in sides.rows if row != Group({""})]) != 4:
        return False
    mine = _together(said, sides)
    theirs = [_together(said, other) for other in others if other.variable]
    return not any(
        _left(outer, inner, said, rules) for other in theirs for outer, inner in ((mine, other), (other, mine))
    )


def _together(said: Sequence[Said], table: Table) -> list[int]:
    """Who is in each cell and each row, and in every union of rows, by column and as a whole."""
    cells = _masks(said, table)
    width = len(table.columns)
    rows = [[*cells[n * width : (n + 1) * width], cells[len(table.rows) * width + n]] for n in range(len(table.rows))]
    some = [group for size_ in range(1, min(len(rows), 6) + 1) for group in combinations(rows, size_)]
    return [reduce(or_, column) for group in some for column in zip(*group, strict=True)]


def _left(outers: Iterable[int], inners: Sequence[int], said: Sequence[Said], rules: Rules) -> bool:
    """Whether somebody's number less all that lies within it leaves one to nine."""
    for outer in outers:
        within = reduce(or_, (each for each in inners if each & outer == each), 0)
        if within and 0 < _people(outer & ~within, said) < rules.cell:
            return True
    return False


def _masks(said: Sequence[Said], table: Table) -> list[int]:
    """Every cell as a set of those who are alike, one bit for each; and its rows."""
    row_of = {code: n for n, group in enumerate(table.rows) for code in group}
    column_of = {code: n for n, group in enumerate(table.columns) for code in group}
    size = -(-len(said) // 8)
    cells = [[bytearray(size) for _ in table.columns] for _ in table.rows]
    for n, each in enumerate(said):
        cells[row_of[each.segments.get(table.variable, "")]][column_of[each.code]][n >> 3] |= 1 << (n & 7)
    masks = [[int.from_bytes(cell, "little") for cell in row] for row in cells]
    return [*(cell for row in masks for cell in row), *(reduce(or_, row) for row in masks)]


def _people(mask: int, said: Sequence[Said]) -> int:
    return sum(one.n for place, one in enumerate(said) if mask >> place & 1)


def _standing(rows: Sequence[Group], columns: Sequence[Group], counts: Counts) -> int:
    """How many cells of ten and more such a table would have."""
    sizes: Counter[tuple[int, int]] = Counter()
    for (row, column), cell in counts.items():
        r = next(n for n, group in enumerate(rows) if row <= group)
        c = next(n for n, group in enumerate(columns) if column <= group)
        sizes[r, c] += size(cell)
    return sum(n >= 10 for n in sizes.values())


# ---- rounded


def _table(
    question: str,
    variable: str,
    said: Sequence[Said],
    rows: tuple[Group, ...],
    columns: tuple[Group, ...],
    rules: Rules,
) -> Table:
    counts = _counts(said, variable, rows, columns) if variable else {}
    if not variable:
        sizes = [tuple(size(one for one in said if one.code in column) for column in columns)]
    else:
        sizes = [tuple(size(counts[row, column]) for column in columns) for row in rows]
    return Table(
        question=question,
        variable=variable,
        rows=rows,
        columns=columns,
        cells=tuple(tuple(_round(n, rules) for n in row) for row in sizes),
        bases=tuple(_round(sum(row), rules) for row in sizes),
        people=_round(size(said), rules),
    )


def _round(n: int, rules: Rules) -> int:
    """To the nearest multiple, halves up; what is ten or more stays ten or more."""
    return (2 * n + rules.rounding) // (2 * rules.rounding) * rules.rounding


def percent(part: int, base: int) -> int:
    """Of rounded counts, to five points, on a small base to ten: never 0 or 100."""
    step = 5 if base >= 100 else 10
    return min(100 - step, max(step, round(100 * part / base / step) * step)) if base else 0


# ---- beside an earlier release


def _beside(fresh: Protected, said: Sequence[Said], before: Before, rules: Rules) -> Protected:
    """Each table as it is now, or as it stood (rule 7)."""
    now, then = {one.who: one for one in said}, {one.who: one for one in before.said}
    moved = [who for who in {*now, *then} if _place(now.get(who)) != _place(then.get(who))]
    old = {table.variable: table for table in before.tables}
    tables: list[Table] = []
    frozen: list[str] = []
    still = bool(moved or before.erased)  # while the whole stands, a breakdown that moved would show by how much it did
    for table in fresh.tables:
        stood = old.get(table.variable)
        if stood is None and (not still if table.variable else not then or _enough(moved, now, then, rules)):
            tables.append(table)
        elif stood is not None and (
            (table.variable and still) or not _may_move(table, stood, moved, now, then, before, rules)
        ):
            tables.append(stood)
            frozen.append(table.variable)
        elif stood is not None:
            tables.append(table)
        if table.variable == "":
            still = bool(frozen)
    stood = old.get("")
    if not fresh.tables and stood and not _enough(moved, now, then, rules):
        tables, frozen = [stood], [""]
    return replace(fresh, tables=tuple(tables), frozen=tuple(frozen))


def _place(one: Said | None) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    return (one.code, tuple(sorted(one.segments.items()))) if one else None


def _may_move(
    table: Table,
    stood: Table,
    moved: Sequence[Who],
    now: Mapping[Who, Said],
    then: Mapping[Who, Said],
    before: Before,
    rules: Rules,
) -> bool:
    """Whether no row changes by one to nine people, or by people who all gave one answer."""
    if not moved and not before.erased:
        return table == stood
    for row in {*table.rows, *stood.rows}:
        inside = [
            who for who in moved if _in(now.get(who), table.variable, row) or _in(then.get(who), table.variable, row)
        ]
        if not inside and not before.erased and _row(table, row) == _row(stood, row):
            continue
        if not _enough(inside, now, then, rules):
            return False
    return True


def _enough(moved: Sequence[Who], now: Mapping[Who, Said], then: Mapping[Who, Said], rules: Rules) -> bool:
    """Whether these are ten people, and not all of one answer."""
    answers = {one.code for who in moved if (one := now.get(who) or then.get(who))}
    return len(moved) >= rules.cell and len(answers) >= 2


def _row(table: Table, row: Group) -> tuple[tuple[Group, ...], tuple[int, ...]] | None:
    """What a table tells of a row; None where it has no such row."""
    return (table.columns, table.cells[table.rows.index(row)]) if row in table.rows else None


def _in(one: Said | None, variable: str, row: Group) -> bool:
    return one is not None and (not variable or one.segments.get(variable, "") in row)
