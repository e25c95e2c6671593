"""Facts as a journey names them: "Answered moving easier", "voice 2: Began voice", "pulse: Consented take_part yes"."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

from consult.events import Began, Consented, Escape, Event
from consult.findings.tally import Told
from tests.journeys.stage import Stage


def line(event: Event) -> str:
    """One fact: its kind and its plain fields; an escape in brackets, several codes joined by +."""
    match event:
        case Began(how, _, segments):
            return " ".join(["Began", how, *(f"{name}={value}" for name, value in segments)])
        case Consented(scope, agreed, _):
            return f"Consented {scope} {'yes' if agreed else 'no'}"
        case _:
            shown = [f.name for f in fields(event) if f.name not in ("wording", "order", "part", "recording")]
            return " ".join([type(event).__name__, *(_plain(getattr(event, name)) for name in shown)])


def _plain(value: object) -> str:
    if isinstance(value, Escape):
        return f"({value.value})"
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)


class Memory:
    """What was told so far, so that a step sees only what is new. Facts of someone erased are gone for ever."""

    def __init__(self, stage: Stage, consultations: tuple[str, ...]) -> None:
        self._stage, self._names = stage, consultations
        self._seen: Counter[tuple[str, int]] = Counter()

    def fresh(self) -> list[str]:
        lines = []
        for name in self._names:
            passed: Counter[int] = Counter()
            for told in self._stage.told(name):
                passed[told.person] += 1
                if passed[told.person] > self._seen[name, told.person]:
                    self._seen[name, told.person] += 1
                    lines.append(self._line(name, told))
        return lines

    def _line(self, name: str, told: Told) -> str:
        person = self._stage.house.store.read(lambda view: view.person(told.person))
        where = f"{name}: " if name != self._names[0] else ""
        voice = f"voice {person.slot + 1}: " if person and person.slot else ""
        verdict = "" if told.verdict == "in_time" else f" [{told.verdict}]"
        return f"{where}{voice}{line(told.event)}{verdict}"
