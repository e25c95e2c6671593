"""A release as a file: what each ending is, and its bytes.

Rule 1: every file is made of the one document, so that two of them can never differ.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from consult.printing import as_pdf
from consult.reading.floip import package
from consult.reading.leaf import alone
from consult.reading.sheets import CODES, HEAD, codebook, rows, tables
from consult.spreadsheets import as_csv, as_xlsx
from consult.store.handing import as_sqlite
from consult.store.records import Release
from consult.wording import Say

_THREE: Final = {
    **{"en": "eng", "fr": "fra", "ar": "ara", "ha": "hau", "sw": "swa", "es": "spa", "ku": "kmr", "yo": "yor"},
    **{"ig": "ibo", "lg": "lug", "rw": "kin", "so": "som", "am": "amh", "ti": "tir", "ps": "pus", "fa": "fas"},
}  # ISO 639-1 -> 639-3; a tag of three letters is one already


MEDIA: Final[Mapping[str, str]] = {
    "csv": "text/csv",
    "codebook.csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "db": "application/vnd.sqlite3",
    "floip.zip": "application/zip",
    "html": "text/html",
    "brief.pdf": "application/pdf",
    "pdf": "application/pdf",
}  # ending -> media type; brief.pdf is the first page, pdf is everything


def made(release: Release, kind: str, say: Say) -> bytes:
    """The bytes of one kind. Raises KeyError, printing.Missing, spreadsheets.Missing."""
    document = json.loads(release.text)
    match kind:
        case "csv":
            return _csv(HEAD, rows(document))
        case "codebook.csv":
            return _csv(CODES, codebook(document))
        case "xlsx":
            sheets = tables(document, release.sha256)
            return as_xlsx({name: [columns, *cells] for name, (columns, cells) in sheets.items()})
        case "db":
            return as_sqlite(tables(document, release.sha256))
        case "floip.zip":
            return _floip(document, release)
        case "html":
            return alone(document, say).encode()
        case "brief.pdf":
            return as_pdf(alone(document, say, ("brief",)))
        case "pdf":
            return as_pdf(alone(document, say))
        case _:
            raise KeyError(kind)


def named(release: Release, kind: str) -> str:
    """The file's name."""
    return f"{release.consultation}-release-{release.number}.{kind}"


def _csv(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    return f"{as_csv([columns, *lines])}\r\n".encode("utf-8-sig")


def _floip(document: Mapping[str, Any], release: Release) -> bytes:
    tag = document["languages"][0]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in package(document, release.sha256, release.date, _THREE.get(tag, tag)).items():
            packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()
