"""What is kept of somebody's words, sealed so that it goes with her: under her oldest key for this consultation.

Rule 1: her key opens with the consultation's private key alone, which lies outside the database and every backup. Her
erasure destroys the one, the consultation's end the other: then nothing here is opened by anybody.
Rule 2: where the private key is elsewhere (custody "offline") nothing is kept like this, and nothing is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from consult import custody
from consult.figures import NoSuch
from consult.house import House
from consult.moderation import listing
from consult.store.records import Published
from consult.vault import Vault, each_wrap, open_fact, seal_fact


class Hers:
    """Opens and seals for the people of one consultation, with its private key.

    `readable`: questions whose words may be shown: what is sensitive now goes to nobody, whenever it was opened.
    `listed`: words that are masked in every text, whenever it was opened.
    Raises figures.NoSuch where it is not published, custody.NoKey where its key is elsewhere or destroyed.
    """

    def __init__(self, house: House, name: str) -> None:
        found = house.store.read(lambda view: view.published(name))
        if found is None:
            raise NoSuch(f"no consultation {name!r} is published")
        self.house, self.published = house, found
        self._private = _private(house, found)
        questions = house.library.edition(found).consultation.questions
        self.readable = frozenset(each.name for each in questions if not each.sensitive)
        self.listed = frozenset(listing.words(house, name))

    def seal(self, person: int, told: Mapping[str, Any], about: str) -> bytes | None:
        """What is told of her, bound to `about`; None for one who was erased."""
        key = self._key(person)
        return seal_fact(key, json.dumps(told, ensure_ascii=False).encode(), self._bound(about)) if key else None

    def open(self, person: int, sealed: bytes, about: str) -> dict[str, Any] | None:
        """The same again; None for one who was erased. Raises vault.Unopenable where somebody altered it."""
        key = self._key(person)
        found: dict[str, Any] | None = json.loads(open_fact(key, sealed, self._bound(about))) if key else None
        return found

    def _key(self, person: int) -> bytes | None:
        row = self.house.store.read(lambda view: view.key(person, self.published.name))
        if row is None:
            return None
        oldest = replace(row, wrapped=each_wrap(row.wrapped)[0], live=None)
        return Vault.open_private(self._private, oldest, self.published.public)

    def _bound(self, about: str) -> bytes:
        return f"moderation|{self.published.name}|{about}".encode()


def _private(house: House, published: Published) -> bytes:
    if published.retired is not None:
        raise custody.NoKey(f"{published.name} is retired: its key is destroyed and nothing of it can be opened again")
    return custody.private_key(house.settings.data, house.vault, published.name)
