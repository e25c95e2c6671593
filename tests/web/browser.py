"""A real Chromium, driven over the plain WebDriver protocol (https://www.w3.org/TR/webdriver2/): no library is needed.

Rule 1: a profile of its own that is thrown away, and no service of the browser's that would call home.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",  # a microphone that beeps
)  # fmt: skip
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SCRIPT_OFF = {"profile.managed_default_content_settings.javascript": 2}


class Browser:
    """One window. Elements are named by CSS selector."""

    def __init__(self, session: str) -> None:
        self._session = session

    def _do(self, method: str, path: str, **body: Any) -> Any:
        return _ask(method, f"{self._session}{path}", body)

    def open(self, url: str) -> None:
        self._do("POST", "/url", url=url)

    @property
    def url(self) -> str:
        return str(self._do("GET", "/url"))

    def find(self, selector: str) -> list[str]:
        found = self._do("POST", "/elements", using="css selector", value=selector)
        return [element[ELEMENT] for element in found]

    def _one(self, selector: str) -> str:
        return str(self._do("POST", "/element", using="css selector", value=selector)[ELEMENT])

    def click(self, selector: str) -> None:
        """Once nothing lies above it: a page that moves while it is laid out is waited for, five seconds; a head that
        stays at the top is scrolled away from."""
        until = time.monotonic() + 5
        while True:
            try:
                self._do("POST", f"/element/{self._one(selector)}/click")
            except AssertionError as error:
                if "intercepted" not in str(error) or time.monotonic() > until:
                    raise
                self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
                time.sleep(0.1)
            else:
                return

    def type(self, selector: str, text: str) -> None:
        self._do("POST", f"/element/{self._one(selector)}/value", text=text)

    def text(self, selector: str) -> str:
        return self.texts(selector)[0]

    def texts(self, selector: str) -> list[str]:
        """Their texts, whether scrolled into sight or not."""
        found = self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)
        return [str(text) for text in found]

    def style(self, selector: str, name: str) -> str:
        return str(self._do("GET", f"/element/{self._one(selector)}/css/{name}"))

    def box(self, selector: str) -> dict[str, float]:
        return dict(self._do("GET", f"/element/{self._one(selector)}/rect"))

    def run(self, script: str, *arguments: Any) -> Any:
        """What the script returns (`return ...`), run in the page."""
        return self._do("POST", "/execute/sync", script=script, args=list(arguments))

    def devtools(self, command: str, **parameters: Any) -> Any:
        """A command of Chromium's own protocol."""
        return self._do("POST", "/goog/cdp/execute", cmd=command, params=parameters)

    def press(self, key: str, code: int) -> None:
        """One key, wherever the focus is."""
        for kind in ("rawKeyDown", "keyUp"):
            self.devtools("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def size(self, width: int, height: int = 900) -> None:
        """A viewport of this many CSS pixels, also narrower than a window can be."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def prefer(self, scheme: str) -> None:
        """light or dark."""
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, file: Path, *, full: bool = False) -> None:
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=full)
        file.write_bytes(b64decode(shot["data"]))

    def complaints(self) -> list[str]:
        """What the console says at warning and above: refused loads, broken scripts."""
        return [str(each["message"]) for each in self._do("POST", "/se/log", type="browser")]

    def until(self, holds: Callable[[], object], seconds: float = 8) -> None:
        """Wait for something on the page. Raises AssertionError."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it did not come about on the page"
            time.sleep(0.03)


@contextmanager
def chromium(
    driver: str, binary: str, profile: Path, *, script: bool = True, sound: Path | None = None
) -> Iterator[Browser]:
    """A browser, closed with its driver at the end; `script` False is one that runs none, `sound` the WAV file that its
    microphone hears, over and over."""
    port = _free_port()
    command = [driver, f"--port={port}", "--log-level=OFF"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        hears = [f"--use-file-for-fake-audio-capture={sound}"] if sound else []
        yield Browser(
            _session(f"http://127.0.0.1:{port}/session", binary, [*hears, f"--user-data-dir={profile}"], script)
        )
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the driver's own group: the browser goes with it
        process.wait()


def _session(url: str, binary: str, flags: list[str], script: bool) -> str:
    options = {
        "binary": binary,
        "args": [*FLAGS, *flags],
        "prefs": {} if script else SCRIPT_OFF,
    }
    wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "WARNING"}}
    end = time.monotonic() + 30
    while True:
        try:
            opened = _ask("POST", url, {"capabilities": {"alwaysMatch": wanted}})
        except URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
            continue
        return f"{url}/{opened['sessionId']}"


def _ask(method: str, url: str, body: dict[str, Any]) -> Any:
    data = json.dumps(body).encode() if method == "POST" else None
    try:
        with urlopen(Request(url, data, {"Content-Type": "application/json"}, method=method), timeout=60) as answer:
            return json.load(answer)["value"]
    except HTTPError as error:
        with error:
            raise AssertionError(json.load(error)["value"]["message"].partition("\n")[0]) from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
