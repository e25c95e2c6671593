"""The ballast is there when the disk is full."""

import resource
import signal
import stat
from pathlib import Path

import pytest

from consult import ballast


def test_it_is_held_once_and_released(tmp_path: Path):
    assert ballast.hold(tmp_path)
    file = tmp_path / "ballast"
    first = file.read_bytes()
    assert len(first) == ballast.SIZE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_blocks * 512 >= ballast.SIZE
    assert ballast.hold(tmp_path)
    assert file.read_bytes() == first
    ballast.release(tmp_path)
    ballast.release(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_short_ballast_is_filled_up(tmp_path: Path):
    (tmp_path / "ballast").write_bytes(b"x")
    assert ballast.hold(tmp_path)
    assert (tmp_path / "ballast").stat().st_size == ballast.SIZE


def test_other_faults_are_not_taken_for_a_full_disk(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        ballast.hold(tmp_path / "missing")


def test_a_file_that_may_not_grow_leaves_nothing(tmp_path: Path):
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        with pytest.raises(OSError, match="too large"):
            ballast.hold(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []
