"""The script on paper: what it holds in each form, that it can be read aloud, and that nothing is loaded."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from channels.radio import sheet
from channels.radio.leaf import as_html, as_text
from channels.radio.script import clock
from consult.episodes import material
from consult.wording import for_locale, locale
from tests.channels.radio.conftest import LANGUAGES, edition, made


class Page(HTMLParser):
    """What a page holds: tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_both_forms_hold_every_line_note_and_card(tag: str) -> None:
    script, say = made("safety", tag), for_locale(tag)
    page, text = Page(as_html(script, say)).text, " ".join(as_text(script, say).split())
    for line in [line for row in script.rows for line in (*row.lines, row.note) if line]:
        assert line in page
        assert line in text
    for card in script.cards:
        assert card.title in page
        assert card.title in text
    assert all(clock(row.at) in text for row in script.rows)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_page_tells_its_language_direction_and_the_head_of_every_row_and_column(tag: str) -> None:
    script = made("safety", tag)
    page = Page(as_html(script, for_locale(tag)))
    assert page.of("html") == [{"lang": tag, "dir": locale(tag).dir}]
    assert [each["scope"] for each in page.of("th")] == ["col", "col"] + ["row"] * len(script.rows)
    assert len(page.of("h1")) == len(page.of("main")) == len(page.of("title")) == 1
    assert len(page.of("h2")) == len(script.cards)


def test_nothing_is_loaded_and_nothing_runs() -> None:
    for html in (as_html(made("safety"), for_locale("en")), sheets()):
        tags = {tag for tag, _ in Page(html).tags}
        assert not tags & {"script", "link", "img", "svg", "iframe", "object"}
        assert "url(" not in html
        assert "@import" not in html


def test_text_from_a_definition_or_a_file_stays_text() -> None:
    script = made("safety", feedback=("<script>alert(1)</script>",))
    html = as_html(script, for_locale("en"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html


def test_too_long_stands_at_the_head() -> None:
    script, say = made("safety", seconds=300, only=("obstacle", "moving", "turn_to")), for_locale("en")
    script = replace(script, over=75)
    assert "Too long by \u20661:15\u2069." in as_text(script, say).split("0:00", 1)[0]
    assert "1:15" in as_html(script, say).split("<table", 1)[0]


# ---- the call sheet


def sheets(tag: str = "en", many: int = 2) -> str:
    return sheet.as_html(material(edition("safety"), tag, 2, ("moving", "obstacle")), for_locale(tag), many, 5)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_tickets_go_on_from_sheet_to_sheet_and_each_answer_can_be_counted(tag: str) -> None:
    page = Page(sheets(tag))
    rows = [each for each in page.of("th") if each.get("scope") == "row"]
    assert len(rows) == 2 * (5 + 2)
    assert page.of("html") == [{"lang": tag, "dir": locale(tag).dir}]
    labels = edition("safety").consultation.questions[1].choices
    order = material(edition("safety"), tag, 2, ("obstacle",)).items[0].codes
    for place, code in enumerate(order, 1):
        label = next(option.label[tag] for option in labels if option.name == code)
        assert f"{place} = {label}" in page.text


def test_a_sheet_has_no_place_for_a_name_or_a_number() -> None:
    heads = [head.lower() for head in sheets().split("<thead>")[1].split("</thead>")[0].split("<th")]
    assert len(heads) - 1 == 4 + 4 + 5  # of the caller, her answers, what she says and may be done with it
    assert not any(word in head for head in heads for word in ("name", "phone", "number", "village"))
