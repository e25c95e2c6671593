"""Asks a hub for whatever its routes allow, and judges the answers. Which routes there are, the application says.

Rule 1: people who were put out and consultations that were closed on the way come back: the hub begins anew.
Rule 2: what may be opened by whom is read in the office's own table of doors.
"""

from __future__ import annotations

import io
import logging
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from consult.accounts import entering, members, tokens
from consult.accounts.roles import HUB, may
from consult.config import Settings
from consult.house import House, open_house
from consult.web import create_app
from consult.web.office.doors import DOORS
from tests.accounts.conftest import Person
from tests.web.asking import Ask
from tests.web.learning import Learnt, crawl, read

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

NOBODY, PROGRAM = "", "program"
ENTRIES: Final = ("/office/sign-in", "/office/second-factor", "/office/prove")
MAY_BREAK: Final = {501}  # a library that this machine lacks
_MARK: Final = re.compile(r'name="csrf_token" value="([^"]+)"')


def answered(app: WSGIApplication, address: str, **asked: Any) -> Response:
    """What is answered, also to what no client would send. What the application raises is an answer of 599."""
    builder = EnvironBuilder(address, **asked)
    environ = builder.get_environ()
    builder.close()
    try:
        body, status, headers = run_wsgi_app(app, environ, buffered=True)
    except Exception as error:
        return Response(repr(error), 599)
    return Response(b"".join(body), status, headers)


class Errors(logging.Handler):
    """What was logged as an error since it was last asked."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.exc_info or ''}")

    def taken(self) -> list[str]:
        told, self.lines = self.lines, []
        return told


class Ground:
    """A hub that can be driven, and begins anew (`again`) from the folder it was made in."""

    def __init__(self, made: Path, people: Mapping[str, Person], secrets: tuple[str, ...], **settings: Any) -> None:
        self._made, self._settings = made, settings
        self.people, self.secrets = people, secrets
        self.errors = Errors()
        self._times = 0
        self._house: House | None = None
        self._begin()

    def _begin(self) -> None:
        self._times += 1
        data = self._made.with_name(f"driven-{self._times}")
        shutil.copytree(self._made, data)
        self._house = open_house(Settings(data=data, **self._settings))
        self.app: Flask = create_app(self._house)
        self.office: Flask = self.app.extensions["annex"].office()
        for limiter in self.office.extensions["limiter"]:
            limiter.enabled = False  # all of it comes from one source
        self._inside: dict[str, tuple[str, str]] = {}
        self._seen = sqlite3.connect(data / "consult.db")
        self._were = self._standing()

    @property
    def house(self) -> House:
        assert self._house is not None
        return self._house

    def close(self) -> None:
        self._seen.close()
        self.house.close()
        shutil.rmtree(self.house.settings.data)

    def keep(self) -> None:
        """From now on it begins anew with what it holds now."""
        kept = self._made.with_name(f"kept-{self._times}")
        self._seen.close()
        self.house.close()
        shutil.move(self.house.settings.data, kept)
        self._made = kept
        self._begin()

    def again(self) -> None:
        """Where somebody was put out, or a consultation was closed."""
        if self._standing() != self._were:
            self.close()
            self._begin()

    def _standing(self) -> object:
        found = [(each.account.disabled, each.account.ready, each.grants) for each in members.everyone(self.house)]
        live = self.house.store.read(self.house.library.current).newest.items()
        return found[: len(self.people) + 1], sorted((name, each.retired) for name, each in live)[:8]

    def version(self) -> int:
        """Another number whenever something was kept meanwhile."""
        return int(self._seen.execute("PRAGMA data_version").fetchone()[0])

    # ---- who asks

    def headers(self, who: str) -> dict[str, str]:
        """Those of somebody who is signed in just now."""
        cookie, _ = self._visit(who)
        if who == PROGRAM:
            return {"Authorization": f"Bearer {cookie}"}
        return {"Cookie": f"consult={cookie}"}

    def mark(self, who: str) -> str:
        return self._visit(who)[1]

    def _visit(self, who: str) -> tuple[str, str]:
        found, at = self._inside.get(who), int(time.time())
        if found and (who in (NOBODY, PROGRAM) or entering.inside(self.house, found[0], at)):
            return found
        token = Random(f"{who} {len(self._inside)} {self._times} {time.monotonic_ns()}").randbytes(32).hex()
        if who == PROGRAM:
            token = tokens.MARK + token[:48]
            tokens.make(self.house, token, "facilitator", "safety", self.people["administrator"].id, at)
            self._inside[who] = token, ""
            return token, ""
        if who != NOBODY:
            entering.admit(self.house, self.people[who].id, token, at)
        page = "/office/account" if who else "/office/sign-in"
        shown = answered(self.app, page, headers={"Cookie": f"consult={token}"})
        assert shown.status_code == 200, (who, shown.status_code)
        self._inside[who] = token, unescape(_MARK.findall(shown.get_data(as_text=True))[0])
        return self._inside[who]

    def afresh(self) -> None:
        """Everybody signs in anew: what a door wants to be fresh is."""
        self._inside.clear()

    def grants(self, who: str) -> tuple[Any, ...]:
        found = entering.inside(self.house, self._visit(who)[0], int(time.time())) if who in self.people else None
        return found[1].grants if found else ()

    # ---- asking

    def send(self, ask: Ask) -> Response:
        headers = {**self.headers(ask.who), **ask.headers}
        fields: dict[str, Any] = {}
        for name, value in ask.fields:
            fields.setdefault(name, []).append(value)
        for name, called, content in ask.files:
            fields.setdefault(name, []).append((io.BytesIO(content), called))
        if ask.marked and ask.method not in ("GET", "HEAD", "OPTIONS", "get"):
            if ask.body is None:
                fields["csrf_token"] = [self.mark(ask.who)]
            headers.setdefault("X-CSRFToken", self.mark(ask.who))
        media = headers.pop("Content-Type", None)
        about = {} if ask.length is None else {"CONTENT_LENGTH": ask.length}
        return answered(
            self.app,
            ask.address,
            method=ask.method,
            data=fields if ask.body is None else ask.body,
            content_type=media,
            headers=list(headers.items()),
            environ_overrides=about,
        )

    def adapters(self) -> tuple[MapAdapter, ...]:
        return tuple(app.url_map.bind("localhost") for app in (self.office, self.app))

    def follow(self, ask: Ask, learnt: Learnt) -> Response:
        """Send it, as a browser does, and learn from the page that comes of it."""
        answer = self.send(ask)
        if to := answer.headers.get("Location", ""):
            crawl(learnt, self.adapters(), lambda at: answered(self.app, at, headers=self.headers(ask.who)), to, each=0)
        else:
            read(learnt, self.adapters(), ask.address, answer)
        return answer

    def learn(self, starts: tuple[str, ...], who: str, learnt: Learnt, each: int = 2) -> None:
        """What this reader is shown; `each`: pages of a route."""
        crawl(
            learnt,
            self.adapters(),
            lambda address: answered(self.app, address, headers=self.headers(who)),
            *starts,
            each=each,
        )


# ---- a judgement


def allowed(ground: Ground, ask: Ask) -> bool:
    """Whether this door of the office may open for whoever asks, by the office's own table."""
    reached = _reached(ground.office, ask)
    if reached is None:
        return False
    endpoint, args = reached
    door = DOORS[endpoint]
    grants = ground.grants(ask.who)
    match door.where:
        case "open":
            return True
        case "program":
            return ask.who == PROGRAM or ask.method == "OPTIONS"  # which tells what may be asked, and nothing else
        case "joining" | "inside":
            return ask.who in ground.people
        case "hub":
            return door.right is not None and may(grants, door.right, HUB)
        case "named":
            return door.right is not None and may(grants, door.right, args["name"])
        case _:
            return door.right is not None and any(may(grants, door.right, each.consultation) for each in grants)


