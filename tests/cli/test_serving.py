"""Serving, working and the demo, as processes of their own: ready when they say so, gone soon after they are told."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest

from consult.cli import opening
from tests.cli.conftest import OURS, ROOT, Run, free_port, number, outside, surroundings

SOON = 5.0  # seconds


@contextmanager
def process(*words: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command that goes on, and the line that it says when it is ready; killed if the test forgets it."""
    running = subprocess.Popen(
        [sys.executable, "-m", "consult.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=surroundings(**settings),
    )
    assert running.stdout
    assert running.stderr
    try:
        line = running.stdout.readline().strip()
        assert line, running.stderr.read()
        yield running, line
    finally:
        running.kill()
        running.communicate()


def ends(running: subprocess.Popen[str], told: int = signal.SIGTERM) -> str:
    """Told to stop, it does, soon and without a fault; what it complained of."""
    running.send_signal(told)
    started = time.monotonic()
    _, err = running.communicate(timeout=2 * SOON)
    assert running.returncode == 0, err
    assert time.monotonic() - started < SOON
    return err


def get(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.status, answer.read().decode()


def answered(address: str, body: bytes | None, headers: dict[str, str]) -> int:
    """The status of the answer, whatever it is."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_is_ready_when_it_says_so_and_goes_when_told(tmp_path: Path, told: int) -> None:
    port = free_port()
    with process("demo", CONSULT_DATA=str(tmp_path / "demo"), PORT=str(port)) as (running, line):
        assert re.fullmatch(rf"Consult demo: http://127\.0\.0\.1:{port}/office/enter/[A-Z0-9-]{{19}}", line)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(line.split()[-1], timeout=10) as first:
            assert first.geturl() == f"http://127.0.0.1:{port}/"
        with opener.open(f"http://127.0.0.1:{port}/office/people", timeout=10) as signed_in:
            assert signed_in.geturl().endswith("/office/people")
        assert get(line.split()[-1])[0] == 200  # the link is used up: it only leads to the telephones
        assert get(f"http://127.0.0.1:{port}/office/people")[1].count("/office/join")
        status, body = get(f"http://127.0.0.1:{port}/health")
        assert (status, json.loads(body)["status"]) == (200, "ok")
        assert get(f"http://127.0.0.1:{port}/")[0] == 200
        assert ends(running, told) == ""


def test_a_second_start_goes_on_with_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    with process("demo", "--port", "0", CONSULT_DATA=str(data)) as (running, line):
        address = line.split()[-1]
        said = urlencode({"sender": number(1), "text": "RIVER", "ref": "0123456789abcdef"}).encode()
        urllib.request.urlopen(urljoin(address, "/demo/send"), said, timeout=10).close()
        wait_for(lambda: len((data / "phones" / f"{number(1)[1:]}.jsonl").read_text().splitlines()) == 3)
        ends(running)
    with process("demo", "--port", "0", CONSULT_DATA=str(data)) as (running, _):
        ends(running)
    with opening.house() as house:
        versions = house.store.read(lambda view: [(one.name, one.version, one.test) for one in view.editions()])
        begun = house.store.read(lambda view: view.last_arrival("safety"))
    names = ("practice", "priorities", "pulse", "safety", "water")
    assert sorted(versions) == [(name, 1, True) for name in names]
    assert begun > 0


def wait_for(ready: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_a_port_that_is_taken_is_told_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words in (("demo",), ("serve",)):
            ended = outside(*words, CONSULT_DATA=str(tmp_path / "demo"), PORT=str(port))
            assert (ended.code, ended.out, ended.err.count("\n")) == (3, "", 1)
            assert f"port {port}" in ended.err
            assert f"--port {port + 1}" in ended.err
    assert not (tmp_path / "demo").exists()


def test_the_demo_keeps_out_of_a_real_hub(run: Run, hub: Path) -> None:
    ended = run("demo", "--port", "0")
    assert (ended.code, ended.err.count("\n")) == (3, 1)
    assert "river" in ended.err
    assert not (hub / "phones").exists()


def test_the_demo_opens_no_carrier_of_the_environment(tmp_path: Path) -> None:
    half = {
        "CONSULT_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "CONSULT_REDIS_URL": "redis://127.0.0.1:1",
        "CONSULT_PUBLIC_URL": "x",
    }
    with process("demo", "--port", "0", CONSULT_DATA=str(tmp_path / "demo"), **half) as (running, _):
        assert ends(running) == ""


def test_serving_says_what_is_missing_and_serves(hub: Path) -> None:
    with process("serve", "--port", "0", CONSULT_DATA=str(hub)) as (running, line):
        assert line.startswith("Consult: http://127.0.0.1:")
        assert get(f"{line.split()[-1]}health")[0] == 200
        assert "no carrier is configured" in ends(running)


def test_commands_work_beside_a_running_server(hub: Path, run: Run) -> None:
    with process("serve", "--port", "0", "--no-worker", CONSULT_DATA=str(hub)) as (running, _):
        assert run("findings", "show", "river").code == 0
        assert run("contacts", "codes", "river", "--count", "3").code == 0
        assert run("backup", "elsewhere").code == 0
        ends(running)


def test_a_request_in_hand_is_answered_before_it_goes(hub: Path) -> None:
    with process("serve", "--port", "0", CONSULT_DATA=str(hub)) as (running, line):
        port = int(line.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
            caller.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")  # its last line comes after the signal
            time.sleep(0.2)
            running.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            caller.sendall(b"\r\n")
            assert caller.recv(4096).startswith(b"HTTP/1.1 200")
        running.communicate(timeout=SOON)
        assert running.returncode == 0


def test_a_caller_who_never_ends_does_not_hold_it_up(hub: Path) -> None:
    with process("serve", "--port", "0", CONSULT_DATA=str(hub)) as (running, line):
        port = int(line.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
            caller.sendall(b"GET /health HTTP/1.1\r\n")
            time.sleep(0.2)
            started = time.monotonic()
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=4 * SOON)
        assert running.returncode == 0
        assert time.monotonic() - started < 8


def test_nothing_of_a_request_is_logged(hub: Path) -> None:
    with process(
        "serve", "--port", "0", CONSULT_DATA=str(hub), CONSULT_DEMO="1", CONSULT_PUBLIC_URL="https://x.example"
    ) as (
        running,
        line,
    ):
        address = line.split()[-1]
        for path in ("nowhere?From=%2B2348031200000", "hooks/sms/simulator"):
            request = urllib.request.Request(f"{address}{path}", b"sender=%2B2348031200000&text=afraid&ref=x")
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(request, timeout=10)
        err = ends(running)
    assert "2348031200000" not in err
    assert "afraid" not in err


@pytest.mark.parametrize(
    ("proxies", "forwarded", "status"),
    [
        ("0", "", 200),
        ("0", "127.0.0.1", 403),
        ("0", "203.0.113.9", 403),
        ("1", "", 200),
        ("1", "127.0.0.1", 403),
        ("1", "203.0.113.9, 127.0.0.1", 403),
        ("1", "203.0.113.9", 403),
        ("1", "127.0.0.1, 198.51.100.7", 200),  # whom the nearest proxy saw, and who is named
    ],
)
def test_nobody_seems_to_stand_on_this_machine(hub: Path, proxies: str, forwarded: str, status: int) -> None:
    settings = {"CONSULT_DATA": str(hub), "CONSULT_PROXIES": proxies, "CONSULT_METRICS_ALLOW": "198.51.100.7"}
    with process("serve", "--port", "0", **settings) as (_, line):
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        assert answered(f"{line.split()[-1]}metrics", None, headers) == status


def test_kannel_is_not_heard_through_a_proxy_that_nobody_told_us_of(hub: Path) -> None:
    secret = "abcdefghijklmnopqrstuvwxyz012345"
    kannel = {"": "http://127.0.0.1:13013", "_USER": "u", "_PASSWORD": "p", "_NUMBER": OURS, "_SECRET": secret}
    settings = {f"CONSULT_KANNEL{name}": value for name, value in kannel.items()}
    with process(
        "serve", "--port", "0", "--no-worker", CONSULT_DATA=str(hub), CONSULT_PUBLIC_URL="http://127.0.0.1", **settings
    ) as (_, line):
        for forwarded, status in (({}, 400), ({"X-Forwarded-For": "127.0.0.1"}, 403), ({"Forwarded": "for=x"}, 403)):
            assert answered(f"{line.split()[-1]}hooks/sms/kannel/{secret}", b"x", forwarded) == status


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_goes_when_told(hub: Path, told: int) -> None:
    with process("work", CONSULT_DATA=str(hub)) as (running, line):
        assert str(hub) in line
        wait_for(
            lambda: os.path.exists(f"/proc/{running.pid}/task") and len(os.listdir(f"/proc/{running.pid}/task")) > 2
        )
        assert ends(running, told) == ""
