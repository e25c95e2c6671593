"""The demo in a real Chromium: with script, without any, narrow, from right to left, light and dark, offline."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from waitress import wasyncore
from waitress.server import create_server

from consult.house import House
from consult.web import create_app
from tests.conftest import need
from tests.web.browser import Browser, chromium
from tests.web.conftest import opened

HINT = "apt-get install chromium chromium-driver"
FIRST = "In the last month, has it become easier or harder to get to the market?"

CONTRAST = """
const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
const ground = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const colour = parts(getComputedStyle(each).backgroundColor);
    if (colour.length < 4 || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
};
const poor = [];
for (const element of document.body.querySelectorAll("*")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!own || !element.getClientRects().length) continue;
  const [a, b] = [light(parts(getComputedStyle(element).color)), light(ground(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) poor.push(element.tagName + " " + element.textContent.slice(0, 30) + " " + ratio.toFixed(2));
}
return poor;
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("demo") / "data") as house:
        yield house


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    sockets: dict[int, object] = {}
    server = create_server(create_app(house), map=sockets, host="127.0.0.1", port=0, threads=8)
    stopping = Event()

    def serve() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=0.1, map=sockets, count=1)
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets)

    serving = Thread(target=serve)
    serving.start()
    yield f"http://127.0.0.1:{server.effective_port}/"
    stopping.set()
    serving.join()


