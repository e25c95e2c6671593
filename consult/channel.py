"""What a channel and a carrier promise the core, and the plain values that pass between them.

A *channel* (sms, voice, radio, console) renders prompts for a medium. A *carrier* of a channel (Twilio, a modem, the
simulated phone) brings and takes messages. One folder a channel, one file a carrier; the core knows neither by name.

Rule 1: values only. A carrier gets a plain Request and gives plain values; no Flask, no database, no clock.
Rule 2: an error carries the caller's decision (`SendFailed.retry`, `Refused.status`).
Rule 3: `Heard.ref` is the carrier's own identity of the message: the same message always has the same ref.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from consult.light import light
from consult.prompts import Prompt

# ---- what someone said


@light(frozen=True, slots=True)
class Text:
    """A text message, whole (parts joined), as it came."""

    text: str


@dataclass(frozen=True, slots=True)
class Keys:
    """Telephone keys pressed, e.g. "1", "13#"."""

    keys: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was said or pressed in time."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The call ended."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded voice answer, named by the carrier's identifier, never by an address.

    `key` ended it, "" where she only fell silent; `broken`: she hung up while she spoke.
    """

    ref: str
    seconds: int
    key: str = ""
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Slip:
    """A producer's or facilitator's entry for someone: question name -> raw reply; `about` her and the entry."""

    answers: tuple[tuple[str, str], ...]
    about: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rang:
    """She calls one of our numbers; `keyword` is what that number stands for, `locale` what she chose before."""

    keyword: str
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Beeped:
    """She rang one of our numbers and nobody answered: which number it was is what she said."""


@dataclass(frozen=True, slots=True)
class Missed:
    """She rang one of our numbers that is not answered but rings back; `keyword` is what it stands for."""

    keyword: str


@dataclass(frozen=True, slots=True)
class PickedUp:
    """A call of ours was answered: outbox row `owed`, 0 where the carrier tells only its own name of the call.
    `human`: by a person, as far as the carrier can tell."""

    owed: int
    human: bool


Said = Text | Keys | Silence | HungUp | Recording | Slip | Rang | Beeped | Missed | PickedUp


class Wish(StrEnum):
    """What she asks for by key where others write a word. The values are the lexicons' names of these words."""

    HELP = "help"
    NOT_SURE = "not_sure"
    NOT_UNDERSTOOD = "not_understood"
    PREFER_NOT = "prefer_not"
    VOICE = "voice"
    LANGUAGE = "language"
    STOP = "stop"
    ERASE = "erase"
    BACK = "back"
    ALERT = "alert"


@light(frozen=True, slots=True)
class Heard:
    """Someone spoke to us. `sender` is E.164 (with +) or None when the carrier gave no usable number.

    `ours` is the number or code she wrote to. `sent_at` and `heard_at` are epoch seconds; `sent_at` is the sender's
    time where the carrier gives one, else None. `opted_out` is set when the carrier itself acted on a stop word, so
    that no confirmation of ours follows. `incomplete` marks a message of which parts are missing: kept, never parsed.
    `call` is the carrier's name of the telephone call this was heard on, "" for what is no call.
    """

    channel: str
    carrier: str
    ours: str
    sender: str | None
    said: Said
    ref: str
    heard_at: int
    sent_at: int | None = None
    entered_by: str | None = None
    opted_out: bool = False
    incomplete: bool = False
    call: str = ""


# ---- what we send


@dataclass(frozen=True, slots=True)
class Owed:
    """One message to hand over. `id` is the outbox row's, `sender` our own number, `receiver` hers (E.164)."""

    id: int
    sender: str
    receiver: str
    text: str


class Delivery(StrEnum):
    """How far a message got. The order is the ladder: a report never moves a message down, terminal states absorb."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the carrier says of a message: by its own `ref`, and by our outbox `id` where it carried that along.

    `segments` and `price` (in the carrier's currency, None when unknown) are what it billed.
    `opt_out` says that the carrier blocks this receiver because she opted out there.
    """

    ref: str
    state: Delivery
    id: int | None = None
    why: str = ""
    segments: int | None = None
    price: float | None = None
    opt_out: bool = False
    dead: bool = False  # the number does not exist or changed hands: close the link
    retry: bool = False  # FAILED for now: a later attempt may reach her
    halt: bool = False  # FAILED for a reason of ours: every further send would fail too, stop the run


