"""Sealed pages: bytes of a response at 1, 5, 20, 64 and 100 in a page, on the peers' responses, and their speed.

Each of theirs is a conversation with eight facts: begun (with a seed of chance and the region, as a contact list knows
it), language, consent, three closed answers, a comment or none, finished; day only, and no identifier but numbers that
count up. What is counted is the whole page: header, seal, padding, signature. Beside it the same facts as the journal's
JSON, gzipped, with neither seal nor signature. The data set is where CONSULT_PEERS says.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from statistics import mean, median
from typing import Any

from nacl.public import PrivateKey
from nacl.signing import SigningKey

from consult import facts
from consult.events import Answered, Began, Chose, Consented, Event, Finished, Skipped
from consult.sync.pages import START, Codebook, Contents, Header, Page, Row, chain, codebook, seal, unseal, verify
from tests.benchmarks.measuring import Figure, Report, one_core, stopwatch
from tests.benchmarks.talking import LANGUAGES, village

SIZES = (1, 5, 20, 64, 100)
AIMS = {20: 30.0, 64: 20.0}  # D24
RESPONSES = {1: 200, 5: 500, 20: 3200, 64: 3200, 100: 3200}
CHANNELS = ("sms", "voice", "radio")
REGIONS = tuple(f"region {n}" for n in range(1, 13))
KEY, BOX = SigningKey(bytes(range(32))), PrivateKey(bytes(range(1, 33)))
PEOPLE = 5000  # people this node knew before


def run(rounds: int) -> Report:
    """Bytes are the same each time; speed is the median of the rounds, with gunzipping and parsing between them."""
    told = responses(max(RESPONSES.values()))
    if not told:
        return Report({"left_out": "the peers' responses"})
    book = codebook(village(), {"region": REGIONS}, (*CHANNELS, "open", "in_time"))
    rows = tuple(row_of(n, each) for n, each in enumerate(told, 1))
    pages = {size: _pages(rows[: RESPONSES[size]], size, book) for size in SIZES}
    ours = {size: mean(len(page.data) for page in made) / size for size, made in pages.items()}
    matched = _matched(rows[: RESPONSES[20]], book)
    bare = mean(len(page.data) for page in _pages(rows, 20, codebook(village()))) / 20
    with one_core():
        speeds = [(_read(pages[64], book), _gunzip(rows)) for _ in range(rounds)]
    per_second = median(mine for mine, _ in speeds)
    jsons = {size: mean(map(len, _gzipped(rows[: RESPONSES[size]], size))) / size for size in SIZES}
    figures = [Figure(f"pages, {n} in each, bytes a response", ours[n], "B", AIMS.get(n), "less") for n in SIZES]
    return Report(
        {
            "bytes_per_response": {size: round(value, 2) for size, value in ours.items()},
            "json_gzip_unsealed": {size: round(value, 2) for size, value in jsons.items()},
            "at_20_matched_across_nodes": round(matched, 2),
            "at_20_nothing_declared": round(bare, 2),
            "read_per_second": round(per_second),
            "read_per_second_json_gzip": round(median(theirs for _, theirs in speeds)),
        },
        (
            *figures,
            Figure("the same, and its people matched across nodes, 20", matched, "B", AIMS[20] + 8, "less"),
            Figure("the same, and no region or channel in the codebook, 20", bare, "B"),
            Figure("gzipped JSON to a page, bytes at 20", jsons[20] / ours[20], "x"),
            Figure("pages read, 64 in each", per_second, "/s"),
        ),
    )


def responses(many: int) -> list[dict[str, Any]]:
    folder = os.environ.get("CONSULT_PEERS")
    if not folder:
        print("pages are left out: set CONSULT_PEERS", flush=True)
        return []
    spec = spec_from_file_location("peers_data", Path(folder) / "3_sync" / "data.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("no 3_sync/data.py in CONSULT_PEERS")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[dict[str, Any]] = module.responses(many)
    return found


def row_of(n: int, told: dict[str, Any]) -> Row:
    tag = LANGUAGES[told["lang"] - 1]
    said = tuple((event, tag) for event in _events(n, told, told["lang"] - 1))
    numbers = tuple(range(n * len(said) + 1, (n + 1) * len(said) + 1))
    return Row(n, PEOPLE + n, 1, CHANNELS[told["chan"]], "open", told["at"] // 86_400, "in_time", said, numbers)


def _events(n: int, told: dict[str, Any], locale: int) -> Iterator[Event]:
    edition = village()
    tongue, priority, sources = edition.tongues[locale], edition.questions[0], edition.questions[2]
    yield Began("keyword", random.Random(n).randrange(256), (("region", REGIONS[told["region"]]),))
    yield Chose(tongue.tag)
    yield Consented("take_part", told["consent"] == 1, tongue.consent_hash)
    yield Answered("priority", priority.codes[told["priority"] - 1], "label")
    yield Answered("trust", told["trust"], "label")
    yield Answered("sources", tuple(c for n, c in enumerate(sources.codes) if told["sources"] >> n & 1), "label")
    yield Answered("comment", told["comment"], "label") if told["comment"] else Skipped("comment", "optional")
    yield Finished()


def _pages(rows: tuple[Row, ...], size: int, book: Codebook, *, matched: bool = False) -> list[Page]:
    out: list[Page] = []
    previous = START
    for start in range(0, len(rows) - size + 1, size):
        some = rows[start : start + size]
        known = {row.person: random.Random(row.person).randbytes(8) for row in some} if matched else {}
        header = Header(b"nodenode", b"epoc", len(out) + 1, 1, book.version, book.id, previous)
        out.append(seal(header, Contents(some[0].numbers[0], some, matched=known), book, bytes(BOX.public_key), KEY))
        previous = chain(previous, out[-1].data)
    return out


def _matched(rows: tuple[Row, ...], book: Codebook) -> float:
    return mean(len(page.data) for page in _pages(rows, 20, book, matched=True)) / 20


def _read(pages: list[Page], book: Codebook) -> float:
    """Responses a second: verified, opened, every fact made."""
    public, private, books = bytes(KEY.verify_key), bytes(BOX), {book.id: book}
    with stopwatch() as spent:
        many = sum(len(unseal(verify(page.data, public), private, books).rows) for page in pages)
    return many / spent[0]


def _gzipped(rows: tuple[Row, ...], size: int) -> list[bytes]:
    """The same facts as the journal has them."""
    told = [[*row[:7], *(json.loads(facts.pack(event, locale)) for event, locale in row.said)] for row in rows]
    batches = (told[start : start + size] for start in range(0, len(told) - size + 1, size))
    return [gzip.compress(json.dumps(batch, ensure_ascii=False).encode()) for batch in batches]


def _gunzip(rows: tuple[Row, ...]) -> float:
    """Responses a second of those, every fact made."""
    batches = _gzipped(rows, 64)
    with stopwatch() as spent:
        many = 0
        for batch in batches:
            for row in json.loads(gzip.decompress(batch)):
                many += 1
                for told in row[7:]:
                    facts.unpack(json.dumps(told).encode())
    return many / spent[0]
