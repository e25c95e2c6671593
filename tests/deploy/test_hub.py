"""A hub behind Caddy: the compose file is whole, nothing secret lies in it, and the proxy tells nobody who asked."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fnmatch import fnmatch
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from consult.cli import main
from consult.config import Settings
from tests.cli.conftest import ROOT, free_port, surroundings
from tests.conftest import need
from tests.deploy.conftest import HUB, ran

CADDY = "sudo apt-get install caddy"
COMPOSE = "sudo apt-get install docker-compose"
OURS = ("web", "worker", "backup", "drill")


# ---- the compose file


def compose(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What Compose makes of the file, anchors and variables put in."""
    shutil.copy(HUB / "compose.yaml", folder)
    (folder / "secrets").mkdir(exist_ok=True)
    (folder / "secrets" / "twilio_auth_token").touch()
    words = ("-f", folder / "compose.yaml", "--profile", "by-hand", "config")
    return ran(need("docker-compose", COMPOSE), *words, **variables)


def tree(text: str) -> Any:
    """The maps, lists and words that Compose prints: a part of YAML, without quotes' finer rules."""
    lines: list[tuple[int, str]] = []
    for line in filter(str.strip, text.splitlines()):
        if re.match(r" *(- |[\w./'-]+:( |$))", line):
            lines.append((len(line) - len(line.lstrip()), line.strip()))
        else:  # the rest of a long line
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line.strip()}")
    return _node(lines, lines[0][0]) if lines else {}


def _node(lines: list[tuple[int, str]], depth: int) -> Any:
    made: Any = [] if lines[0][1].startswith("- ") else {}
    while lines and lines[0][0] == depth and lines[0][1].startswith("- ") == isinstance(made, list):
        _, line = lines.pop(0)
        if isinstance(made, list):
            made.append(line[2:].strip("'\""))
            while lines and lines[0][0] > depth:  # a list of maps: a port
                made[-1] += f", {lines.pop(0)[1]}"
            continue
        name, _, value = line.partition(":")
        inner = bool(lines) and (lines[0][0] > depth or (lines[0][0] == depth and lines[0][1].startswith("- ")))
        made[name.strip("'\"")] = _node(lines, lines[0][0]) if not value and inner else value.strip().strip("'\"")
    return made


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = compose(tmp_path_factory.mktemp("hub"), CONSULT_HOST="hub.example.org")
    assert done.returncode == 0, done.stderr
    return tree(done.stdout)


def test_compose_takes_the_file_and_wants_the_hubs_name(told: dict[str, Any], tmp_path: Path) -> None:
    assert set(told["services"]) == {*OURS, "redis", "caddy"}
    refused = compose(tmp_path)
    assert (refused.returncode != 0, "the name of this hub" in refused.stderr) == (True, True)


def test_every_service_is_kept_small(told: dict[str, Any]) -> None:
    for name, service in told["services"].items():
        assert service["read_only"] == "true", name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else []), name
    assert {told["services"][name]["user"] for name in OURS} == {"10001:10001"}
    assert {told["services"][name]["ulimits"]["core"] for name in OURS} == {"0"}


def test_only_the_proxy_is_reached_from_outside(told: dict[str, Any]) -> None:
    services = told["services"]
    assert [name for name in services if "ports" in services[name]] == ["caddy"]
    assert set(services["web"]["networks"]) == {"front", "bell"}
    assert [name for name in told["networks"] if "internal" not in told["networks"][name]] == ["out"]
    assert {services[name]["network_mode"] for name in ("backup", "drill")} == {"none"}


def test_web_and_worker_share_the_folder_and_the_settings(told: dict[str, Any]) -> None:
    web, worker = told["services"]["web"], told["services"]["worker"]
    assert web["environment"] == worker["environment"]
    assert web["volumes"] == worker["volumes"] == told["services"]["backup"]["volumes"]
    assert (web["command"][0], worker["command"]) == ("serve", ["work"])
    assert "backup:/backup:ro" in told["services"]["drill"]["volumes"]
    assert "/scratch:" in " ".join(told["services"]["drill"]["tmpfs"])


def test_the_settings_are_ones_that_consult_knows(told: dict[str, Any], tmp_path: Path) -> None:
    token = tmp_path / "twilio_auth_token"
    token.write_text("a" * 32 + "\n")
    given = {**told["services"]["web"]["environment"], "CONSULT_TWILIO_ACCOUNT_SID": "AC1"}
    assert given["CONSULT_TWILIO_AUTH_TOKEN_FILE"] == "/run/secrets/twilio_auth_token"
    settings = Settings.from_env({**given, "CONSULT_TWILIO_AUTH_TOKEN_FILE": str(token)})
    assert (settings.public_url, settings.proxies, str(settings.data)) == ("https://hub.example.org", 1, "/data")
    assert (settings.twilio_auth_token, settings.redis_url) == ("a" * 32, "redis://redis:6379")
    known = (ROOT / "consult" / "config.py").read_text(encoding="utf-8")
    assert [name for name in given if f'"{name.removeprefix("CONSULT_").removesuffix("_FILE")}"' not in known] == []


