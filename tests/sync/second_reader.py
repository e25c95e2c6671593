"""A second reader of pages, which follows `docs/pages.md`: it shares no code with the program.

Rule 1: when it and the program disagree, one of them or the document is wrong; the document says what ought to be.
Rule 2: it reads good pages and nothing else; refusing is tested elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from io import BytesIO
from typing import Any

import cbor2
import zstandard
from nacl.public import PrivateKey, SealedBox
from nacl.signing import VerifyKey

KINDS = [
    "none",
    "Began",
    "Chose",
    "Consented",
    "Answered",
    "Misheard",
    "Skipped",
    "Returned",
    "Paused",
    "Resumed",
    "Declined",
    "Finished",
    "Stopped",
    "Alerted",
    "Erased",
]
ESCAPES = ("not_sure", "not_understood", "prefer_not")
USUAL_SORT = {"select_one": 0, "range": 1, "select_multiple": 2, "rank": 3, "integer": 4}


def read(data: bytes, node: bytes, private: bytes, codebook: bytes) -> dict[str, Any]:
    """The contents of a page as its test vector has them."""
    VerifyKey(node).verify(b"consult page\0" + data[:-66], data[-64:])
    items = cbor2.loads(data)
    assert items[7] == hashlib.blake2b(codebook, digest_size=4).digest()
    inside = cbor2.loads(SealedBox(PrivateKey(private)).decrypt(items[9]))
    assert inside[:3] == items[2:5]
    _, name, version, questions, consents, segments, words, texts = cbor2.loads(codebook)
    assert version == items[6]
    assert name
    reader = _Reader(inside[3], _words(inside[4], texts), words, questions, dict(consents), segments)
    return reader.page(b"".join(inside[5:]))


def _words(packed: str | bytes, texts: bytes) -> str:
    if isinstance(packed, str):
        return packed
    window = int.from_bytes(packed[:2], "big")
    dictionary = _through(texts.decode(), window)
    known = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    opener = zstandard.ZstdDecompressor(dict_data=known, format=zstandard.FORMAT_ZSTD1_MAGICLESS)
    raw = BytesIO(opener.stream_reader(packed[2:]).read(4 << 20))
    if not window:
        return raw.read().decode()
    out = ""
    while byte := raw.read(1):
        if byte[0] == 16:
            lead = raw.read(1)
            more = 0 if lead[0] < 128 else 1 if lead[0] < 224 else 2 if lead[0] < 240 else 3
            out += (lead + raw.read(more)).decode()
        else:
            out += chr(byte[0] if byte[0] < 128 else 128 * window + byte[0] - 128)
    return out


def _through(text: str, window: int) -> bytes:
    out = b""
    for letter in text:
        code = ord(letter) - 128 * window
        if not window or (ord(letter) < 128 and letter != "\x10"):
            out += letter.encode()
        else:
            out += bytes((128 + code,)) if 0 <= code < 128 else b"\x10" + letter.encode()
    return out


class _Reader:
    def __init__(
        self, number: bytes, text: str, words: list[str], questions: list[Any], consents: dict[str, str], segments: Any
    ) -> None:
        self.x, self.text, self.words = int.from_bytes(number, "big"), text, words
        self.questions, self.consents, self.segments = questions, consents, segments
        self.columns: dict[tuple[object, ...], list[int]] = {}
        self.met: defaultdict[tuple[object, ...], list[str]] = defaultdict(list)

    # ---- columns

    def choice(self, weights: list[int]) -> int:
        self.x, rest = divmod(self.x, sum(weights))
        start = found = 0
        while start + weights[found] <= rest:
            start += weights[found]
            found += 1
        self.x = self.x * weights[found] + rest - start
        return found

    def one(self, of: int, *column: object, usual: int | None = None, spread: bool = False) -> int:
        weights = self.columns.setdefault(column, [24 if n == usual else 1 for n in range(of)])
        found = self.choice(weights)
        weights[found] += 2 if spread else 24
        return found

    def flag(self, *column: object, usual: bool | None = None) -> bool:
        return self.one(2, *column, usual=None if usual is None else int(usual)) == 1

    def even(self, of: int) -> int:
        self.x, found = divmod(self.x, of)
        return found

    def number(self, *column: object) -> int:
        bits = self.one(66, "number", *column)
        if bits < 2:
            return bits
        if bits == 65:
            return int(self.letters("long"), 16)
        return (1 << bits - 1) + self.even(1 << bits - 1)

    def signed(self, *column: object) -> int:
        number = self.number(*column)
        return -(number + 1) // 2 if number % 2 else number // 2

    def off(self, expected: int, *column: object) -> int:
        return expected if self.flag("off", *column, usual=True) else expected + self.signed(*column)

    def word(self, *column: object) -> str:
        met, weights = self.met[column], self.columns.setdefault(("word", *column), [8])
        found = self.choice(weights)
        if found:
            weights[found] += 8
            return met[found - 1]
        place = self.even(len(self.words) + 1)
        word = self.words[place] if place < len(self.words) else self.letters("letters")
        if len(met) < 256:
            met.append(word)
            weights.append(8)
            weights[0] = max(1, weights[0] // 2)
        return word

    def letters(self, column: str) -> str:
        length = self.number("text", column)
        found, self.text = self.text[:length], self.text[length:]
        return found

    # ---- the page

    def page(self, pseudonyms: bytes) -> dict[str, Any]:
        first, obeyed, heard = self.number("first"), self.number("obeyed"), ""
        if self.flag("heard?", usual=False):
            heard = self.number("heard").to_bytes(4, "big").hex()
        many, used = self.number("rows"), set[int]()
        rows: list[dict[str, Any]] = []
        before: dict[str, Any] = {"session": 0, "person": 0, "round": 1, "day": 0}
        for _ in range(many):
            before = self.row(before)
            before["numbers"] = self.numbers(first, used, len(before["said"]))
            rows.append(before)
        matched = {}
        for person in dict.fromkeys(row["person"] for row in rows):
            if self.flag("matched", usual=False):
                matched[str(person)], pseudonyms = pseudonyms[:8].hex(), pseudonyms[8:]
        assert (self.x, self.text, pseudonyms) == (1, "", b"")
        return {"first": first, "obeyed": obeyed, "heard": heard, "matched": matched, "rows": rows}

    def numbers(self, expected: int, used: set[int], count: int) -> list[int]:
        out: list[int] = []
        for _ in range(count):
            while expected in used:
                expected += 1
            out.append(self.off(expected, "fact number"))
            used.add(out[-1])
            expected = out[-1] + 1
        return out

    def row(self, before: dict[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {
            "session": self.off(before["session"] + 1, "session"),
            "person": self.off(before["person"] + 1, "person"),
            "round": self.off(before["round"], "round"),
            "channel": (channel := self.word("channel")),
            "frame": (frame := self.word("frame", channel)),
            "day": self.off(before["day"], "day"),
            "verdict": self.word("verdict"),
        }
        row["entered_by"] = self.word("by") if self.flag("by?", frame, usual=False) else None
        row["supersedes"] = self.signed("supersedes") if self.flag("supersedes?", usual=False) else None
        return row | {"said": list(self.facts(channel))}

    def facts(self, channel: str) -> Any:
        kind, at, locale, seed = "none", self.asking(0), "", None
        while True:
            expected = self.expected(kind, at)
            if not self.flag("kind?", kind, at, usual=True):
                expected = KINDS[self.one(15, "kind", kind, at)]
            if expected == "none":
                return
            kind, locale = expected, self.language(locale)
            fact = {"e": kind, "l": locale} | self.fields(kind, at, locale, seed, channel)
            seed = fact.get("seed", 0) if kind == "Began" else seed
            place = self.place(fact["question"]) if "question" in fact else None
            if place is not None:
                at = self.asking(place + (kind in ("Answered", "Skipped")))
            yield fact

    def asking(self, at: int) -> int:
        while at < len(self.questions) and self.questions[at][1] == "note":
            at += 1
        return at

    def place(self, name: str) -> int | None:
        return next((n for n, question in enumerate(self.questions) if question[0] == name), None)

    def expected(self, kind: str, at: int) -> str:
        if kind in ("Consented", "Answered", "Skipped"):
            return "Answered" if at < len(self.questions) else "Finished"
        then = {"none": "Began", "Began": "Chose", "Chose": "Consented"}
        return then.get(kind, "Answered" if kind in ("Misheard", "Returned", "Resumed") else "none")

    def language(self, before: str) -> str:
        if before and self.flag("same language", usual=True):
            return before
        place = self.one(len(self.consents) + 1, "language", spread=True)
        return self.word("language") if place == len(self.consents) else list(self.consents)[place]

    # ---- a fact

    def fields(self, kind: str, at: int, locale: str, seed: int | None, channel: str) -> dict[str, Any]:
        match kind:
            case "Began":
                told = {"how": self.word(kind, "how"), "seed": self.seed(), "segments": self.known()}
                return {name: value for name, value in told.items() if value}
            case "Chose":
                same = self.flag("chose", usual=True)
                return {"locale": locale if same else self.word("chose")}
            case "Consented":
                scope, agreed = self.word(kind, "scope"), self.flag("agreed", usual=True)
                usual = locale in self.consents and self.flag("wording?", usual=True)
                wording = self.consents[locale] if usual else self.word("consent")
                return {"scope": scope, "agreed": agreed, "wording": wording}
            case "Answered":
                return self.answer(self.question(at), seed, channel)
            case "Misheard" | "Skipped":
                told = {"question": self.question(at), "why": self.word(kind, "why")}
                return {name: value for name, value in told.items() if (kind, value) != ("Skipped", "misheard")}
            case "Returned":
                return {"question": self.question(at)}
            case "Paused":
                return {"why": self.word(kind, "why")}
            case "Declined":
                return {"at": self.word(kind, "at")}
            case _:
                return {}

    def seed(self) -> int:
        return self.even(256) if self.flag("seed", usual=True) else self.signed("seed")

    def known(self) -> list[list[str]]:
        return [self.segment(place) for place in range(self.off(len(self.segments), "segments"))]

    def segment(self, place: int) -> list[str]:
        usual = place < len(self.segments) and self.flag("segment?", place, usual=True)
        name = self.segments[place][0] if usual else self.word("segment name")
        values = dict(self.segments).get(name, ())
        value = self.one(len(values) + 1, "segment", name, spread=True)
        return [name, values[value] if value < len(values) else self.word("segment", name)]

    def question(self, at: int) -> str:
        at = at if at < len(self.questions) else -1
        if at >= 0 and self.flag("question?", at, usual=True):
            return str(self.questions[at][0])
        place = self.one(len(self.questions) + 1, "question", at)
        return str(self.questions[place][0]) if place < len(self.questions) else self.word("question")

    def answer(self, name: str, seed: int | None, channel: str) -> dict[str, Any]:
        place = self.place(name)
        _, type_, codes, low, high, rotates = (
            (name, "", [], None, None, False) if place is None else self.questions[place]
        )
        value, escape = self.value(name, type_, codes, low, high)
        wording = self.word("wording", channel)
        turn = None if place is None or not rotates or not codes or seed is None else (seed + place) % len(codes)
        told = {"question": name, "value": value, "wording": wording, "order": self.order(name, codes, turn)}
        told["part"] = self.flag("part", usual=False)
        told["recording"] = self.letters("recording") if self.flag("recording", channel, type_, usual=False) else ""
        kept = {key: each for key, each in told.items() if key in ("question", "value") or each}
        return kept | ({"escape": True} if escape else {})

    def value(self, name: str, type_: str, codes: list[str], low: Any, high: Any) -> tuple[Any, bool]:
        match self.one(7, "sort", name, usual=USUAL_SORT.get(type_, 5)):
            case 0:
                return codes[self.one(len(codes), "code", name, spread=True)], False
            case 1:
                return low + self.one(high - low + 1, "step", name, spread=True), False
            case 2:
                return [code for code in codes if self.flag("set", name, code)], False
            case 3:
                return self.several("list", name), False
            case 4:
                return self.signed("value", name), False
            case 5:
                return self.letters("words"), False
            case _:
                return ESCAPES[self.one(3, "escape", name)], True

    def several(self, *column: object) -> list[str]:
        return [self.word(*column, place) for place in range(self.number(*column))]

    def order(self, name: str, codes: list[str], turn: int | None) -> list[str]:
        how = self.one(3 + len(codes), "order", name, turn is None, usual=0 if turn is None else 1)
        if how == 0:
            return []
        if how == 2 + len(codes):
            return self.several("order list", name)
        by = turn if how == 1 else how - 2
        assert by is not None
        return codes[by:] + codes[:by]
