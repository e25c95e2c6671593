"""What of a definition belongs to one place and one team: taken out, and looked for in the words that stay. Pure.

Rule 1: fields are taken out whole. What is kept is what makes the questions: title, questions, rules, languages, risk.
Rule 2: a word of what was taken out may still stand in a title, a question or a lesson; then nothing is made, and the
place told. Looked for are who convenes, whom to call, the keyword and the city of the clock, and the names in them. A
word that stands in small letters somewhere is no name; scripts without capitals have whole texts only.
Rule 3: names of choices can be places ("Where do you live?"), which nobody but the team knows: `segments` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from consult.consultation import Consultation, Question, Texts
from consult.episodes.flagging import betrays

_NONE: Final[dict[str, str]] = {}
LOCAL: Final[dict[str, Any]] = {
    "convenor": _NONE,
    "readers": _NONE,
    "can_promise": _NONE,
    "cannot_promise": _NONE,
    "referral": _NONE,
    "background": _NONE,
    "background_audio": _NONE,
    "consent": _NONE,
    "keyword": _NONE,
    "news_by": None,
    "opening": None,
    "closing": None,
    "area": "",
    "timezone": "",
    "safe_hours": None,
    "custody": "hub",
    "free": False,
    "many_questions": "",
    "long_call": "",
    "dialect": _NONE,
    "round": 1,
}
_SHORTEST = 4  # letters of a word that is looked for in what stays
_SHOUTED = re.compile(r"^[=+@]|^-\S|^\s")  # what a spreadsheet may take for a formula
_LONG = re.compile(r"\d{3}")
_WORD = re.compile(r"[^\W\d_]+")
_TAG = re.compile(r"<[A-Za-z/!?]")


def bare(whole: Consultation) -> Consultation:
    """The definition without anything local."""
    return replace(whole, **LOCAL, questions=tuple(replace(each, audio={}) for each in whole.questions))


def kept(whole: Consultation) -> list[str]:
    """The fields of a definition that tell something local; none of what `bare` gave."""
    told = [name for name, none in LOCAL.items() if getattr(whole, name) != none]
    return told + [f"{each.name}, audio" for each in whole.questions if each.audio]


def faults(whole: Consultation, more: Iterable[tuple[str, str]] = ()) -> list[str]:
    """Where what would travel still tells something local, or nobody may be given it: the place, and the cure. `more`:
    texts with their places that travel along."""
    local = _local(whole)
    found: list[str] = []
    for where, words in (*texts(bare(whole)), *more):
        if wrong := unfit(words):
            found.append(f"{where}: {wrong}")
        elif told := _telling(words) or next((each for each, shape in local.items() if shape.search(words)), ""):
            found.append(f"{where}: tells something local ({told}); word it so that another team can use it")
    return found


def _telling(words: str) -> str:
    """An address, or a number of three and more digits; "1, 2, 3" is a scale."""
    found = betrays(words)
    return f"a {found}" if found == "address" or (found == "number" and _LONG.search(words)) else ""


def unfit(words: str) -> str:
    """Why words may not travel: what a spreadsheet or a browser would obey, and signs that hide. "" where they may."""
    if betrays(words.replace("\n", " ")) == "hidden":
        return "holds a sign that hides; type it anew"
    if _TAG.search(words):
        return "holds a tag as web pages do; write plain words"
    if any(_SHOUTED.search(line) for line in words.split("\n") if line):
        return "begins as a formula does; begin with a letter"
    return ""


def _local(whole: Consultation) -> dict[str, re.Pattern[str]]:
    """What names somebody or something local, and how it is looked for: whole texts in letters of any size."""
    named: list[Texts] = [whole.convenor, whole.referral, whole.keyword]
    city = whole.timezone.rpartition("/")[2].replace("_", " ")
    texts_ = sorted({words.strip() for each in (*named, {"": city}) for words in each.values()})
    names = {word: _shape(word) for word in sorted(_names(whole)) if len(word) >= _SHORTEST}
    return {words: _shape(words, re.IGNORECASE) for words in texts_ if len(words) >= _SHORTEST} | names


def _shape(words: str, flag: int = 0) -> re.Pattern[str]:
    """A word by itself; where a script has no capitals, its words may have others' letters before them."""
    edge = r"\b" if words.lower() != words.upper() else ""
    return re.compile(f"{edge}{re.escape(words)}{edge}", flag)


def _names(whole: Consultation) -> set[str]:
    """Words with a capital in who convenes and whom to call, without those that stand in small letters anywhere."""
    named = [words for each in (whole.convenor, whole.referral) for words in each.values()]
    around = [whole.readers, whole.can_promise, whole.cannot_promise, whole.background, whole.consent]
    written = [*named, *(words for each in around for words in each.values()), *(words for _, words in texts(whole))]
    small = {word for words in written for word in _WORD.findall(words) if word.islower()}
    return {word for words in named for word in _WORD.findall(words) if word[0].isupper() and word.lower() not in small}


def texts(whole: Consultation) -> Iterator[tuple[str, str]]:
    """Every text of it, with its place."""
    yield from ((f"title, {tag}", words) for tag, words in whole.title.items())
    for question in whole.questions:
        yield from ((f"question {question.name}, {where}", words) for where, words in _of(question))
    for compound in whole.compounds:
        yield from ((f"compound {compound.name}, {tag}", words) for tag, words in compound.label.items())


def _of(question: Question) -> Iterator[tuple[str, str]]:
    yield from question.label.items()
    yield from question.constraint_message.items()
    for medium, wording in question.variants.items():
        yield from ((f"{medium}, {tag}", words) for tag, words in wording.items())
    for option in question.choices:
        yield from ((f"{option.name}, {tag}", words) for tag, words in option.label.items())


def segments(whole: Consultation) -> list[tuple[str, list[str]]]:
    """Questions about who she is, with their answers' words: names of places, for a person to look at."""
    tag = whole.languages[0]
    asked = [each for each in whole.questions if each.segment and each.choices]
    return [(each.name, [option.label.get(tag, option.name) for option in each.choices]) for each in asked]
