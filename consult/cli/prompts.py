"""Duties around recorded words: what to record, bringing recordings in, and drafts read by a machine.

Rule 1: nothing of a house is opened for a file that is named: recordings can be made before anything is published.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, FAILED, USAGE, Failed

if TYPE_CHECKING:
    from consult.edition import Edition
    from consult.speech.importing import Imported
    from consult.speech.script import Item, Line
    from consult.speech.sheet import Page
    from consult.speech.shelf import Shelf


def add(commands: Commands) -> None:
    """Declare prompts record-sheet, import and draft."""
    prompts = command(commands, "prompts", "recorded words for the telephone: what to record, import, drafts", None)
    duties = prompts.add_subparsers(metavar="DUTY", required=True)
    _add_sheet(duties)
    _add_import(duties)
    _add_draft(duties)


def _add_sheet(duties: Commands) -> None:
    sheet = command(
        duties,
        "record-sheet",
        "print what is to be recorded and how, one page per language",
        _sheet,
        "consult prompts record-sheet river.toml --lang ha",
        "consult prompts record-sheet river.toml --into sheets     writes record-ha.txt and record-ha.html, ...",
        "consult prompts record-sheet river.toml --missing         only what nobody has recorded yet",
    )
    _files(sheet)
    sheet.add_argument("--lang", metavar="TAG", help="this language only")
    sheet.add_argument("--missing", action="store_true", help="leave out what is recorded")
    sheet.add_argument("--into", metavar="FOLDER", type=Path, help="write each page as text and as HTML to print")


def _add_import(duties: Commands) -> None:
    bring = command(
        duties,
        "import",
        "bring recordings in: WAV, MP3, OGG, WebM or M4A, named as the record sheet says",
        _import,
        "consult prompts import recordings river.toml",
        "consult prompts import recordings --dialect ar-SD     for what is published; Arabic as spoken in Sudan",
    )
    bring.add_argument("folder", metavar="FOLDER", type=Path, help="where the recordings lie")
    _files(bring)
    bring.add_argument("--dialect", metavar="TAG", type=_dialect, help="the dialect they are spoken in")


def _add_draft(duties: Commands) -> None:
    draft = command(
        duties,
        "draft",
        "have espeak-ng read what nobody has recorded, where it has the language",
        _draft,
        "consult prompts draft river.toml",
    )
    _files(draft)
    draft.add_argument("--lang", metavar="TAG", help="this language only")


def _files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="*", help="definitions (default: all that are published here)")


def _dialect(text: str) -> str:
    from consult.speech.shelf import TAG
    from consult.wording import UnknownLocale, locale

    try:
        known = bool(TAG.fullmatch(text)) and text != locale(text).tag
    except UnknownLocale:
        known = False
    if not known:
        raise argparse.ArgumentTypeError(f"{text} is no dialect of a known language; write one such as ar-SD")
    return text


# ---- the three duties


def _sheet(words: Words) -> int:
    pages = list(_pages(words))
    if not pages:
        print("nothing is to be recorded")
    elif words.into:
        _write(pages, words.into)
    else:
        from consult.speech.sheet import as_text

        print("\n\n".join(as_text(page) for page in pages))
    return DONE


def _import(words: Words) -> int:
    from consult.speech.importing import bring_in
    from consult.wording import locale

    if not words.folder.is_dir():
        raise Failed(f"{words.folder} is no folder; correct the path", USAGE)
    dialects = {locale(words.dialect).tag: words.dialect} if words.dialect else {}
    lines = [line for line, _ in _lines(words.files)]
    done = list(bring_in(words.folder, lines, _shelf(), dialects))
    for each in done:
        print(_told(each))
    refused = sum(each.take is None for each in done)
    print(f"{len(done) - refused} kept, {refused} refused")
    return FAILED if refused or not done else DONE


def _told(each: Imported) -> str:
    from consult.consultation.kinds import shown

    if each.take:
        return f"kept     {shown(each.file)}  {each.take.ms / 1000:.1f} s"
    return f"refused  {shown(each.file)} {each.what}\n         -> {each.cure}"


def _draft(words: Words) -> int:
    from consult.speech.drafting import VOICES, CannotDraft, draft

    shelf, made, voiceless = _shelf(), 0, set()
    for line, dialect in _lines(words.files, words.lang):
        if shelf.take(line.speech, dialect):
            continue
        if line.speech.locale not in VOICES:
            voiceless.add(line.speech.locale)
            continue
        try:
            shelf.keep(line.speech, line.speech.locale, draft(line.speech), "drafted")
        except CannotDraft as error:
            raise Failed(str(error)) from None
        made += 1
    print(f"{made} drafts made; they give way to recordings")
    if voiceless:
        print(f"espeak-ng has no voice for {', '.join(sorted(voiceless))}: these need a speaker")
    return DONE


# ---- lines and pages


def _shelf() -> Shelf:
    from consult.cli.opening import settings
    from consult.speech.shelf import Shelf

    return Shelf(settings().data)


def _editions(files: Sequence[str]) -> list[tuple[Edition, list[Item]]]:
    """Of the files named, else of everything that is published and not retired: and what is told as news of it."""
    from functools import partial

    from consult.asks import newscast
    from consult.cli import opening
    from consult.consultation import LARGEST, read
    from consult.publish import compiled
    from consult.wording import packs

    if files:
        return [(compiled(read(opening.text(file, LARGEST)), packs()), []) for file in files]
    with opening.house() as house:
        newest = house.store.read(house.library.current).newest
        found = [house.library.edition(published) for published in newest.values()]
        return [(each, house.store.read(partial(newscast.items, edition=each))) for each in found]


def _lines(files: Sequence[str], lang: str | None = None) -> Iterator[tuple[Line, str]]:
    """Every line once, with the dialect it is heard in, "" for the plain language."""
    from channels import open_speakers
    from consult.speech.script import lines

    seen: set[tuple[str, str]] = set()
    for edition, news in _editions(files):
        if lang and lang not in edition.consultation.languages:
            raise Failed(
                f"{edition.consultation.name} has no {lang}: {', '.join(edition.consultation.languages)}", USAGE
            )
        for line in lines(edition, open_speakers(), news):
            dialect = edition.consultation.dialect.get(line.speech.locale, "")
            if (line.speech.key, dialect) not in seen and lang in (None, line.speech.locale):
                seen.add((line.speech.key, dialect))
                yield line, dialect


def _pages(words: Words) -> Iterator[Page]:
    from consult.speech.sheet import page
    from consult.wording import for_locale, locale

    shelf = _shelf()
    wanted = [each for each in _lines(words.files, words.lang) if not words.missing or _missing(shelf, *each)]
    by_tag = sorted(wanted, key=_spoken_in)
    for (tag, dialect), lines in groupby(by_tag, key=_spoken_in):
        yield page(locale(tag), for_locale(tag), [line for line, _ in lines], dialect)


def _missing(shelf: Shelf, line: Line, dialect: str) -> bool:
    take = shelf.take(line.speech, dialect)
    return take is None or take.made == "drafted"


def _spoken_in(each: tuple[Line, str]) -> tuple[str, str]:
    return each[0].speech.locale, each[1]


def _write(pages: Sequence[Page], folder: Path) -> None:
    from consult.speech.sheet import as_html, as_text

    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        (folder / f"record-{page.tag}.txt").write_text(as_text(page), encoding="utf-8")
        (folder / f"record-{page.tag}.html").write_text(as_html(page), encoding="utf-8")
        print(f"{folder / f'record-{page.tag}.html'}: {len(page.rows)} texts")
