"""Passwords: argon2id, one at a time.

libsodium's (through PyNaCl, which is here already; argon2-cffi would be a second copy of the same function), with
19 MiB and two passes: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
Rule 1: one hash at a time in a process, so that many who sign in at once take its memory once; who would wait longer
than `PATIENCE` is told to come again.
Rule 2: an unknown name costs the same hash as a known one.
Rule 3: long is what makes one strong (https://pages.nist.gov/800-63-3/sp800-63b.html): no rules about signs.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import lru_cache
from typing import Final

from consult.accounts import NotAllowed

PASSES: Final = 2
MEMORY: Final = 19 * 1024 * 1024  # bytes
SHORTEST, LONGEST = 12, 128
PATIENCE: Final = 5.0  # seconds
_DIFFERENT: Final = 6  # letters, at least
_one_at_a_time = threading.Lock()


def demand_good(password: str, name: str) -> None:
    """Raises NotAllowed for one that is too short, too long, or made of the name or of few letters."""
    plain = _plain(password).casefold()
    if not SHORTEST <= len(plain) <= LONGEST:
        raise NotAllowed("password length")
    if len(set(plain)) < _DIFFERENT or name.casefold() in plain:
        raise NotAllowed("password simple")


def kept(password: str) -> str:
    """What is kept of it. Raises NotAllowed("busy")."""
    from nacl.pwhash import argon2id

    with _Turn():
        return argon2id.str(_plain(password).encode(), opslimit=PASSES, memlimit=MEMORY).decode()


def right(password: str, hashed: str) -> bool:
    """Whether it is the one; with `hashed` "" the same work is done and the answer is no."""
    from nacl.exceptions import InvalidkeyError
    from nacl.pwhash import argon2id

    against = hashed or _nobodys()
    with _Turn():
        try:
            argon2id.verify(against.encode(), _plain(password)[:LONGEST].encode())
        except InvalidkeyError:
            return False
    return bool(hashed)


def _plain(password: str) -> str:
    """The same letters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """What an unknown name is tried against, as costly as any other."""
    from secrets import token_hex

    return kept(token_hex(16))


class _Turn:
    def __enter__(self) -> None:
        if not _one_at_a_time.acquire(timeout=PATIENCE):
            raise NotAllowed("busy")

    def __exit__(self, *_: object) -> None:
        _one_at_a_time.release()
