"""The report-back of the next script, as sentences to be edited: one a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce

from channels.radio import words
from consult.episodes.feedback import Told
from consult.wording import Say

MOST = 3  # ranks that are told


def lines(told: Iterable[Told], say: Say) -> Iterator[str]:
    """Sentences in the presenter's language; none where nothing was asked."""
    any_ = False
    for each in told:
        any_ = True
        yield words.we_had_asked(say, each.question)
        if not each.ranks:
            yield words.too_few(say)
        for place, rank in enumerate(each.ranks[:MOST]):
            label = reduce(lambda first, second: words.together_with(say, first, second), rank)
            yield words.named_next(say, label) if place else words.named_most(say, label)
    if any_:
        yield words.not_everybody(say)
