"""A translator and her second reader in a real Chromium at 320 pixels, without script: written, refused, signed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult.drafts import keeping
from tests.conftest import example
from tests.web.barriers import NARROW
from tests.web.browser import Browser
from tests.web.office.conftest import Hub, opened_hub, served
from tests.web.office.drafted import standing
from tests.web.office.test_designing import opened

WAYS = [("en", "fr", "Sens"), ("ar", "ckb", "وشەی نوێ")]
WAYS = WAYS if os.environ.get("CONSULT_DRILL") != "whole" else [*WAYS, ("fr", "ha", "Sabon rubutu")]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    for hub in opened_hub(tmp_path_factory.mktemp("hub") / "data"):
        hub.unlimited()
        yield hub


@pytest.fixture(scope="module")
def address(hub: Hub) -> Iterator[str]:
    with served(hub.app) as address:
        yield address


def come_in(browser: Browser, hub: Hub, address: str, who: str, path: str) -> None:
    browser.size(320)
    browser.open(f"{address}sign-in")
    cookie = hub.inside(who).cookie()
    browser.devtools("Network.setCookie", name="consult", value=cookie, url=address, httpOnly=True)
    browser.open(f"{address}{path}")


def state(hub: Hub, field: str) -> list[str]:
    id, _, tag = field.rpartition(".")
    kept = hub.house.store.read(lambda view: view.readings("safety"))
    return [each.state for each in kept if (each.string, each.tag) == (id, tag)]


@pytest.mark.parametrize(("tongue", "tag", "words"), WAYS)
def test_one_writes_and_another_signs(
    hub: Hub, address: str, tmp_path: Path, tongue: str, tag: str, words: str
) -> None:
    field = f"label.moving.{tag}"
    with opened(tmp_path, script=False) as browser:
        come_in(browser, hub, address, "translator", f"?lang={tongue}")
        browser.click('main a[href$="/words"]')
        browser.until(lambda: browser.find("table.all"))
        assert browser.run(NARROW)
        browser.click(f'nav.tongues a[href$="/words/{tag}"]')
        browser.until(lambda: browser.find("#words"))
        assert browser.run(NARROW)
        write(browser, field, words)
        assert standing(hub.house).questions[0].label[tag].endswith(words)
        assert not browser.find(tick(field)), "nobody is offered her own words to sign"
        come_in(browser, hub, address, "facilitator", f"designs/safety/words/{tag}?lang={tongue}")
        browser.click(tick(field))
        browser.click('button[value="save"]')
        browser.until(lambda: state(hub, field) == ["reviewed"])
        assert not browser.find(tick(field))
        assert browser.run("return document.dir") == ("rtl" if tongue == "ar" else "ltr")


def write(browser: Browser, field: str, words: str) -> None:
    browser.type(f'[name="{field}"]', f" {words}")
    before = browser.run("return document.querySelector('[name=base]').value")
    browser.click('button[value="save"]')
    browser.until(lambda: browser.run("return document.querySelector('[name=base]').value") != before)


def tick(field: str) -> str:
    return f'[name="read"][value^="{field.rpartition(".")[0]} "]'


def test_another_s_words_are_not_lost_where_both_write(hub: Hub, address: str, tmp_path: Path) -> None:
    keeping.replace_all(hub.house, "safety", example("safety"), hub.people["facilitator"].id, 1_800_000_000)
    with opened(tmp_path / "a", script=False) as first, opened(tmp_path / "b", script=False) as second:
        for browser, who in ((first, "translator"), (second, "facilitator")):
            come_in(browser, hub, address, who, "designs/safety/words/ha?lang=en")
        write(first, "label.moving.ha", "Na farko")
        second.type('[name="label.moving.ha"]', " Na biyu")
        second.click('button[value="save"]')
        second.until(lambda: second.find(".clash"))
        assert [text.split()[-2:] for text in second.texts(".clash q")] == [["Na", "farko"], ["Na", "biyu"]]
        second.click(".clash button")
        second.until(lambda: standing(hub.house).questions[0].label["ha"].endswith("Na biyu"))
