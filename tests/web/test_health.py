"""Who may know of a hub's traffic, what is told, and that it is told when something is missing."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from consult import metrics, readiness
from consult.config import BadSetting, Settings
from consult.delivery import HALTED
from consult.house import House
from consult.jobs import duties
from consult.store import StoreError
from consult.store.pulse import Histogram
from consult.web import create_app
from consult.web.health import watches
from tests.conftest import need
from tests.web.conftest import LEFT, Page, opened

NOW = int(time.time())
DEMO = Settings(demo=True)


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[House]:
    """A demo without a worker."""
    with opened(tmp_path / "data", works=False, examples=("safety",)) as house:
        yield house


@pytest.fixture
def client(quiet: House) -> FlaskClient:
    return create_app(quiet).test_client()


def values(text: str) -> dict[str, float]:
    """Each sample's name with its labels, and its value."""
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


# ---- who may know


@pytest.mark.parametrize("path", ["/health", "/healthz"])
def test_everybody_may_ask_whether_it_lives(client: FlaskClient, path: str) -> None:
    answer = client.get(path, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert (answer.status_code, answer.json["status"]) == (200, "ok")


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_a_stranger_learns_nothing(client: FlaskClient, path: str) -> None:
    answer = client.get(path, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == 403
    assert "consult_" not in answer.text
    assert client.get(path, headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize(
    ("settings", "environ", "may"),
    [
        ({}, {"REMOTE_ADDR": "127.0.0.1"}, True),
        ({}, {"REMOTE_ADDR": "::1"}, True),
        ({}, {"REMOTE_ADDR": "::ffff:127.0.0.1"}, True),
        ({}, {"REMOTE_ADDR": "192.0.2.7"}, False),
        ({}, {"REMOTE_ADDR": ""}, False),
        ({}, {}, False),
        ({}, {"REMOTE_ADDR": "nobody"}, False),
        # a proxy on this machine that nobody told us of
        ({}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, False),
        ({}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),
        ({}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"}, False),
        ({}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "127.0.0.1"}, False),
        ({}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_VIA": "1.1 Caddy"}, False),
        ({"public_url": "https://hub.example"}, {"REMOTE_ADDR": "127.0.0.1"}, False),  # and that leaves no mark
        ({"public_url": "https://hub.example", "proxies": 1}, {"REMOTE_ADDR": "127.0.0.1"}, True),
        ({"public_url": "https://hub.example", "metrics_allow": "127.0.0.1"}, {"REMOTE_ADDR": "127.0.0.1"}, True),
        # what our proxy says
        ({"proxies": 1}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),
        ({"proxies": 2}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1,203.0.113.9"}, False),
        # the machines that are named
        ({"metrics_allow": "192.0.2.0/24"}, {"REMOTE_ADDR": "192.0.2.7"}, True),
        ({"metrics_allow": "10.0.0.1, 192.0.2.0/24"}, {"REMOTE_ADDR": "::ffff:192.0.2.7"}, True),
        ({"metrics_allow": "2001:db8::/32"}, {"REMOTE_ADDR": "2001:db8::5"}, True),
        ({"metrics_allow": "192.0.2.0/24"}, {"REMOTE_ADDR": "192.0.3.7"}, False),
        ({"metrics_allow": "192.0.2.7"}, {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, False),
        (
            {"metrics_allow": "192.0.2.7", "proxies": 1},
            {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "192.0.2.7"},
            True,
        ),
        ({"metrics_allow": "127.0.0.1", "proxies": 1}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_VIA": "1.1 x"}, False),
    ],
)
def test_who_may_know_of_traffic(settings: dict[str, object], environ: dict[str, str], may: bool) -> None:
    assert watches(replace(Settings(), **settings), environ) is may


def test_settings_that_name_no_machine_are_refused() -> None:
    assert Settings.from_env({"CONSULT_METRICS_ALLOW": "10.0.0.0/8, ::1"}).metrics_allow == "10.0.0.0/8, ::1"
    for wrong in ("prometheus", "10.0.0.1/8", "10.0.0.1;10.0.0.2"):
        with pytest.raises(BadSetting, match="CONSULT_METRICS_ALLOW"):
            Settings.from_env({"CONSULT_METRICS_ALLOW": wrong})


# ---- readiness


def test_a_hub_with_a_worker_is_ready(house: House) -> None:
    client = create_app(house).test_client()
    deadline = time.monotonic() + 10
    while (answer := client.get("/readyz")).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.02)
    assert answer.json == {"ready": True, "missing": []}


def test_without_a_worker_it_is_not(client: FlaskClient, quiet: House) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "missing": ["no worker has ever swept"]}
    at = int(time.time())
    duties(quiet, "another process", lambda: at - readiness.QUIET)
    assert readiness.missing(quiet, at) == []
    assert readiness.missing(quiet, at + 7) == ["no worker has swept for 157 seconds"]


def test_every_fault_is_told_and_none_hides_another(client: FlaskClient, quiet: House) -> None:
    (quiet.settings.data / "keys" / "hub.key").unlink()
    (quiet.settings.data / "keys" / "consultations" / "safety.key").unlink()
    quiet.vault.forget()
    gone = replace(quiet, settings=replace(quiet.settings, redis_url="redis://127.0.0.1:1"))
    assert readiness.missing(gone, NOW) == [
        "the hub's key file is gone",
        "the hub's keys are locked: consult unlock",
        "the keys of 1 published consultations are not here",
        "no worker has ever swept",
        "the doorbell (Redis) cannot be reached",
    ]
    quiet.store.close()
    told = client.get("/readyz")
    assert told.status_code == 503
    assert told.json["missing"] == [
        "the store cannot be written",
        "the store cannot be read",
        "the hub's key file is gone",
        "the hub's keys are locked: consult unlock",
    ]


def test_a_store_of_another_program_is_told(quiet: House) -> None:
    import sqlite3

    duties(quiet, "worker", lambda: NOW)
    assert readiness.missing(quiet, NOW) == []
    with sqlite3.connect(quiet.settings.data / "consult.db") as newer:
        newer.execute("PRAGMA user_version = 9999")
    newer.close()
    assert readiness.missing(quiet, NOW) == ["the store's tables are not those of this program: start the newest one"]


# ---- metrics


def test_traffic_is_told_as_it_is(quiet: House) -> None:
    page = Page(create_app(quiet).test_client())
    for n in range(3):
        assert page.send("RIVER", f"+1202555011{n}").status_code == 303
    owed, since = quiet.store.read(lambda view: view.owing(NOW + 900))
    assert owed > 0
    assert since is not None
    duties(quiet, "worker", lambda: NOW)
    quiet.store.write(lambda tx: tx.set(f"{HALTED}sms simulator", "a word of the carrier's"))
    quiet.store.write(lambda tx: tx.hold(b"m" * 16, b"sealed"))
    told = values(metrics.page(quiet, NOW + 900, 12.5))
    assert told['consult_messages{channel="sms",state="queued"}'] == owed
    assert told["consult_outbox_due"] == owed
    assert told["consult_outbox_oldest_due_seconds"] == NOW + 900 - since
    assert told["consult_held_messages"] == 1
    assert told['consult_carrier_halted{channel="sms",carrier="simulator"}'] == 1
    assert told["consult_sweep_lag_seconds"] == 900
    assert told["consult_uptime_seconds"] == 12.5
    assert told["consult_commit_works_sum"] >= told["consult_commit_works_count"] > 3
    assert told['consult_commit_seconds_bucket{le="+Inf"}'] == told["consult_commit_seconds_count"]


def test_no_label_tells_of_a_consultation_and_no_word_of_a_carrier(client: FlaskClient, quiet: House) -> None:
    Page(client).send("RIVER", LEFT)
    quiet.store.write(lambda tx: tx.set(f"{HALTED}sms simulator", "a word of the carrier's"))
    text = client.get("/metrics").text
    labels = {
        part.split("=")[0]
        for line in text.splitlines()
        if "{" in line and line[0] != "#"
        for part in line[line.index("{") + 1 : line.index("}")].split(",")
    }
    assert labels == {"version", "channel", "state", "carrier", "le"}
    assert not [word for word in ("safety", "priorities", LEFT[1:], "a word of", "RIVER") if word in text]


def test_the_page_is_what_prometheus_reads(client: FlaskClient) -> None:
    promtool = need("promtool", "apt-get install prometheus")
    Page(client).send("RIVER", LEFT)
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"] == metrics.MEDIA
    checked = subprocess.run([promtool, "check", "metrics"], input=answer.text, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_a_store_that_is_shut_tells_nothing(client: FlaskClient, quiet: House) -> None:
    quiet.store.close()
    assert client.get("/metrics").status_code == 503
    with pytest.raises(StoreError):
        metrics.page(quiet, NOW, 0)


def test_a_value_falls_under_its_bound() -> None:
    found = Histogram((1, 2, 4))
    for value in (0.5, 1, 1.5, 4, 9):
        found.count(value)
    assert found.upto() == [2, 3, 4, 5]
    assert list(metrics.histogram("x", "About.", found))[2:] == [
        'x_bucket{le="1"} 2',
        'x_bucket{le="2"} 3',
        'x_bucket{le="4"} 4',
        'x_bucket{le="+Inf"} 5',
        "x_sum 16.0",
        "x_count 5",
    ]
    assert list(metrics.gauge("y", "About.", [({"a": 'b"\\\n'}, 1)]))[2] == 'y{a="b\\"\\\\\\n"} 1'
