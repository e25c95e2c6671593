"""The numbers of a release for other programs: long rows for CSV and XLSX, an SQLite file, FLOIP Flow Results.

Rule 1: released aggregates and nothing else: what is not in the document is in no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

HEAD: Final = (
    "consultation",
    "release",
    "frame",
    "question",
    "variable",
    "group",
    "answer",
    "people",
    "percent",
    "of",
)
Cell = str | int


def rows(document: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """One row for each cell of each table, after `HEAD`. Codes that stand together are joined by "+"."""
    known = (document["consultation"], document["number"])
    for chapter in document["chapters"]:
        for item in chapter["questions"]:
            for table in item["tables"] if document["kind"] == "release" else ():
                for where in _cells(table):
                    yield (*known, chapter["frame"], item["id"], table["variable"], *where)
        for question, theme in themes(chapter):
            for table in theme["tables"]:
                for where in _cells(table):
                    yield (*known, chapter["frame"], f"{question}={theme['id']}", table["variable"], *where)


def themes(chapter: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each theme of each question answered in words, with that question."""
    for coded in chapter.get("themes", ()):
        for theme in coded["themes"]:
            yield coded["question"], theme


def _cells(table: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    if table["band"]:
        yield "", "+".join(table["band"]), "", "90 or more", table["people"]
        return
    for row, cells, shares, base in zip(table["rows"], table["cells"], table["percent"], table["bases"], strict=True):
        for column, n, share in zip(table["columns"], cells, shares, strict=True):
            yield "+".join(row), "+".join(column), n, share, base


def codebook(document: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """Question, code, language, words. A theme's definition has no language, its paraphrases have."""
    for question in document["wording"]:
        for tag, text in question["label"].items():
            yield question["name"], "", tag, text
        for code, texts in question["choices"].items():
            for tag, text in texts.items():
                yield question["name"], code, tag, text
    told = {(question, theme["id"]): theme for each in document["chapters"] for question, theme in themes(each)}
    for (question, id), theme in told.items():
        yield question, id, "", theme["definition"]
        for tag, text in theme["words"].items():
            yield question, id, tag, text


CODES: Final = ("question", "code", "language", "words")


def about(document: Mapping[str, Any], sha256: str) -> list[tuple[Cell, ...]]:
    """What identifies the release: name and value."""
    before = document["before"]
    return [
        ("consultation", document["consultation"]),
        ("release", document["number"]),
        ("sha256", sha256),
        ("version", document["version"]),
        ("definition", document["definition"]),
        ("from", document["window"][0]),
        ("to", document["window"][1]),
        ("input", document["input"]["sha256"]),
        ("code", document["code"]),
        ("before", before["sha256"] if before else ""),
    ]


ABOUT: Final = ("name", "value")


def tables(document: Mapping[str, Any], sha256: str) -> dict[str, tuple[tuple[str, ...], list[tuple[Cell, ...]]]]:
    """Every table by its name: columns and rows."""
    return {
        "findings": (HEAD, list(rows(document))),
        "codebook": (CODES, list(codebook(document))),
        "about": (ABOUT, about(document, sha256)),
    }
