"""Episodes and slips as frozen rows: what rooms outside the store see of a consultation on the air."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from consult.store.records import Verdict

State = Literal["planned", "open", "closed", "booked"]


@dataclass(frozen=True, slots=True)
class Episode:
    """One programme on `channel`. `station` is the text of its settings as they were then, `asks` the questions it
    reads, `orders` the order of their answers as JSON, `feedback` what it tells of the time before, a sentence a line,
    `listed` words that may be names, on a slip.
    """

    consultation: str
    number: int
    version: int
    channel: str
    locale: str
    day: int
    seconds: int
    station: str
    asks: str
    orders: str
    feedback: str = ""
    listed: str = ""
    state: State = "planned"
    opens_at: int | None = None
    closes_at: int | None = None


@dataclass(frozen=True, slots=True)
class Beep:
    """What it means in an episode to ring `ours`: this answer to this question."""

    consultation: str
    episode: int
    ours: str
    question: str
    code: str


@dataclass(frozen=True, slots=True)
class AiredText:
    """Words that their sender lets be read. `sealed` is masked and opens with the station's key alone; `told` is the
    producer's paraphrase, sealed by the hub; both are zeros once the books closed. `state`: waiting, read, no."""

    id: int
    consultation: str
    episode: int
    person: int
    locale: str
    state: str
    sealed: bytes
    told: bytes = b""


@dataclass(frozen=True, slots=True)
class SlipRow:
    """A slip that was taken. `mark` finds it by its own id; `agreed`: live, recorded, read, count."""

    id: int
    mark: bytes
    consultation: str
    episode: int
    person: int
    verdict: Verdict
    agreed: str
    danger: int
    sealed: bytes  # its words; zeros after the books closed
