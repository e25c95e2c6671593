"""What every test may ask for: language packs, the shipped examples, a tool that must be there."""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from consult.consultation import Consultation, read
from consult.edition import Edition, compile_edition
from consult.wording import Pack, packs

WHOLE = os.environ.get("CONSULT_DRILL") == "whole"
settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("whole", max_examples=200, deadline=None)
settings.load_profile("whole" if WHOLE else "quick")
MEMORY = Path("/dev/shm")


def roomy_memory() -> str | None:
    """A folder that lies on no disk, for stores of which is not proved what a disk keeps: each commit waits for its
    disk, some milliseconds. None where there is none, or little room in it."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 1 << 30
    return str(MEMORY) if roomy else None


if not WHOLE and (memory := roomy_memory()):
    os.environ["TMPDIR"], tempfile.tempdir = memory, memory  # of the programs that are started, and ours
EXAMPLES = Path(__file__).parent.parent / "consult" / "examples"


def many(examples: int) -> int:
    """How many examples a property is tried with: a fifth in `make test`, all where CONSULT_DRILL=whole."""
    return examples if WHOLE else max(examples // 5, 30)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked `whole` belongs to `make drill` only: it proves the same as others do, longer."""
    if not WHOLE:
        left = [item for item in items if item.get_closest_marker("whole")]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def languages() -> dict[str, Pack]:
    return dict(packs())


def example(name: str) -> Consultation:
    return read((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def editions(languages: dict[str, Pack]) -> dict[str, Edition]:
    return {file.stem: compile_edition(example(file.stem), 1, languages) for file in sorted(EXAMPLES.glob("*.toml"))}


def need(program: str, install: str, *folders: str) -> str:
    """The program's path; a test without it is skipped with the line that installs it, or fails where all must run.

    `folders`: where else it may be than on the way that programs are looked for.
    """
    found = shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *folders)))
    if found is None:
        message = f"{program} is missing: {install}"
        if os.environ.get("CONSULT_TEST_REQUIRE") == "all":
            pytest.fail(message)
        pytest.skip(message)
    return found


def need_module(name: str, install: str) -> None:
    """Skip, or fail where all must run, unless this module of an optional extra can be imported."""
    if find_spec(name) is None:
        message = f"{name} is missing: {install}"
        if os.environ.get("CONSULT_TEST_REQUIRE") == "all":
            pytest.fail(message)
        pytest.skip(message)
