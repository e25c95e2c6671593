"""Skip rules in words: those that are offered to choose from, and any other read out as a sentence. No routes here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from consult.consultation import Consultation, Question
from consult.drafts.rules import Condition, Part, offered, read_out
from consult.events import Escape
from consult.web.office.designing import called
from consult.wording import Say

Group = tuple[str, list[tuple[str, str]]]  # a question's words, and the rules about it with theirs


def answer_called(question: Question, answer: str, tag: str, say: Say) -> str:
    """A choice in her words, an escape in ours, a number as it is."""
    escapes = {
        Escape.NOT_SURE: say("not sure"),
        Escape.NOT_UNDERSTOOD: say("not clear"),
        Escape.PREFER_NOT: say("rather not say"),
    }
    if answer in set(Escape):
        return escapes[Escape(answer)]
    label = next((each.label for each in question.choices if each.name == answer), {})
    return label.get(tag) or next(iter(label.values()), "") or answer


def condition_in_words(say: Say, condition: Condition, asked: Mapping[str, Question], tag: str) -> str:
    question = asked.get(condition.question)
    about = called(question, tag) if question else condition.question
    answer = answer_called(question, condition.answer, tag, say) if question else condition.answer
    match condition.verb:
        case "is":
            return say("“{question}” is “{answer}”", question=about, answer=answer)
        case "is not":
            return say("“{question}” is not “{answer}”", question=about, answer=answer)
        case "includes":
            return say("“{answer}” is among the answers to “{question}”", question=about, answer=answer)
        case "includes not":
            return say("“{answer}” is not among the answers to “{question}”", question=about, answer=answer)
        case "at least":
            return say("“{question}” is {answer} or more", question=about, answer=answer)
        case "at most":
            return say("“{question}” is {answer} or less", question=about, answer=answer)
        case "answered":
            return say("“{question}” was answered", question=about)
        case "not answered":
            return say("“{question}” was not answered", question=about)


def rule_in_words(say: Say, rule: str, whole: Consultation, tag: str) -> str:
    """The whole sentence; the rule itself where it cannot be said so."""
    asked = {each.name: each for each in whole.questions}
    if not rule:
        return say("Everybody is asked.")
    part = read_out(rule)
    said = _said(say, part, lambda one: condition_in_words(say, one, asked, tag)) if part else rule
    return say("Only if {condition}.", condition=said)


def _said(say: Say, part: Part, words: Callable[[Condition], str]) -> str:
    if part.condition:
        return words(part.condition)
    inner = [_said(say, each, words) for each in part.parts]
    if part.kind == "not":
        return say("it is not so that {condition}", condition=inner[0])
    said = inner[0]
    for each in inner[1:]:
        both = part.kind == "and"
        said = (
            say("{one}, and {other}", one=said, other=each) if both else say("{one}, or {other}", one=said, other=each)
        )
    return said


def rules_offered(say: Say, whole: Consultation, at: int, tag: str) -> list[Group]:
    """What the question at this place may depend on, by earlier question."""
    return [
        (called(each, tag), [(one.rule, _brief(say, one, each, tag)) for one in offered(each)])
        for each in whole.questions[:at]
        if offered(each)
    ]


def _brief(say: Say, condition: Condition, question: Question, tag: str) -> str:
    answer = answer_called(question, condition.answer, tag, say)
    match condition.verb:
        case "is":
            return say("only if it is “{answer}”", answer=answer)
        case "is not":
            return say("only if it is not “{answer}”", answer=answer)
        case "includes":
            return say("only if “{answer}” is among them", answer=answer)
        case "includes not":
            return say("only if “{answer}” is not among them", answer=answer)
        case "at least":
            return say("only if it is {answer} or more", answer=answer)
        case "at most":
            return say("only if it is {answer} or less", answer=answer)
        case "answered":
            return say("only if she answered it")
        case "not answered":
            return say("only if she did not answer it")