CALL_UNITS = 3  # minutes that a call of ours is reckoned at, until it is billed
LONGEST_SOUND = 4 * 1024 * 1024  # bytes of one recording: two minutes of telephone sound take half


class Unusable(Exception):
    """What the carrier holds is no recording of hers: gone, empty, too large, no sound. The message says which."""


class SendFailed(Exception):
    """The carrier did not take the message.

    `retry` says whether a later attempt can succeed, `after` how many seconds to wait at least, `uncertain` that it may
    have been taken (a time-out after the request left): never resend blindly. `opt_out`: she is blocked at the carrier.
    `halt`: every further send would fail too (bad credentials, unregistered sender): stop the run, tell the operator.
    """

    def __init__(
        self,
        why: str,
        *,
        retry: bool = False,
        after: int = 0,
        uncertain: bool = False,
        opt_out: bool = False,
        dead: bool = False,
        halt: bool = False,
    ) -> None:
        super().__init__(why)
        self.why, self.retry, self.after, self.uncertain = why, retry, after, uncertain
        self.opt_out, self.dead, self.halt = opt_out, dead, halt


# ---- plain HTTP, for carriers that call us


@light(frozen=True, slots=True)
class Request:
    """An HTTP request as a carrier needs it: `url` is built from the configured public address, never from Host."""

    method: str
    url: str
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    remote: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """A plain answer: status, media type, body."""

    status: int = 200
    media: str = "text/plain; charset=utf-8"
    body: bytes = b""
    location: str = ""  # with 303: where the browser goes next


class Refused(Exception):
    """A request we do not take: `status` 403 (not authentic), 400 (not the schema), 413 (too large)."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


# ---- the promises


@runtime_checkable
class Carrier(Protocol):
    """One way of bringing and taking a channel's messages. Made from `Settings`; imports its library when used."""

    name: str
    ours: Sequence[str]  # the numbers or codes it answers for
    pace: float  # messages (segments for SMS) a second it accepts

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Hand over one message. `report_to` is the absolute address for reports, "" when there is none.

        Raises SendFailed.
        """

    def receive(self, request: Request, at: int) -> Heard | Receipt:
        """An inbound webhook's message, or what it tells of one of ours. Raises Refused."""

    def report(self, request: Request, at: int) -> Receipt:
        """A status webhook's receipt. Raises Refused."""

    def acknowledge(self) -> Response:
        """What the carrier wants to read after a webhook was taken."""

    def missed(self, since: int) -> Iterable[Heard]:
        """Messages the carrier holds since then (epoch seconds), for recovery after downtime; may be none."""

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """Whether the carrier took this message since then; None where it did not or cannot tell (see `can_find`)."""

    def forget(self, ref: str) -> None:
        """Delete the message's body at the carrier, where it can."""

    can_find: bool
    skew: int  # seconds its `sent_at` may be behind our clock


@runtime_checkable
class UnsignedCarrier(Carrier, Protocol):
    """A carrier whose provider signs nothing. It is called at its address and one more part, a secret, by POST or GET;
    `receive` and `report` look for the secret, and whence the call comes, before they read anything.
    """

    secret_path: bool  # True


@runtime_checkable
class HearingCarrier(Carrier, Protocol):
    """A carrier that reaches nobody: whoever it carries has begun. `send` raises SendFailed."""

    only_hears: bool  # True


@runtime_checkable
class WatchedCarrier(Carrier, Protocol):
    """A carrier whose other end stands with us and wants looking after; `manual` is the page that tells how."""

    manual: str

    def troubles(self) -> Iterable[str]:
        """What somebody should see to."""


@runtime_checkable
class KeepingCarrier(WatchedCarrier, Protocol):
    """A carrier that calls nobody: what came in lies with it until it is collected, `every` so many seconds."""

    every: float

    def held(self, at: int) -> Iterable[Heard]:
        """What lies there; `forget` each when it was taken. Raises SendFailed."""

    def reports(self, at: int) -> Iterable[Receipt]:
        """What became of our messages; asking for the next says that the last was taken. Raises SendFailed."""


