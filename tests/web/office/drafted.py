"""What stands as the draft of a consultation, as the tests of its pages look at it."""

from __future__ import annotations

from dataclasses import replace

from consult.consultation import Consultation, read
from consult.house import House

PAGE = "/office/designs/safety"


def standing(house: House, name: str = "safety") -> Consultation:
    draft = house.store.read(lambda view: view.draft(name))
    assert draft is not None
    return read(draft.toml)


def number(house: House, name: str = "safety") -> int:
    draft = house.store.read(lambda view: view.draft(name))
    assert draft is not None
    return draft.number


def read_as(name: str, whole: Consultation) -> Consultation:
    """The same under another name, in English, with a word of its own to join with."""
    return replace(whole, name=name, languages=("en",), keyword={"en": "MARKETWORD"})
