"""Lines between nodes and hubs to play with: real servers on sockets, TLS in front of them, and a line that is cut.

`Line` carries bytes both ways and counts them; `cut_up` and `cut_down` end it after so many bytes of that way.
"""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from waitress import server as waitress
from waitress import wasyncore

from consult.house import House
from consult.sync import enrolling
from consult.sync.https import Met, Pace, sync
from consult.sync.meeting import token_mark
from consult.web import create_app
from tests.journeys.stage import MORNING
from tests.sync.field import Field


@contextmanager
def served(house: House) -> Iterator[int]:
    """The hub as `consult serve` has it; its port."""
    create: Any = waitress.create_server
    sockets: dict[int, Any] = {}
    server = create(create_app(house), map=sockets, host="127.0.0.1", port=0, threads=4, ident=None)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=1, use_poll=True, map=sockets, count=1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        stopping.set()
        server.pull_trigger()
        thread.join(5)
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets)


@dataclass
class Line:
    """A line to a port. `tls`: what it shows to whoever comes; behind it bytes are plain."""

    to: int
    tls: ssl.SSLContext | None = None
    cut_up: int | None = None  # of the next connection only
    cut_down: int | None = None
    up: int = 0
    down: int = 0
    connections: int = 0
    host: str = "127.0.0.1"
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __enter__(self) -> Line:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def cut(self, *, up: int | None = None, down: int | None = None) -> None:
        """The next connection ends after so many bytes."""
        self.cut_up, self.cut_down = up, down

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._begin())
        ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        going = asyncio.all_tasks() - {asyncio.current_task()}
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        await asyncio.sleep(0.01)

    async def _begin(self) -> None:
        self._server = await asyncio.start_server(self._carry, self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _carry(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        self.connections += 1
        up, down = self.cut_up, self.cut_down
        self.cut_up = self.cut_down = None
        far_in, far_out = await asyncio.open_connection("127.0.0.1", self.to)
        ways = [
            asyncio.ensure_future(self._pass(near_in, far_out, "up", up)),
            asyncio.ensure_future(self._pass(far_in, near_out, "down", down)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            near_out.transport.abort()
            far_out.transport.abort()

    async def _pass(self, of: asyncio.StreamReader, to: asyncio.StreamWriter, way: str, left: int | None) -> None:
        with suppress(OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            while left != 0 and (some := await of.read(65_536)):
                setattr(self, way, getattr(self, way) + len(some))
                kept = some if left is None else some[:left]
                left = None if left is None else left - len(kept)
                to.write(kept)
                await to.drain()


def certificate(folder: Path) -> Path:
    """A certificate for this machine and its key, signed by itself, in one file."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl is missing: apt-get install openssl"
    key, made = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        + ["-keyout", str(key), "-out", str(made)],
        check=True,
        capture_output=True,
    )
    whole = folder / "tls.pem"
    whole.write_bytes(made.read_bytes() + key.read_bytes())
    return whole


def context(file: Path) -> ssl.SSLContext:
    """What a server shows with it."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(file)
    return made


def reach(field: Field, name: str, url: str, token: str = "its-own-token") -> House:
    """The node knows where its hub is, and the hub its token; the node's house."""
    hub, house = field.hub.house, field.nodes[name].house
    marked = replace(field.node(name), token=token_mark(hub.vault, token))
    hub.store.write(lambda tx: tx.update_node(marked))
    verify, box = enrolling.keys_of_hub(hub)
    enrolling.belong(house, name, url, token, verify=verify, box=box)
    return house


def synced(house: House, at: int = MORNING, **pace: int) -> Met:
    """The node syncs, without waiting between its attempts."""
    return sync(house, lambda: at, Pace(**pace), pause=lambda _: None)
