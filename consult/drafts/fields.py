"""A definition as flat fields, as a page shows them, and back: `label.way.en`, `choice.way.easy.en`, `top.news_by`.

Rule 1: `taken(given, flat(given))` changes nothing; a field that is not among those given stays as it was.
Rule 2: a value that cannot stand is not kept and named with its field; the others are.
Rule 3: what a person pastes is cleaned of signs that hide (tabs, zero-width marks), which no definition may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, Final

from consult.consultation import VARIANTS, Consultation, Option, Question, Risk
from consult.consultation.kinds import CLOCK, NAME, UNSPEAKABLE
from consult.questions import TYPES

Fields = Mapping[str, str]

# Which of a question's own keys each type has: docs/definition.md.
USES: Final[Mapping[str, frozenset[str]]] = {
    "select_one": frozenset({"choices", "order"}),
    "select_multiple": frozenset({"choices", "order", "least", "most", "constraint"}),
    "rank": frozenset({"choices", "order", "least"}),
    "range": frozenset({"low", "high", "constraint"}),
    "integer": frozenset({"low", "high", "constraint"}),
    "text": frozenset({"limit", "on_air"}),
    "note": frozenset(),
}
TEXTS: Final = {
    "title": 200,
    "convenor": 200,
    "readers": 200,
    "can_promise": 600,
    "cannot_promise": 600,
    "referral": 200,
    "keyword": 40,
    "background": 2000,
    "consent": 1000,
}
DAYS: Final = ("opening", "closing", "news_by")
PLAIN: Final = {"area": 40, "timezone": 64, "many_questions": 400, "long_call": 400}
FLAGS: Final = ("open", "free", "ask_again", "flash_brief", "practice")
ONE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "risk": ("normal", "elevated"),
    "custody": ("hub", "offline"),
    "spelling": ("full", "plain"),
    "voice": ("", "recorded", "drafts"),
}
_NUMBERS: Final = {"low": (-(10**9), 10**9), "high": (-(10**9), 10**9), "least": (1, 20), "most": (1, 20)} | {
    "limit": (1, 1000)
}
_HOURS: Final = ("top.from", "top.until")
_MARKS: Final = ("required", "sensitive", "segment")
LABEL, CHOICE, RULE = 1000, 200, 600  # characters


class Wrong(Exception):
    """This value cannot stand here: why, as a code that the page says in words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Unkept:
    """A value that was not kept: its field, what was typed, and why: text, number, name, taken, day, hours, choice."""

    field: str
    typed: str
    why: str


# ---- out


def flat(whole: Consultation) -> dict[str, str]:
    """Every field there is, also the empty ones of its languages."""
    return dict(_fields(whole))


def _fields(whole: Consultation) -> Iterator[tuple[str, str]]:
    for key in TEXTS:
        yield from ((f"top.{key}.{tag}", getattr(whole, key).get(tag, "")) for tag in whole.languages)
    yield from ((f"top.{key}", _shown(getattr(whole, key))) for key in (*DAYS, *PLAIN, *FLAGS, *ONE_OF))
    first, last = whole.safe_hours or (None, None)
    yield from (("top.from", _shown(first)), ("top.until", _shown(last)), ("top.round", str(whole.round)))
    for question in whole.questions:
        yield from _of_question(question, whole.languages)


