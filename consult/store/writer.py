"""The one writer of a process: gathers the works that wait, runs them one after the other, commits them at once.

Rule 1: a caller returns only after the COMMIT that holds its work; one fsync serves all that gathered meanwhile.
Rule 2: a work that raises leaves nothing and only its caller hears of it. Savepoints cost a tenth of a message, and
hardly any work raises: so a group runs without them first, and where one raises it is rolled back and runs again with
one for each (a work may be run again).
Rule 3: when the group cannot be kept (disk full, device error), every caller of it hears so and nothing of it is kept.
Rule 4: a caller interrupted while it waits leaves its work behind: that work is then kept or not, like any other.
Rule 5: whose message a work is about is read for all of the group at once, when it begins; who comes while another
process writes joins the group that waits.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final

from consult.store import StoreError
from consult.store.ahead import asked, learn
from consult.store.dialect import Connection
from consult.store.late import Commit
from consult.store.pulse import Pulse
from consult.store.records import About

GROUP: Final = 256  # works in one commit


class Call:
    """A work that waits; `done` is released when it is kept or refused."""

    __slots__ = ("about", "done", "error", "result", "work")

    def __init__(self, work: Callable[[Any], Any], about: About | None) -> None:
        self.work, self.about = work, about
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()


class Writer:
    """Owns the writing connection; `begin(commit)` makes what a work is given."""

    def __init__(self, open_: Callable[[], Connection], begin: Callable[..., Any]):
        self._open, self._begin = open_, begin
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._connection = open_()
        self._commit = Commit(self._connection)
        self.over = False
        self.pulse = Pulse()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Any], Any], about: About | None = None) -> Any:
        """Have `work` done and kept. Raises what it raised, or StoreError."""
        self.check()
        call = Call(work, about)
        self._calls.put(call)
        if self.over:
            self._refuse_waiting()
        call.done.acquire()
        if call.error is None:
            return call.result
        try:
            raise call.error
        finally:
            call.error = None  # or the traceback and the call keep each other alive

    def check(self) -> None:
        """Raise StoreError where nothing may be asked of the store: closed, after a fork, inside a work."""
        if self.over:
            raise StoreError("the store is closed; open it again")
        if self._pid != os.getpid():
            raise StoreError("the store was opened before a fork; open it again in the child")
        if threading.get_ident() == self._thread.ident:
            raise StoreError("a work asked the store itself; use only the tx it was given")

    def close(self) -> None:
        """Finish what waits, then refuse. Closing twice is harmless."""
        if self.over or self._pid != os.getpid():
            self.over = True
            return
        self.over = True
        self._calls.put(None)
        self._thread.join()
        self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        self._thread.join()
        while group := self._waiting([]):
            _fail([call for call in group if call], StoreError("the store is closed; open it again"))

    # ---- the writer's thread

    def _serve(self) -> None:
        while (first := self._calls.get()) is not None:
            group = self._waiting([first])
            self._keep(group)
            if None in group:
                break
            group.clear()
        self._connection.close()

    def _waiting(self, group: list[Call | None]) -> list[Call | None]:
        try:
            while len(group) < GROUP and (not group or group[-1] is not None):
                group.append(self._calls.get_nowait())
        except Empty:
            pass
        return group

    def _keep(self, waiting: list[Call | None]) -> None:
        """Also those that come while another process writes."""
        started = time.perf_counter()
        group = _calls(waiting)
        try:
            self._begin_all(group)
            if late := _calls(self._waiting(waiting))[len(group) :]:
                group += late
                self._expect(late)
            if not self._all_kept(group):
                self._one_by_one(group)
        except self._connection.Error as error:
            reason = self._connection.explain(error)
            self._abandon()
            _fail(group, reason, error)
        except BaseException as error:  # nothing may end this thread while callers wait
            self._abandon()
            _fail(group, error)
        else:
            self.pulse.kept(len(group), time.perf_counter() - started)
            for call in group:
                call.done.release()

    def _begin_all(self, group: list[Call]) -> None:
        about = _about(group)
        learn(self._commit, about, self._commit.begin(asked(about)))

    def _expect(self, group: list[Call]) -> None:
        about = _about(group)
        learn(self._commit, about, self._connection.ask(asked(about)))

    def _one_by_one(self, group: list[Call]) -> None:
        self._connection.undo()
        self._commit.begin([], careful=True)
        for call in group:
            self._run(call)
        self._connection.keep()

    def _all_kept(self, group: list[Call]) -> bool:
        """False where one of them raised, or a row of them is refused."""
        return self._all_run(group) and self._connection.keep(self._commit.last())

    def _all_run(self, group: list[Call]) -> bool:
        """Whether none of them raised."""
        try:
            for call in group:
                tx = self._begin(self._commit)
                try:
                    call.result = call.work(tx)
                finally:
                    tx.end()
                if self._commit.broken or self._connection.state != "sound":  # it went on over an error
                    return False
        except BaseException:  # told to its caller when it runs again
            return False
        return True

    def _run(self, call: Call) -> None:
        execute = self._connection.execute
        execute("SAVEPOINT work")
        tx = self._begin(self._commit)
        try:
            call.result = call.work(tx)
            if self._commit.broken or self._connection.state == "refused":
                raise StoreError("a work went on over a row that was refused", refused=True)
            self._commit.write()
        except BaseException as error:
            call.result, call.error = None, self._reason(error)
            self._still_open(error)
            execute("ROLLBACK TO work")
            self._commit.forget()
        finally:
            tx.end()
        self._still_open(None)
        execute("RELEASE work")

    def _still_open(self, error: BaseException | None) -> None:
        """SQLite gives up a whole transaction when the disk fails in its midst, a server when it ends: then the group
        is lost.
        """
        if self._connection.state in ("sound", "refused"):
            return
        if isinstance(error, self._connection.Error):
            raise error
        raise StoreError("the database gave up what it was writing; free some room on its disk", full=True)

    def _reason(self, error: BaseException) -> BaseException:
        if not isinstance(error, self._connection.Error):
            return error
        reason = self._connection.explain(error)
        reason.__cause__ = error
        return reason

    def _abandon(self) -> None:
        """Back to a clean connection; where none can be had, the next group tries again."""
        refused: type[Exception] = self._connection.Error
        try:
            self._connection.undo()
        except refused:
            self._connection.close()
            with suppress(refused, StoreError):
                self._connection = self._open()
                self._commit = Commit(self._connection)


def _calls(waiting: list[Call | None]) -> list[Call]:
    return [call for call in waiting if call]


def _about(group: list[Call]) -> list[About]:
    return [call.about for call in group if call.about]


def _fail(group: list[Call], error: BaseException, cause: BaseException | None = None) -> None:
    for call in group:
        if call.error is None:
            call.result, call.error = None, _copy(error, cause)
        call.done.release()


def _copy(error: BaseException, cause: BaseException | None) -> BaseException:
    """Each caller raises its own: a traceback is written into the exception."""
    own = StoreError(error.why, full=error.full, refused=error.refused) if isinstance(error, StoreError) else error
    own.__cause__ = cause
    return own
