"""Twilio's stand-in, with a hand on the receiver: it holds one message until whoever handed it over was killed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Event, Lock
from typing import Literal

from tests.fakes.twilio_server import Act, Message, TwilioServer

PATIENCE = 30


class HoldingTwilio(TwilioServer):
    """`catch(n, "before")`: the n-th message offered from now on is caught before it is taken, or "after"."""

    def __init__(self) -> None:
        super().__init__()
        self.caught, self._gone = Event(), Event()
        self._left, self._when = 0, "before"
        self._count = Lock()
        setattr(self._http, "handle_error", _nothing)  # noqa: B010 - clients die here, and that is no error

    def catch(self, n: int, when: Literal["before", "after"]) -> None:
        """Catch the n-th message from now on; `caught` is set when it is here."""
        self.caught.clear()
        self._gone.clear()
        with self._count:
            self._left, self._when = n, when

    def killed(self) -> None:
        """Whoever handed it over is gone: nobody is told anything."""
        self._gone.set()

    def take(self, form: Mapping[str, str]) -> tuple[Act, Message]:
        with self._count:
            self._left -= 1
            mine = self._left == 0
        if not mine:
            return super().take(form)
        act, message = super().take(form) if self._when == "after" else self._refused(form)
        self.caught.set()
        self._gone.wait(PATIENCE)
        return Act(act.taken, then="hang_up"), message

    def _refused(self, form: Mapping[str, str]) -> tuple[Act, Message]:
        nothing = Message("", "outbound-api", form["From"], form["To"], form["Body"], time.time())
        return Act(taken=False), nothing

    def __enter__(self) -> HoldingTwilio:
        super().__enter__()
        return self


def _nothing(*_: object) -> None:
    """Says nothing."""
