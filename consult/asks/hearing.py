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
    said = [say("You said: {ask}", ask=texts)]
    said += [say("We told this to: {whom}.", whom=whom)] if ask.state not in ("draft", "heard") else []
    if not ask.answer:
        due = spoken_day(ask.due)
        return [*said, say("They have not answered yet. The answer is wanted by {day}.", day=due)]
    answer = ask.answer.get(tag) or next(iter(ask.answer.values()))
    said.append(say("They answer: {answer}", answer=answer))
    if ask.review_on:
        said.append(say("They will say more by {day}.", day=spoken_day(ask.review_on)))
    return said


def nothing(say: Say, news_by: date | None, today: date) -> str:
    """That there is no news: by when it was promised, or that the day has passed."""
    if news_by is None or today > news_by:
        return phrases.no_news(say)
    return phrases.news_later(say, spoken_day(news_by.isoformat()))


def pointer(say: Say, number: str) -> str:
    """The text message: neutral, and without a matter."""
    return phrases.news(say, number)


def spoken_day(day: str) -> str:
    """2027-03-31 as 31.3.2027; "" for none."""
    if not day:
        return ""
    found = date.fromisoformat(day)
    return f"{found.day}.{found.month}.{found.year}"
