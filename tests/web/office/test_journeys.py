"""A facilitator's way in a real Chromium without any script: a list in, signed, begun, paused, and taken back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from waitress import wasyncore
from waitress.server import create_server

from consult import contacts
from consult.campaign import readying
from tests.conftest import need
from tests.web.barriers import NARROW
from tests.web.browser import Browser, chromium
from tests.web.office.conftest import Hub
from tests.web.office.test_pages import HINT

AT = "consultations/safety"
LIST = "phone,language,age,name\n+2348031234567,en,a18_29,Amina\n0803 123 4568,,,Binta\nnobody,,,\n"


@pytest.fixture
def address(ready_hub: Hub) -> Iterator[str]:
    sockets: dict[int, object] = {}
    server = create_server(ready_hub.app, map=sockets, host="127.0.0.1", port=0, threads=4)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=0.1, map=sockets, count=1)
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets)

    serving = threading.Thread(target=serve)
    serving.start()
    yield f"http://127.0.0.1:{server.effective_port}/office/"
    stopping.set()
    serving.join()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    driver, binary = need("chromedriver", HINT), need("chromium", HINT)
    with chromium(driver, binary, tmp_path / "profile", script=False) as browser:
        browser.size(320)
        yield browser


def enter(browser: Browser, hub: Hub, address: str, path: str, tag: str) -> None:
    browser.open(f"{address}sign-in")
    cookie = hub.inside("facilitator").cookie()
    browser.devtools("Network.setCookie", name="consult", value=cookie, url=address, httpOnly=True)
    browser.open(f"{address}{path}?lang={tag}")


def narrow(browser: Browser) -> None:
    assert browser.run(NARROW)


def states(hub: Hub) -> list[str]:
    return [one.state for one in hub.house.store.read(lambda view: view.campaigns())]


def waiting(hub: Hub) -> int:
    return hub.house.store.read(lambda view: view.how_many_wait("safety"))


@pytest.mark.parametrize("tag", ["en", "ar"])
def test_a_list_comes_in_and_goes_again(
    ready_hub: Hub, address: str, browser: Browser, tmp_path: Path, tag: str
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST)
    enter(browser, ready_hub, address, f"{AT}/contacts", tag)
    narrow(browser)
    browser.type("#list", str(file))
    browser.click("form[enctype] button")
    browser.until(lambda: browser.find("#consented"))
    assert browser.texts("dd") == ["2", "0", "0", "1", "0", "0"]
    narrow(browser)
    browser.run("document.querySelector('#consented').value = 'paper'")
    browser.click("#take + form button")
    browser.until(lambda: browser.find("form[action$='/1/undo']"))
    assert waiting(ready_hub) == 2
    browser.click("form[action$='/1/undo'] button")
    browser.until(lambda: waiting(ready_hub) == 0)
    narrow(browser)


@pytest.mark.parametrize("tag", ["en", "ar"])
def test_it_is_signed_begun_and_paused(
    ready_hub: Hub, address: str, browser: Browser, tmp_path: Path, tag: str
) -> None:
    house = ready_hub.house
    contacts.apply(house, contacts.plan(house, "safety", LIST.encode()), int(time.time()))
    enter(browser, ready_hub, address, f"{AT}/launch", tag)
    for line in readying.SIGNED:
        browser.click(f"button[value={line}]")
        browser.until(lambda line=line: not browser.find(f"button[value={line}]"))
        narrow(browser)
    browser.type("#units", "40")
    browser.click("#begin + form button")
    browser.until(lambda: states(ready_hub) == ["running"])
    browser.until(lambda: browser.find(".big button"))
    narrow(browser)
    assert browser.box(".big button")["height"] >= 90
    browser.click(".big button")
    browser.until(lambda: states(ready_hub) == ["paused"])
    browser.open(f"{address}{AT}/live?lang={tag}")
    narrow(browser)
