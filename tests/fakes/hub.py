"""A hub that really listens, for gateways that really call it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from werkzeug.serving import WSGIRequestHandler, make_server

from consult.house import House
from consult.web import create_app


class Quiet(WSGIRequestHandler):
    """It logs nothing."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


@contextmanager
def serving(house: House, port: int) -> Iterator[None]:
    """This house answers on this machine's port within."""
    server = make_server("127.0.0.1", port, create_app(house), threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
