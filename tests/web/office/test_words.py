"""The translations' pages over Flask's client: who writes and signs what, files in and out, and what strangers try."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from consult import spreadsheets, workbooks
from consult.consultation import Consultation, Option, Question, read
from consult.drafts import keeping
from consult.drafts.fields import taken
from consult.speech.script import lines
from consult.speech.shelf import Shelf
from consult.translations.states import State, known, standing
from consult.translations.strings import strings
from tests.accounts.conftest import audit, joined
from tests.conftest import example, need_module
from tests.speech.sounds import tone
from tests.web.conftest import Parsed
from tests.web.office.conftest import LONG_AGO, Hub, Visitor, opened_hub
from tests.web.office.drafted import PAGE, number, read_as
from tests.web.office.drafted import standing as draft_of
from tests.web.test_page_weight import LIGHT, cost

WORDS = f"{PAGE}/words"
HAUSA = f"{WORDS}/ha"
LABEL = "label.moving.ha"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One for all tests here; each finds the draft as the example is, written by the facilitator."""
    for hub in opened_hub(tmp_path_factory.mktemp("hub") / "data"):
        hub.unlimited()
        at = int(time.time()) - LONG_AGO
        hub.people["elsewhere"] = joined(hub.house, "Elsewhere", "translator", "pulse", at)
        yield hub


@pytest.fixture
def ruth(hub: Hub) -> Visitor:
    """A translator at the page of Hausa."""
    facilitator, at = hub.people["facilitator"].id, int(time.time())
    keeping.replace_all(hub.house, "safety", replace(example("safety"), round=2), facilitator, at)
    keeping.replace_all(hub.house, "safety", example("safety"), facilitator, at)
    for each in hub.house.store.read(lambda view: view.readings("safety")):
        hub.house.store.write(lambda tx, each=each: tx.drop_reading(each))
    visitor = hub.inside("translator")
    visitor.get(HAUSA)
    return visitor


def base(hub: Hub) -> str:
    return str(number(hub.house))


def state(hub: Hub, id: str = "label.moving", tag: str = "ha") -> State:
    whole = draft_of(hub.house)
    (string,) = [each for each in strings(whole) if each.id == id]
    return standing(whole, string, tag, known(hub.house.store.read(lambda view: view.readings("safety")))).state


def seen(text: str, id: str = "label.moving") -> str:
    """What the tick beside a text sends."""
    (found,) = re.findall(rf'name="read" value="({re.escape(id)} [0-9a-f]+)"', text)
    return str(found)


# ---- looked at


def test_every_language_is_a_column_and_every_string_a_row(hub: Hub, ruth: Visitor) -> None:
    parts = [Parsed.of(ruth.get(f"{WORDS}?lang=en&part={n}").text) for n in range(2)]
    whole = draft_of(hub.house)
    for page in parts:
        heads = [tag.at["href"] for tag in page.all("a") if tag.at["href"].startswith(f"{WORDS}/")]
        assert heads == [f"{WORDS}/{tag}" for tag in whole.languages]
    rows = sum(len(page.all("th", scope="row")) for page in parts)
    assert rows == len(strings(whole))
    assert "Question 1: answer 2" in parts[0].source + parts[1].source


def test_one_language_stands_beside_the_first_in_its_own_direction(ruth: Visitor) -> None:
    page = Parsed.of(ruth.get(f"{WORDS}/ckb?lang=en").text)
    area = page.one("textarea", id="label.moving.ckb")
    assert (area.at["lang"], area.at["dir"]) == ("ckb", "rtl")
    assert area.text.strip() == example("safety").questions[0].label["ckb"]
    (source,) = [each for each in page.all("td", lang="en") if each.text == example("safety").questions[0].label["en"]]
    assert source.at["dir"] == "ltr"
    assert page.one("label", for_="label.moving.ckb").text == "Question 1: What she is asked"


def test_what_is_missing_is_shown_by_itself(hub: Hub, ruth: Visitor) -> None:
    ruth.post(HAUSA, base=base(hub), **{"label.age.ha": ""})
    page = Parsed.of(ruth.get(f"{HAUSA}?show=empty&lang=en").text)
    assert [each.at["name"] for each in page.all("textarea")] == ["label.age.ha"]
    assert "Missing (1)" in page.source


