"""Themes as they are read: on the tables' page, in a terminal, and by programs."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from typing import Any

import openpyxl
import pytest

from consult.cli.releasing import told as in_a_terminal
from consult.reading.files import made
from consult.reading.labels import Labels
from consult.reading.leaf import alone, tables
from consult.wording import PAGES, for_pages
from tests.reading.sample import as_kept, document, themed
from tests.reading.test_reading import text
from tests.web.conftest import Parsed


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return themed()


def lines(told: dict[str, Any], kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made(as_kept(told), kind, for_pages("en")).decode("utf-8-sig"))))


def test_the_page_tells_each_theme_with_people_share_and_agreement(told: dict[str, Any]) -> None:
    page = tables(Labels(told, for_pages("en")))
    said = text(page)
    assert "What &lt;i&gt;matters&lt;/i&gt;?" in page
    assert 'Water is &lt;em&gt;far&lt;/em&gt;<p dir="auto">The well is &lt;u&gt;far&lt;/u&gt;.</p>' in page
    assert "155 of 240 · 65 %" in said  # 133 of two thirds of 200, and 22 of the ninths
    assert "25 of 240 · 10 %" in said  # 23
    assert "200 of 240 answers were read." in said
    assert ">0.8</td>" in page
    assert ">–</td>" in page
    assert "Codebook Why &lt;b&gt;, version 0.1: " + "c" * 64 in said
    assert "The school" not in said
    assert said.index("Water is") < said.index("The road")


def test_where_no_theme_is_shared_that_is_said(told: dict[str, Any]) -> None:
    bare = json.loads(json.dumps(told))
    for chapter in bare["chapters"]:
        chapter["themes"][0]["themes"] = []
    assert "No theme is shared by ten people and more." in tables(Labels(bare, for_pages("en")))


@pytest.mark.parametrize("tag", PAGES)
def test_it_is_well_formed_and_light_in_every_language(told: dict[str, Any], tag: str) -> None:
    page = alone(told, for_pages(tag))
    Parsed.of(page)
    assert len(gzip.compress(page.encode())) <= 30 * 1024
    if tag == "ar":
        assert "البئر بعيدة." in page


def test_programs_read_the_same_themes(told: dict[str, Any]) -> None:
    rows = [row for row in lines(told, "csv") if row["question"].startswith("why=~")]
    assert {(row["answer"], row["people"]) for row in rows} == {
        *((":chosen", "155"), (":left", "85")),
        *((":chosen", "25"), (":left", "215")),
    }
    ids = {row["question"].partition("=")[2] for row in rows}
    book = [row for row in lines(told, "codebook.csv") if row["question"] == "why" and row["code"]]
    assert {row["code"] for row in book} == ids
    assert {(row["language"], row["words"]) for row in book} == {
        ("", "Water is <em>far</em>"),
        ("", "The road"),
        ("en", "The well is <u>far</u>."),
        ("ar", "البئر بعيدة."),
    }
    book_ = openpyxl.load_workbook(io.BytesIO(made(as_kept(told), "xlsx", for_pages("en"))))
    cells = [row for row in book_["findings"].iter_rows(values_only=True) if str(row[3]).startswith("why=~")]
    assert [str(row[7]) for row in cells] == [row["people"] for row in rows]
    with zipfile.ZipFile(io.BytesIO(made(as_kept(told), "floip.zip", for_pages("en")))) as packed:
        data = json.loads(packed.read("safety-release-1-data.json"))
    assert sum(".why=~" in row[4] for row in data) == 4


def test_a_terminal_tells_them(told: dict[str, Any]) -> None:
    said = "\n".join(in_a_terminal(told))
    assert "why, themes after Why <b> 0.1" in said
    assert "(two coders agree: alpha 0.8)" in said
    assert "The school" not in said


def test_a_release_without_them_has_no_word_of_them() -> None:
    bare = document()
    assert "Theme" not in tables(Labels(bare, for_pages("en")))
    assert not any("themes" in chapter for chapter in bare["chapters"])
