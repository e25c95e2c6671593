"""Serving and working: the web server with a worker inside, or a worker alone.

Waitress: one process, threads, the smallest at rest of the servers that were measured.
Rule 1: one process, since one writer commits what its threads gather; several processes only wait for each other.
Rule 2: SIGTERM and SIGINT drain: no new connection, requests in hand are answered, the worker finishes its row.
Rule 3: nothing of a request is logged: no access log, and of libraries only that they failed (`consult.logs`).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from consult.cli.commands import Commands, Words, command, port
from consult.cli.endings import DONE, SURROUNDINGS, Failed

if TYPE_CHECKING:
    from socket import socket
    from types import FrameType

    from consult.house import Doorbell, House
    from consult.jobs import EmbeddedWorker

THREADS = 16
DRAIN = 3.0  # seconds for requests in hand when told to stop
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def add(commands: Commands) -> None:
    """Declare serve and work."""
    serve = command(
        commands,
        "serve",
        "serve carriers' webhooks, with a worker inside unless CONSULT_REDIS_URL is set",
        _serve,
        "consult serve --port 8000",
        "consult serve --host 0.0.0.0 --no-worker     behind a proxy that speaks TLS; consult work runs elsewhere",
    )
    serve.add_argument("--port", type=port, help="where to listen (default: CONSULT_PORT, else PORT, else 8000)")
    serve.add_argument("--host", default="127.0.0.1", help="on which address (default: %(default)s, this machine only)")
    serve.add_argument("--no-worker", action="store_true", help="only take messages in; consult work sends")
    command(
        commands,
        "work",
        "send what is owed, run campaigns and reminders, until told to stop",
        _work,
        "consult work",
        "CONSULT_REDIS_URL=redis://localhost consult work",
    )


def _serve(words: Words) -> int:
    from consult.cli import locking, opening
    from consult.jobs import EmbeddedWorker, doorbell
    from consult.lock.keeper import kept

    settings = opening.settings()
    settings = replace(settings, port=settings.port if words.port is None else words.port)
    worker = None if words.no_worker or settings.redis_url else EmbeddedWorker()
    bell: Doorbell = worker or doorbell(settings)
    with (
        listening(words.host, settings.port) as listener,
        opening.house(settings, begin=True, locked=True, doorbell=bell) as house,
        kept(house, partial(_goes_on, house, listener), desk=True) as keeper,
    ):
        _advise(house)
        if keeper:
            locking.start(house, keeper)
        else:
            _greet(house, listener)
        serve(house, listener, worker, "Consult")
    return DONE


def _advise(house: House) -> None:
    carriers = [name for channel in house.channels.values() for name in channel.carriers]
    if not carriers:
        print("consult: no carrier is configured, so nobody can write to us; see consult doctor", file=sys.stderr)
    elif house.settings.hooked and not house.settings.public_url and not house.settings.demo:
        print("consult: CONSULT_PUBLIC_URL is not set, so carriers' messages are refused", file=sys.stderr)


def _goes_on(house: House, listener: socket) -> None:
    """It was unlocked."""
    house.doorbell.ring(0)
    _greet(house, listener)


def _greet(house: House, listener: socket) -> None:
    """Until somebody has an account, each start gives the code for the first one, on the console only."""
    from secrets import token_bytes

    from consult.accounts import joining
    from consult.cli.opening import now

    code = joining.code(token_bytes(joining.RANDOM))
    if joining.first(house, code, now()):
        where = f"{house.settings.public_url or _address(listener).rstrip('/')}/office/join"
        print(f"consult: nobody has an account yet. Open {where} and type this code, within a day:", file=sys.stderr)
        print(f"consult: {code}", file=sys.stderr, flush=True)


# ---- the server


@contextmanager
def listening(host: str, port: int) -> Iterator[socket]:
    """A socket that listens there. Raises Failed with the way out when it cannot."""
    from socket import AF_INET, AF_INET6, create_server

    try:
        listener = create_server((host, port), family=AF_INET6 if ":" in host else AF_INET, backlog=1024)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        cure = f"choose another port: --port {_other(port)}, or PORT={_other(port)}"
        raise Failed(f"cannot listen on {host} port {port} ({reason}); {cure}", SURROUNDINGS) from None
    with listener:
        yield listener


def _other(port: int) -> int:
    return port + 1 if port < 65_535 else 8000


def serve(house: House, listener: socket, worker: EmbeddedWorker | None, name: str, path: str = "") -> None:
    """Serve until SIGTERM or SIGINT. Prints one line with the address (and its `path`) when it is ready."""
    from waitress import server as waitress

    from consult import logs
    from consult.channel import LONGEST_SOUND
    from consult.contacts import PAGE
    from consult.speech.recording import SENT
    from consult.web import LARGEST, create_app

    logs.quiet(house.settings.log)
    create: Any = waitress.create_server
    sockets: dict[int, Any] = {}
    most = max(PAGE.file, SENT) + LARGEST + (LONGEST_SOUND if house.settings.demo else 0)
    server = create(
        create_app(house),
        map=sockets,
        sockets=[listener],
        threads=THREADS,
        ident=None,
        connection_limit=300,  # each may hold a whole body in memory
        channel_timeout=60,
        max_request_body_size=most,
        inbuf_overflow=most + 1,  # what is larger goes through a file, in clear: a list of numbers must not
        asyncore_use_poll=True,
        **_trust(house.settings.proxies),
    )
    stopping = threading.Event()
    with told_to_stop(stopping, server.pull_trigger), at_work(worker, house):
        print(f"{name}: {_address(listener)}{path}", flush=True)
        _run(server, sockets, stopping)


@contextmanager
def at_work(worker: EmbeddedWorker | None, house: House) -> Iterator[None]:
    """The worker, if there is one, works for this house meanwhile, and finishes what it has in hand."""
    if worker:
        worker.start(house)
    try:
        yield
    finally:
        if worker:
            worker.stop()


def _trust(proxies: int) -> dict[str, Any]:
    """Whom a request is from, where so many proxies of ours stand before us; without any, nobody's word counts."""
    if not proxies:
        return {"clear_untrusted_proxy_headers": False}  # they are the mark of a proxy nobody told us of
    return {
        "trusted_proxy": "*",
        "trusted_proxy_count": proxies,
        "trusted_proxy_headers": {"x-forwarded-for"},
        "clear_untrusted_proxy_headers": True,
    }


