"""Whether a fact that comes again is the one that is here: what tells two women's beginnings apart is their seed.

Rule 1: only the consultation's key can tell; of whoever was erased, the day, the conversation and the verdict must do.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Final

from consult import facts
from consult.events import Event
from consult.store import View
from consult.store.records import Fact, KeyRow, Published
from consult.sync.rows import Heard
from consult.vault import Unopenable, Vault, each_wrap, open_fact

SESSIONS: Final = 2**40  # conversations of a node are counted apart from each other's and ours by this


def same(view: View, published: Published, private: bytes, heard: Heard) -> Fact | None:
    """This very fact, if it is here and can be opened."""
    for fact in view.facts_between(heard.fact.node, heard.fact.epoch, heard.fact.seq, heard.fact.seq):
        row = view.key(fact.person, fact.consultation)
        if row is not None and _alike(view, fact, heard) and _opened(row, fact, private, published) == heard[1:]:
            return fact
    return None


def another(view: View, published: Published, private: bytes, heard: Heard) -> bool:
    """Whether a fact is here under its number that is surely not this one."""
    for fact in view.facts_between(heard.fact.node, heard.fact.epoch, heard.fact.seq, heard.fact.seq):
        row = view.key(fact.person, fact.consultation)
        said = _opened(row, fact, private, published) if row else None
        if not _alike(view, fact, heard) or (said is not None and said != heard[1:]):
            return True
    return False


def _alike(view: View, fact: Fact, heard: Heard) -> bool:
    """Whether it is of the same day, conversation and woman, by the node's own numbers."""
    visitor = view.visitor_of(fact.person)
    here = (fact.consultation, fact.day, fact.verdict, fact.session % SESSIONS, visitor and visitor.number)
    there = heard.fact
    return here == (there.consultation, there.day, there.verdict, there.session, there.person)


def _opened(row: KeyRow, fact: Fact, private: bytes, published: Published) -> tuple[Event, str] | None:
    for wrap in reversed(each_wrap(row.wrapped)):
        with suppress(Unopenable):
            key = Vault.open_private(private, replace(row, wrapped=wrap, live=None), published.public)
            return facts.unpack(open_fact(key, fact.sealed, facts.about(fact)))
    return None