def test_whether_a_line_is_recorded_is_told(hub: Hub, ruth: Visitor) -> None:
    whole = replace(draft_of(hub.house), voice="recorded")
    keeping.replace_all(hub.house, "safety", whole, hub.people["facilitator"].id, int(time.time()))
    before = ruth.get(f"{HAUSA}?lang=en&part=0").text + ruth.get(f"{HAUSA}?lang=en&part=1").text
    assert re.search(r"audio 0 of \d+", before)
    published = hub.house.store.read(lambda view: view.published("safety"))
    assert published is not None
    said = [
        line
        for line in lines(hub.house.library.edition(published), hub.house.speakers)
        if line.speech.locale == "ha" and "question moving" in line.where
    ]
    Shelf(hub.house.settings.data).keep(said[0].speech, "ha", tone(0.2))
    after = ruth.get(f"{HAUSA}?lang=en&part=0").text + ruth.get(f"{HAUSA}?lang=en&part=1").text
    assert f"audio 1 of {len(said)}" in after


# ---- written


def test_a_translator_writes_words_and_nothing_else(hub: Hub, ruth: Visitor) -> None:
    forbidden = {"sensitive.turn_to": "", "name.moving": "x", "relevant.age": "1", "top.risk": "elevated"}
    others = {"label.moving.en": "Not here", "label.moving": "x", "type.moving": "text", "top.round": "9"}
    answer = ruth.post(HAUSA, base=base(hub), do="drop moving", **forbidden, **others, **{LABEL: "Sabon rubutu"})
    assert (answer.status_code, answer.headers["Location"]) == (303, HAUSA)
    assert draft_of(hub.house) == taken(example("safety"), {LABEL: "Sabon rubutu"})[0]


def test_where_she_was_is_where_she_comes_back(hub: Hub, ruth: Visitor) -> None:
    answer = ruth.post(HAUSA, base=base(hub), show="draft", part="1", **{LABEL: "Sabo"})
    assert answer.headers["Location"] == f"{HAUSA}?show=draft&part=1"


def test_two_who_write_one_text_are_both_shown(hub: Hub, ruth: Visitor) -> None:
    old = base(hub)
    amina = hub.inside("facilitator")
    amina.get(HAUSA)
    amina.post(HAUSA, base=old, **{LABEL: "Na Amina"})
    answer = ruth.post(HAUSA, base=old, **{LABEL: "Na Ruth", "label.age.ha": "Shekara nawa?"})
    assert answer.status_code == 409
    told = unescape(answer.text)
    assert "Na Amina" in told
    assert "Na Ruth" in told
    assert (draft_of(hub.house).questions[0].label["ha"], draft_of(hub.house).questions[3].label["ha"]) == (
        "Na Amina",
        "Shekara nawa?",
    )


def test_a_text_that_is_too_long_is_not_kept_and_told(hub: Hub, ruth: Visitor) -> None:
    answer = ruth.post(HAUSA, base=base(hub), **{LABEL: "x" * 1001, "label.age.ha": "Kept"})
    assert answer.status_code == 400
    assert draft_of(hub.house).questions[3].label["ha"] == "Kept"
    assert draft_of(hub.house).questions[0].label == example("safety").questions[0].label


# ---- signed


def test_a_second_person_signs_what_is_ticked(hub: Hub, ruth: Visitor) -> None:
    page = ruth.get(f"{HAUSA}?lang=en").text
    answer = ruth.post(HAUSA, base=base(hub), read=seen(page))
    assert answer.status_code == 303
    assert "1 text is signed." in ruth.get(f"{answer.location}&lang=en").text
    assert (state(hub), state(hub, "label.age")) == ("reviewed", "draft")
    assert audit(hub.house)[-1].startswith(f"account {hub.people['translator'].id}: read 1 texts of safety in ha")


def test_a_whole_part_is_signed_at_once_and_only_that(hub: Hub, ruth: Visitor) -> None:
    page = Parsed.of(ruth.get(f"{HAUSA}?lang=en").text)
    shown = [each.at["value"] for each in page.all("input", name="seen")]
    assert shown
    assert ruth.post(HAUSA, base=base(hub), do="sign all", seen=shown).status_code == 303
    signed = {each.string for each in hub.house.store.read(lambda view: view.readings("safety"))}
    assert signed == {each.partition(" ")[0] for each in shown} != {each.id for each in strings(draft_of(hub.house))}


