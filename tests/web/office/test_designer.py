"""The designer's pages over Flask's client: what a form changes, who may, and what strangers and files try."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest

from consult import workbooks
from consult.accounts.roles import Right, may
from consult.drafts import keeping
from consult.house import House
from consult.web.office.uploads import DEFINITION
from tests.accounts.conftest import joined
from tests.conftest import example, need_module
from tests.web.office.conftest import LONG_AGO, Hub, Visitor, opened_hub
from tests.web.office.drafted import PAGE, number, standing


@dataclass
class Writer(Visitor):
    """A facilitator whose page is the draft of `safety`; `base` is the version that stands."""

    house: House | None = None

    @property
    def base(self) -> str:
        assert self.house is not None
        return str(number(self.house))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One for all tests here; each finds the draft as the example is."""
    for hub in opened_hub(tmp_path_factory.mktemp("hub") / "data"):
        hub.unlimited()
        hub.people["other"] = joined(hub.house, "Zainab", "facilitator", "safety", int(time.time()) - LONG_AGO)
        yield hub


@pytest.fixture
def amina(hub: Hub) -> Writer:
    keeping.replace_all(hub.house, "safety", example("safety"), 1, int(time.time()))
    inside = hub.inside("facilitator")
    return Writer(inside.client, inside.mark, house=hub.house)


def fields(text: str) -> dict[str, str]:
    """What a browser would send of the page's form, without its buttons."""
    form = text.partition('id="design"')[2].partition("</form>")[0]
    sent: dict[str, str] = {}
    for tag, inner in re.findall(
        r"<(?:input|textarea|select)([^>]*)>((?:(?!<input|<textarea|<select|</textarea|</select).)*)", form, re.S
    ):
        at = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        if "name" not in at or (at.get("type") == "checkbox" and " checked" not in tag):
            continue
        chosen = re.search(r'<option value="([^"]*)" selected>', inner)
        first = re.search(r'<option value="([^"]*)"', inner)
        value = (
            at["value"] if "value" in at else chosen[1] if chosen else first[1] if first else inner.removeprefix("\n")
        )
        sent[at["name"]] = unescape(value)
    return sent


# ---- writing


def test_the_whole_page_sent_back_changes_nothing(hub: Hub, amina: Writer) -> None:
    before = number(hub.house)
    for tag, more in (("en", ""), ("ar", "obstacle"), ("ckb", "-"), ("fr", "moving")):
        sent = fields(amina.get(f"{PAGE}?in={tag}&more={more}").text)
        assert sent["label.moving." + tag] == example("safety").questions[0].label[tag]
        sent.pop("csrf_token")
        assert amina.post(PAGE, **sent, do="save").status_code == 303
    assert (standing(hub.house), number(hub.house)) == (example("safety"), before)


def test_a_button_keeps_what_was_typed_first(hub: Hub, amina: Writer) -> None:
    answer = amina.post(PAGE, base=amina.base, **{"label.moving.en": "Is the way easier?"}, do="add range")
    assert answer.headers["Location"] == f"{PAGE}#q-q1"
    whole = standing(hub.house)
    assert whole.questions[0].label["en"] == "Is the way easier?"
    assert (whole.questions[-1].type, whole.questions[-1].low, whole.questions[-1].high) == ("range", 1, 5)


def test_undo_and_redo_are_buttons(hub: Hub, amina: Writer) -> None:
    amina.post(PAGE, base=amina.base, **{"label.moving.en": "One"})
    amina.post(PAGE, base=amina.base, **{"label.moving.en": "Two"}, do="undo")
    assert standing(hub.house).questions[0].label["en"] == "One"
    amina.post(PAGE, base=amina.base, do="redo")
    assert standing(hub.house).questions[0].label["en"] == "Two"


def test_the_script_gets_the_checks_and_nothing_else(hub: Hub, amina: Writer) -> None:
    data = {"csrf_token": amina.mark, "base": amina.base, "in": "ha", "label.moving.ha": "Ƙ" * 71}
    answer = amina.client.post(PAGE, data=data, headers={"X-Live": "1"})
    assert answer.status_code == 200
    assert f'id="base" value="{amina.base}"' in answer.text
    assert 'id="about-moving"' in answer.text
    assert "<textarea" not in answer.text
    assert len(answer.data) < 12_000


