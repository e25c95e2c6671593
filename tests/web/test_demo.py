"""The demo page: every text goes the way of a carrier's, without script, in every language."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from consult.figures import figures, frame_of
from consult.house import House
from consult.web import create_app, demo, pages
from consult.web.telephones import telephones
from consult.wording import for_locale, locale, shipped
from tests.web.conftest import LEFT, RIGHT, Page, Parsed, opened

KEYWORDS = {"en": "RIVER", "fr": "RIVIERE", "ar": "نهر", "ha": "RUWA", "sw": "ZIWA", "es": "CANOA", "pcm": "WOTA"}


# ---- the page


@pytest.mark.parametrize("tag", shipped())
def test_the_page_speaks_every_language(lasting: Page, tag: str) -> None:
    page, say = lasting.read(f"lang={tag}"), for_locale(tag)
    html = page.one("html")
    assert (html.at["lang"], html.at["dir"]) == (tag, locale(tag).dir)
    assert page.one("h1").text == say("Try a consultation")
    assert page.one("a", aria_current="true").at["lang"] == tag
    assert page.one("option", value="safety", selected="").text


@pytest.mark.parametrize(
    ("accept", "tag"), [("fr-CM,fr;q=0.9", "fr"), ("ar", "ar"), ("sw-KE,en;q=0.5", "sw"), ("tlh", "en"), ("", "en")]
)
def test_the_browser_s_language_is_the_page_s(lasting: Page, accept: str, tag: str) -> None:
    answer = lasting.client.get("/", headers={"Accept-Language": accept})
    assert Parsed.of(answer.text).one("html").at["lang"] == tag


def test_everything_has_its_place_and_its_label(lasting: Page) -> None:
    page = lasting.read("")
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("header")) == len(page.all("footer")) == 1
    ids = [tag.at["id"] for tag in page.tags if "id" in tag.at]
    assert len(ids) == len(set(ids))
    named = {tag.at["for"] for tag in page.all("label")}
    fields = [tag for tag in page.tags if tag.name in ("input", "select") and tag.at.get("type") != "hidden"]
    assert {tag.at["id"] for tag in fields} == named
    pointed = [
        tag.at[how] for tag in page.tags for how in ("aria-labelledby", "aria-describedby", "for") if how in tag.at
    ]
    assert set(pointed) <= set(ids)
    assert page.one("a", class_="skip").at["href"] == f"#{page.one('main').at['id']}"
    assert all(tag.at.get("scope") for tag in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) == 1
    assert [tag.at["tabindex"] for tag in page.all("div", role="log")] == ["0", "0"]


def test_nothing_is_written_inline_or_loaded_from_elsewhere(lasting: Page) -> None:
    page = lasting.read("")
    assert all(tag.at.get("src", "").startswith("/static/") for tag in page.all("script"))
    assert not page.all("style")
    assert not [tag for tag in page.tags if any(name == "style" or name.startswith("on") for name in tag.at)]
    assert all(path.startswith("/static/") for path in page.loads())
    assert "//" not in re.sub(r"<!doctype[^>]*>", "", page.source)


# ---- two telephones


def test_a_keyword_opens_a_conversation_in_its_language(page: Page) -> None:
    page.says("RIVER")
    read = page.says("نهر", number=RIGHT)
    assert read.bubbles("left", "her") == ["RIVER"]
    assert read.bubbles("right", "her") == ["نهر"]
    assert "River Circle" in "".join(read.bubbles("left", "us"))
    assert "حلقة النهر" in "".join(read.bubbles("right", "us"))
    logs = read.all("div", role="log")
    assert [(log.at["lang"], log.at["dir"]) for log in logs] == [("en", "ltr"), ("ar", "rtl")]
    assert read.people()["Started"] == "2"


def test_every_message_of_ours_tells_what_it_costs(page: Page) -> None:
    page.says("RIVER")
    read = page.says("نهر", number=RIGHT)
    house: House = page.client.application.extensions["house"]
    for side, number, encoding in (("left", LEFT, "GSM-7"), ("right", RIGHT, "UCS-2")):
        lines = [tag.text for tag in read.all("li", class_="us") if f"{side}-log" in tag.within]
        assert lines
        assert all(re.search(rf"· \d+ segments? · {encoding}$", line) for line in lines)
        phones = telephones(house)
        assert phones is not None
        spent = sum(each.segments for each in phones.thread(number) if each.by == "us")
        assert read.one("p", id=f"{side}-sum").text.startswith(f"Sent to this telephone: {spent} segment")


def test_answers_are_counted_and_doubts_kept_apart(page: Page) -> None:
    page.says("RIVER", "1", "1", "77")
    read = page.says("RIVER", "2", number=RIGHT)
    table = read.table()
    assert ("In the last month, has it become easier or harder to get to the market?", "1") in table
    assert ("Easier", "1") in table
    assert ("Harder", "0") in table
    assert ("Apart: not sure 1, not clear 0, rather not say 0, skipped 0", "") in table
    assert read.people() == {"Started": "2", "Part way": "1", "Finished": "0", "Stopped": "0", "Said no": "1"}


def test_the_table_says_what_the_figures_say(page: Page, house: House) -> None:
    page.says("RIVER", "1", "3", "2", "1")
    read = page.says("RIVER", "1", "1", number=RIGHT)
    table = frame_of(figures(house, "safety"), None)
    shown = dict(read.table())
    edition = house.library.edition(house.store.read(house.library.current).newest["safety"])
    for row, question in zip(table["questions"], edition.consultation.questions, strict=True):
        assert shown[question.label["en"]] == str(row["people"])
        for option in question.choices:
            assert (option.label["en"], str(row["counts"][option.name])) in read.table()


def test_a_ranking_counts_what_is_first_and_a_scale_its_steps(page: Page) -> None:
    page.query = "show=priorities"
    read = page.says("MANGO", "1", "1 2")
    assert "Counted is what each person put first." in read.source
    page.query = "show=pulse"
    assert [label for label, _ in page.read().table() if label.isdecimal()] == ["1", "2", "3", "4", "5"]


def test_where_risk_is_elevated_the_page_is_the_leaflet(page: Page) -> None:
    page.query = "show=pulse"
    before = page.read()
    assert ("1 Calmer", "0") in before.table()
    read = page.says("BASKET", "1", "turtle", "1")
    assert not any("calmer" in text.lower() for text in read.bubbles("left", "us"))
    assert any("Q1" in text for text in read.bubbles("left", "us"))
    assert ("1 Calmer", "1") in read.table()


@pytest.mark.parametrize(("tag", "word"), KEYWORDS.items())
def test_a_telephone_in_a_language_begins_with_its_word(lasting: Page, tag: str, word: str) -> None:
    read = lasting.read(f"lang=en&show=safety&left_in={tag}")
    replies = [each.at["value"] for each in read.all("button", name="text")]
    assert replies[0] == word
    assert read.one("select", id="left-in")
    assert read.one("p", id="left-hint").text == f"To begin, send {word}"


def test_another_telephone_is_a_number_nobody_used(page: Page) -> None:
    page.says("RIVER")
    fresh = page.read().all("input", type="hidden", name="left")[1].at["value"]
    assert f"+{fresh}" not in (LEFT, RIGHT)
    page.query = f"left={fresh}&left_in=ha"
    new = page.says("RUWA", number=f"+{fresh}")
    assert new.bubbles("left", "her") == ["RUWA"]
    assert new.bubbles("right") == []
    assert new.people()["Started"] == "2"


@pytest.mark.parametrize(
    "query",
    [
        "show=nothing&lang=xx&left=1&right=2&left_in=zz&right_in=../../etc",
        "left=237650000001&right=12025550100",
        "lang=%00&left=%ff%fe&left_in=" + "x" * 5000,
        "show=safety&show=pulse&left=&right=&at=nowhere",
    ],
)
def test_an_address_is_a_wish(lasting: Page, query: str) -> None:
    read = lasting.read(query)
    assert "+1 202 555 0101" in read.source
    assert "+1 202 555 0102" in read.source
    assert [log.at["lang"] for log in read.all("div", role="log")] == ["en", "ar"]


def test_what_she_writes_is_text_and_nothing_else(page: Page) -> None:
    text = "<script>alert(1)</script> \"'&amp; {{ 7*7 }} {word} \u202e"
    read = page.says(text)
    assert read.bubbles("left", "her") == [text]
    assert "<script>alert" not in read.source


def test_a_second_start_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as house:
        Page(create_app(house).test_client(), "right_in=ha").says("RUWA", "1", number=RIGHT)
    with opened(tmp_path / "data") as house:
        page = Page(create_app(house).test_client())
        read = page.read()
        assert read.bubbles("right", "her") == ["RUWA", "1"]
        assert [log.at["lang"] for log in read.all("div", role="log")] == ["en", "ha"]
        assert read.people()["Started"] == "1"
        again = page.says("1", number=RIGHT)
        assert len(again.bubbles("right", "us")) > len(read.bubbles("right", "us"))


def test_a_long_thread_shows_its_end(page: Page) -> None:
    read = page.says("RIVER", *["nonsense"] * pages.NEWEST)
    shown = [tag.at["id"] for tag in read.all("li")]
    assert len(shown) == pages.NEWEST
    assert read.bubbles()[-2:]
    hidden = int(shown[0].removeprefix("left")) - 1
    assert f"{hidden} earlier messages are not shown." in read.one("p", id="left-sum").text


def test_erasing_takes_her_out_of_the_table(page: Page) -> None:
    page.says("RIVER", "1", "1", number=RIGHT)
    before = page.says("RIVER", "1", "1")
    assert ("Easier", "2") in before.table()
    after = page.says("ERASE")
    assert ("Easier", "1") in after.table()
    assert after.people()["Started"] == "1"


# ---- sending


def test_a_double_click_is_one_message(page: Page) -> None:
    with ThreadPoolExecutor(8) as clicks:
        answers = list(clicks.map(lambda _: page.send("RIVER", ref="one-form-1").status_code, range(8)))
    assert set(answers) == {303}
    read = page.read()
    assert read.bubbles("left", "her") == ["RIVER"]
    assert len(read.bubbles("left", "us")) == len(set(read.bubbles("left", "us")))
    assert read.people()["Started"] == "1"


def test_two_replies_from_one_form_are_two(page: Page) -> None:
    assert page.send("RIVER", ref="one-form-1").status_code == 303
    assert page.send("1", ref="one-form-1").status_code == 303
    assert page.read().bubbles("left", "her") == ["RIVER", "1"]


def test_sending_leads_back_to_where_she_was(page: Page) -> None:
    page.query = "lang=fr&show=safety&left=12025550103&right=12025550104&left_in=ha&right_in=sw"
    answer = page.send("ZIWA", "+12025550104")
    assert answer.status_code == 303
    assert answer.location == f"/?{page.query}&at=right"
    assert Parsed.of(page.client.get(answer.location).text).one("input", autofocus="").at["id"] == "right-text"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"sender": LEFT, "ref": "12345678"},
        {"sender": LEFT, "text": "1"},
        {"sender": LEFT, "text": ["1", "2"], "ref": "12345678"},
        {"sender": [LEFT, RIGHT], "text": "1", "ref": "12345678"},
        {"sender": LEFT, "text": "1", "ref": "short"},
        {"sender": LEFT, "text": "1", "ref": "../../../etc/passwd"},
        {"sender": "+237650000001", "text": "1", "ref": "12345678"},
        {"sender": "+12025550100", "text": "1", "ref": "12345678"},  # our own number
        {"sender": "../../12025550101", "text": "1", "ref": "12345678"},
    ],
)
def test_a_form_that_is_none_of_ours_is_refused(lasting: Page, form: dict[str, object]) -> None:
    before = sorted(Path(lasting.client.application.extensions["house"].settings.data).rglob("*.jsonl"))
    assert lasting.client.post("/demo/send", data=form).status_code == 400
    assert sorted(Path(lasting.client.application.extensions["house"].settings.data).rglob("*.jsonl")) == before


@pytest.mark.parametrize("text", ["", " ", "\u00a0\n"])
def test_nothing_typed_is_nothing_sent(lasting: Page, text: str) -> None:
    assert lasting.send(text).status_code == 303
    assert lasting.read().bubbles() == []


@pytest.mark.parametrize("body", [b"\xff\xfe", b"sender=%FF&text=%ED%A0%80&ref=12345678", b"&" * 2000, b"\x00" * 9])
def test_any_bytes_are_met_calmly(lasting: Page, body: bytes) -> None:
    answer = lasting.client.post("/demo/send", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_without_a_worker_the_page_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "WAIT", 0.2)
    with opened(tmp_path / "data", works=False, examples=("safety",)) as house:
        page, began = Page(create_app(house).test_client()), time.monotonic()
        assert page.send("RIVER").status_code == 303
        assert time.monotonic() - began < 1.5
        assert page.read().bubbles() == ["RIVER"]


def test_silence_is_explained(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PATIENCE", 0)
    assert "No answer came" not in page.says("hello").source  # the one answer of the day
    assert "No answer came to this text." in page.says("hello again").one("p", id="left-hint").text


# ---- the part that lives


def test_the_fragment_is_sent_again_only_when_it_changed(page: Page) -> None:
    whole = page.read()
    live, tag = whole.one("body").at["data-live"], whole.one("body").at["data-tag"]
    assert page.client.get(live, headers={"If-None-Match": tag}).status_code == 304
    page.says("RIVER")
    changed = page.client.get(live, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert page.client.get(live, headers={"If-None-Match": changed.headers["ETag"]}).data == b""
    page.says("نهر", "1", number=RIGHT)
    assert page.client.get(live, headers={"If-None-Match": changed.headers["ETag"]}).status_code == 200


def test_the_fragment_changes_when_somebody_is_erased(page: Page) -> None:
    page.query = "left=12025550103"
    page.says("RIVER", "1", "1")
    tag = page.client.get("/demo/live").headers["ETag"]
    page.says("ERASE")
    assert page.client.get("/demo/live", headers={"If-None-Match": tag}).status_code == 200


def test_the_fragment_holds_what_the_page_marks_as_live(page: Page) -> None:
    page.says("RIVER", "1")
    whole = page.read()
    part = Parsed.of(page.client.get(whole.one("body").at["data-live"]).text)
    marked = {tag.at["id"] for tag in whole.tags if "data-live" in tag.at and tag.name != "body"}
    assert marked == {tag.at["id"] for tag in part.tags if "data-live" in tag.at}
    assert part.bubbles() == whole.bubbles()
    assert part.table() == whole.table()


# ---- without a demo


def test_a_hub_has_no_telephones(tmp_path: Path) -> None:
    from consult.config import Settings
    from consult.house import open_house

    house = open_house(Settings(data=tmp_path / "data"))
    client = create_app(house).test_client()
    assert client.get("/").headers["Location"] == "/office/"
    for address in ("/demo/live", "/static/style.css"):
        assert client.get(address, headers={"Accept": "text/html"}).status_code == 404
    assert client.post("/demo/send").status_code == 404
    assert client.get("/health").json["status"] == "ok"
    house.close()


def test_with_nothing_published_the_page_says_what_to_do(tmp_path: Path) -> None:
    with opened(tmp_path / "data", works=False, examples=()) as house:
        answer = create_app(house).test_client().get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "consult publish FILE" in answer.text
