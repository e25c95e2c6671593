"""How a command speaks with the processes that run on a data folder: a socket each, named after the process.

Rule 1: only the folder's owner gets to them (a folder for its owner only, and the system says who asks).
Rule 2: one line of JSON each way; a passphrase or keys pass in it, and nothing of either is kept.
Rule 3: a process that died leaves its door; whoever knocks there in vain takes it away.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from consult import durable

FOLDER: Final = "doors"
LONGEST: Final = 16 * 1024  # bytes of a line
PATIENCE: Final = 60.0  # seconds: a passphrase takes a small machine some of them
Told = Mapping[str, Any]


class Nobody(Exception):
    """No process of Consult runs on this folder."""


@contextmanager
def opened(folder: Path) -> Iterator[socket.socket]:
    """A door of this process, gone afterwards."""
    place = durable.private_folder(durable.folder(folder) / FOLDER)
    with _address(place, str(os.getpid())) as address, socket.socket(socket.AF_UNIX) as listener:
        with contextlib.suppress(FileNotFoundError):
            Path(address).unlink()
        before = os.umask(0o177)
        try:
            listener.bind(address)
        finally:
            os.umask(before)
        listener.listen(8)
        try:
            yield listener
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(address).unlink()


def knock(folder: Path, told: Told, *, but: str = "") -> list[dict[str, Any]]:
    """Tell every process that runs on this folder, `but` this one, and hear what each answers. Raises Nobody."""
    place = folder / FOLDER
    names = sorted(each.name for each in place.iterdir()) if place.is_dir() else []
    answers = [answer for name in names if name != but and (answer := _asked(place, name, told)) is not None]
    if not answers and not but:
        raise Nobody(f"nothing runs on {folder}; start it with consult serve")
    return answers


def heard(connection: socket.socket) -> dict[str, Any]:
    """What a command tells; nothing where it is no owner's, or no line of ours."""
    connection.settimeout(PATIENCE)
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return _line(connection) if user in (0, os.geteuid()) else {}


def answer(connection: socket.socket, told: Told) -> None:
    """Answer it. Whoever went away meanwhile is told nothing."""
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(told).encode() + b"\n")


def _asked(place: Path, name: str, told: Told) -> dict[str, Any] | None:
    with _address(place, name) as address, socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect(address)
            answer(connection, told)
            return _line(connection)
        except (ConnectionRefusedError, FileNotFoundError):
            with contextlib.suppress(OSError):
                (place / name).unlink()
        except OSError:
            pass
        return None


@contextmanager
def _address(place: Path, name: str) -> Iterator[str]:
    """The socket's address by way of its open folder: an address of this kind has room for 107 bytes only."""
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{name}"
    finally:
        os.close(handle)


def _line(connection: socket.socket) -> dict[str, Any]:
    got = b""
    while not got.endswith(b"\n") and len(got) < LONGEST:
        more = connection.recv(4096)
        if not more:
            break
        got += more
    try:
        told = json.loads(got)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
