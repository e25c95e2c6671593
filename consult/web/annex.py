"""Where the signed-in pages begin: they are opened with the first request for one (`consult.web.office`)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

from consult.lock.gate import Gate

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

PLACES = ("/office/", "/api/")


class Annex:
    """The WSGI application that hands what is the office's to the office, and everything else to `behind`.

    While the gate shows nothing, `behind` says so, and what was open is let go."""

    def __init__(self, behind: WSGIApplication, open_: Callable[[], Flask], gate: Gate) -> None:
        self._behind, self._open, self._gate = behind, open_, gate
        self._office: Flask | None = None
        self._opening = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        inside = environ["PATH_INFO"].startswith(PLACES)
        if inside and not self._gate.shows:
            self._office = None
            return self._behind(environ, start_response)
        return (self.office() if inside else self._behind)(environ, start_response)

    def office(self) -> Flask:
        """Opened once."""
        with self._opening:
            found = self._office
            if found is None:
                found = self._office = self._open()
        return found