def _reached(app: Flask, ask: Ask) -> tuple[str, Mapping[str, Any]] | None:
    """Which route this address and method lead to."""
    method = ask.method.upper()
    for verb in (method, "GET", "POST") if method == "OPTIONS" else (method,):
        try:
            return app.url_map.bind("localhost").match(unquote(ask.path), verb)
        except (HTTPException, RequestRedirect):
            continue
    return None


def faults(ground: Ground, ask: Ask, *, office: bool = True) -> Iterator[str]:
    """Send it; what is wrong with the answer."""
    unmarked = office and not ask.marked and ask.who in ground.people and ask.method == "POST"
    ground.headers(ask.who)
    before = ground.version()
    ground.errors.taken()
    answer = ground.send(ask)
    logged, status, body = ground.errors.taken(), answer.status_code, answer.data.decode("utf-8", "replace")
    if status >= 500 and status not in MAY_BREAK:
        yield f"{status}"
    yield from (f"logged: {line}" for line in logged)
    yield from (f"tells {secret!r}" for secret in ground.secrets if _tells(ask, secret, body))
    if not office:
        return
    if unmarked and (not 400 <= status < 500 or ground.version() != before):
        yield f"{status} without the mark of its form, {'something' if ground.version() != before else 'nothing'} kept"
    if not allowed(ground, ask) and not _refused(answer):
        yield f"{status}, which is not for {ask.who or 'nobody'}"


def _tells(ask: Ask, secret: str, body: str) -> bool:
    """Numbers are told to nobody at all, words not to whoever is not signed in."""
    return secret in body and (secret[-6:].isdecimal() or ask.who in (NOBODY, PROGRAM))


def _refused(answer: Response) -> bool:
    return (
        answer.status_code >= 400 or answer.headers.get("Location", "").startswith(ENTRIES) or answer.status_code == 308
    )
