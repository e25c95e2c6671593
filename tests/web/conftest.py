"""The demo as `consult demo` opens it: a real house in a folder of its own, three examples, a worker inside."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from consult.config import Settings
from consult.house import House, open_house
from consult.jobs import EmbeddedWorker
from consult.publish import publish
from consult.web import create_app
from tests.conftest import EXAMPLES

HTML = {"Accept": "text/html"}
DAY = 20_780
LEFT, RIGHT = "+12025550101", "+12025550102"


class Compiled(BytecodeCache):
    """Templates, compiled once for all applications of this process: each has an environment of its own."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key + bucket.checksum in self._known:
            bucket.bytecode_from_string(self._known[bucket.key + bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}


@contextmanager
def opened(
    data: Path, *, works: bool = True, examples: tuple[str, ...] = ("priorities", "pulse", "safety")
) -> Iterator[House]:
    worker = EmbeddedWorker()
    house = open_house(Settings(data=data, demo=True, replies_per_number=10_000), worker)
    try:
        for name in examples:
            publish(house, (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"), day=DAY, test=True)
        if works:
            worker.start(house)
        yield house
    finally:
        worker.stop()
        house.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(tmp_path / "data") as house:
        yield house


@pytest.fixture
def page(house: House) -> Page:
    return Page(create_app(house).test_client())


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A demo that many tests look at and none writes to."""
    with opened(tmp_path_factory.mktemp("lasting") / "data", works=False) as house:
        yield Page(create_app(house).test_client())


@dataclass
class Page:
    """A visitor without script: she reads the page and posts its forms."""

    client: FlaskClient
    query: str = ""

    def read(self, query: str | None = None) -> Parsed:
        answer = self.client.get(f"/?{self.query if query is None else query}", headers=HTML)
        assert answer.status_code == 200
        return Parsed.of(answer.text)

    def send(self, text: str, number: str = LEFT, ref: str = "", **headers: str) -> TestResponse:
        form = {"sender": number, "text": text, "ref": ref or secrets.token_hex(8)}
        return self.client.post(f"/demo/send?{self.query}", data=form, headers=headers)

    def says(self, *texts: str, number: str = LEFT) -> Parsed:
        for text in texts:
            assert self.send(text, number).status_code == 303
        return self.read()


@dataclass
class Tag:
    """An element: its attributes and all the text within."""

    name: str
    at: Mapping[str, str]
    text: str = ""
    within: tuple[str, ...] = ()  # ids of the elements it stands in


@dataclass
class Parsed(HTMLParser):
    """A page's elements in order."""

    source: str = ""
    tags: list[Tag] = field(default_factory=list)

    @classmethod
    def of(cls, source: str) -> Parsed:
        parsed = cls(source)
        HTMLParser.__init__(parsed)
        parsed._open = []
        parsed.feed(source)
        parsed.close()
        unclosed = [tag.name for tag in parsed._open]
        assert not unclosed, f"left open: {unclosed}"
        return parsed

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        at = {key: value or "" for key, value in attributes}
        tag = Tag(name, at, within=tuple(each.at["id"] for each in self._open if "id" in each.at))
        self.tags.append(tag)
        if name not in ("meta", "link", "input", "img"):
            self._open.append(tag)

    def handle_endtag(self, name: str) -> None:
        assert self._open.pop().name == name, f"</{name}> closes another"

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            tag.text += data

    def all(self, name: str, /, **at: str) -> list[Tag]:
        """Elements of this name with these attributes (`class_` for class)."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in at.items()}
        return [tag for tag in self.tags if tag.name == name and wanted.items() <= tag.at.items()]

    def one(self, name: str, /, **at: str) -> Tag:
        (found,) = self.all(name, **at)
        return found

    def bubbles(self, side: str = "left", by: str = "") -> list[str]:
        """The texts of a telephone, oldest first."""
        (shown,) = re.findall(rf'<ol id="{side}-log".*?</ol>', self.source, re.S)
        return [
            unescape(text) for who, text in re.findall(r'class="(\w+)"><p>(.*?)</p>', shown, re.S) if by in ("", who)
        ]

    def people(self) -> dict[str, str]:
        """Started, part way, ... of the first frame."""
        names, numbers = self.all("dt"), self.all("dd")
        return {name.text: number.text for name, number in zip(names, numbers, strict=True)}

    def table(self) -> list[tuple[str, str]]:
        """Rows of the table of answers: label and people; a row of one cell has "" for people."""
        rows: list[list[str]] = []
        for tag in self.tags:
            if tag.name == "tr":
                rows.append([])
            elif tag.name in ("th", "td"):
                rows[-1].append(tag.text.strip())
        return [(row[0], row[1] if len(row) > 1 else "") for row in rows]

    def loads(self) -> list[str]:
        """Everything the browser fetches for this page by itself."""
        sources = [tag.at["src"] for tag in self.tags if "src" in tag.at]
        return sources + [tag.at["href"] for tag in self.all("link")]

    def paths(self) -> set[str]:
        return {urlsplit(each).path for each in self.loads()}
