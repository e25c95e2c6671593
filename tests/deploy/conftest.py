"""What is shipped in deploy/, a release packed from it, and a hub with answers to back up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from consult.consultation import write
from tests.cli.conftest import KNOWING, ROOT, answers, outside, playing, river

NODE = ROOT / "deploy" / "node"
HUB = ROOT / "deploy" / "hub"
UNITS = sorted([*NODE.glob("*/*.service"), *NODE.glob("*/*.timer"), *HUB.glob("*.service"), *HUB.glob("*.timer")])


# Packing, installing and upgrading a whole node takes two minutes and the network: `make drill`.
collect_ignore = [] if os.environ.get("CONSULT_DRILL") == "whole" else ["test_node.py"]


def missing(why: str) -> None:
    """Skip, or fail where all must run."""
    if os.environ.get("CONSULT_TEST_REQUIRE") == "all":
        pytest.fail(why)
    pytest.skip(why)


def ran(*words: object, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """A program, with nothing of this machine's settings but those given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [str(word) for word in words], input=typed, capture_output=True, text=True, timeout=900, env=kept | variables
    )


def settings_in(unit: Path) -> dict[str, list[str]]:
    """What a unit says, by name."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", unit.read_text(encoding="utf-8"), re.M):
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with `river` published and answered by five women."""
    folder = tmp_path_factory.mktemp("answered")
    (folder / "river.toml").write_text(write(river()), encoding="utf-8")
    data = folder / "data"
    done = outside(
        "publish", *KNOWING, str(folder / "river.toml"), "--kit", str(folder / "kit"), CONSULT_DATA=str(data)
    )
    assert done.code == 0, done.err
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONSULT_DATA", str(data))
        with playing(data) as house:
            answers(house, range(5))
    return data


@pytest.fixture
def data(answered: Path, tmp_path: Path) -> Path:
    shutil.copytree(answered, tmp_path / "data")
    return tmp_path / "data"
