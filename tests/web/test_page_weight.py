"""What a visit costs on the wire: 10 kB at first, 5 kB after (eight seconds at 20 kbit/s), whatever was said before."""

from __future__ import annotations

import gzip

import pytest
from werkzeug.test import TestResponse

from consult.web import assets, pages
from consult.wording import shipped
from tests.web.conftest import RIGHT, Page, Parsed

FIRST, LATER, SCRIPT = 10 * 1024, 5 * 1024, 1024
LIGHT = {"Accept-Encoding": "gzip", "Accept": "text/html"}


def cost(answer: TestResponse) -> int:
    """Bytes of an answer: status line, headers and body as sent."""
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
    return len(answer.data) + head + len(f"HTTP/1.1 {answer.status}\r\n\r\n")


def visit(page: Page, query: str) -> tuple[int, int]:
    """Bytes of a first visit with all that the page loads, headers included, and of the page's body alone."""
    answer = page.client.get(f"/?{query}", headers=LIGHT)
    assert answer.headers["Content-Encoding"] == "gzip"
    read = Parsed.of(gzip.decompress(answer.data).decode())
    loaded = [page.client.get(path, headers=LIGHT) for path in read.loads()]
    assert all(each.headers["Content-Encoding"] == "gzip" for each in loaded)
    return cost(answer) + sum(map(cost, loaded)), len(answer.data)


@pytest.mark.parametrize("show", ["safety", "priorities", "pulse"])
@pytest.mark.parametrize("tag", shipped())
def test_a_first_visit_is_light(lasting: Page, tag: str, show: str) -> None:
    first, later = visit(lasting, f"lang={tag}&show={show}")
    assert first <= FIRST
    assert later <= LATER


@pytest.mark.parametrize(("tag", "word"), [("ckb", "هەنار"), ("ar", "ليمون")])
def test_two_full_telephones_are_light_too(page: Page, tag: str, word: str) -> None:
    """The heaviest page: the longest example in the script that costs most, everything said that can be."""
    page.query = f"lang={tag}&show=priorities&left_in={tag}&right_in={tag}"
    long = "ئاو و ڕێگا و قوتابخانە " * 8
    for number in ("+12025550101", RIGHT):
        page.says(word, "1", "x", "y", "1 2", "x", "1 2", long, "1", "1", "1", word, "1", "x", number=number)
    read = page.read()
    assert len(read.bubbles("left")) >= min(pages.NEWEST, 20)
    first, later = visit(page, page.query)
    assert first <= FIRST
    assert later <= LATER


def test_what_lives_is_lighter_and_nothing_when_nothing_changed(page: Page) -> None:
    page.says("RIVER", "1", "1", "1")
    answer = page.client.get("/demo/live", headers=LIGHT)
    assert len(answer.data) <= LATER // 2
    again = page.client.get("/demo/live", headers=LIGHT | {"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_script_is_a_kilobyte_at_most() -> None:
    assert len(assets.assets()["demo.js"].packed) <= SCRIPT


@pytest.mark.parametrize("wanted", ["", "identity", "br", "gzip;q=0", "deflate"])
def test_who_does_not_unpack_gets_it_plain(lasting: Page, wanted: str) -> None:
    read = lasting.client.get("/", headers={"Accept-Encoding": wanted})
    assert "Content-Encoding" not in read.headers
    assert read.text.startswith("<!doctype html>")
    style = lasting.client.get(assets.assets()["style.css"].url, headers={"Accept-Encoding": wanted})
    assert b"color-scheme" in style.data


def test_caches_keep_packed_and_plain_apart(lasting: Page) -> None:
    for path in ("/", *lasting.read().loads()):
        for wanted in ("gzip", "identity"):
            answer = lasting.client.get(path, headers={"Accept-Encoding": wanted})
            assert "Accept-Encoding" in answer.headers["Vary"]


def test_an_asset_s_address_changes_with_its_bytes() -> None:
    for name, asset in assets.assets().items():
        stem, _, kind = name.partition(".")
        assert asset.url.startswith(f"/static/{stem}.")
        assert asset.url.endswith(f".{kind}")
        assert gzip.decompress(asset.packed) == asset.plain == (assets.FOLDER / name).read_bytes()


@pytest.mark.parametrize("tag", shipped())
def test_the_telephone_is_light(lasting: Page, tag: str) -> None:
    answer = lasting.client.get(f"/demo/call?lang={tag}", headers=LIGHT)
    read = Parsed.of(gzip.decompress(answer.data).decode())
    loaded = [lasting.client.get(path, headers=LIGHT) for path in read.loads()]
    assert cost(answer) + sum(map(cost, loaded)) <= FIRST
    assert len(answer.data) <= LATER