def test_checks_stand_beside_the_question_with_the_sign_that_makes_it_dear(amina: Writer) -> None:
    amina.post(PAGE, base=amina.base, **{"label.moving.en": "See www.example.org 😀", "top.spelling": "full"})
    text = amina.get(f"{PAGE}?in=en&lang=en").text
    beside = text.partition('id="about-moving"')[2].partition("</div>")[0]
    assert "dear because of 😀" in beside
    assert "(U+1F600)" in beside
    assert "UCS-2" in beside
    assert "Leave the internet address out" in beside


def test_a_rule_is_chosen_in_words_and_read_out(hub: Hub, amina: Writer) -> None:
    amina.post(PAGE, base=amina.base, **{"only.turn_to": "${moving} != 'same'"})
    assert standing(hub.house).questions[2].relevant == "${moving} != 'same'"
    text = unescape(amina.get(f"{PAGE}?in=en&lang=en").text)
    assert "Only if “In the last month, has it become easier or…” is not “The same”." in text
    assert "${moving}" not in re.sub(r'value="[^"]*"', "", text)


def test_what_cannot_be_kept_is_shown_as_it_was_typed(hub: Hub, amina: Writer) -> None:
    answer = amina.post(PAGE, base=amina.base, **{"name.moving": "<b>Way</b>", "label.moving.en": "Kept"})
    assert answer.status_code == 400
    assert "&lt;b&gt;Way&lt;/b&gt;" in answer.text
    assert "<b>Way" not in answer.text
    assert standing(hub.house).questions[0].label["en"] == "Kept"


def test_two_people_who_write_one_field_are_both_shown(hub: Hub, amina: Writer) -> None:
    base, zainab = amina.base, hub.inside("other")
    amina.post(PAGE, base=base, **{"label.moving.en": "Amina's words"})
    zainab.get(f"{PAGE}?lang=en")
    answer = zainab.post(PAGE, base=base, **{"label.moving.en": "Zainab's words", "label.age.en": "How old?"})
    assert answer.status_code == 409
    told = unescape(answer.text.partition('id="trouble"')[2])
    assert "Amina's words" in told
    assert "Zainab's words" in told
    assert "Facilitator wrote here too" in told
    whole = standing(hub.house)
    assert [whole.questions[n].label["en"] for n in (0, 3)] == ["Amina's words", "How old?"]
    form = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', told.partition("<form")[2].partition("</form>")[0]))
    form.pop("csrf_token")
    assert zainab.post(PAGE, **form).status_code == 303
    assert standing(hub.house).questions[0].label["en"] == "Zainab's words"


# ---- a new one


def test_a_draft_is_begun_and_is_nobody_else_s(hub: Hub, amina: Writer) -> None:
    answer = amina.post("/office/designs", name="market", language=["en", "ar"])
    assert answer.headers["Location"] == "/office/designs/market"
    assert amina.get("/office/designs/market").status_code == 200
    assert may(hub.people["facilitator"].member(hub.house).grants, Right.DESIGN, "market")
    outsider = hub.inside("outsider")
    assert outsider.get("/office/designs/market").status_code == 404
    assert "designs/market" not in outsider.get("/office/designs").text
    assert outsider.post("/office/designs", name="market", language="en").status_code == 400
    assert outsider.post("/office/designs", name="safety", language="en").status_code == 400


def test_a_practice_is_begun_with_its_questions_and_none_of_what_is_local(hub: Hub, amina: Writer) -> None:
    amina.post("/office/designs", name="try_keys", language=["en", "ar"], practice="yes")
    whole = standing(hub.house, "try_keys")
    assert whole.practice
    assert (whole.languages, whole.keyword, whole.convenor) == (("en", "ar"), {}, {})
    assert [each.name for each in whole.questions] == ["colour", "cups", "fruit"]
    played = amina.post("/office/designs/try_keys/try?lang=en", do="=1")
    assert "Only to practise" in played.text


@pytest.mark.parametrize("name", ["", "Market", "a b", "../x", "x" * 33, "<b>", "1a"])
def test_a_short_name_is_short(hub: Hub, amina: Writer, name: str) -> None:
    assert amina.post("/office/designs", name=name).status_code == 400
    assert name not in [draft.name for draft in hub.house.store.read(lambda view: view.drafts())]


