"""A consultation with a question in words, and a coder who codes what she is given by the words in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.journeys.script import definition

SCHEME_ID = "Scheme-f00d"
CODES = (
    ("code-water", "Normal", "Water is far or dirty", "water"),
    ("code-road", "Normal", "The road is not safe", "road"),
    ("code-school", "Normal", "The school is shut", "school"),
    ("code-NC", "Control", "Not coded", "NC"),
    ("code-hello", "Meta", "A greeting", "hello"),
)
WHY = """
[[questions]]
type = "text"
name = "why"
[questions.label]
en = "What matters most?"
fr = "Qu'est-ce qui compte le plus ?"
"""


def with_words() -> str:
    """The definition `brief`, which begins by asking for words."""
    first = "[[questions]]"
    head, _, rest = definition("brief").partition(first)
    return f"{head}{WHY.lstrip()}\n{first}{rest}"


def scheme(codes: Iterable[tuple[str, str, str, str]] = CODES, **changes: object) -> str:
    listed = [
        {"CodeID": id, "CodeType": kind, "DisplayText": text, "NumericValue": n, "StringValue": name, "MatchValues": []}
        | ({"ControlCode": name} if kind == "Control" else {})
        for n, (id, kind, text, name) in enumerate(codes)
    ]
    return json.dumps({"SchemeID": SCHEME_ID, "Name": "Why", "Version": "0.1", "Codes": listed} | changes)


def label(code: str, copy: str = "", *, checked: bool = True, scheme_id: str = SCHEME_ID) -> dict[str, Any]:
    return {
        "SchemeID": scheme_id + copy,
        "CodeID": code,
        "DateTimeUTC": "2026-12-11T10:00:00Z",
        "Checked": checked,
        "Confidence": 0.9,
        "Origin": {"OriginID": "x", "Name": "Coder", "OriginType": "Manual"},
    }


def coded(texts: Iterable[Mapping[str, Any]], but: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """The messages with labels for each word of a code that is in them; `but`: by message, codes instead."""
    made = []
    for each in texts:
        found = tuple(id for id, kind, _, word in CODES if word in each["Text"].casefold() and kind == "Normal")
        codes = (but or {}).get(each["MessageID"], found or ("code-NC",))
        copies = [label(code, f"-{n}" if n else "") for n, code in enumerate(codes)]
        made.append({**each, "Labels": copies})
    return json.dumps(made)
