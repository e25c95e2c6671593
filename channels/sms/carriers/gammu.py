"""Text messages by a modem on the table: gammu-smsd sends and receives, we empty its letterbox.

Nothing calls us, so this carrier is read every few seconds (`consult.channel.KeepingCarrier`).

Rule 1: a modem may bring a message twice, or again and again when the SIM does not let go of it. Its identity is what
    the network wrote: sender, network's time, header and text. Two messages that differ in none of them are one.
Rule 2: the parts of a message belong together by sender, reference and number of parts, within `TOGETHER`. smsd gives
    up on missing parts, we wait for them as long again; then what is there is kept as incomplete, never parsed.
Rule 3: a row leaves smsd's tables when it was taken, or when the end of what we sent is known, or after `REPORTED`:
    reports that come later find nothing, and the message stays "sent". Her number lies there no longer.
    What belongs to no row of ours (a locked node's receipt) goes as soon as it left.
Rule 4: a modem that refuses `REFUSALS` in a row has no credit or no signal: then nothing more is tried.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn, TypeVar

from channels.providers.gammu import AT_ONCE, Closed, Letterbox, Modem, Part, Sent
from channels.sms.segments import count, place, split
from channels.writing.alphabets import UCS2
from consult.channel import Delivery, Heard, Owed, Receipt, Refused, Request, Response, SendFailed, Text
from consult.config import BadSetting, Settings
from consult.numbers import normalise, strict

NAME: Final = "gammu"
TOGETHER: Final = 1800  # seconds between parts of one message
GIVES_UP: Final = 1200  # seconds a message waits here for a missing part
REPORTED: Final = 60  # seconds a message that left is kept for its report
REFUSALS: Final = 5
BEHIND: Final = 900  # seconds after which a message that has not left is worth a word
WEAK: Final = 10  # percent of signal
AHEAD: Final = 120  # seconds the network's clock may be ahead of ours

SILENT: Final = 60  # seconds by which smsd's sign of life may be late

T = TypeVar("T")

_REFUSED: Final = frozenset({"SendingError", "Error"})


def open_carrier(settings: Settings) -> Gammu | None:
    """The modem, where its letterbox is named. Raises BadSetting."""
    if not settings.gammu and not settings.gammu_number:
        return None
    if not settings.gammu or not settings.gammu_number:
        raise BadSetting("CONSULT_GAMMU and CONSULT_GAMMU_NUMBER go together: smsd's database, and the SIM's number")
    if not strict(settings.gammu_number):
        raise BadSetting("CONSULT_GAMMU_NUMBER must look like +254700000000")
    return Gammu(settings)


@dataclass(frozen=True, slots=True)
class _Message:
    """Parts that belong together."""

    parts: tuple[Part, ...]
    whole: bool
    repeated: tuple[int, ...] = ()  # rows of parts that came again


class Gammu:
    """A carrier (`consult.channel.KeepingCarrier`)."""

    name = NAME
    can_find = True
    skew = AHEAD
    every = 2.0
    manual = "deploy/node/gammu/README.md"

    def __init__(self, settings: Settings) -> None:
        self.ours: Sequence[str] = (settings.gammu_number,)
        self.pace = settings.gammu_pace
        self._box = Letterbox(settings.gammu or Path("smsd.db"))
        self._country = settings.country
        self._lying: dict[str, tuple[int, ...]] = {}  # by ref: rows of what was handed on and not yet forgotten
        self._told: dict[int, Delivery] = {}  # by row: what was reported of it
        self._refusals = 0

    # ---- in

    def held(self, at: int) -> Iterator[Heard]:
        """Whole messages, and those that will not become whole, oldest first. Raises SendFailed."""
        self._lying.clear()
        for message in _messages(_asked(self._box.parts)):
            heard = self._heard(message, at)
            rows = (*(part.id for part in message.parts), *message.repeated)
            self._lying[heard.ref] = (*self._lying.get(heard.ref, ()), *rows)
            yield heard

    def forget(self, ref: str) -> None:
        """Delete what was taken. Raises SendFailed."""
        if ids := self._lying.pop(ref, ()):
            _asked(lambda: self._box.drop(ids))

    def _heard(self, message: _Message, at: int) -> Heard:
        first = message.parts[0]
        sent_at = _moment(first.when)
        return Heard(
            channel="sms",
            carrier=NAME,
            ours=self.ours[0],
            sender=_person(first.sender, self._country, self.ours[0]),
            said=Text("".join(part.text for part in message.parts).replace("\x00", "")),
            ref=_fingerprint(message.parts),
            heard_at=at,
            sent_at=sent_at if 0 < sent_at <= at + AHEAD else None,
            incomplete=not message.whole,
        )

    # ---- out

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Lay it into the letterbox; handing it over again finds it there. Raises SendFailed."""
        del report_to  # nothing calls us
        parts, unicode = split(owed.text), count(owed.text).encoding == UCS2
        if len(parts) > 255:
            raise SendFailed("too long for one message")
        try:
            row = self._box.hand_over(owed.id, owed.receiver, parts, unicode=unicode, reference=owed.id)
        except Closed as closed:
            raise SendFailed(str(closed), retry=True, after=30, uncertain=True) from None
        return Receipt(str(row), Delivery.ACCEPTED, id=owed.id, segments=len(parts))

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """Whether it lies in the letterbox or went out of it. Raises SendFailed."""
        del since
        row = _asked(lambda: self._box.known(owed.id))
        return None if row is None else Receipt(str(row), Delivery.ACCEPTED, id=owed.id)

    def reports(self, at: int) -> Iterator[Receipt]:
        """What became of our messages, each news once. Raises SendFailed."""
        del at  # ages are told by the clock of the machine that both of us run on
        over = []
        for sent in _asked(self._box.sent):
            receipt = self._receipt(sent)
            if self._told.get(sent.id) is not receipt.state:
                yield receipt
                self._told[sent.id] = receipt.state
            if receipt.state in (Delivery.DELIVERED, Delivery.FAILED) or sent.age >= REPORTED or not sent.owed:
                over.append(sent.id)
        if over:
            _asked(lambda: self._box.forget(over))
        for id in over:
            self._told.pop(id, None)

    def withdraw(self) -> Sequence[int]:
        """Take back what has not left. Raises SendFailed."""
        return _asked(self._box.withdraw)

    def _receipt(self, sent: Sent) -> Receipt:
        ref, segments = str(sent.id), sent.parts
        if sent.states & _REFUSED:
            return self._refused(sent, ref)
        self._refusals = 0
        if "DeliveryFailed" in sent.states:
            return Receipt(ref, Delivery.FAILED, id=sent.owed, why="not delivered", segments=segments, retry=True)
        far = Delivery.SENT if sent.states - {"DeliveryOK"} else Delivery.DELIVERED
        return Receipt(ref, far, id=sent.owed, segments=segments)

    def _refused(self, sent: Sent, ref: str) -> Receipt:
        self._refusals += sent.id not in self._told
        halt = self._refusals >= REFUSALS
        why = "the modem refuses every message: is there credit, and signal?" if halt else "the modem refused it"
        return Receipt(ref, Delivery.FAILED, id=sent.owed, why=why, retry=not halt, halt=halt)

    # ---- what to look at

    def troubles(self) -> Iterator[str]:
        """What somebody should see to, in plain words; nothing where all is well."""
        try:
            modem, behind, lying = self._box.modem(), self._box.behind(BEHIND), len(self._box.parts())
        except Closed as closed:
            yield f"smsd's letterbox cannot be read ({closed}): is CONSULT_GAMMU its database, and ours to write?"
            return
        yield from _of_modem(modem)
        if self._refusals >= REFUSALS:
            yield "the modem refuses every message: look at the SIM's credit, then consult doctor --resume gammu"
        if behind:
            yield f"{behind} messages have waited for the modem for over {BEHIND // 60} minutes: credit? signal?"
        if lying >= AT_ONCE:
            yield f"{lying} messages lie in smsd's letterbox and are not taken: is consult serve or work running?"

    # ---- what a carrier that is called would do

    def receive(self, request: Request, at: int) -> Heard:
        """Nobody calls. Raises Refused."""
        _uncalled(request, at)

    def report(self, request: Request, at: int) -> Receipt:
        """Nobody calls. Raises Refused."""
        _uncalled(request, at)

    def acknowledge(self) -> Response:
        """Nobody calls."""
        return Response()

    def missed(self, since: int) -> Iterable[Heard]:
        """Nothing is missed: what came lies in the letterbox until it is taken."""
        del since
        return ()


