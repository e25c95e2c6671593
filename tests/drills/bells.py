"""A Redis of a drill's own, to be killed, emptied, filled to its limit, and cut off."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from redis import Redis
from redis.exceptions import RedisError

from tests.conftest import need

INSTALL = "apt-get install redis-server"
PATIENCE = 20.0  # seconds
FULL = "3mb"
_FILLING = 20_000  # bytes a key


class Bell:
    """A real Redis on a socket in a folder with a short name (a socket's may have 108 characters)."""

    def __init__(self) -> None:
        self._server = need("redis-server", INSTALL)
        self._folder = Path(tempfile.mkdtemp(prefix="bell"))
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._folder}/s"
        self.start()

    def __enter__(self) -> Bell:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """As deploy/hub starts it: it keeps nothing, and refuses when it is full."""
        own = ("--port", "0", "--unixsocket", f"{self._folder}/s", "--dir", str(self._folder))
        kept = ("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")
        self._process = subprocess.Popen([self._server, *own, *kept], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert time.monotonic() < deadline, "Redis does not answer"
            time.sleep(0.005)

    def answers(self) -> bool:
        """Whether it can be asked."""
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False

    def client(self) -> Redis:
        return Redis.from_url(self.url, socket_timeout=1)

    # ---- what befalls it

    def kill(self) -> None:
        """SIGKILL, and whatever it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def flush(self) -> None:
        """Everything in it is gone, the queue and the workers' own marks."""
        with self.client() as client:
            client.flushall()

    def fill(self) -> None:
        """Until it refuses to take anything more."""
        with self.client() as client:
            client.config_set("maxmemory", FULL)
            try:
                for n in range(1000):
                    client.set(f"filling-{n}", os.urandom(_FILLING))
            except RedisError:
                return
        raise AssertionError("Redis was never full")

    def empty(self) -> None:
        """There is room again; the queue is as it was."""
        with self.client() as client:
            client.config_set("maxmemory", "0")
            client.delete(*client.keys("filling-*"))

    def freeze(self) -> None:
        """Cut off: whoever is connected stays so, and hears nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """The way is open again, and what was said meanwhile arrives."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
