"""Whole conversations, told as data and played in a whole house."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from consult import codes, delivery, figures, intake
from consult.channel import SendFailed
from tests.journeys.saying import expected, same
from tests.journeys.script import Journey, Step, definition, journeys, seconds
from tests.journeys.stage import ALSO_OURS, HER, MORNING, OURS, SEED, Houses, Stage, set_up
from tests.journeys.telling import Memory

FAILURES = {
    "retry": SendFailed("busy", retry=True),
    "uncertain": SendFailed("timed out", uncertain=True),
    "opt out": SendFailed("blocked", opt_out=True),
}
NUMBERS = {"her": HER, "neighbour": "+2348030000002", "stranger": "+2348030000003", "nobody": ""}
HERE = {"ours": OURS, "also ours": ALSO_OURS}


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


@pytest.mark.parametrize(
    ("journey", "it"), [pytest.param(j, it, id=f"{j.name}-{it}" if it else j.name) for j in journeys() for it in j.each]
)
def test_the_conversation_goes_as_told(tmp_path: Path, houses: Houses, journey: Journey, it: str) -> None:
    houses.furnish(tmp_path / "data", journey.consultations)
    stage = set_up(tmp_path / "data", at=MORNING + seconds(journey.at), **(journey.settings or {}))
    try:
        Play(stage, journey, it).play()
    finally:
        stage.house.close()


class Play:
    """A journey being played."""

    def __init__(self, stage: Stage, journey: Journey, it: str) -> None:
        self.stage, self.journey, self.language = stage, journey, journey.language
        self.phones = NUMBERS | (journey.phones or {})
        made = codes.issue(stage.house, journey.consultations[0], journey.codes) if journey.codes else []
        self.values = {"it": it} | {f"code{n}": code for n, code in enumerate(made, 1)}
        self.memory = Memory(stage, journey.consultations)

    def play(self) -> None:
        for n, step in enumerate(self.journey.steps, 1):
            self._step(f"step {n} ({step.says or step.run or step.publish or step.enrol})", step)
        self._said_nothing_it_must_not()
        for wanted in self.journey.figures:
            self._figures(dict(wanted))

    def _step(self, where: str, step: Step) -> None:
        self.language = step.language or self.language
        self.stage.at += seconds(step.wait) or 5
        number = self.phones.get(step.by, step.by)
        before = len(self.stage.tape.sent)
        self.stage.tape.fails = FAILURES[step.fails] if step.fails else None
        self._happen(where, step, number)
        left = self.stage.tape.sent[before:]
        if step.gets is not None or step.silence:
            wanted = [text for one in step.gets or [] for text in self._wanted(one)]
            assert same([owed.text for owed in left], wanted), f"{where}: {[o.text for o in left]}\n!= {wanted}"
            assert all(owed.receiver == number for owed in left), where
        facts = self.memory.fresh()
        if step.facts is not None:
            assert facts == [one.format_map(self.values) for one in step.facts], f"{where}: {facts}"
        self._state(where, step, number)

    def _happen(self, where: str, step: Step, number: str) -> None:
        stage = self.stage
        if step.enrol:
            stage.enrol(self.journey.consultations[0], number, step.enrol)
        if step.publish:
            stage.publish(definition(step.publish))
        if step.says is not None:
            said = step.says.format_map(self.values) if "{" in step.says else step.says
            at = stage.at + seconds(step.sent_at) if step.sent_at else None
            to, ref = HERE.get(step.to, step.to) or OURS, step.ref
            more = {"sent_at": at, "opted_out": step.opted_out, "incomplete": step.incomplete}
            taken = stage.hears(said, number or None, to=to, ref=ref, **more)
            assert step.new in (None, taken.new), where
        if step.run:
            RUNS[step.run](self)
        if step.deliver:
            stage.sends()

    def _wanted(self, one: str) -> list[str]:
        return expected(self.stage, one.format_map(self.values), self.journey.consultations[0], self.language)

    def _state(self, where: str, step: Step, number: str) -> None:
        address = self.stage.address(number) if number else None
        seen = {
            "open": self.stage.open_session(number) is not None if number else False,
            "stopped": address is not None and address.stopped is not None,
            "generation": address.generation if address else None,
            "voices": self._voices(address),
            "queued": sum(message.state == "queued" for message in self.stage.outbox(number)) if number else 0,
        }
        for name, value in seen.items():
            assert getattr(step, name) in (None, value), f"{where}: {name} is {value}"

    def _voices(self, address: object) -> int:
        if address is None:
            return 0
        people = self.stage.house.store.read(lambda view: view.people_at(address.id, address.generation))
        return len(people)

    def _said_nothing_it_must_not(self) -> None:
        said = "\n".join(owed.text for owed in self.stage.tape.sent)
        titles = [text for name in self.journey.consultations for text in _titles(self.stage, name)]
        for word in (*titles, *self.journey.never):
            assert word not in said

    def _figures(self, wanted: dict[str, object]) -> None:
        name = str(wanted.pop("consultation", self.journey.consultations[0]))
        table = figures.frame_of(figures.figures(self.stage.house, name), wanted.pop("frame", None))
        questions = wanted.pop("questions", {})
        assert {key: table[key] for key in wanted} == wanted
        counts = {question["name"]: question["counts"] for question in table["questions"]}
        for question, cells in questions.items():
            got = {code: n for code, n in counts[question].items() if n}
            assert got == cells, f"{question}: {got}"


def _titles(stage: Stage, name: str) -> list[str]:
    return list(stage.edition(name).consultation.title.values())


RUNS = {
    "sweep": lambda play: delivery.settle_uncertain(play.stage.house, play.stage.at),
    "silence": lambda play: play.stage.silence(),
    "campaign": lambda play: play.stage.campaign(play.journey.consultations[0]),
    "retry": lambda play: intake.retry_held(play.stage.house, SEED),
    "publish again": lambda play: _again(play.stage, play.journey.consultations[0]),
}


def _again(stage: Stage, name: str) -> None:
    """The next version of the same consultation."""
    stage.publish(definition(name).replace("round = 1", "round = 2"))


def test_there_are_journeys_enough() -> None:
    assert len(journeys()) >= 30
    assert all(journey.about and journey.steps for journey in journeys())


def test_a_journey_that_expects_something_else_fails(tmp_path: Path, houses: Houses) -> None:
    journey = next(j for j in journeys() if j.name == "joining_by_keyword")
    last = replace(journey.steps[-1], gets=["@declined"])
    houses.furnish(tmp_path / "data", journey.consultations)
    stage = set_up(tmp_path / "data")
    with pytest.raises(AssertionError):
        Play(stage, replace(journey, steps=(*journey.steps[:-1], last)), "").play()
    stage.house.close()
