"""Looks for what must be nowhere: a woman's words and her number, in every file and every way of writing it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path


def forms(marker: str) -> Iterator[bytes]:
    """The marker as text, as wide text, in hexadecimal and in base64 (whole groups, at each alignment)."""
    plain = marker.encode()
    yield from (plain, marker.encode("utf-16-le"), marker.encode("utf-16-be"), plain.hex().encode())
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        yield coded[4 if shift else 0 : -4]


def of_number(number: str) -> str:
    """The last nine digits: they stand in every way of writing it."""
    return number[-9:]


def found_in(content: bytes, markers: Iterable[str]) -> set[str]:
    """Which of the markers the content holds."""
    return {marker for marker in markers if any(form in content for form in forms(marker))}


def found_under(folders: Iterable[Path], markers: Iterable[str]) -> dict[str, set[str]]:
    """File name -> markers, for every file below the folders that holds one; names and links are looked at too."""
    wanted = tuple(markers)
    found: dict[str, set[str]] = {}
    for folder in folders:
        for file in (folder, *folder.rglob("*")):
            content = str(file).encode() + (file.read_bytes() if file.is_file() else b"")
            if here := found_in(content, wanted):
                found[file.name] = here
    return found
