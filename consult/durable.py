"""Files that survive a crash, and files that are gone for good.

Rule 1: a file is written whole beside its place, flushed to disk, then renamed over it: a reader sees the old or the
new, never a part.
Rule 2: what is destroyed is overwritten, flushed and unlinked. On flash memory overwriting promises nothing (wear
levelling), which is why payloads are sealed and erasure destroys keys; overwriting is for the disks where it helps.
Rule 3: files are for their owner only (0600, folders 0700), whatever the umask.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 20


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path`, atomically and durably. Raises OSError; then nothing at `path` has changed."""
    passing = path.with_name(f".{path.name}.{os.urandom(8).hex()}.new")
    try:
        with new(passing) as out:
            out.write(content)
            flush(out)
        passing.replace(path)
    except BaseException:
        passing.unlink(missing_ok=True)
        raise
    settle(path.parent)


def new(path: Path) -> BinaryIO:
    """Open a new file that nobody else may read. Raises FileExistsError, OSError."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def flush(out: BinaryIO) -> None:
    """Until this returns, what was written may be lost by a power cut."""
    out.flush()
    os.fsync(out.fileno())


def settle(path: Path) -> None:
    """Make renames and removals in the folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network shares cannot flush a folder
            raise
    finally:
        os.close(handle)


def folder(path: Path) -> Path:
    """The folder, made for its owner only if it is missing; one that exists keeps its mode. Raises OSError."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def private_folder(path: Path) -> Path:
    """The folder, made if missing, for its owner only even if it was not. Raises OSError."""
    if folder(path).stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def destroy(path: Path) -> None:
    """Overwrite and remove, with what a killed `write` may have left beside it; a missing file is no error."""
    for each in (path, *path.parent.glob(f".{path.name}.*.new")):
        with contextlib.suppress(FileNotFoundError):
            with each.open("r+b", buffering=0) as out:
                blank(out.fileno())
            each.unlink()
    settle(path.parent)


def blank(handle: int) -> None:
    """Overwrite what an open file holds, down to the disk."""
    size = os.fstat(handle).st_size
    for start in range(0, size, _BLOCK):
        os.pwrite(handle, os.urandom(min(_BLOCK, size - start)), start)
    os.fsync(handle)


@contextlib.contextmanager
def alone(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the folder against other processes and threads; who dies lets go. Without `wait`, raises BlockingIOError."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)
