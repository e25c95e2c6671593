"""Lines read aloud into a real Chromium's microphone: heard by the meter, kept, found on the shelf, sent again."""

from __future__ import annotations

import io
import wave
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from consult.speech.script import Line
from consult.speech.shelf import Take
from tests.conftest import need
from tests.speech.sounds import clipped, quiet, tone
from tests.speech.test_taking import wav_at
from tests.web.barriers import NARROW, barriers
from tests.web.browser import Browser, chromium
from tests.web.office.conftest import Hub, opened_hub, served
from tests.web.office.test_pages import HINT
from tests.web.office.test_prompts import address as path_of
from tests.web.office.test_prompts import said, shelf

HERTZ = 440.0


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    for hub in opened_hub(tmp_path_factory.mktemp("hub") / "data"):
        hub.unlimited()
        yield hub


@pytest.fixture(scope="module")
def address(hub: Hub) -> Iterator[str]:
    with served(hub.app) as address:
        yield address


def listening(folder: Path, samples: array[int]) -> Iterator[Browser]:
    """A browser whose microphone hears this, at 48,000 samples a second."""
    heard = folder / "heard.wav"
    heard.write_bytes(wav_at(samples, 48_000))
    with chromium(need("chromedriver", HINT), need("chromium", HINT), folder / "profile", sound=heard) as browser:
        browser.size(1000)
        yield browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    yield from listening(tmp_path_factory.mktemp("good"), tone(2.0, 0.3, 48_000, HERTZ))


@pytest.fixture
def loud(tmp_path: Path) -> Iterator[Browser]:
    yield from listening(tmp_path, clipped(2.0, 48_000))


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Browser]:
    yield from listening(tmp_path, quiet(2.0, 48_000))


@dataclass
class Speaker:
    """Who reads aloud, at one line's page."""

    browser: Browser
    hub: Hub
    address: str

    def sits_down(self, line: Line, tag: str = "en") -> None:
        self.browser.open(f"{self.address}sign-in")
        cookie = self.hub.inside("voice").cookie()
        self.browser.devtools("Network.setCookie", name="consult", value=cookie, url=self.address, httpOnly=True)
        self.browser.open(f"{self.address.removesuffix('/office/')}{path_of(line)}?lang={tag}")

    def reads(self) -> None:
        """For a second, once the microphone is open."""
        self.browser.click("#start")
        self.browser.until(lambda: self.browser.run("return parts && parts.length > 12"))
        self.browser.click("#start")
        self.browser.until(lambda: self.browser.run("return take !== null"))

    def state(self) -> str:
        return self.browser.text("#state")

    def take(self, line: Line) -> Take | None:
        return shelf(self.hub).take(line.speech)


@pytest.fixture
def speaker(browser: Browser, hub: Hub, address: str) -> Speaker:
    return Speaker(browser, hub, address)


def hertz(content: bytes) -> float:
    """How often a second it passes zero upwards; it must be a file for a telephone."""
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        samples = array("h", file.readframes(file.getnframes()))
    inside = samples[1600:-1600]
    return sum(a < 0 <= b for a, b in pairwise(inside)) * 8000 / len(inside)


@pytest.mark.parametrize("tag", ["en", "ar"])
def test_a_line_is_read_heard_kept_and_the_next_one_follows(speaker: Speaker, tag: str) -> None:
    first, second, third, *_ = said(speaker.hub, tag=tag)
    speaker.sits_down(first, tag)
    browser = speaker.browser
    assert browser.run("return document.dir") == ("rtl" if tag == "ar" else "ltr")
    assert browser.run("return document.getElementById('level').value") == -60
    speaker.reads()
    assert browser.run("return document.getElementById('level').value") > -25
    assert browser.run("return document.getElementById('level').getAttribute('aria-valuetext')")
    assert speaker.take(first) is None
    browser.click("#listen")
    assert browser.run("return playing !== null")
    origin = browser.run("return performance.timeOrigin")
    browser.click("#keep")
    browser.until(lambda: path_of(second) in browser.url)
    take = speaker.take(first)
    assert take is not None
    assert take.made == "recorded"
    assert take.ms > 300
    content = (shelf(speaker.hub).audio / take.name).read_bytes()
    assert hertz(content) == pytest.approx(HERTZ, rel=0.03)
    assert browser.text("#words") == second.speech.text
    assert browser.run("return document.activeElement.id") == "start"
    browser.until(lambda: speaker.state() != "")
    speaker.reads()
    browser.click("#keep")
    browser.until(lambda: path_of(third) in browser.url)
    assert speaker.take(second)
    assert browser.run("return performance.timeOrigin") == origin  # the page, and its microphone, were never left
    assert browser.run("return mic !== null")
    browser.click("#steps [rel=prev]")
    browser.until(lambda: path_of(second) in browser.url)
    browser.run("document.querySelector('main audio').load()")
    assert not [line for line in browser.complaints() if "Content Security" in line or "Uncaught" in line]


