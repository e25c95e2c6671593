"""Everything a consultation says aloud, and what one whole call says: the lines, from a compiled edition.

Rule 1: what a channel makes of a prompt is the channel's; here stands which prompts there are.
Rule 2: choices in another order are other lines, since each names its key.
Rule 3: a call is counted long: every question is asked, whatever the skip rules say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from consult.edition import Edition, spoken
from consult.prompts import Prompt
from consult.speech.shelf import Speech

Item = tuple[str, str, Sequence[Prompt]]  # where, language, the prompts of one turn
Speeches = Callable[[Iterable[Item]], Iterable[tuple[str, Speech, str]]]  # what a channel offers: where, line, own file

CODE = 8  # digits of a key that tell one line from another on a sheet


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said, `where` it is said first. `file`: the author's own recording, as the definition names it."""

    where: str
    speech: Speech
    file: str = ""

    @property
    def code(self) -> str:
        """How its recording is called: "ha-3f9a2c1d"."""
        return f"{self.speech.locale}-{self.speech.key[:CODE]}"


def lines(edition: Edition, speakers: Mapping[str, Speeches], more: Iterable[Item] = ()) -> list[Line]:
    """Every line once, in the order of a conversation, one language after the other; last what `more` turns say."""
    found: dict[str, Line] = {}
    items = [item for place in range(len(edition.tongues)) for item in turns(edition, place)]
    if len(edition.tongues) > 1:
        items.append(("language", edition.menu.locale, (edition.menu,)))
    items += more
    for speeches in speakers.values():
        for where, speech, file in speeches(items):
            known = found.get(speech.key)
            if known is None or (file and not known.file):
                found[speech.key] = Line(known.where if known else where, speech, file)
    order = edition.consultation.languages
    return sorted(found.values(), key=lambda line: order.index(line.speech.locale))


def turns(edition: Edition, locale: int) -> Iterator[Item]:
    """Every turn of a conversation in this language, in the same order in each; only the choice of language not."""
    tongue = edition.tongues[locale]
    yield from (item for item in spoken(edition) if item[1] == tongue.tag)
    yield from _turned(edition, locale)
    for prompt in (*tongue.doubts, tongue.erased, tongue.cover):
        yield prompt.name, tongue.tag, (prompt,)


def call(edition: Edition, locale: int) -> Iterator[Item]:
    """What a woman hears who answers everything, in this language."""
    tongue, said = edition.tongues[locale], "call"
    yield said, tongue.tag, tongue.consent
    if edition.elevated:
        yield said, tongue.tag, (tongue.own_word,)
    yield said, tongue.tag, (tongue.escapes,)
    for asked in edition.questions:
        yield said, tongue.tag, (edition.put(asked.index, locale, 0, "voice").prompt,)
    if edition.consultation.ask_again and not edition.elevated:
        yield said, tongue.tag, (tongue.news,)
    yield said, tongue.tag, (tongue.end,)


def _turned(edition: Edition, locale: int) -> Iterator[Item]:
    """Choices that stand in another order from woman to woman."""
    for asked in edition.questions:
        where = f"line {asked.definition.line}, question {asked.definition.name}"
        for seed in range(len(asked.codes) if asked.definition.order == "rotated" else 0):
            yield where, edition.tongues[locale].tag, (edition.put(asked.index, locale, seed, "").prompt,)
