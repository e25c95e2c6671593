"""A page of notices: what a node tells the hub itself, sealed to the hub and to no consultation.

    plain = CBOR [node, epoch, number, obeyed, [[kind, number, day, people], ...]], then zeros up to the Padme length

STOP and ERASE carry the number up, so that the hub can tell every other node under that node's own index of it (D14);
an erasure also names the people whose rows travelled before, so that nothing of them is opened any more.

Rule 1: numbered, chained, signed and kept like every page: a notice that was lost is noticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import cbor2
from nacl.bindings import crypto_box_seal, crypto_box_seal_open, crypto_scalarmult_base
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey

from consult.sync.pages.contents import padded
from consult.sync.pages.page import NOTICES, Header, NotTaken, Page, sign

Kind = Literal["stop", "erase", "rejoin"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST, LONGEST = 1000, 40  # notices in a page; characters of a number
_DEPTH = 4


@dataclass(frozen=True, slots=True, repr=False)
class Notice:
    """Somebody left or came back. `number` E.164, empty where the hub itself gave the order; `day` since 1970-01-01;
    `people`: the node's own numbers of whom it erased."""

    kind: Kind
    number: str
    day: int
    people: tuple[int, ...] = ()


def seal_notices(header: Header, obeyed: int, notices: Sequence[Notice], public: bytes, key: SigningKey) -> Page:
    """The page, sealed to the hub's public key. `obeyed`: the last order carried out, with all before it."""
    told = [[each.kind, each.number, each.day, list(each.people)] for each in notices]
    plain = cbor2.dumps([header.node, header.epoch, header.number, obeyed, told])
    return sign(header, crypto_box_seal(plain.ljust(padded(len(plain)), b"\0"), public), key)


def unseal_notices(page: Page, private: bytes) -> tuple[int, tuple[Notice, ...]]:
    """What was obeyed, and the notices of a verified page. Raises NotTaken."""
    if page.header.kind != NOTICES:
        raise NotTaken("garbled")
    try:
        plain = crypto_box_seal_open(page.sealed, crypto_scalarmult_base(private), private)
    except (CryptoError, ValueError, TypeError):
        raise NotTaken("unopened") from None
    try:
        node, epoch, number, obeyed, told = cbor2.loads(plain, max_depth=_DEPTH)
        notices = tuple(notice_of(*each) for each in told)
    except (cbor2.CBORError, TypeError, ValueError):
        raise NotTaken("garbled") from None
    if (node, epoch, number) != (page.header.node, page.header.epoch, page.header.number):
        raise NotTaken("moved")
    if len(notices) > MOST or not _whole(obeyed):
        raise NotTaken("garbled")
    return obeyed, notices


def notice_of(kind: Any, number: Any, day: Any, people: Any) -> Notice:
    """The notice with these fields, as they were read. Raises ValueError, TypeError."""
    if kind not in KINDS or not isinstance(number, str) or len(number) > LONGEST:
        raise ValueError("no notice")
    if not _whole(day) or not all(map(_whole, people)):
        raise ValueError("no notice")
    return Notice(kind, number, day, tuple(people))


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**62
