"""XLSForm in and out: a form made with ODK or Kobo as a definition, and a definition as such a form.

Rule 1: everything that is not the same on the other side is told, with its place; nothing is written over.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, FAILED, SURROUNDINGS, USAGE, Failed

if TYPE_CHECKING:
    from consult.forms import Imported, Loss


def add(commands: Commands) -> None:
    """Declare import and export-form."""
    parser = command(
        commands,
        "import",
        "make a definition of an XLSForm (XLSX), naming whatever could not be taken over",
        _import,
        "consult import FORM.xlsx --into river.toml",
        "consult import FORM.xlsx --into river.toml --language en    where the column label names no language",
    )
    parser.add_argument("file", metavar="FORM", type=Path, help="an XLSForm as XLSX")
    parser.add_argument("--into", metavar="FILE", type=Path, required=True, help="the definition to write (TOML)")
    parser.add_argument("--language", metavar="TAG", default="", help="the language of labels that name none")
    parser.add_argument("--name", metavar="NAME", default="", help="the consultation's name (default: the form's id)")
    parser = command(
        commands,
        "export-form",
        "write the questions of a definition as an XLSForm for ODK or Kobo",
        _export,
        "consult export-form river.toml --into FORM.xlsx",
    )
    parser.add_argument("file", metavar="FILE", help="a definition (TOML); - for stdin")
    parser.add_argument("--into", metavar="FORM", type=Path, required=True, help="the form to write (XLSX)")


def _import(words: Words) -> int:
    from consult import durable, forms, workbooks
    from consult.consultation.kinds import NAME, TAG

    _free(words.into)
    if words.language and not TAG.fullmatch(words.language):
        raise Failed('--language takes a tag such as "en" or "pcm"', USAGE)
    if words.name and not NAME.fullmatch(words.name):
        raise Failed("--name takes a-z, 0-9 and _ only, at most 32, a letter first", USAGE)
    try:
        imported = forms.read(workbooks.read(words.file), words.language, words.name)
    except (workbooks.WorkbookError, forms.FormError) as error:
        raise Failed(str(error), FAILED) from None
    durable.write(words.into, forms.definition(imported).encode())
    _tell(words.into, imported)
    return DONE


def _free(path: Path) -> None:
    if path.exists():
        raise Failed(f"{path} is there already; give another name, or move it away", USAGE)


def _tell(path: Path, imported: Imported) -> None:
    found = imported.consultation
    print(f"written: {path}: {len(found.questions)} questions in {', '.join(found.languages)}")
    _show(imported.losses, "everything of the form was taken over")
    missing = ", ".join([*(key.partition(" ")[0] for key, _ in imported.owed), "news_by"])
    print(f"a form does not have: {missing}; write the TODO lines at the head of {path}")
    print(f"then: consult check {path}")


def _show(losses: Iterable[Loss], none: str) -> None:
    lines = [str(loss) for loss in losses]
    print(f"not the same, {len(lines)}:" if lines else none)
    for line in lines:
        print(f"  {line}")


def _export(words: Words) -> int:
    from consult import forms, spreadsheets
    from consult.cli import opening
    from consult.consultation import LARGEST, read

    _free(words.into)
    consultation = read(opening.text(words.file, LARGEST))
    sheets, losses = forms.write(consultation)
    try:
        spreadsheets.write_xlsx(words.into, sheets)
    except spreadsheets.Missing as error:
        raise Failed(str(error), SURROUNDINGS) from None
    print(f"written: {words.into}: {len(consultation.questions)} questions in {', '.join(consultation.languages)}")
    _show(losses, "everything of the definition is in the form")
    print("Whoever collects with it elsewhere keeps what this program does not: single answers, days, places.")
    return DONE
