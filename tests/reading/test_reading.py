"""A release as it is read: in three languages, on paper and by programs; whatever is written in it stays text."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from typing import Any

import pytest

from consult.reading.files import MEDIA, made
from consult.reading.labels import Labels
from consult.reading.leaf import alone, brief, method, tables
from consult.wording import PAGES, for_pages
from tests.conftest import need_module
from tests.reading.sample import as_kept, document
from tests.web.conftest import Parsed


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return document()


def text(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def test_the_first_page_says_who_was_heard_who_was_not_and_what_stands_out(told: dict[str, Any]) -> None:
    page = brief(Labels(told, for_pages("en")))
    said = text(page)
    assert "Release 1" in said
    assert "They do not stand for everybody" in said
    assert "240 people took part" in said
    assert "Words not yet read by native speakers: ha." in said
    for part in ("Whom it meant to hear", "What is shared", "What divides", "Not heard:"):
        assert part in said
    assert "120 of 400" in said
    assert "9 days late" in said
    assert said.index("9 days late") < said.index("Not heard:")
    assert said.index("Not heard:") < said.index("What is shared")


def test_every_chart_has_a_name_a_description_its_size_and_its_table(told: dict[str, Any]) -> None:
    page = tables(Labels(told, for_pages("en")))
    charts = re.findall(r"<svg .*?</svg>.*?<table", page, re.S)
    assert len(charts) == page.count("<svg") > 3
    for chart in charts:
        assert re.match(r'<svg role="img" width="\d+" height="\d+" [^>]*><title>[^<]+</title><desc>[^<]+</desc>', chart)


def test_the_method_names_rules_words_and_origin(told: dict[str, Any]) -> None:
    said = text(method(Labels(told, for_pages("en"))))
    for part in ("fewer than 10 people", "fewer than 30", "d" * 64, "e" * 64, "Census (2019-06-30)", "cost 7.5"):
        assert part in said
    for question in told["wording"]:
        for words in question["label"].values():
            assert " ".join(words.split()) in " ".join(said.replace("&#x27;", "'").split())


@pytest.mark.parametrize("tag", PAGES)
def test_it_is_read_in_every_language_of_the_pages(told: dict[str, Any], tag: str) -> None:
    say = for_pages(tag)
    page = alone(told, say)
    assert f'<html lang="{tag}" dir="{say.locale.dir}">' in page
    Parsed.of(page)
    for english in ("What is shared", "What divides", "Not heard:", "Where it comes from", "All together"):
        assert (english in page) == (tag == "en")


def test_it_is_light(told: dict[str, Any]) -> None:
    say = for_pages("en")
    assert len(gzip.compress(alone(told, say, ("brief",)).encode())) <= 10 * 1024
    assert len(gzip.compress(alone(told, say).encode())) <= 30 * 1024


def test_what_is_written_in_it_stays_text(told: dict[str, Any]) -> None:
    wild = json.loads(json.dumps(told, ensure_ascii=False).replace("Census", "<script>alert(1)</script>"))
    wild["title"] = {"en": "<img src=x onerror=alert(1)>"}
    wild["wording"][0]["label"]["en"] = "</h3><script>1</script>"
    page = alone(wild, for_pages("en"))
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>bank" not in page
    assert "<i>" not in page


def test_a_flash_brief_is_read_in_words() -> None:
    from consult.findings.compiling import in_words

    told = document(flash=True)
    told |= {"kind": "flash", "chapters": [in_words(each) for each in told["chapters"]]}
    page = text(brief(Labels(told, for_pages("en"))))
    assert re.search(r"(most|about half|some) of them", page)
    assert "%" not in page.replace("shares to five or ten percent", "")
    assert "has no tables" in text(tables(Labels(told, for_pages("en"))))
    assert made(as_kept(told), "csv", for_pages("en")).decode("utf-8-sig").count("\r\n") == 1  # its head alone


def test_nobody_yet_is_said() -> None:
    told = document()
    told["chapters"] = []
    assert "Fewer than ten people answered" in text(brief(Labels(told, for_pages("en"))))


# ---- files


def cells(told: dict[str, Any]) -> int:
    return sum(
        len(row)
        for chapter in told["chapters"]
        for item in chapter["questions"]
        for table in item["tables"]
        for row in table["cells"]
    )


def test_every_program_reads_the_same_numbers(told: dict[str, Any]) -> None:
    release, say = as_kept(told), for_pages("en")
    lines = list(csv.DictReader(io.StringIO(made(release, "csv", say).decode("utf-8-sig"))))
    assert len(lines) == cells(told) > 20
    database = sqlite3.connect(":memory:")
    with closing(database):
        database.deserialize(made(release, "db", say))
        rows = database.execute('SELECT question, variable, "group", answer, people, percent FROM findings').fetchall()
        assert database.execute("SELECT value FROM about WHERE name = 'sha256'").fetchone() == (release.sha256,)
    named = ("question", "variable", "group", "answer", "people", "percent")
    assert [tuple(map(str, row)) for row in rows] == [tuple(line[name] for name in named) for line in lines]
    with zipfile.ZipFile(io.BytesIO(made(release, "floip.zip", say))) as packed:
        data = json.loads(packed.read("safety-release-1-data.json"))
    assert [str(row[5]) for row in data] == [line["people"] for line in lines]


def test_the_package_follows_flow_results(told: dict[str, Any]) -> None:
    packed = zipfile.ZipFile(io.BytesIO(made(as_kept(told), "floip.zip", for_pages("en"))))
    descriptor = json.loads(packed.read("safety-release-1.json"))
    assert descriptor["profile"] == "flow-results-package"
    assert re.fullmatch(r"[a-z0-9._-]+", descriptor["name"])
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", descriptor["id"])
    (resource,) = descriptor["resources"]
    assert [field["name"] for field in resource["schema"]["fields"]] == [
        *("timestamp", "row_id", "contact_id", "session_id", "question_id", "response", "response_metadata")
    ]
    rows = json.loads(packed.read(resource["path"]))
    assert {len(row) for row in rows} == {7}
    assert len({row[1] for row in rows}) == len(rows)
    assert {row[4] for row in rows} == resource["schema"]["questions"].keys()
    assert all(row[0].endswith("+00:00") for row in rows)


def test_no_cell_is_calculated() -> None:
    told = document()
    told["wording"][0]["label"]["en"] = "=cmd|' /C calc'!A0"
    assert "\r\n=" not in made(as_kept(told), "codebook.csv", for_pages("en")).decode("utf-8-sig")
    assert "'=cmd" in made(as_kept(told), "codebook.csv", for_pages("en")).decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(made(as_kept(told), "xlsx", for_pages("en")))) as book:
        sheets = b"".join(book.read(name) for name in book.namelist() if "sheets/" in name)
    assert b"<f>" not in sheets


@pytest.mark.parametrize("tag", PAGES)
def test_on_paper_the_brief_has_two_pages_at_most(told: dict[str, Any], tag: str) -> None:
    need_module("weasyprint", "pip install 'consult[pdf]' and apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    from weasyprint import HTML

    release, say = as_kept(told), for_pages(tag)
    assert len(HTML(string=alone(told, say, ("brief",))).render().pages) <= 2
    short, whole = made(release, "brief.pdf", say), made(release, "pdf", say)
    assert short.startswith(b"%PDF")
    assert len(whole) > len(short)


@pytest.mark.parametrize("kind", sorted(MEDIA.keys() - {"xlsx", "pdf", "brief.pdf"}))  # these tell when they were made
def test_the_same_release_makes_the_same_file(told: dict[str, Any], kind: str) -> None:
    assert made(as_kept(told), kind, for_pages("fr")) == made(as_kept(told), kind, for_pages("fr"))
