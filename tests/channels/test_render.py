"""Prompts become messages: one question each, no character too many, in her direction of writing."""

from __future__ import annotations

from typing import Any
from unicodedata import bidirectional, is_normalized

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.render import render
from channels.writing.lines import RLM
from consult.prompts import Choice, Number, Pick, Prompt, Tell, Words

YES_NO = (Choice("1", "yes", "Yes"), Choice("2", "no", "No"))


def pick(text: str, *labels: str, locale: str = "en", **more: Any) -> Pick:
    choices = tuple(Choice(str(n), f"c{n}", label) for n, label in enumerate(labels, 1))
    return Pick(name="q", text=text, locale=locale, choices=choices or YES_NO, **more)


def tell(text: str, **more: Any) -> Tell:
    return Tell(name="t", text=text, locale="en", **more)


@pytest.mark.parametrize(
    ("prompts", "messages"),
    [
        ([], []),
        ([pick("Do you agree?")], ["Do you agree?\n1 Yes\n2 No"]),
        ([pick("Which?", hint="One or more, e.g. 1 2")], ["Which?\n1 Yes\n2 No\nOne or more, e.g. 1 2"]),
        ([Number(name="n", text="How many?", locale="en", hint="A number")], ["How many?\nA number"]),
        ([Words(name="w", text="What else?", locale="en")], ["What else?"]),
        ([tell("Welcome."), tell("Bye.")], ["Welcome.", "Bye."]),
        ([tell("Sorry.", leads=True), pick("Which?")], ["Sorry.\nWhich?\n1 Yes\n2 No"]),
        ([tell("One.", leads=True), tell("Two.", leads=True), tell("Three.")], ["One.\nTwo.\nThree."]),
        ([tell("One."), tell("Two.", leads=True)], ["One.", "Two."]),  # it leads to nothing, and is still said
        ([tell("", leads=True), tell("  \n ")], []),
        ([tell("a  \n\n  b\r\nc")], ["a\nb\nc"]),
        ([pick("Long wording", variants={"sms": "Short", "voice": "Other"})], ["Short\n1 Yes\n2 No"]),
        ([pick("Q3: 1 or 2", bare=True, hint="no", variants={"sms": "The topic"})], ["Q3: 1 or 2"]),
        ([tell("Sorry.", leads=True), pick("Q3: 1 or 2", bare=True)], ["Sorry.\nQ3: 1 or 2"]),
        ([tell("It’s free…")], ["It's free..."]),
    ],
)
def test_what_she_reads(prompts: list[Prompt], messages: list[str]) -> None:
    assert render(prompts) == messages


@pytest.mark.parametrize(
    ("prompt", "lines"),
    [
        (pick("هل توافقين؟", "نعم", "لا", locale="ar"), ["هل توافقين؟", "1 نعم", "2 لا"]),
        (pick("من تثقين به؟", "المجلس", "UNICEF", locale="ar"), ["من تثقين به؟", "1 المجلس", "2 UNICEF"]),
        (pick("UNICEF تسألك", "نعم", "UN مفوضية", locale="ar"), [f"{RLM}UNICEF تسألك", "1 نعم", f"{RLM}2 UN مفوضية"]),
        (pick("بەڵێ؟", "بەڵێ", "نەخێر", locale="ckb"), ["بەڵێ؟", "1 بەڵێ", "2 نەخێر"]),
        (pick("The word سلام means?", "Peace", "سلام"), ["The word سلام means?", "1 Peace", "2 سلام"]),
    ],
)
def test_a_mark_stands_only_where_a_telephone_would_turn_the_line_round(prompt: Prompt, lines: list[str]) -> None:
    assert render([prompt]) == ["\n".join(lines)]


LETTERS = st.text(st.sampled_from("ab عربي 12\n.,؟\u0301é"), max_size=40)


@given(st.lists(st.tuples(LETTERS, st.booleans()), max_size=5), LETTERS)
def test_any_prompts_give_clean_messages(texts: list[tuple[str, bool]], hint: str) -> None:
    prompts = [tell(text, leads=leads, hint=hint) for text, leads in texts]
    for message in render(prompts):
        lines = message.split("\n")
        assert is_normalized("NFC", message)
        assert all(line.strip(f" {RLM}") for line in lines)
        assert all(line == line.strip() for line in lines)


@given(LETTERS)
def test_lines_of_a_right_to_left_message_begin_right_to_left(text: str) -> None:
    for message in render([tell(text)]):
        kinds = [bidirectional(letter) for letter in message.replace(RLM, "")]
        if kinds.count("R") + kinds.count("AL") <= kinds.count("L"):
            assert RLM not in message
            continue
        for line in message.split("\n"):
            strong = [kind for kind in map(bidirectional, line) if kind in ("L", "R", "AL")]
            assert not strong or strong[0] != "L" or set(strong) == {"L"}


@given(st.lists(st.sampled_from([tell("Sorry.", leads=True), tell("Note."), pick("Which?")]), max_size=8))
def test_every_question_has_a_message_of_its_own(prompts: list[Prompt]) -> None:
    assert sum("Which?" in message for message in render(prompts)) == sum(isinstance(each, Pick) for each in prompts)
