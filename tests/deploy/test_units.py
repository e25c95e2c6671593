"""systemd's own word on the units: they load, they are hardened, and the program does not need what they forbid."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, free_port, surroundings
from tests.conftest import need
from tests.deploy.conftest import HUB, NODE, UNITS, ran, settings_in

SYSTEMD = "sudo apt-get install systemd"
SERVICES = [each for each in UNITS if each.suffix == ".service"]
EXPOSED = {"consult-hub-backup.service": 4.0}  # it steers Docker, which is root by another name
NODES = [each for each in SERVICES if each.name not in EXPOSED]
AT_MOST = 1.5  # of 10, where systemd calls what is below 2 "OK"


def test_every_unit_is_looked_at() -> None:
    assert {each.name for each in UNITS} == {
        *("consult.service", "consult-backup.service", "consult-backup.timer", "consult-modem.service"),
        *("consult-calls.service", "consult-hub-backup.service", "consult-hub-backup.timer"),
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_loads_without_a_complaint(unit: Path, tmp_path: Path) -> None:
    (tmp_path / unit.name).write_text(re.sub(r"^(Exec\w+=)\S+", r"\1/bin/true", unit.read_text(), flags=re.M))
    (tmp_path / "docker.service").write_text("[Service]\nExecStart=/bin/true\n")
    partner = unit.with_suffix(".service")
    if unit != partner:
        (tmp_path / partner.name).write_text("[Service]\nType=oneshot\nExecStart=/bin/true\n")
    done = ran(need("systemd-analyze", SYSTEMD), "verify", tmp_path / unit.name, SYSTEMD_UNIT_PATH=f"{tmp_path}:")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_exposed_to_little(unit: Path) -> None:
    words = ("security", "--offline=true", "--json=short", f"--threshold={int(EXPOSED.get(unit.name, AT_MOST) * 10)}")
    done = ran(need("systemd-analyze", SYSTEMD), *words, unit)
    asked = [each["name"] for each in json.loads(done.stdout) if not each.get("set", True)]
    assert done.returncode == 0, (done.stderr, asked)


@pytest.mark.parametrize("unit", NODES, ids=lambda unit: unit.name)
def test_a_service_on_a_node_is_no_root_leaves_no_core_and_reaches_no_internet(unit: Path) -> None:
    said = settings_in(unit)
    assert said["User"] == ["consult"]
    assert said["LimitCORE"] == ["0"]
    assert said["IPAddressDeny"] == ["any"]
    assert said["SystemCallFilter"] == ["@system-service", "~@privileged"]
    assert "any" not in " ".join(said.get("IPAddressAllow", []))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_says_where_it_goes_and_holds_no_secret(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"# /etc/systemd/system/{unit.name}"
    assert not re.search(r"(TOKEN|SECRET|PASSWORD|KEY)=\S", text)


@pytest.mark.parametrize("unit", [NODE / "system/consult-backup.service", HUB / "consult-hub-backup.service"])
def test_the_recovery_code_is_never_shown_to_a_journal(unit: Path) -> None:
    said = settings_in(unit)
    guard = said.get("ConditionPathExists", []) + said.get("ExecCondition", [])
    assert "keys/backup.pub" in guard[0]


def forbidden() -> set[str]:
    """System calls outside of what the units allow."""
    allowed = calls("@system-service") - calls("@privileged")
    return calls("@known") - allowed


def calls(group: str) -> set[str]:
    """The members of one of systemd's groups."""
    done = ran(need("systemd-analyze", SYSTEMD), "syscall-filter", group)
    named = {line.strip() for line in done.stdout.splitlines()[1:] if line.strip() and "#" not in line}
    return {each for each in named if each[0] != "@"}.union(*(calls(each) for each in named if each[0] == "@"))


def serving(data: Path, *before: str) -> subprocess.Popen[str]:
    words = [*before, sys.executable, "-m", "consult.cli", "serve", "--port", str(free_port())]
    variables = surroundings(CONSULT_DATA=str(data), CONSULT_GAMMU=str(data / "smsd.db"), CONSULT_COUNTRY="KE")
    variables |= {"CONSULT_GAMMU_NUMBER": "+254700000009", "CONSULT_BACKUP": str(data / "backup")}
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=variables)


def ends(service: subprocess.Popen[str]) -> tuple[int, str]:
    """It says that it is ready, works for a moment, and is told to stop."""
    assert service.stdout is not None
    ready = service.stdout.readline()
    time.sleep(3)  # the worker looks into the letterbox every two seconds
    under = Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()
    os.kill(int(under[0]) if under else service.pid, signal.SIGTERM)  # strace's child, or itself
    service.communicate(timeout=30)
    return service.returncode, ready


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="names of system calls differ")
def test_the_server_makes_no_system_call_that_its_unit_forbids(data: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    _, ready = ends(serving(data, need("strace", "sudo apt-get install strace"), "-f", "-qq", "-o", str(trace)))
    assert "http://127.0.0.1" in ready
    made = set(re.findall(r"^\d+\s+(?:<\.\.\. )?(\w+)(?:\(| resumed)", trace.read_text(), re.M))
    assert {"openat", "futex", "fdatasync", "bind"} <= made
    assert made & forbidden() <= ({"fchown"} if os.geteuid() == 0 else set())  # SQLite gives files back, as root only


def test_the_server_runs_where_no_memory_is_both_written_and_executed(data: Path, tmp_path: Path) -> None:
    under = tmp_path / "under.py"
    under.write_text(
        "import ctypes, os, sys\n"
        "refused = ctypes.CDLL(None, use_errno=True).prctl(65, 1, 0, 0, 0)\n"  # PR_SET_MDWE, Linux 6.3
        "sys.exit(77) if refused else os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    code, ready = ends(serving(data, sys.executable, str(under)))
    if code == 77:
        pytest.skip("this kernel cannot forbid it (Linux 6.3 can)")
    assert (code, "http://127.0.0.1" in ready) == (0, True)
