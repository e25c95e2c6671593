"""The telephone on a page: real calls by its forms, in a real browser with a microphone, and without script."""

from __future__ import annotations

import re
import secrets

import pytest
from urllib3 import encode_multipart_formdata

from consult import recordings
from consult.house import House
from consult.speech.sound import wav
from consult.store.records import Recorded
from consult.web import create_app
from tests.speech.sounds import tone
from tests.web.browser import Browser
from tests.web.test_browser import CONTRAST, address, browser, house, plain

__all__ = ["address", "browser", "house", "plain"]
CALL = "demo/call?lang=en"
KEY = ".keypad div button[value='{}']"
MESSAGE = "In your own words"


@pytest.fixture
def by_page(browser: Browser, address: str) -> Browser:
    browser.open(address + CALL)
    return browser


def heard(browser: Browser) -> list[str]:
    return [text.strip() for text in browser.texts(".heard li")]


def press(browser: Browser, *keys: str) -> None:
    for key in keys:
        before = browser.run("return performance.timeOrigin")
        browser.click(KEY.format(key))
        if key == "#" or not browser.find("#value"):
            browser.until(lambda now=before: browser.run("return performance.timeOrigin") != now)


def ring(browser: Browser, keyword: str) -> None:
    browser.click(f"button[value='{keyword}']")
    browser.until(lambda: heard(browser))


def test_a_consultation_is_held_on_the_page_with_her_voice(by_page: Browser, house: House) -> None:
    ring(by_page, "MANGO")
    assert heard(by_page)[:3] == [
        "Please choose your language.",
        "For English, press 1.",
        "Pour Français, appuyez sur 2.",
    ]
    press(by_page, "1", "1")
    press(by_page, "1", "2", "#")
    press(by_page, "1", "2", "#")
    assert heard(by_page)[0].startswith(MESSAGE)
    by_page.click("[data-record]")
    by_page.until(lambda: by_page.text("[data-record]") == "Stop speaking")
    by_page.run("return new Promise((done) => setTimeout(done, 700))")
    by_page.click("[data-record]")
    by_page.until(lambda: not heard(by_page)[0].startswith(MESSAGE))
    (waiting,) = house.store.read(lambda view: view.recordings(Recorded.ASKED) + view.recordings(Recorded.HERE))
    recordings.look_after(house, waiting.at)
    (kept,) = recordings.Listening(house, "priorities", "Amina", waiting.at).waiting
    sound = recordings.Listening(house, "priorities", "Amina", waiting.at).sound(kept)
    assert sound
    assert sound[:4] == b"RIFF"
    assert len(sound) > 4000
    assert not [line for line in by_page.complaints() if "deprecated" not in line]


def test_it_is_readable_and_names_its_parts(by_page: Browser) -> None:
    ring(by_page, "BASKET")
    for scheme in ("light", "dark"):
        by_page.prefer(scheme)
        assert by_page.run(CONTRAST) == []
    by_page.prefer("light")
    by_page.size(320)
    assert by_page.run("return document.documentElement.scrollWidth <= 320")
    by_page.size(1280)


def test_keys_silence_and_hanging_up_need_no_script(plain: Browser, address: str) -> None:
    plain.open(f"{address}demo/call?lang=ar")
    assert plain.find("html[dir=rtl]")
    plain.click("button[value='RIVER']")
    plain.until(lambda: plain.find("[name=turn][value='1']"))
    plain.click(KEY.format("1"))
    plain.until(lambda: plain.find("[name=turn][value='2']") and plain.find(".heard li"))
    plain.click("form:has([value=silence]) button")
    plain.until(lambda: plain.find("[name=turn][value='3']") and plain.find(".heard li"))
    plain.click("form:has([value=hang_up]) button")
    plain.until(lambda: plain.find("button[value='RIVER']"))


# ---- by its forms alone


class Telephone:
    """A caller without a browser."""

    def __init__(self, house: House, sender: str = "+12025550155") -> None:
        self.client, self.sender, self.call, self.turn = (
            create_app(house).test_client(),
            sender,
            secrets.token_hex(8),
            "0",
        )

    def does(self, act: str, value: str = "", code: int = 200, **more: str) -> str:
        form = {"sender": self.sender, "call": self.call, "turn": self.turn, "act": act, "value": value} | more
        answer = self.client.post("/demo/call?lang=en", data=form, headers={"Accept": "text/html"})
        assert answer.status_code == code, answer.text
        found = re.search(r'name="turn" value="(\d+)"', answer.text)
        self.turn = found[1] if found else self.turn
        return answer.text


def test_reloading_is_a_retry_and_hears_the_same(house: House) -> None:
    phone = Telephone(house)
    phone.does("ring", "RIVER")
    turn, once = phone.turn, phone.does("keys", "1")
    phone.turn = turn
    assert phone.does("keys", "1") == once


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": "+2348030000001"},
        {"call": "../../etc"},
        {"turn": "-1"},
        {"act": "shout"},
        {"act": "keys", "value": "abc"},
        {"act": "ring", "value": ""},
        {"act": "speak", "turn": "99999"},
    ],
)
def test_what_no_telephone_does_is_refused(house: House, wrong: dict[str, str]) -> None:
    given = {"act": "keys", "value": "1"} | wrong
    Telephone(house).does(given.pop("act"), given.pop("value"), code=400, **given)


def test_pressing_the_hash_without_a_word_is_silence(house: House) -> None:
    phone = Telephone(house, "+12025550157")
    phone.does("ring", "MANGO")
    for keys in ("1", "1", "12#", "12#"):
        phone.does("keys", keys)
    assert MESSAGE in phone.does("speak", "#")
    assert MESSAGE in phone.does("speak", "9")
    assert "For help, press 1." in phone.does("speak", "0")


def test_another_site_and_another_host_reach_no_telephone(house: House) -> None:
    client = create_app(house).test_client()
    form = {"sender": "+12025550155", "call": "a" * 16, "turn": "0", "act": "ring", "value": "RIVER"}
    assert client.post("/demo/call", data=form, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.get("/demo/call", headers={"Host": "evil.example"}).status_code == 403
    assert client.post("/hooks/voice/simulator", data=form).status_code == 404


def test_a_minute_of_speech_is_not_too_much(house: House) -> None:
    phone = Telephone(house, "+12025550159")
    phone.does("ring", "MANGO")
    for keys in ("1", "1", "12#", "12#"):
        phone.does("keys", keys)
    form = {"sender": phone.sender, "call": phone.call, "turn": phone.turn, "act": "speak", "value": ""}
    body, media = encode_multipart_formdata({**form, "sound": ("said.wav", wav(tone(60)))})
    answer = phone.client.post("/demo/call?lang=en", data=body, content_type=media)
    assert answer.status_code == 200
    assert MESSAGE not in answer.text
