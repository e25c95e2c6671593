"""What one episode reads of an edition, in one language: questions in this episode's order, and the consent's facts.

Rule 1: pure. Choices of a question whose order rotates turn by one from episode to episode; a fixed order stays, since
its author says that the order has a meaning.
Rule 2: on air every word is heard by all, so questions stand with their words also at elevated risk (D3).
Rule 3: who she is (segments) is asked at the desk, never on air; a question for some only is read when it is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consult.consultation import Texts
from consult.edition import Asked, Edition
from consult.prompts import Prompt


class NotOnAir(Exception):
    """It cannot be read: the language or a question that was named is not there, or it is a practice."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question as it is read. `codes` in the order in which they are read, numbered from 1."""

    name: str
    prompt: Prompt
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """An episode's words from the definition, all in the language `tag`. `passed`: names of questions it leaves out."""

    name: str
    version: int
    episode: int
    tag: str
    title: str
    who: str
    readers: str
    can_promise: str
    cannot_promise: str
    background: str
    line: str
    news_by: str
    keyword: str
    free: bool
    items: tuple[Item, ...]
    passed: tuple[str, ...]
    at_desk: tuple[Item, ...] = ()  # who she is, asked when her slip is written, in the definition's order


def material(edition: Edition, tag: str, episode: int, only: Sequence[str] = ()) -> Material:
    """Of this edition, for this episode (from 1). `only`: names of the questions to read. Raises NotOnAir."""
    if edition.consultation.practice:
        raise NotOnAir("it is a practice: nothing that is said to it is kept")
    locale = edition.locale(tag)
    if locale is None:
        raise NotOnAir(f"it has no {tag[:20]}; its languages are {', '.join(edition.consultation.languages)}")
    read = list(_chosen(edition, only))
    c = edition.consultation

    def said(texts: Texts) -> str:
        return texts.get(tag, "")

    return Material(
        name=c.name,
        version=edition.version,
        episode=episode,
        tag=tag,
        title=said(c.title),
        who=said(c.convenor),
        readers=said(c.readers),
        can_promise=said(c.can_promise),
        cannot_promise=said(c.cannot_promise),
        background=said(c.background),
        line=said(c.referral),
        news_by=c.news_by.isoformat() if c.news_by else "",
        keyword=said(c.keyword),
        free=c.free,
        items=tuple(_item(edition, asked, locale, episode) for asked in read),
        passed=tuple(asked.definition.name for asked in _askable(edition) if asked not in read),
        at_desk=tuple(_plain(edition, asked, locale) for asked in edition.questions if asked.definition.segment),
    )


def _chosen(edition: Edition, only: Sequence[str]) -> Iterator[Asked]:
    """Those that are named, in the definition's order; else all that everybody is asked."""
    askable = list(_askable(edition))
    known = {asked.definition.name for asked in askable}
    if unknown := [name for name in only if name not in known]:
        raise NotOnAir(f"no question {unknown[0][:40]!r} can be read; there are {', '.join(sorted(known))}")
    return (asked for asked in askable if asked.definition.name in only or (not only and asked.relevant is None))


def _askable(edition: Edition) -> Iterator[Asked]:
    return (asked for asked in edition.questions if asked.type.asks and not asked.definition.segment)


def _item(edition: Edition, asked: Asked, locale: int, episode: int) -> Item:
    tongue = edition.tongues[locale]
    order = edition.put(asked.index, locale, episode, "").order
    return Item(asked.definition.name, asked.type.ask(asked.definition, tongue.tag, order, tongue.say), order)


def _plain(edition: Edition, asked: Asked, locale: int) -> Item:
    tongue = edition.tongues[locale]
    return Item(
        asked.definition.name, asked.type.ask(asked.definition, tongue.tag, asked.codes, tongue.say), asked.codes
    )