def test_a_take_survives_a_bad_link_and_is_sent_again(speaker: Speaker) -> None:
    line = said(speaker.hub, tag="fr")[0]
    speaker.sits_down(line)
    speaker.reads()
    cut(speaker.browser, there=False)
    speaker.browser.click("#keep")
    speaker.browser.until(lambda: "Not sent" in speaker.state())
    assert "kB" in speaker.state()
    assert speaker.browser.text("#keep") == "Send it again"
    assert speaker.take(line) is None
    cut(speaker.browser, there=True)
    speaker.browser.click("#keep")
    speaker.browser.until(lambda: path_of(line) not in speaker.browser.url)
    assert speaker.take(line)


def test_a_take_survives_the_end_of_a_sign_in(speaker: Speaker) -> None:
    line = said(speaker.hub, tag="sw")[0]
    speaker.sits_down(line)
    speaker.reads()
    speaker.browser.devtools("Network.clearBrowserCookies")
    speaker.browser.click("#keep")
    speaker.browser.until(lambda: "sign in again" in speaker.state())
    assert speaker.take(line) is None
    cookie = speaker.hub.inside("voice").cookie()
    speaker.browser.devtools("Network.setCookie", name="consult", value=cookie, url=speaker.address, httpOnly=True)
    speaker.browser.click("#keep")
    speaker.browser.until(lambda: path_of(line) not in speaker.browser.url)
    assert speaker.take(line)


def test_too_loud_is_said_and_cannot_be_kept(loud: Browser, hub: Hub, address: str) -> None:
    line, speaker = said(hub, tag="es")[0], Speaker(loud, hub, address)
    speaker.sits_down(line)
    speaker.reads()
    assert speaker.state().startswith("Too loud")
    assert loud.text("#word") == "too loud"
    assert loud.run("return document.getElementById('keep').disabled")
    assert speaker.take(line) is None


def test_nothing_heard_is_said_and_cannot_be_kept(silent: Browser, hub: Hub, address: str) -> None:
    line, speaker = said(hub, tag="es")[0], Speaker(silent, hub, address)
    speaker.sits_down(line)
    speaker.reads()
    assert speaker.state().startswith("Nothing was heard")
    assert silent.text("#word") == "nothing"
    assert silent.run("return document.getElementById('keep').disabled")


def test_hiss_that_a_telephone_cannot_carry_does_not_come_back_as_a_tone(speaker: Speaker) -> None:
    """7 kHz at 48,000 samples a second would fold to 1 kHz at 8,000."""
    speaker.sits_down(said(speaker.hub)[5])
    found = speaker.browser.run(
        "const heard = Float32Array.from({length: 48000}, (_, n) => Math.sin((2 * Math.PI * 7000 * n) / 48000));"
        "return decibels(mean(telephone(heard, 48000).slice(1000, 7000).map((each) => each * each)))"
    )
    assert found < -60
    kept = speaker.browser.run(
        "const heard = Float32Array.from({length: 44100}, (_, n) => 0.5 * Math.sin((2 * Math.PI * 1000 * n) / 44100));"
        "return loudness(telephone(heard, 44100))"
    )
    assert kept == pytest.approx(-9.0, abs=0.2)


@pytest.mark.parametrize("tag", ["en", "ar"])
def test_no_barrier_is_found(speaker: Speaker, tag: str) -> None:
    line = said(speaker.hub, tag="ckb")[0]
    for path in ("", "/safety", "/safety/live/ckb", path_of(line).removeprefix("/office/prompts")):
        speaker.sits_down(line, tag)
        speaker.browser.open(f"{speaker.address}prompts{path}?lang={tag}")
        assert barriers(speaker.browser) == [], path
        speaker.browser.size(320)
        assert speaker.browser.run(NARROW), path
        speaker.browser.size(1000)
    speaker.reads()
    assert barriers(speaker.browser) == []


def cut(browser: Browser, *, there: bool) -> None:
    """The network, as it is in a village."""
    browser.devtools("Network.enable")
    browser.devtools(
        "Network.emulateNetworkConditions", offline=not there, latency=0, downloadThroughput=-1, uploadThroughput=-1
    )
