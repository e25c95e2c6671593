"""A translator's spreadsheet: out and back unchanged, what it would change, and what is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult import spreadsheets, workbooks
from consult.consultation import Consultation
from consult.drafts.fields import taken
from consult.translations import sheets
from consult.translations.bringing import Change, compared
from consult.translations.sheets import HEADINGS, Row, Sheet, Unfit
from consult.translations.states import standings
from consult.translations.strings import strings
from consult.translations.tongues import FEWEST
from tests.conftest import example, need_module

SAFETY = example("safety")
Rows = list[list[Any]]


@pytest.fixture(autouse=True)
def _openpyxl() -> None:
    need_module("openpyxl", "pip install 'consult[xlsx]'")


def out(whole: Consultation, tag: str, number: int = 1) -> Rows:
    """The file as rows, which a translator changes."""
    found = [(each, "somewhere", "Draft") for each in standings(whole, {}, (tag,))]
    return [list(row) for row in sheets.table(whole.name, number, found)]


def packed(rows: Sequence[Sequence[Any]]) -> bytes:
    return spreadsheets.as_xlsx({"ha": rows})


def changed(rows: Rows, texts: dict[str, str], column: int = 3) -> Rows:
    return [[*row[:column], texts.get(row[0], row[column]), *row[column + 1 :]] for row in rows]


def whats(changes: list[Change]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in changes:
        found.setdefault(each.what, []).append(each.id)
    return found


def back(rows: Rows, tag: str = "ha", whole: Consultation = SAFETY, before: Consultation | None = SAFETY) -> Any:
    return whats(compared(whole, before, tag, sheets.read(packed(rows))))


def test_a_file_that_nobody_changed_changes_nothing() -> None:
    for tag in SAFETY.languages:
        assert set(back(out(SAFETY, tag), tag)) == {"same"}


def test_a_file_says_of_which_draft_and_language_it_is() -> None:
    read = sheets.read(packed(out(SAFETY, "ha", 12)))
    assert (read.name, read.tag, read.draft) == ("safety", "ha", 12)
    assert [row.id for row in read.rows] == [each.id for each in strings(SAFETY)]


def test_what_it_would_change_is_told_row_by_row() -> None:
    rows = changed(out(SAFETY, "ha"), {"label.moving": "Sabon rubutu", "label.age": "", "top.keyword": "x" * 41})
    rows.append(["label.nowhere", "", "", "Ba komai", "", "who asked for this?"])
    found = back(rows)
    assert found.pop("same")
    assert found == {
        "changed": ["label.moving"],
        "empty": ["label.age"],
        "long": ["top.keyword"],
        "unknown": ["label.nowhere"],
    }


def test_a_changed_source_and_what_others_wrote_are_told() -> None:
    now, _ = taken(SAFETY, {"label.moving.en": "Otherwise?", "label.age.ha": "Wani ya rubuta"})
    rows = changed(out(SAFETY, "ha"), {"label.moving": "Sabon rubutu", "label.age": "Nawa"})
    found = back(rows, whole=now)
    assert (found["source"], found["others"]) == (["label.moving"], ["label.age"])
    unknown = back(rows, whole=now, before=None)
    assert unknown["others"] == ["label.moving", "label.age"], "without its version every difference is in question"


def test_empty_texts_are_filled_whatever_the_file_was_made_from() -> None:
    now, _ = taken(SAFETY, {"label.moving.ha": ""})
    assert back(changed(out(now, "ha"), {"label.moving": "Sabo"}), whole=now, before=None)["changed"] == [
        "label.moving"
    ]


@given(st.text(max_size=FEWEST - 1))  # too few letters for an evident script
def test_whatever_is_typed_is_kept_as_the_designer_would(text: str) -> None:
    rows = tuple(
        Row(n, each.id, each.text("en"), text if each.id == "label.moving" else each.text("ha"), "")
        for n, each in enumerate(strings(SAFETY), 3)
    )
    changes = compared(SAFETY, SAFETY, "ha", Sheet("safety", "ha", 1, rows))
    (one,) = [each for each in changes if each.id == "label.moving"]
    if one.offered:
        whole, unkept = taken(SAFETY, {"label.moving.ha": one.comes})
        assert (unkept, whole.questions[0].label["ha"]) == ((), one.comes)


# ---- the wrong file


def test_a_file_of_another_language_is_refused() -> None:
    with pytest.raises(Unfit) as refused:
        back(out(SAFETY, "fr"))
    assert (refused.value.why, refused.value.about) == ("language", "fr")


def test_a_file_of_another_consultation_is_refused() -> None:
    with pytest.raises(Unfit, match="consultation"):
        back(out(replace(SAFETY, name="other"), "ha"))


@pytest.mark.parametrize(("into", "words"), [("ha", "ar"), ("fr", "ckb"), ("ar", "en"), ("ckb", "sw")])
def test_words_of_another_script_are_refused(into: str, words: str) -> None:
    """The tag says one language, the column holds another."""
    texts = {each.id: f"{each.text(words)} {each.text(words)}" for each in strings(SAFETY)}
    with pytest.raises(Unfit, match="script"):
        back(changed(out(SAFETY, into), texts), into)


@pytest.mark.parametrize(("into", "words"), [("ha", "en"), ("sw", "ha"), ("ckb", "ar"), ("en", "fr")])
def test_another_language_s_column_is_refused(into: str, words: str) -> None:
    texts = {each.id: each.text(words) for each in strings(SAFETY)}
    with pytest.raises(Unfit) as refused:
        back(changed(out(SAFETY, into), texts), into)
    assert (refused.value.why, refused.value.about) == ("column", words)


def test_a_name_or_two_in_another_script_pass() -> None:
    texts = {"top.convenor": "River Circle (NGO)", "label.moving": "هل الطريق WhatsApp أسهل أم أصعب؟"}
    assert back(changed(out(SAFETY, "ar"), texts), "ar")["changed"] == ["top.convenor", "label.moving"]


# ---- hostile files


FORMULAS = ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "|x", "%x"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_text_out_and_in(formula: str) -> None:
    """What looks like one stays the text it is, both ways."""
    from openpyxl import load_workbook

    whole, _ = taken(SAFETY, {"label.moving.ha": formula})
    book = load_workbook(io.BytesIO(packed(out(whole, "ha"))))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value == formula]
    assert [cell.data_type for cell in cells] == ["s"]
    assert back(changed(out(SAFETY, "ha"), {"label.moving": formula}))["changed"] == ["label.moving"]


def test_what_a_spreadsheet_calculates_is_refused_with_its_place() -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in changed(out(SAFETY, "ha"), {"label.moving": "=1+1"}):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    with pytest.raises(workbooks.WorkbookError, match=r"row \d+, column D: is a formula"):
        sheets.read(made.getvalue())


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"<a>" + b" " * (workbooks.UNPACKED + 1))
    return made.getvalue()


def two_sheets() -> bytes:
    return spreadsheets.as_xlsx({"ha": out(SAFETY, "ha"), "fr": out(SAFETY, "fr")})


HOSTILE: list[tuple[str, Callable[[], bytes]]] = [
    ("nothing", lambda: b""),
    ("no spreadsheet", lambda: b"PK\x03\x04" + b"x" * 5000),
    ("an old one", lambda: b"\xd0\xcf\x11\xe0" + b"x" * 5000),
    ("a bomb", bomb),
    ("a huge one", lambda: b"PK\x03\x04" + b"x" * workbooks.LARGEST),
    ("too many rows", lambda: packed([*out(SAFETY, "ha"), *(["x", "", "", f"{n}"] for n in range(workbooks.ROWS))])),
    ("two sheets", two_sheets),
    ("a form of another kind", lambda: packed([["type", "name"], ["text", "q1"]])),
    ("no draft", lambda: packed([["consult words 1", "language", "ha"], list(HEADINGS), ["label.moving"]])),
    ("a draft that is none", lambda: packed([[*out(SAFETY, "ha")[0][:5], "draft ²"], list(HEADINGS)])),
    ("no headings", lambda: packed([row for row in out(SAFETY, "ha") if row[0] != "id"])),
    ("a string twice", lambda: packed([*out(SAFETY, "ha"), ["label.moving", "", "", "x"]])),
    ("one row", lambda: packed(out(SAFETY, "ha")[:1])),
]


@pytest.mark.parametrize(("what", "content"), HOSTILE, ids=[what for what, _ in HOSTILE])
def test_a_file_that_cannot_be_used_is_refused(what: str, content: Callable[[], bytes]) -> None:
    with pytest.raises((Unfit, workbooks.WorkbookError)):
        compared(SAFETY, SAFETY, "ha", sheets.read(content()))