@runtime_checkable
class WithdrawingCarrier(Carrier, Protocol):
    """A carrier on this machine, from which what it was given can be taken back until it leaves."""

    def withdraw(self) -> Sequence[int]:
        """Take back all of it that has not left, and forget what has: which of ours (outbox rows) do not leave. Raises
        SendFailed."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where a call stands between two presses of keys. Only the channel reads `mode`, `page` and `silent`.

    `door`: she is rung back, and what she is asked is no part of a conversation yet: "?" in which language, else
    whether it is a good moment, in the language it names; `called`: for which consultation, whose news it is where
    `news` says so. `untouched`: we called, and no key was pressed yet. `read`: she reads lines aloud, by her `code`.
    """

    call: str
    turn: int = 0  # answers given in this call
    asked: str = ""  # a digest of what was open when she was last answered
    mode: str = ""  # what her next key is about, "" the question
    page: int = 0  # of its choices
    silent: int = 0  # times in a row that she said nothing
    door: str = ""
    called: str = ""
    untouched: bool = False
    news: int = -1  # which ask she is being told of; 0 at the door to them, -1: none
    said: int = 0  # which of its answers
    past: Sequence[int] = ()  # the asks she was told of before, or the lines she is done with
    read: int = 0  # which line she reads aloud, by its number on the sheet; 0: none
    code: str = ""  # the keyed hash of the code that lets her
    tape: str = ""  # the name of her take that waits for her word


@runtime_checkable
class CallCarrier(Carrier, Protocol):
    """A carrier of calls: what it heard is answered at once. `voices`: where it finds sounds, given to it once.
    `records`: whether she can answer aloud."""

    voices: Any
    records: bool

    def answer(self, spoken: Any) -> Response:
        """What the carrier plays and waits for next; `spoken` is its channel's."""

    def fetch(self, ref: str) -> bytes:
        """A recording's sound as a WAV file, at most `LONGEST_SOUND` bytes. Raises Unusable, SendFailed."""


@runtime_checkable
class DecliningCarrier(Carrier, Protocol):
    """A carrier of calls that are not answered."""

    def decline(self) -> Response:
        """What lets a call ring out without being answered or charged."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one message costs: `segments`, `encoding` ("GSM-7", "UCS-2"), units `used` of `room` in the last segment,
    and the `culprit`: the first character that forces UCS-2, "" when none does."""

    segments: int
    encoding: str
    used: int
    room: int
    culprit: str = ""


class Channel(Protocol):
    """A medium. `render` is pure: prompts in, finished messages out; `cost` prices one of them."""

    name: str
    carriers: Mapping[str, Carrier]

    def render(self, prompts: Sequence[Prompt]) -> list[str]: ...

    def cost(self, text: str) -> Cost: ...

    def check(
        self, items: Iterable[tuple[str, str, Sequence[Prompt]]], spellings: Mapping[str, Mapping[str, str]]
    ) -> Iterable[Any]:
        """Faults (`consultation.Fault`) of what a definition would say here: where, language, the prompts of one turn.

        `spellings`: language -> character -> a cheaper way to write it.
        """


@runtime_checkable
class CallChannel(Channel, Protocol):
    """A medium in which she is answered at once. All pure."""

    def asks(self, prompt: Prompt) -> bool:
        """Whether this can be asked in a call at all."""

    def aloud(self, prompt: Prompt) -> bool:
        """Whether it is answered aloud."""

    def meant(self, said: Said, asked: Sequence[Prompt], line: Line) -> tuple[Said | Wish | None, Line]:
        """What her keys mean, given what is open; None where the call goes on without the conversation hearing of it.

        HungUp: this call is given up.
        """

    def speak(self, prompts: Sequence[Prompt], asked: Sequence[Prompt], line: Line) -> tuple[Any, Line]:
        """What is said next, for the carrier's `answer`; `asked` is what is open then, () where the call ends."""