def test_no_mark_no_change(hub: Hub, amina: Writer) -> None:
    for path in ("", "/import", "/publish", "/approval", "/from-live", "/try"):
        assert amina.client.post(f"{PAGE}{path}", data={"base": "1", "do": "drop moving"}).status_code == 400
    assert standing(hub.house) == example("safety")


def test_another_s_draft_is_out_of_reach(hub: Hub, amina: Writer) -> None:
    outsider = hub.inside("outsider")
    outsider.get("/office/designs")
    for path in ("", "/publish", "/try", "/files/toml", "/files/xlsx", "/script/en"):
        assert outsider.get(f"{PAGE}{path}").status_code == 404
    for path in ("", "/import", "/publish", "/approval", "/from-live", "/try"):
        assert outsider.post(f"{PAGE}{path}", base="1", do="drop moving").status_code == 404
    assert standing(hub.house) == example("safety")


HOSTILE: list[dict[str, Any]] = [
    {"base": "-1"},
    {"base": "x"},
    {"base": "9" * 400},
    {"base": "", "label.moving.en": "x" * 1001},
    {"base": "", "do": "add " + "x" * 10_000},
    {"base": "", "do": "drop-choice moving " * 50},
    {"base": "", **{f"label.q{n}.en": "x" for n in range(900)}},
    {"base": "", "in": "../../etc"},
    {"base": "", "more": "<script>"},
    {"base": "", "relevant.moving": "(" * 590},
    {"base": "", "label.moving.en": "{{ 7*7 }}{% raw %}\x00\ud7ff"},
    {"base": "77", "label.moving.en": "of a version that never was"},
]


@pytest.mark.parametrize("form", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_fields_break_nothing(hub: Hub, amina: Writer, form: dict[str, Any]) -> None:
    answer = amina.post(PAGE, **{**form, "base": form["base"] or amina.base})
    assert answer.status_code in (303, 400, 409)
    assert amina.get(PAGE).status_code == 200
    assert len(standing(hub.house).questions) == 5


def test_a_form_that_is_too_large_is_refused(hub: Hub, amina: Writer) -> None:
    assert amina.post(PAGE, base=amina.base, **{"label.moving.en": "x" * (DEFINITION + 64 * 1024)}).status_code == 413
    stranger = hub.visitor()
    stranger.get("/office/sign-in")
    assert stranger.post(PAGE, base="1", **{"label.moving.en": "x" * 17_000}).status_code == 413
    assert standing(hub.house) == example("safety")


# ---- files


def brought(visitor: Visitor, content: bytes) -> Any:
    """The file sent as a browser does, in one piece of memory."""
    parts = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{visitor.mark}\r\n--b\r\n'
        'Content-Disposition: form-data; name="file"; filename="f.xlsx"\r\nContent-Type: application/zip\r\n\r\n'
    )
    body = parts.encode() + content + b"\r\n--b--\r\n"
    return visitor.client.post(f"{PAGE}/import", data=body, content_type="multipart/form-data; boundary=b")


def test_a_form_of_kobo_comes_in_and_goes_out(hub: Hub, amina: Writer) -> None:
    need_module("openpyxl", "pip install 'consult[xlsx]'")
    taken_along = amina.client.get(f"{PAGE}/files/xlsx")
    assert taken_along.headers["Content-Disposition"] == "attachment; filename=safety-draft.xlsx"
    amina.post(PAGE, base=amina.base, do="drop moving")
    answer = brought(amina, taken_along.data)
    assert answer.status_code == 200
    assert [each.name for each in standing(hub.house).questions] == [each.name for each in example("safety").questions]
    assert standing(hub.house).convenor == {}
    amina.post(PAGE, base=amina.base, do="undo")
    assert standing(hub.house).convenor != {}


def test_a_definition_comes_in_under_the_name_of_the_draft(hub: Hub, amina: Writer) -> None:
    amina.get("/office/designs/safety")
    toml = amina.client.get(f"{PAGE}/files/toml").data.replace(b'"safety"', b'"elsewhere"', 1)
    assert brought(amina, toml + b"\n# a remark\n").status_code == 200
    assert standing(hub.house) == example("safety")


