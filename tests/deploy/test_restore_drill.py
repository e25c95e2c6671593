"""The restore drill, run for real: a backup comes back, is examined, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, outside
from tests.conftest import need
from tests.deploy.conftest import HUB, ran

DRILL = HUB / "restore-drill"


@pytest.fixture
def consult(tmp_path: Path) -> Path:
    """The command, in a file of its own as on a hub."""
    file = tmp_path / "consult"
    file.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m consult.cli "$@"\n')
    file.chmod(0o755)
    return file


@pytest.fixture
def code(data: Path, tmp_path: Path) -> str:
    """A backup lies in `backups`; its recovery code."""
    done = outside("backup", str(tmp_path / "backups"), CONSULT_DATA=str(data))
    found = re.search(r"((?:\w{5}[ \n]+){15})", done.out.split("nowhere:")[1])
    assert found
    return found[1]


def drill(consult: Path, tmp_path: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    need("shred", "sudo apt-get install coreutils")
    (tmp_path / "scratch").mkdir(exist_ok=True)
    done = ran(DRILL, tmp_path / "backups", tmp_path / "scratch", typed=code, CONSULT=str(consult), **variables)
    assert os.listdir(tmp_path / "scratch") == []
    return done


def test_a_backup_comes_back_whole_and_nothing_of_it_is_kept(consult: Path, tmp_path: Path, code: str) -> None:
    before = {file.name: file.read_bytes() for file in (tmp_path / "backups").iterdir()}
    done = drill(consult, tmp_path, code)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok    store" in done.stdout
    assert "river 1" in done.stdout
    assert "FAIL  keys" in done.stdout  # in no backup: two people hold the kit
    assert {file.name: file.read_bytes() for file in (tmp_path / "backups").iterdir()} == before


def test_another_code_fails(consult: Path, tmp_path: Path, code: str) -> None:
    done = drill(consult, tmp_path, "A" + code[1:] if code[0] != "A" else "B" + code[1:])
    assert done.returncode == 1
    assert "does not come back" in done.stderr


def test_a_backup_that_was_cut_fails(consult: Path, tmp_path: Path, code: str) -> None:
    backup = next((tmp_path / "backups").glob("*.backup"))
    backup.write_bytes(backup.read_bytes()[:-100])
    assert drill(consult, tmp_path, code).returncode == 1


def test_an_old_backup_fails(consult: Path, tmp_path: Path, code: str) -> None:
    backup = next((tmp_path / "backups").glob("*.backup"))
    backup.rename(backup.with_name("consult-20250101-000000.backup"))
    done = drill(consult, tmp_path, code)
    assert done.returncode == 1
    assert "FAIL  last backup" in done.stdout


def test_the_newest_is_taken(consult: Path, tmp_path: Path, code: str) -> None:
    backup = next((tmp_path / "backups").glob("*.backup"))
    shutil.copy(backup, backup.with_name("consult-20250101-000000.backup"))
    done = drill(consult, tmp_path, code)
    assert done.stdout.splitlines()[0].endswith(backup.name)
    assert done.returncode == 0


def test_no_setting_of_the_machine_reaches_what_was_restored(consult: Path, tmp_path: Path, code: str) -> None:
    done = drill(consult, tmp_path, code, CONSULT_REDIS_URL="redis://127.0.0.1:1", CONSULT_TWILIO_ACCOUNT_SID="AC1")
    assert done.returncode == 0, done.stdout
    assert "Redis" not in done.stdout


def test_without_a_backup_it_fails(consult: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert "no backup" in drill(consult, tmp_path, "").stderr
    assert ran(DRILL).returncode == 2
