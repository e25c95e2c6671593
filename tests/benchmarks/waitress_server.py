"""`python -m tests.benchmarks.waitress_server MODULE PORT`: waitress as `consult serve` sets it up."""

from __future__ import annotations

import sys
from importlib import import_module

from waitress.server import create_server

from consult import logs
from consult.cli.serving import THREADS

if __name__ == "__main__":
    module, port = sys.argv[1:]
    logs.quiet()
    app = import_module(module).from_environment()
    create_server(
        app,
        host="127.0.0.1",
        port=int(port),
        threads=THREADS,
        ident=None,
        connection_limit=1000,
        asyncore_use_poll=True,
    ).run()
