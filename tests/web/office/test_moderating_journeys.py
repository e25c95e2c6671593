"""Moderation in a real Chromium without any script, 320 px wide: opened, decided, answered, in English and Arabic."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult.accounts import approving
from consult.publish import publish
from tests.accounts.conftest import joined
from tests.conftest import example, need
from tests.web.barriers import NARROW
from tests.web.browser import Browser, chromium
from tests.web.office.conftest import LONG_AGO, Hub, opened_hub, served
from tests.web.office.test_moderation import ANSWER, ASKS, AT, FLAGS, PLANTED, QUEUE, asking, hears
from tests.web.office.test_pages import HINT


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    for hub in opened_hub(tmp_path / "data", country="NG", replies_per_number=1000):
        publish(hub.house, asking(), day=20_780, test=True)
        hub.people["second"] = joined(hub.house, "Second", "moderator", "safety", int(time.time()) - LONG_AGO)
        hears(hub)
        yield hub


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    driver, binary = need("chromedriver", HINT), need("chromium", HINT)
    with chromium(driver, binary, tmp_path / "profile", script=False) as browser:
        browser.size(320)
        yield browser


def enter(browser: Browser, hub: Hub, address: str, who: str, path: str) -> None:
    browser.open(f"{address}sign-in")
    browser.devtools("Network.setCookie", name="consult", value=hub.inside(who).cookie(), url=address, httpOnly=True)
    goes(browser, address, path)


def goes(browser: Browser, address: str, path: str) -> None:
    browser.open(f"{address}{path.removeprefix('/office/')}")
    assert browser.run(NARROW)
    told = " ".join(browser.texts("blockquote"))
    for planted in PLANTED:
        assert planted not in told


def presses(browser: Browser, selector: str) -> None:
    browser.click(selector)
    browser.until(lambda: browser.find("main"))
    assert browser.run(NARROW)


@pytest.mark.parametrize("tag", ["en", "ar"])
def test_texts_are_opened_decided_on_and_answered(hub: Hub, browser: Browser, tag: str) -> None:
    with served(hub.app) as address:
        enter(browser, hub, address, "moderator", f"{AT}?lang={tag}")
        assert browser.run("return document.dir") == ("rtl" if tag == "ar" else "ltr")
        browser.type("#words", " gidan")
        presses(browser, "form[action$='/words'] button")
        presses(browser, "form[action$='/ask'] button")
        browser.until(lambda: not browser.find("form[action$='/ask']"))
        approving.approve(hub.house, 1, hub.people["facilitator"].id, int(time.time()))
        goes(browser, address, AT)
        presses(browser, "form[action$='/open'] button")
        browser.until(lambda: len(browser.find("blockquote")) == 10)
        goes(browser, address, QUEUE)
        texts = browser.texts("blockquote")
        if ASKS not in " ".join(texts):
            goes(browser, address, f"{QUEUE}?after=10")
            texts = browser.texts("blockquote")
        place = next(n for n, text in enumerate(texts, 1) if ASKS in text)
        one = f"section:nth-of-type({place})"
        browser.click(f"{one} input[name^=asks-]")
        browser.click(f"{one} input[name^=danger-]")
        presses(browser, f"{one} button[value=fine]")
        goes(browser, address, f"{AT}/answers")
        browser.click("input[name=text]")
        for language in example("safety").languages:
            browser.type(f"#text-{language}", ANSWER)
        presses(browser, "#asking + form button")
        browser.until(lambda: browser.find("#answer-1"))
        enter(browser, hub, address, "second", f"{AT}/answers")
        presses(browser, "form[action$='/approve'] button")
        browser.until(lambda: not browser.find("form[action$='/approve']"))
        enter(browser, hub, address, "guardian", FLAGS)
        assert ASKS in browser.text("blockquote")
        browser.type("textarea[name=outcome]", "She was rung by the line for help")
        presses(browser, "#flag-1 ~ form button")
        browser.until(lambda: not browser.find("textarea[name=outcome]"))