def _asked(what: Callable[[], T]) -> T:
    """What the letterbox answers. Raises SendFailed while it cannot be opened."""
    try:
        return what()
    except Closed as closed:
        raise SendFailed(str(closed), retry=True, after=30) from None


def _uncalled(request: Request, at: int) -> NoReturn:
    del request, at
    raise Refused(404, "a modem does not call")


# ---- parts and messages


def _messages(parts: Iterable[Part]) -> Iterator[_Message]:
    """In the order in which they came; those that still wait for a part are left out."""
    found, several = list[_Message](), dict[tuple[str, int, int], list[Part]]()
    for part in parts:
        found_at = place(part.header)
        if found_at is None:
            found.append(_Message((part,), True))
        else:
            several.setdefault((part.sender, *found_at[:2]), []).append(part)
    for (_, _, total), group in several.items():
        found += _joined(group, total)
    yield from sorted(found, key=lambda message: message.parts[0].id)


def _joined(parts: Iterable[Part], total: int) -> Iterator[_Message]:
    """Messages of `total` parts. A reference that is used again begins another message; a repeated part does not."""
    bundles: list[_Bundle] = []
    for part in sorted(parts, key=lambda part: (part.when, part.id)):
        if not any(bundle.takes(part) for bundle in bundles):
            bundles.append(_Bundle(part))
    for bundle in bundles:
        whole = len(bundle.places) == total
        if whole or min(part.age for part in bundle.places.values()) >= GIVES_UP:
            ordered = tuple(bundle.places[n] for n in sorted(bundle.places))
            yield _Message(ordered, whole, tuple(bundle.repeated))


