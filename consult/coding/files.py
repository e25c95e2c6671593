"""Codebook and labels as files in the shape of Coda V2, out and in: the same as `consult findings themes` reads.

Rule 1: the file of labels has no text: texts leave only with two people (`consult findings texts`).
Rule 2: labels that come in are one coder's own, as if she had coded on the page.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from consult.coding import labelling
from consult.coding.books import Book, Where
from consult.findings import coding
from consult.house import House
from consult.library import day_of

LARGEST: Final = 4 * 1024 * 1024  # bytes of a file of labels on the page


def labels(house: House, where: Where, book: Book, account: int, at: int) -> str:
    """What this account found, as coded messages without their text."""
    mine = house.store.read(partial(labelling.state, house, where)).found.get(account, {})
    day = date(1970, 1, 1) + timedelta(days=day_of(at))
    told = [
        {"MessageID": message, "Text": "", "Labels": [_label(book, code, n, day) for n, code in enumerate(codes)]}
        for message, codes in sorted(mine.items())
    ]
    return f"{json.dumps(told, ensure_ascii=False, indent=1)}\n"


def _label(book: Book, code: str, n: int, day: date) -> dict[str, Any]:
    """A further code of a message is a label of a copy of the scheme."""
    return {
        "SchemeID": f"{book.scheme.id}-{n}" if n else book.scheme.id,
        "CodeID": code,
        "DateTimeUTC": f"{day}T00:00:00Z",
        "Checked": True,
        "Confidence": 1.0,
        "Origin": {"OriginID": "consult", "Name": "Coder", "OriginType": "Manual"},
    }


def bring(house: House, where: Where, book: Book, text: str, by: int) -> int:
    """Labels from a file as this account's; of how many texts. Raises coding.Unclear, NotCoded("seat")."""
    given = coding.found(text, book.scheme)
    return labelling.label(house, where, given, [code.id for code in book.scheme.codes], by)