def test_no_secret_lies_in_a_file() -> None:
    for file in (each for each in HUB.iterdir() if each.is_file()):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"(AUTH_TOKEN|SECRET|PASSWORD)(: |=)[^\s$/]", text), file
    assert {"secrets/", ".env"} <= set((HUB / ".gitignore").read_text().split())


def test_redis_keeps_nothing(told: dict[str, Any]) -> None:
    redis = told["services"]["redis"]
    assert "volumes" not in redis
    assert " ".join(redis["command"]).startswith("redis-server --save  --appendonly no")


def test_redis_takes_its_words(told: dict[str, Any], tmp_path: Path) -> None:
    program, port = need("redis-server", "sudo apt-get install redis-server"), str(free_port())
    words = [program, *told["services"]["redis"]["command"][1:], "--port", port, "--dir", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT) as redis:
        try:
            until_open(int(port))
        finally:
            redis.terminate()
    assert list(tmp_path.iterdir()) == []


# ---- the image


def test_the_image_is_made_of_what_is_there_and_let_through() -> None:
    text = (HUB / "Dockerfile").read_text()
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(?:--\S+ )?(.*)$", text, re.M) for word in line.split()[:-1]
    ]
    let_through = [line[1:] for line in (HUB / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"]
    assert "*" in (HUB / "Dockerfile.dockerignore").read_text().splitlines()
    for name in copied:
        assert (ROOT / name).exists(), name
        assert any(fnmatch(name, each) for each in let_through), name
    assert {"consult", "channels", "locales", "requirements.lock", "pyproject.toml"} <= set(copied)


def test_the_image_is_nobodys_root_and_runs_commands_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    text = (HUB / "Dockerfile").read_text()
    assert text.rindex("USER consult") > text.rindex("RUN ")
    assert "10001" in text
    for words in (["serve", "--host", "0.0.0.0", "--no-worker", "--help"], ["work", "--help"], ["backup", "--help"]):
        assert main(words) == 0


# ---- the proxy


def until_open(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "it does not listen"
            time.sleep(0.05)


def caddy(*words: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
    program = need("caddy", CADDY)
    homes = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    given = [program, *words, "--config", str(HUB / "Caddyfile"), "--adapter", "caddyfile"]
    environment = surroundings(**homes, **variables)
    return subprocess.Popen(given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


def test_the_proxys_file_is_valid(tmp_path: Path) -> None:
    said = caddy("validate", folder=tmp_path, CONSULT_SITE="hub.example.org").communicate(timeout=30)[0]
    assert "Valid configuration" in said
    assert '"level":"warn"' not in said


@contextmanager
def behind_the_proxy(data: Path, folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes], list[str]]]:
    """A hub behind Caddy, without TLS: Caddy's port, the server, and what Caddy said once it is over."""
    ours, port = free_port(), free_port()
    words = [sys.executable, "-m", "consult.cli", "serve", "--port", str(ours)]
    variables = surroundings(CONSULT_DATA=str(data), CONSULT_PROXIES="1", CONSULT_PUBLIC_URL=f"http://127.0.0.1:{port}")
    said: list[str] = []
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(words, cwd=ROOT, env=variables, **quiet) as server:
        upstream = {"CONSULT_SITE": f"http://127.0.0.1:{port}", "CONSULT_UPSTREAM": f"127.0.0.1:{ours}"}
        proxy = caddy("run", folder=folder, **upstream)
        try:
            until_open(ours)
            until_open(port)
            yield port, server, said
        finally:
            server.terminate()
            proxy.terminate()
            said.append(proxy.communicate(timeout=30)[0])


def asked(port: int, path: str, body: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
    """As somebody whose number and address must be written nowhere."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        told = {"X-Forwarded-For": "203.0.113.77", "Cookie": "id=marker"}
        connection.request("POST" if body else "GET", path, body, told)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def test_who_asked_is_told_to_nobody_and_a_server_that_is_away_is_waited_for(data: Path, tmp_path: Path) -> None:
    with behind_the_proxy(data, tmp_path) as (port, server, said):
        status, headers, body = asked(port, "/health")
        assert (status, b'"ok"' in body, "Server" in headers) == (200, True, False)
        assert asked(port, "/office/")[0] in (200, 302, 303)
        assert asked(port, "/hooks/sms/twilio", b"x" * 300_000)[0] in (413, 502)
        server.terminate()
        server.wait(20)
        status, headers, _ = asked(port, "/hooks/sms/twilio?From=marker", b"From=marker")
        assert (status, headers["Retry-After"]) == (502, "30")
    assert not any(word in said[0] for word in ("marker", "203.0.113.77", "/hooks", "/office", "127.0.0.1:"))


def test_the_timer_and_the_page_call_what_the_compose_file_has(told: dict[str, Any]) -> None:
    unit = (HUB / "consult-hub-backup.service").read_text()
    assert set(re.findall(r"(?:exec|run --rm) -T (\w+)", unit)) <= set(told["services"])
    assert os.access(HUB / "restore-drill", os.X_OK)