class _Bundle:
    """Parts that may be one message, by their place in it."""

    def __init__(self, first: Part) -> None:
        self.places = {_number(first): first}
        self.repeated: list[int] = []
        self._began = _moment(first.when)

    def takes(self, part: Part) -> bool:
        """Whether this part belongs here; then it is here."""
        if abs(_moment(part.when) - self._began) > TOGETHER:
            return False
        there = self.places.setdefault(_number(part), part)
        if there is not part and there.text == part.text:
            self.repeated.append(part.id)
        return there.text == part.text


def _number(part: Part) -> int:
    found = place(part.header)
    return found[2] if found else 1


def _fingerprint(parts: Sequence[Part]) -> str:
    """What the network wrote of these parts. Without a sender or a time two messages could be alike: then the row."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        row = "" if part.sender and _moment(part.when) else str(part.id)
        for what in (part.sender, part.when, part.header.hex(), part.text, row):
            written = what.encode("utf-8", "surrogatepass")
            digest.update(len(written).to_bytes(4, "big") + written)
    return digest.hexdigest()


def _person(sender: str, country: str, ours: str) -> str | None:
    """Her number, None for names, short codes and ourselves."""
    number = sender if strict(sender) else normalise(sender, country)
    return None if number == ours else number


def _moment(when: str) -> int:
    """Epoch seconds of smsd's local time, 0 where it is none."""
    try:
        return int(datetime.fromisoformat(when).timestamp())
    except (ValueError, OverflowError, OSError):
        return 0


def _of_modem(modem: Modem | None) -> Iterator[str]:
    if modem is None:
        yield "gammu-smsd has not written to its database yet: is it running, with this database?"
    elif modem.silent > SILENT:
        yield "the modem or gammu-smsd gives no sign of life: messages stay on the SIM, which holds few"
    elif modem.network in ("", "ERROR") or 0 <= modem.signal < WEAK:
        yield f"the modem has no network, or hardly any (signal {modem.signal} %)"
