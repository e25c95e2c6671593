"""A release of a million answers: 200,000 people, five of twelve questions each, three segments; beside plain SQL.

Everything is real but the way in: facts are sealed under each person's own key and written to a journal in bulk. The
release opens them, protects every table and audits it. Plain SQL counts the same tables of the same answers, opened.
"""

from __future__ import annotations

import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from consult import facts
from consult.config import Settings
from consult.events import Answered, Began, Consented, Event, Finished
from consult.house import House, open_house
from consult.library import day_of
from consult.publish import publish
from consult.store import Tx
from consult.store.records import Fact, KeyRow, Published
from consult.vault import add_wrap, seal_fact
from tests.benchmarks.measuring import ROOT, Figure, Report, stopwatch
from tests.benchmarks.seeding import environment

PEOPLE = 200_000
QUESTIONS, EACH = 12, 5
SEGMENTS = {"region": 8, "age": 5, "displaced": 2}
CLOSED = 20_450  # the last day, since 1970
AT = (CLOSED + 30) * 86_400


def run(rounds: int) -> Report:
    """One release; `rounds` is not used."""
    del rounds
    with tempfile.TemporaryDirectory(prefix="consult-bench-") as place:
        data = Path(place) / "data"
        seed(data, PEOPLE)
        measured = _apart(data)
        with stopwatch() as sql:
            cells = _plain(data)
        with stopwatch() as frames:
            same = _by_pandas(data)
        assert same == cells
    seconds, peak = measured["seconds"], measured["peak"] / 1024
    return Report(
        {**measured, "people": PEOPLE, "answers": PEOPLE * EACH, "sql": sql[0], "pandas": frames[0], "cells": cells},
        (
            Figure("a release of 1,000,000 answers, audited", seconds, "s", 60, "less"),
            Figure("its memory at the peak", peak, "MB", 1024, "less"),
            Figure("against plain SQL on opened answers", seconds / sql[0], "x"),
            Figure("against pandas on opened answers, read from the same file", seconds / frames[0], "x"),
        ),
    )


def definition() -> str:
    """Twelve questions of four answers, in English."""
    said = ("title", "convenor", "readers", "can_promise", "cannot_promise", "referral", "background")
    words = "".join(f'[{name}]\nen = "Some {name.replace("_", " ")}"\n' for name in said)
    asked = "".join(
        f'[[questions]]\ntype = "select_one"\nname = "q{n}"\nlabel = {{ en = "Is it {n}?" }}\n'
        + "".join(f'[[questions.choices]]\nname = "c{c}"\nlabel = {{ en = "Choice {c}" }}\n' for c in range(4))
        for n in range(QUESTIONS)
    )
    return (
        'name = "many"\nlanguages = ["en"]\nrisk = "normal"\nopen = true\nfree = false\narea = "NG"\n'
        f'timezone = "Africa/Lagos"\nsafe_hours = ["09:00", "17:00"]\nround = 1\nclosing = 2025-12-28\n'
        f'news_by = 2030-01-31\nmany_questions = "a benchmark"\n{words}'
        f'[keyword]\nen = "CANDLE"\n{asked}'
    )


def seed(data: Path, people: int) -> None:
    """A hub whose consultation so many people answered."""
    house = open_house(Settings.from_env(environment(data, "http://127.0.0.1:9")))
    chance = random.Random(1)
    try:
        published = publish(house, definition(), day=day_of(int(time.time())), test=True).published
        for first in range(0, people, 2_000):
            said = [(n, list(_events(chance))) for n in range(first, min(first + 2_000, people))]
            house.store.write(partial(_some, house, published, said))
            _opened(data, said)
    finally:
        house.close()


def _opened(data: Path, said: list[tuple[int, list[Event]]]) -> None:
    """The same as plain rows, as if nobody had to be protected."""
    with closing(sqlite3.connect(data / "plain.db")) as plain:
        names = ", ".join(SEGMENTS)
        plain.execute(f"CREATE TABLE IF NOT EXISTS answers (person, question, answer, {names})")
        rows = (
            (n, event.question, event.value, *dict(events[0].segments).values())
            for n, events in said
            for event in events
            if isinstance(event, Answered) and isinstance(events[0], Began)
        )
        plain.executemany("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)", rows)
        plain.commit()


def _some(house: House, published: Published, said: list[tuple[int, list[Event]]], tx: Tx) -> None:
    for n, events in said:
        address = tx.add_address(n.to_bytes(32, "big"), bytes(60), "Africa/Lagos")
        person = tx.add_person(address.id, 0, 0).id
        key, row = house.vault.new_key(person, published.name, published.public)
        tx.put_key(KeyRow(person, published.name, add_wrap(b"", row.wrapped), None))
        node, epoch, seq = tx.origin()
        for place, event in enumerate(events, seq):
            fact = Fact(
                *(published.name, published.version, 1, person, person, "sms", "open", CLOSED - 9, "in_time", b""),
                node=node,
                epoch=epoch,
                seq=place,
            )
            tx.record(fact._replace(sealed=seal_fact(key, facts.pack(event, "en"), facts.about(fact))))


def _events(chance: random.Random) -> Iterator[Event]:
    who = tuple((name, f"{name}{min(int(chance.expovariate(0.5)), of - 1)}") for name, of in SEGMENTS.items())
    yield Began("keyword", chance.randrange(256), who)
    yield Consented("take_part", True, "0" * 16)
    for n in sorted(chance.sample(range(QUESTIONS), EACH)):
        yield Answered(f"q{n}", f"c{min(int(chance.expovariate(0.7)), 3)}", "label")
    yield Finished()


def _apart(data: Path) -> dict[str, float]:
    """Made in a process of its own, so that its peak of memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.releasing", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _released(data: Path) -> dict[str, float]:
    from consult.releases import release

    house = open_house(Settings.from_env(environment(data, "http://127.0.0.1:9")))
    try:
        with stopwatch() as spent:
            made = release(house, "many", AT, by="bench")
    finally:
        house.close()
    tables = sum(len(item["tables"]) for item in json.loads(made.text)["chapters"][0]["questions"])
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"seconds": spent[0], "peak": usage, "bytes": len(made.text), "tables": tables}


def _plain(data: Path) -> int:
    """The same tables by group-bys on plain rows; returns how many cells."""
    with closing(sqlite3.connect(data / "plain.db")) as plain:
        names = list(SEGMENTS)
        cells = 0
        for n in range(QUESTIONS):
            for by in ("''", *names):
                rows = plain.execute(
                    f"SELECT {by}, answer, count(DISTINCT person) FROM answers WHERE question = ? GROUP BY 1, 2",
                    (f"q{n}",),
                )
                cells += len(rows.fetchall())
    return cells


def _by_pandas(data: Path) -> int:
    """The same group-bys by pandas, with the reading."""
    import pandas

    with closing(sqlite3.connect(data / "plain.db")) as plain:
        frame = pandas.read_sql("SELECT * FROM answers", plain)
    cells = 0
    for n in range(QUESTIONS):
        said = frame[frame["question"] == f"q{n}"]
        for by in ([], *([name] for name in SEGMENTS)):
            cells += len(said.groupby([*by, "answer"])["person"].nunique())
    return cells


if __name__ == "__main__":
    print(json.dumps(_released(Path(sys.argv[1]))))
