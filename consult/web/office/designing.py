"""The words of the designer's pages: types, fields, what could not be kept and what differs. No routes here."""

from __future__ import annotations

from typing import Final

from consult.consultation import VARIANTS, Consultation, Question
from consult.drafts.changes import Difference
from consult.wording import Say, UnknownLocale, locale

SHORT: Final = 48  # characters of a question's words in a list


def types(say: Say) -> dict[str, str]:
    """The question types as somebody chooses them."""
    return {
        "select_one": say("One of several answers"),
        "select_multiple": say("Several answers"),
        "rank": say("Answers in order of importance"),
        "range": say("A scale"),
        "integer": say("A number"),
        "text": say("Her own words"),
        "note": say("A notice, without an answer"),
    }


def media(say: Say) -> dict[str, str]:
    """What a question may be worded for, beside its words."""
    told = {"sms": say("Shorter, for text messages"), "voice": say("To be heard by telephone")}
    told["radio"] = say("To be read on the radio")
    return {each: told.get(each, each) for each in VARIANTS}


def tops(say: Say) -> dict[str, str]:
    """The fields of the whole, by key."""
    return {
        "title": say("Title (stays with you, is never sent)"),
        "convenor": say("Who asks"),
        "readers": say("Who reads the answers"),
        "can_promise": say("What they promise"),
        "cannot_promise": say("What they cannot promise"),
        "referral": say("Telephone number for help"),
        "keyword": say("Word to join with (neutral, never the topic)"),
        "background": say("Why it is asked"),
        "consent": say("Other words for who asks and for whom (18+)"),
        "opening": say("First day"),
        "closing": say("Last day"),
        "news_by": say("Day by which they hear the news"),
        "area": say("Country or region (such as NG-BO)"),
        "timezone": say("Time zone (such as Africa/Lagos)"),
        "from": say("Safe hours, from"),
        "until": say("Safe hours, until"),
        "safe_hours": say("Safe hours"),
        "many_questions": say("Why more than eight questions"),
        "long_call": say("Why a call of more than five minutes"),
        "open": say("Anyone with the word may join"),
        "free": say("It was verified that a reply costs her nothing"),
        "ask_again": say("Ask at the end whether we may write with the news"),
        "flash_brief": say("A first brief the day after the last day"),
        "practice": say("Only to practise the keys: nothing of it is counted or kept"),
        "risk": say("Being seen answering is dangerous"),
        "custody": say("Where the key is kept"),
        "spelling": say("Spelling"),
        "voice": say("By telephone too"),
        "round": say("Round"),
        "languages": say("Languages"),
        "questions": say("Questions"),
    }


def parts(say: Say) -> dict[str, str]:
    """The fields of a question, by key."""
    return {
        "label": say("What she is asked"),
        "type": say("Kind of answer"),
        "only": say("Asked"),
        "relevant": say("Rule, as XLSForm writes it"),
        "constraint": say("Answers that are accepted, as XLSForm writes it"),
        "message": say("What she reads when her answer is not accepted"),
        "choice": say("Answer"),
        "order": say("Order of the answers"),
        "low": say("Smallest number"),
        "high": say("Largest number"),
        "least": say("How many at least"),
        "most": say("How many at most"),
        "limit": say("Characters at most"),
        "on_air": say("May be read on the radio, if she said yes to"),
        "required": say("She is asked to answer; else she may pass"),
        "sensitive": say("Sensitive: shown for everyone together only"),
        "segment": say("Says who she is: used to look at groups"),
        "name": say("Short name, for rules and files"),
        "audio": say("Recordings"),
        **media(say),
    }


def field_in_words(say: Say, whole: Consultation, field: str) -> str:
    """What a field is called, for somebody who is told of it elsewhere."""
    kind, *rest = field.split(".")
    if kind == "top":
        name = tops(say).get(rest[0], rest[0])
        return say("{field} ({language})", field=name, language=tongue_name(rest[1])) if rest[1:] else name
    number, question = next(((n, each) for n, each in enumerate(whole.questions, 1) if each.name == rest[0]), (0, None))
    if kind == "choice" and question:
        place = next((k for k, each in enumerate(question.choices, 1) if each.name == rest[1]), 0)
        return say("Question {n}: answer {k}", n=number, k=place)
    return say("Question {n}: {field}", n=number, field=parts(say).get(kind, kind))


def tongue_name(tag: str) -> str:
    """A language in its own words."""
    try:
        return locale(tag).name
    except UnknownLocale:
        return tag


def why_unkept(say: Say, why: str) -> str:
    """What to do about a value that could not be kept."""
    match why:
        case "number":
            return say("It was not kept: write a whole number that can stand here.")
        case "name":
            return say("It was not kept: begin with a small letter a-z; then a-z, 0-9 and _ only, at most 32 in all.")
        case "taken":
            return say("It was not kept: another question has this name.")
        case "day":
            return say("It was not kept: write a day like 2027-03-31.")
        case "hours":
            return say("It was not kept: write two times of one day, the earlier one first.")
        case "text":
            return say("It was not kept: it is too long.")
        case _:
            return say("It was not kept: choose one of those that are offered.")


def called(question: Question, tag: str) -> str:
    """A question in few words, in this language if it has any there."""
    words = question.label.get(tag) or next(iter(question.label.values()), "") or question.name
    return words if len(words) <= SHORT else f"{words[:SHORT].rpartition(' ')[0] or words[:SHORT]}…"


def extras(say: Say, question: Question, tag: str) -> list[str]:
    """What is set of a question beside its words in this language, answers and rule: a few words each."""
    words, usual = parts(say), Question(question.type, question.name, {})
    flags = ("sensitive", "segment")
    found = [
        words[each]
        for each in (*question.variants, *flags)
        if (question.variants[each].get(tag) if each in question.variants else getattr(question, each))
    ]
    shown = ("constraint", "on_air", "least", "most", "limit")
    kept = ((each, getattr(question, each)) for each in shown if getattr(question, each) != getattr(usual, each))
    found += [say("{field}: {value}", field=words[each], value=value) for each, value in kept]
    return found if question.required else [*found, say("She may pass.")]


def difference_in_words(say: Say, one: Difference, live: Consultation, draft: Consultation) -> str:
    """One sentence."""
    number = next((n for n, each in enumerate(draft.questions, 1) if each.name == one.question), 0)
    old = next((n for n, each in enumerate(live.questions, 1) if each.name == one.question), 0)
    match one.what:
        case "added":
            return say("Question {n} is new: “{words}”", n=number, words=called(draft.questions[number - 1], ""))
        case "removed":
            return say("Question {n} goes: “{words}”", n=old, words=called(live.questions[old - 1], ""))
        case "order":
            return say("The questions stand in another order.")
        case "language added":
            return say("New language: {language}", language=tongue_name(one.after))
        case "language removed":
            return say("No longer in this language: {language}", language=tongue_name(one.before))
        case "file":
            return say("Something that this page does not show is different: {what}", what=one.field)
        case "changed":
            where, tag = field_in_words(say, draft, one.field), one.field.rpartition(".")[2]
            texts = not one.field.startswith("top.") and tag in draft.languages
            return say("{field} ({language})", field=where, language=tongue_name(tag)) if texts else where