def test_nobody_signs_her_own_words_on_the_page_either(hub: Hub, ruth: Visitor) -> None:
    ruth.post(HAUSA, base=base(hub), **{LABEL: "Sabon rubutu"})
    amina = hub.inside("facilitator")
    mark = seen(amina.get(f"{HAUSA}?lang=en").text)
    assert 'name="read" value="label.moving ' not in ruth.get(f"{HAUSA}?lang=en").text
    answer = ruth.post(f"{HAUSA}?lang=en", base=base(hub), read=mark)
    assert "You wrote these yourself" in answer.text
    assert state(hub) == "draft"
    amina.post(HAUSA, base=base(hub), read=mark)
    assert state(hub) == "reviewed"


def test_what_changes_while_it_is_signed_is_read_again(hub: Hub, ruth: Visitor) -> None:
    mark = seen(ruth.get(f"{HAUSA}?lang=en").text)
    amina = hub.inside("facilitator")
    amina.get(HAUSA)
    amina.post(HAUSA, base=base(hub), **{LABEL: "Na Amina"})
    answer = ruth.post(f"{HAUSA}?lang=en", base=base(hub), read=mark)
    assert "These were changed since you read them" in answer.text
    assert state(hub) == "draft"


def test_only_a_facilitator_says_that_a_variant_is_not_needed(hub: Hub, ruth: Visitor) -> None:
    amina = hub.inside("facilitator")
    amina.get(PAGE)
    amina.post(PAGE, base=base(hub), **{"in": "en", "voice.moving.en": "Say it aloud"})
    both = {"offered": "voice.moving", "needless": "voice.moving"}
    ruth.post(HAUSA, base=base(hub), **both)
    assert state(hub, "voice.moving") == "empty"
    amina.get(HAUSA)
    amina.post(HAUSA, base=base(hub), **both)
    assert state(hub, "voice.moving") == "needless"
    amina.post(HAUSA, base=base(hub), offered="voice.moving")
    assert state(hub, "voice.moving") == "empty"


# ---- files


def sent(visitor: Visitor, content: bytes) -> Any:
    """The file sent as a browser does, in one piece of memory."""
    need_module("openpyxl", "pip install 'consult[xlsx]'")
    parts = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{visitor.mark}\r\n--b\r\n'
        'Content-Disposition: form-data; name="file"; filename="f.xlsx"\r\nContent-Type: application/zip\r\n\r\n'
    )
    body = parts.encode() + content + b"\r\n--b--\r\n"
    return visitor.client.post(f"{HAUSA}/sheet?lang=en", data=body, content_type="multipart/form-data; boundary=b")


def rows_of(content: bytes) -> list[list[str]]:
    return [cells for _, cells in next(iter(workbooks.sheets(content, "it").values()))]


def test_a_file_goes_out_comes_back_is_looked_at_and_only_then_kept(hub: Hub, ruth: Visitor) -> None:
    need_module("openpyxl", "pip install 'consult[xlsx]'")
    taken_along = ruth.client.get(f"{HAUSA}/sheet")
    named = f"attachment; filename=safety-ha-draft-{base(hub)}.xlsx"
    assert taken_along.headers["Content-Disposition"] == named
    rows = [[*row, *[""] * (6 - len(row))] for row in rows_of(taken_along.data)]
    texts = {"label.moving": "=Sabon rubutu\nna biyu", "label.age": "Shekara nawa?"}
    rows = [[*row[:3], texts.get(row[0], row[3]), row[4], "a remark" if row[0] in texts else row[5]] for row in rows]
    looked = sent(ruth, spreadsheets.as_xlsx({"ha": rows}))
    assert looked.status_code == 200
    assert draft_of(hub.house) == example("safety"), "nothing is kept yet"
    assert "a remark" in looked.text
    page = Parsed.of(looked.text)
    form = {each.at["name"]: each.at["value"] for each in page.all("input", type="hidden")}
    chosen = [each.at["value"] for each in page.all("input", name="take", checked="")]
    assert set(chosen) == set(texts)
    form.pop("csrf_token")
    assert ruth.post(f"{HAUSA}/take", take=["label.moving"], **form).status_code == 303
    assert draft_of(hub.house) == taken(example("safety"), {LABEL: texts["label.moving"]})[0]


def test_the_file_of_another_language_is_not_taken(hub: Hub, ruth: Visitor) -> None:
    need_module("openpyxl", "pip install 'consult[xlsx]'")
    french = ruth.client.get(f"{WORDS}/fr/sheet").data
    answer = sent(ruth, french)
    assert answer.status_code == 400
    assert "This file is of another language (fr)." in answer.text


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" + b"x" * 3000, b"id,where\n1,2\n"])
def test_a_file_that_is_none_changes_nothing(hub: Hub, ruth: Visitor, content: bytes) -> None:
    assert sent(ruth, content).status_code == 400
    assert draft_of(hub.house) == example("safety")


