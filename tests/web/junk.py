"""What nobody should send, and somebody will: values, paths, headers, bodies and files that a route has to survive.

Rule 1: everything is made from what it is given (`chance`), so that a request that broke something can be sent again.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterable, Mapping
from functools import cache
from math import sin
from random import Random
from typing import Any, Final
from urllib.parse import quote

from consult.spreadsheets import as_xlsx

HALF: Final = "\ud800"  # of a surrogate pair: JSON can write it, UTF-8 cannot
EDGES: Final = (
    "",
    " ",
    "0",
    "-0",
    "-1",
    "1",
    "00",
    "+1",
    "1.5",
    "1e309",
    "nan",
    "-inf",
    "0x10",
    "1_000",
    "000001" + "9" * 12,
    "000001" + "0" * 4990,
    "9" * 18,
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    str(2**64 + 1),
    "9" * 5000,
    "٣",
    "²",
    "१२",
    "true",
    "None",
    "[]",
    "{}",
    "x" * 300,
    "x" * 6000,
    "\x00",
    "a\x00b",
    "\r\nSet-Cookie: a=b",
    "\x1b[31m",
    "\x0b\x0c\x1f",
    "\ufeff",
    "\u202egnol",
    "\u200f\u2066",
    "\ufffe\uffff",
    "\ufffd",
    "مرحبا بكم",
    "שלום",
    "e\u0301" * 40,
    "👩🏽‍🌾" * 20,
    "𝟙𝟚",
    "ﬁ",
    "İ",
    "ß" * 41,
    "..",
    "../../etc/passwd",
    "/",
    "//example.org/",
    "\\\\example.org",
    "%2f",
    "%00",
    "%",
    "?a=b#c",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "${x}",
    "%s%n{0}{name}",
    "'; DROP TABLE messages; --",
    "=1+1",
    "@SUM(A1)",
    "*",
    "-",
    ".",
    "=",
    "=,",
    "2027-02-30",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59:59",
    "2027-03-31T25:61",
    "08:00",
    "24:00",
    "1970-01-01T00:00+14:00",
    "Africa/Lagos",
    "../UTC",
    "en-u-nu-arab",
    "zz",
    "+2348030000001",
    "AAAA-AAAA-AAAA",
    "not selected(${why}, 'a') or",
    "(" * 500,
    "if(" * 90,
)
# segments of an address, as they travel
SEGMENTS: Final = (
    *("..", ".", "%2e%2e", "%2f", "a%2fb", "%5c", "%00", "a%00", "%ff%fe", "%ED%A0%80", "%0d%0aX:1", "%", "%zz"),
    *("-1", "0", "00", "1.0", "0x1", str(2**31), str(2**62), str(2**63), str(2**64), "9" * 19, "9" * 500),
    *("true", "null", "-", "*", "~", "a" * 65, "a" * 3000, "%20", "safety%20", "SAFETY", "safety%00", "safety;", "a+b"),
    *(quote(each) for each in ("٣", "مرحبا", "\u202eabc", "👩🏽‍🌾", "ﬁ", "<script>", "{{7*7}}", "'--", "sa\u0301fety")),
)
METHODS: Final = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "GET", "POST", "get", "X")
HEADERS: Final[tuple[Mapping[str, str], ...]] = (
    {"Accept-Language": "ar;q=0.9, fr;q=nan, *;q=-1, en;q=1e400"},
    {"Accept-Language": "x" * 4000},
    {"Accept-Language": "\xff\xfe, ,;,=;q=, fr"},
    {"Accept": "text/html"},
    {"Accept": "application/json;q=2, */*;q=x"},
    {"Accept-Encoding": "gzip;q=0, identity;q=0"},
    {"Accept-Encoding": "gzip;q=x, br"},
    {"Range": "bytes=0-"},
    {"Range": "bytes=-5"},
    {"Range": "bytes=5-1,0-0,9999999999999999999999-"},
    {"Range": "lines=a"},
    {"If-None-Match": '"x", W/"y", *'},
    {"If-None-Match": '"' + "x" * 4000},
    {"If-Match": '"x"'},
    {"If-Range": "Mon, 99 Foo 0000 00:00:00 GMT", "Range": "bytes=0-1"},
    {"If-Modified-Since": "Thu, 01 Jan 99999 00:00:00 GMT"},
    {"Host": "example.org"},
    {"Host": "localhost:99999"},
    {"Host": "[::::]"},
    {"Host": "[1:2]:80"},
    {"Host": "["},
    {"Host": ""},
    {"Host": "localhost\xff"},
    {"Host": "a" * 300},
    {"Host": "127.0.0.1.example.org"},
    {"Origin": "http://["},
    {"Origin": "null"},
    {"Origin": "https://example.org"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Referer": "http://["},
    {"X-Forwarded-For": "a, ::::, 1.2.3.4:5"},
    {"X-Forwarded-Host": "[", "Forwarded": "for=;;"},
    {"Cookie": "consult=" + "f" * 64},
    {"Cookie": "consult; =; known=\xff; lang=\xfe; consult=\x01"},
    {"Cookie": "lang=" + "x" * 3000},
    {"Authorization": "Bearer \xff\xff"},
    {"Authorization": "Bearer"},
    {"Authorization": "Basic ===="},
    {"Content-Type": "application/json"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=" + "x" * 3000},
    {"Content-Type": "application/x-www-form-urlencoded; charset=utf-99"},
    {"Content-Type": "\xff/\xff; =;;"},
    {"Content-Encoding": "gzip"},
    {"Transfer-Encoding": "chunked"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"X-Live": "1"},
    {"X-Kept": "1"},
)
# of a request whose length is not what it says
LENGTHS: Final = ("", "0", "1", "-1", "999999", "99999999999999999999", "1e3", "٣", "x")
BODIES: Final = (
    b"",
    b"\x00",
    b"\xff\xfe\xff",
    b"&&&=&=&%&%zz=%ff&",
    b"a=1&" * 1500,
    b"--x\r\nContent-Disposition: form-data; name=\r\n\r\n--x",
    b"--\r\n" * 300,
    b"{",
    b"[" * 15_000,
    b'{"a":' * 3000,
    b"null",
    b"1e999",
    b"[" + b"9" * 5000 + b"]",
    b'"\\ud800"',
    b"\x1f\x8b\x08\x00" + b"\x00" * 20,
)
_NODES: Final = (None, True, -1, 2**70, 1e308, "", HALF, "x" * 3000, "\x00", [], {}, [[]], {"a": {}}, [HALF], {HALF: 1})


def value(chance: Random, typed: str) -> str:
    """One that nobody should send; `typed`: what else there is to choose from."""
    return chance.choice((*EDGES, typed, typed))


def mutated(document: Any, chance: Random) -> Any:
    """The same with one of its parts replaced, left out or told twice."""
    if isinstance(document, dict) and document and chance.random() < 0.9:
        key = chance.choice(list(document))
        if chance.random() < 0.1:
            return {name: part for name, part in document.items() if name != key}
        return {**document, key: mutated(document[key], chance)}
    if isinstance(document, list) and document and chance.random() < 0.9:
        n = chance.randrange(len(document))
        return [*document[:n], mutated(document[n], chance), *document[n + chance.randrange(2) :]]
    return chance.choice(_NODES)


def spoilt(content: bytes, chance: Random) -> bytes:
    """A file of ours as it comes back from somebody's machine."""
    match chance.randrange(6):
        case 0:
            return content
        case 1:
            return content[: chance.randrange(len(content) + 1)]
        case 2:
            n = chance.randrange(len(content) + 1)
            return content[:n] + bytes([chance.randrange(256)]) + content[n + 1 :]
        case 3:
            return content.decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-8-sig", "utf-32")))
        case 4:
            return content.replace(b"\n", b"\r").replace(b'"', chance.choice((b"", b"'", b'""')))
        case _:
            try:
                return json.dumps(mutated(json.loads(content), chance)).encode()
            except (ValueError, RecursionError):
                return content + content


