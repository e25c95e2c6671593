"""Open answers on the command line: what people wrote goes out for two, masked; themes that were found in it come in.

Rule 1: texts leave only with two people, like rows; the file is readable by this user alone.
Rule 2: a file that is not understood changes nothing; every fault is told with the file, its place and the cure.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from consult.cli.commands import Commands, Words, command, who
from consult.cli.endings import DONE, Failed

if TYPE_CHECKING:
    import argparse

    from consult.house import House
    from consult.themes import Coding, Kept

Read = TypeVar("Read")
NAMES = 256 * 1024  # bytes of a list of words to mask
_TEXTS = (
    "Numbers, addresses and what may be a name are masked, and some names will have come through: read it before "
    "anybody codes it, keep it off mail and shared folders, quote nothing, and destroy it when the themes are in."
)


def add(duties: Commands) -> None:
    """Declare findings texts and findings themes."""
    texts = command(
        duties,
        "texts",
        "write what people wrote to one question, masked, for those who code it (Coda V2)",
        _texts,
        "consult findings texts river why --into why.json --who Ruth      asks; another approves: consult approve ID",
        "consult findings texts river why --into why.json --who Ruth --approval 4 --names names.txt",
    )
    _add_shape(texts)
    texts.add_argument("--into", metavar="FILE", type=Path, required=True)
    texts.add_argument("--names", metavar="FILE", help="words that are masked too, one a line: people, villages")
    texts.add_argument("--approval", metavar="ID", type=int, help="what another person approved")
    texts.add_argument("--confirmed-by", metavar="PERSON", action="append", default=[], help="twice, as for retire")
    themes = command(
        duties,
        "themes",
        "bring in a code scheme and labels: the next release tells how many people hold each theme",
        _themes,
        "consult findings themes river why --scheme scheme.json --messages coded.json --who Ruth",
        "consult findings themes river why --scheme scheme.json --messages coded.json --second again.json "
        "--words words.toml --who Ruth",
    )
    _add_shape(themes)
    themes.add_argument("--scheme", metavar="FILE", required=True, help="the code scheme (Coda V2, JSON)")
    themes.add_argument("--messages", metavar="FILE", required=True, help="the labelled messages")
    themes.add_argument(
        "--second", metavar="FILE", help="the same messages by another coder, to tell how far they agree"
    )
    themes.add_argument("--words", metavar="FILE", help="paraphrases by code and language (docs/themes.md)")


def _add_shape(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the consultation")
    parser.add_argument("question", metavar="QUESTION", help="a question answered in people's own words")
    parser.add_argument("--who", metavar="YOURNAME", required=True, help="your name, for the audit trail")
    parser.add_argument("--kit", action="store_true", help="custody offline: ask for both halves of the recovery kit")


def _private(house: House, words: Words) -> bytes | None:
    from consult.cli import halves, opening

    return halves.ask(opening.published(house, words.name)).private if words.kit else None


# ---- out


def _texts(words: Words) -> int:
    from consult import durable, writings
    from consult.cli import admitting, opening

    by = who(words)
    listed = opening.text(words.names, NAMES).split() if words.names else []
    with opening.house() as house:
        published = opening.published(house, words.name)
        writings.may_be_read(house, published, words.question)
        if not admitting.two_agree(
            house, "texts", words.name, words.approval, words.confirmed_by, opening.now(), words.question
        ):
            return DONE
        private, at = _private(house, words), opening.now()
        found = writings.texts(house, words.name, words.question, at=at, by=by, listed=listed, private=private)
    durable.write(words.into, f"{json.dumps(found, ensure_ascii=False, indent=1)}\n".encode())
    print(f"{len(found)} messages, written for your eyes only: {words.into}")
    print(_TEXTS)
    return DONE


# ---- in


def _themes(words: Words) -> int:
    from consult import themes
    from consult.cli import opening
    from consult.library import day_of

    by = who(words)
    coding = _coding(words)
    with opening.house() as house:
        opening.published(house, words.name)
        private, day = _private(house, words), day_of(opening.now())
        try:
            kept = themes.keep(house, words.name, words.question, coding, day=day, by=by, private=private)
        except themes.NothingKnown as nothing:
            raise Failed(str(nothing)) from None
    _tell(kept, second=coding.second is not None)
    return DONE


def _coding(words: Words) -> Coding:
    """What the files say; each is read whole before anything is opened."""
    from consult.episodes.flagging import betrays
    from consult.findings import coding
    from consult.themes import Coding

    scheme = _read(words.scheme, coding.LARGEST_SCHEME, lambda text: coding.scheme(text, betrays))
    labels = _read(words.messages, coding.LARGEST, lambda text: coding.labels(text, scheme))
    second, paraphrases = None, {}
    if words.second:
        second = _read(words.second, coding.LARGEST, lambda text: coding.labels(text, scheme))
    if words.words:
        paraphrases = _read(words.words, coding.LARGEST_SCHEME, lambda text: coding.words(text, scheme, betrays))
    return Coding(scheme, labels, second, paraphrases)


def _read(file: str, largest: int, read: Callable[[str], Read]) -> Read:
    from consult.cli import opening
    from consult.findings.coding import Unclear

    try:
        return read(opening.text(file, largest))
    except Unclear as unclear:
        raise Failed("; ".join(f"{file}: {line}" for line in str(unclear).splitlines())) from None


def _tell(kept: Kept, *, second: bool) -> None:
    from consult.cli import showing

    print(f"labels of {kept.messages} messages kept; the next release counts people by them")
    if kept.unknown:
        print(f"{kept.unknown} messages are unknown and left out: of another question, or of people erased since")
    rows = [(definition, "–" if agreed is None else agreed) for definition, agreed in kept.themes]
    heads = ("theme", "agreement (alpha)")
    print(showing.table(heads, rows, right={1}) if second else "\n".join(definition for definition, _ in rows))