def _address(listener: socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"


def _run(server: Any, sockets: dict[int, Any], stopping: threading.Event) -> None:
    """Waitress's loop, with a drain at its end that its own `run` lacks."""
    from waitress import wasyncore

    loop: Any = wasyncore.loop
    close_all: Any = wasyncore.close_all
    while not stopping.is_set():
        loop(timeout=1, use_poll=True, map=sockets, count=1)
    server.accepting = False
    deadline = time.monotonic() + DRAIN
    while _busy(sockets) and time.monotonic() < deadline:
        loop(timeout=0.05, use_poll=True, map=sockets, count=1)
    server.task_dispatcher.shutdown(timeout=1)
    close_all(sockets)


def _busy(sockets: dict[int, Any]) -> bool:
    """Whether a request is in hand, or an answer not yet sent."""
    channels = [each for each in list(sockets.values()) if hasattr(each, "requests")]
    return any(each.requests or each.request or each.total_outbufs_len for each in channels)


@contextmanager
def told_to_stop(stopping: threading.Event, wake: Any = None) -> Iterator[None]:
    """The first signal asks to stop, the second insists (KeyboardInterrupt)."""

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stopping.is_set():
            raise KeyboardInterrupt
        stopping.set()
        if wake:
            wake()

    before = {each: signal.signal(each, ask) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


# ---- the worker alone


def _work(_: Words) -> int:
    from consult import logs
    from consult.cli import locking, opening
    from consult.jobs import run_worker

    settings = opening.settings()
    opening.without_core_files()
    logs.quiet(settings.log)
    stopping = threading.Event()
    with told_to_stop(stopping):
        print(f"Consult works on {settings.data}; stop it with Ctrl-C", flush=True)
        run_worker(settings, stopping, locking.follows)
    return DONE
