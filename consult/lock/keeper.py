"""Who turns the gate of a running process: by command, when nobody has worked here for a while, by SIGUSR1.

Rule 1: locking waits for nothing. Works in hand fail for want of a key, and what they were about is kept like all that
comes afterwards; nothing is half done, since every work is one transaction.
Rule 2: what lies with a modem here is taken back when it is next emptied, within seconds; a panic (`consult panic`,
SIGUSR1) does so at once, and undoes an unlocking that is under way. A lid, a button or a key can send the signal.
Rule 3: other processes on the folder follow when this one locks itself; each has its own door.
Rule 4: the process with the pages is the desk: it knows when nobody works here, and lends keys to other commands while
pages are open, and then only. The others follow it.
"""

from __future__ import annotations

import gc
import logging
import os
import secrets
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any, Final

from consult import delivery, intake
from consult.house import House
from consult.lock import doors
from consult.lock.gate import State
from consult.passphrase import Wrong
from consult.sealing import VaultError, overwrite
from consult.store import StoreError
from consult.suppression import SuppressionError
from consult.vault import Keyring, Vault

log = logging.getLogger("consult.lock")
AGAIN: Final = 1.0  # seconds until what was kept is tried again
LOOKS: Final = 5.0  # seconds between looks at how long nobody has worked here


