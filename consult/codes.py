"""Single-use enrolment codes for closed consultations: nine characters she can read out and type.

Crockford's base 32 (https://www.crockford.com/base32.html): eight random characters are 40 bits. His check symbols need
signs that telephones hide (* ~ $ = U), so the ninth character is the sum of the others, each times another power of the
generator, in the field of 32 elements: it notices every wrong character and every two exchanged.

Rule 1: read forgivingly: any case, spaces and hyphens anywhere, O for 0, I and L for 1.
Rule 2: kept only as a keyed hash; the list that is printed is the only copy.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from consult.house import House
from consult.store import Tx
from consult.store.records import Code

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
BATCH = 500
_LIKE_ONE = re.compile(r"(?<!\w)[0-9A-Za-z]{4}[\W_]{0,3}[0-9A-Za-z]{4}[\W_]{0,3}[0-9A-Za-z](?!\w)")
_READ = str.maketrans("OIL", "011", " -\u2010\u2011\u2013\t.")
_OVER = 0b100101  # x^5 + x^2 + 1


def make(n: int, draw: Callable[[int], int] = secrets.randbelow) -> list[str]:
    """`n` different codes, as "7K3M-2Q9X-C". `draw(k)` gives a random number below k."""
    codes: dict[str, None] = {}
    while len(codes) < n:
        number = draw(len(ALPHABET) ** LENGTH)
        signs = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))
        codes[f"{signs[:4]}-{signs[4:]}-{_check(signs)}"] = None
    return list(codes)


def read(text: str) -> str | None:
    """The code in its one written form, without hyphens; None when it is none or mistyped."""
    typed = text[:40].upper().translate(_READ)
    if len(typed) != LENGTH + 1 or any(sign not in ALPHABET for sign in typed):
        return None
    return typed if _check(typed[:LENGTH]) == typed[LENGTH] else None


def issue(house: House, name: str, n: int) -> list[str]:
    """Make `n` codes for this consultation and keep their hashes; only what is returned can be handed out."""
    codes = make(n)
    rows = [Code(_hashed(house, name, code.replace("-", "")), name) for code in codes]
    for start in range(0, n, BATCH):
        house.store.write(_adding(rows[start : start + BATCH]))
    return codes


def hidden(house: House, name: str, words: str, sign: str) -> str:
    """Somebody's words with `sign` for what looks like a code: anything of its shape with a figure in it, and without
    one what is a code of this consultation."""

    def look(found: re.Match[str]) -> str:
        if any(each.isdigit() for each in found[0]):
            return sign
        code = read(re.sub(r"[\W_]", "", found[0]))
        return sign if code and house.store.read(lambda view: view.code(_hashed(house, name, code))) else found[0]

    return _LIKE_ONE.sub(look, words)


def _hashed(house: House, name: str, code: str) -> bytes:
    return house.vault.mark("code", name, code)


def _adding(rows: list[Code]) -> Callable[[Tx], None]:
    return lambda tx: tx.add_codes(rows)


def _check(signs: str) -> str:
    """The weighted sum, by Horner's rule: the last sign's weight is the generator, the first's its eighth power."""
    total = 0
    for sign in signs:
        total = _doubled(total ^ ALPHABET.index(sign))
    return ALPHABET[total]


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ _OVER if value & 32 else value
