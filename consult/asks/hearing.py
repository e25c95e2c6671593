"""What women hear of an ask: the same words for a call, for the radio and for the page that a mediator answers from.

Rule 1: it is honest when there is nothing: nobody answered yet, and by when more is said.
Rule 2: a text message only points to where it is heard, in one part.
"""

from __future__ import annotations

from datetime import date

from consult import phrases
from consult.asks.states import Ask
from consult.wording import Say


def lines(ask: Ask, say: Say) -> list[str]:
    """What is said, sentence by sentence, in the language of `say`; about half a minute."""
    tag = say.locale.tag
    texts = ask.texts.get(tag) or next(iter(ask.texts.values()))
    whom = ask.addressed_to.get(tag) or next(iter(ask.addressed_to.values()))
    said = [*phrases.you_said(say, texts, whom)]
    if not ask.answer:
        return [*said, phrases.no_news_yet(say, spoken_day(ask.due))]
    said.append(phrases.they_answered(say, ask.answer.get(tag) or next(iter(ask.answer.values()))))
    return [*said, phrases.more_by(say, spoken_day(ask.review_on))] if ask.review_on else said


def pointer(say: Say, number: str) -> str:
    """The text message: neutral, and without a matter."""
    return phrases.news(say, number)


def spoken_day(day: str) -> str:
    """2027-03-31 as 31.3.2027; "" for none."""
    if not day:
        return ""
    found = date.fromisoformat(day)
    return f"{found.day}.{found.month}.{found.year}"
