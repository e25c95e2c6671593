"""Women who hold whole conversations with a hub, whatever happens to it meanwhile.

Rule 1: a woman answers what she was sent, when she was sent it; her carrier posts each message under one identifier
until somebody says 200; every third carrier then posts it once more.
Rule 2: what she knows (what was acknowledged, how much she had received then) is kept here and nowhere in the hub.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from random import Random
from threading import Lock, Thread, Timer
from typing import Literal

from tests.fakes.twilio_server import ACCOUNT, BROKEN, HUNG_UP, Act, Message, TwilioServer, inbound

Moment = Literal["posted", "acknowledged", "offered", "taken"]
Role = Literal["stays", "stops", "erases", "refuses"]  # refuses: writes STOP before we ever wrote to her

PATIENCE = 90.0  # seconds
CHOICES = ("water", "road", "clinic", "school")
LAST = ("Thank you", "Stopped.", "Deleted;")  # what the last message begins with


class Carrier(TwilioServer):
    """Twilio's stand-in, which at the n-th of a moment strikes whoever is at work."""

    def __init__(self) -> None:
        super().__init__()
        self._counting, self._left = Lock(), 0
        self._moment: Moment = "posted"
        self._strike: Callable[[], None] = _nothing
        self._http.handle_error = _nothing  # clients die here: that is no error
        self.down, self._in_doubt = False, 0

    def arm(self, moment: Moment, n: int, strike: Callable[[], None]) -> None:
        """At the n-th such moment from now on, call `strike`, once."""
        with self._counting:
            self._moment, self._left, self._strike = moment, n, strike

    def reached(self, moment: Moment) -> bool:
        """Such a moment is now; True when it was the one."""
        with self._counting:
            self._left -= moment == self._moment
            struck = self._left == 0 and moment == self._moment
            if struck:
                self._strike()
        return struck

    def goes_down(self, in_doubt: int = 2) -> None:
        """Nothing is taken and no list is shown, except that the first few are taken and nobody is told so."""
        self.down, self._in_doubt = True, in_doubt

    def listed(self, query: Mapping[str, str]) -> list[Message]:
        if self.down:
            raise ConnectionError("the carrier is down")
        return super().listed(query)

    def take(self, form: Mapping[str, str]) -> tuple[Act, Message]:
        if self.down and self._in_doubt <= 0:
            self.posts += 1
            return BROKEN, Message("", "outbound-api", form["From"], form["To"], form["Body"], self.clock())
        if self.down:
            self._in_doubt -= 1
            return HUNG_UP, super().take(form)[1]
        if self.reached("offered"):
            nothing = Message("", "outbound-api", form["From"], form["To"], form["Body"], time.time())
            return Act(taken=False, then="hang_up"), nothing
        met = super().take(form)
        self.reached("taken")
        return met


@dataclass
class Woman:
    """One telephone. `acknowledged`: question and value of each answer that the hub said it has."""

    number: str
    place: int  # decides what she answers
    role: Role
    invited: bool
    acknowledged: list[tuple[str, object]] = field(default_factory=list)
    left_at: int | None = None  # how many messages she had when her STOP or ERASE was acknowledged
    fault: BaseException | None = None

    def answer(self, body: str) -> tuple[str, object, str] | None:
        """Question, value and words for what she was sent; None where no reply is awaited."""
        if "how much do you trust" in body:
            return ("", None, "STOP") if self.role == "stops" else ("trust", self._trust, str(self._trust))
        if "Anything else?" in body:
            words = f"what I say is my own {self.place}"
            return ("", None, "ERASE") if self.role == "erases" else ("more", words, words)
        if "need most" in body:
            return "need", CHOICES[self.place % 4], str(1 + self.place % 4)
        return ("", None, "1") if "Reply 1 now" in body or "1 agree" in body else None

    @property
    def _trust(self) -> int:
        return 1 + self.place % 5


class Conversation:
    """A woman's conversation in a thread of its own."""

    def __init__(self, carrier: Carrier, url: str, woman: Woman, chance: Random) -> None:
        self._carrier, self._url, self._woman = carrier, url, woman
        self._delay = chance.uniform(0.0, 0.01)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for her last message. Raises what went wrong."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "somebody still waits for a message"
        if self._woman.fault:
            raise self._woman.fault

    def _run(self) -> None:
        try:
            self._converse()
        except BaseException as fault:
            self._woman.fault = fault

    def _converse(self) -> None:
        read, deadline = 0, time.monotonic() + PATIENCE
        if not self._woman.invited:
            self._say("", None, "BASKET")
        while time.monotonic() < deadline:
            for message in received(self._carrier, self._woman)[read:]:
                read += 1
                if message.body.startswith(LAST):
                    return
                if answer := self._woman.answer(message.body):
                    self._say(*answer)
            time.sleep(0.01)
        heard = [message.body[:40] for message in received(self._carrier, self._woman)]
        raise AssertionError(f"a conversation stands still after {heard}")

    def _say(self, question: str, value: object, words: str) -> None:
        """Posted until acknowledged, then known to be kept."""
        fields = inbound(ACCOUNT, self._carrier.hold(self._woman.number, words))
        before = len(received(self._carrier, self._woman))
        deadline = time.monotonic() + PATIENCE
        while (status := self._posted(fields)) != 200:
            assert status in (0, 503), f"the webhook answered {status}"
            assert time.monotonic() < deadline, "nobody acknowledged a message"
            time.sleep(0.02)
        if question:
            self._woman.acknowledged.append((question, value))
        if words in ("STOP", "ERASE"):
            self._woman.left_at = before
        self._carrier.reached("acknowledged")
        if self._woman.place % 3 == 0:
            self._posted(fields)

    def _posted(self, fields: Mapping[str, str]) -> int:
        soon = Timer(self._delay, self._carrier.reached, ("posted",))
        soon.start()
        try:
            return self._carrier.post(self._url, fields)[0]
        except HTTPException:  # cut off in the midst of its answer
            return 0
        finally:
            soon.join()


def received(carrier: Carrier, woman: Woman) -> list[Message]:
    """What reached her, in order."""
    return [message for message in list(carrier.accepted) if message.receiver == woman.number]


def _nothing(*_: object) -> None:
    """Says and does nothing."""
