"""What stands around every answer: strict headers, who is served, and error pages that help and reveal nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from consult.house import House
from consult.library import Library
from consult.web import HEADERS, LARGEST, create_app
from consult.wording import shipped
from tests.web.conftest import HTML, LEFT, Page, Parsed, opened

FORM = {"sender": LEFT, "text": "RIVER", "ref": "12345678"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A demo whose store is closed already: nothing can be read or kept."""
    with opened(tmp_path_factory.mktemp("closed") / "data", works=False, examples=("safety",)) as house:
        house.store.close()
        yield house


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/demo/live", 200),
        ("GET", "/health", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/static/../demo.py", 404),
        ("GET", "/static/demo.0000000000.css", 404),
        ("GET", "/demo/send", 405),
        ("POST", "/", 405),
        ("DELETE", "/demo/live", 405),
        ("POST", "/demo/send", 400),
        ("POST", "/hooks/sms/twilio", 404),
        ("POST", "/hooks/sms/simulator", 404),
        ("POST", "/hooks/sms/simulator/status", 404),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_every_answer_is_guarded(lasting: Page, method: str, path: str, status: int, accept: str) -> None:
    answer = lasting.client.open(path, method=method, headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    guards = HEADERS.keys() - {"Referrer-Policy", "Content-Security-Policy"}
    assert {name: answer.headers[name] for name in guards} == {name: HEADERS[name] for name in guards}
    assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert answer.headers["Cache-Control"] in ("no-store", "no-cache")
    assert answer.mimetype == ("text/html" if accept == "text/html" and path != "/health" else answer.mimetype)


def test_assets_are_kept_for_ever(lasting: Page) -> None:
    for path in lasting.read().loads():
        answer = lasting.client.get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_wrong_method_names_the_right_one(lasting: Page) -> None:
    assert lasting.client.get("/demo/send").headers["Allow"] == "OPTIONS, POST"


# ---- who is served


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("LocalHost:8000", True),
        ("127.0.0.1:8000", True),
        ("127.0.0.53", True),
        ("[::1]:8000", True),
        ("[::1]", True),
        ("example.org", False),
        ("localhost.example.org", False),
        ("example.org:8000", False),
        ("127.0.0.1.example.org", False),
        ("192.168.1.7:8000", False),
        ("0.0.0.0:8000", False),
        ("[::]:8000", False),
    ],
)
@pytest.mark.parametrize("path", ["/", "/demo/live"])
def test_the_demo_is_served_to_this_machine_only(lasting: Page, host: str, served: bool, path: str) -> None:
    answer = lasting.client.get(path, headers={"Host": host, **HTML})
    assert answer.status_code == (200 if served else 403)
    if not served:
        assert "http://127.0.0.1:8000/" in answer.text
        assert host.partition(":")[0] not in answer.text.replace("127.0.0.1:8000", "")
        assert "RIVER" not in answer.text


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True),  # no browser
        ({"Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://example.org"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://example.org"}, False),
        ({"Origin": "http://localhost:3000"}, False),
        ({"Origin": "http://localhost.example.org"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://["}, False),
        ({"Origin": "http://[::::]"}, False),
        ({"Origin": ""}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://example.org"}, False),
    ],
)
def test_another_site_cannot_send_a_text(tmp_path: Path, headers: dict[str, str], taken: bool) -> None:
    with opened(tmp_path / "data", works=False, examples=()) as house:
        client = create_app(house).test_client()
        answer = client.post("/demo/send", data=FORM, headers=headers | HTML)
        # With nothing published a text that got past the guard is met with 503.
        assert answer.status_code == (503 if taken else 403)
        assert ("another web site" in answer.text) is not taken


# ---- what goes wrong


@pytest.mark.parametrize("tag", shipped())
@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/demo/send", 405)])
def test_an_error_page_helps_in_her_language(lasting: Page, tag: str, path: str, status: int) -> None:
    answer = lasting.client.get(f"{path}?lang={tag}", headers=HTML)
    page = Parsed.of(answer.text)
    assert answer.status_code == status
    assert page.one("html").at["lang"] == tag
    assert page.one("a").at["href"] == f"/?lang={tag}"
    assert len(page.all("h1")) == len(page.all("main")) == 1


def test_machines_get_one_line(lasting: Page) -> None:
    answer = lasting.client.get("/nowhere")
    assert (answer.mimetype, answer.text) == ("text/plain", "Not Found\n")


def test_an_error_repeats_nothing_and_tells_nothing(lasting: Page) -> None:
    for marker in ("marker-of-hers", "%3Cscript%3E"):
        for answer in (
            lasting.client.get(f"/{marker}?q={marker}", headers=HTML),
            lasting.client.post("/demo/send", data={"text": marker, "ref": marker}, headers=HTML),
        ):
            assert answer.status_code in (400, 404)
            assert "marker" not in answer.text
            assert "<script>" not in answer.text
            assert not {"Traceback", "werkzeug", "flask", "consult/"} & set(answer.text.split())


def test_a_large_body_is_refused_unread(lasting: Page) -> None:
    body = b"text=" + b"x" * LARGEST
    answer = lasting.client.post(
        "/demo/send", data=body, content_type="application/x-www-form-urlencoded", headers=HTML
    )
    assert answer.status_code == 413
    assert "1600" in answer.text


def test_our_own_fault_names_its_kind_in_the_log_only(house: House, caplog: pytest.LogCaptureFixture) -> None:
    client = create_app(replace(house, library=Library({}))).test_client()
    answer = client.get("/?lang=fr&left=marker-of-hers", headers=HTML)
    assert answer.status_code == 500
    assert "Un problème est survenu ici." in answer.text
    assert "a request failed" in caplog.text
    assert "marker" not in caplog.text + answer.text


def test_a_store_that_cannot_keep_says_try_again(closed: House) -> None:
    client: FlaskClient = create_app(closed).test_client()
    answer = client.post("/demo/send", data=FORM, headers=HTML)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "send it again" in answer.text
