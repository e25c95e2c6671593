"""Processes that are killed. `python -m tests.drills.children` imports everything once; for each line on its standard
input (JSON: duty, words, port, environment, log, ended) it forks a child that does that duty and tells its number.

A forked child opens the house itself, so that it is a whole server or worker; only the importing was done before. One
that ends by itself writes its exit code into the file `ended`; one that was killed leaves none.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from consult import cli, logs, wording
from consult.cli.serving import listening, serve, told_to_stop
from consult.config import Settings
from consult.house import open_house
from consult.jobs import EmbeddedWorker, doorbell, run_worker

HEAVY = ("twilio.rest", "twilio.rest.api.v2010.account.message", "requests", "consult.web", "waitress.server")
MAYBE = ("redis", "rq", "psycopg")  # of optional extras
SOON = 0.5  # seconds between the sweeps of a worker that shall not keep a drill waiting


def serve_alone(settings: Settings, port: int) -> None:
    """A server that only takes messages in, as `consult serve --no-worker`."""
    house = open_house(settings, doorbell(settings))
    with listening("127.0.0.1", port) as listener:
        serve(house, listener, None, "drill")
    house.close()


def serve_and_work(settings: Settings, port: int) -> None:
    """A server with its worker inside, as `consult serve`."""
    worker = EmbeddedWorker()
    house = open_house(settings, worker)
    with listening("127.0.0.1", port) as listener:
        serve(house, listener, worker, "drill")
    house.close()


def work(settings: Settings, port: int) -> None:
    """A worker alone, as `consult work`, which sweeps more often."""
    del port
    logs.quiet()
    stopping = threading.Event()
    with told_to_stop(stopping):
        run_worker(settings, stopping, sweep_every=SOON)


DUTIES = {"serve": serve_alone, "serve and work": serve_and_work, "work": work}


def _do(told: dict[str, Any]) -> int:
    """Within the forked child, until it is killed or told to end; its exit code."""
    log = os.open(told["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for mine, taken in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(mine, taken)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(told["environment"])
    if told["words"]:
        return cli.main(told["words"])
    DUTIES[told["duty"]](Settings.from_env(os.environ), told["port"])
    return 0


def _live(told: dict[str, Any]) -> None:
    code = 1
    try:
        code = _do(told)
    except BaseException:
        traceback.print_exc()
    finally:
        Path(told["ended"]).write_text(str(code), encoding="ascii")
        os._exit(code)


def main() -> None:
    """Fork as told; children that die are nobody's zombies."""
    for module in (*HEAVY, *(each for each in MAYBE if find_spec(each))):
        import_module(module)
    wording.packs()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            _live(json.loads(line))
        print(child, flush=True)


if __name__ == "__main__":
    main()