def _of_question(question: Question, tags: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    at = question.name
    yield f"name.{at}", at
    yield f"only.{at}", question.relevant  # the same, where it is chosen instead of written
    for key in ("type", "relevant", "constraint", "order", "on_air", *_NUMBERS, *_MARKS):
        yield f"{key}.{at}", _shown(getattr(question, key))
    for tag in tags:
        yield f"label.{at}.{tag}", question.label.get(tag, "")
        yield f"message.{at}.{tag}", question.constraint_message.get(tag, "")
        yield from ((f"{each}.{at}.{tag}", question.variants.get(each, {}).get(tag, "")) for each in VARIANTS)
        yield from ((f"choice.{at}.{each.name}.{tag}", each.label.get(tag, "")) for each in question.choices)


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else ""
        case time():
            return value.strftime("%H:%M")
        case _:
            return str(value)


# ---- in


def taken(whole: Consultation, given: Fields) -> tuple[Consultation, tuple[Unkept, ...]]:
    """With these fields in place of its own, and those that could not be kept.

    Fields of nothing that is there change nothing.
    """
    unkept: list[Unkept] = []
    names: list[tuple[str, str]] = []
    for field, typed in given.items():
        try:
            if field.startswith("name."):
                names.append((field, typed))
            elif field in _HOURS:
                whole = replace(whole, safe_hours=_hours(flat(whole) | dict(given)))
            else:
                whole = _set(whole, field.split("."), cleaned(typed))
        except Wrong as wrong:
            unkept.append(Unkept(field, typed, wrong.why))
    for field, typed in names:  # last: the others speak of questions by the names they had
        try:
            whole = renamed(whole, field.removeprefix("name."), typed.strip())
        except Wrong as wrong:
            unkept.append(Unkept(field, typed, wrong.why))
    return whole, tuple(unkept)


def cleaned(typed: str) -> str:
    """Without what a definition may not hold."""
    return UNSPEAKABLE.sub("", typed.replace("\r\n", "\n").replace("\t", " ")).strip()


def _set(whole: Consultation, path: list[str], typed: str) -> Consultation:
    match path:
        case ["top", "referral", tag] if tag == whole.languages[0] and same_everywhere(typed):
            others = {each: typed for each in whole.languages if not whole.referral.get(each)}
            return replace(whole, referral=others | _texts(whole.referral, tag, typed, TEXTS["referral"]))
        case ["top", key, tag] if key in TEXTS and tag in whole.languages:
            changes: dict[str, Any] = {key: _texts(getattr(whole, key), tag, typed, TEXTS[key])}
            return replace(whole, **changes)
        case ["top", key]:
            return _top(whole, key, typed)
        case [key, name, *rest]:
            return _asked(whole, name, lambda question: _question(question, key, rest, typed, whole.languages))
        case _:
            return whole


def same_everywhere(words: str) -> bool:
    """Whether they hold a number and no word, so that they need no translation."""
    return any(map(str.isdigit, words)) and not any(map(str.isalpha, words))


def _top(whole: Consultation, key: str, typed: str) -> Consultation:
    changes: dict[str, Any] = {}
    if key in DAYS:
        changes[key] = _day(typed)
    elif key in PLAIN:
        changes[key] = _short(typed, PLAIN[key])
    elif key in FLAGS:
        changes[key] = bool(typed)
    elif key == "risk":
        changes[key] = Risk(_one_of(typed, ONE_OF[key]))
    elif key in ONE_OF:
        changes[key] = _one_of(typed, ONE_OF[key])
    elif key == "round":
        changes[key] = _whole_number(typed, (1, 999))
    return replace(whole, **changes)


def _asked(whole: Consultation, name: str, change: Callable[[Question], Question]) -> Consultation:
    return replace(whole, questions=tuple(change(each) if each.name == name else each for each in whole.questions))


def _question(question: Question, key: str, rest: list[str], typed: str, tags: tuple[str, ...]) -> Question:
    match key, rest:
        case "type", []:
            return retyped(question, _one_of(typed, tuple(TYPES)))
        case ("only", []):
            return replace(question, relevant=_short(typed, RULE))
        case (("relevant" | "constraint"), []):
            return replace(question, **{key: _short(typed, RULE)})  # type: ignore[arg-type]  # both are texts
        case "order", []:
            return replace(question, order="rotated" if typed == "rotated" else "fixed")
        case "on_air", []:
            return replace(question, on_air=_short(typed, 40))
        case _, [] if key in _MARKS:
            return replace(question, **{key: bool(typed)})  # type: ignore[arg-type]  # all are truth values
        case _, [] if key in _NUMBERS:
            return _numbered(question, key, typed)
        case _, [*_, tag] if tag in tags:
            return _worded(question, key, rest, typed)
        case _:
            return question


def _numbered(question: Question, key: str, typed: str) -> Question:
    usual = {"least": 1, "limit": 500}.get(key)
    number = _whole_number(typed, _NUMBERS[key]) if typed else usual
    return replace(question, **{key: number})  # type: ignore[arg-type]  # all are numbers


def _worded(question: Question, key: str, rest: list[str], typed: str) -> Question:
    match key, rest:
        case "label", [tag]:
            return replace(question, label=_texts(question.label, tag, typed, LABEL))
        case "message", [tag]:
            return replace(question, constraint_message=_texts(question.constraint_message, tag, typed, CHOICE))
        case _, [tag] if key in VARIANTS:
            texts = _texts(question.variants.get(key, {}), tag, typed, LABEL)
            kept = {**question.variants, key: texts}
            return replace(question, variants={each: words for each, words in kept.items() if words})
        case "choice", [name, tag]:
            options = (_option(each, tag, typed) if each.name == name else each for each in question.choices)
            return replace(question, choices=tuple(options))
        case _:
            return question


def _option(option: Option, tag: str, typed: str) -> Option:
    return replace(option, label=_texts(option.label, tag, typed, CHOICE))


def retyped(question: Question, type: str) -> Question:
    """Of another type, without what means nothing there."""
    if type == question.type:
        return question
    usual = Question(type, question.name, {})
    dropped = {key: getattr(usual, key) for key in frozenset().union(*USES.values()) - USES[type]}
    if "constraint" in dropped:
        dropped["constraint_message"] = {}
    return replace(question, type=type, **dropped)


def renamed(whole: Consultation, name: str, to: str) -> Consultation:
    """With another name for a question, in the rules that look at it too. Raises Wrong."""
    if name == to or all(question.name != name for question in whole.questions):
        return whole
    if not NAME.fullmatch(to):
        raise Wrong("name")
    if any(question.name == to for question in whole.questions):
        raise Wrong("taken")
    compounds = tuple(
        replace(each, when={to if at == name else at: answers for at, answers in each.when.items()})
        for each in whole.compounds
    )
    questions = tuple(_renamed(each, name, to) for each in whole.questions)
    return replace(whole, questions=questions, compounds=compounds)


def _renamed(question: Question, name: str, to: str) -> Question:
    def told(rule: str) -> str:
        return rule.replace(f"${{{name}}}", f"${{{to}}}")

    return replace(
        question,
        name=to if question.name == name else question.name,
        relevant=told(question.relevant),
        constraint=told(question.constraint),
        on_air=to if question.on_air == name else question.on_air,
    )


# ---- one value


def _texts(texts: Mapping[str, str], tag: str, typed: str, most: int) -> dict[str, str]:
    words = _short(typed, most)
    kept = {**texts, tag: words}
    return {each: text for each, text in kept.items() if text}


def _short(typed: str, most: int) -> str:
    if len(typed) > most:
        raise Wrong("text")
    return typed


def _one_of(typed: str, known: tuple[str, ...]) -> Any:
    if typed not in known:
        raise Wrong("choice")
    return typed


def _whole_number(typed: str, bounds: tuple[int, int]) -> int:
    if not typed.lstrip("-").isdecimal() or len(typed) > 11 or not bounds[0] <= int(typed) <= bounds[1]:
        raise Wrong("number")
    return int(typed)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Wrong("day") from None


def _hours(given: Fields) -> tuple[time, time] | None:
    """Both ends together; while one is not written yet it is taken to be that of the day."""
    first, last = (cleaned(given[field]) for field in _HOURS)
    if not first and not last:
        return None
    first, last = first or "00:00", last or "23:59"
    if not CLOCK.fullmatch(first) or not CLOCK.fullmatch(last) or first >= last:
        raise Wrong("hours")
    return time.fromisoformat(first), time.fromisoformat(last)
