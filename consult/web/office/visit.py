"""A visit: one cookie with 32 random bytes, and whose sign-in they open, looked up for each request.

Rule 1: the cookie holds no fact and is never taken from the visitor: one we did not make is replaced, and after every
sign-in and proof there is a new one (session fixation).
Rule 2: HttpOnly, SameSite=Strict; behind https also Secure and named __Host-, so that no neighbour can set it.
Rule 3: the mark that forms carry is derived from the cookie, so another visit's mark is worth nothing.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin

from consult.accounts import entering
from consult.accounts.members import Member
from consult.house import House
from consult.store.members import Signin

_TOKEN = re.compile(r"[0-9a-f]{64}")
KNOWN_FOR = 180 * 86_400  # seconds a browser stays known


class Visit(dict[str, Any], SessionMixin):
    """Of one request. `signin` and `member` are None for whoever is not signed in."""

    def __init__(self, token: str, csrf: str) -> None:
        super().__init__(csrf_token=csrf)
        self.token = token
        self.signin: Signin | None = None
        self.member: Member | None = None
        self.told = False  # the browser has this token
        self.known = ""  # what the browser is to keep from now on

    def adopt(self, token: str) -> None:
        """Another token from now on: the browser gets it with the answer."""
        self.token, self.told = token, False


def new_token() -> str:
    return secrets.token_hex(32)


def visit() -> Visit:
    """This request's."""
    found = session._get_current_object()  # type: ignore[attr-defined]  # the proxy hides the type
    assert isinstance(found, Visit)
    return found


def holder() -> Member:
    """Who is signed in; the door has seen to it that somebody is."""
    found = visit().member
    assert found is not None
    return found


class Visits(SessionInterface):
    """Flask's sessions, kept in our store."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._https = house.settings.public_url.startswith("https://")

    def name(self, what: str) -> str:
        return f"__Host-{what}" if self._https else what

    def open_session(self, app: Flask, request: Request) -> Visit:
        del app
        given = request.cookies.get(self.name("consult"), "")
        token = given if _TOKEN.fullmatch(given) else new_token()
        opened = Visit(token, self._house.vault.mark("form", token).hex())
        if token == given:
            opened.told = True
            found = entering.inside(self._house, token, int(time.time()))
            opened.signin, opened.member = found or (None, None)
        return opened

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        del app
        assert isinstance(session, Visit)
        if not session.told and not session.get("program"):
            self._set(response, "consult", session.token, None)
        if session.known:
            self._set(response, "known", session.known, KNOWN_FOR)

    def _set(self, response: Response, name: str, value: str, age: int | None) -> None:
        response.set_cookie(
            self.name(name), value, max_age=age, path="/", secure=self._https, httponly=True, samesite="Strict"
        )

    def kept(self, request: Request) -> str:
        """What this browser kept of an earlier sign-in."""
        return request.cookies.get(self.name("known"), "")[:100]
