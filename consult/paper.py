"""Secrets that people write on paper and type again years later: recovery halves and the backup's code.

35 bytes become 15 groups of five characters in Crockford's base 32 (no I, L, O, U, so that nothing is misread), three
lines of five. The fifth character of a group checks it and its place, so a typing error is named by its group; the last
group checks the whole together with its label, so that a code written for one thing is not taken for another.

Rule 1: reading is generous (case, spaces, dashes, O for 0, I and L for 1, U for V, any digit script), never lenient: no
value is guessed.
Rule 2: an error names groups, never what they hold.
"""

from __future__ import annotations

import hashlib
import unicodedata

SIZE = 35  # bytes written: a 32-byte secret and 3 bytes that tell which key it belongs to
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ = {letter: value for value, letter in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1, "U": 27}
_GROUPS, _DATA, _LINE = 15, 4, 5


class Mistyped(Exception):
    """What was typed is not the code that was written; `groups` (from 1) are those to look at again, if known."""

    def __init__(self, why: str, groups: tuple[int, ...] = ()) -> None:
        super().__init__(why)
        self.why, self.groups = why, groups


def write(secret: bytes, label: str) -> str:
    """Three lines of five groups. `secret` is SIZE bytes; raises ValueError otherwise."""
    if len(secret) != SIZE:
        raise ValueError(f"{SIZE} bytes fit on the paper")
    values = [*_fives(secret), *_whole(secret, label)]
    groups = [_group(number, values[start : start + _DATA]) for number, start in _places()]
    lines = [groups[start : start + _LINE] for start in range(0, _GROUPS, _LINE)]
    return "\n".join(" ".join(line) for line in lines)


def read(typed: str, label: str) -> bytes:
    """The secret behind what was typed. Raises Mistyped, naming the groups where it can."""
    values = _values(_cut(typed))
    wrong = tuple(number for number, group in enumerate(values, 1) if not _fits(number, group))
    if wrong:
        raise Mistyped(f"look again at {_named(wrong)}", wrong)
    flat = [value for group in values for value in group[:_DATA]]
    secret = _bytes(flat[:-_DATA])
    if flat[-_DATA:] != _whole(secret, label):
        raise Mistyped(
            "every group is a good one, but together they are not this code; was it written for something else?"
        )
    return secret


def _cut(typed: str) -> list[str]:
    """Into groups: as separated by the typist when that gives fifteen, else every five characters."""
    parts = typed.replace("-", " ").split()
    whole = "".join(parts)
    if len(parts) != _GROUPS and len(whole) == _GROUPS * (_DATA + 1):
        parts = [whole[start : start + _DATA + 1] for start in range(0, len(whole), _DATA + 1)]
    if len(parts) != _GROUPS:
        raise Mistyped(f"{_GROUPS} groups of {_DATA + 1} characters are needed; there are {len(parts)}")
    if odd := tuple(number for number, part in enumerate(parts, 1) if len(part) != _DATA + 1):
        raise Mistyped(f"{_named(odd)}: each group has {_DATA + 1} characters", odd)
    return parts


def _values(groups: list[str]) -> list[list[int]]:
    read = [[_value(letter) for letter in group] for group in groups]
    if odd := tuple(number for number, group in enumerate(read, 1) if -1 in group):
        raise Mistyped(f"{_named(odd)}: only digits and Latin letters are used", odd)
    return read


def _value(letter: str) -> int:
    digit = unicodedata.decimal(letter, None)
    if digit is not None:
        return int(digit)
    return _READ.get(unicodedata.normalize("NFKC", letter).upper(), -1)


def _group(number: int, data: list[int]) -> str:
    return "".join(_ALPHABET[value] for value in (*data, _check(number, data)))


def _fits(number: int, group: list[int]) -> bool:
    return group[-1] == _check(number, group[:-1])


def _check(number: int, data: list[int]) -> int:
    """A weighted sum over GF(32), weights g, g^2, ...: any one wrong character and any two exchanged ones show."""
    check = number
    for power, value in enumerate(data, 1):
        check ^= _times(value, power)
    return check


def _times(value: int, power: int) -> int:
    for _ in range(power):
        value <<= 1
        if value & 32:
            value ^= 0b100101  # x^5 + x^2 + 1
    return value


def _whole(secret: bytes, label: str) -> list[int]:
    digest = hashlib.sha256(b"consult paper " + label.casefold().encode() + b"\0" + secret).digest()
    return _fives(digest[:5])[:_DATA]


def _fives(raw: bytes) -> list[int]:
    bits, count = int.from_bytes(raw, "big"), len(raw) * 8 // 5
    return [bits >> 5 * (count - 1 - place) & 31 for place in range(count)]


def _bytes(values: list[int]) -> bytes:
    bits = 0
    for value in values:
        bits = bits << 5 | value
    return bits.to_bytes(len(values) * 5 // 8, "big")


def _places() -> list[tuple[int, int]]:
    return [(place + 1, place * _DATA) for place in range(_GROUPS)]


def _named(groups: tuple[int, ...]) -> str:
    return ("group " if len(groups) == 1 else "groups ") + ", ".join(map(str, groups))
