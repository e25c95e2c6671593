"""The rows as frozen values: what rooms outside the store see. `bytes` fields are sealed or keyed hashes.

Days are whole days since 1970-01-01 (UTC). Times (`*_at`) are epoch seconds and exist only in rows that die with
the conversation or the delivery; facts carry days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final, Literal, NamedTuple

from consult.light import light

Frame = Literal["enrolled", "open", "beep", "slip", "assisted"]
Verdict = Literal["early", "in_time", "late", "invalid"]


@dataclass(frozen=True, slots=True)
class Published:
    """A published version: the exact file, its SHA-256 (hex), the consultation's public key, its custody."""

    name: str
    version: int
    sha256: str
    toml: str
    public: bytes
    custody: str
    day: int
    test: bool = False  # demo or test data: figures are not gated
    retired: int | None = None  # day


@light(frozen=True, slots=True)
class Address:
    """A number, found by its keyed index. `generation` rises with each ERASE; `stopped` is the day of a STOP."""

    id: int
    index: bytes
    sealed: bytes  # the number; empty after erasure
    generation: int
    zone: str  # IANA, from the number's country; "" unknown
    locale: str = ""  # the language last used
    stopped: int | None = None
    dead: bool = False  # the carrier says the number is gone
    flags: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Identity is (address, slot, generation): slot 0 to 2 for voices on a shared phone."""

    id: int
    address: int
    slot: int
    generation: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A person in a consultation. `segments` is sealed; `state`: waiting, invited, begun, done, declined, lapsed."""

    person: int
    consultation: str
    frame: Frame
    locale: str
    segments: bytes
    state: str = "waiting"
    imported: int | None = None
    news: bool = False  # she agreed that we may write again


@dataclass(frozen=True, slots=True)
class KeyRow:
    """Her key for a consultation, wrapped to its public key and, while she converses, to the live key."""

    person: int
    consultation: str
    wrapped: bytes
    live: bytes | None