# ---- files


def fitting(known: Iterable[bytes], accept: str, turn: int) -> tuple[str, bytes]:
    """One that a field which accepts these (as HTML has it) may take: one that is known, else a good one of ours."""
    starts = {".json": (b"{", b"["), ".xlsx": (b"PK",), ".toml": (b"name",)}
    wanted = tuple(start for kind, begins in starts.items() if kind in accept for start in begins)
    if ".csv" in accept or "audio" in accept or ".wav" in accept:
        return files()[0 if ".csv" in accept else 1]
    found = [each for each in known if wanted and each.startswith(wanted)]
    return ("known", found[-1 - turn % len(found)]) if found else files()[0]


@cache
def files() -> tuple[tuple[str, bytes], ...]:
    """Name and bytes of files that are none, or not what they say they are."""
    book = as_xlsx({"survey": [("type", "name", "label"), ("text", "q1", "=1+1")], "choices": [("list_name",)]})
    return (
        ("good.csv", b"number,language\r\n+2348030000009,en\r\n+2348030000010,en\r\n"),
        ("good.wav", _sound(seconds=2)),
        ("empty.xlsx", b""),
        ("cut.xlsx", book[: len(book) // 2]),
        ("bomb.xlsx", _filled(book, "xl/worksheets/sheet1.xml", b"<a>" + b" " * 30_000_000)),
        ("laughs.xlsx", _filled(book, "xl/worksheets/sheet1.xml", _laughs())),
        ("broken.xlsx", _filled(book, "xl/worksheets/sheet1.xml", b"<sheetData><row")),
        ("styleless.xlsx", _filled(book, "xl/styles.xml", b"")),
        ("bookless.xlsx", _filled(book, "xl/workbook.xml", b"<x/>")),
        ("climbing.zip", _zipped({"../../x": b"x", "/etc/x": b"x", "a\\..\\x": b"x"})),
        ("nothing.zip", _zipped({})),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
        ("formulas.csv", b'number,language,name\r\n=1+1,@SUM(A1),"+cmd|x"\r\n-2,%0,\t=x\r\n'),
        ("latin.csv", "número,langue\r\n+2348030000001,é\r\n".encode("latin-1")),
        ("wide.csv", "number\r\n+2348030000001\r\n".encode("utf-16")),
        ("open.csv", b'number,language\r\n"+2348030000001,en\r\n' * 3),
        ("nul.csv", b"number,\x00\r\n\x00,\x00\r\n"),
        ("long.csv", b"number\r\n" + b"," * 20_000 + b"\r\n" + b"x" * 200_000),
        ("deep.json", b"[" * 60_000),
        ("deeper.json", b'{"a":' * 30_000),
        ("half.json", json.dumps({"SchemeID": HALF, "Codes": [{"DisplayText": HALF}]}).encode()),
        ("list.json", json.dumps([{"MessageID": "x", "Labels": [{"SchemeID": 1}]}, 1, None]).encode()),
        ("huge.json", b"[" + b"9" * 6000 + b", 1e999, NaN]"),
        ("deep.toml", b"a = " + b"[" * 5000),
        ("big.toml", b"a = " + b"9" * 6000),
        ("dates.toml", b"opening = 9999-12-31\nversion = 1979-05-27T07:32:00Z\nname = inf\n"),
        ("half.toml", b'name = "\\ud800"'),
        ("cut.wav", _sound()[:30]),
        ("quiet.wav", _sound()),
        ("lying.wav", _sound(told=2**32 - 1)),
        ("nil.wav", _sound(rate=0)),
        ("fast.wav", _sound(rate=2**32 - 1)),
        ("many.wav", _sound(channels=65_535)),
        ("cut.ogg", b"OggS\x00\x02" + b"\x00" * 60),
        ("cut.mp3", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + b"\xff\xfb\x90" * 40),
        ("x.pdf", b"%PDF-1.7\n"),
    )


def _filled(book: bytes, name: str, content: bytes) -> bytes:
    """The workbook with something else under this name."""
    with zipfile.ZipFile(io.BytesIO(book)) as whole:
        return _zipped({each: whole.read(each) for each in whole.namelist()} | {name: content})


def _zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


def _laughs() -> bytes:
    """Entities within entities (https://en.wikipedia.org/wiki/Billion_laughs_attack)."""
    told = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{told}]><worksheet>&l9;</worksheet>'.encode()


def _sound(told: int = 0, rate: int = 8000, channels: int = 1, seconds: float = 0.1) -> bytes:
    """Somebody hums; and what the head of the file says of it."""
    samples = b"".join(struct.pack("<h", int(9000 * sin(n / 4))) for n in range(int(8000 * seconds)))
    head = struct.pack("<HHIIHH", 1, channels, rate, min(2 * rate, 2**32 - 1), 2, 16)
    size = told or len(samples)
    return (
        b"RIFF"
        + struct.pack("<I", min(36 + size, 2**32 - 1))
        + b"WAVEfmt \x10\x00\x00\x00"
        + head
        + b"data"
        + (struct.pack("<I", size) + samples)
    )
