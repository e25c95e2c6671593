"""The server that an Asterisk of ours gives its calls to: a thread a call, a transaction a key press.

Rule 1: FastAGI knows no password: the server listens on this machine only, unless told otherwise.
Rule 2: so many calls and no more; one beyond is ended unanswered, which costs her nothing.
Rule 3: a call that fails is ended by itself. What kind of failure is logged, and nothing that was said.
Rule 4: it picks up only when there is something to say.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile
from socket import SHUT_RDWR, socket
from threading import Event, Lock, Thread, get_ident
from typing import Protocol

from channels.voice.agi import KEYS, SOON, Gone, Wire
from channels.voice.carriers.asterisk import FAILED, Step, step_of
from consult.channel import Recording, Refused, Response

MOST = 300  # calls at once
LOOK = 0.2  # seconds until a server that is told to stop notices
_PAUSE = 1.0  # seconds between the parts of what is said slowly
log = logging.getLogger("consult.voice")
Facts = Mapping[str, str]
_TIDY_EVERY = 600  # seconds


class Ear(Protocol):
    """Who listens to the calls."""

    def hear(self, facts: Facts, said: str | Recording, turn: int) -> Response | None:
        """What she pressed or said in answer to this turn, 0 for the beginning; None ends the call."""

    def tape(self) -> tuple[str, str]:
        """A new recording's name, and its path without an extension."""

    def ended(self, facts: Facts, seconds: float) -> None:
        """The call is over, so long after its beginning."""

    def tidy(self) -> None:
        """Remove what nobody named."""


@dataclass(frozen=True, slots=True)
class Sounds:
    """Where our sounds are, and the folder Asterisk reads them from: another one where it may not read ours."""

    ours: Path
    theirs: Path | None = None

    def path(self, name: str) -> str:
        """The sound as Asterisk is told it, without its extension. Raises OSError where it cannot be put there."""
        folder = self.theirs or self.ours
        if self.theirs and not (folder / name).exists():
            half = folder / f".{name}.{get_ident()}"  # two calls may need it at once
            copyfile(self.ours / name, half)
            half.chmod(0o644)
            half.rename(folder / name)
        return str((folder / name).absolute().with_suffix(""))


def hold(wire: Wire, ear: Ear, sounds: Sounds, clock: Callable[[], float]) -> None:
    """One call from ringing to its end. Raises Gone when she ends it, Refused for what is none, the ear's errors."""
    facts, began = wire.facts(), clock()
    try:
        if facts.get("arg_2") != FAILED:
            _converse(wire, facts, ear, sounds)
        wire.hang_up()
    finally:
        ear.ended(facts, clock() - began)


def _converse(wire: Wire, facts: Facts, ear: Ear, sounds: Sounds) -> None:
    answer, up = ear.hear(facts, "", 0), False
    while answer:
        if not up:
            wire.answer()
            up = True
        step = step_of(answer)
        said = spoken(wire, step, ear, sounds) if step.tape else pressed(wire, step, sounds)
        if not step.most:
            return
        answer = ear.hear(facts, said, step.turn)
        if isinstance(said, Recording) and said.broken:
            raise Gone("hung up")


def spoken(wire: Wire, step: Step, ear: Ear, sounds: Sounds) -> str | Recording:
    """Play the step and record what she says; a key pressed into it is that key."""
    if key := _played(wire, step, sounds):
        return key
    name, path = ear.tape()
    taped = wire.record(path, step.tape, step.timeout)
    return Recording(name, taped.seconds, taped.key, broken=taped.over)


def pressed(wire: Wire, step: Step, sounds: Sounds) -> str:
    """Play the step; the keys that answer it, without the one that ends them."""
    keys = _played(wire, step, sounds)
    while len(keys) < step.most and not (step.finish and keys.endswith(step.finish)):
        key = wire.wait(step.timeout)
        if not key:
            break
        keys += key
    return keys.removesuffix(step.finish) if step.finish else keys


def _played(wire: Wire, step: Step, sounds: Sounds) -> str:
    """The key that was pressed into what is said, which ends it; what ends a call is heard whole."""
    for place, name in enumerate(step.sounds):
        if place and step.slow and (key := wire.wait(_PAUSE)) and step.most:
            return key
        try:
            path = sounds.path(name)
        except OSError as error:
            log.error("a sound cannot be put where Asterisk reads it (%s)", type(error).__name__)
            continue
        if key := wire.play(path, KEYS if step.most else ""):
            return key
    return ""


@dataclass
class Server:
    """Takes calls from a socket that listens. `clock` counts seconds, from any beginning."""

    listener: socket
    ear: Ear
    sounds: Sounds
    clock: Callable[[], float]
    most: int = MOST
    soon: float = SOON  # seconds Asterisk may take for what is done at once
    _calls: dict[socket, Thread] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def serve(self, stopping: Event) -> None:
        """Until told to stop; then open calls are ended, and what was given in them is kept."""
        self.listener.settimeout(LOOK)
        tidied = float("-inf")
        while not stopping.is_set():
            if self.clock() >= tidied + _TIDY_EVERY:
                tidied = self.clock()
                self.ear.tidy()
            try:
                connection, _ = self.listener.accept()
            except TimeoutError:
                continue
            except OSError:  # no more sockets, for now
                stopping.wait(LOOK)
                continue
            self._begin(connection)
        self._end()

    def open(self) -> int:
        """How many calls are held."""
        with self._lock:
            return len(self._calls)

    def _begin(self, connection: socket) -> None:
        thread = Thread(target=self._hold, args=(connection,), name="consult-call", daemon=True)
        with self._lock:
            full = len(self._calls) >= self.most
            if not full:
                self._calls[connection] = thread
        if full:
            connection.close()
            return
        try:
            thread.start()
        except RuntimeError:  # the machine has no more threads
            self._let_go(connection)

    def _let_go(self, connection: socket) -> None:
        with self._lock:
            self._calls.pop(connection, None)
        connection.close()

    def _hold(self, connection: socket) -> None:
        try:
            hold(Wire(connection, self.clock, self.soon), self.ear, self.sounds, self.clock)
        except Gone:
            pass
        except Refused as refused:
            log.warning("a call is not taken: %s", refused.why)
        except Exception as error:
            log.error("a call was ended by a fault (%s)", type(error).__name__)
        finally:
            self._let_go(connection)

    def _end(self) -> None:
        with self._lock:
            calls = dict(self._calls)
        for connection in calls:
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
        for thread in calls.values():
            thread.join(timeout=5)
