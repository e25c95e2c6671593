"""Workbooks for tests: sheets as rows of cells, in memory or in a file that openpyxl wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook as Book

from consult import forms, workbooks

CHOICES = [["list_name", "name", "label::English (en)"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]


def book(survey: Sequence[Sequence[str]], choices: Sequence[Sequence[str]] = (), **more: Sequence[Sequence[str]]):
    sheets = {"survey": survey, "choices": choices or CHOICES, **more}
    return {name: list(enumerate(map(list, rows), 1)) for name, rows in sheets.items()}


def survey(*rows: Sequence[str], heads: Sequence[str] = ()):
    """A survey with the usual headings and these more, every row a question with a label."""
    full = ["type", "name", "label::English (en)", *heads]
    return book([full, *([type, name, f"About {name}?", *rest] for type, name, *rest in rows)])


def questions(read: forms.Imported):
    return {question.name: question for question in read.consultation.questions}


def said(read: forms.Imported) -> str:
    return "\n".join(map(str, read.losses))


def saved(folder: Path, sheets: dict[str, Sequence[Sequence[object]]], name: str = "form.xlsx") -> Path:
    made = Book()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    made.save(folder / name)
    return folder / name


def read_back(path: Path) -> forms.Imported:
    return forms.read(workbooks.read(path))