class Keeper:
    """Turns the gate of `house`. `opened` is called whenever everything goes on again; `desk`: pages are here."""

    def __init__(self, house: House, opened: Callable[[], None], *, desk: bool) -> None:
        self._house, self._opened, self._desk = house, opened, desk
        self._one_at_a_time, self._stopping = threading.Lock(), threading.Event()
        self._locked_times = 0

    # ---- the three commands

    def unlock(self, passphrase: str) -> None:
        """Bring the keys, take in what was kept, open. Raises Wrong, VaultError, SuppressionError, OSError."""
        with self._one_at_a_time:
            before = self._locked_times
            wrapped = Vault.open(self._house.settings.data).wrapped
            if wrapped is None:
                raise VaultError("the keys' file has no passphrase any more; start this process again")
            self._bring(wrapped.open(passphrase), before)

    def borrow(self, keys: Keyring) -> None:
        """Unlock with keys that another process lent. Raises as `unlock`."""
        with self._one_at_a_time:
            self._bring(keys, self._locked_times)

    def _bring(self, keys: Keyring, before: int) -> None:
        self._house.gate.touch()
        try:
            if self._house.gate.turn(State.OPEN, out_of=State.SHUT) or not self._house.vault.locked:
                return
            self._let_in(keys, before)
        finally:
            overwrite(keys.live)
            overwrite(keys.index)
        threading.Thread(target=self._take_in, name="consult-taking", daemon=True).start()

    def _let_in(self, keys: Keyring, before: int) -> None:
        """Raises VaultError where it was locked since `before`, SuppressionError; then it stays locked."""
        house = self._house
        try:
            house.unlock(keys)
            house.gate.turn(State.TAKING, out_of=State.LOCKED)
            if self._locked_times != before:
                raise VaultError("it was locked meanwhile; nothing was opened")
        except (VaultError, SuppressionError, OSError):
            self.lock()
            raise

    def lock(self) -> None:
        """Nothing leaves, nothing is shown, and the keys are gone when this returns."""
        self._locked_times += 1
        self._house.gate.turn(State.LOCKED)
        self._house.vault.forget()
        gc.collect()  # what hung in circles, with texts in it

    def panic(self) -> None:
        """Lock, and take back what a modem here has not sent."""
        self.lock()
        try:
            delivery.withdraw(self._house)
        except StoreError as error:
            log.error("what was taken back is not noted (%s)", type(error).__name__)

    # ---- by itself

    def idle(self) -> None:
        """Lock, or shut the pages, when nobody has worked here for as long as the settings say."""
        house = self._house
        patience = house.settings.idle_lock * 60
        if not self._desk or not patience or not house.gate.shows or time.monotonic() - house.gate.touched < patience:
            return
        if house.settings.unattended == "converse":
            house.gate.turn(State.SHUT, out_of=State.OPEN)
        else:
            self.lock()
            doors.knock(house.settings.data, {"do": "lock"}, but=str(os.getpid()))

    def _take_in(self) -> None:
        while self._house.gate.state is State.TAKING and not self._stopping.is_set():
            try:
                if intake.take_captured(self._house, lambda: secrets.randbits(8), lambda: not self._stopping.is_set()):
                    self._opened()
            except (StoreError, SuppressionError, VaultError, OSError) as error:
                log.error("what came while locked is not taken in yet (%s)", type(error).__name__)
                self._stopping.wait(AGAIN)

    # ---- the door

    def attend(self, listener: socket.socket, woken: int) -> None:
        """Answer commands and the signal until told to stop."""
        while not self._stopping.is_set():
            ready = _ready(listener.fileno(), woken)
            if woken in ready:
                os.read(woken, 64)
                if not self._stopping.is_set():
                    self.panic()
            if listener.fileno() in ready:
                connection, _ = listener.accept()
                threading.Thread(target=self._serve, args=(connection,), name="consult-door", daemon=True).start()
            self.idle()

    def stop(self) -> None:
        """End `attend`, once it is woken."""
        self._stopping.set()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                told = doors.heard(connection)
                doors.answer(connection, self._done(told))
            except (OSError, VaultError, StoreError) as error:
                log.warning("a command was not answered (%s)", type(error).__name__)

    def _done(self, told: doors.Told) -> dict[str, Any]:
        match told.get("do"):
            case "lock":
                self.lock()
            case "panic":
                self.panic()
            case "unlock":
                return self._try(str(told.get("passphrase", "")))
            case "lend":
                return self._lend(here=bool(told.get("here")))
        return self._state()

    def _try(self, passphrase: str) -> dict[str, Any]:
        try:
            self.unlock(passphrase)
        except (Wrong, VaultError, SuppressionError, OSError) as error:
            return self._state() | {"why": str(error)}
        return self._state()

    def _lend(self, *, here: bool) -> dict[str, Any]:
        """The keys, for a command of the same owner; `here`: somebody sits at it."""
        if not self._desk or not self._house.gate.shows:
            return self._state()
        if here:
            self._house.gate.touch()
        return self._state() | {"keys": self._house.vault.keyring().raw().hex()}

    def _state(self) -> dict[str, Any]:
        waiting = self._house.store.read(lambda view: view.how_many_captured())
        return {"state": self._house.gate.state.value, "waiting": waiting}


def _ready(*handles: int) -> list[int]:
    return select.select(handles, (), (), LOOKS)[0]


@contextmanager
def kept(house: House, opened: Callable[[], None], *, desk: bool) -> Iterator[Keeper | None]:
    """A keeper at work meanwhile, where a passphrase was set; else None, and nothing is opened."""
    if house.vault.wrapped is None:
        yield None
        return
    keeper = Keeper(house, opened, desk=desk)
    with ExitStack() as stack:
        listener = stack.enter_context(doors.opened(house.settings.data))
        woken, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        stack.callback(os.close, woken)
        stack.callback(os.close, wake)
        stack.enter_context(_by_signal(wake))
        attending = threading.Thread(target=keeper.attend, args=(listener, woken), name="consult-keeper", daemon=True)
        attending.start()
        try:
            yield keeper
        finally:
            keeper.stop()
            os.write(wake, b".")
            attending.join(5)


@contextmanager
def _by_signal(wake: int) -> Iterator[None]:
    """SIGUSR1 wakes the keeper; only a process's main thread may see to signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def wake_up(number: int, frame: FrameType | None) -> None:
        del number, frame
        os.write(wake, b"!")

    before = signal.signal(signal.SIGUSR1, wake_up)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)
