"""Processes that are killed. `python -m tests.drills.children` imports everything once; for each line on its standard
input (JSON: duty, port, environment, log) it forks a child that does that duty and tells its number.

A forked child opens the house itself, so that it is a whole server or worker; only the importing was done before.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from importlib import import_module
from typing import Any

from consult import logs, wording
from consult.cli.serving import listening, serve
from consult.config import Settings
from consult.house import open_house
from consult.jobs import EmbeddedWorker, run_worker

HEAVY = ("twilio.rest", "twilio.rest.api.v2010.account.message", "requests", "consult.web", "waitress.server")


def serve_alone(settings: Settings, port: int) -> None:
    """A server that only takes messages in, as `consult serve --no-worker`."""
    house = open_house(settings)
    with listening("127.0.0.1", port) as listener:
        serve(house, listener, None, "drill")


def serve_and_work(settings: Settings, port: int) -> None:
    """A server with its worker inside, as `consult serve`."""
    worker = EmbeddedWorker()
    house = open_house(settings, worker)
    with listening("127.0.0.1", port) as listener:
        serve(house, listener, worker, "drill")


def work(settings: Settings, port: int) -> None:
    """A worker alone, as `consult work`."""
    del port
    logs.quiet()
    run_worker(settings, threading.Event())


DUTIES = {"serve": serve_alone, "serve and work": serve_and_work, "work": work}


def _do(told: dict[str, Any]) -> None:
    """Within the forked child, until it is killed."""
    log = os.open(told["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for mine, taken in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(mine, taken)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    DUTIES[told["duty"]](Settings.from_env(told["environment"]), told["port"])


def main() -> None:
    """Fork as told; children that die are nobody's zombies."""
    for module in HEAVY:
        import_module(module)
    wording.packs()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            try:
                _do(json.loads(line))
            finally:
                os._exit(1)
        print(child, flush=True)


if __name__ == "__main__":
    main()