TWICE = """name = "x"
languages = ["en"]
[[questions]]
type = "text"
name = "a"
[[questions]]
type = "text"
name = "a"
"""
FILES: list[tuple[str, Callable[[], bytes]]] = [
    ("nothing", lambda: b""),
    ("no TOML", lambda: b"<xml>" * 100),
    ("no text", lambda: b"\xff\xfe\x00" * 50),
    ("no spreadsheet", lambda: b"PK\x03\x04" + b"x" * 5000),
    ("an old spreadsheet", lambda: b"\xd0\xcf\x11\xe0" + b"x" * 5000),
    ("a deep one", lambda: b"a=" + b"[" * 5000),
    ("two of one name", lambda: TWICE.encode()),
    ("a large definition", lambda: b"#" * 300_000),
]


@pytest.mark.parametrize(("what", "content"), FILES, ids=[what for what, _ in FILES])
def test_a_file_that_cannot_be_used_changes_nothing(
    hub: Hub, amina: Writer, what: str, content: Callable[[], bytes]
) -> None:
    answer = brought(amina, content())
    assert answer.status_code == 400, what
    assert "The file was not taken" in answer.text
    assert standing(hub.house) == example("safety")


def test_a_huge_file_is_refused_before_it_is_read(hub: Hub, amina: Writer) -> None:
    assert brought(amina, b"x" * (workbooks.LARGEST + 64 * 1024)).status_code == 413
    assert brought(hub.inside("mediator"), b"x" * 100_000).status_code == 413  # a form of theirs is small
    assert standing(hub.house) == example("safety")


# ---- trying


def test_a_trial_shows_what_she_reads_and_keeps_nothing(hub: Hub, amina: Writer) -> None:
    begun = amina.get(f"{PAGE}/try?lang=en")
    assert f"DRAFT {amina.base}" in begun.text
    assert "RIVER" in begun.text
    later = amina.post(f"{PAGE}/try", channel="sms", **{"in": "en"}, said=["=1", "=xyzzy"], typed="STOP")
    for words in ("easier or harder", "Please reply 1, 2 or 3.", "Stopped. No more messages", f"DRAFT {amina.base}"):
        assert words in later.text
    assert hub.house.store.read(lambda view: view.last_arrival("safety")) == 0


@pytest.mark.parametrize("tag", ["ar", "ha"])
def test_a_trial_speaks_every_language_and_has_every_path(amina: Writer, tag: str) -> None:
    amina.post(PAGE, base=amina.base, **{"top.voice": "drafts"})
    for channel in ("sms", "voice"):
        for button in ("silence", "speaks", "hangs up", "=*", "back", "x" * 400, "="):
            answer = amina.post(f"{PAGE}/try", channel=channel, said=["=1"] * 3, do=button, **{"in": tag})
            assert answer.status_code == 200
    script = amina.client.get(f"{PAGE}/script/{tag}")
    assert script.status_code == 200
    assert "DRAFT, not for the air" in script.text
    assert "style-src 'sha256-" in script.headers["Content-Security-Policy"]


def test_a_trial_is_by_telephone_where_the_consultation_is(amina: Writer) -> None:
    def ways(page: str) -> list[str]:
        return re.findall(r'<option value="([a-z]+)"', page.partition('id="channel"')[2].partition("</select>")[0])

    assert ways(amina.get(f"{PAGE}/try?lang=en&channel=voice").text) == ["sms"]
    amina.post(PAGE, base=amina.base, **{"top.voice": "drafts"})
    page = amina.get(f"{PAGE}/try?lang=en&channel=voice").text
    assert (ways(page), "Her call" in page) == (["sms", "voice"], True)


def test_a_trial_does_not_go_on_for_ever(amina: Writer) -> None:
    answer = amina.post(f"{PAGE}/try", said=["=x"] * 5_000, typed="y")
    assert answer.status_code == 200
    assert answer.text.count('name="said"') <= 60
    assert amina.get(f"{PAGE}/try?channel=pigeon&in=xx").status_code == 200
    assert amina.get(f"{PAGE}/script/xx").status_code == 404
