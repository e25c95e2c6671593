"""Simulated telephones for the demo: messages go through everything a real carrier's do, and end on a page.

Rule 1: only invented numbers (`channels.providers.invented`).
Rule 2: a telephone is a file, `phones/<digits>.jsonl`, a bubble a line. A line torn by a crash is skipped, and the next
    one begins on a line of its own.
Rule 3: the page makes the `ref` before it shows the form: a double click is one message.
Rule 4: like a real carrier it keeps what came in, so that `missed` brings back what a crash interrupted.

The files hold invented answers in plain text: it is opened for the demo only.
"""

from __future__ import annotations

import fcntl
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Literal
from urllib.parse import parse_qs

from channels.providers.invented import INVENTED, TEXTS
from channels.sms.segments import count
from consult.channel import Delivery, Heard, Owed, Receipt, Refused, Request, Response, SendFailed, Text
from consult.config import Settings

NAME = "simulator"
OURS = TEXTS
AREAS = (202, 212, 213, 305, 312, 404, 415, 503, 617, 702)  # rising, so that the newest telephone sorts last
LARGEST = 64 * 1024  # bytes of form
LONGEST = 1600  # characters of a text, as real carriers take them

_REF = re.compile(r"[A-Za-z0-9-]{8,64}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message on a telephone: written by "her" or by "us", at epoch seconds. `id` is our outbox row's, 0 for hers."""

    by: Literal["her", "us"]
    text: str
    at: int
    segments: int
    encoding: str
    ref: str
    id: int = 0


def open_carrier(settings: Settings) -> Simulator | None:
    """The simulated telephones, in the demo only."""
    return Simulator(settings.data / "phones") if settings.demo else None


class Simulator:
    """A carrier (`consult.channel.Carrier`) whose telephones are files in `folder`."""

    name = NAME
    ours: Sequence[str] = (OURS,)
    pace = 100.0
    can_find = True
    skew = 3

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder, clock

    # ---- the telephones

    def phones(self) -> list[str]:
        """The numbers that have a thread, E.164."""
        numbers = sorted(f"+{file.stem}" for file in self._folder.glob("*.jsonl"))
        return [number for number in numbers if INVENTED.fullmatch(number)]

    def spare(self) -> Iterator[str]:
        """Invented numbers that have no thread yet, in rising order."""
        used = set(self.phones())
        numbers = (f"+1{area}55501{last:02}" for area in AREAS for last in range(100))
        return (number for number in numbers if number not in used and number != OURS)

    def thread(self, number: str) -> list[Bubble]:
        """The bubbles of this telephone, oldest first. Raises ValueError unless the number is an invented one."""
        file = self._file(number)
        return list(_bubbles(file.read_bytes())) if file.exists() else []

    def _file(self, number: str) -> Path:
        if not INVENTED.fullmatch(number) or number == OURS:
            raise ValueError("not an invented number")
        return self._folder / f"{number[1:]}.jsonl"

    def _keep(self, number: str, bubble: Bubble) -> None:
        """Add the bubble, unless hers is there already (by its ref)."""
        file = self._file(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a+b") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            _append(opened, bubble)

    # ---- the carrier

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """The message is on her telephone when this returns. Raises SendFailed for a number that is not invented."""
        del report_to  # delivered at once: there is nothing left to report
        price = count(owed.text)
        ref = f"sim-{owed.id}"
        bubble = Bubble("us", owed.text, int(self._clock()), price.segments, price.encoding, ref, owed.id)
        try:
            self._keep(owed.receiver, bubble)
        except ValueError:
            raise SendFailed("the simulator rings invented numbers only", dead=True) from None
        except OSError as error:
            raise SendFailed(f"the simulated telephone cannot be written: {error.strerror}", retry=True) from None
        return _delivered(bubble)

    def receive(self, request: Request, at: int) -> Heard:
        """What she typed on the page: form fields `sender`, `text`, `ref`. Raises Refused."""
        sender, text, ref = _form(request)
        price = count(text)
        try:
            self._keep(sender, Bubble("her", text, at, price.segments, price.encoding, ref))
        except ValueError:
            raise Refused(400, "sender is not an invented number") from None
        return _heard(sender, text, ref, at)

    def report(self, request: Request, at: int) -> Receipt:
        """Never called: what is sent is delivered. Raises Refused."""
        del request, at
        raise Refused(400, "the simulator sends no reports")

    def acknowledge(self) -> Response:
        """Back to the page of telephones."""
        return Response(status=303, location="/")

    def missed(self, since: int) -> Iterable[Heard]:
        """Everything typed since then, oldest first on each telephone."""
        for number in self.phones():
            hers = (each for each in self.thread(number) if each.by == "her" and each.at >= since)
            yield from (_heard(number, each.text, each.ref, each.at) for each in hers)

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """The bubble of this row on her telephone, if it was put there since then."""
        thread = self.thread(owed.receiver) if INVENTED.fullmatch(owed.receiver) else []
        for each in reversed(thread):
            if (each.by, each.id, each.text) == ("us", owed.id, owed.text) and each.at >= since:
                return _delivered(each)
        return None

    def forget(self, ref: str) -> None:
        """Nothing: what is on her telephone is hers to delete."""
        del ref


def _append(opened: BinaryIO, bubble: Bubble) -> None:
    opened.seek(0)
    before = opened.read()
    if bubble.by == "her" and any(each.ref == bubble.ref for each in _bubbles(before) if each.by == "her"):
        return
    torn = b"" if not before or before.endswith(b"\n") else b"\n"
    opened.write(torn + json.dumps(asdict(bubble), ensure_ascii=False).encode() + b"\n")
    opened.flush()


def _bubbles(lines: bytes) -> Iterator[Bubble]:
    for line in lines.split(b"\n"):
        try:
            yield Bubble(**json.loads(line))
        except (ValueError, TypeError):  # torn, or empty
            continue


def _delivered(bubble: Bubble) -> Receipt:
    return Receipt(bubble.ref, Delivery.DELIVERED, id=bubble.id, segments=bubble.segments, price=0.0)


def _heard(sender: str, text: str, ref: str, at: int) -> Heard:
    return Heard("sms", NAME, OURS, sender, Text(text), f"{sender}:{ref}", at)


def _form(request: Request) -> tuple[str, str, str]:
    """Sender, text, ref. Raises Refused: 413 too large, 400 not this form."""
    if len(request.body) > LARGEST:
        raise Refused(413, "larger than 64 kB")
    try:
        form = parse_qs(request.body.decode("latin-1"), keep_blank_values=True, errors="replace", max_num_fields=20)
    except ValueError:
        raise Refused(400, "too many fields") from None
    sender, text, ref = (form.get(name, []) for name in ("sender", "text", "ref"))
    if [len(sender), len(text), len(ref)] != [1, 1, 1] or not _REF.fullmatch(ref[0]):
        raise Refused(400, "the form needs sender, text and ref, each once")
    return sender[0], _CONTROL.sub("", text[0])[:LONGEST], ref[0]
