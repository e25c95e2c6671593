"""Contacts on the page: looked at before anything is kept, never in clear on a disk, and nobody else's to see."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from werkzeug.test import TestResponse

from consult.contacts import PAGE, ContactsError, parked
from consult.contacts.sheets import Bounds
from consult.publish import publish
from tests.conftest import EXAMPLES
from tests.web.office.conftest import Hub, Visitor

AT = "/office/consultations/safety/contacts"
AMINA, BINTA = "+2348031234567", "+2348031234568"
LIST = f"phone,language,age,name\n{AMINA},en,a18_29,Amina\n{BINTA},ar,,Binta\n{AMINA},,,\n=1+1,,,\n,en,,Nobody\n"


def look(visitor: Visitor, content: str | bytes = LIST, at: str = AT, name: str = "list.csv") -> TestResponse:
    visitor.get(at)
    sent = content if isinstance(content, bytes) else content.encode()
    return visitor.post(f"{at}/look", list=(io.BytesIO(sent), name), region="")


def raw(visitor: Visitor, content: bytes) -> TestResponse:
    """As `look`, written by hand: the test client would lay what is large in a temporary file."""
    names = ('csrf_token"', 'list"; filename="list.csv"')
    head, file = (f'--x\r\nContent-Disposition: form-data; name="{name}\r\n\r\n' for name in names)
    body = f"{head}{visitor.mark}\r\n{file}".encode() + content + b"\r\n--x--\r\n"
    return visitor.client.post(f"{AT}/look", data=body, content_type="multipart/form-data; boundary=x")


def ticket(answer: TestResponse) -> str:
    return re.findall(r'name="ticket" value="([0-9a-f]+)"', answer.text)[0]


def counts(answer: TestResponse) -> list[int]:
    """New, same, twice, not usable, without a number, opted out."""
    return [int(n) for n in re.findall(r"<dd>(\d+)</dd>", answer.text)]


def enrolled(hub: Hub, name: str = "safety") -> int:
    return hub.house.store.read(lambda view: sum(1 for _ in view.enrolments(name)))


def taken(visitor: Visitor, content: str = LIST) -> TestResponse:
    return visitor.post(f"{AT}/take", ticket=ticket(look(visitor, content)), consented="paper", group="North circle")


@pytest.fixture
def hub(ready_hub: Hub) -> Hub:
    return ready_hub


@pytest.fixture
def lists(hub: Hub) -> Path:
    return hub.house.settings.data / "lists"


# ---- the journey


def test_a_list_is_looked_at_taken_and_taken_back(hub: Hub, lists: Path) -> None:
    visitor = hub.inside("facilitator")
    seen = look(visitor)
    assert counts(seen) == [2, 0, 1, 1, 1, 0]
    assert enrolled(hub) == 0
    done = visitor.post(f"{AT}/take", ticket=ticket(seen), consented="in_person", group="North circle")
    assert "2 people were taken" in done.text
    assert "North circle" in done.text
    assert "face to face" in done.text
    assert enrolled(hub) == 2
    assert not [*lists.iterdir()]
    assert counts(look(visitor))[:2] == [0, 2]
    assert "2 people were taken off" in visitor.post(f"{AT}/1/undo").text
    assert enrolled(hub) == 0


def test_how_they_agreed_must_be_said_and_the_list_waits_meanwhile(hub: Hub) -> None:
    visitor = hub.inside("facilitator")
    mark = ticket(look(visitor))
    for wrong in ({"consented": ""}, {"consented": "somehow"}, {"consented": "paper", "group": "call 0803123456"}):
        again = visitor.post(f"{AT}/take", ticket=mark, **wrong)
        assert again.status_code == 400
        assert ticket(again) == mark
    assert enrolled(hub) == 0
    assert visitor.post(f"{AT}/take", ticket=mark, consented="paper").status_code == 200
    assert enrolled(hub) == 2


def test_what_is_given_up_or_taken_is_gone(hub: Hub, lists: Path) -> None:
    visitor = hub.inside("facilitator")
    mark = ticket(look(visitor))
    assert visitor.post(f"{AT}/drop", ticket=mark).status_code == 200
    assert not [*lists.iterdir()]
    for deed in ("take", "errors", "drop"):
        assert "Send it again" in visitor.post(f"{AT}/{deed}", ticket=mark, consented="paper").text


def test_the_errors_name_row_and_reason_in_a_file_without_formulas(hub: Hub) -> None:
    visitor = hub.inside("facilitator")
    mark = ticket(look(visitor))
    answer = visitor.post(f"{AT}/errors", ticket=mark, **{"as": "csv"})
    assert answer.headers["Content-Disposition"] == "attachment; filename=rows.csv"
    rows = [*csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))]
    assert [row for row, _ in rows[1:]] == ["4", "5", "6"]
    assert rows[1][1] == "It is the same number as in row 2."
    form = {"csrf_token": visitor.mark, "ticket": mark, "as": "xlsx"}
    made = visitor.client.post(f"{AT}/errors", data=form).data
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    assert [cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row[1:]] == ["s"] * 3
    assert not any(each[-6:] in answer.text for each in (AMINA, BINTA))


def test_a_heading_that_would_be_a_formula_is_none_in_the_file(hub: Hub) -> None:
    """The words of reasons come from the definition, and from nowhere in the list."""
    visitor = hub.inside("facilitator")
    mark = ticket(look(visitor, f"phone,age,=HYPERLINK()\n{AMINA},=cmd|'/c calc'!A0,@SUM(1)\n"))
    told = visitor.post(f"{AT}/errors", ticket=mark, **{"as": "csv"}).data.decode("utf-8-sig")
    assert "cmd" not in told
    assert not [cell for row in csv.reader(io.StringIO(told)) for cell in row if cell[:1] in "=+-@\t"]


def test_reasons_are_said_in_the_reader_s_language(hub: Hub) -> None:
    visitor = hub.inside("facilitator")
    visitor.get(f"{AT}?lang=ar")
    shown = look(visitor)
    assert 'dir="rtl"' in shown.text
    assert "not a number" not in shown.text


# ---- nothing in clear


def test_a_list_that_waits_is_noise_to_whoever_takes_the_machine(hub: Hub, lists: Path, tmp_path: Path) -> None:
    visitor = hub.inside("facilitator")
    mark = ticket(look(visitor))
    (file,) = lists.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    for each in (each for each in hub.house.settings.data.rglob("*") if each.is_file()):
        content = each.read_bytes()
        assert AMINA.encode() not in content, each
        assert b"8031234567" not in content, each
        assert bytes.fromhex(mark) not in content, each
        assert mark.encode() not in content, each


def test_a_large_list_goes_through_no_file_in_clear(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Werkzeug would spool it: here every temporary file would fail."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    content = "phone,name\n" + "\n".join(f"+23480312{n:05},{'Amina ' * 300}" for n in range(250))
    assert len(content) > 450_000
    assert counts(raw(hub.inside("facilitator"), content.encode()))[0] == 250


def test_a_list_waits_half_an_hour_and_twenty_at_most(hub: Hub, lists: Path) -> None:
    at = int(time.time())
    first = parked.park(hub.house, "me", b"x", b"0" * 32, at)
    assert parked.parked(hub.house, "me", first, at) == b"x"
    with pytest.raises(ContactsError):
        parked.parked(hub.house, "me", first, at + 2 * parked.FOR)
    for n in range(1, 30):
        parked.park(hub.house, "me", b"x", bytes([n]) * 32, at)
    assert len([*lists.iterdir()]) == parked.MOST
    parked.tidy(hub.house, at + 2 * parked.FOR)
    assert not [*lists.iterdir()]


# ---- whose it is


def test_a_ticket_is_nothing_to_anybody_else(hub: Hub) -> None:
    mine = hub.inside("facilitator")
    mark = ticket(look(mine))
    assert mine.post(f"{AT}/take", ticket="0" * 64, consented="paper").status_code == 400
    other = hub.inside("outsider")
    elsewhere = AT.replace("safety", "pulse")
    other.get(elsewhere)
    for deed in ("take", "errors", "drop"):
        assert "Send it again" in other.post(f"{elsewhere}/{deed}", ticket=mark, consented="paper").text
        assert other.post(f"{AT}/{deed}", ticket=mark, consented="paper").status_code == 404
    assert enrolled(hub, "pulse") == enrolled(hub) == 0
    assert mine.post(f"{AT}/take", ticket=mark, consented="paper").status_code == 200


def test_a_list_of_another_consultation_cannot_be_taken_back(hub: Hub) -> None:
    taken(hub.inside("facilitator"))
    outsider = hub.inside("outsider")
    outsider.get(AT.replace("safety", "pulse"))
    assert outsider.post(f"{AT.replace('safety', 'pulse')}/1/undo").status_code == 400
    assert outsider.post(f"{AT}/1/undo").status_code == 404
    assert enrolled(hub) == 2


def test_a_form_from_elsewhere_does_nothing(hub: Hub) -> None:
    visitor = hub.inside("facilitator")
    mark = ticket(look(visitor))
    visitor.mark = "0" * 40
    for deed, more in (("take", {"ticket": mark, "consented": "paper"}), ("1/undo", {}), ("codes", {"count": "5"})):
        assert visitor.post(f"{AT}/{deed}", **more).status_code == 400
    assert enrolled(hub) == 0


# ---- hostile files


def test_a_file_that_is_too_large_is_refused_before_it_is_read(hub: Hub) -> None:
    visitor = hub.inside("facilitator")
    assert raw(visitor, b"phone\n" + b" " * (PAGE.file + (64 << 10))).status_code == 413
    stranger = hub.visitor()
    stranger.get("/office/sign-in")
    assert stranger.post(f"{AT}/look", list=(io.BytesIO(b" " * 20_000), "list.csv")).status_code == 413
    assert hub.inside("mediator").post(f"{AT}/look", list=(io.BytesIO(b" " * 20_000), "a")).status_code == 413


def bomb() -> bytes:
    out, book = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(book)
    with zipfile.ZipFile(book) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name))
        bad.writestr("xl/sharedStrings.xml", bytes(PAGE.shared + 1))
    return out.getvalue()


HOSTILE = {
    "a bomb": (bomb(), "unpacks to too much"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "no table"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1", "old or locked"),
    "no heading": (f"{AMINA}\n".encode(), "No column is headed"),
    "nothing": (b"", "Choose a file"),
    "too many": (b"phone\n" + b"1\n" * (PAGE.people + 1), "too many people"),
    "half a spreadsheet": (b"PK\3\4nonsense", "damaged"),
}


@pytest.mark.parametrize(("content", "words"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_list_is_refused_with_the_cure(hub: Hub, lists: Path, content: bytes, words: str) -> None:
    answer = look(hub.inside("facilitator"), content)
    assert answer.status_code == 400
    assert words in answer.text
    assert AMINA[-6:] not in answer.text
    assert not lists.exists() or not [*lists.iterdir()]


def test_a_page_takes_less_than_the_command() -> None:
    assert all(getattr(PAGE, each) < getattr(Bounds(), each) for each in ("file", "unpacked", "shared", "people"))


# ---- codes and ways to join


@pytest.fixture
def closed(hub: Hub) -> Visitor:
    toml = (EXAMPLES / "safety.toml").read_text(encoding="utf-8").replace("open = true", "open = false")
    publish(hub.house, toml, day=20_781, test=True)
    return hub.inside("facilitator")


def test_codes_are_shown_once_and_only_their_hashes_are_kept(hub: Hub, closed: Visitor) -> None:
    made = closed.post(f"{AT}/codes", count="3")
    found = re.findall(r'<code dir="ltr">([0-9A-Z-]{11})</code>', made.text)
    assert len(set(found)) == 3
    assert found[0] not in closed.get(AT).text
    for wrong in ("0", "501", "-1", "many", "9" * 5000, "000001" + "0" * 5000, "0000012000"):
        assert closed.post(f"{AT}/codes", count=wrong).status_code == 400


def test_codes_want_the_password_again(hub: Hub, closed: Visitor) -> None:
    later = int(time.time()) - 3600
    signin = hub.house.store.read(lambda view: view.signins(hub.people["facilitator"].id))[0]
    hub.house.store.write(lambda tx: tx.sign_in(replace(signin, proved_at=later)))
    answer = closed.post(f"{AT}/codes", count="3")
    assert "/office/prove" in answer.headers["Location"]


def test_how_to_join_names_word_and_number_and_nothing_else(hub: Hub) -> None:
    visitor = hub.inside("facilitator")
    shown = visitor.get(f"{AT}/join").text
    assert "send the word RIVER to \u2066+12025550100\u2069" in shown
    assert "<img" not in shown, "eight pictures are not loaded over a slow link"
    alone = visitor.get(f"{AT}/join?only=0").text
    assert alone.count("send the word") == alone.count("<img") == 1
    picture = visitor.get(f"{AT}/join/0.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "script" not in picture.text
    assert visitor.get(f"{AT}/join/99.svg").status_code == 404


def test_a_retired_consultation_takes_no_list(hub: Hub) -> None:
    hub.house.store.write(lambda tx: tx.retire("safety", 20_790))
    assert hub.inside("facilitator").get(AT).status_code == 404
