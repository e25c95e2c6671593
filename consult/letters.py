"""What lies sealed in the rows of people and messages, each bound to its place: no row can stand in for another."""

from __future__ import annotations

import json

from consult.vault import Vault


def seal_number(vault: Vault, index: bytes, number: str) -> bytes:
    """A number as its address keeps it, bound to the keyed index that finds it."""
    return vault.seal(number.encode(), b"number|" + index)


def number_of(vault: Vault, index: bytes, sealed: bytes) -> str:
    """The number again. Raises vault.Unopenable."""
    return vault.unseal(sealed, b"number|" + index).decode()


def seal_text(vault: Vault, address: int, text: str) -> bytes:
    """A message to an address, bound to it."""
    return vault.seal(text.encode(), _outbox(address))


def text_of(vault: Vault, address: int, sealed: bytes) -> str:
    """The message again. Raises vault.Unopenable."""
    return vault.unseal(sealed, _outbox(address)).decode()


def _outbox(address: int) -> bytes:
    return f"outbox|{address}".encode()


def segments_in(vault: Vault, sealed: bytes) -> tuple[tuple[str, str], ...]:
    """What an enrolment keeps of who she is, (question, choice); nothing where nothing was told. Raises Unopenable."""
    return tuple(sorted(json.loads(vault.unseal(sealed, b"segments")).items())) if sealed else ()


def seal_farewell(vault: Vault, number: str, text: str) -> bytes:
    """A message to someone of whom nothing else is kept: the number is sealed with it and gone once it left."""
    return vault.seal(f"{number}\n{text}".encode(), b"farewell")


def farewell_of(vault: Vault, sealed: bytes) -> tuple[str, str]:
    """Number and message. Raises vault.Unopenable."""
    number, _, text = vault.unseal(sealed, b"farewell").decode().partition("\n")
    return number, text
