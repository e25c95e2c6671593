"""The desk in a real Chromium: without a network, in two tabs, after a reload, with clocks that jump, by keyboard.

No slip may be lost and none doubled. The pages are also read as a producer's in English and Arabic.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from waitress import wasyncore
from waitress.server import create_server

from consult.episodes import close_window, desk, material
from consult.figures import figures, frame_of
from consult.intake.slips import words_of
from consult.store.records import Published
from tests.conftest import WHOLE, need
from tests.web.barriers import NARROW, barriers
from tests.web.browser import Browser, chromium
from tests.web.conftest import Parsed
from tests.web.office.conftest import Hub, opened_hub
from tests.web.office.test_pages import HINT
from tests.web.test_page_weight import FIRST, LIGHT, cost

EPISODE = "consultations/safety/episodes"
DESK = f"{EPISODE}/2/desk"
PAGES = (EPISODE, DESK, f"{EPISODE}/2/words", f"{EPISODE}/2/topline", f"{EPISODE}/2/script", f"{EPISODE}/2/sheet")
HEAVIEST = 30 * 1024

FILL = """
const [first, many] = arguments;
const form = document.getElementById("slip");
for (let n = first; n < first + many; n += 1) {
  form.querySelector("[name=who][value=woman]").checked = true;
  form.querySelector(`[name=q-moving][value="${1 + (n % 3)}"]`).checked = true;
  form.querySelector("[name=agreed][value=read]").checked = true;
  form.elements.point.value = `point of slip ${String.fromCharCode(97 + (n % 26))} ${n % 100}`;
  form.requestSubmit();
}
return Object.keys(localStorage).filter((key) => key.startsWith("slip|")).length;
"""
JUMP = "const real = Date.now; Date.now = () => real.call(Date) + arguments[0] * 1000;"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    for hub in opened_hub(tmp_path / "data"):
        hub.unlimited()
        yield hub


@pytest.fixture
def port(hub: Hub) -> Iterator[int]:
    sockets: dict[int, object] = {}
    server = create_server(hub.app, map=sockets, host="0.0.0.0", port=0, threads=4)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=0.05, map=sockets, count=1)
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets)

    serving = threading.Thread(target=serve)
    serving.start()
    yield int(server.effective_port)
    stopping.set()
    serving.join()


@pytest.fixture
def address(port: int) -> str:
    return f"http://127.0.0.1:{port}/office/"


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    driver, binary = need("chromedriver", HINT), need("chromium", HINT)
    with chromium(driver, binary, tmp_path_factory.mktemp("profile")) as browser:
        browser.size(1280)
        yield browser


@pytest.fixture
def browser(chrome: Browser, address: str) -> Iterator[Browser]:
    yield chrome
    network(chrome, there=True)
    chrome.devtools("Storage.clearDataForOrigin", origin=address.removesuffix("/office/"), storageTypes="all")
    chrome.devtools("Network.clearBrowserCookies")


def network(browser: Browser, *, there: bool) -> None:
    browser.devtools("Network.enable")
    browser.devtools(
        "Network.emulateNetworkConditions", offline=not there, latency=0, downloadThroughput=-1, uploadThroughput=-1
    )


def sit_down(browser: Browser, hub: Hub, address: str, path: str = DESK, tag: str = "en") -> None:
    """A producer opens a page."""
    browser.open(f"{address}sign-in")
    cookie = hub.inside("producer").cookie()
    browser.devtools("Network.setCookie", name="consult", value=cookie, url=address, httpOnly=True)
    browser.open(f"{address}{path}?lang={tag}")


def unsent(browser: Browser) -> int:
    """-1 while a page is not there yet."""
    (found,) = browser.texts("#count") or ["-1"]
    return int(found)


def taken(hub: Hub) -> list[dict[str, str]]:
    rows = hub.house.store.read(lambda view: view.slips("safety", 2))
    assert len({row.person for row in rows}) == len(rows)
    return [words_of(hub.house, row) for row in rows]


def published(hub: Hub) -> Published:
    found = hub.house.store.read(lambda view: view.published("safety"))
    assert found is not None
    return found


def tabs(browser: Browser) -> tuple[str, str]:
    """The window that is open, and another."""
    first = browser._do("GET", "/window")
    return str(first), str(browser._do("POST", "/window/new", type="tab")["handle"])


def turn_to(browser: Browser, tab: str) -> None:
    browser._do("POST", "/window", handle=tab)


# ---- nothing is lost, nothing doubled


HALF = 100 if WHOLE else 25  # slips written in each tab


def test_slips_without_a_network_a_reload_two_tabs_and_clocks_that_jump(
    browser: Browser, hub: Hub, address: str
) -> None:
    sit_down(browser, hub, address)
    browser.until(lambda: browser.run("return navigator.serviceWorker.controller !== null"))
    browser.open(browser.url)  # once more, so that it is kept for when there is no network
    network(browser, there=False)
    browser.run(JUMP, 9 * 86_400)
    assert browser.run(FILL, 0, HALF) == HALF
    browser.until(lambda: unsent(browser) == HALF)
    browser._do("POST", "/refresh")
    browser.until(lambda: unsent(browser) == HALF)  # it opened without a network, and they are still there
    first, second = tabs(browser)
    turn_to(browser, second)
    network(browser, there=False)
    browser.open(f"{address}{DESK}?lang=en")
    browser.run(JUMP, -400 * 86_400)
    assert browser.run(FILL, HALF, HALF) == 2 * HALF
    network(browser, there=True)
    browser.click("#send")
    turn_to(browser, first)
    network(browser, there=True)
    browser.click("#send")
    browser.until(lambda: unsent(browser) == 0, 30)
    turn_to(browser, second)
    browser.until(lambda: unsent(browser) == 0, 30)
    browser._do("DELETE", "/window")
    turn_to(browser, first)
    slips = taken(hub)
    assert len(slips) == 2 * HALF
    assert len({slip["ticket"] for slip in slips}) == 2 * HALF
    rows = hub.house.store.read(lambda view: view.slips("safety", 2))
    assert {row.verdict for row in rows} == {"in_time"}


def test_a_slip_whose_receipt_was_lost_is_sent_again_and_taken_once(browser: Browser, hub: Hub, address: str) -> None:
    sit_down(browser, hub, address)
    browser.run(
        "const real = fetch; let lost = 1; window.fetch = async (...given) => {"
        "  const answer = await real(...given); if (lost-- > 0) throw new TypeError('lost'); return answer; };"
    )
    browser.run(FILL, 0, 1)
    browser.until(lambda: unsent(browser) == 0, 15)
    assert len(taken(hub)) == 1


def test_a_form_half_filled_in_is_there_after_a_reload_under_the_same_identity(
    browser: Browser, hub: Hub, address: str
) -> None:
    sit_down(browser, hub, address)
    ticket = browser.text("[name=ticket]")
    browser.click("[name=who][value=man]")
    browser.click("[name=q-obstacle][value='2']")
    browser.click("[name=q-obstacle][value='4']")
    browser.type("#point", "the road is bad")
    browser._do("POST", "/refresh")
    assert browser.text("[name=ticket]") == ticket
    assert browser.run("return document.getElementById('point').value") == "the road is bad"
    assert browser.run("return document.querySelector('[name=who]:checked').value") == "man"
    checked = "return [...document.querySelectorAll('[name=q-obstacle]:checked')].map((each) => each.value)"
    assert browser.run(checked) == ["2", "4"]
    browser.click("[name=agreed][value=count]")
    browser.click(".keep")
    browser.until(lambda: unsent(browser) == 0)
    assert [slip["ticket"] for slip in taken(hub)] == [ticket]
    counts = {row["name"]: row["counts"] for row in frame_of(figures(hub.house, "safety"), "slip")["questions"]}
    order = material(hub.house.library.edition(published(hub)), "en", 2, ("obstacle",)).items[0].codes
    assert [counts["obstacle"][code] for code in order] == [0, 1, 0, 1]


def test_without_a_sign_in_slips_stay_and_leave_after_it(browser: Browser, hub: Hub, address: str) -> None:
    sit_down(browser, hub, address)
    cookie = next(each["value"] for each in browser._do("GET", "/cookie") if each["name"] == "consult")
    browser.devtools("Network.clearBrowserCookies")
    browser.run(FILL, 0, 3)
    browser.until(lambda: browser.text("#state").startswith("Sign in again"))
    assert unsent(browser) == 3
    assert taken(hub) == []
    browser.devtools("Network.setCookie", name="consult", value=cookie, url=address, httpOnly=True)
    browser.click("#send")
    browser.until(lambda: unsent(browser) == 0)
    assert len(taken(hub)) == 3


def test_what_is_saved_to_a_file_is_taken_at_the_hub_and_sent_to_nobody_twice(
    browser: Browser, hub: Hub, address: str
) -> None:
    sit_down(browser, hub, address)
    network(browser, there=False)
    browser.run(FILL, 0, 5)
    browser.run(
        "URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; }); return '#'; };"
    )
    browser.click("#save")
    browser.until(lambda: browser.run("return window.saved"))
    told = desk.saved(browser.run("return window.saved"), "safety", 2)
    episode = hub.house.store.read(lambda view: view.episode("safety", 2))
    assert episode is not None
    done = desk.take_all(hub.house, episode, told, int(time.time()), "console")
    assert [each.state for each in done] == ["taken"] * 5
    network(browser, there=True)
    browser.click("#send")
    browser.until(lambda: unsent(browser) == 0)
    assert len(taken(hub)) == 5


def test_an_address_without_https_says_so_and_works(browser: Browser, hub: Hub, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent: it tells our own address
        own = probe.getsockname()[0]
    address = f"http://{own}:{port}/office/"
    sit_down(browser, hub, address)
    assert not browser.run("return isSecureContext")
    assert browser.run("return getComputedStyle(document.getElementById('insecure')).display") != "none"
    network(browser, there=False)
    browser.run(FILL, 0, 4)
    browser.until(lambda: browser.text("#state").startswith("No network"))
    assert unsent(browser) == 4
    network(browser, there=True)
    browser.click("#send")
    browser.until(lambda: unsent(browser) == 0)
    assert len(taken(hub)) == 4


# ---- what is written


def test_a_number_and_a_name_are_flagged_before_a_slip_is_kept(browser: Browser, hub: Hub, address: str) -> None:
    sit_down(browser, hub, address)
    browser.click("[name=who][value=woman]")
    browser.click("[name=agreed][value=count]")
    for planted, told in (("ring 0801 234", "number"), ("the son of Amina", "name"), ("a@b", "address")):
        browser.run("document.getElementById('point').value = ''")
        browser.type("#point", planted)
        browser.click(".keep")
        assert told in browser.text("#fault")
        assert unsent(browser) == 0
    assert taken(hub) == []
    browser.run("document.getElementById('point').value = 'at the Market'")
    browser.click(".keep")
    browser.click("[name=checked]")
    browser.click(".keep")
    browser.until(lambda: len(taken(hub)) == 1)


def test_what_the_hub_refuses_can_be_put_right(browser: Browser, hub: Hub, address: str) -> None:
    """The station lists a name without a capital; the page does not know it, the hub does."""
    episode = hub.house.store.read(lambda view: view.episode("safety", 2))
    assert episode is not None
    hub.house.store.write(lambda tx: tx.plan(replace(episode, listed="maryam")))
    sit_down(browser, hub, address)
    browser.click("[name=who][value=woman]")
    browser.click("[name=agreed][value=count]")
    browser.type("#point", "house of maryam")
    browser.click(".keep")
    browser.until(lambda: browser.find("#waiting button"))
    assert taken(hub) == []
    browser.click("#waiting button")
    browser.run("document.getElementById('point').value = 'house of a neighbour'")
    browser.click(".keep")
    browser.until(lambda: unsent(browser) == 0)
    assert [slip["point"] for slip in taken(hub)] == ["house of a neighbour"]


def test_a_whole_slip_is_written_by_keyboard_alone(browser: Browser, hub: Hub, address: str) -> None:
    sit_down(browser, hub, address)
    where = "return [document.activeElement.name || document.activeElement.className, document.activeElement.type]"
    for _ in range(60):
        browser.press("Tab", 9)
        name, kind = browser.run(where)
        if name == "keep":
            break
        if kind == "radio" and name in ("who", "q-moving", "agreed"):
            browser.devtools("Input.dispatchKeyEvent", type="keyDown", key=" ", code="Space", windowsVirtualKeyCode=32)
            browser.devtools("Input.dispatchKeyEvent", type="keyUp", key=" ", code="Space", windowsVirtualKeyCode=32)
        if name == "point":
            browser.devtools("Input.insertText", text="bad road")
    assert name == "keep"
    for kind in ("keyDown", "keyUp"):
        browser.devtools("Input.dispatchKeyEvent", type=kind, key="Enter", text="\r", windowsVirtualKeyCode=13)
    browser.until(lambda: len(taken(hub)) == 1)
    assert taken(hub)[0]["point"] == "bad road"


def test_dump_is_one_key_and_notes_the_incident_once(browser: Browser, hub: Hub, address: str) -> None:
    sit_down(browser, hub, address)
    network(browser, there=False)
    browser.press("F8", 119)
    assert browser.text("#state")
    assert unsent(browser) == 1
    network(browser, there=True)
    browser.click("#send")
    browser.until(lambda: unsent(browser) == 0)
    told = [line[2] for line in hub.house.store.read(lambda view: view.audit()) if "incident" in line[2]]
    assert told == ["incident on air in episode 2 of safety: the sound was cut"]


# ---- the pages


@pytest.mark.parametrize("tag", ["en", "ar"])
def test_no_barrier_is_found_on_a_producer_s_pages(browser: Browser, hub: Hub, address: str, tag: str) -> None:
    for path in PAGES:
        sit_down(browser, hub, address, path, tag)
        assert barriers(browser) == [], path
        browser.size(320)
        assert path.endswith(("script", "sheet")) or browser.run(NARROW), path  # those two are for paper
        browser.size(1280)
    assert [line for line in browser.complaints() if "Content Security" in line] == []


@pytest.mark.parametrize("tag", ["en", "fr", "ar"])
def test_the_desk_is_light(hub: Hub, tag: str) -> None:
    visitor = hub.inside("producer")
    for path, most in ((DESK, HEAVIEST), (EPISODE, FIRST)):
        answer = visitor.client.get(f"/office/{path}?lang={tag}", headers=LIGHT)
        page = Parsed.of(gzip.decompress(answer.data).decode())
        loaded = sum(cost(visitor.client.get(each, headers=LIGHT)) for each in page.loads())
        assert cost(answer) + loaded <= most


def test_words_are_shown_where_they_may_be_read_and_never_with_an_answer(hub: Hub) -> None:
    visitor = hub.inside("producer")
    visitor.get(f"/office/{DESK}")
    slips = [
        {"id": f"slip-{agreed}", "at": 1, "answers": {"moving": "3"}, "about": about | {"agreed": agreed}}
        for agreed, about in (
            ("read", {"point": "the first point"}),
            ("count", {"point": "the second point"}),
            ("live", {"point": "the third point", "danger": "1"}),
        )
        for about in [{"ticket": "A-1", "who": "woman", "state": "waiting"} | about]
    ]
    sent = visitor.client.post(
        f"/office/{EPISODE}/2/slips", json={"now": 2, "slips": slips}, headers={"X-CSRFToken": visitor.mark}
    )
    assert [each["state"] for each in json.loads(sent.data)["slips"]] == ["taken"] * 3
    shown = visitor.get(f"/office/{EPISODE}/2/words").text
    assert "the first point" in shown
    assert "the second point" not in shown
    assert "the third point" not in shown
    assert "Harder" not in shown


def test_the_topline_is_shown_once_the_window_has_closed_and_holds_no_number(hub: Hub) -> None:
    visitor = hub.inside("producer")
    visitor.get(f"/office/{DESK}")
    about = {"ticket": "A-1", "who": "woman", "state": "counted", "agreed": "count"}
    slips = [{"id": f"slip-{n:04d}", "at": 1, "answers": {"moving": "3"}, "about": about} for n in range(12)]
    headers = {"X-CSRFToken": visitor.mark}
    assert visitor.client.post(f"/office/{EPISODE}/2/slips", json={"now": 2, "slips": slips}, headers=headers).json
    open_ = visitor.get(f"/office/{EPISODE}/2/topline").text
    assert "the window is open" in open_
    assert "Harder" not in open_
    close_window(hub.house, "safety", 2, int(time.time()))
    closed = visitor.get(f"/office/{EPISODE}/2/topline").text
    assert "Named most often: Harder." in closed
    assert "12" not in closed.split("<main")[1]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"slips": 3}', b"\xff", b"[" * 9000, b'{"a":' * 3000])
def test_what_is_no_list_of_slips_is_refused_at_the_door(hub: Hub, body: bytes) -> None:
    visitor = hub.inside("producer")
    headers = {"X-CSRFToken": visitor.mark, "Content-Type": "application/json"}
    answer = visitor.client.post(f"/office/{EPISODE}/2/slips", data=body, headers=headers)
    assert answer.status_code == 400


def test_slips_of_another_site_s_page_are_refused(hub: Hub) -> None:
    visitor = hub.inside("producer")
    answer = visitor.client.post(f"/office/{EPISODE}/2/slips", json={"now": 2, "slips": []})
    assert answer.status_code == 400
    assert urlsplit(answer.headers.get("Location", "")).path == ""


# ---- what lies in the browser


def test_what_waits_is_sealed_where_the_address_is_secure(browser: Browser, hub: Hub, address: str) -> None:
    sit_down(browser, hub, address)
    network(browser, there=False)
    browser.run(FILL, 0, 3)
    sealed = (
        "return Object.keys(localStorage).filter((k) => k.startsWith('slip|')).map((k) => localStorage.getItem(k)[0])"
    )
    browser.until(lambda: browser.run(sealed) == ["~"] * 3)
    assert "point of slip" not in str(browser.run("return Object.values(localStorage).join()"))
    exported = "return (async () => { const r = indexedDB.open('desk'); await new Promise((ok) => (r.onsuccess = ok));"
    exported += "const q = r.result.transaction('keys').objectStore('keys').get('slips');"
    exported += "await new Promise((ok) => (q.onsuccess = ok)); return q.result.extractable; })()"
    assert browser.run(exported) is False
    browser._do("POST", "/refresh")
    network(browser, there=True)
    browser.until(lambda: unsent(browser) == 0)
    assert len(taken(hub)) == 3


def test_a_slip_cut_off_before_it_was_sealed_is_sealed_and_sent_later(browser: Browser, hub: Hub, address: str) -> None:
    sit_down(browser, hub, address)
    network(browser, there=False)
    browser.run("crypto.subtle.encrypt = () => new Promise(() => {})")  # the browser dies before it is done
    browser.run(FILL, 0, 2)
    browser._do("POST", "/refresh")
    network(browser, there=True)
    browser.until(lambda: unsent(browser) == 0, 20)
    assert len(taken(hub)) == 2


def test_what_was_sent_can_change_its_state_also_without_a_network(browser: Browser, hub: Hub, address: str) -> None:
    sit_down(browser, hub, address)
    browser.run(FILL, 0, 2)
    browser.until(lambda: len(browser.find("#sent li")) == 2, 15)
    assert "point of" not in str(browser.run("return Object.values(localStorage).join()"))
    network(browser, there=False)
    change = "const s = document.querySelectorAll('#sent select')[arguments[0]]; s.value = arguments[1];"
    browser.run(change + "s.dispatchEvent(new Event('change'))", 0, "aired")
    browser.until(lambda: unsent(browser) == 1)
    network(browser, there=True)
    browser.click("#send")
    browser.until(lambda: unsent(browser) == 0, 15)
    assert sorted(slip["state"] for slip in taken(hub)) == ["aired", "waiting"]
    rows = hub.house.store.read(lambda view: view.slips("safety", 2))
    assert {row.agreed for row in rows} == {"read"}
    browser.run(change + "s.dispatchEvent(new Event('change'))", 1, "count")
    browser.until(lambda: "count" in {r.agreed for r in hub.house.store.read(lambda view: view.slips("safety", 2))})
