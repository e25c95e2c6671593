"""What a button does to a draft: add, move and remove questions, choices and languages. Pure.

Rule 1: a button is a word and its places: `add select_one`, `up way`, `drop-choice way easy`. One that means nothing
here changes nothing.
Rule 2: names are made, short and never given twice in a draft; whoever wants others writes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Final

from consult.consultation import MOST_CHOICES, MOST_QUESTIONS, Consultation, Option, Question, Texts, read
from consult.consultation.kinds import TAG
from consult.drafts.fields import USES, same_everywhere

MOST_LANGUAGES: Final = 12
Change = Callable[[Question], Question]
_TOLD: Final = ("title", "readers", "can_promise", "cannot_promise", "background", "consent", "dialect")


def new(name: str, languages: tuple[str, ...]) -> Consultation:
    """The draft of a consultation of which nothing is written yet: one question, with two choices."""
    empty = Consultation(name, languages, {}, {}, {}, {}, {}, {}, ())
    return moved(empty, "add select_one")


def practice(name: str, languages: tuple[str, ...]) -> Consultation:
    """The draft of the practice that comes with the program: who convenes it, whom to call and its word are to be
    written, and its words in languages that it does not come in."""
    whole = read(files("consult").joinpath("examples/practice.toml").read_text("utf-8"))
    own: dict[str, Texts] = {"convenor": {}, "referral": {}, "keyword": {}}
    begun = replace(whole, name=name, languages=languages, area="", timezone="", **own)  # type: ignore[arg-type]
    return _without_others(begun)


def _without_others(whole: Consultation) -> Consultation:
    """It without texts in languages that it does not have: a page has no field from which to remove them."""

    def kept(texts: Texts) -> Texts:
        return {tag: words for tag, words in texts.items() if tag in whole.languages}

    def of(question: Question) -> Question:
        choices = tuple(replace(each, label=kept(each.label)) for each in question.choices)
        variants = {medium: kept(texts) for medium, texts in question.variants.items()}
        message = kept(question.constraint_message)
        return replace(
            question, label=kept(question.label), constraint_message=message, variants=variants, choices=choices
        )

    top: dict[str, Texts] = {key: kept(getattr(whole, key)) for key in _TOLD}
    return replace(whole, questions=tuple(map(of, whole.questions)), **top)  # type: ignore[arg-type]


def demand_unique(whole: Consultation) -> None:
    """Raises ValueError naming what has two meanings: fields are found by these names."""
    rows = [("question", [each.name for each in whole.questions])]
    rows += [(f"choice of {each.name}", [option.name for option in each.choices]) for each in whole.questions]
    for what, names in rows:
        if twice := [name for name, times in Counter(names).items() if times > 1]:
            raise ValueError(f"{what} {twice[0]} is there twice; give each a name of its own")


def moved(whole: Consultation, button: str) -> Consultation:
    """What this button makes of it."""
    match button.split(" "):
        case ["add", type] if type in USES and len(whole.questions) < MOST_QUESTIONS:
            return replace(whole, questions=(*whole.questions, _made(whole, type)))
        case ["copy", name] if len(whole.questions) < MOST_QUESTIONS:
            return _copied(whole, name)
        case ["drop", name] if len(whole.questions) > 1:
            return replace(whole, questions=tuple(each for each in whole.questions if each.name != name))
        case [("up" | "down") as way, name]:
            return replace(whole, questions=_swapped(whole.questions, name, -1 if way == "up" else 1))
        case ["add-choice", name]:
            return _changed(whole, name, _wider)
        case ["drop-choice", name, choice]:
            return _changed(whole, name, lambda question: _narrower(question, choice))
        case ["up-choice", name, choice]:
            return _changed(whole, name, lambda question: _raised(question, choice))
        case ["add-language", tag] if TAG.fullmatch(tag) and len(whole.languages) < MOST_LANGUAGES:
            first = whole.referral.get(whole.languages[0], "")
            referral = {tag: first} | dict(whole.referral) if same_everywhere(first) else whole.referral
            return replace(whole, languages=tuple(dict.fromkeys((*whole.languages, tag))), referral=referral)
        case ["drop-language", tag] if len(whole.languages) > 1:
            return replace(whole, languages=tuple(each for each in whole.languages if each != tag))
        case _:
            return whole


def _made(whole: Consultation, type: str) -> Question:
    choices = (Option("c1", {}), Option("c2", {})) if "choices" in USES[type] else ()
    low, high = (1, 5) if type == "range" else (None, None)
    name = _free("q", (each.name for each in whole.questions))
    return Question(type, name, {}, choices=choices, low=low, high=high)


def _copied(whole: Consultation, name: str) -> Consultation:
    free = _free("q", (each.name for each in whole.questions))
    pairs = (((each, replace(each, name=free)) if each.name == name else (each,)) for each in whole.questions)
    return replace(whole, questions=tuple(each for pair in pairs for each in pair))


def _free(letter: str, taken: Iterable[str]) -> str:
    """The first of q1, q2, ... above all that are there, so that a name that went does not come back."""
    numbers = [int(each[1:]) for each in taken if each[:1] == letter and each[1:].isdecimal()]
    return f"{letter}{max(numbers, default=0) + 1}"


def _swapped(questions: Sequence[Question], name: str, by: int) -> tuple[Question, ...]:
    row = list(questions)
    at = next((place for place, each in enumerate(row) if each.name == name), -1)
    if at < 0 or not 0 <= at + by < len(row):
        return tuple(row)
    row[at], row[at + by] = row[at + by], row[at]
    return tuple(row)


def _changed(whole: Consultation, name: str, change: Change) -> Consultation:
    return replace(whole, questions=tuple(change(each) if each.name == name else each for each in whole.questions))


def _wider(question: Question) -> Question:
    if "choices" not in USES.get(question.type, ()) or len(question.choices) >= MOST_CHOICES:
        return question
    name = _free("c", (each.name for each in question.choices))
    return replace(question, choices=(*question.choices, Option(name, {})))


def _narrower(question: Question, choice: str) -> Question:
    return replace(question, choices=tuple(each for each in question.choices if each.name != choice))


def _raised(question: Question, choice: str) -> Question:
    row = list(question.choices)
    at = next((place for place, each in enumerate(row) if each.name == choice), 0)
    if at:
        row[at - 1], row[at] = row[at], row[at - 1]
    return replace(question, choices=tuple(row))