@light(frozen=True, slots=True)
class SessionRow:
    """A conversation that can go on. `state` is the engine's, sealed. `resting`: lapsed or paused."""

    id: int
    address: int
    ours: str
    person: int
    consultation: str
    version: int
    round: int
    channel: str
    carrier: str
    frame: Frame
    state: bytes
    heard_at: int
    asked_at: int
    resting: bool = False
    owes: bool = False  # a reply expired unsent: the question goes first, her next message is no answer
    remind_at: int | None = None
    lapse_at: int | None = None
    campaign: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something she said aloud, by its `name` here. `person` 0: nobody's answer: only to be deleted at the carrier,
    or a line read aloud (`consult.aloud`), whose `wrapped` the hub opens.

    `ref` is the carrier's name for it, sealed; `wrapped` the key of its file under hers, `live` under the hub's until
    it was fetched. `carrier` is "channel carrier". `there`: the carrier still has it.
    """

    ASKED: ClassVar[int] = 0  # the carrier has it
    HERE: ClassVar[int] = 1  # its file is here
    BURN: ClassVar[int] = 2  # no key opens it any more; its file is to go
    GONE: ClassVar[int] = 3

    name: str
    consultation: str
    person: int
    carrier: str
    ref: bytes
    wrapped: bytes
    live: bytes
    at: int
    state: int = 0
    there: bool = True


FARTHEST: Final = 40 * 86_400  # seconds ahead that a conversation's times can lie; further, a wrong clock wrote them


NEWEST: Final = 20  # messages of an address at which whoever pays looks


class Hearing(NamedTuple):
    """Whose message a work is about: the keyed index of her number (`mark`), and our number."""

    mark: bytes
    ours: str


class Moving(NamedTuple):
    """Which message of the outbox a work is about."""

    id: int


About = Hearing | Moving


class Caller(NamedTuple):
    """Who wrote to us, in one look: her address, her open conversation with that number of ours, and whether a reply
    of it waits to leave."""

    address: Address
    session: SessionRow | None
    waits: bool


class Fact(NamedTuple):
    """One event in its envelope. `sealed` holds the event, language, wording, choice order and segments under her key.

    `arrival` is local and feeds projections; (node, epoch, seq) is the origin that converges. The store gives both;
    `sealed` is bound to everything else here but `arrival` (`consult.facts.about`).
    """

    consultation: str
    version: int
    round: int
    person: int
    session: int
    channel: str
    frame: Frame
    day: int
    verdict: Verdict
    sealed: bytes
    entered_by: str | None = None
    supersedes: int | None = None  # seq of the fact it corrects
    node: str = ""
    epoch: int = 0
    seq: int = 0
    arrival: int = 0


State = Literal["queued", "handing", "uncertain", "accepted", "sent", "delivered", "failed", "expired", "cancelled"]


@light(frozen=True, slots=True)
class Message:
    """An outbox row. `text` is sealed, emptied when handed over. `started`: we write first, so safe hours bind."""

    id: int
    address: int
    ours: str
    channel: str
    carrier: str
    kind: Literal["reply", "invite", "reminder", "cover", "news", "redial", "callback", "frame"]
    text: bytes
    not_before: int
    expires_at: int | None
    consultation: str = ""
    session: int | None = None
    campaign: int | None = None
    started: bool = False
    state: State = "queued"
    fence: int = 0
    lease_until: int = 0
    tries: int = 0
    ref: str = ""
    segments: int = 0
    price: float = 0.0
    why: str = ""
    resent: bool = False  # the one flagged resend of an uncertain message
    handed_at: int = 0


CALLS: Final = frozenset({"invite", "redial", "callback", "news"})  # kinds of what we begin, also as a call of ours
MOST_SEGMENTS: Final = 25  # of one message, with room to spare: how long a pace can hold up the next


def free(stored: float, at: float, pace: float) -> float:
    """When a sender of `pace` segments a second is free. A time that no message can explain is of a clock since put
    right: then it is free."""
    return stored if stored <= at + 1 + MOST_SEGMENTS / pace else 0.0


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it was kept. `arrival`: up to which fact; `sealed`: how many people stood behind it, by frame."""

    consultation: str
    number: int
    day: int
    arrival: int
    sha256: str
    text: str
    sealed: bytes

    @property
    def date(self) -> str:
        """Its day as 2026-03-01."""
        return (date(1970, 1, 1) + timedelta(days=self.day)).isoformat()


@dataclass(frozen=True, slots=True)
class AskRow:
    """One thing that happened to an ask. `text`: its values, JSON."""

    consultation: str
    ask: int
    seq: int
    day: int
    by: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A version of a definition that is being written. `before`: the number it was made from, 0 for the first."""

    name: str
    number: int
    before: int
    by: int  # account
    day: int
    toml: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person said of one text of a draft in one language. `mark`: of that text and its source; `state`:
    reviewed, needless."""

    name: str
    string: str
    tag: str
    mark: str
    state: str
    by: int  # account
    day: int


def way(channel: str, carrier: str) -> str:
    """What paces, halts and what was last heard are kept by: one provider may carry several channels."""
    return f"{channel} {carrier}"


@dataclass(frozen=True, slots=True)
class Campaign:
    """We speak first. Reaching a budget stops the campaign. `state`: running, paused, stopped, done."""

    id: int
    consultation: str
    version: int
    channel: str
    carrier: str
    ours: str
    state: str
    pace: float  # messages a second, 0 = the carrier's
    budget_segments: int | None
    budget_money: float | None
    price: float  # per segment, for the forecast and where the carrier tells no price
    spent_segments: int = 0
    spent_money: float = 0.0
    why: str = ""
    remind: bool = True


@dataclass(frozen=True, slots=True)
class Code:
    """A single-use enrolment code, by keyed hash."""

    hashed: bytes
    consultation: str
    used: bool = False
    segments: bytes = b""


@dataclass(frozen=True, slots=True)
class Import:
    """A contact import that can be undone."""

    id: int
    consultation: str
    day: int
    people: int
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Stats:
    """Traffic of a consultation: messages by state and kind, never answers."""

    queued: int
    handing: int
    uncertain: int
    accepted: int
    delivered: int
    failed: int
    expired: int
    segments: int
    money: float