def test_a_huge_file_is_refused_before_it_is_read(hub: Hub, ruth: Visitor) -> None:
    assert sent(ruth, b"PK\x03\x04" + b"x" * (workbooks.LARGEST + 64 * 1024)).status_code == 413
    elsewhere = hub.inside("elsewhere")
    elsewhere.get("/office/account")
    assert sent(elsewhere, b"x" * 100_000).status_code == 413  # a form of theirs is small


# ---- strangers


def test_a_translator_of_another_consultation_finds_nothing(hub: Hub, ruth: Visitor) -> None:
    elsewhere = hub.inside("elsewhere")
    nothing = elsewhere.get("/office/designs/nowhere/words")
    for path in ("", "/ha", "/ha/sheet"):
        answer = elsewhere.get(f"{WORDS}{path}")
        assert (answer.status_code, answer.text) == (404, nothing.text)
    for path in ("/ha", "/ha/sheet", "/ha/take"):
        assert elsewhere.post(f"{WORDS}{path}", base=base(hub), **{LABEL: "x"}).status_code == 404
    assert draft_of(hub.house) == example("safety")


def test_no_mark_no_change(hub: Hub, ruth: Visitor) -> None:
    mark = seen(ruth.get(f"{HAUSA}?lang=en").text)
    for path in ("", "/sheet", "/take"):
        data = {"base": base(hub), LABEL: "x", "take": "label.moving", "read": mark}
        assert ruth.client.post(f"{HAUSA}{path}", data=data).status_code == 400
    assert (draft_of(hub.house), state(hub)) == (example("safety"), "draft")


@pytest.mark.parametrize("path", ["", "/publish", "/files/toml", "/try", "/script/ha"])
def test_a_translator_designs_and_publishes_nothing(ruth: Visitor, path: str) -> None:
    assert ruth.get(f"{PAGE}{path}").status_code == 404
    assert ruth.post(f"{PAGE}{path}", base="1", number="1").status_code in (404, 405)


def test_a_second_reader_is_asked_in_where_one_is_missed(hub: Hub, ruth: Visitor) -> None:
    amina = hub.inside("facilitator")
    for where in (WORDS, HAUSA):
        told = amina.get(f"{where}?lang=en").text
        assert "An administrator invites one." in told
        assert "/office/people" not in told
    both = hub.inside("administrator")
    both.post(f"/office/people/{hub.people['administrator'].id}/grant", role="facilitator", consultation="safety")
    way = Parsed.of(both.get(f"{HAUSA}?lang=en").text).all(
        "a", href="/office/people?role=translator&consultation=safety#invite"
    )
    assert len(way) == 1
    people = both.get("/office/people?role=translator&consultation=safety&lang=en").text
    assert '<option value="translator" selected>' in people
    assert "signs as second reader what others wrote" in people


def test_a_translator_finds_her_way_and_sees_no_figures(ruth: Visitor) -> None:
    assert f'href="{WORDS}"' in ruth.get("/office/").text
    page = ruth.get("/office/consultations/safety?lang=en").text
    assert f'href="{WORDS}"' in page
    for closed in ("contacts", "launch", "live", "releases", "Waiting"):
        assert closed not in page


HOSTILE: list[dict[str, Any]] = [
    {"base": "-1"},
    {"base": "9" * 40},
    {"read": ["choice.moving x", "choice x", "x", " ", "label. y", "top.title", "a.b.c.d e"]},
    {"seen": ["x" * 5000], "do": "sign all"},
    {"offered": ["choice", "label.moving", "x" * 999], "needless": ["choice", ""]},
    {"part": "9" * 50, "show": "<script>"},
    {"part": "999"},
    {LABEL: "{{ 7*7 }}{% raw %}\x00\ud7ff\u202e"},
]


