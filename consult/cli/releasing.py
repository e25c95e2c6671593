"""Releases on the command line: make one, list them, show one, compile it again, hand it out, verify a file.

Rule 1: making one needs a name, for the audit. Verifying needs no data folder, only the file and the hub's key.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consult.cli.commands import Commands, Words, command, who, whole_above_zero
from consult.cli.endings import DONE, FAILED, SURROUNDINGS, USAGE, Failed

if TYPE_CHECKING:
    from consult.house import House
    from consult.store.records import Release

LARGEST = 64 * 1024 * 1024  # bytes of a file to verify


def add(duties: Commands) -> None:
    """Declare findings release, releases, print, reproduce, pack, key and verify."""
    make = command(
        duties,
        "release",
        "compile the next release and keep it, for ever",
        _make,
        "consult findings release river --who Amina",
    )
    make.add_argument("name", metavar="NAME")
    make.add_argument("--who", metavar="YOURNAME", required=True, help="your name, for the audit trail")
    make.add_argument(
        "--flash", action="store_true", help="the flash brief: words only, from the day after the last day"
    )
    make.add_argument("--kit", action="store_true", help="ask for both halves of the recovery kit (custody offline)")
    listing = command(duties, "releases", "list the releases", _list, "consult findings releases river")
    listing.add_argument("name", metavar="NAME")
    _add_coverage(duties)
    show = _numbered(duties, "print", "print a release as text or as the JSON that it is, or write it as a file", _show)
    show.add_argument("--format", choices=("text", "json"), default="text")
    show.add_argument("--lang", metavar="TAG", default="", help="of the words in a file (default: the hub's)")
    show.add_argument(
        "--into",
        metavar="FILE",
        type=Path,
        help="brief.pdf (two pages), .pdf (all), .html, .csv, codebook.csv, .xlsx, .db, .floip.zip",
    )
    again = _numbered(duties, "reproduce", "compile it again and compare every byte", _reproduce)
    again.add_argument("--kit", action="store_true", help="ask for both halves of the recovery kit (custody offline)")
    packed = _numbered(duties, "pack", "write the evidence pack: the release, signed", _pack)
    packed.add_argument("--into", metavar="FILE", type=Path, required=True)
    command(duties, "key", "print the hub's public key, to be published by another way", _key, "consult findings key")
    verify = command(
        duties,
        "verify",
        "check an evidence pack, anywhere, without this hub",
        _verify,
        "consult findings verify FILE --key HEX",
    )
    verify.add_argument("file", metavar="FILE", type=Path)
    verify.add_argument(
        "--key", metavar="HEX", required=True, help="the hub's public key, from another source than the file"
    )


def _add_coverage(duties: Commands) -> None:
    coverage = command(
        duties,
        "coverage",
        "whom a consultation means to hear, and where it cannot: show it, or set it from a file",
        _coverage,
        "consult findings coverage river",
        "consult findings coverage river --set coverage.toml --who Amina",
    )
    coverage.add_argument("name", metavar="NAME")
    coverage.add_argument("--set", metavar="FILE", dest="file", help="docs/coverage.md says what stands in it")
    coverage.add_argument(
        "--kit", action="store_true", help="ask for both halves of the recovery kit (custody offline)"
    )
    coverage.add_argument("--who", metavar="YOURNAME", default="", help="your name, for the audit trail")


def _numbered(duties: Commands, name: str, summary: str, run: Any) -> argparse.ArgumentParser:
    parser = command(duties, name, summary, run, f"consult findings {name} river 1")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("number", metavar="N", type=whole_above_zero)
    return parser


def _make(words: Words) -> int:
    from consult import releases
    from consult.cli import opening

    by = who(words)
    with opening.house() as house:
        try:
            made = releases.release(
                house, words.name, opening.now(), by=by, private=_private(house, words), flash=words.flash
            )
        except releases.NotYet as error:
            raise Failed(str(error)) from None
    print(f"release {made.number} of {made.consultation}, {len(made.text)} bytes, SHA-256 {made.sha256}")
    return DONE


def _private(house: House, words: Words) -> bytes | None:
    from consult.cli import halves, opening

    return halves.ask(opening.published(house, words.name)).private if words.kit else None


def _list(words: Words) -> int:
    from consult.cli import opening, showing

    with opening.house() as house:
        opening.published(house, words.name)
        found = house.store.read(lambda view: view.releases(words.name))
    rows = [(each.number, each.date, each.sha256) for each in found]
    print(showing.table(("release", "day", "SHA-256"), rows, right={0}) if rows else "no release yet")
    return DONE


def _coverage(words: Words) -> int:
    from consult import coverage
    from consult.cli import opening, showing
    from consult.library import day_of

    with opening.house() as house:
        opening.published(house, words.name)
        if words.file:
            by = who(words)
            try:
                toml = opening.text(words.file, LARGEST)
                coverage.keep(house, words.name, toml, day=day_of(opening.now()), by=by)
            except coverage.Unclear as unclear:
                raise Failed("\n".join(f"{words.file}: {line}" for line in str(unclear).splitlines())) from None
        kept = coverage.kept(house, words.name)
        so_far = coverage.progress(kept, _live(house, words))
    rows = [
        (each["variable"], each["value"], each["people"], each.get("share", ""), f"{each['source']}, {each['dated']}")
        for each in kept["targets"]
    ]
    print(showing.table(("by", "who", "people", "share", "source"), rows, right={2, 3}) if rows else "no targets")
    for frame, target, n in so_far:
        print(f"so far, {frame}: {target['variable']} {target['value']}: {n} of {target['people']}")
    for each in kept["not_reached"]:
        print(f"not reached: {each['area']} ({each['why']})")
    return DONE


def _live(house: House, words: Words) -> dict[str, Any]:
    """What may be shown while it runs; nothing where the key is elsewhere."""
    from consult.custody import CustodyError
    from consult.figures import figures

    try:
        return figures(house, words.name, private=_private(house, words))
    except CustodyError:
        print("how many so far is told with --kit: the key of this consultation is not on this machine")
        return {"frames": []}


def _release(words: Words) -> Release:
    from consult.cli import opening

    with opening.house() as house:
        known = {each.number: each for each in house.store.read(lambda view: view.releases(words.name))}
    if words.number not in known:
        raise Failed(
            f"there is no release {words.number} of {words.name}; consult findings releases {words.name} shows them",
            USAGE,
        )
    return known[words.number]


def _show(words: Words) -> int:
    found = _release(words)
    if words.into:
        return _write(found, words.into, words.lang)
    print(found.text if words.format == "json" else "\n".join(told(json.loads(found.text))))
    return DONE


def _write(found: Release, file: Path, tag: str) -> int:
    from consult import durable, printing, spreadsheets
    from consult.cli import opening
    from consult.reading.files import MEDIA, made
    from consult.wording import UnknownLocale, for_pages

    kind = next((kind for kind in sorted(MEDIA, key=len, reverse=True) if file.name.endswith(kind)), None)
    if kind is None:
        raise Failed(f"{file}: the name ends in one of {', '.join(MEDIA)}", USAGE)
    try:
        durable.write(file, made(found, kind, for_pages(tag or opening.settings().locale)))
    except UnknownLocale as error:
        raise Failed(f"--lang {tag}: {error}", USAGE) from None
    except (printing.Missing, spreadsheets.Missing) as missing:
        raise Failed(str(missing), SURROUNDINGS) from None
    except OSError as error:
        raise Failed(f"cannot write {file} ({error.strerror}); choose another place") from None
    print(f"{file}: {file.stat().st_size} bytes")
    return DONE


def told(document: dict[str, Any]) -> list[str]:
    """A release for a terminal: each frame, each question, its tables."""
    lines = [f"release {document['number']} of {document['consultation']}, version {document['version']}"]
    for chapter in document["chapters"]:
        lines += ["", f"{chapter['frame']}: {chapter['people']} people took part"]
        for item in chapter["questions"]:
            lines += ["", f"  {item['id']}"]
            lines += [line for table in item["tables"] for line in _table(table)]
            lines += [f"    not by {variable}: too few" for variable in item.get("dropped", ())]
        for coded in chapter.get("themes", ()):
            lines += ["", *_themes(coded)]
    return lines


def _themes(coded: dict[str, Any]) -> Iterator[str]:
    """Each theme of what people wrote to one question, with what its coders called it."""
    scheme = coded["scheme"]
    yield f"  {coded['question']}, themes after {scheme['name']} {scheme['version']}"
    for theme in coded["themes"]:
        agreed = "" if theme["agreement"] is None else f"  (two coders agree: alpha {theme['agreement']})"
        yield f"    {theme['definition']}{agreed}"
        yield from (f"  {line}" for table in theme["tables"] for line in _table(table))
    if not coded["themes"]:
        yield "    no theme is held by ten people"


def _table(table: dict[str, Any]) -> list[str]:
    if "words" in table:
        told = zip(table["columns"], table["words"], strict=True)
        return [f"    {'/'.join(column)}: {word}" for column, word in told]
    if table["band"]:
        return [f"    90 % or more: {' / '.join(table['band'])}  (of {table['people']})"]
    lines = [f"    by {table['variable']}" if table["variable"] else "    all"]
    for row, cells, shares, base in zip(table["rows"], table["cells"], table["percent"], table["bases"], strict=True):
        answers = (
            f"{'/'.join(column)} {n} ({share} %)"
            for column, n, share in zip(table["columns"], cells, shares, strict=True)
        )
        lines.append(f"      {' + '.join(filter(None, row)) or 'together':20} {base:>5}: {', '.join(answers)}")
    return lines


def _reproduce(words: Words) -> int:
    from consult import releases
    from consult.cli import opening
    from consult.figures import NoSuch

    with opening.house() as house:
        try:
            same, erased = releases.reproduce(house, words.name, words.number, private=_private(house, words))
        except NoSuch as error:
            raise Failed(str(error), USAGE) from None
    if same:
        print("the same, byte for byte")
        return DONE
    why = f"{erased} of its people were erased since" if erased else "the journal or this program differs"
    print(f"not the same: {why}, or a telephone became shared since; the release itself stands")
    return FAILED


def _pack(words: Words) -> int:
    from consult import durable, releases
    from consult.cli import opening

    _release(words)
    with opening.house() as house:
        durable.write(words.into, releases.pack(house, words.name, words.number).encode())
    print(f"{words.into}: anybody can check it with `consult findings verify {words.into.name} --key HEX`")
    return DONE


def _key(words: Words) -> int:
    from consult import releases
    from consult.cli import opening

    del words
    with opening.house() as house:
        print(releases.public_key(house))
    return DONE


def _verify(words: Words) -> int:
    from consult import releases

    try:
        packed = words.file.read_bytes()[:LARGEST].decode("utf-8", "replace")
        document = releases.verify(packed, words.key)
    except OSError as error:
        raise Failed(f"{words.file}: {error.strerror}", USAGE) from None
    except releases.Forged as why:
        raise Failed(f"{words.file}: {why}") from None
    print(f"release {document['number']} of {document['consultation']}, unaltered and signed by this key")
    return DONE
