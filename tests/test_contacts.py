"""Contact lists: what spreadsheets write is read, what is wrong is named, nothing but what is declared is kept."""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult import contacts, intake
from consult.contacts import ContactsError, sheets
from consult.house import House
from consult.letters import number_of, segments_in
from consult.store import Tx, View
from consult.store.records import Enrolment
from tests.fakes.post import NOON, OURS, Post, house, published, said

LIST = "Phone;language;age;name\n0803 123 4567;ha;a18_29;Amina\n+234 803 123 4568;;;Binta\n"
AMINA, BINTA = "+2348031234567", "+2348031234568"


def number(n: int) -> str:
    """The n-th woman's number."""
    return f"+234803123{n:04}"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """For tests that only look."""
    opened = house(tmp_path_factory.mktemp("contacts"), Post())
    published(opened)
    yield opened
    opened.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    opened = house(tmp_path, Post())
    published(opened)
    yield opened
    opened.close()


def saved(folder: Path, content: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def planned(home: House, folder: Path, content: str | bytes, name: str = "list.csv") -> contacts.Plan:
    return contacts.plan(home, "safety", saved(folder, content, name))


def enrolled(home: House, imported: int | None = None) -> list[Enrolment]:
    return home.store.read(lambda view: list(view.enrolments("safety", imported)))


def workbook(*rows: list[object]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


# ---- reading


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom"])
def test_every_way_spreadsheets_save_a_list_is_read(tmp_path: Path, separator: str, encoding: str) -> None:
    text = LIST.replace(";", separator).replace("\n", "\r\n").replace("Amina", "أمينة")
    content = b"\xfe\xff" + text.encode("utf-16-be") if encoding == "utf-16-be-bom" else text.encode(encoding)
    found = list(sheets.rows(saved(tmp_path, content)))
    assert found[0] == (1, ["Phone", "language", "age", "name"])
    assert [(row, cells[0]) for row, cells in found[1:]] == [(2, "0803 123 4567"), (3, "+234 803 123 4568")]


def test_rows_are_counted_as_the_spreadsheet_shows_them(base: House, tmp_path: Path) -> None:
    text = 'phone,name\n\n"' + AMINA + '","two\nlines"\n,,\nnonsense,\n'
    assert planned(base, tmp_path, text).bad == ((5, "not a number"),)
    told = planned(base, tmp_path, "sep=;\r\nphone;language\r\nnonsense;en\r\n")
    assert told.bad == ((3, "not a number"),)


@pytest.mark.parametrize("name", ["phone", "Number", " TEL ", "telephone", "mobile", "Phone number", "phone-number"])
def test_the_number_has_many_names(base: House, tmp_path: Path, name: str) -> None:
    assert [one.number for one in planned(base, tmp_path, f"language,{name}\nen,{AMINA}\n").contacts] == [AMINA]


REFUSED = {
    "no heading": (f"{AMINA},en\n".encode(), "no column is headed phone"),
    "two numbers": (b"phone,tel\n1,2\n", "several columns could be the phone: phone, tel"),
    "a column twice": (b"phone,age,age\n1,2,3\n", "two columns are headed age"),
    "empty": (b"", "no column is headed phone"),
    "windows-1252": ("phone,name\n1,Zaïnab\n".encode("cp1252"), "save it as CSV UTF-8"),
    "half of a letter": (b"\xff\xfep\0h", "save it as CSV UTF-8"),
    "binary": (b"phone\n\0\0\0", "save it as CSV UTF-8"),
    "an open quote": (b'phone\n"' + b"1" * 200_000, "near line"),
    "half of a spreadsheet": (b"PK\3\4nonsense", "save it again"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1", "old or locked"),
    "too many": (b"phone\n" + b"1\n" * (sheets.COMMAND.people + 1), "split it"),
    "too large": (b" " * (sheets.COMMAND.file + 1), "larger than 20480 kB"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_list_is_refused_with_the_cure_and_no_cell(
    base: House, tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(ContactsError, match=words) as refused:
        planned(base, tmp_path, content)
    assert "803123" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(base: House, tmp_path: Path) -> None:
    with pytest.raises(ContactsError, match=r"nowhere\.csv \(No such file"):
        contacts.plan(base, "safety", tmp_path / "nowhere.csv")


@given(st.binary(max_size=400))
def test_no_file_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    for beginning in (b"phone,age\n", b"PK\x03\x04", b"\xff\xfe"):
        try:
            list(sheets.rows(saved(tmp_path_factory.getbasetemp(), beginning + content, "any")))
        except ContactsError:
            continue


# ---- spreadsheets


def test_a_spreadsheet_is_read_like_a_list_and_its_numbers_are_whole(base: House, tmp_path: Path) -> None:
    content = workbook(["phone", "language", "age"], [AMINA, "ha", "a18_29"], [2348031234568.0, "en", None], [None])
    plan = planned(base, tmp_path, content, "list.xlsx")
    assert [(one.row, one.number, one.locale) for one in plan.contacts] == [(2, AMINA, "ha"), (3, BINTA, "en")]


def test_a_formula_is_never_evaluated(base: House, tmp_path: Path) -> None:
    plan = planned(base, tmp_path, workbook(["phone", "age"], [f'=HYPERLINK("http://x","{AMINA}")', "a60"]))
    assert (plan.contacts, plan.bad) == ((), ((2, "no number"),))  # a formula without a saved value is an empty cell


def repacked(content: bytes, change: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in {*good.namelist(), *change}:
            bad.writestr(name, change[name] if name in change else good.read(name))
    return out.getvalue()


BOMBS = {
    "zeros": {f"xl/media/{n}.png": bytes(1 << 20) for n in range(8)},
    "shared": {"xl/sharedStrings.xml": bytes((1 << 20) + 1)},
    "laughs": {"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "lol">]><workbook>&a;</workbook>'},
}


@pytest.mark.parametrize("change", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_before_it_is_unpacked(base: House, change: dict[str, bytes]) -> None:
    bounds = sheets.Bounds(unpacked=4 << 20, shared=1 << 20)
    with pytest.raises(ContactsError, match="unpacks to more than it should"):
        contacts.plan(base, "safety", repacked(workbook(["phone"], [AMINA]), change), bounds=bounds)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
def test_a_damaged_spreadsheet_is_refused(base: House, tmp_path: Path, part: str) -> None:
    with pytest.raises(ContactsError, match="save it again"):
        planned(base, tmp_path, repacked(workbook(["phone"], [AMINA]), {part: b"<broken"}))


def test_a_spreadsheet_that_lies_about_its_size_is_read_whole(base: House, tmp_path: Path) -> None:
    good = workbook(["phone"], [AMINA], [BINTA])
    with zipfile.ZipFile(io.BytesIO(good)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").replace(b'ref="A1:A3"', b'ref="A1:A2"')
    assert planned(base, tmp_path, repacked(good, {"xl/worksheets/sheet1.xml": sheet})).new == 2


def test_without_the_package_the_cure_is_named(base: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ContactsError, match=r"pip install 'consult\[xlsx\]'"):
        planned(base, tmp_path, workbook(["phone"]))


# ---- planning

BAD = {
    "AIRTEL": "not a number",
    "15555": "short code (ends in 55)",
    "2.34803E+12": "shortened by a spreadsheet (ends in 12); format the column as text and enter it again",
    "+999 123 456 789": "unknown country (ends in 89); write it with + and its country code, or name the country",
    OURS: "our own number (ends in 00)",
    "=1+1": "not a number",
}


@pytest.mark.parametrize(("written", "why"), BAD.items())
def test_every_bad_row_is_named_with_its_reason(base: House, tmp_path: Path, written: str, why: str) -> None:
    plan = planned(base, tmp_path, f"phone,language\n{AMINA},en\n{written},en\n,\n,en\n")
    assert plan.bad == ((3, why), (5, "no number"))
    assert (plan.new, plan.invalid, plan.empty) == (1, 1, 1)


def test_languages_are_read_by_tag_or_name_and_unknown_ones_are_bad(base: House, tmp_path: Path) -> None:
    said_so = ["HA", "Hausa", "français", "fr", "xx", "Klingon +2348031230000"]
    plan = planned(
        base, tmp_path, "phone,language\n" + "".join(f"{number(n)},{tag}\n" for n, tag in enumerate(said_so))
    )
    assert [one.locale for one in plan.contacts] == ["ha", "ha", "fr", "fr"]
    assert [row for row, _ in plan.bad] == [6, 7]
    assert all("the language is none of ar, ckb, en" in why and "803123" not in why for _, why in plan.bad)


def test_segments_are_read_by_code_or_label_and_unknown_ones_are_bad(base: House, tmp_path: Path) -> None:
    label = {q.name: q for q in _questions(base)}["age"].choices[0].label["fr"]
    plan = planned(
        base, tmp_path, f"phone,Age\n{number(1)},A60\n{number(2)},{label}\n{number(3)},young\n{number(4)},\n"
    )
    assert [one.segments for one in plan.contacts] == [(("age", "a60"),), (("age", "a18_29"),), ()]
    assert plan.bad[0][0] == 4
    assert plan.bad[0][1].startswith("age is none of: a18_29,")


def _questions(home: House) -> tuple[object, ...]:
    found = home.store.read(lambda view: view.published("safety"))
    assert found
    return home.library.edition(found).consultation.questions


def test_one_woman_written_twice_is_one(base: House, tmp_path: Path) -> None:
    plan = planned(base, tmp_path, "phone\n0803 123 4567\n+234 803 123 4567\n00234-803-123-4567\n")
    assert (plan.new, plan.duplicate) == (1, 2)
    assert plan.bad == ((3, "the same number as row 2"), (4, "the same number as row 2"))


def test_the_country_may_be_told_for_this_list(base: House, tmp_path: Path) -> None:
    path = saved(tmp_path, "phone\n650000001\n")
    assert contacts.plan(base, "safety", path, region="CM").contacts[0].number == "+237650000001"


def test_names_and_unknown_columns_are_not_kept_and_the_warning_says_so(base: House, tmp_path: Path) -> None:
    plan = planned(base, tmp_path, f"phone,name,moving,age,0803 123 9999\n{AMINA},Amina,easier,a60,x\n")
    assert plan.contacts[0].segments == (("age", "a60"),)  # a column named like a question of opinion is no segment
    assert plan.ignored == ("name", "moving", "...")
    assert plan.unspoken == 1


def test_no_number_name_or_answer_is_shown(base: House, tmp_path: Path) -> None:
    plan = planned(base, tmp_path, f"phone,age\n{AMINA},a60\n08031234568,nonsense\nAmina Bello 99,\n{AMINA},\n")
    contacts.error_csv(plan, tmp_path / "bad.csv")
    shown = f"{plan!r}{plan.contacts!r}{(tmp_path / 'bad.csv').read_text()}"
    assert not any(word in shown for word in ("0803123", "8031234", "Amina", "nonsense"))


def test_the_file_of_bad_rows_is_for_its_owner_and_inert_in_a_spreadsheet(base: House, tmp_path: Path) -> None:
    nasty = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "%0", "|cmd", "plain"]
    plan = replace(planned(base, tmp_path, LIST), bad=tuple(enumerate(nasty, 2)))
    contacts.error_csv(plan, tmp_path / "bad.csv")
    text = (tmp_path / "bad.csv").read_bytes().decode("utf-8-sig")
    cells = [reason for _, reason in csv.reader(io.StringIO(text, newline=""))][1:]
    assert [cell[0] for cell in cells] == ["'"] * 9 + ["p"]
    assert (tmp_path / "bad.csv").stat().st_mode & 0o077 == 0


def test_a_consultation_that_is_not_published_takes_nobody(base: House, tmp_path: Path) -> None:
    with pytest.raises(ContactsError, match="consult publish FILE comes first"):
        contacts.plan(base, "nothing", saved(tmp_path, LIST))


def test_a_thousand_rows_are_looked_at_within_a_second(base: House, tmp_path: Path) -> None:
    import time

    began = time.perf_counter()
    assert planned(base, tmp_path, "phone\n" + "".join(f"{number(n)}\n" for n in range(1000))).new == 1000
    assert time.perf_counter() - began < 3  # 0.1 s here; a slow machine may take longer


# ---- enrolling


def test_what_is_kept_is_sealed_and_nothing_else_is_kept(home: House, tmp_path: Path) -> None:
    id = contacts.apply(home, planned(home, tmp_path, LIST), NOON)
    found = enrolled(home, id)
    assert [(one.frame, one.locale, one.state) for one in found] == [
        ("enrolled", "ha", "waiting"),
        ("enrolled", "", "waiting"),
    ]
    assert segments_in(home.vault, found[0].segments) == (("age", "a18_29"),)
    assert _address(home, AMINA) == (AMINA, "Africa/Lagos")
    home.close()
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
    assert not any(word in kept for word in (b"8031234567", b"Amina", b'"a18_29"}'))


def _address(home: House, number: str) -> tuple[str, str] | None:
    index = home.vault.index(number)
    found = home.store.read(lambda view: view.address(index))
    return (number_of(home.vault, index, found.sealed), found.zone) if found else None


def test_applying_the_same_file_again_adds_nobody(home: House, tmp_path: Path) -> None:
    first = planned(home, tmp_path, LIST)
    id = contacts.apply(home, first, NOON)
    assert contacts.apply(home, first, NOON) == id  # the same plan
    again = planned(home, tmp_path, LIST)
    assert (again.new, again.same) == (0, 2)
    assert contacts.apply(home, again, NOON) == id
    assert len(enrolled(home)) == 2
    assert home.store.read(lambda view: [one.people for one in view.imports("safety")]) == [2]


class Killed(Exception):
    pass


def _kill(done: int, total: int) -> None:
    raise Killed


def test_an_interrupted_import_goes_on_and_is_undone_as_one(home: House, tmp_path: Path) -> None:
    everyone = "phone\n" + "".join(f"{number(n)}\n" for n in range(450))
    with pytest.raises(Killed):
        contacts.apply(home, planned(home, tmp_path, everyone), NOON, _kill)
    rest = planned(home, tmp_path, everyone)
    assert (rest.new, rest.same) == (250, 200)
    id = contacts.apply(home, rest, NOON)
    assert contacts.undo(home, id) == 450
    assert not enrolled(home)


def test_what_was_undone_can_be_enrolled_again(home: House, tmp_path: Path) -> None:
    first = contacts.apply(home, planned(home, tmp_path, LIST), NOON)
    contacts.undo(home, first)
    second = contacts.apply(home, planned(home, tmp_path, LIST), NOON)
    assert second != first
    assert len(enrolled(home, second)) == 2


def test_undoing_leaves_whom_we_wrote_to_and_takes_the_others_numbers(home: House, tmp_path: Path) -> None:
    id = contacts.apply(home, planned(home, tmp_path, LIST), NOON)
    home.store.write(lambda tx: tx.enrol(replace(next(iter(tx.enrolments("safety", id))), state="invited")))
    assert contacts.undo(home, id) == 1
    assert (_address(home, AMINA) is None, _address(home, BINTA) is None) == (False, True)


def test_an_import_nobody_made_cannot_be_undone(home: House) -> None:
    with pytest.raises(ContactsError, match="there is no import 7"):
        contacts.undo(home, 7)


def test_whoever_said_stop_is_counted_and_never_named_nor_enrolled(home: House, tmp_path: Path) -> None:
    before = planned(home, tmp_path, LIST)
    intake.take(home, said("STOP", AMINA, NOON), 0)
    plan = planned(home, tmp_path, LIST)
    assert (plan.new, plan.opted_out, plan.bad) == (1, 1, ())
    contacts.apply(home, before, NOON)  # a plan made before she said it
    assert len(enrolled(home)) == 1


def test_a_number_the_carrier_calls_dead_is_a_bad_row(home: House, tmp_path: Path) -> None:
    def buried(tx: Tx) -> None:
        tx.update_address(replace(tx.add_address(home.vault.index(AMINA), b"x" * 53, ""), dead=True))

    home.store.write(buried)
    assert planned(home, tmp_path, LIST).bad == ((2, "the carrier says that nobody has it"),)


def test_a_second_consultation_takes_the_same_woman_once(home: House, tmp_path: Path) -> None:
    published(home, "priorities")
    contacts.apply(home, planned(home, tmp_path, LIST), NOON)
    contacts.apply(home, contacts.plan(home, "priorities", saved(tmp_path, LIST)), NOON)
    people = [home.store.read(lambda view, name=name: _people(view, name)) for name in ("safety", "priorities")]
    assert people[0] == people[1]


def _people(view: View, name: str) -> list[int]:
    return [one.person for one in view.enrolments(name)]


def test_progress_is_told(home: House, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    everyone = "phone\n" + "".join(f"{number(n)}\n" for n in range(450))
    contacts.apply(home, planned(home, tmp_path, everyone), NOON, lambda *now: told.append(now))
    assert told == [(200, 450), (400, 450), (450, 450)]


def test_the_audit_names_no_one(home: House, tmp_path: Path) -> None:
    contacts.apply(home, planned(home, tmp_path, LIST), NOON)
    lines = home.store.read(lambda view: [what for _, _, what, _ in view.audit()])
    assert "import 1: enrolled 2 in safety" in lines


# ---- codes


def test_a_code_admits_one_woman_once(tmp_path: Path) -> None:
    home = house(tmp_path, Post())
    published(home, edit=lambda toml: toml.replace("open = true", "open = false"))
    code = contacts.make_codes(home, "safety", 1)[0]
    intake.take(home, said(f"RIVER {code.lower()}", AMINA, NOON), 0)
    intake.take(home, said(f"RIVER {code}", BINTA, NOON + 1), 0)
    frames = [one.frame for one in enrolled(home)]
    home.close()
    assert frames == ["enrolled"]


def test_codes_are_made_for_a_consultation_and_in_bounds(home: House) -> None:
    assert len(set(contacts.make_codes(home, "safety", 1200))) == 1200
    for name, count in (("nothing", 1), ("safety", 0), ("safety", 10**7)):
        with pytest.raises(ContactsError):
            contacts.make_codes(home, name, count)