def launched(profile: Path, *, script: bool) -> Iterator[Browser]:
    driver, binary = need("chromedriver", HINT), need("chromium", HINT)
    with chromium(driver, binary, profile, script=script) as browser:
        browser.size(1280)
        yield browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    yield from launched(tmp_path_factory.mktemp("profile"), script=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that runs no script."""
    yield from launched(tmp_path_factory.mktemp("plain"), script=False)


def hers(browser: Browser, side: str) -> int:
    return len(browser.find(f"#{side}-log .her"))


def answered(browser: Browser, side: str, sent: int) -> None:
    """Wait until so many texts of hers are shown, and our answer after them."""
    browser.until(lambda: hers(browser, side) == sent and browser.find(f"#{side}-log .us:last-child"))


def press(browser: Browser, side: str, word: str) -> None:
    """Press a quick reply."""
    sent = hers(browser, side) + 1
    browser.click(f"section:has(#{side}-log) .quick button[value='{word}']")
    answered(browser, side, sent)


def write(browser: Browser, side: str, text: str) -> None:
    sent = hers(browser, side) + 1
    browser.type(f"#{side}-text", f"{text}\ue007")  # and the enter key
    answered(browser, side, sent)


def count(browser: Browser, label: str) -> int:
    """How many people the table gives this row."""
    rows = browser.run(
        "return [...document.querySelectorAll('tr')].map((row) => [...row.cells].map((cell) => cell.innerText.trim()))"
    )
    return int(next(row[1] for row in rows if row[0] == label))


def started(browser: Browser) -> int:
    return int(browser.text("dd"))


def numbers(pair: int) -> str:
    """The address of two telephones that no other test uses."""
    return f"show=safety&left=120255501{pair:02}&right=120255501{pair + 1:02}"


def converse(browser: Browser, address: str, pair: int) -> None:
    """Two women join, one in English, one in Arabic, and answer."""
    browser.open(f"{address}?lang=en&{numbers(pair)}")
    before, easier = started(browser), count(browser, "Easier")
    write(browser, "left", "river")
    press(browser, "right", "نهر")
    for side in ("left", "right"):
        press(browser, side, "1")  # agrees
        press(browser, side, "1")  # easier
    browser.until(lambda: started(browser) == before + 2)
    browser.until(lambda: count(browser, "Easier") == easier + 2)
    assert browser.texts("#left-log .her p") == ["river", "1", "1"]
    assert browser.texts("#right-log .her p") == ["نهر", "1", "1"]
    assert "GSM-7" in browser.text("#left-log .us:last-child small")
    assert "UCS-2" in browser.text("#right-log .us:last-child small")
    assert browser.complaints() == []


# ---- conversing


def test_two_women_converse_without_a_page_being_loaded_again(browser: Browser, address: str) -> None:
    browser.open(f"{address}?{numbers(11)}")
    browser.run("window.loadedOnce = true")
    marked = browser.url
    write(browser, "left", "hello")
    assert browser.run("return window.loadedOnce") is True
    assert browser.url == marked
    assert browser.run("return document.activeElement.id") == "left-text"
    assert browser.run("return document.activeElement.value") == ""
    converse(browser, address, 13)


def test_two_women_converse_without_script(plain: Browser, address: str) -> None:
    converse(plain, address, 21)
    write(plain, "right", "1")
    assert "at=right" in plain.url
    plain.type("#right-text:focus", "x")  # the field she wrote in has the focus


def test_what_others_answer_appears_by_itself(browser: Browser, address: str) -> None:
    browser.open(f"{address}?lang=en&{numbers(31)}")
    before = started(browser)
    form = {"sender": "+12025550135", "text": "RIVER", "ref": secrets.token_hex(8)}
    urlopen(Request(f"{address}demo/send", urlencode(form).encode())).close()
    browser.until(lambda: started(browser) == before + 1)


def test_a_double_click_is_one_text(browser: Browser, address: str) -> None:
    browser.open(f"{address}?{numbers(41)}")
    button = browser.run("return document.querySelector('.quick button').value")
    browser.run("const b = document.querySelector('.quick button'); b.click(); b.click()")
    answered(browser, "left", 1)
    write(browser, "left", "GUIDE")
    assert browser.texts("#left-log .her p") == [button, "GUIDE"]


def test_the_thread_shows_its_end_and_keeps_each_message_once(browser: Browser, address: str) -> None:
    browser.open(f"{address}?{numbers(51)}")
    for text in ("RIVER", "GUIDE", "1", "nonsense", "GUIDE"):
        write(browser, "left", text)
    ids = browser.run("return [...document.querySelectorAll('#left-log li')].map((line) => line.id)")
    assert ids == [f"left{n}" for n in range(1, len(ids) + 1)]
    last, screen = browser.box("#left-log li:last-child"), browser.box("[role=log]")
    assert last["y"] + last["height"] <= screen["y"] + screen["height"]


def test_offline_nothing_is_lost(browser: Browser, address: str) -> None:
    browser.open(f"{address}?lang=en&{numbers(61)}")
    browser.devtools("Network.enable")
    away = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.devtools("Network.emulateNetworkConditions", offline=True, **away)
    browser.type("#left-text", "RIVER\ue007")
    browser.until(lambda: browser.text("[role=alert]") == "The text was not sent. Please try again.")
    assert browser.run("return document.querySelector('#left-text').value") == "RIVER"
    browser.devtools("Network.emulateNetworkConditions", offline=False, **away)
    write(browser, "left", "")
    assert browser.texts("#left-log .her p") == ["RIVER"]
    assert browser.text("[role=alert]") == ""
    browser.complaints()  # what the browser said of being offline


# ---- looks


def test_arabic_runs_from_right_to_left(browser: Browser, address: str) -> None:
    browser.open(f"{address}?lang=ar&{numbers(71)}")
    write(browser, "right", "نهر")
    assert browser.style("html", "direction") == "rtl"
    assert browser.style("#left-log", "direction") == "ltr"
    assert browser.style("#right-log", "direction") == "rtl"
    hers, mine = browser.box("#right-log .her p"), browser.box("#right-log .us p")
    assert hers["x"] < mine["x"]  # she writes on the left, we on the right
    assert mine["x"] + mine["width"] > hers["x"] + hers["width"]
    left, right = browser.box("section:has(#left-log)"), browser.box("section:has(#right-log)")
    assert left["x"] > right["x"]  # the first telephone stands where reading begins


@pytest.mark.parametrize("tag", ["en", "fr", "ar", "ckb"])
def test_a_narrow_screen_shows_everything(browser: Browser, address: str, tag: str) -> None:
    browser.open(f"{address}?lang={tag}&{numbers(71)}")
    browser.size(320, 800)
    try:
        wide, seen = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
        assert (wide, seen) == (320, 320)
        sections = [browser.box(f"section:nth-of-type({n})") for n in (1, 2, 3)]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in sections)
        assert sections[0]["y"] < sections[1]["y"] < sections[2]["y"]
    finally:
        browser.size(1280)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["?lang=en", "?lang=ar&show=pulse", "nowhere"])
def test_every_word_can_be_read(browser: Browser, address: str, page: str, scheme: str) -> None:
    browser.open(f"{address}{page}{'&' if '?' in page else '?'}{numbers(71) if 'pulse' not in page else ''}")
    browser.prefer(scheme)
    assert browser.run(CONTRAST) == []
    browser.prefer("light")
    browser.complaints()  # one of the pages is not there


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser: Browser, address: str) -> None:
    browser.open(f"{address}?{numbers(71)}")
    reached = []
    for _ in range(60):
        browser.press("Tab", 9)
        where = browser.run(
            "const e = document.activeElement; return [e.className || e.id || e.value || e.tagName,"
            " getComputedStyle(e).outlineStyle, e === document.body]"
        )
        if where[2]:
            break
        reached.append(where[0])
        assert where[1] != "none", where
    assert reached[0] == "skip"
    assert {"show", "left-text", "left-in", "right-text", "right-in", "screen", "STOP"} <= set(reached)


def test_paper_has_threads_and_table_only(browser: Browser, address: str) -> None:
    browser.open(f"{address}?{numbers(71)}")
    browser.devtools("Emulation.setEmulatedMedia", media="print")
    try:
        shown = browser.run(
            "return [...document.querySelectorAll('form,nav')].filter((e) => e.getClientRects().length)"
        )
        assert shown == []
        assert browser.style("[role=log]", "overflow-y") == "visible"
        assert browser.text("table caption")
    finally:
        browser.devtools("Emulation.setEmulatedMedia", media="")