@pytest.mark.parametrize("form", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("who", ["translator", "facilitator"])
def test_hostile_fields_break_nothing(hub: Hub, ruth: Visitor, who: str, form: dict[str, Any]) -> None:
    visitor = hub.inside(who)
    visitor.get(HAUSA)
    answer = visitor.post(HAUSA, **{"base": base(hub), **form})
    assert answer.status_code in (200, 303, 400)
    assert visitor.get(HAUSA).status_code == 200
    assert "<script>" not in visitor.get(f"{HAUSA}?show=<script>&part=x").text


@pytest.mark.parametrize("path", [f"{WORDS}/xx", f"{WORDS}/lg", f"{WORDS}/..", f"{WORDS}/ha%00"])
def test_a_language_that_it_is_not_in_is_no_page(ruth: Visitor, path: str) -> None:
    assert ruth.get(path).status_code == 404


# ---- published


def test_words_without_a_second_reader_go_out_knowingly_or_not_at_all(hub: Hub, ruth: Visitor) -> None:
    amina = hub.inside("facilitator")
    amina.get("/office/designs")
    amina.post("/office/designs", name="market", language="en")
    whole = replace(read_as("market", example("safety")), languages=("en", "fr"), keyword={"en": "MARK", "fr": "MARC"})
    draft = keeping.replace_all(hub.house, "market", whole, hub.people["facilitator"].id, int(time.time()))
    shown = amina.get("/office/designs/market/publish?lang=en").text
    assert shown.count('name="unreviewed"') == 2
    refused = amina.post("/office/designs/market/publish?lang=en", number=str(draft.number))
    assert refused.status_code == 400
    assert "No second person has read all of its words." in refused.text
    assert hub.house.store.read(lambda view: view.published("market")) is None
    done = amina.post("/office/designs/market/publish?lang=en", number=str(draft.number), unreviewed="fr")
    assert "Without a second reader: Français" in done.text
    published = hub.house.store.read(lambda view: view.published("market"))
    assert published is not None
    assert read(published.toml).languages == ("fr",)
    assert hub.house.store.read(lambda view: view.unchecked("market", 1)) == ("fr",)
    assert audit(hub.house)[-1].endswith("published market from its draft; without a second reader: fr")


def test_a_language_that_lacks_words_is_named_with_what_it_lacks(hub: Hub, ruth: Visitor) -> None:
    lacks = {"label.age.ha": "", "choice.moving.same.ha": "", "top.title.fr": ""}
    amina = hub.inside("facilitator")
    amina.get(PAGE)
    for tag in ("ha", "fr"):
        amina.get(f"{WORDS}/{tag}")
        amina.post(f"{WORDS}/{tag}", base=base(hub), **{k: v for k, v in lacks.items() if k.endswith(tag)})
    page = Parsed.of(amina.get(f"{PAGE}/publish?lang=en").text)
    languages = {each.at["href"] for each in page.all("a") if each.at["href"].endswith("?show=empty")}
    assert languages == {f"{WORDS}/fr?show=empty", f"{WORDS}/ha?show=empty"}
    named = [each.text for each in page.all("li")]
    assert "Hausa: Question 1: answer 2 · Question 4: What she is asked" in named
    assert "Français: Title (stays with you, is never sent)" in named


# ---- weight


def ten_questions() -> Consultation:
    """Ten questions of four answers in three languages, each text as long as they usually are."""
    tags = ("en", "ar", "ha")
    whole = replace(example("safety"), languages=tags)
    asked = example("safety").questions[0]

    def question(n: int) -> Question:
        label = {tag: f"{n} {text}" for tag, text in asked.label.items() if tag in tags}
        options = tuple(
            Option(f"c{k}", {tag: f"{text} {n} {k}" for tag, text in asked.choices[k % 3].label.items() if tag in tags})
            for k in range(4)
        )
        return replace(asked, name=f"q{n}", label=label, choices=options)

    return replace(whole, questions=tuple(question(n) for n in range(1, 11)))


@pytest.mark.parametrize("tag", ["en", "fr", "ar"])
@pytest.mark.parametrize("path", ["", "/ar", "/ha", "/en"])
def test_ten_questions_in_three_languages_are_light(hub: Hub, ruth: Visitor, path: str, tag: str) -> None:
    """Fourteen kilobytes at a first visit (D24)."""
    keeping.replace_all(hub.house, "safety", ten_questions(), hub.people["facilitator"].id, int(time.time()))
    answer = ruth.client.get(f"{WORDS}{path}?lang={tag}", headers=LIGHT)
    page = Parsed.of(gzip.decompress(answer.data).decode())
    loaded = sum(cost(ruth.client.get(each, headers=LIGHT)) for each in page.loads())
    assert cost(answer) + loaded <= 14 * 1024
