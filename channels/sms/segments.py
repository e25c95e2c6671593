"""What a text costs as SMS: its segments, and where they are cut (3GPP TS 23.040). Alphabets: `channels.writing`.

Rule 1: text is counted, cut and sent in NFC.
Rule 2: no text, no message: "" costs nothing and is never sent (carriers refuse it, e.g. Twilio 21602).
Rule 3: neither the escape pair of an extension character nor a surrogate pair is split over two segments.
Rule 4: `cost` remembers what it counted, so it is for our own texts; what she wrote goes to `count`, which does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from channels.writing.alphabets import ASTRAL, ESCAPED, FOREIGN, GSM7, TIDY, UCS2, measured, nfc, tidy
from consult.channel import Cost

ROOM = {GSM7: (160, 153), UCS2: (70, 67)}  # alone; as one of several (six octets go to the header)

_CONCATENATED = {0x00: 3, 0x08: 4}  # length of the header's element, by its kind


def count(text: str) -> Cost:
    """What this text costs. `used` and `room` are septets (GSM-7) or 16-bit units (UCS-2) of the last segment."""
    text = nfc(text)
    encoding, units, culprit = measured(text)
    alone, each = ROOM[encoding]
    if units <= alone:
        segments, used, room = min(1, units), units, alone
    elif units == len(text):
        segments, used, room = -(-units // each), (units - 1) % each + 1, each
    else:
        last = list(_cuts(text, ASTRAL if culprit else ESCAPED, each))[-1]
        segments, used, room = last[0], last[2], each
    return Cost(segments, encoding, used, room, culprit)


cost = lru_cache(maxsize=4096)(count)


def split(text: str) -> list[str]:
    """The text of each segment, in order; joined they are the text in NFC. "" gives none."""
    text = nfc(text)
    price = count(text)
    if price.segments <= 1:
        return [text] if text else []
    wide = ASTRAL if price.encoding == UCS2 else ESCAPED
    starts = [start for _, start, _ in _cuts(text, wide, ROOM[price.encoding][1])]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _cuts(text: str, wide: re.Pattern[str], room: int) -> Iterator[tuple[int, int, int]]:
    """Per segment: its number from 1, where it starts, the units it uses. Characters that match `wide` take two."""
    start, used, number = 0, 0, 1
    for at, character in enumerate(text):
        units = 2 if wide.match(character) else 1
        if used + units > room:
            yield number, start, used
            start, used, number = at, 0, number + 1
        used += units
    yield number, start, used


def plain(text: str, table: Mapping[str, str]) -> str:
    """The GSM-7-safe spelling by a language's `table` ("ƙ": "k"), longest entries first.

    All or nothing: a text that would stay UCS-2 keeps its right spelling, since a wrong one would save nothing.
    """
    text = nfc(text)
    if not FOREIGN.search(text):
        return text
    spelled = _respell(text, {nfc(full): simple for full, simple in table.items() if full}).translate(TIDY)
    return tidy(text) if FOREIGN.search(spelled) else spelled


def _respell(text: str, table: Mapping[str, str]) -> str:
    if not table:
        return text
    longest_first = sorted(table, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda found: table[found[0]], text)


def place(header: bytes) -> tuple[int, int, int] | None:
    """(reference, number of parts, which one) of a user data header; None for a message of one part."""
    at = 1
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if len(value) == length == _CONCATENATED.get(kind, -1):
            reference, total, number = int.from_bytes(value[:-2], "big"), value[-2], value[-1]
            return (reference, total, number) if 1 <= number <= total and total > 1 else None
        at += 2 + length
    return None
