"""What sealing is made of: libsodium's functions (through PyNaCl) over bytes, with our padding and our errors.

XChaCha20-Poly1305 and X25519 sealed boxes. Which key seals what stands in `consult.vault`.

Rule 1: nothing is sealed under or to what cannot be a key.
Rule 2: a length tells nothing: it is padded to a bucket where the caller asks for it.
Rule 3: no key and no plain text appears in an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache

KEY = 32  # bytes of every key
BOX = 48  # bytes by which a sealed box is longer
_NONCE, _TAG = 24, 16
BUCKET = 256  # bytes of a padded fact: every event of a closed question fits
_BUCKETS = (BUCKET, 512, 1024, 2048, 4096)  # larger texts; above, multiples of the last


class VaultError(Exception):
    """Something could not be sealed or opened."""


class Locked(VaultError):
    """The keys are not here. The message says how to bring them back; until then nothing may be taken in."""


class BadKey(Locked):
    """A key is here but cannot be one (torn, wrong length, all zero)."""


class Unopenable(VaultError):
    """These bytes were not sealed with this key about this: altered, moved, or the key is gone."""


def seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    """AEAD, bound to `about`: 40 bytes longer."""
    nonce = os.urandom(_NONCE)
    return nonce + _aead()[0](plain, about, nonce, key)


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """What `seal` was given. Raises Unopenable."""
    if len(sealed) < _NONCE + _TAG:
        raise Unopenable("too short to have been sealed")
    _, decrypt, failed = _aead()
    try:
        return decrypt(sealed[_NONCE:], about, sealed[:_NONCE], key)
    except failed:
        raise Unopenable("altered, about something else, or sealed with another key") from None


@cache
def _aead() -> tuple[Callable[..., bytes], Callable[..., bytes], type[Exception]]:
    """To seal, to open, and what is raised then; looked up once, since a message is sealed three times."""
    from nacl import bindings
    from nacl.exceptions import CryptoError

    return (
        bindings.crypto_aead_xchacha20poly1305_ietf_encrypt,
        bindings.crypto_aead_xchacha20poly1305_ietf_decrypt,
        CryptoError,
    )


def boxed(public: bytes, plain: bytes) -> bytes:
    """A sealed box: whoever has `public` makes one, whoever has its private half opens it. Raises BadKey."""
    from nacl.bindings import crypto_box_seal
    from nacl.exceptions import CryptoError

    try:
        return crypto_box_seal(plain, sound(public))
    except (BadKey, CryptoError):  # libsodium refuses points of low order
        raise BadKey("the consultation's public key cannot be one; nothing was sealed") from None


def unboxed(boxed: bytes, public: bytes, private: bytes, why: str) -> bytes:
    """What is in a sealed box. Raises Unopenable, which says `why`."""
    from nacl.bindings import crypto_box_seal_open
    from nacl.exceptions import CryptoError

    try:
        return crypto_box_seal_open(boxed, public, private)
    except (CryptoError, ValueError):
        raise Unopenable(why) from None


def public_of(private: bytes) -> bytes:
    """The public half of an X25519 key."""
    from nacl.bindings import crypto_scalarmult_base

    return crypto_scalarmult_base(private)


def padded(payload: bytes) -> bytes:
    """ISO/IEC 7816-4: one 0x80, then zeros up to the bucket; any length can be told back, none is shown."""
    need, step = len(payload) + 1, _BUCKETS[-1]
    size = next((bucket for bucket in _BUCKETS if need <= bucket), -(-need // step) * step)
    return (payload + b"\x80").ljust(size, b"\0")


def unpadded(padded: bytes) -> bytes:
    """What `padded` was given. Raises Unopenable."""
    plain = padded.rstrip(b"\0")
    if not plain.endswith(b"\x80"):
        raise Unopenable("the padding is not ours")
    return plain[:-1]


def sound(key: bytes) -> bytes:
    """The key. Raises BadKey for what cannot be one."""
    if len(key) != KEY or not any(key):
        raise BadKey("a key is 32 bytes, not all zero; this one is neither used nor shown")
    return key


def overwrite(secret: bytes | None) -> None:
    """Write zeros over these bytes where they lie in memory: only for a value that nobody else holds."""
    from nacl._sodium import ffi

    if secret and len(secret) > 1:  # Python shares bytes of length 0 and 1
        ffi.memmove(ffi.from_buffer(secret), bytes(len(secret)), len(secret))
