"""From nothing to published in a real Chromium: two questions in English and in Arabic, with script and without."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from consult.consultation import Consultation, read
from tests.conftest import need
from tests.web.browser import Browser, chromium
from tests.web.office.conftest import Hub, opened_hub, served

HINT = "apt-get install chromium chromium-driver"
WAYS = [("en", True), ("ar", False), ("ar", True), ("en", False)]
WAYS = WAYS if os.environ.get("CONSULT_DRILL") == "whole" else WAYS[:2]

WORDS = {
    "en": {
        "q1": "Is the way to the market easy or hard?",
        "c1": "Easy",
        "c2": "Hard",
        "q2": "What makes it hard?",
        "title": "Roads",
        "convenor": "River Circle",
        "readers": "local leaders",
        "can_promise": "They will read it.",
        "cannot_promise": "They cannot promise change.",
        "keyword": "LANTERN",
    },
    "ar": {
        "q1": "هل الطريق إلى السوق سهل أم صعب؟",
        "c1": "سهل",
        "c2": "صعب",
        "q2": "ما الذي يجعله صعبا؟",
        "title": "الطرق",
        "convenor": "حلقة النهر",
        "readers": "قادة المنطقة",
        "can_promise": "سيقرؤون.",
        "cannot_promise": "لا وعد بالتغيير.",
        "keyword": "سلة",
    },
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    for hub in opened_hub(tmp_path_factory.mktemp("hub") / "data"):
        hub.unlimited()
        yield hub


@pytest.fixture(scope="module")
def address(hub: Hub) -> Iterator[str]:
    with served(hub.app) as address:
        yield address


def opened(folder: Path, *, script: bool) -> Any:
    return chromium(need("chromedriver", HINT), need("chromium", HINT), folder, script=script)


def come_in(browser: Browser, hub: Hub, address: str, tag: str) -> None:
    """As the facilitator, at the list of drafts."""
    browser.size(1280, 1000)
    browser.open(f"{address}sign-in")
    cookie = hub.inside("facilitator").cookie()
    browser.devtools("Network.setCookie", name="consult", value=cookie, url=address, httpOnly=True)
    browser.open(f"{address}designs?lang={tag}")


def draft(hub: Hub, name: str) -> Consultation:
    found = hub.house.store.read(lambda view: view.draft(name))
    assert found is not None
    return read(found.toml)


def press(browser: Browser, do: str) -> None:
    browser.click(f'#design button[name="do"][value="{do}"]')


def fill(browser: Browser, field: str, words: str) -> None:
    browser.type(f'[name="{field}"]', words)


@pytest.mark.parametrize(("tag", "script"), WAYS)
def test_two_questions_from_nothing_to_published(
    hub: Hub, address: str, tmp_path: Path, tag: str, script: bool
) -> None:
    name, words = f"market_{tag}{'_script' if script else ''}", WORDS[tag]
    with opened(tmp_path, script=script) as browser:
        come_in(browser, hub, address, tag)
        browser.type("#name", name)
        browser.click("form.tall button:not([name])")
        browser.until(lambda: browser.url.endswith(f"/designs/{name}"))
        write_questions(browser, hub, name, tag, script=script)
        assert draft(hub, name).questions[1].relevant == "${q1} = 'c2'"
        write_the_rest(browser, tag)
        try_it(browser, words["q1"])
        publish(browser)
        assert len(browser.find("pre")) == 2
    published = hub.house.store.read(lambda view: view.published(name))
    assert published is not None
    assert (published.version, read(published.toml)) == (1, draft(hub, name))
    assert [each.label[tag] for each in read(published.toml).questions] == [words["q1"], words["q2"]]


def write_questions(browser: Browser, hub: Hub, name: str, tag: str, *, script: bool) -> None:
    words = WORDS[tag]
    fill(browser, f"label.q1.{tag}", words["q1"])
    for choice in ("c1", "c2"):
        fill(browser, f"choice.q1.{choice}.{tag}", words[choice])
    if script:  # kept by itself, and the checks beside the question follow
        browser.until(lambda: draft(hub, name).questions[0].label.get(tag) == words["q1"])
        browser.until(lambda: not browser.find("#about-q1 .error"))
        assert browser.run("return document.getElementById('base').value") != "1"
    else:
        assert browser.find("#about-q1 .error")
    press(browser, "add text")
    browser.until(lambda: browser.find('[name="type.q2"]'))
    assert not browser.find("#about-q1 .error")
    fill(browser, f"label.q2.{tag}", words["q2"])
    browser.click('[name="only.q2"] option[value="${q1} = \'c2\'"]')
    press(browser, "save")
    browser.until(lambda: words["c2"] in browser.text("#about-q2 .rule"))


def write_the_rest(browser: Browser, tag: str) -> None:
    for key in ("title", "convenor", "readers", "can_promise", "cannot_promise", "keyword"):
        fill(browser, f"top.{key}.{tag}", WORDS[tag][key])
    fill(browser, f"top.referral.{tag}", "0800000000")
    fill(browser, "top.news_by", "03312099")
    press(browser, "save")
    browser.until(lambda: not browser.find(".checks .error"))


def try_it(browser: Browser, question: str) -> None:
    browser.click('.bar [value="go try"]')
    browser.until(lambda: browser.find(".phone"))
    browser.type("#typed", "1\ue007")
    browser.until(lambda: any(question in text for text in browser.texts(".screen li")))
    assert browser.find(".chip.draft")
    browser.open(browser.url.partition("/try")[0])


def publish(browser: Browser) -> None:
    browser.click('.bar [value="go publish"]')
    browser.until(lambda: browser.find("#h-go"))
    browser.click('#h-go ~ form [name="unreviewed"]')
    browser.click("#h-go ~ form button")
    browser.until(lambda: browser.find(".chip.live"))


def test_a_lost_connection_loses_nothing(hub: Hub, address: str, tmp_path: Path) -> None:
    with opened(tmp_path, script=True) as browser:
        come_in(browser, hub, address, "en")
        browser.open(f"{address}designs/safety?in=en")
        away = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        browser.devtools("Network.enable")
        browser.devtools("Network.emulateNetworkConditions", offline=True, **away)
        fill(browser, "label.age.en", " Or how many years?")
        browser.until(lambda: "Not kept yet" in browser.text("#state"))
        browser.devtools("Network.emulateNetworkConditions", offline=False, **away)
        browser.until(lambda: browser.text("#state") == "All is kept.", 15)
        assert draft(hub, "safety").questions[3].label["en"] == "Your age? Or how many years?"
        assert [line for line in browser.complaints() if "Content Security" in line] == []


def test_two_browsers_write_at_once_and_each_field_has_its_writer(hub: Hub, address: str, tmp_path: Path) -> None:
    with opened(tmp_path / "a", script=True) as first, opened(tmp_path / "b", script=True) as second:
        for browser in (first, second):
            come_in(browser, hub, address, "en")
            browser.open(f"{address}designs/safety?in=en")
        fill(first, "label.moving.en", " First.")
        first.until(lambda: first.text("#state") == "All is kept.")
        fill(second, "label.place.en", " Second.")
        fill(second, "label.moving.en", " Clash.")
        second.until(lambda: second.find("#trouble .clash"))
        assert second.texts("#trouble q")[0].endswith(" First.")
        assert second.texts("#trouble q")[1].endswith(" Clash.")
    questions = {each.name: each.label["en"] for each in draft(hub, "safety").questions}
    assert questions["place"].endswith(" Second.")
    assert questions["moving"].endswith(" First.")


def test_the_script_is_small() -> None:
    from consult.web import assets

    assert len(assets.assets()["design.js"].plain) <= 4096
