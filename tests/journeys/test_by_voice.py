"""The journeys over the telephone: the same facts, and the same prompts in their spoken words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.calling import Caller, keyword, opened
from tests.journeys.saying import _prompts
from tests.journeys.script import Journey, journeys, seconds
from tests.journeys.stage import MORNING, Houses, set_up
from tests.journeys.telling import Memory
from tests.journeys.test_journeys import NUMBERS, Play

# What these are about is not there on a telephone.
NOT_BY_VOICE = {
    "another_keyword_halfway": "a number stands for one keyword",
    "another_language": "with eight languages there is no wrong key",
    "another_voice": "who rings again chooses her language again",
    "autoresponder": "machines write, they do not press keys",
    "consent_not_given_unseen": "nothing waits to leave",
    "corrected_before_the_next_left": "nothing waits to leave",
    "doubt_not_seen": "nothing waits to leave",
    "elevated_last_words": "a stop word inside other words",
    "opted_out_in_a_receipt": "nothing is sent that could be refused",
    "part_missing": "keys have no parts",
    "second_thoughts_while_we_wait": "nothing waits to leave",
    "stop_inside_longer": "a stop word inside other words",
    "stop_meant": "a stop word inside other words",
    "two_ones_a_second_apart": "nothing waits to leave",
}
TEXTS = {"market": ("matter", "more"), "priorities": ("message",), "quiet": ("matter",)}


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


def _playable() -> Iterator[tuple[Journey, str]]:
    for journey in journeys():
        plain = not journey.settings and not journey.codes and len(journey.consultations) == 1
        waits = any(seconds(step.wait) > 60 or step.to or step.ref for step in journey.steps)
        messages = all(step.says is not None and not step.sent_at and not step.opted_out for step in journey.steps)
        if plain and messages and not waits and journey.name not in NOT_BY_VOICE:
            yield journey, journey.each[0]


@pytest.mark.parametrize(("journey", "it"), [pytest.param(j, it, id=j.name) for j, it in _playable()])
def test_a_call_leaves_the_facts_that_messages_leave(tmp_path: Path, houses: Houses, journey: Journey, it: str) -> None:
    by_sms = _written(tmp_path / "sms", houses, journey, it)
    caller, by_voice = _called(tmp_path / "voice", houses, journey, it)
    name = journey.consultations[0]
    assert _alike(by_voice, name) == _alike(by_sms, name), caller.said


def test_many_journeys_are_called_and_every_other_is_named() -> None:
    assert NOT_BY_VOICE.keys() <= {journey.name for journey in journeys()}
    assert len(list(_playable())) >= 24


def _written(data: Path, houses: Houses, journey: Journey, it: str) -> list[str]:
    houses.furnish(data, journey.consultations)
    stage = set_up(data, at=MORNING + seconds(journey.at))
    try:
        Play(stage, journey, it).play()
        return Memory(stage, journey.consultations).fresh()
    finally:
        stage.house.close()


def _called(data: Path, houses: Houses, journey: Journey, it: str) -> tuple[Caller, list[str]]:
    houses.furnish(data, journey.consultations)
    stage = opened(data, keyword(journey), MORNING + seconds(journey.at))
    try:
        caller = Caller(stage, journey, NUMBERS | (journey.phones or {}), it)
        language = journey.language
        for n, step in enumerate(journey.steps, 1):
            language = step.language or language
            caller.play(step)
            _said(caller, n, [one for one in step.gets or [] if one.startswith("@")], language)
        return caller, Memory(stage, journey.consultations).fresh()
    finally:
        stage.house.close()


def _said(caller: Caller, n: int, wanted: list[str], language: str) -> None:
    """What the step's messages say is said, in its spoken words; before, where a question was passed over."""
    parts = (part.strip() for one in wanted for part in one[1:].split(" + "))
    for part in parts:
        name, _, tag = part.partition(":")
        if name.startswith(("again", "stranger")):  # keys are named with the question; strangers: see test_calls
            continue
        for text in caller.expects(_prompts(caller.stage, caller.edition(), name, tag or language)):
            assert text in caller.said + caller.before, f"step {n}: {name} is not among {caller.said}"


def _alike(facts: list[str], name: str) -> list[str]:
    """Facts as both can have them: of her own words, that she gave some; keys are wrong in one way."""
    texts = TEXTS.get(name, ())
    lines = (line for line in facts if line.partition("Misheard ")[2].split(" ")[0] not in texts)
    return [_line(line, texts) for line in lines]


def _line(line: str, texts: tuple[str, ...]) -> str:
    kind, *words = line.split(" ")
    if kind in ("Answered", "Skipped") and words[0] in texts:
        return f"{kind} {words[0]}"
    return f"Misheard {words[0]}" if kind == "Misheard" else line
