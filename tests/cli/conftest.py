"""A hub in a folder, and the command run against it, in this process or in one of its own."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from consult.channel import Heard, Text
from consult.cli import main, opening
from consult.consultation import Consultation, read, write
from consult.delivery import Paid, pay
from consult.house import House
from consult.intake import take

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "consult" / "examples"
OURS = "+12025550100"
AT = 1_767_268_800  # 2026-01-01 12:00 UTC
# Words that nobody read a second time.
KNOWING = tuple(f"--unreviewed={tag}" for tag in ("en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb"))
LIKE_ANYWHERE = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR", "COLUMNS")


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code, what it said and what it complained of."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine reaches a test."""
    for name in list(os.environ):
        if name.startswith("CONSULT_") and name != "CONSULT_TEST_REQUIRE":
            monkeypatch.delenv(name)
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.setenv("CONSULT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process: run("check", "river.toml", typed="...")."""

    def running(*words: object, typed: str = "") -> Ended:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8"))
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(code, said.out, said.err)

    return running


def river(**changes: object) -> Consultation:
    """The example on safety under another name, open at any time."""
    safety = read((EXAMPLES / "safety.toml").read_text(encoding="utf-8"))
    return replace(safety, name="river", opening=None, closing=None, **changes)


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    file = tmp_path / "river.toml"
    file.write_text(write(river()), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def _lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with `river` published, made once."""
    folder = tmp_path_factory.mktemp("hub")
    file = folder / "river.toml"
    file.write_text(write(river()), encoding="utf-8")
    done = outside("publish", *KNOWING, str(file), "--kit", str(folder / "kit"), CONSULT_DATA=str(folder / "data"))
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def hub(_lived_in: Path, tmp_path: Path) -> Path:
    """The data folder of a hub with `river` published; its kit lies in `kit` beside it."""
    shutil.copytree(_lived_in / "data", tmp_path / "data")
    shutil.copytree(_lived_in / "kit", tmp_path / "kit")
    return tmp_path / "data"


def surroundings(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in LIKE_ANYWHERE}
    return {**kept, **settings}


def outside(*words: str, typed: str = "", cwd: Path | None = None, **settings: str) -> Ended:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "consult.cli", *words],
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        cwd=cwd or ROOT,
        env=surroundings(**settings),
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def number(woman: int) -> str:
    """An invented number: its telephone is simulated."""
    return f"+12125550{100 + woman}"


@contextmanager
def playing(data: Path | None = None) -> Iterator[House]:
    """The hub with simulated telephones."""
    with opening.house(replace(opening.settings(), demo=True, **({"data": data} if data else {}))) as house:
        yield house


def says(house: House, woman: int, *lines: str, at: int = AT) -> None:
    """She sends these lines, and gets what they cause before she sends the next."""
    for place, line in enumerate(lines):
        moment = at + 100 * woman + place
        heard = Heard("sms", "simulator", OURS, number(woman), Text(line), f"{woman}:{moment}", moment)
        for id in take(house, heard, seed=woman % 256).owed:
            assert pay(house, id, moment) is Paid.SENT


def answers(house: House, women: range) -> None:
    """They all answer `river` to its end: those with odd numbers say harder, the others easier."""
    for woman in women:
        moving = ("3", "1") if woman % 2 else ("1",)
        says(house, woman, "RIVER", "1", *moving, str(1 + woman % 4), "2", "1", "2")


@pytest.fixture(scope="session")
def _answered(_lived_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answered") / "data"
    shutil.copytree(_lived_in / "data", folder)
    with playing(folder) as house:
        answers(house, range(25))
    return folder


@pytest.fixture
def played(hub: Path, _answered: Path) -> Path:
    """The hub after 25 women answered."""
    shutil.rmtree(hub)
    shutil.copytree(_answered, hub)
    return hub
