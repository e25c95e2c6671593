"""A node and a hub whose carriers are joined back to back, and no other link: what one sends by SMS the other hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from consult.channel import Owed
from consult.sync.machines import answer_machines
from tests.journeys.stage import Stage
from tests.sync.field import Field

NODE, HUB = "+2348039990001", "+2348039990002"
HOUR = 3600
Mangling = Callable[[list[Owed]], Sequence[Owed]]


def as_it_is(sent: list[Owed]) -> Sequence[Owed]:
    return sent


@dataclass
class Air:
    """What lies between a field's hub and one node of it. `carried`: every text that went, in order."""

    field: Field
    name: str = "village"
    carried: list[str] = field(default_factory=list)
    handed: dict[str, int] = field(default_factory=dict)  # by receiver: how much of the tape was handed over

    @property
    def node(self) -> Stage:
        return self.field.nodes[self.name]

    def up(self, mangling: Mangling = as_it_is) -> int:
        return self._over(self.node, self.field.hub, NODE, HUB, mangling)

    def down(self, mangling: Mangling = as_it_is) -> int:
        return self._over(self.field.hub, self.node, HUB, NODE, mangling)

    def later(self, seconds: int) -> None:
        """Time passes for both, and each does what it does now and then."""
        for stage in (self.field.hub, self.node):
            stage.at += seconds
            answer_machines(stage.house, stage.at)

    def _over(self, here: Stage, there: Stage, number: str, to: str, mangling: Mangling) -> int:
        here.sends()
        before = self.handed.get(to, 0)
        sent = [owed for owed in here.tape.sent[before:] if owed.receiver == to]
        self.handed[to] = len(here.tape.sent)
        for owed in mangling(sent):
            self.carried.append(owed.text)
            there.hears(owed.text, number)
        return len(sent)


def join(field: Field, name: str, stage: Stage, **settings: object) -> Air:
    """The node joins and tells by SMS from now on."""
    field.join(name, stage)
    told = replace(stage.house.settings, sync_sms=HUB, **settings)  # type: ignore[arg-type]
    stage.house = replace(stage.house, settings=told)
    return Air(field, name)
