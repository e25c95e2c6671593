"""The second factor: a code from an application (TOTP, RFC 6238), or one of ten codes on paper.

Rule 1: a code is good for the half minute before and after its own, and once: `step` is the last one used.
Rule 2: recovery codes hold 49 random bits each, so a plain hash keeps them; each goes when it is used.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

STEP: Final = 30  # seconds
CODES: Final = 10  # on paper
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def secret(random: bytes) -> str:
    """Twenty random bytes as applications take them."""
    return base64.b32encode(random).decode()


def address(shared: str, name: str) -> str:
    """What the picture of dots says (https://github.com/google/google-authenticator/wiki/Key-Uri-Format)."""
    from pyotp import TOTP

    return TOTP(shared).provisioning_uri(name=name, issuer_name="Consult")


def step_of(shared: str, code: str, at: int, last: int) -> int | None:
    """The step whose code this is, later than `last`; None where it is none."""
    from pyotp import TOTP

    given = "".join(code.split())
    if not (given.isascii() and given.isdecimal()):
        return None
    now = at // STEP
    fits = [step for step in (now - 1, now, now + 1) if hmac.compare_digest(TOTP(shared).at(step * STEP), given)]
    return next((step for step in fits if step > last), None)


def paper(random: bytes) -> tuple[str, ...]:
    """Ten recovery codes from a hundred random bytes."""
    groups = [random[start : start + 10] for start in range(0, CODES * 10, 10)]
    texts = ["".join(_LETTERS[byte % len(_LETTERS)] for byte in group) for group in groups]
    return tuple(f"{text[:5]}-{text[5:]}" for text in texts)


def hashed(code: str) -> str:
    """What is kept of a recovery code, however it was typed."""
    letters = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(b"recovery " + letters.encode()).hexdigest()


def spent(code: str, left: Sequence[str]) -> tuple[str, ...] | None:
    """The recovery codes left after this one; None where it is none of them."""
    given = hashed(code)
    found = [each for each in left if hmac.compare_digest(each, given)]
    return tuple(each for each in left if each not in found) if found else None
