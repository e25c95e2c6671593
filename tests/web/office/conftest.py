"""A hub with people of every role, and visitors who fill in its forms as a browser does."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from waitress import wasyncore
from waitress.server import create_server
from werkzeug.test import TestResponse

from consult.accounts import entering
from consult.accounts.roles import HUB, ROLES
from consult.config import Settings
from consult.drafts import keeping
from consult.episodes import Episode, material, plan
from consult.house import House, open_house
from consult.publish import publish
from consult.web import create_app
from tests.accounts.conftest import PASSWORD, Person, joined
from tests.conftest import EXAMPLES, example
from tests.reading.sample import as_kept, document
from tests.web.conftest import HTML

LONG_AGO = 3 * 86_400
LOCAL = "http://localhost"


@dataclass
class Visitor:
    """Keeps cookies, and the mark of the forms she was shown."""

    client: FlaskClient
    mark: str = ""
    last: TestResponse | None = field(default=None, repr=False)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._seen(self.client.get(path, headers=HTML | headers))

    def post(self, path: str, /, **form: Any) -> TestResponse:
        return self._seen(self.client.post(path, data={"csrf_token": self.mark, **form}, headers=HTML))

    def _seen(self, answer: TestResponse) -> TestResponse:
        if found := re.search(rb'name="csrf_token" value="([^"]+)"', answer.data):  # it may be a spreadsheet
            self.mark = unescape(found[1].decode())
        self.last = answer
        return answer

    def sign_in(self, who: Person, password: str = PASSWORD, code: str = "") -> TestResponse:
        self.get("/office/sign-in")
        form = {"name": who.name, "password": password, "code": code or who.code(int(time.time()))}
        return self.post("/office/sign-in", **form)

    def cookie(self, name: str = "consult") -> str:
        found = self.client.get_cookie(name)
        return found.value if found else ""


@dataclass
class Hub:
    """People by name of their role; the facilitator and others belong to `safety`, "outsider" to `pulse`."""

    house: House
    app: Flask
    people: dict[str, Person]

    def unlimited(self) -> None:
        """Let one source ask as often as it likes: tests do."""
        for limiter in self.app.extensions["annex"].office().extensions["limiter"]:
            limiter.enabled = False

    def visitor(self) -> Visitor:
        return Visitor(self.app.test_client())

    def inside(self, who: str) -> Visitor:
        """Signed in, without the cost of a password."""
        visitor = self.visitor()
        visitor.get("/office/sign-in")
        entering.admit(self.house, self.people[who].id, visitor.cookie(), int(time.time()))
        visitor.get("/office/account")
        return visitor


def air(house: House) -> None:
    """The second episode of `safety`, whose window is open."""
    published = house.store.read(lambda view: view.published("safety"))
    assert published is not None
    at = int(time.time())
    given = material(house.library.edition(published), "en", 2, ("moving", "obstacle", "turn_to"))
    plan(house, Episode("safety", 2, 1, "radio", "en", at // 86_400, 3600, "", "", "", opens_at=at - 60), given, at)


def furnish(house: House) -> dict[str, Person]:
    """Two consultations, an episode, a release, a draft, and people of every role."""
    for name in ("safety", "pulse"):
        publish(house, (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"), day=20_780, test=True)
    air(house)
    house.store.write(lambda tx: tx.keep_release(as_kept(document())))
    at = int(time.time()) - LONG_AGO
    people = {
        role: joined(house, role.title(), role, HUB if role == "administrator" else "safety", at) for role in ROLES
    }
    people["outsider"] = joined(house, "Outsider", "facilitator", "pulse", at)
    joined(house, "Whoever", "moderator", "pulse", at)
    keeping.begin(house, example("safety"), people["facilitator"].id, at)
    return people


@cache
def lived_in() -> tuple[Path, dict[str, Person]]:
    """The folder of such a hub, closed; and its people. Made once: each password takes time."""
    folder = Path(tempfile.mkdtemp(prefix="consult-hub-")) / "data"
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    house = open_house(Settings(data=folder))
    people = furnish(house)
    house.close()
    return folder, people


def opened_hub(data: Path, **settings: Any) -> Iterator[Hub]:
    """A copy of it, opened with these settings."""
    folder, people = lived_in()
    shutil.copytree(folder, data)
    house = open_house(Settings(data=data, **settings))
    yield Hub(house, create_app(house), dict(people))
    house.close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of its signed-in pages while a real server serves them."""
    sockets: dict[int, object] = {}
    server = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=4)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=0.1, map=sockets, count=1)
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets)

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}/office/"
    finally:
        stopping.set()
        serving.join()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    yield from opened_hub(tmp_path / "data")


CARRIED: dict[str, Any] = {
    "twilio_account_sid": f"AC{'0' * 32}",
    "twilio_auth_token": "0" * 32,
    "twilio_from": "+12025550100",
}


@pytest.fixture
def ready_hub(tmp_path: Path) -> Iterator[Hub]:
    """With a carrier, which nobody calls: only a worker sends."""
    yield from opened_hub(tmp_path / "data", country="NG", price_per_segment=0.05, **CARRIED)


@pytest.fixture(scope="module")
def lasting_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One that tests only look at."""
    yield from opened_hub(tmp_path_factory.mktemp("hub") / "data")
