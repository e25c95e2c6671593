"""A folder of recordings becomes takes: each file finds its line by the code in its name, or by the definition's own
name for it.

Rule 1: every file is told of: kept, or what is wrong with it and the cure. No file stops another.
Rule 2: a file is looked at only where it really lies in the folder: links that lead out are not followed.
Rule 3: importing the same folder again changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from consult.speech import taking
from consult.speech.script import CODE, Line
from consult.speech.shelf import Shelf, Take

MOST = 10_000  # files of a folder
_SOUNDS = frozenset((".wav", ".mp3", ".ogg", ".oga", ".opus", ".webm", ".m4a", ".mp4", ".aac", ".amr", ".3gp", ".flac"))
_CODE = re.compile(rf"(?<![0-9a-f])[0-9a-f]{{{CODE}}}(?![0-9a-f])")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: its `take`, or `what` is wrong with it and the `cure`."""

    file: str
    take: Take | None = None
    what: str = ""
    cure: str = ""


def bring_in(folder: Path, lines: Sequence[Line], shelf: Shelf, dialects: Mapping[str, str]) -> Iterator[Imported]:
    """Keep the recordings of this folder. `dialects`: language -> the dialect its recordings are in. Raises OSError."""
    matched = list(_matched(folder, lines))
    takers = Counter(line.speech.key for _, line in matched if line)
    for file, line in matched:
        name = file.relative_to(folder).as_posix()
        if line is None:
            cure = "name it as the record sheet says, or leave it out"
            yield Imported(name, what="names no text of these consultations", cure=cure)
        elif takers[line.speech.key] > 1:
            yield Imported(name, what=f"is one of several recordings of {line.code}", cure="keep the best one only")
        else:
            yield _kept(file, name, line, shelf, dialects)


def _kept(file: Path, name: str, line: Line, shelf: Shelf, dialects: Mapping[str, str]) -> Imported:
    try:
        with file.open("rb") as opened:
            samples = taking.take(opened.read(taking.LARGEST + 1))
    except taking.Unusable as unusable:
        return Imported(name, what=unusable.what, cure=unusable.cure)
    tag = dialects.get(line.speech.locale, line.speech.locale)
    return Imported(name, shelf.keep(line.speech, tag, samples))


def _matched(folder: Path, lines: Sequence[Line]) -> Iterator[tuple[Path, Line | None]]:
    """Every recording with its line, the author's own files with the line that names them."""
    codes = {line.speech.key[:CODE]: line for line in lines}
    named = {(folder / line.file).resolve(): line for line in lines if line.file}
    inside = folder.resolve()
    for file in islice(sorted(folder.rglob("*")), MOST):
        real = file.resolve()
        if file.is_file() and real.is_relative_to(inside) and not file.name.startswith("."):
            line = named.get(real) or next((codes[code] for code in _codes(file) if code in codes), None)
            if line or file.suffix.lower() in _SOUNDS:
                yield file, line


def _codes(file: Path) -> list[str]:
    return _CODE.findall(file.stem.lower())
