"""Coding on the pages: two people, apart, with and without script, with and without a network; and who may."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from consult.coding import books, labelling
from consult.coding.books import Where
from consult.house import House
from consult.web import create_app
from tests.accounts.conftest import joined
from tests.coders import WHY, book, code_all, moderate, written
from tests.conftest import need
from tests.web.barriers import NARROW, barriers
from tests.web.browser import Browser, chromium
from tests.web.conftest import Parsed
from tests.web.office.conftest import LONG_AGO, Hub, Visitor, served
from tests.web.office.test_pages import DESIGNER, FIRST, HINT, LIGHT, cost

AT = "/office/coding/brief/why"
TEXTS = ("water is far", "the road is bad", "water and road", "peace")


@dataclass
class Room:
    """A hub whose question `why` is coded."""

    hub: Hub

    @property
    def house(self) -> House:
        return self.hub.house

    def found(self, who: str) -> labelling.Found:
        account = self.hub.people[who].id
        return self.house.store.read(partial(labelling.state, self.house, WHY)).found.get(account, {})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("coding") / "data"
    stage = written(folder, 24)
    moderate(stage.house)
    book(stage.house)
    at = int(time.time()) - LONG_AGO
    people = {name: joined(stage.house, name, "coder", "brief", at) for name in ("Ada", "Bea", "Caro")}
    people["facilitator"] = joined(stage.house, "Amina", "facilitator", "brief", at)
    people["elsewhere"] = joined(stage.house, "Elsewhere", "coder", "other", at)
    stage.house.close()
    return folder, people


@pytest.fixture
def room(tmp_path: Path, made: tuple[Path, dict[str, Any]]) -> Iterator[Room]:
    from shutil import copytree

    from consult.config import Settings
    from consult.house import open_house

    folder, people = made
    copytree(folder, tmp_path / "data")
    house = open_house(Settings(data=tmp_path / "data"))
    hub = Hub(house, create_app(house), people)
    hub.unlimited()
    yield Room(hub)
    house.close()


def messages(page: str) -> list[str]:
    return re.findall(r'name="message" value="([0-9a-f]{32})"', page)


def codes_batch(visitor: Visitor, code: str = "code-water") -> int:
    """Ticks the same code in every text of the page."""
    batch = messages(visitor.get(f"{AT}?lang=en").text)
    answer = visitor.post(AT, message=batch, **{f"code-{each}": code for each in batch})
    assert answer.status_code == 303
    return len(batch)


# ---- without script


def test_a_question_is_coded_page_by_page_and_settled_by_both(room: Room) -> None:
    ada, bea = room.hub.inside("Ada"), room.hub.inside("Bea")
    assert [codes_batch(ada) for _ in range(3)] == [10, 10, 4]
    assert "I have read everything" in ada.get(f"{AT}?lang=en").text
    ada.post(f"{AT}/done")
    assert "You are done." in ada.get(f"{AT}?lang=en").text
    assert ada.get(f"{AT}/both?lang=en").status_code == 400
    codes_batch(bea, "code-road")
    while codes_batch(bea):
        pass
    bea.post(f"{AT}/done")
    page = bea.get(f"{AT}/both?lang=en").text
    assert "10 texts differ" in page
    batch = re.findall(r'name="message" value="([0-9a-f]{32})"', page)
    assert bea.post(f"{AT}/keep?lang=en").status_code == 400
    bea.post(f"{AT}/settle", message=batch, **{f"code-{each}": "code-school" for each in batch})
    done = ada.post(f"{AT}/keep?lang=en")
    assert "Kept: labels of 24 texts" in done.text


def test_texts_left_open_come_again_when_the_others_were_seen(room: Room) -> None:
    ada, seen = room.hub.inside("Ada"), list[list[str]]()
    path = AT
    for _ in range(3):
        page = ada.get(path).text
        seen.append(messages(page))
        after = re.findall(r'name="after" value="(\d+)"', page)[0]
        answer = ada.post(AT, message=seen[-1], after=after)
        path = answer.headers["Location"]
        assert path in page, "the script goes on at the same place"
    first, second, third = seen
    assert len({*first, *second}) == 20
    assert third[4:] == first[:6]
    assert len({*first, *second, *third}) == 24
    for odd in ("x", "9" * 40, "-1", "²"):
        assert messages(ada.get(f"{AT}?after={odd}").text) == first


def test_a_wrong_tick_is_changed_until_both_are_done(room: Room) -> None:
    ada, bea = room.hub.inside("Ada"), room.hub.inside("Bea")
    assert "coded=1" not in ada.get(AT).text
    codes_batch(ada, "code-road")
    page = ada.get(f"{AT}?lang=en").text
    assert "coded=1" in page
    page = ada.get(f"{AT}?lang=en&coded=1").text
    mine = messages(page)
    assert {*mine} == {*room.found("Ada")}
    assert page.count('value="code-road" checked') == page.count(" checked") == 10
    assert " checked" not in bea.get(f"{AT}?coded=1").text
    answer = ada.post(AT, message=mine[0], coded="1", **{f"code-{mine[0]}": "code-school"})
    assert "coded=1" in answer.headers["Location"]
    assert room.found("Ada")[mine[0]] == ("code-school",)
    assert list(room.found("Ada").values()).count(("code-road",)) == 9
    for who in ("Ada", "Bea"):
        code_all(room.house, room.hub.people[who].id)
    assert " checked" not in ada.get(f"{AT}?coded=1").text


def test_the_other_s_labels_are_on_no_page_before_both_are_done(room: Room) -> None:
    code_all(room.house, room.hub.people["Ada"].id)
    bea = room.hub.inside("Bea")
    for path in (AT, f"{AT}/both", f"{AT}/book", f"{AT}/book/files/labels"):
        page = bea.get(f"{path}?lang=en").text
        assert " checked" not in page
        assert '"CodeID"' not in page


def test_a_third_coder_is_told_and_sees_no_text(room: Room) -> None:
    for who in ("Ada", "Bea"):
        codes_batch(room.hub.inside(who))
    caro = room.hub.inside("Caro")
    page = caro.get(f"{AT}?lang=en").text
    assert "Two people code this question already" in page
    assert not any(text in page for text in TEXTS)


def test_a_text_is_shown_masked_as_it_is_and_obeyed_by_nobody(room: Room) -> None:
    page = room.hub.inside("Ada").get(f"{AT}?lang=en")
    assert any(text in page.text for text in TEXTS)
    assert "no-store" in page.headers["Cache-Control"]
    assert not re.search(r"\+234|080\d", page.text)


# ---- the codebook


def fields(*rows: tuple[str, str, str, str], base: int = 1) -> dict[str, Any]:
    keys = ("id", "type", "definition", "short")
    return {"base": str(base), **{key: [row[n] for row in rows] for n, key in enumerate(keys)}}


def test_a_codebook_is_written_and_changed_on_the_page(room: Room) -> None:
    ada = room.hub.inside("Ada")
    ada.get(f"{AT}/book")
    rows = (("code-water", "Normal", "Water is far", "water"), ("", "Meta", "A joke", "joke"), ("", "Normal", " ", ""))
    assert ada.post(f"{AT}/book", **fields(*rows)).status_code == 303
    standing = books.book(room.house, WHY)
    assert standing
    assert [(code.definition, code.type) for code in standing.scheme.codes] == [
        ("Water is far", "Normal"),
        ("A joke", "Meta"),
    ]
    assert re.fullmatch("code-[0-9a-f]{8}", standing.scheme.codes[1].id)
    older = ada.post(f"{AT}/book?lang=en", **fields(*rows))
    assert older.status_code == 400
    assert "Somebody changed the codebook meanwhile" in older.text


@pytest.mark.parametrize(
    "words", ["=HYPERLINK(1)", "@SUM(A1)", "<script>alert(1)</script>", "ring 0803 555 0101", "x" * 200]
)
def test_a_definition_that_may_not_stand_is_named_and_what_was_typed_stays(room: Room, words: str) -> None:
    ada = room.hub.inside("Ada")
    ada.get(f"{AT}/book")
    answer = ada.post(f"{AT}/book?lang=en", **fields(("code-water", "Normal", words, "")))
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text
    assert "Nothing was kept" in answer.text
    standing = books.book(room.house, WHY)
    assert standing
    assert standing.number == 1


def test_files_go_out_and_come_in(room: Room) -> None:
    ada, bea = room.hub.inside("Ada"), room.hub.inside("Bea")
    codes_batch(ada)
    scheme = ada.get(f"{AT}/book/files/scheme")
    labels = ada.get(f"{AT}/book/files/labels")
    assert json.loads(scheme.text)["Codes"][0]["CodeID"] == "code-water"
    assert len(json.loads(labels.text)) == 10
    assert not any(text in labels.text for text in TEXTS)
    bea.get(f"{AT}/book")
    page = bea.post(f"{AT}/book/file?lang=en", file=(io.BytesIO(labels.data), "x.json"), base="1")
    assert "Labels of 10 texts are yours now." in page.text
    assert room.found("Bea") == room.found("Ada")
    ada.get(f"{AT}/book")
    came = ada.post(f"{AT}/book/file", file=(io.BytesIO(scheme.data), "x.json"), base="1")
    assert came.status_code == 303


@pytest.mark.parametrize(
    "content", [b"", b"[", b"[1]", b"{}", b"[" * 90_000, b"\xff\xfe", b'[{"MessageID": "../x", "Labels": []}]']
)
def test_a_file_that_is_none_changes_nothing(room: Room, content: bytes) -> None:
    ada = room.hub.inside("Ada")
    ada.get(f"{AT}/book")
    assert ada.post(f"{AT}/book/file", file=(io.BytesIO(content), "x"), base="1").status_code == 400
    assert room.found("Ada") == {}


# ---- who may


@pytest.mark.parametrize("who", ["facilitator", "elsewhere"])
@pytest.mark.parametrize("path", ["/office/coding/brief", AT, f"{AT}/both", f"{AT}/book", f"{AT}/book/files/scheme"])
def test_who_is_no_coder_of_it_finds_nothing(room: Room, who: str, path: str) -> None:
    visitor = room.hub.inside(who)
    assert visitor.get(path).status_code == 404
    assert visitor.post(AT, message="0" * 32).status_code == 404


def test_another_question_and_none_at_all_look_the_same(room: Room) -> None:
    ada = room.hub.inside("Ada")
    assert ada.get("/office/coding/brief/market").text == ada.get("/office/coding/brief/nothing").text
    assert ada.get("/office/coding/brief/market").status_code == 404
    assert "why" in ada.get("/office/coding/brief?lang=en").text


@pytest.mark.parametrize(
    "path", [AT, f"{AT}/done", f"{AT}/leave", f"{AT}/settle", f"{AT}/keep", f"{AT}/book", f"{AT}/book/file"]
)
def test_a_form_counts_only_with_its_mark(room: Room, path: str) -> None:
    ada = room.hub.inside("Ada")
    codes_batch(ada)
    ada.mark = ""
    assert ada.post(path, message="0" * 32).status_code == 400
    assert len(room.found("Ada")) == 10


@pytest.mark.parametrize("tag", ["en", "fr", "ar"])
def test_coding_is_light(room: Room, tag: str) -> None:
    code_all(room.house, room.hub.people["Bea"].id)
    visitor = room.hub.inside("Ada")
    for path, most in ((AT, DESIGNER), ("/office/coding/brief", FIRST), (f"{AT}/book", FIRST)):
        answer = visitor.client.get(f"{path}?lang={tag}", headers=LIGHT)
        read = Parsed.of(gzip.decompress(answer.data).decode())
        loaded = sum(cost(visitor.client.get(each, headers=LIGHT)) for each in read.loads())
        assert cost(answer) + loaded <= most, path


# ---- in a browser


@pytest.fixture
def address(room: Room) -> Iterator[str]:
    with served(room.hub.app) as address:
        yield address


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    driver, binary = need("chromedriver", HINT), need("chromium", HINT)
    with chromium(driver, binary, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(chrome: Browser, address: str) -> Iterator[Browser]:
    chrome.size(320)
    yield chrome
    network(chrome, there=True)
    chrome.devtools("Storage.clearDataForOrigin", origin=address.removesuffix("/office/"), storageTypes="all")
    chrome.devtools("Network.clearBrowserCookies")


def network(browser: Browser, *, there: bool) -> None:
    browser.devtools("Network.enable")
    browser.devtools(
        "Network.emulateNetworkConditions", offline=not there, latency=0, downloadThroughput=-1, uploadThroughput=-1
    )


def sits_down(browser: Browser, room: Room, address: str, who: str, tag: str) -> None:
    browser.open(f"{address}sign-in")
    cookie = room.hub.inside(who).cookie()
    browser.devtools("Network.setCookie", name="consult", value=cookie, url=address, httpOnly=True)
    browser.open(f"{address}coding/brief/why?lang={tag}")


TICK = (
    "document.querySelectorAll('fieldset.text').forEach((each) => each.querySelector('input[type=checkbox]').click());"
)
STORED = "return JSON.stringify([localStorage, sessionStorage])"


@pytest.mark.parametrize("tag", ["en", "ar"])
def test_a_batch_is_coded_without_a_network_and_sent_when_it_is_there(
    browser: Browser, room: Room, address: str, tag: str
) -> None:
    sits_down(browser, room, address, "Ada", tag)
    assert browser.run("return document.dir") == ("rtl" if tag == "ar" else "ltr")
    assert browser.run(NARROW)
    first = browser.texts("fieldset.text legend")
    network(browser, there=False)
    browser.run(TICK)
    browser.click("#batch button.main")
    browser.until(lambda: browser.text("#state"))
    browser.until(lambda: "coded|" in browser.run(STORED))
    stored = browser.run(STORED)
    assert room.found("Ada") == {}
    assert "code-water" not in stored
    assert not any(text in stored for text in (*first, *TEXTS))
    network(browser, there=True)
    browser.run("dispatchEvent(new Event('online'))")
    browser.until(lambda: len(room.found("Ada")) == 10, 12)
    browser.until(lambda: browser.find("#batch") and "coded|" not in browser.run(STORED))
    assert set(room.found("Ada").values()) == {("code-water",)}


def test_what_waited_when_the_page_was_closed_is_sent_at_the_next_visit(
    browser: Browser, room: Room, address: str
) -> None:
    sits_down(browser, room, address, "Ada", "en")
    network(browser, there=False)
    browser.run(TICK)
    browser.click("#batch button.main")
    browser.until(lambda: "coded|" in browser.run(STORED))
    browser.open("about:blank")
    network(browser, there=True)
    sits_down(browser, room, address, "Ada", "en")
    browser.until(lambda: len(room.found("Ada")) == 10, 12)


def test_a_batch_that_is_refused_for_now_waits_and_is_sent_later(browser: Browser, room: Room, address: str) -> None:
    sits_down(browser, room, address, "Ada", "en")
    standing = room.house.store.read(lambda view: view.setting("codebook:brief:why")) or ""
    room.house.store.write(lambda tx: tx.set("codebook:brief:why", ""))
    browser.run(TICK)
    browser.click("#batch button.main")
    browser.until(lambda: browser.text("#state").startswith("Kept"))
    assert "coded|" in browser.run(STORED)
    room.house.store.write(lambda tx: tx.set("codebook:brief:why", standing))
    browser.until(lambda: len(room.found("Ada")) == 10, 12)


@pytest.mark.parametrize("tag", ["en", "ar"])
def test_no_barrier_is_found_where_texts_are_coded(browser: Browser, room: Room, address: str, tag: str) -> None:
    people = room.hub.people
    sits_down(browser, room, address, "Ada", tag)
    for path in ("coding/brief", "coding/brief/why", "coding/brief/why/book"):
        looked_at(browser, f"{address}{path}?lang={tag}")
    code_all(room.house, people["Ada"].id)
    code_all(room.house, people["Bea"].id, wrong=(0, 1))
    looked_at(browser, f"{address}coding/brief/why/both?lang={tag}")


def looked_at(browser: Browser, url: str) -> None:
    browser.open(url)
    assert barriers(browser) == []
    assert browser.run(NARROW)


def test_another_question_s_codebook_is_not_this_one_s(room: Room) -> None:
    assert books.book(room.house, Where("brief", "market")) is None
