"""Workbooks of strangers: read as text within bounds, or refused with their place and the cure."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult import workbooks
from consult.workbooks import WorkbookError, column_letter
from tests.forms.books import saved

FORM = {"survey": [["type", "name", "label::English (en)"], ["text", "a", "A?"]]}


def test_every_sheet_is_read_as_text_with_its_row_numbers(tmp_path: Path) -> None:
    rows = [["name", "value"], [], ["a", 3], ["b", 2.0], ["c", 1.5], ["d", True], [" e ", "two\nlines"]]
    found = workbooks.read(saved(tmp_path, {"survey": rows, "empty": []}))
    assert found == {
        "survey": [
            (1, ["name", "value"]),
            (3, ["a", "3"]),
            (4, ["b", "2"]),
            (5, ["c", "1.5"]),
            (6, ["d", "True"]),
            (7, ["e", "two\nlines"]),
        ],
        "empty": [],
    }


def rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The same workbook with its parts changed by hand."""
    parts = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in parts.namelist():
            out.writestr(name, change(name, parts.read(name)))
    return path


def with_formula(folder: Path) -> Path:
    return saved(folder, {"survey": [*FORM["survey"], ["text", "b", '=HYPERLINK("http://x")']]})


def large(folder: Path) -> Path:
    path = folder / "large.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(10 << 20))
    return path


def bomb(folder: Path) -> Path:
    path = saved(folder, FORM)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as out:
        out.writestr("xl/media/picture.bin", bytes(workbooks.UNPACKED + 1))
    assert path.stat().st_size < 1 << 20
    return path


def entities(folder: Path) -> Path:
    lol = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet'
    return rewritten(
        saved(folder, FORM), lambda name, part: part.replace(b"<worksheet", lol) if "sheet1" in name else part
    )


def endless(folder: Path) -> Path:
    return saved(folder, {"survey": [*FORM["survey"], *[["text", f"q{n}", "Q?"] for n in range(workbooks.ROWS)]]})


def far_row(folder: Path) -> Path:
    """A few bytes that say they are the last row of a spreadsheet."""
    return rewritten(
        saved(folder, FORM),
        lambda name, part: (
            part.replace(b'<row r="2"', b'<row r="1048576"').replace(b'r="A2"', b'r="A1048576"')
            if "sheet1" in name
            else part
        ),
    )


def wide(folder: Path) -> Path:
    return saved(folder, {"survey": [[*FORM["survey"][0], *(f"x{n}" for n in range(workbooks.COLUMNS))]]})


def hidden(folder: Path) -> Path:
    return saved(folder, {"survey": [*FORM["survey"], ["text", "b", "turned \u202e round"]]})


def lengthy(folder: Path) -> Path:
    return saved(folder, {"survey": [*FORM["survey"], ["text", "b", "x" * (workbooks.CELL + 1)]]})


def many_sheets(folder: Path) -> Path:
    return saved(folder, {f"s{n}": [["a"]] for n in range(workbooks.SHEETS + 1)})


def old(folder: Path) -> Path:
    path = folder / "old.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    return path


def damaged(folder: Path) -> Path:
    path = saved(folder, FORM)
    path.write_bytes(path.read_bytes()[:-200])
    return path


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (with_formula, "sheet survey, row 3, column C: is a formula; copy the column and paste it as values"),
        (large, "larger than 2 MB"),
        (bomb, "unpacks to more than it should"),
        (entities, "unpacks to more than it should"),
        (endless, "more than 3000 rows"),
        (far_row, "more than 3000 rows"),
        (wide, "more than 200 columns"),
        (hidden, "sheet survey, row 3, column C: holds a hidden character .U.202E."),
        (lengthy, "sheet survey, row 3, column C: has 8001 characters"),
        (many_sheets, "has 17 sheets"),
        (old, "old or locked"),
        (damaged, "damaged"),
        (lambda folder: folder / "none.xlsx", "correct the path"),
    ],
)
def test_a_hostile_workbook_is_refused_with_its_place_and_the_cure(
    tmp_path: Path, make: Callable[[Path], Path], why: str
) -> None:
    with pytest.raises(WorkbookError, match=why):
        workbooks.read(make(tmp_path))


@given(st.binary(max_size=400), st.booleans(), st.integers(0, 4000))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, within: bool, at: int
) -> None:
    """Noise alone, and noise written over a place of a good workbook."""
    path = saved(tmp_path_factory.getbasetemp(), FORM, "noise.xlsx")
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + noise + whole[at + len(noise) :] if within else b"PK\x03\x04" + noise)
    with suppress(WorkbookError):
        assert set(workbooks.read(path)) <= {"survey"} or within


def test_columns_are_named_as_a_spreadsheet_names_them() -> None:
    assert [column_letter(number) for number in (1, 26, 27, 52, 53, 702, 703)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]
